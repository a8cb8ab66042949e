/** What a member can not do to another's overlay, and what a stranger can not do at all. */
import { describe, expect, test } from 'vitest'
import type { DeviceKey } from '#contracts/ids.ts'
import type { OverlayMessage } from '../../remotes/p2p/core/overlay/messages.ts'
import { OVERLAY } from '../../remotes/p2p/core/overlay/parameters.ts'
import type { OverlayEffect, OverlayEvent } from '../../remotes/p2p/core/overlay/state.ts'
import { device, entry, pushes, Solo, sent, sentTo, syncs } from '../simulation/overlay/solo.ts'
import { Prng } from '../support/prng.ts'

const ROOM = 100
const devices = (...names: readonly number[]) => names.map(device)
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)
const full = () => new Solo(ROOM).befriend(...devices(1, 2, 3, 4, 5))
const end = (sample: readonly DeviceKey[]): OverlayMessage => ({ kind: 'shuffle', path: devices(20, 21, 22, 23, 24, 1), sample })

describe('strangers', () => {
  test('a device that is no member, or is not linked, says nothing', () => {
    const solo = full()
    solo.link(device(ROOM))
    for (const from of [device(ROOM), device(50)]) {
      const before = solo.overlay
      expect(solo.hear(from, { kind: 'join', few: false })).toEqual([])
      expect(solo.overlay).toEqual(before)
    }
  })

  test('the passive view holds members only, and no more than its bound', () => {
    const solo = full()
    solo.hear(device(1), end([device(ROOM), device('x'), device(0), device(2), device(60)]))
    expect(solo.overlay.passive).toEqual(devices(20, 60))
    for (const name of range(30, 90)) {
      solo.timer('shuffle')
      solo.hear(device(1), end([device(name)]))
    }
    expect(solo.overlay.passive).toHaveLength(OVERLAY.passive)
    expect(new Set(solo.overlay.passive).size).toBe(OVERLAY.passive)
  })

  test('nobody is asked or passed on who is no member', () => {
    for (const hops of [0, 3, 6]) {
      expect(full().hear(device(1), { kind: 'forward-join', device: device(ROOM), hops })).toEqual([])
    }
  })

  test('who is removed leaves the passive view too', () => {
    const solo = full()
    solo.hear(device(1), end([device(99)]))
    solo.members(99)
    expect(solo.overlay.passive).toEqual(devices(20))
  })
})

describe('members', () => {
  test.each<OverlayMessage>([
    { kind: 'forward-join', device: device(9), hops: OVERLAY.walk + 1 },
    { kind: 'forward-join', device: device(9), hops: -1 },
    { kind: 'forward-join', device: device(9), hops: 0.5 },
    { kind: 'shuffle', path: [], sample: [] },
    { kind: 'shuffle', path: devices(20, 2), sample: [] },
    { kind: 'shuffle', path: devices(0, 1), sample: [] },
    { kind: 'shuffle', path: devices(1, 20, 1), sample: [] },
    { kind: 'shuffle', path: devices(20, 21, 22, 23, 24, 25, 1), sample: [] },
    { kind: 'shuffle', path: devices(20, 1), sample: range(30, 38).map(device) },
    { kind: 'shuffled', path: devices(0), sample: devices(60) },
    { kind: 'shuffled', path: devices(2), sample: devices(60) },
    { kind: 'shuffled', path: devices(3, 2), sample: devices(60) },
    { kind: 'shuffled', path: devices(1, 2, 0), sample: devices(60) },
    { kind: 'shuffled', path: devices(50, 0), sample: devices(60) },
    { kind: 'accept', few: false },
    { kind: 'reject' },
    { kind: 'ihave', entries: range(0, OVERLAY.idsAMessage + 1).map(entry) },
    { kind: 'graft', entries: range(0, OVERLAY.idsAMessage + 1).map(entry) },
  ])('wrong or unasked: $kind', (message) => {
    const solo = full()
    const { spent, ...before } = solo.overlay
    expect(solo.hear(device(1), message)).toEqual([])
    const { spent: now, ...after } = solo.overlay
    expect(after).toEqual(before)
    expect([spent.size, now.size <= 1]).toEqual([0, true])
  })

  test('can not talk a device out of all its neighbours', () => {
    for (let seed = 1; seed < 20; seed++) {
      const solo = new Solo(ROOM, { seed }).befriend(...devices(1, 2, 3, 4, 5))
      for (const name of range(10, 60)) {
        solo.link(device(name))
        solo.hear(device(name), name % 2 === 0 ? { kind: 'join', few: false } : { kind: 'neighbour', urgent: true, few: false })
      }
      expect(solo.active.slice(0, 2)).toEqual(devices(1, 2))
      expect(solo.active).toHaveLength(5)
    }
  })

  test('make others work for them only so much in a period', () => {
    const solo = full()
    const passedOn = () =>
      range(0, 200).reduce((sum) => sum + sent(solo.hear(device(1), { kind: 'forward-join', device: device(9), hops: 6 })).length, 0)
    expect(passedOn()).toBe(OVERLAY.budget)
    expect(passedOn()).toBe(0)
    expect(sent(solo.hear(device(2), { kind: 'forward-join', device: device(9), hops: 6 }))).toHaveLength(1)
    solo.timer('shuffle')
    expect(passedOn()).toBe(OVERLAY.budget)
  })

  test('can not come and go to push others out', () => {
    const solo = full()
    solo.link(device(9))
    let granted = 0
    for (let i = 0; i < 100; i++) {
      const effects = solo.hear(device(9), i % 2 === 0 ? { kind: 'join', few: false } : { kind: 'neighbour', urgent: true, few: false })
      if (sentTo(effects, device(9)).some(({ kind }) => kind === 'accept')) granted++
      solo.hear(device(9), { kind: 'disconnect' })
    }
    expect(granted).toBe(OVERLAY.budget / OVERLAY.requestCost)
  })

  test('get an entry for an announcement once, and none without', () => {
    const solo = full()
    solo.hear(device(1), { kind: 'prune' })
    for (const name of [1, 2]) solo.do({ kind: 'own', entry: entry(name) })
    solo.timer('announce')
    solo.do({ kind: 'pushed', entry: entry(3), from: device(2) })
    const ask = { kind: 'graft', entries: [entry(1), entry(1), entry(3), entry(4)] } as const
    expect(pushes(solo.hear(device(1), ask))).toEqual(devices(1))
    expect(pushes(solo.hear(device(1), ask))).toEqual([])
    expect(pushes(solo.hear(device(2), ask))).toEqual([])
    expect(pushes(solo.hear(device(1), { kind: 'graft', entries: [entry(2)] }))).toEqual(devices(1))
  })

  test('may ask late only for what was announced of late', () => {
    const solo = full()
    solo.hear(device(1), { kind: 'prune' })
    for (const name of range(0, OVERLAY.graftable + 1)) {
      solo.do({ kind: 'own', entry: entry(name) })
      solo.timer('announce')
    }
    expect(solo.overlay.active.get(device(1))?.graftable).toHaveLength(OVERLAY.graftable)
    expect(pushes(solo.hear(device(1), { kind: 'graft', entries: [entry(0)] }))).toEqual([])
    expect(pushes(solo.hear(device(1), { kind: 'graft', entries: [entry(1)] }))).toEqual(devices(1))
  })

  test('fill only their own share of what is awaited', () => {
    const solo = full()
    let asked = 0
    for (let i = 0; i < 20; i++) {
      const entries = range(0, OVERLAY.idsAMessage).map((name) => entry(`bogus-${i}-${name}`))
      asked += syncs(solo.hear(device(1), { kind: 'ihave', entries })).length
    }
    expect(solo.overlay.awaited.size).toBe(OVERLAY.awaitedAPeer)
    expect(asked).toBe(20 - OVERLAY.awaitedAPeer / OVERLAY.idsAMessage)
    solo.hear(device(2), { kind: 'ihave', entries: [entry('true')] })
    expect(solo.overlay.awaited.get(entry('true'))?.sources).toEqual(devices(2))
  })

  test('who announces first and gives nothing delays an entry by one turn', () => {
    const solo = full()
    solo.hear(device(1), { kind: 'ihave', entries: [entry(1)] })
    solo.hear(device(2), { kind: 'ihave', entries: [entry(1)] })
    const grafts = sent(solo.timer('graft', 2 * (OVERLAY.graftSteps + 1))).map(({ to }) => to)
    expect(grafts).toEqual(devices(1, 2))
  })
})

/** Any event a host may pass on, in any order, with anything in it. */
function anyEvent(random: Prng): OverlayEvent {
  const peer = () => device(random.below(130))
  const list = (most: number) => Array.from({ length: random.below(most) }, peer)
  const id = () => entry(random.below(400))
  const ids = () => Array.from({ length: random.below(80) }, id)
  const message = random.pick<() => OverlayMessage>([
    () => ({ kind: 'join', few: random.chance(0.5) }),
    () => ({ kind: 'neighbour', urgent: random.chance(0.5), few: random.chance(0.5) }),
    () => ({ kind: 'accept', few: random.chance(0.5) }),
    () => ({ kind: 'reject' }),
    () => ({ kind: 'disconnect' }),
    () => ({ kind: 'forward-join', device: peer(), hops: random.below(9) - 1 }),
    () => ({ kind: 'shuffle', path: list(8), sample: list(10) }),
    () => ({ kind: 'shuffled', path: [...list(7), device(0)], sample: list(10) }),
    () => ({ kind: 'ihave', entries: ids() }),
    () => ({ kind: 'graft', entries: ids() }),
    () => ({ kind: 'prune' }),
  ])
  const sizes = [1, 5, 12, 13, 60, 100]
  return random.pick<() => OverlayEvent>([
    ...Array.from({ length: 12 }, () => () => ({ kind: 'control', from: peer(), message: message() }) as const),
    ...Array.from({ length: 4 }, () => () => ({ kind: 'linked', peer: peer() }) as const),
    () => ({ kind: 'unlinked', peer: peer() }),
    () => ({ kind: 'unreachable', peer: peer() }),
    () => ({ kind: 'allowance', links: random.below(12) }),
    () => ({ kind: 'timer', name: random.pick(['repair', 'shuffle', 'announce', 'graft'] as const) }),
    () => ({ kind: 'own', entry: id() }),
    () => ({ kind: 'pushed', entry: id(), from: peer() }),
    () => ({ kind: 'duplicate', entry: id(), from: peer() }),
    () => ({ kind: 'synced', entry: id(), from: peer() }),
    () =>
      random.chance(0.1)
        ? { kind: 'members', members: new Set(range(random.chance(0.1) ? 1 : 0, random.pick(sizes)).map(device)) }
        : { kind: 'timer', name: 'repair' },
  ])()
}

/** What does not hold after a step. */
function broken({ overlay }: Solo, effects: readonly OverlayEffect[]): readonly string[] {
  const { members, linked, active, asked, guests, passive, awaited, overtook, attempts } = overlay
  const views = [...active.keys(), ...asked.keys(), ...guests.keys()]
  const shares = new Map<DeviceKey, number>()
  for (const { sources } of awaited.values()) for (const source of sources) shares.set(source, (shares.get(source) ?? 0) + 1)
  const holds = {
    'views hold members only': [...views, ...passive].every((peer) => members.has(peer) && peer !== device(0)),
    'neighbours and guests are linked': [...active.keys(), ...guests.keys()].every((peer) => linked.has(peer)),
    'nobody is two things at once': new Set(views).size === views.length,
    'the passive view is bounded': passive.length <= OVERLAY.passive,
    'attempts are bounded': attempts <= OVERLAY.attempts.alone,
    'memory of overtaken entries is bounded': overtook.length <= OVERLAY.overtook,
    'queues are bounded': [...active.values()].every(({ queued }) => queued.length <= OVERLAY.idsAMessage),
    'grafts are bounded': [...active.values()].every(({ graftable }) => graftable.length <= OVERLAY.graftable),
    'shares of what is awaited are bounded': [...shares.values()].every((share) => share <= OVERLAY.awaitedAPeer),
    'only linked members are told anything': sent(effects).every(({ to }) => members.has(to) && linked.has(to)),
    'only neighbours are pushed to': pushes(effects).every((to) => active.has(to)),
  }
  return Object.entries(holds).flatMap(([what, is]) => (is ? [] : [what]))
}

test('whatever comes, every bound holds', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = new Prng(seed)
    const solo = new Solo(ROOM, { seed })
    let wished: ReadonlySet<DeviceKey> = solo.wishes
    for (let i = 0; i < 2_000; i++) {
      const effects = solo.do(anyEvent(random))
      const failed = broken(solo, effects)
      // what it says of its wishes adds up to them
      const told = new Set(wished)
      for (const effect of effects) {
        if (effect.kind === 'link') told.add(effect.peer)
        if (effect.kind === 'unlink') told.delete(effect.peer)
      }
      wished = solo.wishes
      const same = told.size === wished.size && [...told].every((peer) => wished.has(peer))
      if (failed.length > 0 || !same) expect({ seed, i, failed, same }).toEqual({ seed, i, failed: [], same: true })
    }
  }
})
