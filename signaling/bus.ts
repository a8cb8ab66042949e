/**
 * How brokers that share clients speak with each other: one channel an id, one a node, one for all. Whoever carries it
 * stores nothing: what nobody follows is lost, and whoever publishes is told so. Knows no sockets of clients.
 */

/** `token`: a digest; null where the id was proven by its key. `ask`: to be given back with the answer. */
export type BusMessage =
  /** For the client that holds the channel's id. */
  | { readonly kind: 'relay'; readonly text: string }
  /** The channel's id is being registered at `node`: let it go, or say that it is taken. */
  | { readonly kind: 'came'; readonly node: string; readonly ask: number; readonly token: string | null }
  /** Whether the channel's id is registered with this token. */
  | { readonly kind: 'holds'; readonly node: string; readonly ask: number; readonly token: string }
  | { readonly kind: 'answer'; readonly ask: number; readonly yes: boolean }
  /** To all: this id is registered now; what waits for it may be sent. */
  | { readonly kind: 'here'; readonly id: string }

export interface Bus {
  /** From now on `onMessage` gets what is published to this channel. */
  follow(channel: string): void
  leave(channel: string): void
  /** Resolves with how many nodes got it, this one included if it follows; null while the bus is away. Keeps order. */
  publish(channel: string, message: BusMessage): Promise<number | null>
  close(): void
}

export type MakeBus = (onMessage: (channel: string, message: BusMessage) => void) => Bus

const isText = (value: unknown): value is string => typeof value === 'string'
const isAsk = (value: unknown): value is number => Number.isSafeInteger(value)

/** A message of another node, or null for anything else. */
export function parseBusMessage(text: string): BusMessage | null {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof said !== 'object' || said === null) return null
  const { kind, text: relayed, node, ask, token, yes, id } = said as Readonly<Record<string, unknown>>
  if (kind === 'relay' && isText(relayed)) return { kind, text: relayed }
  if (kind === 'came' && isText(node) && isAsk(ask) && (token === null || isText(token))) return { kind, node, ask, token }
  if (kind === 'holds' && isText(node) && isAsk(ask) && isText(token)) return { kind, node, ask, token }
  if (kind === 'answer' && isAsk(ask) && typeof yes === 'boolean') return { kind, ask, yes }
  if (kind === 'here' && isText(id)) return { kind, id }
  return null
}
