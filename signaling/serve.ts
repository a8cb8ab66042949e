/** What `npm start` and `npm run dev` do once everything is installed: build, listen, say where, end cleanly. */
import { spawn } from 'node:child_process'
import { existsSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { freshBuild, withBuild } from '../shell/build/fresh.ts'
import { type App, startApp } from './app.ts'
import { type Config, type ConfigSources, readConfig } from './config.ts'
import { onSignals } from './signals.ts'
import { createStaticSite, type StaticSite } from './static.ts'

export interface ServeOptions extends ConfigSources {
  /** Where neither the command line nor the settings name a port. */
  readonly standardPort: number
  /** Build again after each change. */
  readonly dev: boolean
}

const root = join(import.meta.dirname, '..')
const DEV_DIST = join(root, '.cache', 'dev')
/** A build writes many files: the last of a burst is waited for. */
const SETTLE_MS = 150

/** webpack in watch mode; resolves when its first build is there. */
async function watchBuild(onBuilt: () => void): Promise<() => void> {
  const webpack = join(root, 'node_modules/webpack/bin/webpack.js')
  const args = [webpack, '--watch', '--env', 'dev', '--env', `dist=${DEV_DIST}`]
  // what an earlier run left would be served as if it were built
  rmSync(DEV_DIST, { recursive: true, force: true })
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('webpack ended')))
  while (!existsSync(join(DEV_DIST, 'seal.json'))) await Promise.race([ended, wait(SETTLE_MS)])
  let settle: NodeJS.Timeout | undefined
  const watcher = watch(DEV_DIST, () => {
    clearTimeout(settle)
    settle = setTimeout(onBuilt, SETTLE_MS)
  })
  return () => {
    watcher.close()
    child.kill()
  }
}

async function listen(site: StaticSite, port: number, { host, broker, tls }: Config): Promise<App> {
  try {
    return await startApp({ site: site.handle, port, ...(host === undefined ? {} : { host }), broker, tls })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EADDRINUSE') throw new Error(`port ${port} is in use: choose another with --port`)
    throw error
  }
}

/** Resolves when requests are taken; then runs until it is told to stop. Throws an Error with one line for the person. */
export async function serve(options: ServeOptions): Promise<void> {
  const config = readConfig(options)
  let site: StaticSite
  let stopBuild = (): void => undefined
  if (options.dev) {
    stopBuild = await watchBuild(() => {
      try {
        site.reload()
        console.log('built; reload the page')
      } catch {
        // a build in the middle of its writing: the next event comes
      }
    })
    site = createStaticSite(DEV_DIST)
  } else {
    await freshBuild(() => console.log('building'))
    site = await withBuild(createStaticSite)
  }
  const app = await listen(site, config.port ?? options.standardPort, config).catch((error: unknown) => {
    stopBuild()
    throw error
  })
  console.log(`Sotto: ${config.tls === undefined ? 'http' : 'https'}://${config.host ?? 'localhost'}:${app.port}/`)
  onSignals({
    drain: app.drain,
    close: () => {
      stopBuild()
      return app.close()
    },
    reloadTls: app.reloadTls,
  })
}
