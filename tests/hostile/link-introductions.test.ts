/** Introductions by somebody who does not keep to the rules: trusted no more than a broker, and not free to flood. */
import { describe, expect, test } from 'vitest'
import { idOf, type SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { encode } from '#contracts/wire/codec.ts'
import { signalBodyCodec } from '#contracts/wire/signal.ts'
import type { RelayFrame } from '../../remotes/p2p/core/link/api.ts'
import { writeFakeSdp } from '../support/fake-rtc.ts'
import { LyingIntroducer } from '../support/link-attackers.ts'
import { areLinked, inRooms, type LinkedPerson, makeInvite, people } from '../support/linked-people.ts'
import { FakeNetwork } from '../support/network.ts'

const RELAY_TAG = 30
/** Small, so that many fit below the high-water mark. */
const NOISE = new Uint8Array(64)

const know = (person: LinkedPerson, ...others: readonly LinkedPerson[]): void =>
  person.links.setPeers(others.filter((one) => one !== person).map((one) => one.asPeer()))
const device = (person: LinkedPerson) => person.identity.device

/**
 * Linked: b with everybody, the others with b alone. All of them are members of one room, and the broker is down.
 * None but b is known to the others yet.
 */
async function around(seed: number, names: readonly string[] = ['a', 'b', 'c', 'd']) {
  const network = new FakeNetwork(seed)
  const all = await people(network, names)
  const [a, b, c, d = a] = all
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('three people at least')
  inRooms(all)
  const others = all.filter((one) => one !== b)
  know(b, ...others)
  for (const one of others) know(one, b)
  expect(await network.clock.until(() => others.every((one) => areLinked(one, b)), 20_000)).toBe(true)
  network.broker.down()
  await network.clock.run(100)
  return { network, all, a, b, c, d }
}

/** Relay frames that left this person's page. */
const sentBy = (network: FakeNetwork, person: LinkedPerson): number =>
  network.rtc.recorded.filter(({ from, bytes }) => from === person.name && bytes[0] === RELAY_TAG).length

/** Sends `count` frames over `over`, as fast as the link takes them. */
async function flood(
  network: FakeNetwork,
  who: LinkedPerson,
  over: LinkedPerson,
  count: number,
  frame: (i: number) => Omit<RelayFrame, 'kind'>,
) {
  for (let i = 0; i < count; i++) while (!who.sendRelay(over, frame(i))) await network.clock.run(1)
  await network.clock.run(20)
}

/** Counts the blobs that this person's Worker opens from now on. */
function countOpenings(person: LinkedPerson): () => number {
  let count = 0
  const honest = person.cryptography.openSignal
  Object.assign(person.cryptography, {
    openSignal: (...args: Parameters<typeof honest>) => {
      count += 1
      return honest(...args)
    },
  })
  return () => count
}

/** A well-formed call, sealed and signed as it should be. */
async function callBlob(network: FakeNetwork, from: LinkedPerson, to: LinkedPerson, n: number): Promise<Uint8Array<ArrayBuffer>> {
  const session = idOf<SessionId>(new Uint8Array(16).fill(n))
  const sdp = writeFakeSdp({ ufrag: '01020304', fingerprint: 'ab'.repeat(32) })
  return from.cryptography.sealSignal({
    to: { kind: 'device', device: device(to), signalling: to.identity.signalling },
    replyTo: from.brokerId,
    nowMs: network.clock.env('now').nowMs(),
    body: encode(signalBodyCodec, { kind: 'description', session, type: 'offer', sdp }),
  })
}

describe('who passes signals on', () => {
  test('alters them: no link, no connection is made for them; with an honest one beside it there is a link', async () => {
    const { network, a, b, c, d } = await around(1)
    b.onRelay = (session, frame) => {
      const blob = frame.blob.slice()
      blob[blob.length - 1] = (blob[blob.length - 1] ?? 0) ^ 1
      b.links.relayed(session, { ...frame, blob })
    }
    know(c, a, b)
    a.rules = { ...a.rules, introducers: () => [device(b)] }
    c.rules = { ...c.rules, introducers: () => [] } // it does not call
    know(a, b, c)
    const opened = c.rtc.page.opened
    await network.clock.run(60_000)
    expect(sentBy(network, b)).toBeGreaterThan(10)
    expect(areLinked(a, c)).toBe(false)
    expect(c.rtc.page.opened).toBe(opened)

    // now d as well: linked with both by the broker, which goes away again
    network.broker.up()
    network.broker.relay = (message) => ([a.brokerId, c.brokerId].every((id) => [message.from, message.to].includes(id)) ? [] : [message])
    know(d, a, b, c)
    know(c, a, b, d)
    know(a, b, c, d)
    await network.clock.until(() => areLinked(a, d) && areLinked(c, d), 10_000)
    network.broker.down()
    a.rules = { ...a.rules, introducers: () => [device(b), device(d)] }
    c.rules = a.rules
    expect(await network.clock.until(() => areLinked(a, c), 60_000)).toBe(true)
  })

  test('repeats them, at once and later: one link, and nothing is made or answered for the rest', async () => {
    const { network, a, b, c } = await around(2)
    const passed: { readonly session: SessionId; readonly frame: RelayFrame }[] = []
    b.onRelay = (session, frame) => {
      passed.push({ session, frame })
      for (let i = 0; i < 3; i++) b.links.relayed(session, frame)
    }
    know(a, b, c)
    know(c, a, b)
    expect(await network.clock.until(() => areLinked(a, c), 3000)).toBe(true)
    await network.clock.run(30_000)
    const before = [a, c].map(({ rtc }) => rtc.page.opened)
    const sent = sentBy(network, a) + sentBy(network, c)
    for (const { session, frame } of passed) b.links.relayed(session, frame)
    await network.clock.run(30_000)
    expect([a, c].map(({ rtc }) => rtc.page.opened)).toEqual(before)
    expect(sentBy(network, a) + sentBy(network, c)).toBe(sent)
    for (const one of [a, c]) expect(one.proven()).toHaveLength(2)
  })

  test('brings them to somebody else, or in the name of somebody else: nothing is made', async () => {
    const { network, a, b, c, d } = await around(3)
    for (const one of [a, c, d]) one.rules = { ...one.rules, introducers: () => [] } // nobody calls by himself
    know(c, a, b, d)
    know(d, a, b, c)
    await network.clock.run(100)
    const opened = [c, d].map(({ rtc }) => rtc.page.opened)
    b.sendRelay(d, { from: device(a), to: device(d), blob: await callBlob(network, a, c, 1) })
    b.sendRelay(c, { from: device(d), to: device(c), blob: await callBlob(network, a, c, 2) })
    b.sendRelay(c, { from: device(b), to: device(c), blob: await callBlob(network, a, c, 3) })
    b.sendRelay(c, { from: device(c), to: device(c), blob: await callBlob(network, a, c, 4) })
    await network.clock.run(1000)
    expect([c, d].map(({ rtc }) => rtc.page.opened)).toEqual(opened)
    expect(sentBy(network, c) + sentBy(network, d)).toBe(0)
    // the same as it should be
    b.sendRelay(c, { from: device(a), to: device(c), blob: await callBlob(network, a, c, 5) })
    await network.clock.run(1000)
    expect(c.rtc.page.opened).toBe((opened[0] ?? 0) + 1)
  })

  test('brings its own over the link that stands already: nothing is made', async () => {
    const { network, b, c } = await around(3)
    const opened = c.rtc.page.opened
    b.sendRelay(c, { from: device(b), to: device(c), blob: await callBlob(network, b, c, 1) })
    await network.clock.run(1000)
    expect(c.rtc.page.opened).toBe(opened)
    expect(areLinked(b, c)).toBe(true)
  })

  test('brings somebody to whom this device does not consent: not even opened', async () => {
    const { network, a, b, c } = await around(4)
    const openings = countOpenings(c)
    const opened = c.rtc.page.opened
    know(a, b, c)
    await network.clock.run(30_000)
    expect(sentBy(network, b)).toBeGreaterThan(3)
    expect(openings()).toBe(0)
    expect(c.rtc.page.opened).toBe(opened)
    expect(sentBy(network, c)).toBe(0)
  })

  test('puts itself between both ends, and may even open and seal for them: no link is proven', async () => {
    const { network, a, b, c } = await around(5)
    const middle = new LyingIntroducer(network, b, [a, c])
    know(a, b, c)
    know(c, a, b)
    expect(await network.clock.until(() => middle.swapped >= 10, 120_000)).toBe(true)
    expect(middle.passed).toBeGreaterThan(10)
    for (const [one, other] of [
      [a, c],
      [c, a],
    ] as const) {
      expect(one.events.some((event) => event.kind === 'proven' && event.peer.device !== device(b))).toBe(false)
      expect(one.states(device(other)).at(-1)).toMatchObject({ state: 'offline', problem: 'wrong-transcript' })
    }
    await network.clock.until(() => a.rtc.page.connections.size + c.rtc.page.connections.size === 2, 5000)
    middle.lies = false
    expect(await network.clock.until(() => areLinked(a, c), 5000)).toBe(true)
    expect(a.states(device(c)).at(-1)).toMatchObject({ state: 'connected', problem: null })
  }, 120_000)

  test('passes the calls on and drops the answers, three of them and faster than the honest one: there is a link', async () => {
    const { network, all, a, b, c } = await around(6, ['a', 'b', 'c', 'm1', 'm2', 'm3'])
    const bad = all.slice(3)
    network.broker.up()
    network.broker.relay = (message) => ([a.brokerId, c.brokerId].every((id) => [message.from, message.to].includes(id)) ? [] : [message])
    for (const one of bad) know(one, a, b, c)
    a.rules = { ...a.rules, introducers: () => [] }
    c.rules = a.rules
    know(a, b, ...bad)
    know(c, b, ...bad)
    await network.clock.until(() => bad.every((one) => areLinked(one, a) && areLinked(one, c)), 20_000)
    network.broker.down()
    for (const one of bad) one.onRelay = (session, frame) => (frame.from === device(a) ? one.links.relayed(session, frame) : undefined)
    b.onRelay = (session, frame) => void network.clock.after(20, () => b.links.relayed(session, frame))
    const introducers = [...bad, b].map(device)
    a.rules = { ...a.rules, introducers: (target) => (target === device(c) ? introducers : []) }
    c.rules = { ...c.rules, introducers: (target) => (target === device(a) ? introducers : []) }
    know(c, a, b, ...bad)
    know(a, b, c, ...bad)
    expect(await network.clock.until(() => areLinked(a, c), 60_000)).toBe(true)
  }, 120_000)

  test('floods: few blobs are opened, and others behind it and behind others are still heard', async () => {
    const { network, a, b, c, d } = await around(7)
    know(c, a, b, d)
    c.rules = { ...c.rules, introducers: () => [] }
    await network.clock.run(20_000)
    const openings = countOpenings(c)
    await flood(network, b, c, 3000, () => ({ from: device(a), to: device(c), blob: NOISE }))
    expect(openings()).toBeGreaterThan(0)
    expect(openings()).toBeLessThan(120)
    // as many in all names that it may use
    await flood(network, b, c, 6000, (i) => ({ from: device(i % 2 === 0 ? a : d), to: device(c), blob: NOISE }))
    expect(openings()).toBeLessThan(250)
    await network.clock.run(20_000)
    know(d, b, c)
    expect(await network.clock.until(() => areLinked(c, d), 3000)).toBe(true)
  })

  test('floods in many names: the link has a share too', async () => {
    const { network, b, c, all } = await around(8, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
    know(c, ...all)
    c.rules = { ...c.rules, introducers: () => [] }
    await network.clock.run(1000)
    const openings = countOpenings(c)
    const names = all.filter((one) => one !== b && one !== c)
    await flood(network, b, c, 6000, (i) => ({ from: device(names[i % names.length] as LinkedPerson), to: device(c), blob: NOISE }))
    expect(openings()).toBeGreaterThan(300)
    expect(openings()).toBeLessThan(450)
  })
})

describe('who asks to have signals passed on', () => {
  test('in the name of another, to itself, or back to its own end: nothing leaves', async () => {
    const { network, a, b, c, d } = await around(10)
    const blob = await callBlob(network, a, c, 1)
    a.sendRelay(b, { from: device(d), to: device(c), blob })
    a.sendRelay(b, { from: device(a), to: device(a), blob })
    a.sendRelay(b, { from: device(c), to: device(a), blob })
    a.sendRelay(b, { from: device(b), to: device(c), blob })
    await network.clock.run(100)
    expect(b.relayed).toHaveLength(4)
    expect(sentBy(network, b)).toBe(0)
    a.sendRelay(b, { from: device(a), to: device(c), blob })
    await network.clock.run(100)
    expect(sentBy(network, b)).toBe(1)
  })

  test('to somebody who is in no room with it, or whom nobody is linked with: nothing leaves', async () => {
    const { network, all, a, b, c, d } = await around(11)
    inRooms([a, b], [b, c, d])
    a.rules = { ...a.rules, introducers: () => [device(b)] }
    c.rules = { ...c.rules, introducers: () => [] }
    know(c, a, b)
    know(a, b, c)
    await network.clock.run(30_000)
    expect(b.relayed.length).toBeGreaterThan(3)
    expect(sentBy(network, b)).toBe(0)
    expect(areLinked(a, c)).toBe(false)
    // in one room with d, who is gone
    inRooms(all)
    b.links.setPeers([a, c].map((one) => one.asPeer()))
    await network.clock.run(100)
    a.sendRelay(b, { from: device(a), to: device(d), blob: NOISE })
    await network.clock.run(100)
    expect(sentBy(network, b)).toBe(0)
  })

  test('once more what came to it: two hops are none, so nothing goes round', async () => {
    const { network, a, b, c, d } = await around(12)
    network.broker.up()
    know(d, b, c)
    know(c, b, d)
    await network.clock.until(() => areLinked(c, d), 5000)
    network.broker.down()
    await network.clock.run(1000)
    const blob = await callBlob(network, a, d, 1)
    c.relayed.length = 0
    const before = sentBy(network, c)
    b.sendRelay(c, { from: device(a), to: device(d), blob }) // b sends a's blob on to c, which is linked with d
    b.sendRelay(c, { from: device(a), to: device(b), blob }) // and one that leads back
    await network.clock.run(1000)
    expect(c.relayed).toHaveLength(2)
    expect(sentBy(network, c)).toBe(before)
  })

  test('floods: few are passed on, and others are still introduced', async () => {
    const { network, a, b, c, d } = await around(13)
    know(c, b, d)
    await flood(network, a, b, 3000, () => ({ from: device(a), to: device(c), blob: NOISE }))
    expect(sentBy(network, b)).toBeGreaterThan(200)
    expect(sentBy(network, b)).toBeLessThan(300)
    know(d, b, c)
    expect(await network.clock.until(() => areLinked(c, d), 3000)).toBe(true)
  })

  test('a blob over the bound is not passed on', async () => {
    const { network, a, b, c } = await around(14)
    const session = b.sessionWith(a)
    if (session === null) throw new Error('not linked')
    b.links.relayed(session, { kind: 'relay', from: device(a), to: device(c), blob: new Uint8Array(LIMITS.signalBlobBytes + 1) })
    await network.clock.run(100)
    expect(sentBy(network, b)).toBe(0)
    b.links.relayed(session, { kind: 'relay', from: device(a), to: device(c), blob: new Uint8Array(LIMITS.signalBlobBytes) })
    await network.clock.run(100)
    expect(sentBy(network, b)).toBe(1)
  })

  test('by an invite, before first contact is over: nothing leaves', async () => {
    const { network, a, b, c } = await around(15)
    network.broker.up()
    const [guest] = await people(network, ['guest'])
    if (guest === undefined) throw new Error('a guest')
    b.rules = { introducers: () => [], mayIntroduce: () => true }
    const invite = await makeInvite(network, b, 86_400_000)
    b.links.setInvites([invite.own])
    await network.clock.run(1000)
    guest.links.acceptInvite(invite.accepted)
    expect(await network.clock.until(() => areLinked(guest, b), 5000)).toBe(true)
    guest.sendRelay(b, { from: device(guest), to: device(c), blob: NOISE })
    await network.clock.run(100)
    expect(b.relayed).toHaveLength(1)
    expect(sentBy(network, b)).toBe(0)
    expect(areLinked(a, b)).toBe(true)
  })

  test('on a session that is not proven, or over: nothing happens', async () => {
    const { network, a, b, c } = await around(16)
    const session = b.sessionWith(a)
    if (session === null) throw new Error('not linked')
    for (const one of [a, b]) one.rules = { ...one.rules, introducers: () => [] } // they send nothing of their own
    know(b, c)
    await network.clock.run(100)
    b.links.relayed(session, { kind: 'relay', from: device(a), to: device(c), blob: NOISE })
    // a calls again, and gets no further than a connection
    network.broker.up()
    network.rtc.carry = () => []
    know(b, a, c)
    expect(await network.clock.until(() => b.rtc.page.connections.size > 1, 5000)).toBe(true)
    for (const unproven of b.rtc.page.connections.keys()) {
      if (unproven !== b.sessionWith(c)) b.links.relayed(unproven, { kind: 'relay', from: device(a), to: device(c), blob: NOISE })
    }
    b.links.relayed(idOf<SessionId>(new Uint8Array(16)), { kind: 'relay', from: device(a), to: device(c), blob: NOISE })
    await network.clock.run(100)
    expect(sentBy(network, b)).toBe(0)
  })
})
