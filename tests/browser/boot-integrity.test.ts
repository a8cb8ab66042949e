/** One byte changed in each shipped file in turn: refused by the designed screen, or not installed. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildOnce, copyBuild, launchChromium, startSite } from './support/site.ts'
import { flipOneByte, shippedFiles, tamper } from './support/tamper.ts'

/** After the page has looked at what it would install: long enough to have begun, had it been satisfied. */
const DECISION_MS = 1_500
const OUTCOME_MS = 60_000

let browser: Browser
let dist: string

beforeAll(async () => {
  await buildOnce()
  dist = await copyBuild()
  browser = await launchChromium()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  if (dist) rmSync(dist, { recursive: true, force: true })
})

type Outcome =
  | { readonly kind: 'refused'; readonly file: string; readonly expected: string; readonly found: string }
  | { readonly kind: 'installed' | 'not-installed' }

const REFUSED = 'This copy of Sotto was refused'

async function fact(page: Page, label: string): Promise<string> {
  const pairs = await page.locator('dl:visible dt, dl:visible dd').allInnerTexts()
  return pairs[pairs.indexOf(label) + 1] ?? ''
}

/** Runs in the page before its scripts: notes what becomes of the service worker, and what the page asks the server for. */
function watchInstall(): void {
  const seen = { state: 'none', fetched: [] as string[] }
  Object.assign(globalThis, { __install: seen })
  const register = ServiceWorkerContainer.prototype.register
  ServiceWorkerContainer.prototype.register = async function (this: ServiceWorkerContainer, ...args: Parameters<typeof register>) {
    seen.state = 'registered'
    const registration = await register.apply(this, args)
    const worker = registration.installing ?? registration.waiting ?? registration.active
    worker?.addEventListener('statechange', () => {
      seen.state = worker.state
    })
    return registration
  }
  const native = globalThis.fetch
  globalThis.fetch = async (...args) => {
    const answer = await native(...args)
    seen.fetched.push(new URL(answer.url).pathname.slice(1))
    return answer
  }
}

interface Seen {
  readonly state: string
  readonly fetched: readonly string[]
}

const readSeen = (page: Page): Promise<Seen> => page.evaluate(() => (globalThis as unknown as { __install: Seen }).__install)

/** How a visit with an altered `path` ended for the service worker. */
async function installOutcome(page: Page, path: string): Promise<'installed' | 'not-installed'> {
  const over = ({ state, fetched }: Seen): boolean =>
    ['activated', 'redundant'].includes(state) || (state === 'none' && fetched.includes('seal.json') && fetched.includes(path))
  await expect.poll(async () => over(await readSeen(page)), { timeout: OUTCOME_MS }).toBe(true)
  if ((await readSeen(page)).state === 'none') await page.waitForTimeout(DECISION_MS)
  await expect.poll(async () => (await readSeen(page)).state, { timeout: OUTCOME_MS }).toMatch(/^(?:none|activated|redundant)$/)
  return (await readSeen(page)).state === 'activated' ? 'installed' : 'not-installed'
}

/** Opens the page as a new visitor and says how it ended. `path` is the file that is altered. */
async function visit(url: string, path: string): Promise<Outcome> {
  const context = await browser.newContext()
  try {
    await context.addInitScript(watchInstall)
    const page = await context.newPage()
    await page.goto(url)
    const refused = page.getByRole('heading', { name: REFUSED }).waitFor({ timeout: OUTCOME_MS })
    const installed = installOutcome(page, path)
    const kind = await Promise.race([refused.then(() => 'refused' as const), installed])
    // the one that lost the race ends with the page
    installed.catch(() => undefined)
    refused.catch(() => undefined)
    if (kind !== 'refused') return { kind }
    await expect.poll(() => fact(page, 'Found'), { timeout: OUTCOME_MS }).not.toBe('not known: the script did not start')
    return { kind, file: await fact(page, 'File'), expected: await fact(page, 'Expected'), found: await fact(page, 'Found') }
  } finally {
    await context.close()
  }
}

describe('verified boot', () => {
  test('an unaltered release is installed', async () => {
    const site = await startSite({ dist })
    expect(await visit(site.url, '')).toEqual({ kind: 'installed' })
    await site.close()
  }, 60_000)

  test('one byte in each shipped file', async () => {
    const hashes = (JSON.parse(readFileSync(join(dist, 'release.json'), 'utf8')) as { files: Record<string, string> }).files
    const files = shippedFiles(dist)
    // what the first screen is made of can't be altered without the person being told; styles are all loaded at once
    const refusedAtOnce =
      /^(?:boot|shell)\.|^release\.json$|^remotes\/\w+\/(?:entry|index)\.\w+\.js$|^remotes\/\w+\/\w+\.\w+\.css$|^remotes\/cryptography-worker\/worker\.\w+\.js$/
    const outcomes: Record<string, unknown> = {}
    const wanted: Record<string, unknown> = {}
    const queue = [...files]
    const work = async (): Promise<void> => {
      for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
        const { instead, intercept } = tamper(dist)
        instead.set(path, flipOneByte(path, readFileSync(join(dist, path))))
        const site = await startSite({ dist, intercept })
        const outcome = await visit(site.url, path)
        await site.close()
        outcomes[path] =
          outcome.kind === 'refused'
            ? { ...outcome, found: outcome.found.startsWith('sha384-') && outcome.found !== outcome.expected }
            : outcome
        const expected = hashes[path] ?? expect.stringMatching(/^sha384-/)
        wanted[path] = refusedAtOnce.test(path) ? { kind: 'refused', file: path, expected, found: true } : { kind: 'not-installed' }
      }
    }
    await Promise.all([work(), work(), work()])
    expect(outcomes).toEqual(wanted)
    expect(files.length).toBeGreaterThan(15)
  }, 240_000)
})
