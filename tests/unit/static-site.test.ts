/** The static server: what is shipped and nothing else, compressed as asked, with its headers on every answer. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type App, startApp } from '../../signaling/app.ts'
import { createStaticSite, type StaticSite } from '../../signaling/static.ts'

const SCRIPT = 'boot.0123456789abcdef.js'
const TEXT = 'console.log("quiet")\n'.repeat(100)

let dist: string
let site: StaticSite
let app: App

const write = (path: string, text: string): void => writeFileSync(join(dist, path), text)

beforeEach(async () => {
  dist = mkdtempSync(join(tmpdir(), 'sotto-static-'))
  mkdirSync(join(dist, 'icons'))
  write('release.json', JSON.stringify({ files: { [SCRIPT]: 'sha384-x', 'icons/a.png': 'sha384-y' } }))
  write('index.html', '<!doctype html>')
  write('seal.json', '{}')
  write('service-worker.js', '//')
  write('headers.json', JSON.stringify({ 'X-Content-Type-Options': 'nosniff' }))
  write('secret.txt', 'not shipped')
  write(SCRIPT, TEXT)
  write('icons/a.png', 'picture')
  site = createStaticSite(dist)
  app = await startApp({ site: site.handle, port: 0, host: '127.0.0.1', broker: null })
})

afterEach(async () => {
  await app.close()
  rmSync(dist, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** One request exactly as written: no client in between that tidies the path or the body. */
function ask(target: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(app.port, '127.0.0.1', () => {
      const lines = Object.entries({ Host: 'localhost', Connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}`)
      socket.write([`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('end', () => {
      const all = Buffer.concat(chunks)
      const end = all.indexOf('\r\n\r\n')
      const [status = '', ...lines] = all.subarray(0, end).toString().split('\r\n')
      resolve({
        status: Number(status.split(' ')[1]),
        headers: Object.fromEntries(
          lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
        ),
        body: all.subarray(end + 4),
      })
    })
  })
}

test('a shipped file, in the encoding that was asked for', async () => {
  const plain = await ask(`/${SCRIPT}`)
  expect(plain).toMatchObject({ status: 200, body: Buffer.from(TEXT) })
  expect(plain.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
  })
  const brotli = await ask(`/${SCRIPT}`, { 'Accept-Encoding': 'gzip, br' })
  expect(brotli.headers['content-encoding']).toBe('br')
  expect(brotliDecompressSync(brotli.body).toString()).toBe(TEXT)
  const gzip = await ask(`/${SCRIPT}`, { 'Accept-Encoding': 'gzip, br;q=0' })
  expect(gzip.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(gzip.body).toString()).toBe(TEXT)
  expect((await ask('/icons/a.png', { 'Accept-Encoding': 'br' })).headers['content-encoding']).toBeUndefined()
})

test('the page at its address, with and without a query, never stale', async () => {
  for (const target of ['/', '/?a=b', '/index.html']) {
    const { status, headers, body } = await ask(target)
    expect([status, headers['cache-control'], body.toString()]).toEqual([200, 'no-cache', '<!doctype html>'])
  }
})

test('what the browser has already is not sent again, and each encoding has a tag of its own', async () => {
  const { headers } = await ask('/')
  const etag = headers.etag ?? ''
  expect(await ask('/', { 'If-None-Match': etag })).toMatchObject({ status: 304, body: Buffer.alloc(0) })
  expect((await ask('/', { 'If-None-Match': etag, 'Accept-Encoding': 'br' })).status).toBe(200)
})

test('HEAD has the headers and no body; other methods are refused', async () => {
  const head = await ask(`/${SCRIPT}`, {}, 'HEAD')
  expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) })
  expect(head.headers['content-length']).toBe(String(TEXT.length))
  expect((await ask('/', {}, 'POST')).status).toBe(405)
})

test.each([
  '/secret.txt',
  '/headers.json',
  '/../package.json',
  '/%2e%2e/package.json',
  '/icons/../secret.txt',
  '/icons/..%2fsecret.txt',
  '//secret.txt',
  '/icons',
  '/icons/',
  '/__proto__',
  '/constructor',
  `/${SCRIPT}%00`,
  '/%',
])('%s is not there', async (target) => {
  const { status, headers, body } = await ask(target)
  expect([status, headers['cache-control'], headers['x-content-type-options']]).toEqual([404, 'no-store', 'nosniff'])
  expect(body.toString()).not.toContain('not shipped')
})

test('after a build the new files are served, until then the old', async () => {
  write('index.html', '<!doctype html><p>new')
  expect((await ask('/')).body.toString()).toBe('<!doctype html>')
  site.reload()
  expect((await ask('/')).body.toString()).toBe('<!doctype html><p>new')
})

test('a folder without a build is refused at once', () => {
  expect(() => createStaticSite(tmpdir())).toThrow()
})
