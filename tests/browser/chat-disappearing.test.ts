/** Messages that disappear, on two real pages, by roles and names only: set in Details, told in words, gone on both, and not back after a reload. */
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { type TalkingPair, talkingPair } from './support/talking-pair.ts'

let pair: TalkingPair
let ada: ChromiumPerson
let bo: ChromiumPerson

beforeAll(async () => {
  pair = await talkingPair()
  ;({ ada, bo } = pair)
}, 300_000)
afterAll(() => pair?.close())

const log = ({ page }: ChromiumPerson): Locator => page.getByRole('log', { name: 'Messages' })
const message = (one: ChromiumPerson, text: string): Locator => log(one).getByRole('article').filter({ hasText: text })

async function setTimer({ page }: ChromiumPerson, label: string): Promise<void> {
  await page.getByRole('button', { name: 'Details' }).click()
  await page.getByRole('combobox', { name: 'Disappearing messages' }).selectOption({ label })
  await page.getByRole('button', { name: 'Close details' }).click()
}

test('set by one, told to both in words, and shown over the chat', { timeout: 60_000 }, async () => {
  await setTimer(ada, '5 seconds')
  for (const one of [ada, bo]) {
    await log(one).getByText('Ada set messages to disappear: 5 seconds after they are read.').waitFor()
    await one.page.getByRole('img', { name: 'Disappears: 5 seconds' }).first().waitFor()
  }
})

test('a message goes from both pages, with what quotes it and what was begun about it', { timeout: 90_000 }, async () => {
  await ada.send('burn after reading')
  await message(bo, 'burn after reading').getByRole('img', { name: 'Disappears: 5 seconds' }).waitFor()
  await message(bo, 'burn after reading').hover()
  await message(bo, 'burn after reading').getByRole('button', { name: 'Message actions' }).click()
  await bo.page.getByRole('menuitem', { name: 'Reply' }).click()
  await bo.page.getByText('Reply to Ada').waitFor()
  for (const one of [ada, bo]) await message(one, 'burn after reading').waitFor({ state: 'detached', timeout: 20_000 })
  await bo.page.getByText('Reply to Ada').waitFor({ state: 'detached' })
  for (const one of [ada, bo]) expect(await one.text()).not.toContain('burn after reading')
})

test('gone while the page was closed: it is not there when it opens again', { timeout: 90_000 }, async () => {
  await ada.send('gone by then')
  await message(bo, 'gone by then').waitFor()
  await bo.page.goto('about:blank')
  await message(ada, 'gone by then').waitFor({ state: 'detached', timeout: 20_000 })
  await bo.page.goto(pair.site.url)
  await bo.page.getByRole('navigation', { name: 'Chats' }).waitFor()
  expect(await bo.text()).not.toContain('gone by then')
})

test('switched off by the other one: what is said then stays', { timeout: 90_000 }, async () => {
  await bo.page.getByRole('link', { name: /^Ada/ }).click()
  await setTimer(bo, 'Off')
  await log(ada).getByText('Bo turned disappearing messages off.').waitFor()
  await ada.send('for good')
  await message(bo, 'for good').waitFor()
  expect(
    await message(bo, 'for good')
      .getByRole('img', { name: /^Disappears/ })
      .count(),
  ).toBe(0)
})

testNothingReported()
