/** Puts a scene on a page and waits until it has settled. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Language } from '#contracts/ui.ts'
import { ar } from '../../remotes/ui/text/ar.ts'
import { de } from '../../remotes/ui/text/de.ts'
import { type Catalogue, en } from '../../remotes/ui/text/en.ts'
import { es } from '../../remotes/ui/text/es.ts'
import { zh } from '../../remotes/ui/text/zh.ts'
import type { FakeScene } from '../support/messenger.ts'
import { NOW_MS, type UiScene } from '../support/ui-scenes.ts'

export const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } } as const
export const THEMES = ['light', 'dark'] as const

export async function openStage(
  browser: Browser,
  url: string,
  options: { readonly size?: keyof typeof SIZES; readonly theme?: (typeof THEMES)[number]; readonly still?: boolean } = {},
): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly troubles: () => readonly string[] }> {
  const { size = 'desktop', theme = 'light', still = true } = options
  const context = await browser.newContext({
    viewport: SIZES[size],
    locale: 'en-GB',
    colorScheme: theme,
    reducedMotion: still ? 'reduce' : 'no-preference',
    hasTouch: size === 'phone',
    isMobile: size === 'phone',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  await page.clock.setFixedTime(NOW_MS)
  const troubles = await watchTroubles(page)
  await page.goto(url)
  return { page, context, troubles }
}

export async function show(page: Page, scene: FakeScene, stack: readonly unknown[] = []): Promise<void> {
  await page.evaluate(([data, places]) => window.uiTest.show(data, places), [scene, stack] as const)
}

const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, de, es, ar, zh }

/** The words of a catalogue for English ones; what is in none (a person's name) stays. */
function inWords(english: string | RegExp, language: Language): string | RegExp {
  if (typeof english !== 'string') return english
  const find = (from: object, to: object): string | null => {
    for (const [key, value] of Object.entries(from)) {
      const other = (to as Record<string, unknown>)[key]
      if (value === english && typeof other === 'string') return other
      const inner = typeof value === 'object' && value !== null ? find(value, other as object) : null
      if (inner !== null) return inner
    }
    return null
  }
  return find(en, CATALOGUES[language]) ?? english
}

/** Scenes name what they wait for and press in English; in another language the same is found by its own words. */
export async function stage(page: Page, wanted: UiScene, language: Language = 'en'): Promise<void> {
  const { scene, stack, ready, press = [], menuOf, update = false } = wanted
  await show(page, { ...scene, view: { ...scene.view, language } }, stack)
  await page.waitForFunction((lang) => document.documentElement.lang === lang, language)
  // A heading with a name in it is no text of a catalogue: there its role has to do.
  await page
    .getByRole(ready[0], language === 'en' ? { name: ready[1] } : {})
    .first()
    .waitFor({ state: ready[1] === 'Sotto' ? 'attached' : 'visible' })
  if (update) await page.evaluate(() => window.uiTest.setWaiting(true))
  for (const name of press)
    await page
      .getByRole('button', { name: inWords(name, language), exact: true })
      .or(page.getByRole('menuitem', { name: inWords(name, language), exact: true }))
      .last()
      .click()
  if (menuOf !== undefined) {
    await page.getByRole('link', { name: menuOf }).click({ button: 'right' })
    await page.getByRole('menu').waitFor()
  }
  // Screens that load on demand come a moment after they were asked for; each has a heading of the first level.
  await page.locator('h1:visible').first().waitFor()
  await page.evaluate(() => document.fonts.ready)
}

/** Collects what must never happen: errors on the console, uncaught ones, refusals by the page's policy, other origins. */
async function watchTroubles(page: Page): Promise<() => readonly string[]> {
  const troubles: string[] = []
  page.on('console', (message) => message.type() === 'error' && troubles.push(`console: ${message.text()}`))
  page.on('pageerror', (error) => troubles.push(`uncaught: ${error.message}`))
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (!['about:', 'blob:', 'data:'].includes(protocol) && hostname !== 'localhost') troubles.push(`request: ${request.url()}`)
  })
  await page.exposeFunction('reportRefusal', (what: string) => troubles.push(`policy: ${what}`))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const { reportRefusal } = window as unknown as { reportRefusal: (what: string) => void }
      reportRefusal(`${event.violatedDirective} ${event.sourceFile}:${event.lineNumber}`)
    })
  })
  return () => troubles
}

/** What sticks out of the page sideways, or paints outside of its bubble. */
export const overflowing = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const wide = document.documentElement.scrollWidth > innerWidth ? ['page'] : []
    for (const element of document.querySelectorAll('main *, dialog *')) {
      const box = element.getBoundingClientRect()
      if (box.width <= 1 || getComputedStyle(element).position === 'fixed') continue
      let cut = { left: 0, right: innerWidth }
      for (let above = element.parentElement; above; above = above.parentElement) {
        if (getComputedStyle(above).overflowX === 'visible' && getComputedStyle(above).contain === 'none') continue
        const { left, right } = above.getBoundingClientRect()
        cut = { left: Math.max(cut.left, left), right: Math.min(cut.right, right) }
      }
      const cutOff = cut.left > 0 || cut.right < innerWidth
      if (!cutOff && (box.left < -1 || box.right > innerWidth + 1)) wide.push(element.outerHTML.slice(0, 60))
    }
    return wide.slice(0, 5)
  })
