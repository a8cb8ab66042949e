/** Told of new messages while looking elsewhere: that there are some, never whose or what; and only those who chose it. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { until } from './support/person.ts'
import type { Site } from './support/site.ts'
import { type TalkingPair, talkingPair } from './support/talking-pair.ts'

let pair: TalkingPair
let site: Site
let ada: ChromiumPerson
let bo: ChromiumPerson

beforeAll(async () => {
  pair = await talkingPair()
  ;({ ada, bo, site } = pair)
}, 240_000)
afterAll(() => pair?.close())

/** The page is behind another window, or in front again. A headless page is always in front. */
const look = (page: Page, away: boolean): Promise<void> =>
  page.evaluate((isAway) => {
    document.hasFocus = () => !isAway
    window.dispatchEvent(new Event(isAway ? 'blur' : 'focus'))
  }, away)

const shownBy = (page: Page): Promise<readonly { readonly title: string; readonly body: string }[]> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    return ((await registration?.getNotifications()) ?? []).map(({ title, body }) => ({ title, body }))
  })

async function settings(page: Page, work: (choice: ReturnType<Page['getByRole']>) => Promise<void>): Promise<void> {
  await page
    .getByRole('button', { name: 'Settings' })
    .or(page.getByRole('link', { name: 'Settings' }))
    .first()
    .click()
  await work(page.getByRole('checkbox', { name: 'New messages' }))
  await page.getByRole('button', { name: 'Back' }).first().click()
}

const arrived = (person: ChromiumPerson, chat: string, text: string): Promise<string | null> =>
  until(
    `${text} in the list`,
    () => person.page.getByRole('navigation', { name: 'Chats' }).textContent(),
    (list) => list?.includes(text) === true && list.includes(chat),
  )

test('who was refused by the browser is told so, and nothing is switched on', { timeout: 60_000 }, async () => {
  await settings(bo.page, async (choice) => {
    await choice.click()
    await bo.page.getByText('The browser does not allow it.').waitFor()
    expect(await choice.isChecked()).toBe(false)
  })
})

test('nobody is told who did not choose it', { timeout: 60_000 }, async () => {
  await bo.context.grantPermissions(['notifications'], { origin: new URL(site.url).origin })
  await look(bo.page, true)
  await ada.send('before the choice')
  await arrived(bo, 'Ada', 'before the choice')
  expect(await shownBy(bo.page)).toEqual([])
  await look(bo.page, false)
})

test('chosen: one notification, which counts and says nothing; looking takes it back', { timeout: 120_000 }, async () => {
  await settings(bo.page, async (choice) => {
    await choice.click()
    await until(
      'the switch',
      () => choice.isChecked(),
      (on) => on,
    )
  })
  await bo.reload()
  await bo.page.getByRole('navigation', { name: 'Chats' }).waitFor()
  await bo.untilStatus('Connected', 30_000).catch(() => undefined)
  await look(bo.page, true)
  await ada.send('one secret')
  await arrived(bo, 'Ada', 'one secret')
  const first = await until(
    'a notification',
    () => shownBy(bo.page),
    (all) => all.length > 0,
  )
  expect(first).toEqual([{ title: 'Sotto', body: expect.stringMatching(/^(A new message|\d+ new messages)$/) }])
  await ada.send('two secrets')
  await arrived(bo, 'Ada', 'two secrets')
  const later = await until(
    'one in its place',
    () => shownBy(bo.page),
    (all) => all.length === 1 && all[0]?.body !== first[0]?.body,
  )
  expect(JSON.stringify([first, later])).not.toMatch(/Ada|secret/)
  await look(bo.page, false)
  await until(
    'nothing left',
    () => shownBy(bo.page),
    (all) => all.length === 0,
  )
})

testNothingReported()
