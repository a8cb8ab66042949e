/**
 * Two halves of a room can't reach each other for a minute; on both sides people talk, and members are removed. Then they
 * meet again: once because the broker is back, once without any broker, by the one link between the halves that is left.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BrokerProxy, startBrokerProxy } from './support/broker-proxy.ts'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { SERVER_AWAY, testNothingReported } from './support/nothing-reported.ts'
import { until } from './support/person.ts'
import {
  bodies,
  gather,
  makeAdmin,
  PATIENT_MS,
  peopleAt,
  removeMember,
  said,
  statusOf,
  untilOneCode,
  untilSaid,
  untilShown,
  untilTicks,
} from './support/rooms.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'
import { installWall, setWall } from './support/wall.ts'

let site: Site
let proxy: BrokerProxy
let browser: Browser
let ada: ChromiumPerson
let bo: ChromiumPerson
let di: ChromiumPerson
let ed: ChromiumPerson
/** Those who are removed, each in the half it stands in. */
let going: readonly { readonly left: ChromiumPerson; readonly right: ChromiumPerson }[]

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  proxy = await startBrokerProxy({ upstream: site.url })
  browser = await launchChromium()
  const people = await peopleAt(browser, ['Ada', 'Bo', 'Di', 'Ed', 'Cy', 'Fay', 'Gil', 'Hal'], (context) =>
    context.addInitScript(installWall),
  )
  const [one, two, three, four, cy, fay, gil, hal] = people as [
    ChromiumPerson,
    ChromiumPerson,
    ChromiumPerson,
    ChromiumPerson,
    ChromiumPerson,
    ChromiumPerson,
    ChromiumPerson,
    ChromiumPerson,
  ]
  ;[ada, bo, di, ed] = [one, two, three, four]
  going = [
    { left: cy, right: fay },
    { left: gil, right: hal },
  ]
  await gather(people, proxy.url)
  await makeAdmin(ada, 'Di', people)
  await untilOneCode([ada, bo, di, ed])
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await proxy?.close()
  await site?.close()
})

const APART_MS = 60_000
/**
 * A room waits for less than 10 s in all before it is one again: that is asserted in virtual time (tests/scenarios/rooms-apart). Here
 * it is measured and printed; what is asserted leaves room for a machine that does six things besides.
 */
const TOGETHER_MS = 60_000
const EACH = 5

describe.each([
  { name: 'the broker comes back', round: 0, linkLeft: false },
  { name: 'the broker stays away, one link is left', round: 1, linkLeft: true },
])('parted for a minute: $name', ({ round, linkLeft }) => {
  const said1 = (one: ChromiumPerson): readonly string[] => said(`${one.name.toLowerCase()}_early${round}`, EACH)
  const said2 = (one: ChromiumPerson): readonly string[] => said(`${one.name.toLowerCase()}_late${round}`, EACH)
  const say = async (people: readonly ChromiumPerson[], words: (one: ChromiumPerson) => readonly string[]): Promise<void> => {
    await Promise.all(
      people.map(async (one) => {
        for (const text of words(one)) await one.send(text)
      }),
    )
  }
  let left: readonly ChromiumPerson[]
  let right: readonly ChromiumPerson[]
  let leftGoing: ChromiumPerson
  let rightGoing: ChromiumPerson

  test('both halves talk and remove somebody, and hear nothing of each other', async () => {
    const pair = going[round]
    if (pair === undefined) throw new Error('nobody to remove')
    ;({ left: leftGoing, right: rightGoing } = pair)
    // Whoever is still to go in a later round belongs to a half as well.
    left = [ada, bo, ...going.slice(round).map((each) => each.left)]
    right = [di, ed, ...going.slice(round).map((each) => each.right)]
    const before = await untilOneCode([ada, bo, di, ed])

    proxy.setBroker(false)
    let cut = 0
    for (const one of left)
      for (const other of right) {
        const isLeft = linkLeft && one === bo && other === ed
        cut += await setWall(one, other, isLeft ? 'held' : 'cut')
      }
    expect(cut).toBeGreaterThanOrEqual(left.length * right.length)
    const sinceMs = Date.now()

    await say([...left, ...right], said1)
    // What somebody says while being removed counts only for those who read it before they heard of the removal.
    for (const half of [left, right]) for (const one of half) await untilShown(one, half.flatMap(said1))
    await Promise.all([removeMember(ada, leftGoing.name), removeMember(di, rightGoing.name)])
    for (const one of [ada, bo]) await untilSaid(one, `removed ${leftGoing.name}.`)
    for (const one of [di, ed]) await untilSaid(one, `removed ${rightGoing.name}.`)
    await say([ada, bo, di, ed], said2)
    // Commits on both sides: other keys than before, and not the same.
    const here = await untilOneCode([ada, bo], before)
    const there = await untilOneCode([di, ed], before)
    expect(here).not.toBe(there)
    await Promise.all([
      untilShown(ada, [...left.flatMap(said1), ...[ada, bo].flatMap(said2)]),
      untilShown(di, [...right.flatMap(said1), ...[di, ed].flatMap(said2)]),
    ])
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, APART_MS - (Date.now() - sinceMs))))
    for (const one of [ada, bo]) for (const text of right.flatMap(said1)) expect(bodies(await one.messages())).not.toContain(text)
    for (const one of [di, ed]) for (const text of left.flatMap(said1)) expect(bodies(await one.messages())).not.toContain(text)
  }, 300_000)

  test('they meet: all have everything, in one order, with the same members and keys', async () => {
    const stay = [ada, bo, di, ed]
    if (linkLeft) await setWall(bo, ed, 'open')
    else {
      proxy.setBroker(true)
      // What a browser says when its network is back; else pages ask a broker that was away at most every minute.
      for (const one of [...left, ...right]) await one.page.evaluate(() => void globalThis.dispatchEvent(new Event('online')))
    }
    const sinceMs = Date.now()
    const all = [...[...left, ...right].flatMap(said1), ...stay.flatMap(said2)]
    await Promise.all(stay.map((one) => untilShown(one, all)))
    const readMs = Date.now() - sinceMs
    const members = stay.length + 2 * (going.length - round - 1)
    await Promise.all(
      stay.map((one) =>
        until(
          `${one.name} to see ${members} members`,
          () => statusOf(one),
          (words) => words.includes(`${members} members`),
          PATIENT_MS,
        ),
      ),
    )
    const countedMs = Date.now() - sinceMs
    await untilOneCode(stay)
    const tookMs = Date.now() - sinceMs
    console.log(
      `${linkLeft ? 'by one link' : 'by the broker'}: all read after ${readMs} ms, members agreed after ${countedMs} ms, one head after ${tookMs} ms`,
    )
    const [first] = stay
    const order = bodies((await first?.messages()) ?? [])
    expect(order.length).toBe(new Set(order).size)
    for (const one of stay) expect(bodies(await one.messages())).toEqual(order)
    for (const one of stay) await untilTicks(one, 'Delivered')
    expect(tookMs).toBeLessThan(TOGETHER_MS)
  }, 240_000)

  test('all are linked again, and whoever was removed has heard of it', async () => {
    const stay = [ada, bo, di, ed]
    const members = stay.length + 2 * (going.length - round - 1)
    for (const one of stay) {
      await until(
        `${one.name} to be linked with all`,
        () => statusOf(one),
        (words) => words.includes(`${members} members, ${members} online`),
        PATIENT_MS,
      )
      for (const gone of [leftGoing, rightGoing]) await untilSaid(one, `removed ${gone.name}.`)
    }
    for (const gone of [leftGoing, rightGoing]) expect(await statusOf(gone)).toContain('You were removed')
  }, 240_000)
})

testNothingReported(SERVER_AWAY)
