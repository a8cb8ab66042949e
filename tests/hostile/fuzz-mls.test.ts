/** The fuzzer through the MLS gate: 20,000 mutations a kind of message. Nothing is taken, and no state moves. */
import { expect, test } from 'vitest'
import { gateTargets } from '../fuzz/gate.ts'
import { fuzz } from '../fuzz/run.ts'

const RUNS = 20_000
const SEED = 20_261_127

test.each((await gateTargets()).map((target) => [target.name, target] as const))(
  '%s: 20,000 mutations are refused with a code',
  { timeout: 240_000 },
  async (_name, target) => {
    const { untyped, nonCanonical, slow, read } = await fuzz(target, RUNS, SEED)
    expect({ untyped, nonCanonical, slow, read }).toEqual({ untyped: [], nonCanonical: [], slow: [], read: 0 })
  },
)
