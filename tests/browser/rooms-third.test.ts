/**
 * Delivery through a third member: what was said to somebody who is away is kept by whoever was there, and given to them
 * when its author is away. With nobody in common online it waits, and the author is told for whom.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { until } from './support/person.ts'
import {
  bodies,
  closePage,
  factOf,
  gather,
  memberLines,
  openPage,
  PATIENT_MS,
  peopleAt,
  said,
  statusOf,
  ticksOf,
  untilShown,
  untilTicks,
} from './support/rooms.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'

let site: Site
let browser: Browser
let ada: ChromiumPerson
let bo: ChromiumPerson
let cy: ChromiumPerson

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  browser = await launchChromium()
  ;[ada, bo, cy] = (await peopleAt(browser, ['Ada', 'Bo', 'Cy'])) as [ChromiumPerson, ChromiumPerson, ChromiumPerson]
  await gather([ada, bo, cy], site.url)
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

const untilOnline = (one: ChromiumPerson, online: number): Promise<string> =>
  until(
    `${one.name} to see ${online} of 3 online`,
    () => statusOf(one),
    (words) => words.includes(`3 members, ${online} online`),
    PATIENT_MS,
  )

/** Nobody else of the room is reached. */
const untilAlone = (one: ChromiumPerson): Promise<unknown> => one.untilStatus('Offline', PATIENT_MS)

describe('Bo is away', () => {
  const first = said('first', 50)
  const second = said('second', 5)

  test('Ada writes 50 messages and leaves; Bo comes back and has them all, from Cy', async () => {
    await closePage(bo)
    await untilOnline(ada, 2)
    for (const text of first) await ada.send(text)
    await untilShown(cy, first)
    await untilTicks(ada, 'Held')
    expect(ticksOf(await ada.messages())).toEqual({ Held: 50 })
    await closePage(ada)
    await openPage(bo, site.url)
    expect(await untilShown(bo, first)).toEqual(first)
    expect(bodies(await cy.messages())).toEqual(first)
    // Whoever only reads has no ticks to see.
    expect(ticksOf(await bo.messages())).toEqual({})
    expect(await statusOf(bo)).toContain('3 members, 2 online')
  }, 240_000)

  test('Ada is back: all Delivered, nothing waits', async () => {
    await openPage(ada, site.url)
    await untilTicks(ada, 'Delivered')
    expect(ticksOf(await ada.messages())).toEqual({ Delivered: 50 })
    expect(bodies(await ada.messages())).toEqual(first)
    expect(await factOf(ada, 'Waits for')).toBeNull()
  }, 120_000)

  test('with nobody in common online they stay Held, and Details says that they wait for Bo', async () => {
    await untilOnline(ada, 3)
    await closePage(bo)
    await untilOnline(ada, 2)
    for (const text of second) await ada.send(text)
    await untilShown(cy, second)
    await until(
      'five Held',
      async () => ticksOf(await ada.messages()),
      ({ Held }) => Held === 5,
      PATIENT_MS,
    )
    await Promise.all([closePage(ada), closePage(cy)])

    // Bo sees nobody, and nothing of it.
    await openPage(bo, site.url)
    await untilAlone(bo)
    expect(bodies(await bo.messages())).toEqual(first)
    await closePage(bo)

    await openPage(ada, site.url)
    await untilAlone(ada)
    expect(ticksOf(await ada.messages())).toEqual({ Delivered: 50, Held: 5 })
    expect(await factOf(ada, 'Waits for')).toBe('Bo')
    const lines = await memberLines(ada)
    expect(lines.find((line) => line.includes('Bo'))).toContain('5 messages wait for Bo')
    expect(lines.find((line) => line.includes('Cy'))).not.toContain('wait')
  }, 240_000)

  test('Bo comes back to Ada: the five arrive, and nothing waits any more', async () => {
    await openPage(bo, site.url)
    expect(await untilShown(bo, second)).toEqual([...first, ...second])
    await untilTicks(ada, 'Delivered')
    expect(ticksOf(await ada.messages())).toEqual({ Delivered: 55 })
    await until(
      'nothing to wait',
      () => factOf(ada, 'Waits for'),
      (shown) => shown === null,
    )
  }, 120_000)

  testNothingReported()
})
