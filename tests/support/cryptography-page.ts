/** The cryptography remote in a real page with its real Worker, driven from the test's process. */
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Cryptography } from '#contracts/cryptography.ts'
import { type ErrorCode, SottoError } from '#contracts/errors.ts'
import { CALLS, type CallName } from '../../remotes/cryptography/core/protocol.ts'

const PAGE = '<!doctype html><meta charset="utf-8"><title>cryptography</title><script type="module" src="/page.js"></script>'

/** Goes in front of the Worker's script: one call that is never left again, as a runaway decoder would be. */
const HANG = `addEventListener('message', ({ data }) => { if (data.kind === 'call' && data.name === 'inspectCommit') for (;;); });`

/** What the page's script offers to `page.evaluate`; see cryptography-page-entry.ts. */
export interface PageApi {
  call(name: string, args: unknown): Promise<{ readonly value: unknown } | { readonly code: ErrorCode }>
}

const bundle = async (entry: string, format: 'iife' | 'esm'): Promise<string> => {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format, target: 'es2023', logLevel: 'silent' })
  return outputFiles[0]?.text ?? ''
}

/** Bytes do not survive `page.evaluate`; as tagged base64 they do. The page has the same pair of functions. */
export function pack(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map(pack)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, pack(inner)]))
}

function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack)
  if (value === null || typeof value !== 'object') return value
  if ('$bytes' in value) return new Uint8Array(Buffer.from(String(value.$bytes), 'base64'))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpack(inner)]))
}

export interface CryptographyPages {
  /** A device of its own: a browser context with a page. `hanging`: its Worker never returns from inspectCommit. */
  open(options?: {
    readonly hanging: boolean
  }): Promise<{ readonly page: Page; readonly cryptography: Cryptography; reload(): Promise<Cryptography> }>
  /** Everything opened so far may be handed out again, emptied. */
  recycle(): void
  close(): Promise<void>
}

/** The port over `page`. `onRestart` is not carried; the page counts restarts in `globalThis.restarts`. */
function proxy(page: Page): Cryptography {
  const invoke = async (name: keyof Cryptography, args: readonly unknown[]): Promise<unknown> => {
    const answer = await page.evaluate(([called, given]) => (globalThis as unknown as PageApi).call(String(called), given), [
      name,
      pack(args),
    ] as const)
    if ('code' in answer) throw new SottoError(answer.code)
    return unpack(answer.value)
  }
  const names = [...(Object.keys(CALLS) as (CallName & keyof Cryptography)[]), 'unlock', 'setPassphrase', 'end'] as const
  const calls = Object.fromEntries(names.map((name) => [name, (...args: readonly unknown[]) => invoke(name, args)]))
  return { ...calls, onRestart: () => undefined } as unknown as Cryptography
}

export async function openCryptographyPages(): Promise<CryptographyPages> {
  const here = import.meta.dirname
  const [worker, vaultWorker, page] = await Promise.all([
    bundle(`${here}/../../remotes/cryptography/worker.ts`, 'iife'),
    bundle(`${here}/../../remotes/cryptography/vault-worker.ts`, 'iife'),
    bundle(`${here}/cryptography-page-entry.ts`, 'esm'),
  ])
  const files: Readonly<Record<string, readonly [type: string, body: string]>> = {
    '/': ['text/html', PAGE],
    '/page.js': ['text/javascript', page],
    '/worker.js': ['text/javascript', worker],
    '/vault-worker.js': ['text/javascript', vaultWorker],
    '/hanging': ['text/html', PAGE],
    '/hanging-worker.js': ['text/javascript', `${HANG}${worker}`],
  }
  const server: Server = createServer((request, response) => {
    const [type, body] = files[request.url ?? ''] ?? ['text/plain', '']
    response.setHeader('content-type', type)
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const browser: Browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
  const show = async (opened: Page, hanging = false): Promise<void> => {
    await opened.goto(`http://localhost:${port}/${hanging ? 'hanging' : ''}`)
    await opened.waitForFunction(() => 'call' in globalThis)
  }
  const free: Page[] = []
  const taken: Page[] = []
  const take = async (): Promise<Page> => {
    const recycled = free.pop()
    if (recycled === undefined) return (await browser.newContext()).newPage()
    await proxy(recycled).destroy()
    return recycled
  }
  return {
    async open({ hanging } = { hanging: false }) {
      const opened = await take()
      taken.push(opened)
      await show(opened, hanging)
      const cryptography = proxy(opened)
      return {
        page: opened,
        cryptography,
        async reload() {
          await show(opened, hanging)
          return cryptography
        },
      }
    },
    recycle() {
      free.push(...taken.splice(0))
    },
    async close() {
      await browser.close()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
