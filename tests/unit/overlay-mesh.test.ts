/** Rooms of up to 12 devices: everybody is linked with everybody, as far as the links reach. */
import { expect, test } from 'vitest'
import { device, entry, pushes, Solo, sent, sentTo, syncs, timers } from '../simulation/overlay/solo.ts'

const NEIGHBOUR = { kind: 'neighbour', urgent: false, few: false } as const

test('up to 12 devices all are wished for, above only some', () => {
  expect(new Solo(12).wishes.size).toBe(11)
  expect(new Solo(13).wishes.size).toBeLessThan(5)
})

test('a linked member is a neighbour, is told so, and logs are compared', () => {
  const solo = new Solo(5)
  const effects = solo.link(device(1))
  expect(solo.active).toEqual([device(1)])
  expect(sent(effects)).toEqual([{ to: device(1), message: NEIGHBOUR }])
  expect(syncs(effects)).toEqual([device(1)])
})

test('a linked stranger is none, until it is a member', () => {
  const solo = new Solo(3)
  solo.link(device(3))
  expect(solo.active).toEqual([])
  solo.members(4)
  expect(solo.active).toEqual([device(3)])
})

test('the author pushes to all; whoever hears it only tells of it', () => {
  const solo = new Solo(5)
  for (const peer of [1, 2, 3]) solo.link(device(peer))
  expect(pushes(solo.do({ kind: 'own', entry: entry(1) }))).toEqual([1, 2, 3].map(device))
  const effects = solo.do({ kind: 'pushed', entry: entry(2), from: device(1) })
  expect(pushes(effects)).toEqual([])
  expect(timers(effects).get('announce')).toBe(100)
  expect(sent(solo.timer('announce'))).toEqual(
    [2, 3].map((peer) => ({ to: device(peer), message: { kind: 'ihave', entries: [entry(2)] } })),
  )
})

test('who could not hear the author, and had to ask, is pushed to from then on', () => {
  const solo = new Solo(5)
  for (const peer of [1, 2, 3]) solo.link(device(peer))
  solo.do({ kind: 'pushed', entry: entry(1), from: device(1) })
  solo.timer('announce')
  expect(pushes(solo.hear(device(3), { kind: 'graft', entries: [entry(1)] }))).toEqual([device(3)])
  expect(pushes(solo.do({ kind: 'pushed', entry: entry(2), from: device(1) }))).toEqual([device(3)])
})

test('who can not be a neighbour is let go, until it asks itself', () => {
  const solo = new Solo(5)
  solo.link(device(1))
  const effects = solo.hear(device(1), { kind: 'reject' })
  expect(effects).toContainEqual({ kind: 'unlink', peer: device(1) })
  expect(solo.wishes).toEqual(new Set([2, 3, 4].map(device)))
  expect(solo.active).toEqual([])
  expect(sentTo(solo.hear(device(1), NEIGHBOUR), device(1))).toEqual([{ kind: 'accept', few: false }])
  expect(solo.active).toEqual([device(1)])
  expect(solo.wishes.has(device(1))).toBe(true)
})

test('where the pool has too few links for a full mesh, it is a sparse one', () => {
  const solo = new Solo(8)
  for (const peer of [1, 2, 3, 4]) solo.link(device(peer))
  const effects = solo.do({ kind: 'allowance', links: 4 })
  expect(effects).toContainEqual({ kind: 'unlink', peer: device(7) })
  expect(solo.active).toEqual([1, 2, 3, 4].map(device))
  expect(pushes(solo.do({ kind: 'pushed', entry: entry(1), from: device(1) }))).toEqual([2, 3, 4].map(device))
  solo.link(device(5))
  expect(sentTo(solo.hear(device(5), NEIGHBOUR), device(5))).toEqual([{ kind: 'reject' }])
  expect(solo.do({ kind: 'allowance', links: 7 })).toContainEqual({ kind: 'link', peer: device(7) })
})

test('a room that outgrows the mesh lets go of one neighbour at a time', () => {
  const solo = new Solo(12)
  for (let peer = 1; peer < 12; peer++) solo.link(device(peer))
  expect(timers(solo.members(13)).get('repair')).toBe(2000)
  expect(solo.active).toHaveLength(11)
  for (let has = 10; has >= 5; has--) {
    expect(sent(solo.timer('repair')).map(({ message }) => message.kind)).toEqual(['disconnect'])
    expect(solo.active).toHaveLength(has)
  }
  expect(sent(solo.timer('repair'))).toEqual([])
})

test('who is removed is gone at once, and so are all when it is oneself', () => {
  const solo = new Solo(5)
  for (const peer of [1, 4]) solo.link(device(peer))
  expect(solo.members(4)).toContainEqual({ kind: 'unlink', peer: device(4) })
  expect(solo.active).toEqual([device(1)])
  expect(pushes(solo.do({ kind: 'own', entry: entry(1) }))).toEqual([device(1)])
  solo.do({ kind: 'members', members: new Set([1, 2, 3].map(device)) })
  expect(solo.active).toEqual([])
  expect(solo.wishes.size).toBe(0)
})
