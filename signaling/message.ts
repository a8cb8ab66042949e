/**
 * Messages of the PeerJS server protocol, as text of one WebSocket message each. What a client may say is
 * a closed list; what it says about itself (`src`) is not even read.
 */

/** Passed on to another client. */
export const RELAYED = ['OFFER', 'ANSWER', 'CANDIDATE'] as const
export type Relayed = (typeof RELAYED)[number]

/** As said, nothing checked but its form. */
export interface Claim {
  readonly host: string
  readonly key: string
  readonly signature: string
}

export type ClientMessage =
  | { readonly kind: 'relay'; readonly type: Relayed; readonly dst: string; readonly payload: unknown }
  | { readonly kind: 'claim'; readonly claim: Claim }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'leave' }

/** What a client said, or null for anything that is not exactly one of the known messages. */
export function parseMessage(text: string): ClientMessage | null {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof said !== 'object' || said === null) return null
  const { type, dst, payload } = said as { type?: unknown; dst?: unknown; payload?: unknown }
  if (type === 'HEARTBEAT') return { kind: 'heartbeat' }
  if (type === 'LEAVE') return { kind: 'leave' }
  if (type === 'CLAIM') return parseClaim(payload)
  const relayed = RELAYED.find((known) => known === type)
  if (relayed === undefined || typeof dst !== 'string') return null
  return { kind: 'relay', type: relayed, dst, payload }
}

function parseClaim(payload: unknown): ClientMessage | null {
  if (typeof payload !== 'object' || payload === null) return null
  const { host, key, signature } = payload as { host?: unknown; key?: unknown; signature?: unknown }
  if (typeof host !== 'string' || typeof key !== 'string' || typeof signature !== 'string') return null
  return { kind: 'claim', claim: { host, key, signature } }
}

/** A relayed message as its receiver gets it. Null when the payload nests too deep to be written. */
export function relayText(type: Relayed, src: string, dst: string, payload: unknown): string | null {
  try {
    return JSON.stringify({ type, src, dst, payload })
  } catch {
    return null
  }
}

/** The registration stands. `turn`: this broker has credentials at its `/turn`; a stock client does not look. */
export const openText = (turn: boolean): string => JSON.stringify(turn ? { type: 'OPEN', payload: { turn } } : { type: 'OPEN' })
export const ID_TAKEN_TEXT = JSON.stringify({ type: 'ID-TAKEN', payload: { msg: 'ID is taken' } })
export const INVALID_KEY_TEXT = JSON.stringify({ type: 'INVALID-KEY', payload: { msg: 'Invalid key provided' } })
export const challengeText = (nonce: string): string => JSON.stringify({ type: 'CHALLENGE', payload: { nonce } })
export const errorText = (msg: string): string => JSON.stringify({ type: 'ERROR', payload: { msg } })

/** Tells `dst` that nobody took what it sent to `src`. */
export const expireText = (src: string, dst: string): string => JSON.stringify({ type: 'EXPIRE', src, dst })
