/** Bundles the ui's test page in memory and serves it on loopback under the policy that the product is served with. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Browser, chromium } from 'playwright-core'

const ROOT = join(import.meta.dirname, '../..')
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
/** All styles from the start, those of parts that load later too: the shell does the same. */
const pageOf = (
  files: ReadonlyMap<string, Uint8Array>,
): string => `<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>Sotto</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
${[...files.keys()]
  .filter((path) => path.endsWith('.css'))
  .map((path) => `<link rel="stylesheet" href="${path}">`)
  .join('')}</head><body><div id="root"></div><script type="module" src="/ui-entry.js"></script></body></html>`
const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css' }

export interface UiSite {
  readonly url: string
  readonly files: ReadonlyMap<string, Uint8Array>
  close(): Promise<void>
}

/** `minify` for sizes; without it, names stay readable. */
export async function bundleUi(minify = false): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'tests/browser/ui-entry.ts')],
    outdir: '/',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2023',
    jsx: 'automatic',
    minify,
    write: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  })
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]))
}

export async function startUiSite(): Promise<UiSite> {
  const files = await bundleUi()
  const page = pageOf(files)
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const body = path === '/' ? page : files.get(path)
    response.setHeader('Content-Security-Policy', POLICY)
    if (body === undefined) {
      response.writeHead(path === '/favicon.ico' ? 204 : 404).end()
      return
    }
    response.setHeader('Content-Type', path === '/' ? 'text/html' : (TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream'))
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://localhost:${port}/`,
    files,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

export const launchUiBrowser = (): Promise<Browser> =>
  chromium.launch({
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
