/** The same experiment for the tests and the bench: one room, messages, a fifth of it dies, messages again. */
import type { DeviceKey, EntryId } from '#contracts/ids.ts'
import { type Flood, flood, neighbours, partsOf, type Spread, spreadOf } from './measure.ts'
import { type Device, type Kind, Network, type Traffic } from './network.ts'

/** Half phones, a quarter desktops. */
export const kindsOf = (count: number): readonly Kind[] =>
  Array.from({ length: count }, (_, index) => (index % 4 === 0 ? 'desktop' : index % 4 === 1 ? 'other' : 'phone'))

export interface Experiment {
  readonly devices: number
  readonly seed: number
  /** Said before anything is counted: the tree has to form. */
  readonly warmUp: number
  readonly messages: number
}

export interface Outcome {
  /** By the overlay, and the same by flooding over the same neighbours. */
  readonly spreads: readonly Spread[]
  readonly floods: readonly Flood[]
  readonly traffic: Traffic
  /** Views kept in as many milliseconds as the messages took, in messages. */
  readonly idleViews: number
  readonly linksChanged: number
  /** Said the moment after a fifth died, seen before sync ran again. */
  readonly unnoticed: readonly Spread[]
  /** Said 60 s later, seen before sync ran again. */
  readonly repaired: readonly Spread[]
  /** All messages after the death, two sync rounds later. */
  readonly final: readonly Spread[]
  readonly partsAfter: number
}

const SETTLE_MS = 300_000
const EVERY_MS = 3_000
const REPAIR_MS = 60_000
const SHARE = 0.2

export function runExperiment(
  { devices, seed, warmUp, messages }: Experiment,
  progress: (line: string) => void = () => undefined,
): Outcome {
  const network = new Network({ seed, kinds: kindsOf(devices), rooms: [Array.from({ length: devices }, (_, index) => index)] })
  const anybody = (): Device => network.random.pick(network.living)
  const say = (count: number, everyMs: number, before: (author: Device) => void = () => undefined): readonly EntryId[] =>
    Array.from({ length: count }, () => {
      const author = anybody()
      before(author)
      const entry = network.say(author, 0)
      network.clock.run(everyMs)
      return entry
    })
  const spreads = (entries: readonly EntryId[]): readonly Spread[] => entries.map((entry) => spreadOf(network, 0, entry))

  progress(`${devices} devices: joining`)
  network.startAll(30_000)
  network.clock.run(SETTLE_MS - messages * EVERY_MS)
  network.resetTraffic()
  network.clock.run(messages * EVERY_MS)
  const idle = network.resetTraffic()

  progress(`${devices} devices: messages`)
  say(warmUp, EVERY_MS)
  network.resetTraffic()
  const floods: Flood[] = []
  const measured = say(messages, EVERY_MS, ({ key }: { readonly key: DeviceKey }) => floods.push(flood(neighbours(network, 0), key)))
  const traffic = network.resetTraffic()
  const measuredSpreads = spreads(measured)

  progress(`${devices} devices: a fifth dies`)
  const order = [...network.living].map((device) => ({ device, lot: network.random.next() })).sort((a, b) => a.lot - b.lot)
  for (const { device } of order.slice(0, Math.round(SHARE * devices))) network.crash(device)
  network.syncing = false
  const first = say(messages, 100)
  // less than it takes to notice a death
  network.clock.run(8_000 - messages * 100)
  const unnoticed = spreads(first)
  network.clock.run(REPAIR_MS)
  const second = say(messages, EVERY_MS)
  network.clock.run(10_000)
  const repaired = spreads(second)
  network.syncing = true
  network.clock.run(150_000)
  return {
    spreads: measuredSpreads,
    floods,
    traffic,
    idleViews: idle.views,
    linksChanged: idle.linksMade + idle.linksClosed,
    unnoticed,
    repaired,
    final: spreads([...first, ...second]),
    partsAfter: partsOf(neighbours(network, 0)),
  }
}
