/** Plumtree: how an entry goes from neighbour to neighbour, one rule a test. */
import { describe, expect, test } from 'vitest'
import { OVERLAY } from '../../remotes/p2p/core/overlay/parameters.ts'
import { device, entry, pushes, Solo, sent, sentTo, syncs, timers } from '../simulation/overlay/solo.ts'

const [a, b, c] = [device(1), device(2), device(3)]
/** A large room; neighbours a, b, c, all eager. */
const three = () => new Solo(100).befriend(a, b, c)
/** The same with b and c lazy. */
const tree = () => {
  const solo = three()
  solo.hear(b, { kind: 'prune' })
  solo.hear(c, { kind: 'prune' })
  return solo
}
const own = (solo: Solo, name: number) => solo.do({ kind: 'own', entry: entry(name) })
const pushed = (solo: Solo, name: number, from = a) => solo.do({ kind: 'pushed', entry: entry(name), from })
const ihave = (...names: readonly number[]) => ({ kind: 'ihave', entries: names.map(entry) }) as const
const graft = (...names: readonly number[]) => ({ kind: 'graft', entries: names.map(entry) }) as const

describe('eager', () => {
  test('new neighbours get all, except from whom it came', () => {
    const solo = three()
    expect(pushes(own(solo, 1))).toEqual([a, b, c])
    expect(pushes(pushed(solo, 2))).toEqual([b, c])
  })

  test('a duplicate is answered with PRUNE and makes the link lazy', () => {
    const solo = three()
    pushed(solo, 1)
    expect(sent(solo.do({ kind: 'duplicate', entry: entry(1), from: b }))).toEqual([{ to: b, message: { kind: 'prune' } }])
    expect(pushes(own(solo, 2))).toEqual([a, c])
  })

  test('PRUNE makes the link lazy, a new entry from there makes it eager', () => {
    const solo = three()
    solo.hear(b, { kind: 'prune' })
    expect(pushes(own(solo, 1))).toEqual([a, c])
    pushed(solo, 2, b)
    expect(pushes(own(solo, 3))).toEqual([a, b, c])
  })

  test('a duplicate over a lazy link is pruned as well: the other end may have crossed our PRUNE', () => {
    const solo = tree()
    pushed(solo, 1)
    expect(sentTo(solo.do({ kind: 'duplicate', entry: entry(1), from: b }), b)).toEqual([{ kind: 'prune' }])
  })
})

describe('lazy', () => {
  test('what gathers in 100 ms is told in one message', () => {
    const solo = tree()
    expect(timers(own(solo, 1)).get('announce')).toBe(100)
    expect(timers(own(solo, 2)).has('announce')).toBe(false)
    expect(sent(solo.timer('announce'))).toEqual([b, c].map((to) => ({ to, message: ihave(1, 2) })))
    expect(sent(solo.timer('announce'))).toEqual([])
    expect(timers(own(solo, 3)).get('announce')).toBe(100)
  })

  test('who has it, is not told of it', () => {
    const solo = tree()
    pushed(solo, 1)
    solo.hear(b, ihave(1))
    solo.do({ kind: 'duplicate', entry: entry(1), from: c })
    expect(sent(solo.timer('announce'))).toEqual([])
  })

  test('more than one message holds is left to sync', () => {
    const solo = tree()
    for (let name = 0; name <= OVERLAY.idsAMessage; name++) own(solo, name)
    const effects = solo.timer('announce')
    expect(syncs(effects)).toEqual([b, c])
    expect(sent(effects)).toEqual([])
    own(solo, 1000)
    expect(sentTo(solo.timer('announce'), b)).toEqual([ihave(1000)])
  })
})

describe('graft', () => {
  test('what was announced and did not come in 500 ms is fetched, and the link is eager', () => {
    const solo = tree()
    expect(timers(solo.hear(b, ihave(1))).get('graft')).toBe(OVERLAY.graftStepMs)
    expect(OVERLAY.graftStepMs * OVERLAY.graftSteps).toBe(500)
    expect(sent(solo.timer('graft', OVERLAY.graftSteps))).toEqual([])
    expect(sent(solo.timer('graft'))).toEqual([{ to: b, message: graft(1) }])
    expect(pushes(own(solo, 2))).toEqual([a, b])
  })

  test('what comes in time, or is held, is not fetched', () => {
    const solo = tree()
    solo.hear(b, ihave(1))
    pushed(solo, 1)
    pushed(solo, 2)
    solo.hear(b, ihave(2))
    expect(solo.overlay.awaited.size).toBe(0)
    expect(sentTo(solo.timer('graft', 10), b)).toEqual([])
  })

  test('one who does not give it is followed by the next, each 500 ms; then sync is left', () => {
    const solo = tree()
    solo.hear(b, ihave(1))
    solo.hear(c, ihave(1))
    const asked = () => sent(solo.timer('graft', OVERLAY.graftSteps + 1)).map(({ to }) => to)
    expect([asked(), asked(), asked(), asked()]).toEqual([[b], [c], [], []])
    expect(solo.overlay.awaited.size).toBe(0)
  })

  test('a neighbour that is gone is not asked', () => {
    const solo = tree()
    solo.hear(b, ihave(1))
    solo.hear(c, ihave(1))
    solo.do({ kind: 'unlinked', peer: b })
    expect(sent(solo.timer('graft', OVERLAY.graftSteps + 1)).map(({ to }) => to)).toEqual([c])
  })

  test('who asks gets what it was told of, and all new ones from then on', () => {
    const solo = tree()
    own(solo, 1)
    solo.timer('announce')
    expect(pushes(solo.hear(b, graft(1)))).toEqual([b])
    expect(pushes(own(solo, 2))).toEqual([a, b])
  })
})

describe('sync beside it', () => {
  const synced = (solo: Solo, name: number, from = a) => solo.do({ kind: 'synced', entry: entry(name), from })

  test('what sync brings is told of, not pushed: the neighbours mostly have it', () => {
    const solo = three()
    expect(pushes(synced(solo, 1))).toEqual([])
    expect(sent(solo.timer('announce'))).toEqual([b, c].map((to) => ({ to, message: ihave(1) })))
  })

  test('a push that sync overtook goes on its way, once, and cuts nothing', () => {
    const solo = three()
    synced(solo, 1, c)
    const effects = solo.do({ kind: 'duplicate', entry: entry(1), from: a })
    expect(pushes(effects)).toEqual([b, c])
    expect(sent(effects)).toEqual([])
    expect(sentTo(solo.do({ kind: 'duplicate', entry: entry(1), from: b }), b)).toEqual([{ kind: 'prune' }])
  })

  test('a new neighbour is synced with', () => {
    const solo = three()
    solo.link(device(9))
    expect(syncs(solo.hear(device(9), { kind: 'neighbour', urgent: true, few: false }))).toEqual([device(9)])
  })
})
