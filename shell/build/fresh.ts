/**
 * Builds when something changed since the last build, one build at a time. A stamp of all inputs stands in .cache, so
 * that `npm start` and every browser test can ask for a build and mostly get none.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const root = join(import.meta.dirname, '..', '..')
const cache = join(root, '.cache')
const LOCK = join(cache, 'build.lock')
const STAMP = join(cache, 'build.stamp')
const INPUT_FOLDERS = ['shell', 'remotes', 'public', 'patches']
const INPUT_FILES = ['webpack.config.ts', 'package.json', 'package-lock.json', 'tsconfig.json']
const LOCK_POLL_MS = 100

function inputs(): string[] {
  const folders = INPUT_FOLDERS.filter((folder) => existsSync(join(root, folder)))
  const inside = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  return [...inside, ...INPUT_FILES.map((file) => join(root, file))].sort()
}

function stampNow(): string {
  const hash = createHash('sha256')
  hash.update(process.env.SOTTO_SIGNING_KEY ?? '')
  for (const path of inputs()) hash.update(`${path}\0`).update(readFileSync(path)).update('\0')
  return hash.digest('hex')
}

const readText = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Runs `work` while no other process builds. A lock whose process is gone is taken. */
async function alone<T>(work: () => T): Promise<T> {
  mkdirSync(cache, { recursive: true })
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
      break
    } catch {
      const holder = Number(readText(LOCK))
      if (holder > 0 && !isRunning(holder)) rmSync(LOCK, { force: true })
      else await wait(LOCK_POLL_MS)
    }
  }
  try {
    return work()
  } finally {
    rmSync(LOCK, { force: true })
  }
}

/** Runs webpack in a process of its own. Throws if it fails; its errors are shown. */
function runWebpack(env: Readonly<Record<string, string>> = {}, config = join(root, 'webpack.config.ts')): void {
  const args = ['--config', config, ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])]
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/webpack/bin/webpack.js'), ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error('the build failed')
}

const DIST = join(root, 'dist')

/** Builds into dist/ unless it is of the sources as they are. `onBuild` is told when a build begins. */
export async function freshBuild(onBuild: () => void = () => undefined): Promise<void> {
  await alone(() => {
    const stamp = stampNow()
    if (readText(STAMP) === stamp && existsSync(join(DIST, 'seal.json'))) return
    onBuild()
    rmSync(STAMP, { force: true })
    runWebpack()
    writeFileSync(STAMP, stamp)
  })
}

/** Reads dist/ while nobody builds. */
export const withBuild = <T>(use: (dist: string) => T): Promise<T> => alone(() => use(DIST))

/** A build of its own, for tests: `env` as in webpack.config.ts, `config` another configuration. */
export const buildInto = (dist: string, env: Readonly<Record<string, string>> = {}, config?: string): Promise<void> =>
  alone(() => runWebpack({ ...env, dist }, config))
