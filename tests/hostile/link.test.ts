/** The link manager against strangers, a lying broker and a contact that breaks the rules. */
import { describe, expect, test } from 'vitest'
import { type BrokerId, idOf, type SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { encode } from '#contracts/wire/codec.ts'
import { handshakeCodec } from '#contracts/wire/handshake.ts'
import { type SignalBody, signalBodyCodec } from '#contracts/wire/signal.ts'
import { idAt } from '../support/broker-keys.ts'
import { seededBytes } from '../support/fake-clock.ts'
import { writeFakeSdp } from '../support/fake-rtc.ts'
import { LyingBroker, RudeContact } from '../support/link-attackers.ts'
import { areLinked, couple, type LinkedPerson, makeInvite, people } from '../support/linked-people.ts'
import { FakeNetwork } from '../support/network.ts'

const SEEDS = [1, 2, 3, 4, 5, 6]

const meet = (a: LinkedPerson, b: LinkedPerson): void => {
  a.links.setPeers([b.asPeer()])
  b.links.setPeers([a.asPeer()])
}
/** Puts a counter in front of the openings of blobs. */
function countOpenings(person: LinkedPerson, { reload } = { reload: true }): () => number {
  let count = 0
  const honest = person.cryptography.openSignal
  Object.assign(person.cryptography, {
    openSignal: (...args: Parameters<typeof honest>) => {
      count += 1
      return honest(...args)
    },
  })
  if (reload) person.reload()
  return () => count
}
const brokerIdLike = (n: number): BrokerId =>
  `sk1-${String(n)
    .padStart(32, 'a')
    .replace(/[0189]/g, 'b')}` as BrokerId
const offerFor = (session: SessionId): SignalBody => ({
  kind: 'description',
  session,
  type: 'offer',
  sdp: writeFakeSdp({ ufrag: '01020304', fingerprint: 'ab'.repeat(32) }),
})
const sessionNo = (n: number): SessionId => {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, n)
  return idOf<SessionId>(bytes)
}

describe('strangers', () => {
  test('1,000 offers to a device and its invite: no connection is made, nothing is sent; a contact still gets through', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    const [stranger] = await people(network, ['stranger'])
    if (stranger === undefined) throw new Error('a stranger')
    const invite = await makeInvite(network, low, 86_400_000)
    low.links.setPeers([high.asPeer()])
    low.links.setInvites([invite.own])
    high.crash()
    await network.clock.run(1000)
    low.links.setPeers([]) // ends the calls to a peer who is away, so that whatever is sent now is an answer
    await network.clock.run(1000)
    const inviteId = network.broker.recorded.length
    const opened = low.rtc.page.opened
    const noise = seededBytes('strangers')
    for (let i = 0; i < 1000; i++) {
      // noise of the right size, noise of any size, and well-formed offers of somebody who once knew the signalling key
      const blob =
        i % 3 === 0
          ? noise(2096)
          : i % 3 === 1
            ? noise(1 + (i % 12_000))
            : await stranger.cryptography.sealSignal({
                to: { kind: 'device', device: low.identity.device, signalling: low.identity.signalling },
                replyTo: stranger.brokerId,
                nowMs: network.clock.env('now').nowMs(),
                body: encode(signalBodyCodec, offerFor(sessionNo(i))),
              })
      network.broker.deliver({ from: i % 2 === 0 ? stranger.brokerId : brokerIdLike(i), to: low.brokerId, kind: 'offer', blob })
    }
    await network.clock.run(1000)
    expect(low.rtc.page.opened).toBe(opened)
    expect(network.broker.recorded).toHaveLength(inviteId)

    low.links.setPeers([high.asPeer()])
    high.reload()
    high.links.setPeers([low.asPeer()])
    expect(await network.clock.until(() => areLinked(low, high), 3000)).toBe(true)
  }, 60_000)

  test('while strangers flood, a contact who calls is heard', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    low.links.setPeers([high.asPeer()])
    high.links.stop()
    const noise = seededBytes('flood')
    const flood = (i: number): void => {
      for (let j = 0; j < 10; j++)
        network.broker.deliver({ from: brokerIdLike(10 * i + j), to: low.brokerId, kind: 'offer', blob: noise(2096) })
      if (i < 400) network.clock.after(10, () => flood(i + 1))
    }
    flood(0)
    await network.clock.run(1000)
    high.reload()
    high.links.setPeers([low.asPeer()])
    expect(await network.clock.until(() => areLinked(low, high), 2000)).toBe(true)
  })

  test('blobs are measured and counted before they are opened', async () => {
    const network = new FakeNetwork()
    const [low] = await couple(network)
    await network.clock.run(100)
    const openings = countOpenings(low)
    await network.clock.run(100)
    const deliver = (i: number, length: number): void =>
      network.broker.deliver({ from: brokerIdLike(i), to: low.brokerId, kind: 'offer', blob: new Uint8Array(length) })
    for (let i = 0; i < 20; i++) deliver(i, LIMITS.signalBlobBytes + 1)
    await network.clock.run(50)
    expect(openings()).toBe(0)
    for (let i = 0; i < 1000; i++) deliver(i, 2096)
    await network.clock.run(50)
    expect(openings()).toBeGreaterThan(0)
    expect(openings()).toBeLessThan(150)
  })

  test('a holder of the link who names no broker id to answer to is not answered', async () => {
    const network = new FakeNetwork()
    const [host, guest] = await people(network, ['host', 'guest'])
    if (host === undefined || guest === undefined) throw new Error('two people')
    const invite = await makeInvite(network, host, 86_400_000)
    host.links.setInvites([invite.own])
    await network.clock.run(100)
    const { key, secret } = invite.accepted
    const call = async (replyTo: string, n: number): Promise<void> => {
      const to = { kind: 'invite', invite: key, secret, toInviter: true } as const
      const body = encode(signalBodyCodec, offerFor(sessionNo(n)))
      const blob = await guest.cryptography.sealSignal({ to, replyTo, nowMs: network.clock.env('now').nowMs(), body })
      network.broker.deliver({
        from: guest.brokerId,
        to: idAt(key, network.clock.env('now').nowMs()),
        kind: 'offer',
        blob,
      })
      await network.clock.run(100)
    }
    for (const [n, replyTo] of ['', 'guest', `${guest.brokerId}a`, guest.brokerId.toUpperCase()].entries()) await call(replyTo, n)
    expect(host.rtc.page.opened).toBe(0)
    await call(guest.brokerId, 9)
    expect(host.rtc.page.opened).toBe(1)
  })

  test('two who share a link can not sign the signals as one and prove as the other', async () => {
    const network = new FakeNetwork()
    const [host, guest, other] = await people(network, ['host', 'guest', 'other'])
    if (host === undefined || guest === undefined || other === undefined) throw new Error('three people')
    const invite = await makeInvite(network, host, 86_400_000)
    host.links.setInvites([invite.own])
    const { sealSignal } = other.cryptography
    Object.assign(guest.cryptography, { sealSignal: (signal: Parameters<typeof sealSignal>[0]) => sealSignal(signal) })
    guest.reload()
    guest.links.acceptInvite(invite.accepted)
    await network.clock.run(10_000)
    expect(host.rtc.page.opened).toBeGreaterThan(0)
    expect(host.proven()).toHaveLength(0)
  })

  test('whoever holds the link can call, and cannot pose as the inviter', async () => {
    const network = new FakeNetwork()
    const [host, guest, thief] = await people(network, ['host', 'guest', 'thief'])
    if (host === undefined || guest === undefined || thief === undefined) throw new Error('three people')
    const invite = await makeInvite(network, host, 86_400_000)
    host.crash()
    // the thief has the link, listens in the host's place (a stock broker just gives the id), and has no private half
    const prove = thief.cryptography.handshakeProof
    const asAnotherGuest = (input: Parameters<typeof prove>[0]) => {
      if (input.invite === null || input.expected.kind !== 'joiner') return prove(input)
      return prove({ ...input, expected: { kind: 'inviter', invite: input.expected.invite }, invite: { ...input.invite, inviteKey: null } })
    }
    Object.assign(thief.cryptography, { handshakeProof: asAnotherGuest })
    thief.reload()
    thief.links.setInvites([invite.own])
    guest.links.acceptInvite(invite.accepted)
    await network.clock.run(20_000)
    expect(guest.proven()).toHaveLength(0)
    expect(guest.states(invite.own.key)).toContainEqual(expect.objectContaining({ state: 'offline', problem: 'bad-signature' }))
  })
})

describe('a broker in the middle', () => {
  test('100 swaps of both certificates: no link is proven, the person is told, and an honest link forms at once afterwards', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    const middle = new LyingBroker(network, [low, high])
    meet(low, high)
    expect(await network.clock.until(() => middle.swapped >= 100, 600_000)).toBe(true)
    for (const person of [low, high]) {
      expect(person.events.filter(({ kind }) => kind === 'proven')).toEqual([])
      expect(person.messages()).toEqual([])
      expect(person.states().at(-1)).toMatchObject({ state: 'offline', problem: 'wrong-transcript' })
    }
    expect(middle.passed).toBeGreaterThan(100) // it did connect both ends and passed their handshakes on

    await network.clock.until(() => low.rtc.page.connections.size + high.rtc.page.connections.size === 0, 5000)
    middle.lies = false
    expect(await network.clock.until(() => areLinked(low, high), 3000)).toBe(true)
    expect(low.states().at(-1)).toMatchObject({ state: 'connected', problem: null })
  }, 120_000)

  test('it stops in the middle of a call: woken, the two are linked at once, and else when the call has timed out', async () => {
    for (const woken of [true, false]) {
      const network = new FakeNetwork()
      const [low, high] = await couple(network)
      const middle = new LyingBroker(network, [low, high])
      meet(low, high)
      await network.clock.until(() => middle.swapped >= 3, 60_000)
      middle.lies = false
      await network.clock.run(4000)
      if (woken) low.links.wake()
      expect(await network.clock.until(() => areLinked(low, high), woken ? 1000 : LIMITS.connectMs)).toBe(true)
    }
  })

  test('the same broker that changes nothing else but the bytes of the handshake', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    let altered = 0
    network.rtc.carry = ({ channel, bytes }) => {
      if (channel !== 'control') return [bytes]
      altered += 1
      const copy = bytes.slice()
      copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1
      return [copy]
    }
    meet(low, high)
    await network.clock.run(30_000)
    expect(altered).toBeGreaterThan(4)
    expect(low.proven().length + high.proven().length).toBe(0)
  })

  test.each(SEEDS)('every blob twice, later ones overtaking earlier ones (seed %i)', async (seed) => {
    const network = new FakeNetwork(seed)
    const [low, high] = await couple(network)
    network.broker.ordered = false
    network.broker.latencyMs = { min: 1, max: 60 }
    network.broker.relay = (message) => [message, message]
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 10_000)).toBe(true)
    await network.clock.run(30_000)
    expect(low.proven()).toHaveLength(1)
    expect(high.proven()).toHaveLength(1)
    expect(low.rtc.page.connections.size).toBe(1)
  })

  test.each(SEEDS)('a third of all blobs lost (seed %i)', async (seed) => {
    const network = new FakeNetwork(seed)
    const [low, high] = await couple(network)
    const lost = seededBytes(`lost ${seed}`)
    network.broker.relay = (message) => ((lost(1)[0] ?? 0) < 85 ? [] : [message])
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 120_000)).toBe(true)
  })

  test('all that was ever sent, played again: no new connection, no answer', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    meet(low, high)
    await network.clock.until(() => areLinked(low, high), 3000)
    const recorded = [...network.broker.recorded]
    const session = low.sessionWith(high)
    const opened = [low, high].map((person) => person.rtc.page.opened)
    for (const message of recorded) network.broker.deliver(message)
    await network.clock.run(20_000)
    expect([low, high].map((person) => person.rtc.page.opened)).toEqual(opened)
    expect(network.broker.recorded).toHaveLength(recorded.length)
    expect(low.sessionWith(high)).toBe(session)
  })

  test('the same after a reload: not answered either', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    meet(low, high)
    await network.clock.until(() => areLinked(low, high), 3000)
    await network.clock.run(2000)
    const recorded = [...network.broker.recorded]
    expect(low.kept.size).toBe(1)
    high.crash()
    low.reload()
    low.links.setPeers([high.asPeer()])
    await network.clock.run(200)
    const openings = countOpenings(low, { reload: false })
    for (const message of recorded) if (message.to === low.brokerId) network.broker.deliver(message)
    await network.clock.run(20_000)
    expect(openings()).toBeGreaterThan(2)
    expect(
      network.broker.recorded.slice(recorded.length).filter(({ from, kind }) => from === low.brokerId && kind !== 'candidate'),
    ).toSatisfy(
      (sent: readonly { readonly kind: string }[]) => sent.every(({ kind }) => kind === 'offer'), // its own calls
    )
    // what the other says anew is taken
    high.reload()
    high.links.setPeers([low.asPeer()])
    expect(await network.clock.until(() => areLinked(low, high), 5000)).toBe(true)
  })

  test('blobs older or newer than the window are refused', async () => {
    const network = new FakeNetwork()
    const [a, b] = await people(network, ['a', 'b'], [0, LIMITS.signalWindowMs + 60_000])
    if (a === undefined || b === undefined) throw new Error('two people')
    meet(a, b)
    await network.clock.run(60_000)
    expect(a.proven()).toHaveLength(0)
    expect(b.proven()).toHaveLength(0)
  })

  test('the source that the broker names is not believed: a link forms under any', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    let n = 0
    network.broker.relay = (message) => [{ ...message, from: brokerIdLike(n++) }]
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 3000)).toBe(true)
  })

  test("noise in a contact's name is counted too, and does not mute the contact", async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    const openings = countOpenings(low)
    low.links.setPeers([high.asPeer()])
    high.links.stop()
    for (let i = 0; i < 5000; i++)
      network.broker.deliver({ from: high.brokerId, to: low.brokerId, kind: 'offer', blob: new Uint8Array(2096) })
    await network.clock.run(100)
    expect(openings()).toBeGreaterThan(0)
    expect(openings()).toBeLessThan(120)
    high.reload()
    high.links.setPeers([low.asPeer()])
    expect(await network.clock.until(() => areLinked(low, high), 5000)).toBe(true)
  })

  test("one's own blobs sent back are not answered", async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    network.broker.relay = (message) => [{ ...message, from: message.to, to: message.from as BrokerId }]
    meet(low, high)
    await network.clock.run(60_000)
    expect(low.proven()).toHaveLength(0)
    expect(low.events.filter(({ kind }) => kind === 'state').map((event) => 'state' in event && event.state)).not.toContain('connecting')
  })
})

describe('a contact that breaks the rules', () => {
  async function rude(): Promise<{ network: FakeNetwork; victim: LinkedPerson; self: LinkedPerson; contact: RudeContact }> {
    const network = new FakeNetwork()
    const [self, victim] = await couple(network)
    const contact = new RudeContact(network, self, victim)
    victim.links.setPeers([self.asPeer()])
    await network.clock.run(100)
    return { network, victim, self, contact }
  }

  /** Calls, says `words` in order as soon as the channel is open, and returns how long the victim kept the session. */
  async function speak(
    words: (hello: Uint8Array) => readonly { readonly channel?: 'control' | 'bulk' | 'live'; readonly bytes: Uint8Array }[],
  ) {
    const { network, victim, contact } = await rude()
    let openedMs = 0
    let session: SessionId | null = null
    contact.on = (event) => {
      if (event.kind === 'message' && event.session === session && event.bytes[0] === 1) {
        for (const { channel = 'control', bytes } of words(event.bytes)) contact.say(event.session, channel, bytes)
      }
      if (event.kind === 'open' && event.session === session) openedMs = network.clock.elapsedMs
    }
    session = contact.call()
    await network.clock.until(() => openedMs > 0, 5000)
    const ended = await network.clock.until(() => !victim.rtc.page.connections.has(session as SessionId), 60_000)
    return { network, victim, contact, ended, lastedMs: network.clock.elapsedMs - openedMs }
  }

  const hello = (fill: number): Uint8Array =>
    encode(handshakeCodec, { kind: 'hello', v: 1, ephemeral: new Uint8Array(32).fill(fill), nonce: new Uint8Array(32).fill(fill) })
  const proof = encode(handshakeCodec, { kind: 'proof', sealed: new Uint8Array(300) })

  test('silence after the channel is open ends the session after 5 s', async () => {
    const { victim, ended, lastedMs } = await speak(() => [])
    expect(ended).toBe(true)
    expect(lastedMs).toBeGreaterThan(LIMITS.handshakeMs - 1000)
    expect(lastedMs).toBeLessThan(LIMITS.handshakeMs + 1000)
    expect(victim.proven()).toHaveLength(0)
  })

  test.each<[string, (own: Uint8Array) => readonly { readonly channel?: 'control' | 'bulk' | 'live'; readonly bytes: Uint8Array }[]]>([
    ['its own hello back', (own) => [{ bytes: own }]],
    ['a first message over the bound', () => [{ bytes: new Uint8Array(13 * 1024) }]],
    ['an application frame before the proof', () => [{ bytes: Uint8Array.of(20, 1, 2, 3) }]],
    ['a ping before the proof', () => [{ bytes: Uint8Array.of(1, 0, 0, 0, 1) }]],
    ['a frame on bulk before the proof', () => [{ channel: 'bulk', bytes: Uint8Array.of(20) }]],
    ['the right message on the wrong channel', () => [{ channel: 'bulk', bytes: hello(9) }]],
    ['a frame on live before the proof', () => [{ channel: 'live', bytes: Uint8Array.of(20) }]],
    ['the proof before the hello', () => [{ bytes: proof }]],
    ['hello twice', () => [{ bytes: hello(9) }, { bytes: hello(9) }]],
    ['a hello with a byte too many', () => [{ bytes: Uint8Array.of(...hello(9), 0) }]],
    ['an empty message', () => [{ bytes: new Uint8Array(0) }]],
    ['a low-order key', () => [{ bytes: hello(0) }]],
    ['a proof of nothing', () => [{ bytes: hello(9) }, { bytes: proof }]],
  ])('%s ends the session at once', async (_, words) => {
    const { victim, ended, lastedMs } = await speak(words)
    expect(ended).toBe(true)
    expect(lastedMs).toBeLessThan(1000)
    expect(victim.events.filter(({ kind }) => kind === 'proven' || kind === 'message' || kind === 'closed')).toEqual([])
  })

  test('hundreds of calls: few connections are made, and one at a time', async () => {
    const { network, victim, contact } = await rude()
    const before = victim.rtc.page.opened
    for (let i = 0; i < 300; i++) {
      contact.call()
      await network.clock.run(5)
      expect(victim.rtc.page.connections.size).toBeLessThanOrEqual(2)
    }
    expect(victim.rtc.page.opened - before).toBeLessThan(30)
  })

  test('signals of a session in the name of another contact are not taken', async () => {
    const network = new FakeNetwork(2)
    const [low, high, third] = await people(network, ['a', 'b', 'c'])
    if (low === undefined || high === undefined || third === undefined) throw new Error('three people')
    low.links.setPeers([high.asPeer(), third.asPeer()])
    high.links.setPeers([low.asPeer()])
    await network.clock.until(() => areLinked(low, high), 3000)
    const session = low.sessionWith(high)
    if (session === null) throw new Error('no session')
    const contact = new RudeContact(network, third, low)
    await contact.tell(offerFor(session))
    await contact.tell({ kind: 'refuse', session, code: 'declined' })
    await network.clock.run(20_000)
    expect(areLinked(low, high)).toBe(true)
    expect(low.sessionWith(high)).toBe(session)
  })

  test('signals that come after the end of their session are ignored', async () => {
    const { network, victim, contact } = await rude()
    const session = contact.call()
    await network.clock.run(50)
    victim.links.setPeers([])
    await network.clock.run(50)
    victim.links.setPeers([{ device: contact.device, record: contact.record }])
    await network.clock.run(50)
    const opened = victim.rtc.page.opened
    await contact.tell(offerFor(session))
    await contact.tell({ kind: 'candidate', session, candidate: 'fake-candidate 01020304', mid: '0', mLineIndex: 0 })
    await network.clock.run(3000)
    expect(victim.rtc.page.connections.has(session)).toBe(false)
    expect(victim.rtc.page.opened).toBeLessThanOrEqual(opened + 3) // its own calls
  })

  test('a ping that is not canonical on a proven link ends it', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    meet(low, high)
    await network.clock.until(() => areLinked(low, high), 3000)
    const session = low.sessionWith(high)
    if (session === null) throw new Error('no session')
    high.links.send(session, 'control', Uint8Array.of(1, 0, 0, 0, 1, 0))
    await network.clock.run(100)
    expect(low.events).toContainEqual({ kind: 'closed', session })
  })
})

describe('the Worker', () => {
  test('while it fails nothing is proven; afterwards links form', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    const honest = low.cryptography.sealSignal
    Object.assign(low.cryptography, { sealSignal: () => Promise.reject(new Error('no text of a dependency')) })
    low.reload()
    meet(low, high)
    await network.clock.run(5000)
    expect(low.proven()).toHaveLength(0)
    Object.assign(low.cryptography, { sealSignal: honest })
    low.reload()
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 10_000)).toBe(true)
  })

  test('when it starts anew, all links are made anew with fresh keys', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    const listeners: (() => void)[] = []
    Object.assign(low.cryptography, { onRestart: (listener: () => void) => listeners.push(listener) })
    low.reload()
    meet(low, high)
    await network.clock.until(() => areLinked(low, high), 3000)
    const session = low.sessionWith(high)
    for (const listener of listeners) listener()
    await network.clock.run(10)
    expect(low.events).toContainEqual({ kind: 'closed', session })
    expect(await network.clock.until(() => areLinked(low, high), 3000)).toBe(true)
  })
})
