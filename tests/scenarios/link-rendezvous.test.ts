/** Broker ids that change every four hours: nobody is lost over it, and a broker sees other ids. */
import { describe, expect, test } from 'vitest'
import type { BrokerId } from '#contracts/ids.ts'
import { PERIOD_MS, periodAt } from '#contracts/wire/broker-id.ts'
import { periodsAt, periodToCall } from '../../remotes/p2p/core/link/rendezvous.ts'
import { idAt } from '../support/broker-keys.ts'
import { areLinked, couple, type LinkedPerson, makeInvite, people } from '../support/linked-people.ts'
import { FakeNetwork } from '../support/network.ts'

const MINUTE_MS = 60_000
const CHANGE_MS = Date.UTC(2026, 10, 21, 4)
const SLOW_MS = 120_000

/** A network whose right clock is this far from a change; negative: before it. */
const near = (offsetMs: number, seed = 1): FakeNetwork => new FakeNetwork(seed, CHANGE_MS + offsetMs)

const meet = (a: LinkedPerson, b: LinkedPerson): void => {
  a.links.setPeers([b.asPeer()])
  b.links.setPeers([a.asPeer()])
}

const idsOf = (person: LinkedPerson): readonly [BrokerId, BrokerId, BrokerId] => {
  const at = (offsetMs: number): BrokerId => idAt(person.identity.rendezvous, CHANGE_MS + offsetMs)
  return [at(-1), at(0), at(PERIOD_MS)]
}

const registered = (network: FakeNetwork, person: LinkedPerson): readonly boolean[] =>
  idsOf(person).map((id) => network.broker.isRegistered(id))

test('periods begin every four hours of UTC; around a change two ids are listened on', () => {
  const overlap = { beforeMs: 6 * MINUTE_MS, afterMs: 8 * MINUTE_MS }
  const now = periodAt(CHANGE_MS)
  expect(periodAt(CHANGE_MS - 1)).toBe(now - 1)
  const at = (offsetMs: number) => periodsAt(CHANGE_MS + offsetMs, overlap)
  expect(at(-7 * MINUTE_MS)).toEqual({ periods: [now - 1], forMs: MINUTE_MS })
  expect(at(-6 * MINUTE_MS)).toEqual({ periods: [now - 1, now], forMs: 6 * MINUTE_MS })
  expect(at(-1)).toEqual({ periods: [now - 1, now], forMs: 1 })
  expect(at(0)).toEqual({ periods: [now, now - 1], forMs: 8 * MINUTE_MS })
  expect(at(8 * MINUTE_MS)).toEqual({ periods: [now], forMs: PERIOD_MS - 14 * MINUTE_MS })
})

test('whoever can’t be reached is called at the present id most of the time, and at both neighbours', () => {
  const called = Array.from({ length: 12 }, (_, failures) => periodToCall(100, failures))
  expect(called.slice(0, 5)).toEqual([100, 100, 101, 100, 99])
  expect(called.filter((period) => period === 100).length).toBeGreaterThanOrEqual(6)
  expect(new Set(called)).toEqual(new Set([99, 100, 101]))
})

describe('a change of period', () => {
  test('a link stands over it; at every moment the id of that moment is listened on, and afterwards no other', {
    timeout: SLOW_MS,
  }, async () => {
    const network = near(-12 * MINUTE_MS)
    const [low, high] = await couple(network)
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 5000)).toBe(true)
    expect(registered(network, low)).toEqual([true, false, false])
    for (let minute = -11; minute <= 11; minute++) {
      await network.clock.run(MINUTE_MS)
      for (const person of [low, high]) expect(registered(network, person)[minute < 0 ? 0 : 1], `minute ${minute}`).toBe(true)
    }
    for (const person of [low, high]) {
      expect(registered(network, person)).toEqual([false, true, false])
      expect(person.proven()).toHaveLength(1)
    }
    // What is signalled from now on names new ids only.
    network.broker.recorded.splice(0)
    high.reload()
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 5000)).toBe(true)
    const named = new Set(network.broker.recorded.flatMap(({ from, to }) => [from, to]))
    expect(named).toEqual(new Set([idsOf(low)[1], idsOf(high)[1]]))
  })

  test('a link of before it is mended after it, by signals between the new ids', { timeout: SLOW_MS }, async () => {
    const network = near(-12 * MINUTE_MS)
    const [low, high] = await couple(network)
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 5000)).toBe(true)
    const session = low.sessionWith(high)
    await network.clock.run(24 * MINUTE_MS)
    network.broker.recorded.splice(0)
    network.rtc.move(high.name)
    await network.clock.run(20_000)
    expect(low.sessionWith(high)).toBe(session)
    const named = new Set(network.broker.recorded.flatMap(({ from, to }) => [from, to]))
    expect(named).toEqual(new Set([idsOf(low)[1], idsOf(high)[1]]))
  })

  test.each([-11 * MINUTE_MS, -6 * MINUTE_MS, -5000, -1000, 0, 1000, 6 * MINUTE_MS, 11 * MINUTE_MS])(
    'a page that comes back %i ms after it is linked within 5 s',
    { timeout: SLOW_MS },
    async (offsetMs) => {
      const network = near(offsetMs - 2 * MINUTE_MS, offsetMs)
      const [low, high] = await couple(network)
      meet(low, high)
      expect(await network.clock.until(() => areLinked(low, high), 5000)).toBe(true)
      high.crash()
      await network.clock.until(() => false, 2 * MINUTE_MS - network.clock.elapsedMs)
      high.reload()
      high.links.setPeers([low.asPeer()])
      expect(await network.clock.until(() => areLinked(low, high), 5000)).toBe(true)
    },
  )

  test('clocks that differ by less than five minutes cost nothing', { timeout: SLOW_MS }, async () => {
    for (const skewMs of [-4, 4]) {
      for (const offsetMs of [-3, -1, 0, 1, 3]) {
        const network = near(offsetMs * MINUTE_MS)
        const [ada, bo] = await people(network, ['ada', 'bo'], [0, skewMs * MINUTE_MS])
        if (ada === undefined || bo === undefined) throw new Error('two people')
        meet(ada, bo)
        expect(await network.clock.until(() => areLinked(ada, bo), 5000)).toBe(true)
      }
    }
  })

  test.each([-3, 3])('a clock that is wrong by %i hours: found at a neighbouring id', { timeout: SLOW_MS }, async (hours) => {
    const network = near(hours < 0 ? 30 * MINUTE_MS : PERIOD_MS - 30 * MINUTE_MS)
    const [ada, bo] = await people(network, ['ada', 'bo'], [0, hours * 60 * MINUTE_MS])
    if (ada === undefined || bo === undefined) throw new Error('two people')
    meet(ada, bo)
    expect(await network.clock.until(() => areLinked(ada, bo), 60_000)).toBe(true)
  })

  test('an invite made before it is found after it, and not at its old id', { timeout: SLOW_MS }, async () => {
    const network = near(-12 * MINUTE_MS)
    const [host, guest] = await people(network, ['host', 'guest'])
    if (host === undefined || guest === undefined) throw new Error('two people')
    const invite = await makeInvite(network, host, 7 * 24 * 60 * MINUTE_MS)
    host.links.setInvites([invite.own])
    await network.clock.run(24 * MINUTE_MS)
    expect(network.broker.isRegistered(idAt(invite.own.key, CHANGE_MS - 1))).toBe(false)
    expect(network.broker.isRegistered(idAt(invite.own.key, CHANGE_MS))).toBe(true)
    guest.links.acceptInvite(invite.accepted)
    expect(await network.clock.until(() => guest.proven().length === 1 && host.proven().length === 1, 5000)).toBe(true)
  })

  test('a machine that slept through it listens at the right id as soon as it wakes', { timeout: SLOW_MS }, async () => {
    const network = near(-60 * MINUTE_MS)
    const [low] = await couple(network)
    await network.clock.run(1000)
    expect(registered(network, low)).toEqual([true, false, false])
    network.clock.jump(90 * MINUTE_MS)
    low.links.wake()
    await network.clock.run(1000)
    expect(registered(network, low)).toEqual([false, true, false])
  })
})
