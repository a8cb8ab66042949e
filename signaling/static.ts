/**
 * The static half of the site: exactly the files that the build's release names, from memory, with the headers that
 * the build wrote beside them. A path is looked up in a table, never on the disk, so no request can leave the folder.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
}
/** Already compressed. */
const INCOMPRESSIBLE = new Set(['.png'])
/** A name with the hash of its content never changes its content. */
const HASHED = /\.[0-9a-f]{16}\.\w+$/
const ENCODINGS = ['br', 'gzip'] as const
type Encoding = (typeof ENCODINGS)[number] | 'identity'

interface File {
  readonly type: string
  readonly etag: string
  readonly cacheControl: string
  readonly bodies: Map<Encoding, Buffer>
}

/** Answers a request for a file of the site, or for nothing that exists (404). Says false for what is not GET or HEAD. */
export type StaticHandler = (req: IncomingMessage, res: ServerResponse) => boolean

export interface StaticSite {
  readonly handle: StaticHandler
  /** Reads the folder again, after a build. */
  reload(): void
}

/** The paths of a built site: what its release names, and the release's own four files. */
function pathsIn(dist: string): string[] {
  const release = JSON.parse(readFileSync(join(dist, 'release.json'), 'utf8')) as { readonly files: Readonly<Record<string, string>> }
  const own = ['index.html', 'release.json', 'seal.json', 'service-worker.js'].filter((path) => existsSync(join(dist, path)))
  return [...Object.keys(release.files), ...own]
}

function readSite(dist: string): { readonly files: ReadonlyMap<string, File>; readonly headers: Readonly<Record<string, string>> } {
  const files = new Map<string, File>()
  for (const path of pathsIn(dist)) {
    const body = readFileSync(join(dist, path))
    files.set(`/${path}`, {
      type: TYPES[extname(path)] ?? 'application/octet-stream',
      etag: createHash('sha256').update(body).digest('base64url').slice(0, 22),
      cacheControl: HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      bodies: new Map([['identity', body]]),
    })
  }
  const page = files.get('/index.html')
  if (page !== undefined) files.set('/', page)
  return { files, headers: JSON.parse(readFileSync(join(dist, 'headers.json'), 'utf8')) as Readonly<Record<string, string>> }
}

/** The body in this encoding, compressed at the first request and kept. */
function encoded(file: File, encoding: Encoding): Buffer {
  const known = file.bodies.get(encoding)
  if (known !== undefined) return known
  const body = file.bodies.get('identity') ?? Buffer.alloc(0)
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: body.length }
  const made = encoding === 'br' ? brotliCompressSync(body, { params }) : gzipSync(body, { level: 9 })
  file.bodies.set(encoding, made)
  return made
}

function encodingFor(path: string, accepted: string): Encoding {
  if (INCOMPRESSIBLE.has(extname(path))) return 'identity'
  const names = accepted.split(',').map((item) => item.trim().split(';'))
  const takes = (encoding: string): boolean =>
    names.some(([name, ...rest]) => name === encoding && !rest.some((part) => /^\s*q=0(\.0*)?$/.test(part)))
  return ENCODINGS.find(takes) ?? 'identity'
}

/**
 * The site in `dist` (a finished build), to be mounted on an HTTP server. Throws if there is no build.
 * Query strings are not looked at; a fragment never arrives.
 */
export function createStaticSite(dist: string): StaticSite {
  let site = readSite(dist)

  const answer = (
    req: IncomingMessage,
    res: ServerResponse,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: Buffer | string,
  ): void => {
    res.writeHead(status, { ...site.headers, ...headers, 'Content-Length': Buffer.byteLength(body) })
    res.end(req.method === 'HEAD' ? undefined : body)
  }

  return {
    reload: () => {
      site = readSite(dist)
    },
    handle: (req, res) => {
      if (req.method !== 'GET' && req.method !== 'HEAD') return false
      const [path = '/'] = (req.url ?? '/').split('?')
      const file = site.files.get(path)
      if (file === undefined) {
        answer(req, res, 404, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' }, 'There is nothing here.\n')
        return true
      }
      const encoding = encodingFor(path, String(req.headers['accept-encoding'] ?? ''))
      const etag = `"${file.etag}-${encoding}"`
      const headers = { 'Content-Type': file.type, 'Cache-Control': file.cacheControl, ETag: etag, Vary: 'Accept-Encoding' }
      if (req.headers['if-none-match'] === etag) {
        res.writeHead(304, { ...site.headers, ...headers })
        res.end()
        return true
      }
      const body = encoded(file, encoding)
      answer(req, res, 200, encoding === 'identity' ? headers : { ...headers, 'Content-Encoding': encoding }, body)
      return true
    },
  }
}
