/**
 * The browser's Rtc adapter against a peer, or a broker, that keeps no rules: every session ends with a typed
 * reason, and the page goes on.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Channel } from '#contracts/p2p.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'
import { CHUNK_BYTES, PADDING_BUCKETS } from '#contracts/wire/padding.ts'
import { type PagePair, startPagePair } from './network/page-rtc.ts'
import type { RawFrame } from './network/raw-peer.ts'
import { seenAs } from './network/recorder.ts'
import { connected, freshSession, type Hook } from './rtc-suite.ts'

let pair: PagePair
beforeAll(async () => {
  pair = await startPagePair()
})
afterAll(() => pair.end())

/** The pages still make links as if nothing had happened. */
const goesOn = async (): Promise<void> => {
  const session = await connected(pair)
  await pair.a.send(session, 'control', { length: 10, seed: 1 })
  await pair.b.next({ kind: 'message', session })
  await pair.a.close(session)
}

/** A session of `a` with a peer in page `b` that is not ours. */
const withRawPeer = async () => {
  const session = freshSession()
  const { page } = pair.pages.b
  await page.evaluate((session) => network.raw.open(session), session)
  await pair.a.open(session, true)
  await pair.a.next({ kind: 'open', session })
  await page.evaluate((session) => network.raw.isOpen(session), session)
  return {
    session,
    send: (channel: Channel, frame: RawFrame, count = 1) =>
      page.evaluate(([session, channel, frame, count]) => network.raw.send(session, channel, frame, count), [
        session,
        channel,
        frame,
        count,
      ] as const),
    received: () => page.evaluate((session) => network.raw.received(session), session),
  }
}

test('no connection is made before open, and one in it', async () => {
  const before = await pair.pages.a.connections()
  await pair.a.signal(freshSession(), { kind: 'description', session: freshSession(), type: 'offer', sdp: 'v=0\r\n' })
  expect(await pair.pages.a.connections()).toBe(before)
  await pair.a.open(freshSession(), true)
  expect(await pair.pages.a.connections()).toBe(before + 1)
})

describe('frames', () => {
  test('every frame on control and live is a padding bucket; bulk is not padded', async () => {
    const peer = await withRawPeer()
    for (const [seed, length] of [0, 1, 248, 249, 5000, CHUNK_BYTES + 1, 100_000].entries()) {
      await pair.a.send(peer.session, 'control', { length, seed })
    }
    for (const length of [0, 700]) await pair.a.send(peer.session, 'live', { length, seed: 1 })
    await pair.a.send(peer.session, 'bulk', { length: 1234, seed: 1 })
    await expect.poll(async () => (await peer.received()).length).toBe(1 + 1 + 1 + 1 + 1 + 2 + 7 + 2 + 1)
    const received = await peer.received()
    for (const { channel, length } of received) {
      if (channel === 'bulk') expect(length).toBe(1234)
      else expect(PADDING_BUCKETS).toContain(length)
    }
  })

  test('a sender that asks at every moment loses nothing, and the browser holds little', async () => {
    const session = await connected(pair)
    const [length, count] = [600_000, 12]
    const most = await pair.pages.a.page.evaluate(
      async ([session, length, count]) => {
        let most = 0
        const { send } = RTCDataChannel.prototype
        const native: (data: ArrayBufferView<ArrayBuffer>) => void = send
        RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: ArrayBufferView<ArrayBuffer>) {
          native.call(this, data)
          most = Math.max(most, this.bufferedAmount)
        } as typeof send
        for (let seed = 0; seed < count; ) {
          if (network.rtcSend(session, 'control', { length, seed }) === true) seed += 1
          await new Promise((resolve) => setTimeout(resolve))
        }
        RTCDataChannel.prototype.send = send
        return most
      },
      [session, length, count] as const,
    )
    for (let seed = 0; seed < count; seed++) {
      const { bytes } = await pair.b.next({ kind: 'message', session })
      expect(bytes).toEqual(seenAs({ length, seed }))
    }
    expect(most).toBeLessThanOrEqual(LIMITS.highWaterBytes + LIMITS.frameBytes)
  })

  const attacks: [what: string, channel: Channel, frame: RawFrame, count?: number][] = [
    ['text', 'control', { kind: 'text', text: 'hello' }],
    ['text', 'bulk', { kind: 'text', text: 'hello' }],
    ['nothing at all', 'control', { kind: 'plain', length: 0 }],
    ['a size that is no bucket', 'control', { kind: 'plain', length: 300 }],
    ['more than the largest bucket', 'control', { kind: 'plain', length: LIMITS.frameBytes + 1 }],
    ['more than the largest bulk frame', 'bulk', { kind: 'plain', length: LIMITS.bulkFrameBytes + 1 }],
    ['a length beyond the frame', 'control', { kind: 'padded', size: 256, length: 249, more: false }],
    ['a larger bucket than needed', 'control', { kind: 'padded', size: 1024, length: 10, more: false }],
    ['a chunk that is not full', 'control', { kind: 'padded', size: 16_384, length: 16_000, more: true }],
    ['a chunk on live', 'live', { kind: 'padded', size: 16_384, length: CHUNK_BYTES, more: true }],
    [
      'chunks without end',
      'control',
      { kind: 'padded', size: 16_384, length: CHUNK_BYTES, more: true },
      LIMITS.frameMessageBytes / CHUNK_BYTES + 1,
    ],
  ]
  test.each(attacks)('%s on %s ends the session', async (_, channel, frame, count = 1) => {
    const peer = await withRawPeer()
    await peer.send(channel, frame, Math.ceil(count))
    await pair.a.next({ kind: 'closed', session: peer.session, reason: 'protocol' })
    expect(await pair.a.count({ kind: 'message', session: peer.session })).toBe(0)
  })

  test('and the page goes on', goesOn)
})

describe('descriptions', () => {
  const other = Array.from({ length: 32 }, (_, i) => (255 - i).toString(16).toUpperCase().padStart(2, '0')).join(':')
  const line = /a=fingerprint:sha-256 [0-9A-F:]+\r\n/
  /** Changes the SDP of what passes, of one type only. */
  const altering =
    (type: 'offer' | 'answer', alter: (sdp: string) => string): Hook =>
    (_, body): readonly SignalBody[] => [body.kind === 'description' && body.type === type ? { ...body, sdp: alter(body.sdp) } : body]
  const another = (sdp: string): string => sdp.replace(line, `a=fingerprint:sha-256 ${other}\r\n`)

  const bad: readonly (readonly [string, (sdp: string) => string])[] = [
    ['without a fingerprint', (sdp) => sdp.replace(line, '')],
    ['with another hash', (sdp) => sdp.replace('a=fingerprint:sha-256 ', 'a=fingerprint:sha-1 ')],
    ['with two fingerprints', (sdp) => sdp.replace(line, (one) => `${one}a=fingerprint:sha-256 ${other}\r\n`)],
    ['with one fingerprint twice', (sdp) => sdp.replace(line, (one) => one + one)],
    ['with one more of another hash', (sdp) => sdp.replace(line, (one) => `${one}a=fingerprint:sha-512 ${other}:${other}\r\n`)],
    ['with another one for the session', (sdp) => sdp.replace('m=', `a=fingerprint:sha-256 ${other}\r\nm=`)],
    ['with one hidden behind a lone line feed', (sdp) => sdp.replace(line, (one) => `a=x:y\na=fingerprint:sha-256 ${other}\r\n${one}`)],
    ['with one in capitals', (sdp) => sdp.replace(line, (one) => `A=FINGERPRINT:SHA-256 ${other}\r\n${one}`)],
    ['that is no description', () => 'nonsense'],
    ['that is empty', () => ''],
  ]
  test.each(bad)('an offer %s is refused', async (_, alter) => {
    const session = freshSession()
    pair.hook(session, altering('offer', alter))
    await pair.b.open(session, false)
    await pair.a.open(session, true)
    await pair.b.next({ kind: 'closed', session, reason: 'protocol' })
    await pair.a.close(session)
  })

  test.each(bad)('an answer %s is refused', async (_, alter) => {
    const session = freshSession()
    pair.hook(session, altering('answer', alter))
    await pair.b.open(session, false)
    await pair.a.open(session, true)
    await pair.a.next({ kind: 'closed', session, reason: 'protocol' })
    await pair.b.close(session)
  })

  test('one that the browser does not take ends the session as failed', async () => {
    const session = freshSession()
    pair.hook(
      session,
      altering('offer', (sdp) => sdp.replace('a=setup:actpass', 'a=setup:nonsense').replace('a=ice-pwd:', 'a=x-pwd:')),
    )
    await pair.b.open(session, false)
    await pair.a.open(session, true)
    await pair.b.next({ kind: 'closed', session, reason: 'failed' })
    await pair.a.close(session)
  })

  test('a first offer with another certificate’s fingerprint never opens', async () => {
    const session = freshSession()
    pair.hook(session, altering('offer', another))
    await pair.b.open(session, false)
    await pair.a.open(session, true)
    await pair.b.next({ kind: 'closed', session, reason: 'failed' })
    expect((await pair.a.count({ kind: 'open', session })) + (await pair.b.count({ kind: 'open', session }))).toBe(0)
    await pair.a.close(session)
  })

  test.each(['offer', 'answer'] as const)(
    'an %s that changes the fingerprint under way ends the session, and nothing follows',
    async (type) => {
      const session = await connected(pair)
      pair.hook(session, altering(type, another))
      await pair.a.restartIce(session)
      const [victim, peer] = type === 'offer' ? [pair.b, pair.a] : [pair.a, pair.b]
      await victim.next({ kind: 'closed', session, reason: 'fingerprint' })
      await peer.next({ kind: 'closed', session })
      expect(await victim.send(session, 'control', { length: 1, seed: 1 })).toBe(false)
    },
  )

  test('an answer that nobody asked for, and an answer twice, change nothing', async () => {
    const session = freshSession()
    pair.hook(session, (_, body) => (body.kind === 'description' && body.type === 'answer' ? [body, body] : [body]))
    await pair.b.open(session, false)
    await pair.a.open(session, true)
    await pair.a.next({ kind: 'open', session })
    await pair.settle()
    await pair.a.send(session, 'control', { length: 3, seed: 3 })
    await pair.b.next({ kind: 'message', session })
    expect(await pair.a.count({ kind: 'closed', session })).toBe(0)
  })

  test('the first offer is the initiator’s own, whoever else sends one', async () => {
    const offers: SignalBody[] = []
    const captured = freshSession()
    pair.hook(captured, (_, body) => {
      if (body.kind === 'description') offers.push(body)
      return []
    })
    await pair.a.open(captured, true)
    await expect.poll(() => offers.length).toBe(1)
    const session = freshSession()
    const said: string[] = []
    pair.hook(session, (_, body) => {
      if (body.kind === 'description') said.push(body.type)
      return []
    })
    // Before the browser has even asked for the own offer.
    await pair.pages.a.page.evaluate(
      ([session, offer]) => {
        network.rtc.open(session, true)
        network.rtc.signal(session, offer)
      },
      [session, { ...offers[0], session } as SignalBody] as const,
    )
    await expect.poll(() => said.length).toBe(1)
    expect(said).toEqual(['offer'])
  })

  test('and the page goes on', goesOn)
})

test('a link opens also when the browser says late that it took the description', async () => {
  await pair.pages.a.page.evaluate(() => {
    const { createDataChannel, setRemoteDescription } = RTCPeerConnection.prototype
    const made: RTCDataChannel[] = []
    RTCPeerConnection.prototype.createDataChannel = function (this: RTCPeerConnection, ...args) {
      const channel = createDataChannel.apply(this, args)
      made.push(channel)
      return channel
    }
    const take: (description: RTCSessionDescriptionInit) => Promise<void> = setRemoteDescription
    RTCPeerConnection.prototype.setRemoteDescription = async function (this: RTCPeerConnection, description: RTCSessionDescriptionInit) {
      await take.call(this, description)
      for (const channel of made)
        if (channel.readyState !== 'open') await new Promise((resolve) => channel.addEventListener('open', resolve))
      Object.assign(RTCPeerConnection.prototype, { createDataChannel, setRemoteDescription })
    } as typeof setRemoteDescription
  })
  const session = await connected(pair)
  await pair.b.send(session, 'control', { length: 10, seed: 1 })
  await pair.a.next({ kind: 'message', session })
})

describe('a flood of candidates', () => {
  const junkOf = (session: SessionId): SignalBody => ({
    kind: 'candidate',
    session,
    candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
    mid: '0',
    mLineIndex: 0,
  })
  /** `rounds` times `count` of them to page b, each round in a turn of its own; how many ever reached the browser. */
  const floodOf = (session: SessionId, rounds: number, count: number): Promise<void> =>
    pair.pages.b.page.evaluate(
      async ([junk, rounds, count]) => {
        for (let round = 0; round < rounds; round++) {
          for (let i = 0; i < count; i++) network.receive(junk)
          await new Promise((resolve) => setTimeout(resolve))
        }
      },
      [junkOf(session), rounds, count] as const,
    )
  const added = (): Promise<number> => pair.pages.b.page.evaluate(() => (globalThis as unknown as { junkAdded: number }).junkAdded)

  beforeEach(() =>
    pair.pages.b.page.evaluate(() => {
      const counting = globalThis as unknown as { junkAdded?: number }
      const first = counting.junkAdded === undefined
      counting.junkAdded = 0
      if (!first) return
      const native: (candidate: RTCIceCandidateInit) => Promise<void> = RTCPeerConnection.prototype.addIceCandidate
      RTCPeerConnection.prototype.addIceCandidate = function (this: RTCPeerConnection, candidate: RTCIceCandidateInit) {
        if (candidate.candidate?.includes('192.0.2.1') === true) counting.junkAdded = (counting.junkAdded ?? 0) + 1
        return native.call(this, candidate)
      } as typeof RTCPeerConnection.prototype.addIceCandidate
    }),
  )

  test('before any description is held in bounds, and the call still comes through', async () => {
    const session = freshSession()
    await pair.b.open(session, false)
    await floodOf(session, 200, 50)
    await pair.a.open(session, true)
    await pair.b.next({ kind: 'open', session })
    expect(await added()).toBeLessThanOrEqual(64)
  })

  test('at once on an open link is held in bounds, and the link stays', async () => {
    const session = await connected(pair)
    let offers = 0
    pair.hook(session, (_, body) => {
      if (body.kind === 'description' && body.type === 'offer') offers += 1
      return [body]
    })
    await floodOf(session, 1, 10_000)
    // Worked off in turn: when this offer leaves, all that came before it is done.
    await pair.b.restartIce(session)
    await expect.poll(() => offers, { timeout: 15_000 }).toBe(1)
    await pair.a.send(session, 'control', { length: 3, seed: 3 })
    await pair.b.next({ kind: 'message', session })
    expect(await added()).toBeLessThanOrEqual(64)
  })
})

test.each(['', 'nonsense', 'candidate:', 'candidate:1 1 udp 99999999999 host 0 typ host', '\u0000'])(
  'a bad candidate %j changes nothing',
  async (candidate) => {
    const session = await connected(pair)
    await pair.b.signal(session, { kind: 'candidate', session, candidate, mid: '7', mLineIndex: 65_535 })
    await pair.a.send(session, 'control', { length: 3, seed: 3 })
    await pair.b.next({ kind: 'message', session })
    expect(await pair.b.count({ kind: 'closed', session })).toBe(0)
    await pair.a.close(session)
  },
)
