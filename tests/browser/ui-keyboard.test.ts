/** The first minute and a talk with the keyboard alone; where the focus is after things come and go. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { ADA, SCENES } from '../support/ui-scenes.ts'
import { launchUiBrowser, startUiSite, type UiSite } from './ui-site.ts'
import { openStage, show } from './ui-stage.ts'

let site: UiSite
let browser: Browser
let context: BrowserContext
let page: Page

beforeAll(async () => {
  site = await startUiSite()
  browser = await launchUiBrowser()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  ;({ page, context } = await openStage(browser, site.url))
})
afterEach(() => context.close())

const HOME = SCENES.find(({ name }) => name === 'list')?.scene ?? {}
/** The accessible name of what has the focus. */
const focused = () =>
  page.evaluate(() => {
    const { activeElement } = document
    if (!activeElement || activeElement === document.body) return 'nothing'
    return (
      activeElement.getAttribute('aria-label') ??
      (activeElement as HTMLInputElement).labels?.[0]?.textContent ??
      activeElement.textContent ??
      ''
    )
  })
const untilFocused = async (name: string | RegExp): Promise<void> => {
  await expect.poll(focused).toMatch(name)
}
/** Tabs until it is there; a ring of tab stops that lacks it fails. */
async function tabTo(name: string | RegExp, key = 'Tab'): Promise<void> {
  const seen: string[] = []
  for (let i = 0; i < 30; i++) {
    const now = await focused()
    if (typeof name === 'string' ? now === name : name.test(now)) return
    seen.push(now)
    await page.keyboard.press(key)
  }
  throw new Error(`never reached ${name}: ${seen.join(' > ')}`)
}

test('from the first screen to a sent message', async () => {
  await show(page, {})
  await untilFocused('Your name')
  await page.keyboard.type('Eva')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Nobody here yet' }).waitFor()
  await tabTo('New invite')
  await page.keyboard.press('Enter')
  await page.getByRole('img', { name: 'Invite QR code' }).waitFor()
  await tabTo('Copy link')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('#i=')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await untilFocused('New invite')

  await page.evaluate((chat) => window.uiTest.messenger?.patch({ chats: [chat] }), ADA)
  await page.getByRole('link', { name: /^Ada Moreau/ }).waitFor()
  await tabTo(/^.?Ada Moreau/)
  await page.keyboard.press('Enter')
  await untilFocused('Message')
  await page.keyboard.type('hello')
  await page.keyboard.press('Enter')
  await page.getByRole('article').filter({ hasText: 'hello' }).waitFor()
  await untilFocused('Message')
})

test('an opened invite, accepted from the keyboard', async () => {
  await show(page, { view: { openedInvite: { name: 'Ada', for: 'contact', state: { kind: 'offered' } } } })
  await untilFocused('Your name')
  await page.keyboard.type('Bo')
  await page.keyboard.press('Enter')
  await untilFocused('Message')
})

test('a dialog keeps the focus inside', async () => {
  await show(page, HOME)
  await page.getByRole('button', { name: 'New invite' }).click()
  await page.getByRole('img', { name: 'Invite QR code' }).waitFor()
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab')
    const outside = await page.evaluate(() => document.activeElement !== document.body && !document.activeElement?.closest('dialog'))
    expect(outside).toBe(false)
  }
})

test('arrows walk the list; Esc leaves the chat and gives its row the focus', async () => {
  await show(page, HOME)
  await page.getByRole('searchbox', { name: 'Search' }).waitFor()
  await page.keyboard.press('Control+k')
  await untilFocused('Search')
  await page.keyboard.press('ArrowDown')
  await untilFocused(/^A?Ada Moreau/)
  await page.keyboard.press('ArrowDown')
  await untilFocused(/Cy Okafor/)
  await page.keyboard.press('Enter')
  await untilFocused('Message')
  await page.keyboard.press('Escape')
  await untilFocused(/Cy Okafor/)
  await page.keyboard.press('End')
  await untilFocused(/陈美玲/)
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowUp')
  await untilFocused('Search')
})

test('Esc takes one thing away at a time, and the focus goes back to where it came from', async () => {
  await show(page, HOME)
  await page.getByRole('link', { name: /^Ada Moreau/ }).press('Enter')
  await tabTo('Details', 'Shift+Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Details' }).waitFor()
  await tabTo('Close details')
  await page.keyboard.press('Escape')
  await untilFocused('Details')
  await page.keyboard.press('Escape')
  await untilFocused(/Ada Moreau/)
  await tabTo('Settings', 'Shift+Tab')
  await page.keyboard.press('Enter')
  await tabTo('Show recovery phrase')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await untilFocused('Show recovery phrase')
  await page.keyboard.press('Escape')
  await untilFocused('Settings')
})

test('a room is made, and a member looked at, without a pointer', async () => {
  await show(page, HOME)
  await page.getByRole('button', { name: 'New room' }).press('Enter')
  await untilFocused('Room name')
  await page.keyboard.type('Garden')
  await page.keyboard.press('Enter')
  await page.getByRole('img', { name: 'Invite QR code' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('link', { name: /^River house/ }).press('Enter')
  await tabTo('Details', 'Shift+Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Members' }).waitFor()
  await tabTo(/^.?Bo Lindqvist/)
  await page.keyboard.press('Enter')
  await tabTo('Remove')
  await page.keyboard.press('Enter')
  await untilFocused('Cancel')
  await page.keyboard.press('Enter')
  await untilFocused('Remove')
  await page.keyboard.press('Escape')
  await untilFocused(/^.?Bo Lindqvist/)
})

test('the focus can be seen on everything that takes it', async () => {
  await show(page, HOME, [{ kind: 'chat', chat: 'ada' }, { kind: 'details' }])
  await page.getByRole('img', { name: 'Safety number QR code' }).waitFor()
  const unseen: string[] = []
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('Tab')
    const found = await page.evaluate(() => {
      const element = document.activeElement
      if (!element || element === document.body) return null
      const marked = (each: Element): boolean => {
        const style = getComputedStyle(each)
        return (style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none'
      }
      // The message field shows its focus on the box around it.
      return marked(element) || (element.parentElement && marked(element.parentElement)) ? null : element.outerHTML.slice(0, 80)
    })
    if (found) unseen.push(found)
  }
  expect(unseen).toEqual([])
})
