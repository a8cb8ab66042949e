/** The overlay among many devices, in virtual time. 10,000 of them: `npm run bench -- overlay`. */
import { describe, expect, test } from 'vitest'
import { Prng } from '../../support/prng.ts'
import { kindsOf, runExperiment } from './experiment.ts'
import { neighbours, partsOf, spreadOf } from './measure.ts'
import { type Device, Network } from './network.ts'

const DEVICES = 256
const all = (count: number) => Array.from({ length: count }, (_, index) => index)

/**
 * One room of everybody, four of some, small groups and 300 direct chats: more wishes than links, on phones above all.
 * Each message must be with every living member in the end.
 */
function crowd(seed: number, loss = 0) {
  const random = new Prng(seed * 7919)
  const some = (count: number): readonly number[] => {
    const chosen = new Set<number>()
    while (chosen.size < count) chosen.add(random.below(DEVICES))
    return [...chosen]
  }
  const groups = [all(DEVICES), some(100), some(60), some(40), some(40), ...Array.from({ length: 20 }, () => some(8))]
  const chats = Array.from({ length: 300 }, () => some(2))
  const network = new Network({ seed, kinds: kindsOf(DEVICES), rooms: [...groups, ...chats], pooled: true, loss })
  network.startAll(20_000)
  network.clock.run(120_000)
  const said: { readonly room: number; readonly entry: ReturnType<Network['say']> }[] = []
  const say = (room: number) => {
    const authors = network.living.filter((device) => device.seats.has(room))
    if (authors.length > 0) said.push({ room, entry: network.say(random.pick(authors), room) })
  }
  return {
    network,
    random,
    groups: all(groups.length),
    /** A message in some group, or in the one named. */
    say: (room = random.below(groups.length)) => say(room),
    /** Messages that some living member lacks. A message that only the dead have does not count. */
    lacking: () =>
      said.flatMap(({ room, entry }) => {
        const { reached } = spreadOf(network, room, entry)
        return reached > 0 && reached < 1 ? [`${entry}: ${reached}`] : []
      }),
    said,
  }
}

describe('256 devices with real limits of links', () => {
  test('every message reaches everybody, mostly without sync, and nobody ever has more links than its pool', () => {
    const { network, say, said, lacking } = crowd(1)
    for (let i = 0; i < 60; i++) {
      say()
      network.clock.run(1_000)
    }
    network.clock.run(120_000)
    expect(lacking()).toEqual([])
    expect(network.mostLinks).toBeLessThanOrEqual(0)
    const pushed = said.map(({ room, entry }) => spreadOf(network, room, entry).pushed)
    expect(pushed.reduce((sum, share) => sum + share, 0) / pushed.length).toBeGreaterThan(0.9)
  })

  test('a fifth dies at once', () => {
    const { network, random, say, lacking } = crowd(2)
    for (const device of network.living) if (random.chance(0.2)) network.crash(device)
    for (let i = 0; i < 60; i++) {
      say()
      network.clock.run(500)
    }
    network.clock.run(240_000)
    expect(lacking()).toEqual([])
  })

  test('devices come and go all the time, and one message in twenty is lost', () => {
    const { network, random, say, lacking } = crowd(3, 0.05)
    for (let i = 0; i < 120; i++) {
      const gone = network.devices.filter(({ alive }) => !alive)
      if (random.chance(0.7)) network.crash(random.pick(network.living))
      else if (gone.length > 0) network.start(random.pick(gone))
      say()
      network.clock.run(1_000)
    }
    for (const device of network.devices) if (!device.alive) network.start(device)
    network.clock.run(300_000)
    expect(lacking()).toEqual([])
    expect(network.mostLinks).toBeLessThanOrEqual(0)
  })

  test('phones only, each in more groups than it has links: they take turns', () => {
    const random = new Prng(4)
    const rooms = Array.from({ length: 12 }, () => {
      const chosen = new Set<number>()
      while (chosen.size < 10) chosen.add(random.below(30))
      return [...chosen]
    })
    const network = new Network({ seed: 4, kinds: all(30).map(() => 'phone'), rooms, pooled: true })
    network.startAll(10_000)
    network.clock.run(120_000)
    const said = rooms.map((_, room) => network.say(random.pick(network.living.filter((device) => device.seats.has(room))), room))
    network.clock.run(600_000)
    expect(said.map((entry, room) => spreadOf(network, room, entry).reached)).toEqual(rooms.map(() => 1))
    expect(network.mostLinks).toBeLessThanOrEqual(0)
  })
})

describe('rest', () => {
  test('where links are enough, no link is made or closed any more', () => {
    const network = new Network({ seed: 1, kinds: kindsOf(100), rooms: [all(100), all(30), [96, 97, 98, 99]], pooled: true })
    network.startAll(20_000)
    network.clock.run(600_000)
    const before = network.devices.map(({ links }) => [...links.keys()].sort())
    network.resetTraffic()
    network.clock.run(300_000)
    expect(network.devices.map(({ links }) => [...links.keys()].sort())).toEqual(before)
    expect([network.traffic.linksMade, network.traffic.callsRefused]).toEqual([0, 0])
    for (const room of [0, 1, 2]) expect(partsOf(neighbours(network, room))).toBe(1)
  })

  test('neighbours count each other, and no more than each may have', () => {
    const network = new Network({ seed: 2, kinds: kindsOf(200), rooms: [all(200)] })
    network.startAll(20_000)
    network.clock.run(600_000)
    const graph = neighbours(network, 0)
    const most = { phone: 4, other: 5, desktop: 8 }
    for (const device of network.devices) {
      const { active } = network.seat(device, 0).overlay
      expect([...(graph.get(device.key)?.keys() ?? [])]).toEqual([...active.keys()])
      expect(active.size).toBeLessThanOrEqual(most[device.kind])
      expect(active.size).toBeGreaterThanOrEqual(most[device.kind] - 1)
    }
  })

  test('the same seed, the same run', () => {
    const run = (seed: number) => {
      const network = new Network({ seed, kinds: kindsOf(64), rooms: [all(64), all(8)], pooled: true, loss: 0.05 })
      network.startAll(20_000)
      network.clock.run(60_000)
      network.crash(network.living[3] as Device)
      network.say(network.living[5] as Device, 0)
      network.clock.run(60_000)
      return { traffic: network.traffic, links: network.devices.map(({ links }) => [...links.keys()]) }
    }
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
  })
})

describe('2,000 devices in the overlay alone', () => {
  const outcome = runExperiment({ devices: 2_000, seed: 1, warmUp: 5, messages: 5 })

  test('a message comes to all in few hops, each device sends it about once', () => {
    const { spreads, floods, traffic } = outcome
    expect(spreads.map(({ reached }) => reached)).toEqual(spreads.map(() => 1))
    const copies = traffic.pushes / spreads.length / 1_999
    const flooded = floods.reduce((sum, flood) => sum + flood.copies, 0) / floods.length / 1_999
    expect(copies).toBeLessThan(1.2)
    expect(flooded).toBeGreaterThan(3)
    expect(Math.max(...spreads.flatMap(({ hops }) => hops))).toBeLessThan(40)
    // at most one IHAVE each way over each lazy link
    expect(traffic.gossip / spreads.length / 1_999).toBeLessThan(4)
  })

  test('a fifth dies: nearly all hear it before anybody noticed, all after repair, and all after sync', () => {
    const worst = (spreads: typeof outcome.unnoticed, by: 'pushed' | 'reached') => Math.min(...spreads.map((spread) => spread[by]))
    expect(worst(outcome.unnoticed, 'pushed')).toBeGreaterThan(0.98)
    expect(worst(outcome.repaired, 'pushed')).toBeGreaterThan(0.999)
    expect(worst(outcome.final, 'reached')).toBe(1)
    expect(outcome.partsAfter).toBe(1)
  })
})
