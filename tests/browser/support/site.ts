/** What every browser test stands on: a built site on a port of its own, and a browser. */
import { cpSync, mkdtempSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'
import { freshBuild, withBuild } from '../../../shell/build/fresh.ts'
import { startApp } from '../../../signaling/app.ts'
import type { BrokerOptions } from '../../../signaling/server.ts'
import { createStaticSite } from '../../../signaling/static.ts'

/** Builds dist/ in production mode if any source changed since. Safe to call from every test file. */
export const buildOnce = (): Promise<void> => freshBuild()

/** A copy of dist/ as it is now, for tests that read its files; the caller removes it. */
export async function copyBuild(): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), 'sotto-dist-'))
  await withBuild((dist) => cpSync(dist, copy, { recursive: true }))
  return copy
}

export interface Site {
  /** With a slash at its end. */
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

export interface SiteOptions {
  readonly port?: number
  /** A finished build; default dist/. It is read into memory at once. */
  readonly dist?: string
  readonly broker?: boolean | BrokerOptions
  /** Looks at each request first; true if it has answered. */
  readonly intercept?: (req: IncomingMessage, res: ServerResponse) => boolean
}

/** Site and broker on one loopback port, in this process. */
export async function startSite({ port = 0, dist, broker = true, intercept = () => false }: SiteOptions = {}): Promise<Site> {
  const files = dist === undefined ? await withBuild(createStaticSite) : createStaticSite(dist)
  const app = await startApp({
    site: (req, res) => intercept(req, res) || files.handle(req, res),
    port,
    host: '127.0.0.1',
    broker: broker === true ? {} : broker === false ? null : broker,
  })
  return { url: `http://localhost:${app.port}/`, port: app.port, close: app.close }
}

const CHROMIUM = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
}

export const launchChromium = (moreArgs: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ ...CHROMIUM, args: [...CHROMIUM.args, ...moreArgs] })

/** A browser that keeps its storage in `profile`, for tests that kill and start it again. */
export const launchChromiumProfile = (profile: string): Promise<BrowserContext> => chromium.launchPersistentContext(profile, CHROMIUM)
