/**
 * The list, on two real pages, by roles and names only: a chat is pinned, muted and put away by its menu (pointer, keyboard) and in
 * Details; a muted one is told of nowhere; what was put away comes back with the next message.
 */
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { until } from './support/person.ts'
import { type TalkingPair, talkingPair } from './support/talking-pair.ts'

let pair: TalkingPair
let ada: ChromiumPerson
let bo: ChromiumPerson

beforeAll(async () => {
  pair = await talkingPair()
  ;({ ada, bo } = pair)
  await bo.context.grantPermissions(['notifications'], { origin: new URL(pair.site.url).origin })
  await bo.page.getByRole('button', { name: 'New room' }).click()
  await bo.page.getByRole('textbox', { name: 'Room name', exact: true }).fill('Garden')
  await bo.page.getByRole('button', { name: 'Create' }).click()
  await bo.page.getByRole('dialog', { name: 'New invite' }).getByRole('button', { name: 'Close' }).click()
}, 300_000)
afterAll(() => pair?.close())

const list = (page: Page): Locator => page.getByRole('navigation', { name: 'Chats' })
const row = (page: Page, name: string): Locator => list(page).getByRole('link', { name: new RegExp(`^${name}`) })
const untilRows = (page: Page, wanted: readonly string[]): Promise<unknown> =>
  until(
    `the rows ${wanted.join()}`,
    async () => (await list(page).getByRole('link').allTextContents()).map((text) => (text.includes('Garden') ? 'Garden' : 'Ada')),
    (now) => now.join() === wanted.join(),
  )
async function choose(page: Page, name: string, item: string): Promise<void> {
  await row(page, name).click({ button: 'right' })
  await page.getByRole('menu', { name: 'Chat actions' }).getByRole('menuitem', { name: item, exact: true }).click()
}
const look = (page: Page, away: boolean): Promise<void> =>
  page.evaluate((isAway) => {
    document.hasFocus = () => !isAway
    window.dispatchEvent(new Event(isAway ? 'blur' : 'focus'))
  }, away)
const notified = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration()
    return ((await registration?.getNotifications()) ?? []).length
  })

test('pinned to the top by its menu, and taken off by the keyboard', { timeout: 60_000 }, async () => {
  await untilRows(bo.page, ['Garden', 'Ada'])
  await choose(bo.page, 'Ada', 'Pin to the top')
  await untilRows(bo.page, ['Ada', 'Garden'])
  await row(bo.page, 'Ada').getByRole('img', { name: 'Pinned to the top' }).waitFor()
  await bo.reload()
  await untilRows(bo.page, ['Ada', 'Garden'])
  await row(bo.page, 'Ada').focus()
  await bo.page.keyboard.press('ContextMenu')
  await bo.page.getByRole('menu', { name: 'Chat actions' }).waitFor()
  await bo.page.keyboard.press('Enter')
  await untilRows(bo.page, ['Garden', 'Ada'])
})

test('a muted chat counts in no title and is told of nowhere; heard again, it is', { timeout: 90_000 }, async () => {
  await bo.page.getByRole('button', { name: 'Settings' }).click()
  await bo.page.getByRole('checkbox', { name: 'New messages' }).click()
  await bo.page.getByRole('button', { name: 'Back' }).first().click()
  await choose(bo.page, 'Ada', 'Mute')
  await row(bo.page, 'Ada').getByRole('img', { name: 'Muted' }).waitFor()
  await look(bo.page, true)
  await ada.send('under the breath')
  await row(bo.page, 'Ada').getByText('under the breath').waitFor()
  await row(bo.page, 'Ada').getByText('1 unread').waitFor()
  expect(await bo.page.title()).toBe('Sotto')
  expect(await notified(bo.page)).toBe(0)
  await choose(bo.page, 'Ada', 'Unmute')
  await ada.send('aloud')
  await until(
    'a notification',
    () => notified(bo.page),
    (count) => count === 1,
  )
  await until(
    'the title to count both',
    () => bo.page.title(),
    (title) => title === '(2) Sotto',
  )
  await look(bo.page, false)
})

test('archived in Details: under its own entry, and back with the next message', { timeout: 90_000 }, async () => {
  await row(bo.page, 'Ada').click()
  await bo.page.getByRole('button', { name: 'Details' }).click()
  await bo.page.getByRole('checkbox', { name: 'Archive' }).click()
  await untilRows(bo.page, ['Garden'])
  await list(bo.page).getByRole('button', { name: 'Archived (1)' }).click()
  await untilRows(bo.page, ['Garden', 'Ada'])
  // Found all the same.
  await bo.page.getByRole('searchbox', { name: 'Search' }).fill('ada')
  await untilRows(bo.page, ['Ada'])
  await bo.page.getByRole('searchbox', { name: 'Search' }).fill('')
  await ada.send('are you there?')
  await untilRows(bo.page, ['Ada', 'Garden'])
  expect(
    await list(bo.page)
      .getByRole('button', { name: /^Archived/ })
      .count(),
  ).toBe(0)
})

testNothingReported()
