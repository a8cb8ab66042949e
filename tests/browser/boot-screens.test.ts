/** Whatever keeps Sotto from starting has a screen that says so: never a blank page. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildInto } from '../../shell/build/fresh.ts'
import { buildOnce, copyBuild, launchChromium, type Site, type SiteOptions, startSite } from './support/site.ts'
import { flipOneByte, shippedFiles, tamper } from './support/tamper.ts'

let browser: Browser
let dist: string
let context: BrowserContext
const sites: Site[] = []

beforeAll(async () => {
  await buildOnce()
  dist = await copyBuild()
  browser = await launchChromium()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  if (dist) rmSync(dist, { recursive: true, force: true })
})

afterEach(async () => {
  await context?.close()
  await Promise.all(sites.splice(0).map((site) => site.close()))
})

async function open(options: SiteOptions = {}, prepare?: (context: BrowserContext) => Promise<unknown>): Promise<Page> {
  const site = await startSite({ dist, ...options })
  sites.push(site)
  context = await browser.newContext()
  await prepare?.(context)
  const page = await context.newPage()
  await page.goto(site.url)
  return page
}

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true })
const facts = async (page: Page): Promise<Record<string, string>> => {
  const texts = await page.locator('dl:visible dt, dl:visible dd').allInnerTexts()
  return Object.fromEntries(texts.flatMap((label, i) => (i % 2 === 0 ? [[label, texts[i + 1] ?? '']] : [])))
}
const fileLike = (pattern: RegExp): string => shippedFiles(dist).find((path) => pattern.test(path)) ?? ''

describe('a part that is not what it should be', () => {
  test('a remote that does not arrive is named, and trying again works', async () => {
    const { instead, intercept } = tamper(dist)
    const path = fileLike(/^remotes\/p2p\/index\..*js$/)
    instead.set(path, null)
    const page = await open({ intercept })
    await heading(page, 'A part of Sotto did not arrive').waitFor()
    expect(await facts(page)).toEqual({ File: path })
    instead.clear()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('button', { name: 'Start' }).waitFor()
  })

  test('a server that alters a module only for the loader: refused, and the screen says that a second look found nothing', async () => {
    const path = fileLike(/^remotes\/ui\/index\..*js$/)
    const { instead, intercept } = tamper(dist)
    instead.set(path, flipOneByte(path, readFileSync(join(dist, path))))
    const page = await open({ intercept: (req, res) => req.headers['sec-fetch-dest'] === 'script' && intercept(req, res) })
    await heading(page, 'This copy of Sotto was refused').waitFor()
    expect(await facts(page)).toMatchObject({ Found: 'no difference, at the second look' })
  })

  test('a remote built against another contract version is refused, with both versions', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-contract-'))
    try {
      await buildInto(folder, {}, join(import.meta.dirname, '..', 'support', 'other-contract.config.ts'))
      const page = await open({ dist: folder })
      await heading(page, 'This copy of Sotto was refused').waitFor()
      expect(await facts(page)).toEqual({ File: 'remotes/ui', Expected: 'contract version 1', Found: 'contract version 1001' })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }, 240_000)

  test('an entry script that was altered is refused by the page itself, without any script of Sotto', async () => {
    const { instead, intercept } = tamper(dist)
    const path = fileLike(/^boot\..*js$/)
    instead.set(path, flipOneByte(path, readFileSync(join(dist, path))))
    const page = await open({ intercept })
    await heading(page, 'This copy of Sotto was refused').waitFor({ timeout: 3_000 })
    expect(await page.locator('html').getAttribute('class')).toBe('refused')
    await expect.poll(async () => (await facts(page)).Found).toMatch(/^sha384-/)
    expect((await facts(page)).File).toBe(path)
  })

  test('an entry script that never answers: the heading comes by itself, and not before its time', async () => {
    const path = fileLike(/^boot\..*js$/)
    const site = await startSite({ dist, intercept: (req) => req.url === `/${path}` })
    sites.push(site)
    context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(site.url, { waitUntil: 'commit' })
    await page.getByText('Opening Sotto…').waitFor()
    expect(await heading(page, 'This copy of Sotto was refused').count()).toBe(0)
    await heading(page, 'This copy of Sotto was refused').waitFor({ timeout: 20_000 })
  }, 40_000)

  test('an import map that was altered falls to the policy, and no module is loaded without it', async () => {
    const { instead, intercept } = tamper(dist)
    const html = readFileSync(join(dist, 'index.html'), 'utf8')
    instead.set('index.html', Buffer.from(html.replace('"imports":{', '"imports": {')))
    const page = await open({ intercept })
    await heading(page, 'This copy of Sotto was refused').waitFor()
    expect(await page.getByRole('button', { name: 'Start' }).count()).toBe(0)
  })
})

describe('a browser that can’t', () => {
  test('what it lacks is named', async () => {
    const page = await open({}, (context) =>
      context.addInitScript(() => {
        Reflect.deleteProperty(globalThis, 'RTCPeerConnection')
        const generate = crypto.subtle.generateKey.bind(crypto.subtle)
        crypto.subtle.generateKey = ((...args: Parameters<typeof generate>) =>
          JSON.stringify(args[0]).includes('Ed25519')
            ? Promise.reject(new DOMException('', 'NotSupportedError'))
            : generate(...args)) as never
      }),
    )
    await heading(page, 'This browser can’t run Sotto').waitFor()
    expect(await page.getByRole('listitem').allInnerTexts()).toEqual(['Peer-to-peer connections (WebRTC)', 'Ed25519 signatures'])
  })

  test('a page without a secure connection says so', async () => {
    const site = await startSite({ dist })
    sites.push(site)
    const insecure = await launchChromium(['--host-resolver-rules=MAP sotto.test 127.0.0.1'])
    try {
      const page = await insecure.newPage()
      await page.goto(`http://sotto.test:${site.port}/`)
      await heading(page, 'This browser can’t run Sotto').waitFor()
      expect(await page.getByRole('listitem').allInnerTexts()).toContain('A secure connection (https)')
    } finally {
      await insecure.close()
    }
  })

  test('without storage Sotto does not start, and says why', async () => {
    const page = await open({}, (context) =>
      context.addInitScript(() => {
        IDBFactory.prototype.open = () => {
          throw new DOMException('', 'SecurityError')
        }
      }),
    )
    await heading(page, 'Sotto can’t keep anything here').waitFor()
  })
})

/** Runs in the page before its scripts: counts the locks that were taken from it by force. */
function noteStolenLocks(): void {
  Object.assign(globalThis, { __stolen: 0 })
  const request = LockManager.prototype.request
  LockManager.prototype.request = async function (this: LockManager, ...args: Parameters<typeof request>) {
    try {
      return await request.apply(this, args)
    } catch (error) {
      Object.assign(globalThis, { __stolen: Reflect.get(globalThis, '__stolen') + 1 })
      throw error
    }
  } as typeof request
}

describe('two tabs', () => {
  const SECOND = 'Sotto is open in another tab'
  /** Longer than the other tab is waited for, and than this one then takes to start. */
  const BUSY_MS = 15_000

  test('the second says so, takes over, and gives it back', async () => {
    const first = await open({}, (context) => context.addInitScript(noteStolenLocks))
    await first.getByRole('button', { name: 'Start' }).waitFor()
    const second = await context.newPage()
    await second.goto(first.url())
    await heading(second, SECOND).waitFor()
    await second.getByRole('button', { name: 'Use it here' }).click()
    await second.getByRole('button', { name: 'Start' }).waitFor()
    await heading(first, SECOND).waitFor()
    expect(await first.getByRole('button', { name: 'Start' }).count()).toBe(0)
    // it was asked, and let go by itself
    expect(await first.evaluate(() => Reflect.get(globalThis, '__stolen'))).toBe(0)

    await first.getByRole('button', { name: 'Use it here' }).click()
    await first.getByRole('button', { name: 'Start' }).waitFor()
    await heading(second, SECOND).waitFor()
  })

  test('a tab that does not answer loses the lock by force', async () => {
    const first = await open()
    await first.getByRole('button', { name: 'Start' }).waitFor()
    const second = await context.newPage()
    await second.goto(first.url())
    await heading(second, SECOND).waitFor()
    let answers = false
    const busy = first
      .evaluate((limitMs) => {
        const end = performance.now() + limitMs
        while (performance.now() < end);
      }, BUSY_MS)
      .then(() => {
        answers = true
      })
    await second.getByRole('button', { name: 'Use it here' }).click()
    await second.getByRole('button', { name: 'Start' }).waitFor()
    expect(answers).toBe(false)
    await busy
    await heading(first, SECOND).waitFor()
  }, 60_000)

  test('closing the first frees it for the next', async () => {
    const first = await open()
    await first.getByRole('button', { name: 'Start' }).waitFor()
    const url = first.url()
    await first.close()
    const second = await context.newPage()
    await second.goto(url)
    await second.getByRole('button', { name: 'Start' }).waitFor()
  })
})
