/** The rooms in the simulated world, on the toy engine. Long runs: `npm run simulate`. */
import { describe, expect, it } from 'vitest'
import { ENGINES } from './engines.ts'
import { runSeed, type ScenarioOptions } from './scenario.ts'
import { PINNED } from './seeds.ts'

const { toy } = ENGINES

const SEEDS = 200
const ADVERSARY_SEEDS = 50
const REPEATED_SEEDS = 20

const failures = async (from: number, count: number, options: ScenarioOptions): Promise<readonly string[]> => {
  const out: string[] = []
  for (let seed = from; seed < from + count; seed++) {
    const { violation } = await runSeed(seed, options)
    if (violation !== null) out.push(`seed ${seed}: ${violation.invariant}: ${violation.message}`)
  }
  return out
}

describe('rooms on the toy engine', () => {
  it(`holds every invariant in ${SEEDS} seeds with 5 members`, { timeout: 300_000 }, async () => {
    expect(await failures(1, SEEDS, { members: 5, engine: toy, adversary: false })).toEqual([])
  })

  it(`holds every invariant in ${ADVERSARY_SEEDS} seeds with an adversary`, { timeout: 300_000 }, async () => {
    expect(await failures(1, ADVERSARY_SEEDS, { members: 5, engine: toy, adversary: true })).toEqual([])
  })

  it(`gives the same trace for the same seed, ${REPEATED_SEEDS} times`, { timeout: 120_000 }, async () => {
    const options = { members: 5, engine: toy, adversary: true }
    const traces = new Set<string>()
    for (let seed = 1; seed <= REPEATED_SEEDS; seed++) {
      const [first, second] = [await runSeed(seed, options), await runSeed(seed, options)]
      expect(second.trace).toBe(first.trace)
      traces.add(first.trace)
    }
    expect(traces.size).toBe(REPEATED_SEEDS)
  })
})

describe('seeds that once failed', () => {
  it.each(PINNED)('$seed with $members members: $reason', { timeout: 60_000 }, async ({ seed, members, adversary }) => {
    expect(await failures(seed, 1, { members, engine: toy, adversary })).toEqual([])
  })
})
