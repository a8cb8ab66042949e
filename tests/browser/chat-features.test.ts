/**
 * What is said about messages, on two real pages, by roles and names only: reply, react, edit, pin, delete. First with the pointer, then
 * with the keyboard alone, then as a finger does it.
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
}, 300_000)
afterAll(() => pair?.close())

/** The message that says this. */
const message = ({ page }: ChromiumPerson, text: string | RegExp): Locator =>
  page.getByRole('log', { name: 'Messages' }).getByRole('article').filter({ hasText: text })

async function openMenu(one: ChromiumPerson, text: string): Promise<Locator> {
  // What answers it says it too, and stands later.
  const on = message(one, text).first()
  await on.hover()
  await on.getByRole('button', { name: 'Message actions' }).click()
  const menu = one.page.getByRole('menu', { name: 'Message actions' })
  await menu.waitFor()
  return menu
}
const choose = async (one: ChromiumPerson, text: string, item: string): Promise<void> =>
  (await openMenu(one, text)).getByRole('menuitem', { name: item, exact: true }).click()
const field = ({ page }: ChromiumPerson): Locator => page.getByRole('textbox', { name: 'Message', exact: true })

/** What has the focus, by its name or its words. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '')
const untilFocused = (page: Page, name: string | RegExp): Promise<string> =>
  until(
    `the focus on ${name}`,
    () => focused(page),
    (now) => (typeof name === 'string' ? now === name : name.test(now)),
  )

test('a reply quotes what it answers, on both pages', async () => {
  await ada.send('shall we meet at the bridge?')
  await message(bo, 'shall we meet').waitFor()
  await choose(bo, 'shall we meet', 'Reply')
  await bo.page.getByText('Reply to Ada').waitFor()
  await field(bo).fill('yes, at nine')
  await bo.page.getByRole('button', { name: 'Send' }).click()
  for (const [one, author] of [
    [ada, 'You'],
    [bo, 'Ada'],
  ] as const) {
    const quote = message(one, 'yes, at nine').getByRole('button', { name: /^Go to the message/ })
    await quote.waitFor()
    expect(await quote.textContent()).toContain(author)
    expect(await quote.textContent()).toContain('shall we meet at the bridge?')
  }
  await message(ada, 'yes, at nine')
    .getByRole('button', { name: /^Go to the message/ })
    .click()
  await untilFocused(ada.page, /shall we meet/)
})

test('reactions: from the row and from the picker, counted, and taken back', async () => {
  await (await openMenu(ada, 'yes, at nine')).getByRole('menuitemcheckbox', { name: 'React with 👍' }).click()
  const chip = (one: ChromiumPerson, names: string): Locator =>
    message(one, 'yes, at nine').getByRole('button', { name: `👍 ${names.includes(' and ') ? 2 : 1} by ${names}` })
  await chip(bo, 'Ada').waitFor()
  expect(await chip(bo, 'Ada').getAttribute('aria-pressed')).toBe('false')
  await chip(bo, 'Ada').click()
  await chip(bo, 'You and Ada').waitFor()
  await chip(ada, 'You and Bo').waitFor()
  expect(await chip(ada, 'You and Bo').textContent()).toContain('2')
  expect(await chip(bo, 'You and Ada').getAttribute('aria-pressed')).toBe('true')
  await chip(bo, 'You and Ada').click()
  await chip(ada, 'You').waitFor()

  await choose(bo, 'yes, at nine', 'More emoji')
  await bo.page.getByRole('searchbox', { name: 'Find an emoji' }).fill('rocket')
  await bo.page.getByRole('button', { name: 'React with 🚀' }).click()
  await message(ada, 'yes, at nine').getByRole('button', { name: '🚀 1 by Bo' }).waitFor()
})

test('Info says who has a message, and with which keys it was sent', async () => {
  await choose(ada, 'yes, at nine', 'Info')
  const info = ada.page.getByRole('dialog', { name: 'About this message' })
  await info.getByText(/^epoch \d+$/).waitFor()
  await ada.page.keyboard.press('Escape')
  await ada.page.getByRole('menu', { name: 'Message actions' }).waitFor()
  await ada.page.keyboard.press('Escape')
  await choose(ada, 'shall we meet', 'Info')
  await info.getByText('Bo', { exact: true }).waitFor()
  await info.getByText('has it').waitFor()
  await info.getByRole('button', { name: 'Close' }).click()
  await info.waitFor({ state: 'detached' })
})

test('an edit shows on both pages, says so, and changes what quotes it', async () => {
  await choose(ada, 'shall we meet', 'Edit')
  expect(await field(ada).inputValue()).toBe('shall we meet at the bridge?')
  await field(ada).fill('shall we meet at the ferry?')
  await ada.page.getByRole('button', { name: 'Save' }).click()
  for (const one of [ada, bo]) {
    const edited = message(one, /shall we meet at the ferry\?.*edited/)
    await edited.first().waitFor()
    await message(one, 'yes, at nine').filter({ hasText: 'shall we meet at the ferry?' }).waitFor()
  }
  expect(await bo.page.getByRole('menu').count()).toBe(0)
  // What is not one's own has no such item.
  const menu = await openMenu(bo, 'shall we meet at the ferry?')
  expect(await menu.getByRole('menuitem', { name: 'Edit' }).count()).toBe(0)
  await bo.page.keyboard.press('Escape')
})

test('a pin stands over the conversation, leads to its message, and goes again', async () => {
  await choose(bo, 'yes, at nine', 'Pin')
  const bar = (one: ChromiumPerson): Locator => one.page.getByRole('region', { name: 'Pinned messages' })
  await bar(ada).getByText('yes, at nine').waitFor()
  await bar(ada)
    .getByRole('button', { name: /yes, at nine/ })
    .click()
  await untilFocused(ada.page, /yes, at nine/)
  await bar(bo).getByRole('button', { name: 'Unpin' }).click()
  await bar(ada).waitFor({ state: 'detached' })
})

test('deleted for everybody: the place says so on both pages, and the words are gone from them', async () => {
  await ada.send('said too much')
  await message(bo, 'said too much').waitFor()
  await choose(ada, 'said too much', 'Delete')
  await ada.page.getByRole('button', { name: 'Delete for everybody' }).click()
  await message(bo, 'This message was deleted').waitFor()
  await message(ada, 'You deleted this message').waitFor()
  for (const one of [ada, bo]) expect(await one.text()).not.toContain('said too much')
})

test('deleted for me: gone here only', async () => {
  await ada.send('for one of us')
  await message(bo, 'for one of us').waitFor()
  await choose(bo, 'for one of us', 'Delete')
  expect(await bo.page.getByRole('button', { name: 'Delete for everybody' }).count()).toBe(0)
  await bo.page.getByRole('button', { name: 'Delete for me' }).click()
  await message(bo, 'for one of us').waitFor({ state: 'detached' })
  expect(await message(ada, 'for one of us').count()).toBe(1)
})

test('with the keyboard alone: write, edit the last, walk up, react, reply, pin, delete', async () => {
  const { keyboard } = ada.page
  await field(ada).focus()
  await keyboard.type('typed with keys')
  await keyboard.press('Enter')
  await message(bo, 'typed with keys').waitFor()

  await keyboard.press('ArrowUp')
  await until(
    'the last message in the field',
    () => field(ada).inputValue(),
    (text) => text === 'typed with keys',
  )
  await keyboard.press('Escape')
  expect(await field(ada).inputValue()).toBe('')
  await keyboard.press('ArrowUp')
  await keyboard.press('End')
  await keyboard.type(' only')
  await keyboard.press('Enter')
  await message(bo, 'typed with keys only').waitFor()
  await untilFocused(ada.page, 'Message')

  // Back to the log, and up to the message.
  await keyboard.press('Shift+Tab')
  await untilFocused(ada.page, 'Messages')
  await keyboard.press('ArrowUp')
  await untilFocused(ada.page, /typed with keys only/)
  await keyboard.press('Enter')
  await untilFocused(ada.page, 'React with 👍')
  await keyboard.press('ArrowRight')
  await untilFocused(ada.page, 'React with ❤️')
  await keyboard.press('Enter')
  await message(bo, 'typed with keys only').getByRole('button', { name: '❤️ 1 by Ada' }).waitFor()
  await untilFocused(ada.page, /typed with keys only/)

  // Tab stops inside the message that has the keyboard: its actions, then what is under it.
  await keyboard.press('Tab')
  await untilFocused(ada.page, 'Message actions')
  await keyboard.press('Tab')
  await untilFocused(ada.page, '❤️ 1 by You')
  await keyboard.press('Enter')
  await message(bo, 'typed with keys only').getByRole('button', { name: /^❤️/ }).waitFor({ state: 'detached' })

  await keyboard.press('Escape')
  await untilFocused(ada.page, 'Message')
  await keyboard.press('Shift+Tab')
  await keyboard.press('ArrowUp')
  await keyboard.press('Enter')
  await untilFocused(ada.page, 'React with 👍')
  await keyboard.press('ArrowDown')
  await untilFocused(ada.page, 'Reply')
  await keyboard.press('Enter')
  await untilFocused(ada.page, 'Message')
  await keyboard.type('answered with keys')
  await keyboard.press('Enter')
  await message(bo, 'answered with keys')
    .getByRole('button', { name: /^Go to the message/ })
    .waitFor()

  await keyboard.press('Shift+Tab')
  await keyboard.press('ArrowUp')
  await untilFocused(ada.page, /answered with keys/)
  await keyboard.press('Enter')
  await untilFocused(ada.page, 'React with 👍')
  await keyboard.press('End')
  await untilFocused(ada.page, 'Delete')
  await keyboard.press('Enter')
  await untilFocused(ada.page, 'Cancel')
  await keyboard.press('Shift+Tab')
  await keyboard.press('Shift+Tab')
  await untilFocused(ada.page, 'Delete for everybody')
  await keyboard.press('Enter')
  await until(
    'it to be gone',
    () => message(bo, 'answered with keys').count(),
    (count) => count === 0,
  )
}, 60_000)

test('all of it is there after a reload', async () => {
  await Promise.all([ada.reload(), bo.reload()])
  await Promise.all([ada.openChat('Bo'), bo.openChat('Ada')])
  for (const one of [ada, bo]) {
    await message(one, /shall we meet at the ferry\?.*edited/)
      .first()
      .waitFor()
    await message(one, 'yes, at nine').getByRole('button', { name: /^👍/ }).waitFor()
    await message(one, 'yes, at nine')
      .getByRole('button', { name: /^Go to the message/ })
      .waitFor()
    expect(await one.text()).not.toContain('said too much')
  }
  expect(await message(bo, 'for one of us').count()).toBe(0)
})

testNothingReported()
