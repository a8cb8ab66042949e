/**
 * One run of the fuzzer: seeded damage to samples of a target, and what came of it. A run is made again from its seed
 * alone. What must never happen is collected, at most a few of each kind, with the seed that shows it.
 */
import { SottoError } from '#contracts/errors.ts'
import { mutate } from '../support/mutator.ts'

/** What became of some bytes. `again` is what the decoder says the bytes mean, written anew. */
export type Fed =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'read'; readonly again: Uint8Array }
  /** Took bytes that nobody who has the keys ever wrote. */
  | { readonly kind: 'forged' }

export interface Target {
  readonly name: string
  /** Good bytes to begin with. */
  readonly samples: readonly Uint8Array[]
  /** Throws nothing but a SottoError. */
  feed(bytes: Uint8Array): Fed | Promise<Fed>
}

export interface Finding {
  readonly seed: number
  readonly what: string
}

export interface Report {
  readonly target: string
  readonly runs: number
  readonly read: number
  /** How often each code was the answer. */
  readonly refused: Readonly<Record<string, number>>
  readonly untyped: readonly Finding[]
  readonly nonCanonical: readonly Finding[]
  readonly slow: readonly Finding[]
}

/** The process's own time; what may be spent on one input. */
export const SLOW_MS = 50
/** Findings of a kind that are kept. */
const KEPT = 5

const workMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** What the target makes of bytes; anything that it throws that is no SottoError is untyped. */
export async function feedOnce(target: Target, bytes: Uint8Array): Promise<Fed | { readonly kind: 'untyped'; readonly what: string }> {
  try {
    return await target.feed(bytes)
  } catch (thrown) {
    if (thrown instanceof SottoError) return { kind: 'refused', code: thrown.code }
    return { kind: 'untyped', what: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : typeof thrown }
  }
}

/** The bytes of one run. */
export const input = ({ samples }: Target, seed: number): Uint8Array =>
  mutate(samples[seed % samples.length] ?? new Uint8Array(), samples, seed)

export async function fuzz(target: Target, runs: number, firstSeed: number): Promise<Report> {
  const refused: Record<string, number> = {}
  const untyped: Finding[] = []
  const nonCanonical: Finding[] = []
  const slow: Finding[] = []
  const note = (list: Finding[], seed: number, what: string): void => {
    if (list.length < KEPT) list.push({ seed, what })
  }
  let read = 0
  for (let i = 0; i < runs; i++) {
    const seed = firstSeed + i
    const bytes = input(target, seed)
    const startMs = workMs()
    let fed = await feedOnce(target, bytes)
    let tookMs = workMs() - startMs
    // a collection of garbage is slow once, costly bytes are slow each time
    for (let tries = 0; tries < 3 && tookMs > SLOW_MS; tries++) {
      const againMs = workMs()
      fed = await feedOnce(target, bytes)
      tookMs = Math.min(tookMs, workMs() - againMs)
    }
    if (tookMs > SLOW_MS) note(slow, seed, `${tookMs.toFixed(0)} ms`)
    if (fed.kind === 'refused') refused[fed.code] = (refused[fed.code] ?? 0) + 1
    else if (fed.kind === 'untyped') note(untyped, seed, fed.what)
    else {
      read++
      if (fed.kind === 'forged') note(nonCanonical, seed, 'forged bytes were taken')
      else if (!same(fed.again, bytes)) note(nonCanonical, seed, 'another spelling of what was read')
    }
  }
  return { target: target.name, runs, read, refused, untyped, nonCanonical, slow }
}

export const isClean = ({ untyped, nonCanonical, slow }: Report): boolean => untyped.length + nonCanonical.length + slow.length === 0
