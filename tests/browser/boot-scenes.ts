/** The shell's own screens, each brought about as it would be: for looking at them, and for axe. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { type SiteOptions, startSite } from './support/site.ts'
import { flipOneByte, shippedFiles, tamper } from './support/tamper.ts'

export interface BootScene {
  readonly name: string
  readonly heading: string
  /** Says when the page is as it stays; else when the heading is there. */
  readonly settled?: (page: Page) => Promise<unknown>
  readonly site?: (dist: string) => SiteOptions
  /** No scripts run, those of a test neither. */
  readonly withoutScript?: boolean
  /** Its style sheet was refused: lines are as long as they are. */
  readonly withoutStyle?: boolean
  readonly prepare?: (context: BrowserContext, url: string) => Promise<unknown>
}

const REFUSED = 'This copy of Sotto was refused'
/** What the server sends for the one file of the build that fits. */
const sending = (pattern: RegExp, change: (path: string, bytes: Buffer) => Buffer | null) => (dist: string) => {
  const path = shippedFiles(dist).find((file) => pattern.test(file))
  if (path === undefined) throw new Error(`no file is like ${pattern}`)
  const { instead, intercept } = tamper(dist)
  instead.set(path, change(path, readFileSync(join(dist, path))))
  return { intercept }
}
/** What IndexedDB answers in this context. */
const storageFails = (name: string) => (context: BrowserContext) =>
  context.addInitScript((error) => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('', error)
    }
  }, name)

export const BOOT_SCENES: readonly BootScene[] = [
  {
    name: 'refused-without-script',
    heading: REFUSED,
    site: sending(/^boot\..*js$/, flipOneByte),
    // the hash of what came is asked for after the heading is there
    settled: (page) => page.locator('#refused-found', { hasText: /^sha384-/ }).waitFor(),
  },
  { name: 'refused-style', heading: REFUSED, site: sending(/^shell\..*css$/, flipOneByte), withoutStyle: true },
  { name: 'refused', heading: REFUSED, site: sending(/^remotes\/ui\/index\..*js$/, flipOneByte) },
  { name: 'missing', heading: 'A part of Sotto did not arrive', site: sending(/^remotes\/p2p\/index\..*js$/, () => null) },
  {
    name: 'unsupported',
    heading: 'This browser can’t run Sotto',
    prepare: (context) =>
      context.addInitScript(() => {
        for (const name of ['RTCPeerConnection', 'BroadcastChannel']) Reflect.deleteProperty(globalThis, name)
      }),
  },
  { name: 'storage', heading: 'Sotto can’t keep anything here', prepare: storageFails('SecurityError') },
  { name: 'storage-full', heading: 'Sotto can’t keep anything here', prepare: storageFails('QuotaExceededError') },
  {
    name: 'failed',
    heading: 'Sotto could not start',
    prepare: (context) =>
      context.addInitScript(() => {
        LockManager.prototype.request = () => Promise.reject(new DOMException('', 'AbortError'))
      }),
  },
  {
    name: 'other-tab',
    heading: 'Sotto is open in another tab',
    prepare: async (context, url) => {
      const first = await context.newPage()
      await first.goto(url)
      await first.getByRole('button', { name: 'Start' }).waitFor()
    },
  },
  { name: 'no-script', heading: 'Sotto needs JavaScript', withoutScript: true },
]

/** Opens a scene, lets `use` see it, and closes all that it took. */
export async function withBootScene(
  { heading, settled, site: siteOf, withoutScript = false, prepare }: BootScene,
  { browser, dist, context: look = {} }: { readonly browser: Browser; readonly dist: string; readonly context?: BrowserContextOptions },
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const site = await startSite({ dist, ...siteOf?.(dist) })
  const context = await browser.newContext({ ...look, javaScriptEnabled: !withoutScript })
  try {
    await prepare?.(context, site.url)
    const page = await context.newPage()
    await page.goto(site.url)
    await page.getByRole('heading', { name: heading, exact: true }).waitFor()
    await settled?.(page)
    await use(page)
  } finally {
    await context.close()
    await site.close()
  }
}
