/**
 * How a message spreads in one large room of simulated devices: by the overlay, and by plain flooding over the same
 * neighbours in the same run. Virtual time: 20 to 150 ms a link, one way. Then a fifth of the devices dies at once.
 */
import { type Outcome, runExperiment } from '../simulation/overlay/experiment.ts'
import type { Flood, Spread } from '../simulation/overlay/measure.ts'
import { type Bench, type Figure, figure } from './report.ts'

const SIZES = [256, 1_000, 10_000]
const WARM_UP = 20
const MESSAGES = 20
const SEED = 1

/** Hops and copies are per device that gets a message; what a device sends besides is per message and device. */
export const benchOverlay: Bench = async (progress) =>
  SIZES.flatMap((devices) => figuresOf(devices, runExperiment({ devices, seed: SEED, warmUp: WARM_UP, messages: MESSAGES }, progress)))

function figuresOf(devices: number, outcome: Outcome): readonly Figure[] {
  const { spreads, floods, traffic, unnoticed, repaired, final } = outcome
  const of = (what: string, unit: Figure['unit'], samples: readonly number[]): Figure => ({
    ...figure(`${devices.toLocaleString('en')} devices: ${what}`, samples),
    unit,
  })
  const one = (what: string, unit: Figure['unit'], value: number): Figure => of(what, unit, [value])
  const each = (total: number): number => total / MESSAGES / (devices - 1)
  const hops = (of: readonly (Spread | Flood)[]): readonly number[] => of.flatMap((spread) => [...spread.hops])
  const lacking = (after: readonly Spread[], by: 'pushed' | 'reached'): readonly number[] => after.map((spread) => 100 * (1 - spread[by]))
  return [
    of('overlay, hops', 'hops', hops(spreads)),
    of('flooding, hops', 'hops', hops(floods)),
    of(
      'overlay, until the last has it',
      'ms',
      spreads.map(({ lastMs }) => lastMs),
    ),
    of(
      'flooding, until the last has it',
      'ms',
      floods.map(({ lastMs }) => lastMs),
    ),
    one('overlay, copies of a message', 'times', each(traffic.pushes)),
    one('flooding, copies of a message', 'times', each(floods.reduce((sum, { copies }) => sum + copies, 0))),
    one('overlay, control for a message', 'messages', each(traffic.gossip)),
    one('overlay, control for a message', 'bytes', each(traffic.gossipBytes)),
    one('overlay, control for views in a minute', 'messages', outcome.idleViews / devices),
    one('links changed in a minute, at rest', '%', (100 * outcome.linksChanged) / devices),
    of('a fifth dead, unnoticed, no sync: not reached', '%', lacking(unnoticed, 'pushed')),
    of('a fifth dead, a minute later, no sync: not reached', '%', lacking(repaired, 'pushed')),
    of('a fifth dead, after sync: not reached', '%', lacking(final, 'reached')),
  ]
}
