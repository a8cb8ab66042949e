/** Lists of peers as large as a room: few calls at a time, in a fair order, and never more than a broker takes. */
import { describe, expect, test } from 'vitest'
import { type DeviceKey, type RendezvousKey, toHex } from '#contracts/ids.ts'
import { blinding } from '../../remotes/cryptography/adapters/blinding.ts'
import type { LinkPeer } from '../../remotes/p2p/core/link/api.ts'
import { type Bucket, POLICY, take } from '../../signaling/policy.ts'
import { idAt } from '../support/broker-keys.ts'
import { areLinked, couple, inRooms, type LinkedPerson, people } from '../support/linked-people.ts'
import { FakeNetwork } from '../support/network.ts'

const ROOM = 255
/** Real time; many handshakes on a busy machine. */
const SLOW_MS = 180_000
/** Own calls at once, and from a call to 'absent' or to the end of waiting for an answer. */
const CALLS_MAX = 24
const ANSWER_MS = 8000

/** Devices that nobody has, all over the space of keys. */
function strangersLike(person: LinkedPerson, count: number): LinkPeer[] {
  const { record } = person.identity
  return Array.from({ length: count }, (_, i) => {
    const device = (i.toString(16).padStart(2, '0') + 'a'.repeat(62)) as DeviceKey
    const rendezvous = toHex(blinding.sign(new Uint8Array(32).fill(i), 0, new Uint8Array()).key) as RendezvousKey
    return { device, record: { ...record, tbs: { ...record.tbs, device, rendezvous } } }
  })
}

/** Judges everything that is sent through the broker as ours would, for each sender. */
function watchBroker(network: FakeNetwork): { readonly cut: () => number; readonly offersTo: () => Map<string, number> } {
  const buckets = new Map<string, Bucket>()
  const offers = new Map<string, number>()
  let cut = 0
  network.broker.relay = (message) => {
    const { bucket, allowed } = take(buckets.get(message.from), POLICY.messagesAnId, network.clock.elapsedMs)
    buckets.set(message.from, bucket)
    if (!allowed) cut += 1
    if (message.kind === 'offer') offers.set(message.to, (offers.get(message.to) ?? 0) + 1)
    return [message]
  }
  return { cut: () => cut, offersTo: () => offers }
}

/** The most connections that were open at once within `ms`. */
async function mostWithin(network: FakeNetwork, person: LinkedPerson, ms: number): Promise<number> {
  let most = 0
  await network.clock.until(() => {
    most = Math.max(most, person.rtc.page.connections.size)
    return false
  }, ms)
  return most
}

describe('255 peers given', () => {
  test(
    'all away: few connections at a time, everybody called once before anybody three times, nothing that the broker would cut',
    async () => {
      const network = new FakeNetwork()
      const [low] = await couple(network)
      const broker = watchBroker(network)
      const away = strangersLike(low, ROOM)
      low.links.setPeers(away)
      const most = await mostWithin(network, low, 270_000)
      expect(most).toBeGreaterThan(8)
      expect(most).toBeLessThanOrEqual(CALLS_MAX)
      expect(broker.offersTo().size).toBe(ROOM)
      // whose key comes after its own is called first
      const next = away.find(({ device }) => device > low.identity.device) ?? away[0]
      expect([...broker.offersTo().keys()][0]).toBe(
        next === undefined ? '' : idAt(next.record.tbs.rendezvous, network.clock.env('now').nowMs()),
      )
      expect(Math.max(...broker.offersTo().values())).toBeLessThanOrEqual(2)
      expect(broker.cut()).toBe(0)
    },
    SLOW_MS,
  )

  test(
    'a list given again and again, and shortened, calls nobody twice and leaves nothing behind',
    async () => {
      const network = new FakeNetwork()
      const [low] = await couple(network)
      const broker = watchBroker(network)
      const away = strangersLike(low, ROOM)
      for (let i = 0; i < 20; i++) {
        low.links.setPeers(i % 2 === 0 ? away : [...away].reverse())
        await network.clock.run(200)
      }
      expect(Math.max(...broker.offersTo().values())).toBe(1)
      expect(broker.offersTo().size).toBeLessThan(20)
      low.links.setPeers([])
      await network.clock.run(100)
      expect(low.rtc.page.connections.size).toBe(0)
      const sent = network.broker.recorded.length
      await network.clock.run(120_000)
      expect(network.broker.recorded).toHaveLength(sent)
    },
    SLOW_MS,
  )

  test(
    'one who is there is reached, whoever calls first; a link that is lost is made anew at once',
    async () => {
      const network = new FakeNetwork(3)
      const [low, high] = await couple(network)
      low.links.setPeers([...strangersLike(low, ROOM - 1), high.asPeer()])
      high.links.setPeers([low.asPeer()])
      expect(await network.clock.until(() => areLinked(low, high), 3000)).toBe(true)
      await network.clock.run(300_000) // long enough for the queue to be always full
      high.reload() // and does not call
      high.links.setPeers([low.asPeer()])
      network.broker.relay = (message) => (message.kind === 'offer' && message.from === high.brokerId ? [] : [message])
      // its silence is noticed after 15 s
      await network.clock.until(() => low.sessionWith(high) === null, 20_000)
      expect(await network.clock.until(() => areLinked(low, high), 4000)).toBe(true)
    },
    SLOW_MS,
  )

  test(
    'an invite that the person accepts does not wait behind a room',
    async () => {
      const network = new FakeNetwork(4)
      const [low, high] = await couple(network)
      low.links.setPeers(strangersLike(low, ROOM))
      await network.clock.run(500)
      const { key, secret, sealed } = await high.cryptography.createInvite()
      const expiresMs = network.clock.env('start').nowMs() + 86_400_000
      high.links.setInvites([{ key, secret, sealed, expiresMs, refuse: null }])
      await network.clock.run(500)
      low.links.acceptInvite({ key, secret, expiresMs })
      expect(await network.clock.until(() => low.sessionWith(high) !== null, 2500)).toBe(true)
    },
    SLOW_MS,
  )

  test(
    'answered calls that hang do not add up',
    async () => {
      const network = new FakeNetwork(5)
      const [me, ...others] = await people(
        network,
        Array.from({ length: 40 }, (_, i) => `p${i}`),
      )
      if (me === undefined) throw new Error('nobody')
      for (const other of others) network.rtc.cut(me.name, other.name)
      for (const other of others) other.links.setPeers([me.asPeer()])
      network.broker.relay = (message) => (message.kind === 'offer' && message.from !== me.brokerId ? [] : [message])
      me.links.setPeers(others.map((one) => one.asPeer()))
      const most = await mostWithin(network, me, 60_000)
      expect(most).toBe(CALLS_MAX)
    },
    SLOW_MS,
  )

  test(
    'calls of many peers at once: some are answered, the others call again',
    async () => {
      const network = new FakeNetwork(6)
      const [me, ...others] = await people(
        network,
        Array.from({ length: 80 }, (_, i) => `p${i}`),
      )
      if (me === undefined) throw new Error('nobody')
      for (const other of others) network.rtc.cut(me.name, other.name)
      network.broker.relay = (message) => (message.kind === 'offer' && message.from === me.brokerId ? [] : [message])
      me.links.setPeers(others.map((one) => one.asPeer()))
      await network.clock.run(50)
      for (const other of others) other.links.setPeers([me.asPeer()])
      const most = await mostWithin(network, me, 10_000)
      expect(most).toBeGreaterThan(48)
      expect(most).toBeLessThanOrEqual(48 + CALLS_MAX)
    },
    SLOW_MS,
  )
})

describe('no place for another link', () => {
  test(
    'a peer that calls is declined at once and costs no connection; one that is linked already may call again',
    async () => {
      const network = new FakeNetwork(9)
      const [me, other, third] = await people(network, ['a', 'b', 'c'])
      if (me === undefined || other === undefined || third === undefined) throw new Error('three people')
      const asked: { readonly device: string; readonly busy: readonly string[] }[] = []
      me.rules = {
        ...me.rules,
        admits: (device, busy) => {
          asked.push({ device, busy: [...busy] })
          return busy.size < 1
        },
      }
      me.links.setPeers([other, third].map((one) => ({ ...one.asPeer(), passive: true })))
      other.links.setPeers([me.asPeer()])
      expect(await network.clock.until(() => areLinked(me, other), 3000)).toBe(true)
      const { opened } = me.rtc.page
      third.links.setPeers([me.asPeer()])
      expect(await network.clock.until(() => third.events.some(({ kind }) => kind === 'unreached'), 2000)).toBe(true)
      await network.clock.run(20_000)
      expect(me.rtc.page.opened).toBe(opened)
      expect(asked.at(-1)).toEqual({ device: third.identity.device, busy: [other.identity.device] })

      other.reload()
      other.links.setPeers([me.asPeer()])
      expect(await network.clock.until(() => areLinked(me, other), 20_000)).toBe(true)
      expect(me.sessionWith(third)).toBeNull()
    },
    SLOW_MS,
  )
})

describe('a room that wakes', () => {
  test(
    'nine at once: a full mesh within seconds, and few calls cross',
    async () => {
      const network = new FakeNetwork(7)
      const all = await people(
        network,
        Array.from({ length: 9 }, (_, i) => `p${i}`),
      )
      const broker = watchBroker(network)
      for (const one of all) one.links.setPeers(all.filter((other) => other !== one).map((other) => other.asPeer()))
      const pairs = all.flatMap((one, i) => all.slice(i + 1).map((other) => [one, other] as const))
      expect(await network.clock.until(() => pairs.every(([one, other]) => areLinked(one, other)), 10_000)).toBe(true)
      expect(broker.cut()).toBe(0)
      await network.clock.run(ANSWER_MS)
      for (const one of all) expect(one.rtc.page.connections.size).toBe(all.length - 1)
    },
    SLOW_MS,
  )

  test(
    'nine by one link each and no broker: a full mesh by introductions',
    async () => {
      const network = new FakeNetwork(8)
      const all = await people(
        network,
        Array.from({ length: 9 }, (_, i) => `p${i}`),
      )
      inRooms(all)
      const [hub, ...others] = all
      if (hub === undefined) throw new Error('nobody')
      hub.links.setPeers(others.map((one) => one.asPeer()))
      for (const one of others) one.links.setPeers([hub.asPeer()])
      expect(await network.clock.until(() => others.every((one) => areLinked(one, hub)), 20_000)).toBe(true)
      network.broker.down()
      for (const one of others) one.links.setPeers(all.filter((other) => other !== one).map((other) => other.asPeer()))
      const pairs = others.flatMap((one, i) => others.slice(i + 1).map((other) => [one, other] as const))
      expect(await network.clock.until(() => pairs.every(([one, other]) => areLinked(one, other)), 30_000)).toBe(true)
    },
    SLOW_MS,
  )
})
