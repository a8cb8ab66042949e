/**
 * A page of a room dies before or after each transaction, whoever's it is: nothing lost, nothing twice, no
 * generation used twice, and everybody ends in one epoch.
 */
import { expect, test } from 'vitest'
import { Generations } from '../support/generations.ts'
import { FakeNetwork } from '../support/network.ts'
import { person, type TestPerson, until } from '../support/people.ts'
import {
  allDelivered,
  allShow,
  areIn,
  factsOf,
  gather,
  leave,
  makeRoom,
  openRoomInvite,
  remove,
  ROOM,
  roomCodes,
  roomOf,
  tryToJoin,
} from '../support/room-people.ts'
import { Crash } from '../support/stores.ts'

type When = 'before' | 'after'

/** Somebody whose page dies at one transaction, and is opened again whenever something is wanted of it. */
class Mortal {
  readonly one: TestPerson
  readonly crash: Crash
  private readonly network: FakeNetwork

  constructor(network: FakeNetwork, one: TestPerson, at: number, when: When) {
    this.one = one
    this.network = network
    this.crash = new Crash(at, when, () => one.crash())
    one.crash()
    one.options = { ...one.options, wrapStore: this.crash.wrap }
    one.messenger = one.openPage()
  }

  get isDead(): boolean {
    return this.crash.dead && this.one.options.wrapStore !== undefined
  }

  async revive(): Promise<void> {
    if (this.isDead) {
      const { wrapCryptography } = this.one.options
      this.one.options = wrapCryptography === undefined ? {} : { wrapCryptography }
      this.one.messenger = this.one.openPage()
    }
    await until(this.network, `${this.one.name} is here`, () => this.one.view.phase === 'ready' || this.isDead)
    if (this.isDead) await this.revive()
  }

  /** Does it until it has happened: a person whose page died looks, and does again what is not there. */
  async insist(what: string, happened: () => boolean | Promise<boolean>, act: () => Promise<unknown>): Promise<void> {
    for (let tries = 0; tries < 3; tries++) {
      await this.revive()
      if ((await this.unlessDead(happened)) === true) return
      await this.unlessDead(act)
    }
    await this.revive()
    if (!(await happened())) throw new Error(`it did not happen: ${what}`)
  }

  /** A dying page answers nothing, or an error; then it is not asked. */
  private async unlessDead<T>(ask: () => T | Promise<T>): Promise<T | null> {
    try {
      return await ask()
    } catch (reason) {
      if (!this.isDead) throw reason
      return null
    }
  }
}

/** Everybody says these, in turns; what was refused as the page died is said again if it is not there. */
async function talk(network: FakeNetwork, mortal: Mortal, people: readonly TestPerson[], texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const one = people.find(({ name }) => name.toLowerCase().startsWith(text.charAt(0)))
    if (one === undefined) throw new Error(text)
    const said = async (): Promise<boolean> => {
      await one.open(ROOM)
      return one.texts().includes(text)
    }
    await mortal.insist(text, said, () => one.send(ROOM, text))
    await network.clock.run(300)
  }
}

async function ends(
  network: FakeNetwork,
  label: string,
  mortal: Mortal,
  people: readonly TestPerson[],
  texts: readonly string[],
): Promise<void> {
  const isOver = (): boolean =>
    areIn(people) && allShow(people, texts) && allDelivered(people) && people.every(({ view }) => view.unheld === 0)
  await mortal.insist(
    `${label}: everybody in, all said and delivered`,
    async () => {
      for (const one of people) await one.open(ROOM)
      return isOver() && (await roomCodes(people)) === 'one'
    },
    async () => {
      await network.clock.until(() => isOver() || mortal.isDead, 240_000)
      await network.clock.run(5000)
    },
  )
}

/** Founded, joined, talked in; how many transactions the victim made. */
async function beginning(name: 'Ada' | 'Bo', at: number, when: When): Promise<number> {
  const label = `${name} dies ${when} transaction ${at} of a beginning`
  const network = new FakeNetwork(label)
  const generations = new Generations()
  const [ada, bo] = [
    await person(network, 'Ada', { wrapCryptography: generations.wrap('Ada') }),
    await person(network, 'Bo', { wrapCryptography: generations.wrap('Bo') }),
  ]
  const mortal = new Mortal(network, name === 'Ada' ? ada : bo, at, when)
  await mortal.insist(
    'the room',
    () => roomOf(ada, ROOM.name) !== null,
    () => makeRoom(ada, ROOM.name),
  )
  let url = ''
  const hasInvite = async (): Promise<boolean> => {
    const open = (await factsOf(ada)).invites.find(({ state }) => state === 'open')
    url = open?.url ?? ''
    return open !== undefined
  }
  await mortal.insist('an invite', hasInvite, () => openRoomInvite(ada, ROOM.name, { uses: 2 }))
  const isIn = (): boolean => roomOf(bo, ROOM.name) !== null
  const joining = (): Promise<void> => {
    void tryToJoin(bo, url).catch(() => undefined)
    return until(network, `${label}: Bo to be let in`, () => isIn() || mortal.isDead, 120_000)
  }
  await mortal.insist('Bo is in', isIn, joining)
  const texts = ['a1', 'b1', 'a2']
  await mortal.revive()
  await until(network, `${label}: open`, () => areIn([ada, bo]) || mortal.isDead, 120_000)
  await talk(network, mortal, [ada, bo], texts)
  await ends(network, label, mortal, [ada, bo], texts)
  const { reused, seen } = generations.reused(network)
  expect(reused, label).toEqual([])
  expect(seen, label).toBeGreaterThanOrEqual(texts.length)
  return mortal.crash.count
}

/** One of four is removed and another leaves while the others talk. */
async function change(name: 'Ada' | 'Bo' | 'Cy', at: number, when: When): Promise<number> {
  const label = `${name} dies ${when} transaction ${at} of a change`
  const generations = new Generations()
  const wrapped = (one: string) => ({ wrapCryptography: generations.wrap(one) })
  const { network, people } = await gather(label, ['Ada', 'Bo', 'Cy', 'Di'], {
    Ada: wrapped('Ada'),
    Bo: wrapped('Bo'),
    Cy: wrapped('Cy'),
    Di: wrapped('Di'),
  })
  const [ada, bo, cy, di] = people as [TestPerson, TestPerson, TestPerson, TestPerson]
  const mortal = new Mortal(network, name === 'Ada' ? ada : name === 'Bo' ? bo : cy, at, when)
  await talk(network, mortal, [ada, bo], ['b0'])
  const isGone = async (who: TestPerson): Promise<boolean> => !(await factsOf(ada)).members.some(({ name: one }) => one === who.name)
  await mortal.insist(
    'the removal',
    () => isGone(di),
    () => remove(ada, di),
  )
  await mortal.insist(
    'leaving',
    () => roomOf(cy, ROOM.name)?.standing === 'left',
    () => leave(cy),
  )
  await talk(network, mortal, [ada, bo], ['a1', 'b1'])
  await network.clock.run(3000)
  await mortal.revive()
  await ends(network, label, mortal, [ada, bo], ['b0', 'a1', 'b1'])
  await until(network, `${label}: Di knows`, () => roomOf(di, ROOM.name)?.standing === 'removed', 120_000)
  expect(roomOf(cy, ROOM.name)?.standing, label).toBe('left')
  expect(generations.reused(network).reused, label).toEqual([])
  return mortal.crash.count
}

const never = Number.POSITIVE_INFINITY

/**
 * Each with the fewest transactions it must make: fewer would mean that the story was not tried. Who leaves makes three at
 * least: it hears a message, hears of the removal, and goes.
 */
const STORIES = [
  {
    story: 'a beginning',
    run: beginning,
    victims: [
      ['Ada', 10],
      ['Bo', 10],
    ],
  },
  {
    story: 'a change',
    run: change,
    victims: [
      ['Ada', 4],
      ['Bo', 4],
      ['Cy', 3],
    ],
  },
] as const

for (const { story, run, victims } of STORIES) {
  for (const [victim, least] of victims) {
    test(`${story}: ${victim}'s page dies at every transaction`, async () => {
      const transactions = await run(victim as never, never, 'before')
      expect(transactions).toBeGreaterThanOrEqual(least)
      for (let at = 1; at <= transactions; at++) {
        await run(victim as never, at, 'before')
        await run(victim as never, at, 'after')
      }
    }, 600_000)
  }
}
