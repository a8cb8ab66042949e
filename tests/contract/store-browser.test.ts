/** The Store port on Chromium's own IndexedDB; handles in two pages of one profile, as two tabs are. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SottoError } from '#contracts/errors.ts'
import type { Store } from '#contracts/store.ts'
import type { Answer, PlainWrite, stores } from './storage/page-entry.ts'
import { storeSuite } from './store-suite.ts'

type Stores = typeof stores

let server: Server
let url: string
let profile: string
let context: BrowserContext
let tabs: Page[] = []

beforeAll(async () => {
  const entry = fileURLToPath(new URL('./storage/page-entry.ts', import.meta.url))
  const built = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    write: false,
    logLevel: 'error',
  })
  const script = built.outputFiles[0]?.text ?? ''
  server = createServer((request, response) => {
    const isScript = request.url === '/stores.js'
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' })
    response.end(
      isScript
        ? script
        : '<!doctype html><meta charset="utf-8"><title>t</title><link rel="icon" href="data:,"><script src="/stores.js" type="module"></script>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://localhost:${(server.address() as AddressInfo).port}`
  // On disk, as a person's profile is: quota and durability are not simulated.
  profile = await mkdtemp(join(tmpdir(), 'sotto-store-'))
  context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
  })
  tabs = [await openTab(), await openTab()]
}, 120_000)

afterAll(async () => {
  await context?.close()
  if (profile !== undefined) await rm(profile, { recursive: true, force: true })
  await new Promise((resolve) => server?.close(resolve))
})

async function openTab(at = url): Promise<Page> {
  const page = await context.newPage()
  await page.goto(at)
  await page.waitForFunction(() => 'stores' in globalThis)
  return page
}

/** Calls one function of the page's `stores`. */
const call = <Name extends keyof Stores>(
  page: Page,
  name: Name,
  ...args: Parameters<Stores[Name]>
): Promise<Awaited<ReturnType<Stores[Name]>>> =>
  page.evaluate(
    ([what, given]) => {
      const { stores: all } = globalThis as unknown as { stores: Record<string, (...list: unknown[]) => unknown> }
      return all[what as string]?.(...(given as unknown[]))
    },
    [name, args],
  ) as Promise<Awaited<ReturnType<Stores[Name]>>>

function unwrapped<T>(answer: Answer<T>): T {
  if ('code' in answer) throw new SottoError(answer.code)
  return answer.value
}

const bytesOf = (plain: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(plain, 'base64'))

/** A handle in a page. */
async function handleIn(page: Page, name: string): Promise<Store> {
  const handle = unwrapped(await call(page, 'open', name))
  let closing: Promise<unknown> = Promise.resolve()
  const after = async <T>(work: () => Promise<Answer<T>>): Promise<T> => {
    await closing
    return unwrapped(await work())
  }
  return {
    get: async (table, key) => {
      const plain = await after(() => call(page, 'get', handle, table, key))
      return plain === null ? null : bytesOf(plain)
    },
    range: async (table, query) => {
      const rows = await after(() => call(page, 'range', handle, table, query))
      return rows.map((row) => ({ key: row.key, value: bytesOf(row.value) }))
    },
    transaction: (writes) => {
      const plain: PlainWrite[] = writes.map((write) =>
        write.kind === 'put' ? { ...write, value: Buffer.from(write.value).toString('base64') } : write,
      )
      return after(() => call(page, 'transaction', handle, plain))
    },
    takeOver: () => after(() => call(page, 'takeOver', handle)),
    isEmpty: () => after(() => call(page, 'isEmpty', handle)),
    destroy: () => after(() => call(page, 'destroy', handle)),
    close: () => {
      closing = call(page, 'close', handle)
    },
  }
}

let databases = 0
storeSuite('IndexedDB of Chromium', async () => {
  const name = `test ${++databases}`
  let opened = 0
  return {
    open: () => {
      const tab = tabs[opened++ % tabs.length]
      if (tab === undefined) throw new Error('no tab')
      return handleIn(tab, name)
    },
  }
})

test('a full disk is told as one, what was stored stays, and smaller things still fit', async () => {
  // An origin of its own: Chromium remembers for a while how much room another database found.
  const origin = url.replace('localhost', '127.0.0.1')
  const page = await openTab(origin)
  const devtools = await context.newCDPSession(page)
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 4 * 1024 * 1024 })
  const handle = unwrapped(await call(page, 'open', 'quota'))
  unwrapped(await call(page, 'takeOver', handle))
  unwrapped(await call(page, 'transaction', handle, [{ kind: 'put', table: 'meta', key: 'k', value: 'AQ==' }]))
  expect(await call(page, 'fill', handle, 1024 * 1024, 32)).toBe('storage-full')
  expect(unwrapped(await call(page, 'get', handle, 'meta', 'k'))).toBe('AQ==')
  unwrapped(await call(page, 'transaction', handle, [{ kind: 'put', table: 'meta', key: 'k', value: 'Ag==' }]))
  expect(unwrapped(await call(page, 'get', handle, 'meta', 'k'))).toBe('Ag==')
})
