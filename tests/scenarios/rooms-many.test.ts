/**
 * A room too large for a full mesh, with the whole engine in virtual time: few links a device, everything arrives, who dies
 * is repaired around, and with one live link nobody needs the broker.
 */
import { describe, expect, test } from 'vitest'
import { OVERLAY, POOL } from '../../remotes/p2p/core/overlay/parameters.ts'
import { FakeNetwork } from '../support/network.ts'
import { person, type TestPerson, until } from '../support/people.ts'
import { areIn, join, makeRoom, openRoomInvite, ROOM } from '../support/room-people.ts'

const MANY = 24
const SLOW_MS = 300_000

/** Connections of this person's page: links, and those that are being made. */
const linksOf = (one: TestPerson): number => one.connections.length

/** `count` people in one room, let in one after the other by one link. */
async function crowd(seed: string, count: number) {
  const network = new FakeNetwork(seed)
  const people: TestPerson[] = []
  for (let i = 0; i < count; i++) people.push(await person(network, `P${i}`))
  const [founder, ...others] = people as [TestPerson, ...TestPerson[]]
  await makeRoom(founder, ROOM.name)
  const url = await openRoomInvite(founder, ROOM.name, { uses: 30 })
  for (const one of others) await join(one, url)
  await until(network, 'everybody to be in', () => areIn(people), 240_000)
  for (const one of people) await one.open(ROOM)
  return { network, people }
}

const allHave = (people: readonly TestPerson[], texts: readonly string[]): boolean =>
  people.every((one) => texts.every((text) => one.texts().filter((each) => each === text).length === 1))

async function say(people: readonly TestPerson[], authors: readonly TestPerson[], network: FakeNetwork, what: string, maxMs = 30_000) {
  const texts = authors.map(({ name }) => `${what} ${name}`)
  for (const [i, one] of authors.entries()) await one.send(ROOM, texts[i] ?? '')
  await until(network, `${what} to be with everybody`, () => allHave(people, texts), maxMs)
}

describe('24 in one room', () => {
  test(
    'few links each, all hear all; some die, and the rest hear each other; then without a broker',
    async () => {
      const { network, people } = await crowd('crowd', MANY)
      // those that nobody wishes are kept for a minute
      await network.clock.run(90_000)
      const links = people.map(linksOf)
      // Neighbours, links that others made or that are being made, and what was let go of in the last minute.
      expect(Math.max(...links)).toBeLessThanOrEqual(OVERLAY.active.desktop + POOL.desktop.spare + OVERLAY.asking)
      expect(links.reduce((sum, count) => sum + count, 0) / MANY).toBeLessThanOrEqual(OVERLAY.active.desktop + 1)
      expect(Math.min(...links)).toBeGreaterThan(1)
      await say(people, people.slice(0, 8), network, 'hello')

      for (const one of people.slice(3, 8)) one.crash()
      const rest = people.filter((_, i) => i < 3 || i >= 8)
      await network.clock.run(30_000)
      await say(rest, rest.slice(0, 6), network, 'after')

      network.broker.down()
      await network.clock.run(5_000)
      const [lonely, ...others] = rest as [TestPerson, ...TestPerson[]]
      const kept = others.find(({ name }) => lonely.connections.includes(name)) as TestPerson
      for (const other of others) if (other !== kept) network.rtc.cut(lonely.name, other.name)
      await network.clock.run(20_000)
      expect(linksOf(lonely)).toBeLessThanOrEqual(2 + OVERLAY.asking)
      for (const other of others) if (other !== kept) network.rtc.heal(lonely.name, other.name)
      await until(network, 'more than one link', () => linksOf(lonely) > 2, 180_000)
      await say(rest, [lonely, ...rest.slice(4, 8)], network, 'without')
    },
    SLOW_MS,
  )
})
