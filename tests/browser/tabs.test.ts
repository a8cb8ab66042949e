/** Two tabs of one person: one writes, the other says so and may take over. */
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChromiumPerson, chromiumPerson } from './support/chromium-person.ts'
import { bodiesOf, connect } from './support/pair.ts'
import { until } from './support/person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'
import { watchPage } from './support/watch.ts'

const ROUNDS = 200

let site: Site
let browser: Browser
let context: BrowserContext
let bo: ChromiumPerson

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  browser = await launchChromium()
  context = await browser.newContext()
  bo = await chromiumPerson('Bo', await browser.newContext())
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

describe('two tabs', () => {
  test('the second says so and takes over; 200 rounds of both trying to send lose and repeat nothing', async () => {
    const first = await chromiumPerson('Ada', context)
    await connect(first, bo, site.url)

    const second = await context.newPage()
    await watchPage(second)
    await second.goto(site.url)
    await second.getByRole('heading', { name: 'Sotto is open in another tab' }).waitFor()

    const pages = [first.page, second]
    const accepted: string[] = []
    /** Types and sends where a conversation is shown. What that tab then shows among its messages counts as written. */
    const trySend = async (index: number, text: string): Promise<void> => {
      const page = pages[index]
      const field = page?.getByRole('textbox', { name: 'Message', exact: true })
      if (page === undefined || field === undefined || !(await field.isVisible())) return
      try {
        await field.fill(text, { timeout: 1_000 })
        await field.press('Enter', { timeout: 1_000 })
        await page.getByRole('article').filter({ hasText: text }).waitFor({ timeout: 2_000 })
        accepted.push(text)
      } catch {
        // the other tab took over under our hands: the text was not shown as written here
      }
    }
    const seen = new Set<string>()
    const look = async () => {
      const now = bodiesOf(await bo.messages(), /t-\w+-\d+-end/)
      expect(new Set(now).size).toBe(now.length)
      for (const body of now) seen.add(body)
    }
    let owner = 0
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 10 === 9) {
        const next = 1 - owner
        const use = pages[next]?.getByRole('button', { name: 'Use it here' })
        await use?.waitFor({ timeout: 10_000 })
        // the old owner sends while it is being taken over
        await Promise.all([use?.click(), trySend(owner, `t-race-${round}-end`)])
        owner = next
        const log = pages[owner]?.getByRole('log', { name: 'Messages' })
        const chat = pages[owner]?.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: /^Bo/ })
        await expect.poll(async () => (await log?.isVisible()) || (await chat?.isVisible()), { timeout: 15_000 }).toBe(true)
        if (!(await log?.isVisible())) await chat?.click()
        await log?.waitFor()
        await look()
      }
      await Promise.all([trySend(0, `t-0-${round}-end`), trySend(1, `t-1-${round}-end`)])
    }
    expect(accepted.length).toBeGreaterThanOrEqual(0.9 * ROUNDS)

    await until(
      'every accepted message at Bo',
      async () => {
        await look()
        return accepted.filter((text) => !seen.has(text))
      },
      (missing) => missing.length === 0,
      60_000,
    )
  }, 400_000)

  testNothingReported()
})
