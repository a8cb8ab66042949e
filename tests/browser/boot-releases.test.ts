/** The installed app: starts with the server off, keeps its release until the person agrees, never mixes two. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { buildInto } from '../../shell/build/fresh.ts'
import { makeSeal } from '../../shell/build/release.ts'
import { chromiumPerson } from './support/chromium-person.ts'
import { until } from './support/person.ts'
import { launchChromium, type Site, type SiteOptions, startSite } from './support/site.ts'
import { flipOneByte, type Tamper, tamper } from './support/tamper.ts'

const OLD = '1.9.0'
const NEW = '1.10.0'
const LIMIT_MS = 60_000
/** For the page to look at a seal it has fetched; a good one is offered at once. */
const LOOK_MS = 1_500

/** An Ed25519 private key as a builder keeps it. */
const newKey = (): string => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

let browser: Browser
let keys: string
let context: BrowserContext
let site: Site
const dists = { [OLD]: '', [NEW]: '' }

beforeAll(async () => {
  keys = mkdtempSync(join(tmpdir(), 'sotto-keys-'))
  const keyFile = join(keys, 'builder.pem')
  writeFileSync(keyFile, newKey())
  vi.stubEnv('SOTTO_SIGNING_KEY', keyFile)
  for (const version of [OLD, NEW] as const) {
    dists[version] = mkdtempSync(join(tmpdir(), `sotto-${version}-`))
    await buildInto(dists[version], { version })
  }
  vi.unstubAllEnvs()
  browser = await launchChromium()
}, 480_000)

afterAll(async () => {
  await browser?.close()
  for (const dist of [keys, ...Object.values(dists)]) if (dist) rmSync(dist, { recursive: true, force: true })
})

beforeEach(async () => {
  context = await browser.newContext()
})

afterEach(async () => {
  await context.close()
  await site.close()
})

/** The hash of release.json, which a page of that release carries. */
const releaseOf = (version: keyof typeof dists): string => {
  const html = readFileSync(join(dists[version], 'index.html'), 'utf8')
  return /data-release="([^"]+)"/.exec(html)?.[1] ?? ''
}
const shown = async (page: Page): Promise<string> => {
  await page.getByRole('button', { name: 'Start' }).waitFor({ timeout: LIMIT_MS })
  return (await page.locator('#boot').getAttribute('data-release')) ?? ''
}
/** Opens the page and waits until its release is installed. */
async function install(version: keyof typeof dists): Promise<Page> {
  site = await startSite({ dist: dists[version] })
  const page = await context.newPage()
  await page.goto(site.url)
  await shown(page)
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  return page
}
/** The server now holds another release. */
async function replaceSite(dist: string, options: SiteOptions = {}): Promise<void> {
  const { port } = site
  await site.close()
  site = await startSite({ ...options, dist, port })
}
const caches = (page: Page): Promise<string[]> =>
  page.evaluate(async () => (await globalThis.caches.keys()).filter((name) => name.startsWith('sotto-release-')))
/** What became of the update that the browser finds now: the state its service worker ends in. */
const update = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    const ended = new Promise<string>((resolve) => {
      registration.addEventListener('updatefound', () => {
        const worker = registration.installing
        worker?.addEventListener('statechange', () => {
          if (worker.state !== 'installing') resolve(worker.state)
        })
      })
    })
    await registration.update()
    return ended
  })
const offer = (page: Page) => page.getByRole('button', { name: 'Reload now' })

describe('without the server', () => {
  test(
    'the installed app starts, and a new tab of it too',
    async () => {
      const page = await install(OLD)
      await site.close()
      await page.reload()
      expect(await shown(page)).toBe(releaseOf(OLD))
      await page.close()
      const later = await context.newPage()
      await later.goto(site.url)
      expect(await shown(later)).toBe(releaseOf(OLD))
    },
    LIMIT_MS,
  )

  test(
    'history is there after a reload',
    async () => {
      site = await startSite({ dist: dists[OLD] })
      const other = await browser.newContext()
      const [ada, bo] = [await chromiumPerson('Ada', context), await chromiumPerson('Bo', other)]
      await ada.goto(site.url)
      await ada.start()
      await bo.accept(await ada.invite())
      await ada.openChat('Bo')
      await ada.untilStatus('Connected', LIMIT_MS)
      await ada.send('kept here')
      await ada.page.evaluate(() => navigator.serviceWorker.ready)
      await other.close()
      await site.close()
      await ada.reload()
      await ada.openChat('Bo')
      await until('the message', ada.messages, (messages) => messages.some(({ text }) => text.includes('kept here')), LIMIT_MS)
    },
    2 * LIMIT_MS,
  )

  test(
    'what was installed is what runs, although the server sends something else by now',
    async () => {
      const page = await install(OLD)
      const turned = tamper(dists[OLD])
      const release = JSON.parse(readFileSync(join(dists[OLD], 'release.json'), 'utf8')) as { files: Record<string, string> }
      for (const path of [...Object.keys(release.files), 'index.html', 'release.json'])
        turned.instead.set(path, flipOneByte(path, readFileSync(join(dists[OLD], path))))
      await replaceSite(dists[OLD], { intercept: turned.intercept })
      await page.reload()
      expect(await shown(page)).toBe(releaseOf(OLD))
      // the browser asks for this one by itself
      expect(turned.requested.filter((path) => path !== 'service-worker.js')).toEqual([])
    },
    LIMIT_MS,
  )
})

describe('a new release', () => {
  test(
    'waits until the person agrees, however often the page is loaded, and is then taken whole',
    async () => {
      const page = await install(OLD)
      expect(await caches(page)).toHaveLength(1)
      await replaceSite(dists[NEW])
      expect(await update(page)).toBe('installed')
      await offer(page).waitFor({ state: 'attached', timeout: LIMIT_MS })
      expect(await caches(page)).toHaveLength(2)

      await page.reload()
      expect(await shown(page)).toBe(releaseOf(OLD))
      // with no page of it open the browser starts the new service worker by itself: it still serves the old release
      const url = page.url()
      await page.close()
      const again = await context.newPage()
      await again.goto(url)
      expect(await shown(again)).toBe(releaseOf(OLD))

      await offer(again).waitFor({ timeout: LIMIT_MS })
      const loaded = again.waitForEvent('load')
      await offer(again).click()
      await loaded
      expect(await shown(again)).toBe(releaseOf(NEW))
      expect(await caches(again)).toHaveLength(1)
      await site.close()
      await again.reload()
      expect(await shown(again)).toBe(releaseOf(NEW))
    },
    2 * LIMIT_MS,
  )

  test(
    'is not installed if a byte of it is wrong',
    async () => {
      const page = await install(OLD)
      for (const path of ['icons/sotto-512.png', 'index.html', 'seal.json', 'service-worker.js']) {
        const altered = tamper(dists[NEW])
        altered.instead.set(path, flipOneByte(path, readFileSync(join(dists[NEW], path))))
        await replaceSite(dists[NEW], { intercept: altered.intercept })
        expect([path, await update(page)]).toEqual([path, 'redundant'])
      }
      expect(await offer(page).count()).toBe(0)
      await page.reload()
      expect(await shown(page)).toBe(releaseOf(OLD))
    },
    2 * LIMIT_MS,
  )

  test(
    'that another builder signed is not offered, nor is one that nobody signed',
    async () => {
      const page = await install(OLD)
      const read = (path: string): Buffer => readFileSync(join(dists[NEW], path))
      const files = {
        'index.html': read('index.html'),
        'release.json': read('release.json'),
        'service-worker.js': read('service-worker.js'),
      }
      const asked = ({ requested }: Tamper): number => requested.filter((path) => path === 'seal.json').length
      for (const key of [newKey(), null]) {
        const resealed = tamper(dists[NEW])
        resealed.instead.set('seal.json', makeSeal(NEW, files, key))
        await replaceSite(dists[NEW], { intercept: resealed.intercept })
        await page.evaluate(async () => (await navigator.serviceWorker.ready).update())
        await page.waitForFunction(async () => (await navigator.serviceWorker.ready).waiting !== null)
        const before = asked(resealed)
        await page.reload()
        await shown(page)
        await expect.poll(() => asked(resealed), { timeout: LIMIT_MS }).toBeGreaterThan(before)
        await page.waitForTimeout(LOOK_MS)
        expect(await offer(page).count()).toBe(0)
      }
      // the very same release, signed by ours
      await replaceSite(dists[NEW])
      await page.reload()
      await offer(page).waitFor({ timeout: LIMIT_MS })
    },
    2 * LIMIT_MS,
  )

  test(
    'that is older than what runs is not installed',
    async () => {
      const page = await install(NEW)
      await replaceSite(dists[OLD])
      expect(await update(page)).toBe('redundant')
      await page.reload()
      expect(await shown(page)).toBe(releaseOf(NEW))
    },
    LIMIT_MS,
  )
})
