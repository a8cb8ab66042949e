/** The overlays of a page's rooms and its pool, with a state that the test makes: what is sent, to whom, and what is refused. */
import { describe, expect, test } from 'vitest'
import type { DeviceKey, EntryId, RoomTag, SessionId } from '#contracts/ids.ts'
import type { OverlayMessage } from '../../remotes/p2p/core/overlay/messages.ts'
import { Overlays } from '../../remotes/p2p/core/engine/overlays.ts'
import type { State } from '../../remotes/p2p/core/engine/state.ts'

const device = (n: number): DeviceKey => `d${n}` as DeviceKey
const entry = (n: number): EntryId => `e${n}` as EntryId
const ME = device(0)
const range = (count: number, from = 0): readonly number[] => Array.from({ length: count }, (_, i) => from + i)

/** Who has written nothing yet. */
const newcomers = new Set<DeviceKey>()

/** A room of the state: members by number, this device among them. */
function roomOf(slot: number, members: readonly number[], direct = false) {
  const known = new Map(members.map((n) => [device(n), {}]))
  const room = {
    neighbours: null as ReadonlySet<DeviceKey> | null,
    memberships: { version: members.length, current: () => ({ members: known }) },
    log: {
      first: {},
      latest: (one: DeviceKey) => (newcomers.has(one) ? null : {}),
      get: (id: EntryId) => (id.startsWith('e') ? {} : undefined),
    },
  }
  const host = {
    me: ME,
    slot,
    isDirect: direct,
    isShown: true,
    room,
    store: { record: { inviter: null } },
    peers: () => members.filter((n) => n !== 0).map((n) => ({ device: device(n), passive: false })),
  }
  return { slot, host, version: 0 }
}

class Page {
  readonly sent: { readonly to: SessionId; readonly message: OverlayMessage }[] = []
  readonly pushed: { readonly to: SessionId; readonly entries: readonly EntryId[] }[] = []
  readonly timers = new Map<string, () => void>()
  nowMs = 0
  rooms = [roomOf(1, range(20))]
  linked: { readonly n: number; readonly slots: readonly number[]; readonly life?: number }[] = []
  readonly overlays = new Overlays({
    phone: false,
    nowMs: () => this.nowMs,
    random: () => 0.5,
    stateNow: () => this.state,
    send: (to, _, message) => void this.sent.push({ to, message }),
    push: (to, _, __, entries) => void this.pushed.push({ to, entries }),
    compare: () => undefined,
    timer: (name, _, fire) => void this.timers.set(name, fire),
    chosen: () => undefined,
  })

  get state(): State {
    const sessions = this.linked.map(({ n, slots, life = 0 }) => [
      `s${n}${'+'.repeat(life)}`,
      {
        id: `s${n}${'+'.repeat(life)}`,
        peer: { device: device(n) },
        as: { kind: 'device' },
        groups: new Map(slots.map((slot) => [slot, `t${slot}` as RoomTag])),
      },
    ])
    return { groups: new Map(this.rooms.map((room) => [room.slot, room])), sessions: new Map(sessions as never), open: null } as never
  }

  follow(): this {
    this.overlays.follow(this.state)
    return this
  }

  link(n: number, ...slots: readonly number[]): this {
    this.linked = [...this.linked.filter((one) => one.n !== n), { n, slots }]
    return this.follow()
  }

  /** Linked, and a neighbour by its own wish. */
  befriend(n: number): this {
    this.link(n, 1)
    this.overlays.hear(`s${n}` as SessionId, 't1' as RoomTag, { kind: 'neighbour', urgent: true, few: false })
    return this
  }

  kindsTo(n: number): readonly string[] {
    return this.sent.flatMap(({ to, message }) => (to === `s${n}` ? [message.kind] : []))
  }
}

const news = { own: [], from: null, pushed: false, fresh: [], known: [] } as const

describe('one room', () => {
  test('up to twelve devices the room spreads by itself; above, its neighbours are named, and only they are pushed to', () => {
    const small = new Page()
    small.rooms = [roomOf(1, range(12))]
    small.befriend(1).befriend(2)
    small.overlays.spread(1, { ...news, own: [entry(1)] })
    expect(small.rooms[0]?.host.room.neighbours).toBeNull()
    expect(small.pushed).toEqual([])

    const large = new Page().befriend(1).befriend(2).link(3, 1)
    expect([...(large.rooms[0]?.host.room.neighbours ?? [])]).toEqual([device(1), device(2)])
    large.overlays.spread(1, { ...news, own: [entry(1), entry(2)] })
    expect(large.pushed).toEqual([1, 2].map((n) => ({ to: `s${n}`, entries: [entry(1), entry(2)] })))
  })

  test('what one neighbour pushed goes to the others; what it pushes twice prunes it; what sync brought is only announced', () => {
    const page = new Page().befriend(1).befriend(2)
    page.overlays.spread(1, { ...news, from: device(1), pushed: true, fresh: [entry(1)] })
    expect(page.pushed).toEqual([{ to: 's2', entries: [entry(1)] }])
    page.overlays.spread(1, { ...news, from: device(2), pushed: true, known: [entry(1)] })
    expect(page.kindsTo(2)).toContain('prune')
    page.overlays.spread(1, { ...news, from: device(2), fresh: [entry(2)] })
    expect(page.pushed).toHaveLength(1)
    page.timers.get('overlay:1:announce')?.()
    expect(page.sent.at(-1)).toEqual({ to: 's1', message: { kind: 'ihave', entries: [entry(2)] } })
  })

  test('whoever is removed is pushed nothing more', () => {
    const page = new Page().befriend(1).befriend(2)
    page.rooms = [
      roomOf(
        1,
        range(20).filter((n) => n !== 1),
      ),
    ]
    page.follow()
    page.overlays.spread(1, { ...news, own: [entry(1)] })
    expect(page.pushed.map(({ to }) => to)).toEqual(['s2'])
    page.overlays.hear('s1' as SessionId, 't1' as RoomTag, { kind: 'neighbour', urgent: true, few: false })
    page.overlays.hear('s1' as SessionId, 't1' as RoomTag, { kind: 'graft', entries: [entry(1)] })
    expect(page.pushed).toHaveLength(1)
  })

  test('a neighbour that links anew is none until it says so again: it has forgotten what was agreed on', () => {
    const page = new Page().befriend(1).befriend(2)
    page.linked = [...page.linked, { n: 1, slots: [1], life: 1 }]
    page.follow()
    expect([...(page.rooms[0]?.host.room.neighbours ?? [])]).toEqual([device(2)])
    page.overlays.hear('s1+' as SessionId, 't1' as RoomTag, { kind: 'neighbour', urgent: true, few: false })
    page.overlays.spread(1, { ...news, own: [entry(1)] })
    expect(page.pushed.map(({ to }) => to).sort()).toEqual(['s1+', 's2'])
  })

  test('a word that comes before the link serves the room is heard then; of too many, the first', () => {
    const page = new Page().link(1)
    for (let i = 0; i < 1000; i++) page.overlays.hear('s1' as SessionId, 't1' as RoomTag, { kind: 'join', few: false })
    expect(page.sent).toEqual([])
    page.link(1, 1)
    expect(page.kindsTo(1).filter((kind) => kind === 'accept')).toHaveLength(32)
  })
})

describe('links that no room wishes', () => {
  /** Eight neighbours, and four more links that were of no use: what their makers wanted with them is not said. */
  function crowded(): Page {
    const page = new Page()
    for (const n of range(8, 1)) page.befriend(n)
    for (const n of range(4, 9)) page.link(n, 1)
    for (let i = 0; i < 5; i++) page.timers.get('overlay:1:repair')?.()
    return page.follow()
  }

  test('are kept for a minute while places are free, and not called again', () => {
    const page = crowded()
    const spare = range(4, 9).map(device)
    expect(spare.filter((peer) => page.overlays.links.has(peer))).toEqual([])
    expect(spare.filter((peer) => page.overlays.holds(peer))).toEqual(spare)
    page.nowMs += 60_001
    page.follow()
    expect(spare.filter((peer) => page.overlays.holds(peer))).toEqual([])
    expect(page.overlays.holds(device(1))).toBe(true)
  })

  test('give way where places are few', () => {
    const page = crowded()
    page.rooms = [...page.rooms, ...range(12, 30).map((n) => roomOf(n, [0, n], true))]
    page.follow()
    expect(range(4, 9).filter((n) => page.overlays.holds(device(n)))).toEqual([])
  })

  test('are kept as long as it takes where the other end is being let in', () => {
    newcomers.add(device(12))
    const page = crowded()
    page.nowMs += 60_001
    page.follow()
    newcomers.clear()
    expect(range(4, 9).filter((n) => page.overlays.holds(device(n)))).toEqual([12])
  })
})

describe('one pool', () => {
  test('a device in few chats: all are called, and called again at once; no call is refused', () => {
    const page = new Page()
    page.rooms = range(10, 1).map((n) => roomOf(n, [0, n], true))
    page.follow()
    page.overlays.unreachable(device(3))
    page.follow()
    expect(page.overlays.links.size).toBe(10)
  })

  test('more chats than links: never more than the pool holds, and who is away gives its turn to others', () => {
    const page = new Page()
    page.rooms = range(40, 1).map((n) => roomOf(n, [0, n], true))
    page.follow()
    const first = new Set(page.overlays.links)
    expect(first.size).toBe(21)
    for (const peer of first) page.overlays.unreachable(peer)
    page.follow()
    expect([...page.overlays.links].filter((peer) => first.has(peer))).toEqual([])
    page.nowMs += 30_001
    page.follow()
    expect(page.overlays.links.size).toBe(21)
  })

  test('a call is answered while there is a place, and not after', () => {
    const page = new Page()
    const busy = (count: number) => new Set(range(count, 100).map(device))
    expect(page.follow().overlays.admits(device(1), busy(23))).toBe(true)
    expect(page.overlays.admits(device(1), busy(24))).toBe(false)
  })
})
