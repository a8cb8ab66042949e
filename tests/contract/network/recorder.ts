/**
 * Events of a port as plain data, so that a suite can wait for them in a page or in this process alike:
 * bytes become their length and a print of their content.
 */

/** A test message: `length` bytes that `seed` decides. */
export interface Pattern {
  readonly length: number
  readonly seed: number
}

export function bytesOf({ length, seed }: Pattern): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length)
  for (let i = 0; i < length; i++) out[i] = (seed * 31 + i * 7 + (i >> 8) * 13) & 255
  return out
}

/** FNV-1a, 32 bits: tells test messages apart; no hash for anything else. */
export function printOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

export const seenAs = (pattern: Pattern): { readonly length: number; readonly print: number } => ({
  length: pattern.length,
  print: printOf(bytesOf(pattern)),
})

/** An event with every Uint8Array replaced. */
export type Seen = { readonly [field: string]: unknown }
/** Fields an event must have, compared as JSON. */
export type Match = { readonly [field: string]: unknown }

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { length: value.length, print: printOf(value) }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

const matches = (seen: Seen, match: Match): boolean =>
  Object.entries(match).every(([key, wanted]) => JSON.stringify(seen[key]) === JSON.stringify(wanted))

/** Keeps what happened; each event is handed out once. */
export class Recorder {
  private readonly all: { readonly seen: Seen; taken: boolean }[] = []
  private readonly waiting: (() => void)[] = []

  push(event: object): void {
    this.all.push({ seen: plain(event) as Seen, taken: false })
    for (const wake of this.waiting.splice(0)) wake()
  }

  /** The first event not handed out yet that matches; null if there is none. */
  take(match: Match): Seen | null {
    const found = this.all.find((one) => !one.taken && matches(one.seen, match))
    if (found === undefined) return null
    found.taken = true
    return found.seen
  }

  count(match: Match): number {
    return this.all.filter((one) => matches(one.seen, match)).length
  }

  /** As `take`, but waits. Rejects after `withinMs`, with what came instead. */
  async next(match: Match, withinMs: number): Promise<Seen> {
    const deadlineMs = performance.now() + withinMs
    for (;;) {
      const found = this.take(match)
      if (found !== null) return found
      const leftMs = deadlineMs - performance.now()
      if (leftMs <= 0) {
        const others = this.all.filter((one) => !one.taken).map((one) => JSON.stringify(one.seen).slice(0, 160))
        throw new Error(`no ${JSON.stringify(match)} within ${withinMs} ms; not taken: ${others.slice(-8).join(' ')}`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs)
        this.waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }
}
