/**
 * How long things take a person, in real Chromium: two browser processes on this machine, the built product, our broker.
 * All in one run, so that the figures may be compared with each other.
 */
import type { Browser, Page } from 'playwright-core'
import { type ChromiumPerson, chromiumPerson } from '../browser/support/chromium-person.ts'
import { buildOnce, launchChromium, type Site, startSite } from '../browser/support/site.ts'
import { rawRoundTrips } from './raw-channel.ts'
import { type Bench, figure, ratio } from './report.ts'

const STARTS = 7
const INVITES = 5
const MESSAGES = 100
/** Let things settle first: compiled code, warm caches. Not counted. */
const WARM_UP = 10

export const benchLink: Bench = async (progress) => {
  progress('building')
  await buildOnce()
  const site = await startSite()
  const browsers: Browser[] = []
  try {
    browsers.push(await launchChromium(), await launchChromium())
    const [here, there] = browsers as [Browser, Browser]

    progress('first screen')
    const { cold, cached } = await startTimes(there, site)

    const ada = await chromiumPerson('Ada', await here.newContext())
    await ada.goto(site.url)
    await ada.start()
    progress('invites')
    const invites: number[] = []
    let bo: ChromiumPerson | null = null
    for (let i = 0; i < INVITES; i++) {
      await bo?.close()
      bo = await chromiumPerson(`Bo${i}`, await there.newContext())
      invites.push(await inviteTime(ada, bo))
    }
    if (bo === null) throw new Error('nobody was invited')

    progress('messages')
    await ada.openChat(bo.name)
    const latencies = await messageLatencies(ada.page, bo.page)
    progress('raw data channel')
    const roundTrips = await rawRoundTrips(ada.page, bo.page, MESSAGES)

    const message = figure('message, send to shown on the other page', latencies)
    const raw = figure('raw data channel, round trip of 1 KiB', roundTrips)
    return [
      message,
      raw,
      ratio('message over raw round trip', message, raw),
      figure('opening an invite to Connected', invites),
      figure('navigation to usable first screen, cold', cold),
      figure('navigation to usable first screen, from service worker', cached),
    ]
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()))
    await site.close()
  }
}

/** Milliseconds from the page's navigation until its first screen can be typed into. */
async function untilUsable(page: Page): Promise<number> {
  const name = page.getByRole('textbox', { name: 'Your name' })
  await name.waitFor()
  await name.focus()
  return page.evaluate(() => performance.now())
}

/** Each cold start in a context of its own: no cache, no storage. Then again, once the service worker serves it. */
async function startTimes(browser: Browser, site: Site): Promise<{ readonly cold: readonly number[]; readonly cached: readonly number[] }> {
  const cold: number[] = []
  const cached: number[] = []
  for (let i = 0; i < STARTS; i++) {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(site.url, { waitUntil: 'commit' })
    cold.push(await untilUsable(page))
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
    await page.goto(site.url, { waitUntil: 'commit' })
    const time = await untilUsable(page)
    if (await page.evaluate(() => navigator.serviceWorker.controller === null)) throw new Error('the service worker did not serve the page')
    cached.push(time)
    await context.close()
  }
  return { cold, cached }
}

/** Milliseconds from opening the invite's URL on a new page to Connected there, its one form filled in at once. */
async function inviteTime(ada: ChromiumPerson, bo: ChromiumPerson): Promise<number> {
  const url = await ada.invite()
  const startedMs = performance.now()
  await bo.accept(url)
  await bo.openChat(ada.name)
  await bo.untilStatus('Connected')
  return performance.now() - startedMs
}

/**
 * Sends one message after the other and notes, on the other page, the frame in which each is on the screen. Both pages'
 * clocks are this machine's.
 */
async function messageLatencies(from: Page, to: Page): Promise<readonly number[]> {
  // no named functions inside what runs in a page: tsx would wrap them in a helper that the page has not
  await to.evaluate(() => {
    const shown = new Map<string, number>()
    Object.assign(globalThis, { benchShown: shown })
    const log = document.querySelector('[role="log"][aria-label="Messages"]')
    if (log === null) throw new Error('no log')
    new MutationObserver(() => {
      for (const [mark] of (log.textContent ?? '').matchAll(/bench-\d+-end/gu)) {
        if (shown.has(mark)) continue
        shown.set(mark, Number.NaN)
        requestAnimationFrame(() => shown.set(mark, performance.timeOrigin + performance.now()))
      }
    }).observe(log, { subtree: true, childList: true, characterData: true })
  })
  const latencies: number[] = []
  const composer = from.getByRole('textbox', { name: 'Message', exact: true })
  for (let i = 0; i < WARM_UP + MESSAGES; i++) {
    const mark = `bench-${i}-end`
    await composer.fill(mark)
    const sentMs = await from.getByRole('button', { name: 'Send', exact: true }).evaluate((button) => {
      const now = performance.timeOrigin + performance.now()
      if (button instanceof HTMLElement) button.click()
      return now
    })
    const shownMs = await to.waitForFunction(
      (wanted) => (globalThis as typeof globalThis & { readonly benchShown: Map<string, number> }).benchShown.get(wanted),
      mark,
    )
    if (i >= WARM_UP) latencies.push(((await shownMs.jsonValue()) ?? Number.NaN) - sentMs)
  }
  return latencies
}
