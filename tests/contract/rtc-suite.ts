/**
 * What every Rtc must do, whatever stands behind it: the browser's adapter between two pages, and the
 * simulator's fake.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Channel, LinkStats } from '#contracts/p2p.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'
import { CHUNK_BYTES } from '#contracts/wire/padding.ts'
import { type Match, type Pattern, type Seen, seenAs } from './network/recorder.ts'

export interface RtcEnd {
  open(session: SessionId, initiator: boolean): Promise<void>
  signal(session: SessionId, body: SignalBody): Promise<void>
  send(session: SessionId, channel: Channel, message: Pattern): Promise<boolean | 'too-large'>
  /** Sends `count` messages with seeds 0 and up, waiting for 'drained' whenever refused. Returns whether it ever was at once. */
  flood(session: SessionId, channel: Channel, length: number, count: number): Promise<boolean>
  restartIce(session: SessionId): Promise<void>
  stats(session: SessionId): Promise<LinkStats | null>
  close(session: SessionId): Promise<void>
  next(match: Match): Promise<Seen>
  count(match: Match): Promise<number>
}

/** What becomes of a signal on its way: passed on, changed, held back, multiplied. */
export type Hook = (from: 'a' | 'b', body: SignalBody) => readonly SignalBody[]

export interface RtcHarness {
  readonly a: RtcEnd
  readonly b: RtcEnd
  /** For one session; all others pass unchanged. */
  hook(session: SessionId, hook: Hook): void
  /** Resolves when every signal said so far has been handed over. */
  settle(): Promise<void>
  end(): Promise<void>
}

let sessions = 0
export const freshSession = (): SessionId => (++sessions).toString(16).padStart(32, '0') as SessionId

/** Opens a session between the two ends: `a` is the initiator. */
export async function connected({ a, b }: Pick<RtcHarness, 'a' | 'b'>): Promise<SessionId> {
  const session = freshSession()
  await b.open(session, false)
  await a.open(session, true)
  await a.next({ kind: 'open', session })
  await b.next({ kind: 'open', session })
  return session
}

export function rtcSuite(name: string, start: () => Promise<RtcHarness>): void {
  describe(`Rtc: ${name}`, () => {
    let harness: RtcHarness
    beforeAll(async () => {
      harness = await start()
    })
    afterAll(() => harness.end())

    /** Waits until signals on their way have made `count` more than none. */
    const eventually = async (count: () => number): Promise<void> => {
      await expect
        .poll(async () => {
          await harness.settle()
          return count()
        })
        .toBeGreaterThan(0)
    }

    /** `message` crosses from one end to the other and is what was sent. */
    const crosses = async (from: RtcEnd, to: RtcEnd, session: SessionId, channel: Channel, message: Pattern): Promise<void> => {
      expect(await from.send(session, channel, message)).toBe(true)
      await to.next({ kind: 'message', session, channel, bytes: seenAs(message) })
    }

    test('both ends open, with opposite roles and the same two fingerprints', async () => {
      const { a, b } = harness
      const session = freshSession()
      await b.open(session, false)
      await a.open(session, true)
      const [atA, atB] = [await a.next({ kind: 'open', session }), await b.next({ kind: 'open', session })]
      expect([atA.role, atB.role]).toEqual(['offerer', 'answerer'])
      expect(atA.fingerprints).toEqual(atB.fingerprints)
      const { offerer, answerer } = atA.fingerprints as Record<'offerer' | 'answerer', { readonly length: number; readonly print: number }>
      expect([offerer.length, answerer.length]).toEqual([32, 32])
      expect(offerer.print).not.toBe(answerer.print)
    })

    test('messages of every size arrive whole and in order, both ways', async () => {
      const { a, b } = harness
      const session = await connected(harness)
      const sizes = [0, 1, 248, 249, 1016, 1017, 4088, 4089, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 100_000]
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        for (const [seed, length] of sizes.entries()) {
          while (!(await from.send(session, 'control', { length, seed }))) await from.next({ kind: 'drained', session, channel: 'control' })
        }
        for (const [seed, length] of sizes.entries()) {
          const { bytes } = await to.next({ kind: 'message', session })
          expect(bytes).toEqual(seenAs({ length, seed }))
        }
      }
    })

    test('each channel takes its largest message, and nothing larger', async () => {
      const { a, b } = harness
      const session = await connected(harness)
      const largest = { control: LIMITS.frameMessageBytes, bulk: LIMITS.bulkFrameBytes, live: CHUNK_BYTES } as const
      for (const channel of ['control', 'bulk', 'live'] as const) {
        await crosses(a, b, session, channel, { length: largest[channel], seed: 1 })
        expect(await a.send(session, channel, { length: largest[channel] + 1, seed: 1 })).toBe('too-large')
      }
      expect(await b.count({ kind: 'closed', session })).toBe(0)
    })

    test.each(['control', 'bulk'] as const)(
      '%s refuses above the high-water mark, says when it drained, and loses nothing',
      async (channel) => {
        const { a, b } = harness
        const session = await connected(harness)
        const [length, count] = [60_000, 60]
        expect(await a.flood(session, channel, length, count)).toBe(true)
        for (let seed = 0; seed < count; seed++) {
          const { bytes } = await b.next({ kind: 'message', session })
          expect(bytes).toEqual(seenAs({ length, seed }))
        }
        expect(await a.count({ kind: 'drained', session, channel })).toBeGreaterThan(0)
      },
    )

    test('a session that nobody opened sends nothing', async () => {
      expect(await harness.a.send(freshSession(), 'control', { length: 1, seed: 1 })).toBe(false)
    })

    test('candidates may come before the description', async () => {
      const { a, b } = harness
      const session = freshSession()
      const held: SignalBody[] = []
      // The other end's candidates are lost, so that all hangs on these.
      harness.hook(session, (from, body) => {
        if (from === 'b') return body.kind === 'description' ? [body] : []
        held.push(body)
        return []
      })
      await b.open(session, false)
      await a.open(session, true)
      await eventually(() => held.filter((body) => body.kind === 'candidate').length)
      for (const body of [...held].reverse()) await b.signal(session, body)
      await a.next({ kind: 'open', session })
      await b.next({ kind: 'open', session })
    })

    test('who does not initiate says nothing before it has heard', async () => {
      const { b } = harness
      const session = freshSession()
      await b.open(session, false)
      await connected(harness) // long enough for a first offer to have left
      expect(await b.count({ kind: 'signal', session })).toBe(0)
    })

    test('of two offers that cross, the initiator’s stands', async () => {
      const { a, b } = harness
      const session = await connected(harness)
      await harness.settle()
      const crossing: { readonly from: 'a' | 'b'; readonly body: SignalBody }[] = []
      const answered: string[] = []
      harness.hook(session, (from, body) => {
        if (body.kind === 'description' && body.type === 'answer') answered.push(from)
        if (body.kind !== 'description' || body.type !== 'offer' || crossing.length >= 2) return [body]
        crossing.push({ from, body })
        return []
      })
      await Promise.all([a.restartIce(session), b.restartIce(session)])
      await eventually(() => Number(crossing.length === 2))
      const offerOf = (end: 'a' | 'b'): SignalBody[] => crossing.filter(({ from }) => from === end).map(({ body }) => body)
      for (const body of offerOf('b')) await a.signal(session, body)
      await connected(harness) // long enough for an answer to have left
      expect(answered).toEqual([])
      for (const body of offerOf('a')) await b.signal(session, body)
      await eventually(() => answered.length)
      expect(answered[0]).toBe('b')
      await crosses(a, b, session, 'control', { length: 9, seed: 6 })
      await crosses(b, a, session, 'control', { length: 9, seed: 7 })
    })

    test.each(['initiator', 'other end', 'both at once'])('ICE restarted by the %s keeps the channels', async (who) => {
      const { a, b } = harness
      const session = await connected(harness)
      await crosses(a, b, session, 'control', { length: 9, seed: 1 })
      let offers = 0
      harness.hook(session, (_, body) => {
        if (body.kind === 'description' && body.type === 'offer') offers += 1
        return [body]
      })
      if (who !== 'other end') await a.restartIce(session)
      if (who !== 'initiator') await b.restartIce(session)
      await eventually(() => offers)
      await crosses(a, b, session, 'control', { length: 9, seed: 2 })
      await crosses(b, a, session, 'bulk', { length: 9, seed: 3 })
      expect(await a.count({ kind: 'open', session })).toBe(1)
      expect((await a.count({ kind: 'closed', session })) + (await b.count({ kind: 'closed', session }))).toBe(0)
    })

    test('both ends may restart ICE again and again at the same moment', async () => {
      const { a, b } = harness
      const session = await connected(harness)
      for (let round = 0; round < 5; round++) {
        await Promise.all([a.restartIce(session), b.restartIce(session)])
        await harness.settle()
      }
      await crosses(a, b, session, 'control', { length: 9, seed: 4 })
      await crosses(b, a, session, 'control', { length: 9, seed: 5 })
    })

    test('stats say how the link runs', async () => {
      const { a, b } = harness
      const session = await connected(harness)
      await crosses(a, b, session, 'control', { length: 20_000, seed: 1 })
      expect(await a.stats(session)).toMatchObject({ path: 'direct', localCandidate: expect.any(String), protocol: 'udp' })
      expect(await a.stats(freshSession())).toBeNull()
    })

    test('closing ends it at both ends, and nothing follows', async () => {
      const { a, b } = harness
      const session = await connected(harness)
      await a.close(session)
      await a.next({ kind: 'closed', session, reason: 'closed' })
      await b.next({ kind: 'closed', session, reason: 'closed' })
      expect(await a.send(session, 'control', { length: 1, seed: 1 })).toBe(false)
      expect(await b.send(session, 'control', { length: 1, seed: 1 })).toBe(false)
      expect(await a.stats(session)).toBeNull()
      await a.close(session)
      const another = await connected(harness)
      await crosses(a, b, another, 'control', { length: 1, seed: 1 })
      expect([await a.count({ kind: 'closed', session }), await b.count({ kind: 'closed', session })]).toEqual([1, 1])
    })

    test('sessions do not touch each other', async () => {
      const { a, b } = harness
      const [one, two] = [await connected(harness), await connected(harness)]
      await a.close(one)
      await b.next({ kind: 'closed', session: one })
      await crosses(b, a, two, 'control', { length: 5, seed: 1 })
    })
  })
}
