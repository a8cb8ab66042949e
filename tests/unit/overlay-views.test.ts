/** HyParView: how the neighbours of a device come about, one rule a test. */
import { describe, expect, test } from 'vitest'
import { OVERLAY } from '../../remotes/p2p/core/overlay/parameters.ts'
import { device, entry, Solo, sent, sentTo, syncs, timers } from '../simulation/overlay/solo.ts'

const ROOM = 100
const devices = (...names: readonly number[]) => names.map(device)
/** Five neighbours: as many as it may have. */
const full = () => new Solo(ROOM).befriend(...devices(1, 2, 3, 4, 5))
const ask = (urgent: boolean) => ({ kind: 'neighbour', urgent, few: false }) as const
const accept = { kind: 'accept', few: false } as const

describe('looking for neighbours', () => {
  test('a newcomer wishes for two members, and joins by the first link', () => {
    const solo = new Solo(ROOM)
    const [first, second] = [...solo.wishes]
    expect(solo.wishes.size).toBe(OVERLAY.asking)
    if (first === undefined || second === undefined) throw new Error('two wishes')
    expect(sent(solo.link(second))).toEqual([{ to: second, message: { kind: 'join', few: false } }])
    expect(sent(solo.link(first))).toEqual([{ to: first, message: ask(true) }])
    const effects = solo.hear(second, accept)
    expect(solo.active).toEqual([second])
    expect(syncs(effects)).toEqual([second])
  })

  test('who is linked already is asked first, at no cost', () => {
    const solo = full()
    for (const peer of devices(50, 51, 52)) solo.link(peer)
    solo.timer('repair', OVERLAY.guestSteps + 1)
    expect(solo.wishes).toEqual(new Set(devices(1, 2, 3, 4, 5)))
    for (const peer of devices(1, 2)) solo.do({ kind: 'unlinked', peer })
    expect([...solo.overlay.asked.keys()].every((peer) => devices(50, 51, 52).includes(peer))).toBe(true)
    expect(solo.overlay.asked.size).toBe(1)
  })

  test('it is content with one less than it may have', () => {
    expect(new Solo(ROOM).befriend(...devices(1, 2, 3, 4)).wishes).toEqual(new Set(devices(1, 2, 3, 4)))
    expect(new Solo(ROOM, { most: 8 }).befriend(...devices(1, 2, 3, 4)).wishes.size).toBeGreaterThan(4)
  })

  test('who refuses or can not be reached is not tried again before the next period', () => {
    const solo = new Solo(14)
    const tried: string[] = []
    for (let i = 0; i < 13; i++) {
      const [peer] = [...solo.wishes]
      if (peer === undefined) throw new Error('there are members left')
      tried.push(peer)
      solo.do({ kind: 'unreachable', peer })
    }
    expect(new Set(tried).size).toBe(13)
    expect(solo.wishes.size).toBe(0)
    solo.timer('shuffle')
    expect(solo.wishes.size).toBe(OVERLAY.asking)
  })

  test('it does not knock without end', () => {
    const refusals = (solo: Solo): number => {
      for (let count = 0; ; count++) {
        const wish = [...solo.wishes].find((peer) => !solo.overlay.active.has(peer))
        if (wish === undefined) return count
        solo.do({ kind: 'unreachable', peer: wish })
      }
    }
    expect(refusals(new Solo(ROOM))).toBe(OVERLAY.attempts.alone)
    expect(refusals(new Solo(ROOM, { most: 8 }).befriend(device(1)))).toBe(OVERLAY.attempts.few)
    expect(refusals(new Solo(ROOM).befriend(...devices(1, 2, 3)))).toBe(OVERLAY.attempts.half)
  })

  test('who does not answer is given up', () => {
    const solo = new Solo(ROOM)
    const [peer] = [...solo.wishes]
    if (peer === undefined) throw new Error('a wish')
    solo.timer('repair', OVERLAY.askedSteps)
    expect(solo.wishes.has(peer)).toBe(true)
    expect(solo.timer('repair')).toContainEqual({ kind: 'unlink', peer })
    expect(solo.overlay.tried.has(peer)).toBe(true)
  })

  test('when a neighbour fails, one from the passive view takes its place', () => {
    const solo = new Solo(ROOM).befriend(...devices(1, 2, 3, 4))
    solo.hear(device(1), { kind: 'shuffle', path: devices(9, 1), sample: devices(60) })
    solo.timer('shuffle')
    solo.hear(device(2), { kind: 'shuffle', path: devices(10, 11, 12, 13, 14, 2), sample: devices(61, 62) })
    expect(solo.overlay.passive).toEqual(devices(10, 61, 62))
    const effects = solo.do({ kind: 'unlinked', peer: device(1) })
    const linked = effects.flatMap((effect) => (effect.kind === 'link' ? [effect.peer] : []))
    expect(linked).toHaveLength(1)
    expect(devices(10, 61, 62)).toContain(linked[0])
    expect(timers(effects).has('repair')).toBe(true)
  })

  test('a neighbour that failed is not kept for later, one that went is', () => {
    const solo = new Solo(ROOM).befriend(...devices(1, 2))
    solo.do({ kind: 'unlinked', peer: device(1) })
    solo.hear(device(2), { kind: 'disconnect' })
    expect(solo.overlay.passive).toEqual(devices(2))
    expect(solo.active).toEqual([])
  })
})

describe('being asked', () => {
  test('JOIN is always granted, and told to the others by walks', () => {
    const solo = new Solo(ROOM).befriend(...devices(1, 2, 3))
    solo.link(device(9))
    const effects = solo.hear(device(9), { kind: 'join', few: false })
    expect(solo.active).toContain(device(9))
    expect(sentTo(effects, device(9))).toEqual([accept])
    for (const peer of devices(1, 2, 3)) {
      expect(sentTo(effects, peer)).toEqual([{ kind: 'forward-join', device: device(9), hops: OVERLAY.walk }])
    }
  })

  test('a full device refuses, unless the other has nobody', () => {
    const solo = full()
    solo.link(device(9))
    expect(sentTo(solo.hear(device(9), ask(false)), device(9))).toEqual([{ kind: 'reject' }])
    expect(solo.wishes.has(device(9))).toBe(false)
    const effects = solo.hear(device(9), ask(true))
    expect(sentTo(effects, device(9))).toEqual([accept])
    expect(solo.active).toHaveLength(5)
    expect(sent(effects).filter(({ message }) => message.kind === 'disconnect')).toHaveLength(1)
    expect(effects.at(-1)?.kind).toBe('unlink')
  })

  test('a device with a free place takes it', () => {
    const solo = new Solo(ROOM).befriend(...devices(1, 2, 3, 4))
    solo.link(device(9))
    expect(sentTo(solo.hear(device(9), ask(false)), device(9))).toEqual([accept])
    expect(solo.active).toHaveLength(5)
  })

  test('an answer that comes too late undoes itself', () => {
    const solo = full()
    solo.link(device(9))
    expect(sent(solo.hear(device(9), accept))).toEqual([{ to: device(9), message: { kind: 'disconnect' } }])
    expect(solo.active).not.toContain(device(9))
  })

  test('a link that nobody asks anything of is dropped', () => {
    const solo = full()
    expect(solo.link(device(9))).toContainEqual({ kind: 'link', peer: device(9) })
    solo.timer('repair', OVERLAY.guestSteps)
    expect(solo.wishes.has(device(9))).toBe(true)
    expect(solo.timer('repair')).toContainEqual({ kind: 'unlink', peer: device(9) })
  })

  test('who takes us for a neighbour is told that we are none', () => {
    const solo = full()
    solo.link(device(9))
    for (const effects of [
      solo.hear(device(9), { kind: 'ihave', entries: [entry(1)] }),
      solo.do({ kind: 'duplicate', entry: entry(1), from: device(9) }),
    ]) {
      expect(sent(effects)).toEqual([{ to: device(9), message: { kind: 'disconnect' } }])
    }
    expect(solo.overlay.awaited.size).toBe(0)
  })

  test('fewer links for the room: neighbours go one by one', () => {
    const solo = full()
    expect(timers(solo.do({ kind: 'allowance', links: 3 })).get('repair')).toBe(2000)
    solo.timer('repair', 5)
    expect(solo.active).toHaveLength(3)
    expect(solo.active.slice(0, 2)).toEqual(devices(1, 2))
  })
})

describe('walks', () => {
  const walk = (hops: number) => ({ kind: 'forward-join', device: device(9), hops }) as const

  test('FORWARD_JOIN goes on to one neighbour, neither back nor to the newcomer', () => {
    for (let seed = 1; seed < 20; seed++) {
      const solo = new Solo(ROOM, { seed }).befriend(...devices(1, 2, 9, 3, 4))
      const [next, ...more] = sent(solo.hear(device(1), walk(5)))
      expect(more).toEqual([])
      expect(next?.message).toEqual(walk(4))
      expect(devices(2, 3, 4)).toContain(next?.to)
    }
  })

  test('on its way it leaves the newcomer in a passive view', () => {
    const solo = full()
    solo.hear(device(1), walk(OVERLAY.passiveWalk + 1))
    expect(solo.overlay.passive).toEqual([])
    solo.hear(device(1), walk(OVERLAY.passiveWalk))
    expect(solo.overlay.passive).toEqual(devices(9))
  })

  test('at its end, or where there is no way on, the newcomer is asked', () => {
    const solo = full()
    expect(solo.hear(device(1), walk(0))).toContainEqual({ kind: 'link', peer: device(9) })
    expect(sent(solo.link(device(9)))).toEqual([{ to: device(9), message: ask(true) }])
    const alone = new Solo(ROOM).befriend(device(1))
    expect(alone.hear(device(1), walk(5))).toContainEqual({ kind: 'link', peer: device(9) })
  })

  test('a shuffle carries both views and says who began it', () => {
    const solo = full()
    solo.hear(device(1), { kind: 'shuffle', path: devices(20, 21, 22, 23, 24, 1), sample: devices(60, 61, 62, 63, 64) })
    const shuffle = sent(solo.timer('shuffle')).find(({ message }) => message.kind === 'shuffle')
    if (shuffle?.message.kind !== 'shuffle') throw new Error('a shuffle')
    expect(shuffle.message.path).toEqual([device(0)])
    expect(shuffle.message.sample).toHaveLength(OVERLAY.shuffleActive + OVERLAY.shufflePassive)
    expect(shuffle.message.sample).not.toContain(shuffle.to)
  })

  test('it goes on until its path is full, then its answer goes the way back', () => {
    const solo = full()
    const [on] = sent(solo.hear(device(1), { kind: 'shuffle', path: devices(20, 1), sample: devices(60) }))
    expect(on?.message).toEqual({ kind: 'shuffle', path: devices(20, 1, 0), sample: devices(60) })
    expect(solo.overlay.passive).toEqual([])
    const path = devices(20, 21, 22, 23, 24, 1)
    const [back] = sent(solo.hear(device(1), { kind: 'shuffle', path, sample: devices(60) }))
    expect(back).toEqual({ to: device(1), message: { kind: 'shuffled', path, sample: [] } })
    expect(solo.overlay.passive).toEqual(devices(20, 60))
  })

  test('an answer is passed back, and taken where the walk began', () => {
    const solo = full()
    const passed = sent(solo.hear(device(1), { kind: 'shuffled', path: devices(20, 2, 0), sample: devices(60) }))
    expect(passed).toEqual([{ to: device(2), message: { kind: 'shuffled', path: devices(20, 2), sample: devices(60) } }])
    expect(solo.overlay.passive).toEqual([])
    solo.timer('shuffle')
    solo.hear(device(1), { kind: 'shuffled', path: devices(0), sample: devices(60) })
    expect(solo.overlay.passive).toEqual(devices(60))
  })

  test('what was told to the other makes room first in a full passive view', () => {
    const solo = full()
    const known = Array.from({ length: 30 }, (_, index) => device(20 + index))
    for (let i = 0; i < known.length; i += 5) {
      solo.hear(device(1), { kind: 'shuffle', path: devices(0 + 10, 11, 12, 13, 14, 1), sample: known.slice(i, i + 5) })
    }
    expect(solo.overlay.passive).toHaveLength(OVERLAY.passive)
    solo.timer('shuffle')
    const told = (solo.overlay.shuffling ?? []).filter((peer) => solo.overlay.passive.includes(peer))
    expect(told).toHaveLength(OVERLAY.shufflePassive)
    solo.hear(device(1), { kind: 'shuffled', path: devices(0), sample: devices(70, 71, 72, 73) })
    expect(solo.overlay.passive).toHaveLength(OVERLAY.passive)
    for (const peer of told) expect(solo.overlay.passive).not.toContain(peer)
  })
})

describe('with few links', () => {
  /** May have one neighbour, and has d1; how many periods of 100 begin with somebody else being asked. */
  const changes = (few: boolean) => {
    const solo = new Solo(ROOM)
    solo.do({ kind: 'allowance', links: 1 })
    solo.link(device(1))
    solo.hear(device(1), { kind: 'neighbour', urgent: true, few })
    let count = 0
    for (let period = 0; period < 100; period++) {
      for (const { peer } of solo.timer('shuffle').filter((effect) => effect.kind === 'link')) {
        count++
        solo.do({ kind: 'unreachable', peer })
      }
    }
    return count
  }

  test('who has only such as have few, too, changes one now and then', () => {
    expect(changes(true)).toBeGreaterThan(30)
    expect(changes(false)).toBeLessThan(15)
    expect(changes(false)).toBeGreaterThan(0)
  })

  test('the change is made before the old one is let go', () => {
    const solo = new Solo(ROOM)
    solo.do({ kind: 'allowance', links: 1 })
    solo.befriend(device(1))
    let next = undefined as ReturnType<typeof device> | undefined
    while (next === undefined) next = solo.timer('shuffle').find((effect) => effect.kind === 'link')?.peer
    expect(sent(solo.link(next))).toEqual([{ to: next, message: { kind: 'neighbour', urgent: true, few: true } }])
    expect(solo.active).toEqual(devices(1))
    solo.hear(next, accept)
    expect(solo.active).toEqual([next])
  })
})
