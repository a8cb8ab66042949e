/** Every screen fits: on the smallest phone, with text twice as large, right to left, and between phone and desktop. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NOW_MS, SCENES } from '../support/ui-scenes.ts'
import { launchUiBrowser, startUiSite, type UiSite } from './ui-site.ts'
import { overflowing, stage } from './ui-stage.ts'

let site: UiSite
let browser: Browser

beforeAll(async () => {
  site = await startUiSite()
  browser = await launchUiBrowser()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await site?.close()
})

test.each([
  { name: 'the smallest phone', width: 320, height: 568, text: '100%', language: 'en' },
  { name: 'a phone with text twice as large', width: 390, height: 844, text: '200%', language: 'en' },
  { name: 'a phone, in Arabic, right to left', width: 390, height: 844, text: '100%', language: 'ar' },
  { name: 'the smallest phone, in German, whose words are long', width: 320, height: 568, text: '100%', language: 'de' },
  { name: 'a tablet', width: 800, height: 700, text: '100%', language: 'en' },
] as const)('$name', { timeout: 180_000 }, async ({ width, height, text, language }) => {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.clock.setFixedTime(NOW_MS)
  await page.goto(site.url)
  await page.evaluate((size) => {
    document.documentElement.style.fontSize = size
  }, text)
  const found: string[] = []
  const direction = language === 'ar' ? 'rtl' : 'ltr'
  for (const scene of SCENES) {
    // What is reached by a button whose name holds a date is found by its English name, and laid out in this direction.
    const isNamed = (scene.press ?? []).every((name) => typeof name === 'string')
    await stage(page, scene, isNamed ? language : 'en')
    if (isNamed) expect(await page.evaluate(() => document.documentElement.dir)).toBe(direction)
    else
      await page.evaluate((dir) => {
        document.documentElement.dir = dir
      }, direction)
    found.push(...(await overflowing(page)).map((what) => `${scene.name}: ${what}`))
  }
  expect(found).toEqual([])
  await context.close()
})

test('what lies over the chat hides its date lines', async () => {
  const context = await browser.newContext({ viewport: { width: 800, height: 700 }, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.clock.setFixedTime(NOW_MS)
  await page.goto(site.url)
  const details = SCENES.find(({ name }) => name === 'details')
  if (!details) throw new Error('no scene')
  await stage(page, details)
  const covered = await page.evaluate(() => {
    const panel = document.querySelector('section[aria-label="Details of this chat"]')
    const box = panel?.getBoundingClientRect()
    if (!panel || !box) return false
    // They let the pointer through, so they would not be found.
    for (const date of document.querySelectorAll<HTMLElement>('[role=log] h2')) date.style.pointerEvents = 'auto'
    for (let y = box.top + 5; y < box.bottom; y += 10)
      for (let x = box.left + 5; x < box.right; x += 10) {
        const top = document.elementsFromPoint(x, y)[0]
        if (!top || !panel.contains(top)) return false
      }
    return true
  })
  expect(covered).toBe(true)
  await context.close()
})
