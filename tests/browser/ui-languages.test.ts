/** The language: the browser's at first, then the person's; nothing on the screen is left in another. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NOW_MS, SCENES } from '../support/ui-scenes.ts'
import { launchUiBrowser, startUiSite, type UiSite } from './ui-site.ts'
import { openStage, show, stage } from './ui-stage.ts'

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
  { locale: 'de-AT', start: 'Los geht’s', lang: 'de', dir: 'ltr' },
  { locale: 'ar-EG', start: 'ابدأ', lang: 'ar', dir: 'rtl' },
  { locale: 'zh-CN', start: '开始', lang: 'zh', dir: 'ltr' },
  { locale: 'fr-FR', start: 'Start', lang: 'en', dir: 'ltr' },
])('a browser in $locale', async ({ locale, start, lang, dir }) => {
  const context = await browser.newContext({ locale })
  const page = await context.newPage()
  await page.goto(site.url)
  await show(page, { view: { phase: 'welcome' } })
  await page.getByRole('button', { name: start, exact: true }).waitFor()
  expect(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual([lang, dir])
  await context.close()
})

test('chosen in Settings by its own name: all speaks it at once, and the choice goes to the engine', async () => {
  const { page, context, troubles } = await openStage(browser, site.url, { size: 'phone' })
  const settings = SCENES.find(({ name }) => name === 'settings')
  if (!settings) throw new Error('no scene')
  await stage(page, settings)
  await page.getByRole('combobox', { name: 'Language' }).selectOption({ label: 'العربية' })
  await page.getByRole('heading', { name: 'الإعدادات' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.dir)).toBe('rtl')
  expect(await page.evaluate(() => window.uiTest.messenger?.calls.at(-1))).toEqual({ command: 'setLanguage', args: ['ar'] })
  await page.getByRole('combobox', { name: 'اللغة' }).selectOption({ label: 'English' })
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.dir)).toBe('ltr')
  expect(troubles()).toEqual([])
  await context.close()
})

test('a language that cannot be loaded leaves what is there', async () => {
  const context = await browser.newContext({ locale: 'en-GB' })
  const page = await context.newPage()
  await page.clock.setFixedTime(NOW_MS)
  await page.goto(site.url)
  const settings = SCENES.find(({ name }) => name === 'settings')
  if (!settings) throw new Error('no scene')
  await stage(page, settings)
  await context.route('**/*.js', (route) => route.abort())
  await page.getByRole('combobox', { name: 'Language' }).selectOption({ label: 'Español' })
  await expect.poll(() => page.evaluate(() => window.uiTest.messenger?.view().language)).toBe('es')
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
  await context.close()
})
