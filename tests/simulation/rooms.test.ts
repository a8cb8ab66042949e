/** The rooms in the simulated world, on all three engines and all cores. Longer runs: `npm run simulate`. */
import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { ENGINES } from './engines.ts'
import { playAll } from './pool.ts'
import { play, type Run, shortestPrefix, type Told } from './run.ts'
import { runSeed } from './scenario.ts'
import { PINNED } from './seeds.ts'

const MINUTE_MS = 60_000

/** Fails with all that a person needs to play the seed again. */
async function failureOf(told: Told, run: Run): Promise<string> {
  const { events, replay } = await shortestPrefix(told, run)
  return `seed ${told.seed}: ${told.violation?.invariant}: ${told.violation?.message} (after ${events} events: ${replay})`
}

async function failures(run: Run, seeds: number): Promise<readonly string[]> {
  const out: string[] = []
  for await (const told of playAll(run, 1, seeds, { jobs: availableParallelism() })) {
    if (told.violation !== null) out.push(await failureOf(told, run))
    if (out.length === 10) break
  }
  return out
}

async function traces(run: Run, seeds: number, jobs: number): Promise<readonly string[]> {
  const out: string[] = []
  for await (const told of playAll(run, 1, seeds, { jobs })) out.push(told.trace)
  return out
}

describe('rooms in a simulated network', () => {
  it.each([
    { seeds: 5000, run: { members: 5, engine: 'toy', adversary: false } },
    { seeds: 1200, run: { members: 5, engine: 'toy', adversary: true } },
    { seeds: 100, run: { members: 5, engine: 'fake', adversary: false } },
    { seeds: 10, run: { members: 4, engine: 'real', adversary: false } },
  ] as const)('hold every invariant: $seeds seeds, $run', { timeout: 25 * MINUTE_MS }, async ({ seeds, run }) => {
    expect(await failures(run, seeds)).toEqual([])
  })
})

describe('a device that dies at each of its transactions in turn, before it or after', () => {
  const members = 3
  it.each([0, 1])('device %i: nothing is lost, doubled or used twice', { timeout: 10 * MINUTE_MS }, async (device) => {
    let transactions = 0
    const whole = { members, engine: ENGINES.toy, adversary: false, quiet: { crash: null } }
    await runSeed(1, { ...whole, inspect: (world) => (transactions = world.devices[device]?.transactions ?? 0) })
    expect(transactions).toBeGreaterThan(30)
    const out: string[] = []
    for (let transaction = 1; transaction <= transactions; transaction++) {
      for (const before of [true, false]) {
        const { violation, happened } = await runSeed(1, { ...whole, quiet: { crash: { device, transaction, before } } })
        if (violation !== null)
          out.push(`transaction ${transaction}, ${before ? 'before' : 'after'}: ${violation.invariant}: ${violation.message}`)
        expect(happened[`crash ${before ? 'before' : 'after'} a transaction`]).toBe(1)
      }
    }
    expect(out).toEqual([])
  })
})

describe('a seed played twice', () => {
  it.each([
    { seeds: 20, run: { members: 5, engine: 'toy', adversary: true } },
    { seeds: 5, run: { members: 5, engine: 'fake', adversary: true } },
    { seeds: 2, run: { members: 4, engine: 'real', adversary: false } },
  ] as const)(
    'leaves the same trace, in another process and another order: $seeds seeds, $run',
    {
      timeout: 5 * MINUTE_MS,
    },
    async ({ seeds, run }) => {
      const first = await traces(run, seeds, 2)
      expect(await traces(run, seeds, 1)).toEqual(first)
      expect(new Set(first).size).toBe(seeds)
    },
  )
})

describe('seeds that once failed', () => {
  it.each(PINNED)('$seed with $members members: $reason', { timeout: MINUTE_MS }, async ({ seed, members, adversary, without }) => {
    expect((await play(seed, { members, engine: 'toy', adversary, without })).violation).toBeNull()
  })
})
