/** One pool of links over all rooms: who gets them, and that they stay where they are. */
import { describe, expect, test } from 'vitest'
import type { DeviceKey } from '#contracts/ids.ts'
import { POOL } from '../../remotes/p2p/core/overlay/parameters.ts'
import { admits, chooseLinks, type PoolInput, type RoomWishes } from '../../remotes/p2p/core/overlay/pool.ts'
import { Prng } from '../support/prng.ts'

const names = (prefix: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `${prefix}${from + index}` as DeviceKey)
const room = (peers: readonly DeviceKey[], more: Partial<RoomWishes> = {}): RoomWishes => ({
  peers,
  guests: [],
  open: false,
  starving: false,
  direct: false,
  ...more,
})
const input = (rooms: readonly RoomWishes[], linked: readonly DeviceKey[] = [], more: Partial<PoolInput> = {}): PoolInput => ({
  rooms,
  linked: new Set(linked),
  trying: new Set(),
  failed: new Set(),
  ...more,
})
const phone = POOL.phone
const STEADY = phone.links - phone.spare
const choose = (given: PoolInput, seed = 1) => {
  const random = new Prng(seed)
  return chooseLinks(phone, given, () => random.next())
}
const of = (peers: ReadonlySet<DeviceKey>, prefix: string) => [...peers].filter((peer) => peer.startsWith(prefix)).length

describe('who comes first', () => {
  test('all wishes, while there are links', () => {
    const [a, b] = [names('a', 3), names('b', 4)]
    const { peers, allowances } = choose(input([room(a), room(b)]))
    expect(peers).toEqual(new Set([...a, ...b]))
    expect(allowances).toEqual([8, 8])
  })

  test('an open conversation before everything', () => {
    const { peers } = choose(input([room(names('a', 8)), room(names('c', 1), { direct: true }), room(names('o', 8), { open: true })]))
    expect(of(peers, 'o')).toBe(8)
    expect(peers.size).toBe(STEADY)
  })

  test('direct chats before groups, up to half of the links; then groups with few links', () => {
    const chats = names('c', 12).map((peer) => room([peer], { direct: true }))
    const { peers } = choose(input([room(names('a', 5)), room(names('b', 5)), ...chats]))
    expect(of(peers, 'c')).toBeGreaterThanOrEqual(4)
    expect(of(peers, 'a')).toBeGreaterThanOrEqual(1)
    expect(of(peers, 'b')).toBeGreaterThanOrEqual(1)
    expect(of(choose(input([room(names('a', 2)), ...chats.slice(0, 4)])).peers, 'c')).toBe(4)
  })

  test('groups share evenly', () => {
    const { peers } = choose(input([room(names('a', 8)), room(names('b', 8)), room(names('c', 2))]))
    expect([of(peers, 'a'), of(peers, 'b'), of(peers, 'c')]).toEqual([3, 3, 2])
  })

  test('among equals the one that serves more rooms', () => {
    const shared = names('s', 1)
    const groups = names('g', 9).map((peer) => room([peer]))
    expect(choose(input([...groups, room(shared), room(shared)])).peers.has(shared[0] as DeviceKey)).toBe(true)
  })

  test('whom nobody reached a moment ago gives way', () => {
    const a = names('a', 8)
    const { peers } = choose(input([room(a), room(names('b', 8))], [], { failed: new Set(a) }))
    expect([of(peers, 'a'), of(peers, 'b')]).toEqual([0, 8])
  })

  test('a room that starved takes its turn', () => {
    const full = names('g', STEADY).map((peer) => room([peer]))
    const linked = names('g', STEADY)
    expect(choose(input([...full, room(names('x', 1))], linked)).peers.has('x0' as DeviceKey)).toBe(false)
    const starving = room(names('x', 1), { starving: true })
    expect(choose(input([...full, starving], linked)).peers).toEqual(new Set([...linked, 'x0']))
    const after = choose(input([...full, room(names('x', 1))], [...linked, 'x0' as DeviceKey]), 7).peers
    expect(after.size).toBe(STEADY)
  })

  test('the same chance, the same links', () => {
    const rooms = [room(names('a', 20)), room(names('b', 20))]
    expect([...choose(input(rooms), 3).peers]).toEqual([...choose(input(rooms), 3).peers])
    expect([...choose(input(rooms), 3).peers]).not.toEqual([...choose(input(rooms), 4).peers])
  })
})

describe('links stay', () => {
  const a = names('a', STEADY)

  test('what is linked is not exchanged for its equal', () => {
    for (let seed = 1; seed < 20; seed++)
      expect(choose(input([room(names('a', 30))], names('a', STEADY, 11)), seed).peers).toEqual(new Set(names('a', STEADY, 11)))
  })

  test('what is being tried goes on being tried', () => {
    const trying = new Set(names('a', STEADY, 15))
    for (let seed = 1; seed < 20; seed++) expect(choose(input([room(names('a', 30))], [], { trying }), seed).peers).toEqual(trying)
  })

  test('a room without links gets one, and the other loses one when that is up, not before', () => {
    const rooms = [room(a), room(names('b', 1))]
    expect(choose(input(rooms, a)).peers).toEqual(new Set([...a, 'b0']))
    const after = choose(input(rooms, [...a, 'b0' as DeviceKey])).peers
    expect([of(after, 'a'), of(after, 'b')]).toEqual([STEADY - 1, 1])
  })

  test('never more than the pool, whatever is wished', () => {
    const open = room(names('o', 50), { open: true })
    expect(choose(input([room(a), open], a)).peers.size).toBe(phone.links)
    expect(choose(input([room(a), { ...open, guests: names('g', 50) }], [...a, ...names('g', 50)])).peers.size).toBe(phone.links)
  })

  test('a guest has a spare place, and no more', () => {
    const guests = names('g', 1)
    const rooms = [room(a, { guests })]
    expect(choose(input(rooms, [...a, ...guests])).peers).toEqual(new Set([...a, ...guests]))
    expect(choose(input([room(a)], [...a, ...guests])).peers).toEqual(new Set(a))
    // a neighbour to come in the place of another is called over a spare place too
    expect(choose(input(rooms, a)).peers).toEqual(new Set([...a, ...guests]))
  })

  /** Links that come up as decided, one at a time, until nothing changes. */
  function settle(rooms: readonly RoomWishes[], seed: number): { readonly linked: ReadonlySet<DeviceKey>; readonly changes: number } {
    let linked: ReadonlySet<DeviceKey> = new Set()
    let changes = 0
    for (let round = 0; round < 500; round++) {
      const { peers } = choose(input(rooms, [...linked]), seed + round)
      const next = new Set([...linked].filter((peer) => peers.has(peer)))
      const up = [...peers].find((peer) => !next.has(peer))
      if (up !== undefined) next.add(up)
      if (next.size === linked.size && [...next].every((peer) => linked.has(peer))) return { linked, changes }
      linked = next
      changes++
    }
    return { linked, changes }
  }

  test('any wishes come to rest', () => {
    const random = new Prng(11)
    for (let world = 0; world < 100; world++) {
      const rooms = Array.from({ length: 1 + random.below(12) }, () => {
        const direct = random.chance(0.5)
        const peers = new Set(Array.from({ length: direct ? 1 : 1 + random.below(12) }, () => `p${random.below(40)}` as DeviceKey))
        return room([...peers], { direct, open: random.chance(0.1) })
      })
      const { linked, changes } = settle(rooms, world)
      expect(changes).toBeLessThan(100)
      expect(linked.size).toBeLessThanOrEqual(phone.links)
    }
  })
})

describe('allowances', () => {
  test('what is free may be taken by any room; in a full pool each keeps what it has', () => {
    const [a, b] = [names('a', 3), names('b', 2)]
    expect(choose(input([room(a), room(b)], [...a, ...b])).allowances).toEqual([6, 5])
    const [c, d] = [names('c', 4), names('d', 4)]
    expect(choose(input([room(c), room(d)], [...c, ...d])).allowances).toEqual([4, 4])
  })

  test('one more where another room has clearly more; never none', () => {
    const [a, b] = [names('a', 6), names('b', 2)]
    expect(choose(input([room(a), room(b), room([])], [...a, ...b])).allowances).toEqual([6, 3, 1])
  })
})

describe('calls', () => {
  const full = names('a', STEADY)

  test('a guest is let in while there is a spare place', () => {
    const random = () => 0.5
    expect(admits(phone, input([room(full)], full), 'x' as DeviceKey, random)).toBe(true)
    expect(admits(phone, input([room(full)], full, { trying: new Set(names('t', 2)) }), 'x' as DeviceKey, random)).toBe(false)
  })

  test('a wished device is let in if its link would be kept', () => {
    const random = () => 0.5
    const rooms = [room(names('a', 12)), room(names('b', 1))]
    expect(admits(phone, input(rooms, full), 'b0' as DeviceKey, random)).toBe(true)
    expect(admits(phone, input([room([...full, 'c' as DeviceKey]), room([], { direct: true })], full), 'c' as DeviceKey, random)).toBe(
      false,
    )
  })
})
