/**
 * Real pages for the network tests: Chromium, a server that serves one page under the product's policy, and
 * the adapters bundled for it. `connections` counts RTCPeerConnections from before any script runs.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'

const CSP =
  "default-src 'none'; script-src 'self'; connect-src *; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

const ENTRY = fileURLToPath(new URL('./page-entry.ts', import.meta.url))
const STOCK = fileURLToPath(new URL('../../../node_modules/peerjs/dist/peerjs.min.js', import.meta.url))

/** The page's script, as a browser gets it. */
export async function bundle(options: { readonly minify?: boolean } = {}): Promise<string> {
  const built = await build({
    entryPoints: [ENTRY],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    write: false,
    minify: options.minify ?? false,
    logLevel: 'error',
  })
  return built.outputFiles[0]?.text ?? ''
}

export interface Site {
  readonly server: Server
  readonly port: number
  readonly url: string
  close(): Promise<void>
}

/** Serves `/` (the adapters) and `/stock` (an unmodified peerjs client); `first` may answer a request instead. */
export async function startSite(first: (req: IncomingMessage, res: ServerResponse) => boolean = () => false): Promise<Site> {
  const script = await bundle()
  const { readFile } = await import('node:fs/promises')
  const stock = await readFile(STOCK, 'utf8')
  const server = createServer((req, res) => {
    if (first(req, res)) return
    const path = new URL(req.url ?? '/', 'http://site').pathname
    const page = (src: string) =>
      `<!doctype html><meta charset="utf-8"><title>t</title><link rel="icon" href="/icon"><script src="${src}" type="module"></script>`
    if (path === '/network.js' || path === '/stock.js') {
      res.writeHead(200, { 'content-type': 'text/javascript' }).end(path === '/stock.js' ? stock : script)
    } else if (path === '/' || path === '/stock') {
      const headers = { 'content-type': 'text/html' }
      res.writeHead(200, path === '/' ? { ...headers, 'content-security-policy': CSP } : headers)
      res.end(path === '/' ? page('/network.js') : page('/stock.js').replace(' type="module"', ''))
    } else res.writeHead(path === '/icon' ? 204 : 404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    server,
    port,
    url: `http://localhost:${port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

export function launch(): Promise<Browser> {
  return chromium.launch({
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
}

export interface Opened {
  readonly page: Page
  /** What the page complained of: console errors, uncaught errors, broken policy. */
  readonly complaints: string[]
  /** URLs of requests and WebSockets, in order. */
  readonly contacted: string[]
  connections(): Promise<number>
  close(): Promise<void>
}

/** A page in a context of its own. */
export async function openPage(browser: Browser, url: string): Promise<Opened> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const complaints: string[] = []
  const contacted: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => contacted.push(request.url()))
  page.on('websocket', (socket) => contacted.push(socket.url()))
  await page.exposeFunction('complain', (text: string) => complaints.push(text))
  await context.addInitScript(() => {
    let made = 0
    const Native = globalThis.RTCPeerConnection
    globalThis.RTCPeerConnection = class extends Native {
      constructor(config?: RTCConfiguration) {
        super(config)
        made += 1
      }
    }
    Object.defineProperty(globalThis, 'connectionsMade', { get: () => made })
    document.addEventListener('securitypolicyviolation', (event) => {
      ;(globalThis as unknown as { complain(text: string): void }).complain(`${event.violatedDirective} ${event.sample}`)
    })
  })
  await page.goto(url)
  return {
    page,
    complaints,
    contacted,
    connections: () => page.evaluate(() => (globalThis as unknown as { connectionsMade: number }).connectionsMade),
    close: () => context.close(),
  }
}
