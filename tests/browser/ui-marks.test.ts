/** What is done to a message, against the fake: by a finger, by the picker, from right to left, far back in the history. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { FakeCommand, FakeScene } from '../support/messenger.ts'
import { HOME, NOW_MS, SCENES, said } from '../support/ui-scenes.ts'
import { uiPages } from './ui-pages.ts'
import { show } from './ui-stage.ts'

const ui = uiPages()
let page: Page

const IN_ADA = [{ kind: 'chat', chat: 'ada' }]
const MARKED = SCENES.find(({ name }) => name === 'chat-marked')?.scene ?? {}

async function open(scene: FakeScene, size: 'phone' | 'desktop' = 'desktop'): Promise<void> {
  page = await ui.open({ size })
  await show(page, scene, IN_ADA)
  await page.getByRole('log', { name: 'Messages' }).waitFor()
}
const message = (text: string) => page.getByRole('article').filter({ hasText: text }).last()
const called = (command: FakeCommand) =>
  page.evaluate((name) => (window.uiTest.messenger?.calls ?? []).filter((call) => call.command === name).map(({ args }) => args), command)

/** A finger on the middle of it, for so long. */
async function touch(text: string, ms: number): Promise<void> {
  const box = await message(text).locator('[data-bubble]').boundingBox()
  const at = { x: (box?.x ?? 0) + (box?.width ?? 0) / 2, y: (box?.y ?? 0) + (box?.height ?? 0) / 2 }
  const session = await page.context().newCDPSession(page)
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] })
  await page.waitForTimeout(ms)
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
}

test('a finger that rests opens the menu, which stays when the finger goes; a tap does not', async () => {
  await open(MARKED, 'phone')
  await touch('At nine. I bring coffee', 80)
  expect(await page.getByRole('menu').count()).toBe(0)
  await touch('At nine. I bring coffee', 900)
  await page.getByRole('menuitem', { name: 'Reply' }).click()
  await page.getByText('Reply to yourself').waitFor()
  await page.getByRole('button', { name: 'Cancel the reply' }).click()
  await page.getByText('Reply to yourself').waitFor({ state: 'detached' })
})

test('the context menu is ours on a message, and the browser’s own on a selection', async () => {
  await open(MARKED)
  await message('At nine. I bring coffee').locator('[data-bubble]').click({ button: 'right' })
  await page.getByRole('menu', { name: 'Message actions' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'detached' })
  const words = message('At nine. I bring coffee').getByText('At nine. I bring coffee').last()
  await words.evaluate((element) => document.getSelection()?.selectAllChildren(element))
  await words.click({ button: 'right' })
  expect(await page.getByRole('menu').count()).toBe(0)
})

test('the picker is found by words and walked by arrows', async () => {
  await open(MARKED)
  await message('At nine. I bring coffee').getByRole('button', { name: 'Message actions' }).click()
  await page.getByRole('menuitem', { name: 'More emoji' }).click()
  const field = page.getByRole('searchbox', { name: 'Find an emoji' })
  await field.waitFor()
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  await expect.poll(focused).toBe('Find an emoji')
  await page.keyboard.press('ArrowDown')
  await expect.poll(focused).toBe('React with 😀')
  await page.keyboard.press('ArrowRight')
  await expect.poll(focused).toBe('React with 😃')
  await page.keyboard.press('ArrowUp')
  await expect.poll(focused).toBe('Find an emoji')
  await field.fill('no such thing')
  await page.getByText('No emoji goes by that word.').waitFor()
  await field.fill('coffee')
  await page.keyboard.press('Enter')
  await expect.poll(() => called('react')).toEqual([['ada', 'm8', '☕']])
})

test('right to left, the menu of an own message stands at the other side, and arrows turn with it', async () => {
  await open(MARKED)
  await page.evaluate(() => document.documentElement.setAttribute('dir', 'rtl'))
  const bubble = await message('At nine. I bring coffee').locator('[data-bubble]').boundingBox()
  await message('At nine. I bring coffee').getByRole('button', { name: 'Message actions' }).click()
  const menu = await page.getByRole('dialog', { name: 'Message actions' }).boundingBox()
  expect(Math.abs((menu?.x ?? -1) - (bubble?.x ?? 1))).toBeLessThan(3)
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  await expect.poll(focused).toBe('React with 👍')
  await page.keyboard.press('ArrowLeft')
  await expect.poll(focused).toBe('React with ❤️')
})

test('the menu stays on the page, beside its message, wherever that is', async () => {
  await open({
    ...HOME,
    histories: { ada: { items: Array.from({ length: 30 }, (_, i) => said(`l${i}`, i % 2 === 0, NOW_MS, `line ${i} of thirty`)) } },
  })
  for (const line of ['line 29 of', 'line 27 of', 'line 22 of', 'line 20 of']) {
    const on = message(line)
    await on.hover()
    await on.getByRole('button', { name: 'Message actions' }).click()
    const menu = await page.getByRole('dialog', { name: 'Message actions' }).boundingBox()
    const bubble = await on.locator('[data-bubble]').boundingBox()
    const [top, end] = [menu?.y ?? -1, (menu?.y ?? 0) + (menu?.height ?? 0)]
    expect(top, line).toBeGreaterThanOrEqual(0)
    expect(end, line).toBeLessThanOrEqual(800)
    const apart = end <= (bubble?.y ?? 0) || top >= (bubble?.y ?? 0) + (bubble?.height ?? 0)
    expect(apart, line).toBe(true)
    await page.keyboard.press('Escape')
  }
})

test('what is quoted from far back is loaded, brought into the middle and has the keyboard', async () => {
  const items = Array.from({ length: 400 }, (_, i) => said(`l${i}`, i % 3 === 1, NOW_MS - (400 - i) * 60_000, `line ${i} of many`))
  const reply = { id: 'l5', mine: false, authorName: 'Ada Moreau', text: 'line 5 of many', state: 'there' } as const
  const last = { ...said('r', false, NOW_MS, 'as I said'), reply } as ReturnType<typeof said>
  await open({ ...HOME, histories: { ada: { items: [...items, last] } } })
  await message('as I said')
    .getByRole('button', { name: /^Go to the message/ })
    .click()
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-anchor'))).toBe('l5')
  const box = await page.locator('[data-anchor=l5]').boundingBox()
  expect(box?.y ?? 0).toBeGreaterThan(60)
  expect(box?.y ?? 0).toBeLessThan(740)
})

test('a message that cannot be reached says so, and one that failed to be pinned too', async () => {
  await open({ ...MARKED, failing: { pin: 'storage-full' } })
  await message('At nine. I bring coffee').getByRole('button', { name: 'Message actions' }).click()
  await page.getByRole('menuitem', { name: 'Pin' }).click()
  await expect.poll(() => page.getByRole('alert').textContent()).toContain('That was not done.')
})

test('what is typed is kept once the person pauses, and not while a message is edited', async () => {
  await open(MARKED)
  const field = page.getByRole('textbox', { name: 'Message', exact: true })
  await field.fill('half a thought')
  await expect.poll(() => called('keepDraft')).toEqual([['ada', 'half a thought']])
  await message('At nine. I bring coffee').getByRole('button', { name: 'Message actions' }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  await expect.poll(() => field.inputValue()).toBe('At nine. I bring coffee')
  await field.fill('At ten')
  await page.keyboard.press('Escape')
  await expect.poll(() => field.inputValue()).toBe('half a thought')
  expect((await called('keepDraft')).map(([, text]) => text)).toEqual(['half a thought'])
})
