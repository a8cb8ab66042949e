/** Chromium and Firefox ESR talk, each inviting once. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChromiumPerson, chromiumPerson } from './support/chromium-person.ts'
import { type FirefoxPerson, firefoxPerson, launchFirefox } from './support/firefox-person.ts'
import { allDelivered, bodiesOf, connect } from './support/pair.ts'
import { type Person, type ShownMessage, until } from './support/person.ts'
import { PEER_AWAY, testNothingReported } from './support/nothing-reported.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'

let site: Site
let chromium: Browser

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  chromium = await launchChromium()
}, 240_000)

afterAll(async () => {
  await chromium?.close()
  await site?.close()
})

const bodies = (shown: readonly ShownMessage[]) => bodiesOf(shown, /m-\w+-\d+-end/)

async function talk(inviter: Person, joiner: Person): Promise<void> {
  await connect(inviter, joiner, site.url, 5_000)
  for (let i = 0; i < 100; i++) await Promise.all([inviter.send(`m-inviter-${i}-end`), joiner.send(`m-joiner-${i}-end`)])
  const one = await until(
    'all at the inviter',
    () => inviter.messages(),
    (shown) => bodies(shown).length >= 200,
    30_000,
  )
  const other = await until(
    'all at the joiner',
    () => joiner.messages(),
    (shown) => bodies(shown).length >= 200,
    30_000,
  )
  expect(new Set(bodies(one)).size).toBe(200)
  expect(bodies(one)).toHaveLength(200)
  expect(bodies(other)).toEqual(bodies(one))
  for (const person of [inviter, joiner]) {
    await until(`all of ${person.name}'s Delivered`, () => person.messages(), allDelivered)
  }
}

describe('Chromium and Firefox ESR', () => {
  const people = async (): Promise<[ChromiumPerson, FirefoxPerson]> => [
    await chromiumPerson('Ada', await chromium.newContext()),
    await firefoxPerson('Bo', await launchFirefox()),
  ]

  test('Chromium invites Firefox', async () => {
    const [ada, bo] = await people()
    await talk(ada, bo)
    await Promise.all([ada.reload(), bo.reload()])
    await Promise.all([ada.openChat('Bo'), bo.openChat('Ada')])
    await Promise.all([ada.untilStatus('Connected'), bo.untilStatus('Connected')])
    await Promise.all([ada.close(), bo.close()])
  }, 180_000)

  test('Firefox invites Chromium', async () => {
    const [ada, bo] = await people()
    await talk(bo, ada)
    await Promise.all([ada.close(), bo.close()])
  }, 180_000)

  // Both are loaded anew at once: an attempt of one may meet the end of the other's page.
  testNothingReported(PEER_AWAY)
})
