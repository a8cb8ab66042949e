/** The fuzzer over every decoder of our own: 20,000 mutations each. `npm run fuzz` goes on for as long as one likes. */
import { describe, expect, test } from 'vitest'
import { inputOf, PAST } from '../fuzz/corpus.ts'
import { feedOnce, fuzz, type Target } from '../fuzz/run.ts'
import { ownTargets, targets } from '../fuzz/targets.ts'

const RUNS = 20_000
const SEED = 20_261_126

describe.each(ownTargets().map((target) => [target.name, target] as const))('%s', (_name, target) => {
  test('20,000 mutations: typed errors, one spelling, none slow', { timeout: 240_000 }, async () => {
    const { untyped, nonCanonical, slow, refused } = await fuzz(target, RUNS, SEED)
    expect({ untyped, nonCanonical, slow }).toEqual({ untyped: [], nonCanonical: [], slow: [] })
    expect(Object.values(refused).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(RUNS / 4)
  })
})

test.each(PAST)('once wrong: $name', async (past) => {
  const { target, bytes } = inputOf(past, await targets())
  expect(await feedOnce(target, bytes)).toMatchObject({ kind: 'refused' })
})

test('the fuzzer finds what is wrong with a decoder', async () => {
  const samples = [Uint8Array.of(1, 2, 3, 4)]
  const of = (feed: Target['feed']): Target => ({ name: 'bad', samples, feed })
  const throwing = await fuzz(
    of((bytes) => {
      if (bytes.length > 4) throw new TypeError('undefined is not a function')
      return { kind: 'read', again: bytes }
    }),
    50,
    1,
  )
  expect(throwing.untyped[0]?.what).toBe('TypeError: undefined is not a function')
  expect(
    (
      await fuzz(
        of((bytes) => ({ kind: 'read', again: bytes.subarray(0, 4) })),
        50,
        1,
      )
    ).nonCanonical,
  ).not.toEqual([])
  expect(
    (
      await fuzz(
        of(() => ({ kind: 'forged' })),
        50,
        1,
      )
    ).nonCanonical,
  ).not.toEqual([])
  const busy = of((bytes) => {
    const { user: startUs } = process.cpuUsage()
    while (process.cpuUsage().user - startUs < 60_000) bytes.fill(0)
    return { kind: 'refused', code: 'malformed' }
  })
  expect((await fuzz(busy, 1, 1)).slow).toHaveLength(1)
})
