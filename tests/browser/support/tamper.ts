/** A server that does not send what was built: for tests of the verified boot. */
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative } from 'node:path'

/** Everything in a build that is for browsers. */
export function shippedFiles(dist: string): string[] {
  return readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dist, join(entry.parentPath, entry.name)))
    .filter((path) => path !== 'headers.json')
    .sort()
}

/**
 * The file with one byte changed. In text it is a blank that becomes a tab, where that changes no meaning: the script
 * would run just as well, so that only a hash can tell.
 */
export function flipOneByte(path: string, bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes)
  const text = ['.png'].includes(extname(path)) ? '' : bytes.toString('latin1')
  const harmless = /(?<=\b(?:const|var|let|return|function|new|class|typeof)) |(?<=[{;,:]) |(?<=[{,])\n|\n$/.exec(text)?.index
  if (harmless === undefined) {
    const middle = Math.floor(bytes.length / 2)
    flipped[middle] = (bytes[middle] ?? 0) ^ 1
  } else flipped[harmless] = '\t'.charCodeAt(0)
  return flipped
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

export interface Tamper {
  /** What to send instead of a file; null for 404. Paths without a leading slash. */
  readonly instead: Map<string, Buffer | null>
  /** Every path that was asked for, in order. */
  readonly requested: string[]
  readonly intercept: (req: IncomingMessage, res: ServerResponse) => boolean
}

/** For `startSite({ intercept })`. The headers stay those of the build. */
export function tamper(dist: string): Tamper {
  const instead = new Map<string, Buffer | null>()
  const requested: string[] = []
  const headers = JSON.parse(readFileSync(join(dist, 'headers.json'), 'utf8')) as Record<string, string>
  return {
    instead,
    requested,
    intercept: (req, res) => {
      const path = (req.url ?? '/').split('?')[0]?.slice(1) || 'index.html'
      requested.push(path)
      const body = instead.get(path)
      if (body === undefined) return false
      if (body === null) res.writeHead(404, headers).end()
      else res.writeHead(200, { ...headers, 'Content-Type': TYPES[extname(path)] ?? 'text/plain', 'Cache-Control': 'no-cache' }).end(body)
      return true
    },
  }
}
