/**
 * Five pages in one room write 50 messages each, all at once, while two admins remove members and let new ones in at the
 * same moment. In the end there is one head, one order, and every message once for everyone who was entitled to it.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import {
  bodies,
  gather,
  joinRoom,
  makeAdmin,
  peopleAt,
  removeMember,
  roomInvite,
  ROOM,
  said,
  statusOf,
  ticksOf,
  untilAllOnline,
  untilOneCode,
  untilOpen,
  untilSaid,
  untilShown,
  untilTicks,
} from './support/rooms.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'

let site: Site
let browser: Browser
let writers: ChromiumPerson[]
let leavers: ChromiumPerson[]
let comers: ChromiumPerson[]
/** By which the newcomers are let in, one by each admin. */
let links: string[]

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  browser = await launchChromium()
  writers = await peopleAt(browser, ['Ada', 'Bo', 'Cy', 'Di', 'Ed'])
  leavers = await peopleAt(browser, ['Fay', 'Gil'])
  comers = await peopleAt(browser, ['Hal', 'Ida'])
  await gather([...writers, ...leavers], site.url)
  const [ada, bo] = writers as [ChromiumPerson, ChromiumPerson]
  await makeAdmin(ada, 'Bo', [...writers, ...leavers])
  links = [await roomInvite(ada), await roomInvite(bo)]
  for (const one of comers) {
    await one.goto(site.url)
    await one.start()
  }
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

const MESSAGES = 50
/** So many are written before members change, so many while they do and after. */
const CHANGE_AT = 15

const wordsOf = (one: ChromiumPerson): readonly string[] => said(one.name.toLowerCase(), MESSAGES)

/** `part` in the order of `whole`, nothing of it twice. */
const isPartOf = (part: readonly string[], whole: readonly string[]): boolean => {
  const places = part.map((body) => whole.indexOf(body))
  return places.every((place, i) => place >= 0 && (i === 0 || place > (places[i - 1] ?? -1)))
}

describe('five write, two come, two are removed', () => {
  test('everybody writes at once while both admins remove one and let one in', async () => {
    const [ada, bo] = writers as [ChromiumPerson, ChromiumPerson]
    const [fay, gil] = leavers as [ChromiumPerson, ChromiumPerson]
    let arrived = 0
    let open: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    /** All are here before anybody goes on: so the changes come at one moment, in the middle of the talk. */
    const meet = async (): Promise<void> => {
      arrived += 1
      if (arrived === writers.length) open()
      await gate
    }
    const act = async (one: ChromiumPerson): Promise<void> => {
      if (one === ada) await removeMember(ada, fay.name)
      if (one === bo) await removeMember(bo, gil.name)
    }
    const coming = gate.then(() => Promise.all(comers.map((one, i) => joinRoom(one, links[i] ?? ''))))
    await Promise.all(
      writers.map(async (one) => {
        for (const [i, text] of wordsOf(one).entries()) {
          if (i === CHANGE_AT) {
            await meet()
            await act(one)
          }
          await one.send(text)
        }
      }),
    )
    await coming
  }, 480_000)

  test('the five have all 250 messages, each once, in one order, and all are Delivered', async () => {
    const all = writers.flatMap(wordsOf)
    const [first, ...others] = writers
    if (first === undefined) throw new Error('nobody')
    const order = await untilShown(first, all)
    expect([...order].sort()).toEqual([...all].sort())
    for (const one of others) {
      await untilShown(one, all)
      expect(bodies(await one.messages())).toEqual(bodies(await first.messages()))
    }
    for (const one of writers) {
      await untilTicks(one, 'Delivered')
      expect(ticksOf(await one.messages())).toEqual({ Delivered: MESSAGES })
    }
    // Every author's own words stand in the order in which they were said.
    for (const one of writers) expect(bodies(await first.messages()).filter((body) => wordsOf(one).includes(body))).toEqual(wordsOf(one))
  }, 240_000)

  test('one head: the same members for everybody, and one code', async () => {
    const members = [...writers, ...comers]
    await untilAllOnline(members)
    for (const one of writers)
      for (const words of ['removed Fay.', 'removed Gil.', 'let Hal in.', 'let Ida in.']) await untilSaid(one, words)
    await untilOneCode(members)
  }, 240_000)

  test('whoever came has what was said since it is in, whoever was removed what was said before; nothing twice', async () => {
    const [first] = writers
    if (first === undefined) throw new Error('nobody')
    const order = bodies(await first.messages())
    for (const one of [...comers, ...leavers]) expect(isPartOf(bodies(await one.messages()), order), one.name).toBe(true)
    for (const one of leavers) expect(await statusOf(one)).toContain('You were removed')
    const last = [...writers, ...comers].map((one) => `m-last_${one.name.toLowerCase()}-0-end`)
    await Promise.all([...writers, ...comers].map((one, i) => one.send(last[i] ?? '')))
    for (const one of [...writers, ...comers]) {
      const shown = await untilShown(one, last)
      expect(shown.length, one.name).toBe(new Set(shown).size)
    }
    const end = bodies(await first.messages()).slice(-last.length)
    for (const one of [...writers, ...comers]) expect(bodies(await one.messages()).slice(-last.length), one.name).toEqual(end)
    for (const one of leavers) for (const body of last) expect(bodies(await one.messages())).not.toContain(body)
  }, 240_000)

  test('all of it is still there when a page is loaded anew', async () => {
    const [, , cy] = writers as [ChromiumPerson, ChromiumPerson, ChromiumPerson]
    const before = bodies(await cy.messages())
    await cy.reload()
    await cy.openChat(ROOM)
    await untilOpen(cy)
    const after = bodies(await cy.messages())
    expect(after.length).toBeGreaterThan(0)
    expect(after).toEqual(before.slice(-after.length))
  }, 120_000)

  testNothingReported()
})
