/** The small decisions behind introductions and long lists of peers, each on its own. */
import { describe, expect, test } from 'vitest'
import { type BrokerId, type DeviceKey, idOf, type SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode } from '#contracts/wire/codec.ts'
import { frameCodec } from '#contracts/wire/frame.ts'
import type { LinkPeer } from '../../remotes/p2p/core/link/api.ts'
import { Book } from '../../remotes/p2p/core/link/book.ts'
import { heardBy, Introductions } from '../../remotes/p2p/core/link/introductions.ts'
import { ReplayMemory } from '../../remotes/p2p/core/link/replay.ts'
import { newSession, type Session } from '../../remotes/p2p/core/link/session.ts'
import { type DeviceTarget, deviceTarget } from '../../remotes/p2p/core/link/target.ts'
import { ringFrom, Turns } from '../../remotes/p2p/core/link/turns.ts'

const bytesOf = (n: number, length: number): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(length)
  new DataView(out.buffer).setUint32(0, n)
  return out
}
const device = (n: number): DeviceKey => idOf<DeviceKey>(bytesOf(n, 32))
const somewhere = 'sk1-somewhere' as BrokerId
const target = (n: number): DeviceTarget => deviceTarget({ device: device(n) } as LinkPeer, somewhere)
const sessionWith = (n: number, id = n): Session =>
  newSession({
    id: idOf<SessionId>(bytesOf(id, 16)),
    expected: { kind: 'device', device: device(n) },
    initiator: true,
    device: device(n),
    invite: null,
    from: somewhere,
    to: somewhere,
    sinceMs: 0,
  })

describe('the ways of a signal', () => {
  /** Devices 1 to `linked` are linked with this one; all of them may introduce. */
  function introductions(linked: number) {
    const book = new Book(device(0), somewhere)
    const used: number[] = []
    for (let n = 1; n <= linked; n++) book.devices.set(device(n), Object.assign(target(n), { link: sessionWith(n) }))
    const names = [...book.devices.keys()]
    const made = new Introductions(
      {
        rtc: {
          send: (session, channel, bytes) => {
            expect(channel).toBe('control')
            expect(decode(frameCodec, bytes, LIMITS.frameMessageBytes)).toMatchObject({ kind: 'relay', from: device(0), to: device(99) })
            used.push([...book.devices.values()].findIndex(({ link }) => link?.id === session) + 1)
            return true
          },
        },
        env: { nowMs: () => 0 },
        rules: { introducers: () => names, mayIntroduce: () => false },
      },
      book,
    )
    const waysOf = (session: Session): readonly number[] => {
      used.length = 0
      made.send(session, Uint8Array.of(1))
      return [...used]
    }
    return { book, waysOf }
  }

  test('three at once, the same for all signals of an attempt, others for the next attempt: all get their turn', () => {
    const { waysOf } = introductions(7)
    const first = sessionWith(99, 5)
    expect(waysOf(first)).toHaveLength(3)
    expect(waysOf(first)).toEqual(waysOf(first))
    const ever = new Set(Array.from({ length: 7 }, (_, i) => waysOf(sessionWith(99, i))).flat())
    expect([...ever].sort()).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('back the way it came first, but never only that way', () => {
    const { waysOf } = introductions(7)
    const session = sessionWith(99, 0)
    expect(waysOf(session)).toEqual([1, 2, 3])
    for (const via of [5, 6, 7, 6]) heardBy(session, device(via))
    expect(waysOf(session)).toEqual([6, 7, 1])
    heardBy(session, null) // by the broker
    expect(waysOf(session)).toEqual([6, 7, 1])
  })

  test('only by links that work now', () => {
    const { book, waysOf } = introductions(4)
    const session = sessionWith(99, 0)
    heardBy(session, device(1))
    const [one, two] = [1, 2].map((n) => book.devices.get(device(n)))
    if (one === undefined || two?.link == null) throw new Error('not linked')
    one.link = null
    two.link.disconnected = true
    expect(waysOf(session)).toEqual([3, 4])
  })
})

describe('turns', () => {
  const always = (): boolean => true
  const drain = (turns: Turns, nowMs: number, callable: (one: unknown) => boolean = always): number => {
    let count = 0
    while (turns.next(nowMs, callable) !== null) count += 1
    return count
  }

  test('twelve at once, then one a second', () => {
    const turns = new Turns()
    for (let n = 0; n < 100; n++) turns.add(target(n))
    expect(drain(turns, 0)).toBe(12)
    expect(drain(turns, 999)).toBe(0)
    expect(drain(turns, 1000)).toBe(1)
    expect(drain(turns, 4000)).toBe(3)
    expect(turns.size).toBe(84)
  })

  test('first come first, those who were away behind the others', () => {
    const turns = new Turns()
    const [away, first, second] = [target(1), target(2), target(3)]
    away.away = true
    for (const one of [away, first, second, first]) turns.add(one)
    expect([turns.next(0, always), turns.next(0, always), turns.next(0, always), turns.next(0, always)]).toEqual([
      first,
      second,
      away,
      null,
    ])
  })

  test('who is not to be called any more costs no turn', () => {
    const turns = new Turns()
    const wanted = target(100)
    for (let n = 0; n < 50; n++) turns.add(target(n))
    turns.add(wanted)
    expect(turns.next(0, (one) => one === wanted)).toBe(wanted)
    expect(turns.size).toBe(0)
  })

  test('a ring: everybody once, each device begins at its own place', () => {
    const all = [4, 1, 3, 0, 2].map(device)
    const sorted = [0, 1, 2, 3, 4].map(device)
    expect(ringFrom(device(2), all)).toEqual([3, 4, 0, 1, 2].map(device))
    expect(ringFrom(device(9), all)).toEqual(sorted)
    expect(new Set(sorted.map((me) => ringFrom(me, all)[0])).size).toBe(5)
    expect(ringFrom(device(0), [])).toEqual([])
  })
})

describe('replay over a reload', () => {
  const limits = { windowMs: 1000, perOwner: 8, total: 20 }
  const nonce = (n: number): Uint8Array => bytesOf(n, 16)

  test('what was taken before is refused, also what was never seen but is as old; later words are taken', () => {
    let told = 0
    const before = new ReplayMemory(limits, new Map(), () => {
      told += 1
    })
    for (const [n, sentAtMs] of [
      [1, 5000],
      [2, 5200],
      [3, 5100],
    ] as const)
      expect(before.take('a', nonce(n), sentAtMs, 5000)).toBe(true)
    expect(before.take('a', nonce(3), 5100, 5000)).toBe(false)
    expect(told).toBe(3)
    const latest = before.latest(5300)
    expect(latest).toEqual(new Map([['a', 5200]]))

    const after = new ReplayMemory(limits, latest)
    for (const [n, sentAtMs] of [
      [1, 5000],
      [2, 5200],
      [3, 5100],
      [4, 5150],
    ] as const)
      expect(after.take('a', nonce(n), sentAtMs, 5300)).toBe(false)
    expect(after.take('a', nonce(5), 5201, 5300)).toBe(true)
    expect(after.take('b', nonce(1), 5000, 5300)).toBe(true)
    expect(after.size).toBe(2)
  })

  test('two reloads without a word in between forget nothing; what the window refuses is not kept', () => {
    const latest = new Map([['a', 5200]])
    expect(new ReplayMemory(limits, latest).latest(5300)).toEqual(latest)
    expect(new ReplayMemory(limits, latest).latest(6201)).toEqual(new Map())
  })
})
