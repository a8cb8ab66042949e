/**
 * Installs what a fresh machine lacks. Plain Node, for it runs before anything is installed; `npm start` and
 * `npm test` both begin here. Prints what it does; does nothing, and fast, when all is there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const NODE_MIN = [20, 11]

/** The packages must be exactly those of the lock file: another version is as good as none. */
function packagesAreStale() {
  const installedPath = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedPath)) return true
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedPath, 'utf8')).packages
  return Object.entries(wanted).some(([path, entry]) => {
    if (path === '') return false
    const found = installed[path]
    // npm leaves out optional packages that are for another platform
    if (found === undefined) return entry.optional !== true && entry.devOptional !== true
    return found.version !== entry.version || found.integrity !== entry.integrity
  })
}

/** Runs a command with its output shown. Throws an Error whose message is one line for the person. */
function run(what, command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  if (error !== undefined) throw new Error(`${what} failed: ${command} could not be started`)
  if (status !== 0) throw new Error(`${what} failed: ${command} ended with ${status ?? 'a signal'}`)
}

/** Node new enough, npm packages as locked, patches applied. Throws an Error with one line. */
export function installPackages() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1])) {
    throw new Error(`Sotto needs Node ${NODE_MIN.join('.')} or newer; this is ${process.versions.node}`)
  }
  if (packagesAreStale()) {
    console.log('installing packages (npm install)')
    // Not `npm ci`: it refuses a lock file without the optional packages of other platforms, and registries that
    // mirror a part do not carry those. `--no-save` holds to the lock file too; that it did is checked.
    run('installing packages', 'npm', ['install', '--no-save', '--no-audit', '--no-fund'])
    if (packagesAreStale()) throw new Error('installing packages failed: package.json and package-lock.json do not agree')
  }
  if (existsSync(join(root, 'patches'))) {
    run('patching packages', process.execPath, [join(root, 'node_modules', 'patch-package', 'index.js'), '--error-on-fail'])
  }
}

/** Where the tests look for programs, and the Debian packages that put them there. */
const BROWSERS = [
  { path: '/usr/bin/chromium', package: 'chromium' },
  { path: '/usr/bin/firefox-esr', package: 'firefox-esr' },
]
const FONTS = ['fonts-dejavu-core', 'fonts-noto-color-emoji']
const COTURN = [{ path: '/usr/bin/turnserver', package: 'coturn' }]
const REDIS = [{ path: '/usr/bin/redis-server', package: 'redis-server' }]

const missingOf = (programs) => programs.filter(({ path }) => !existsSync(path))
const canInstall = () => process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')

function aptInstall(what, names) {
  console.log(`installing ${names.join(' and ')} (apt-get)`)
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' }
  run(`installing ${what}`, 'apt-get', ['update', '-qq'], quiet)
  run(`installing ${what}`, 'apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], quiet)
}

/** The system's Chromium and Firefox ESR, installed by apt if this is root. Throws an Error with one line. */
export function installBrowsers() {
  const missing = missingOf(BROWSERS)
  if (missing.length === 0) return
  const names = missing.map((browser) => browser.package)
  if (!canInstall()) {
    throw new Error(`the browser tests need ${missing.map(({ path }) => path).join(' and ')}: as root, apt-get install ${names.join(' ')}`)
  }
  aptInstall('browsers', [...names, ...FONTS])
}

/** coturn, if this is root on Debian; else its tests are skipped, and say so. Throws an Error with one line. */
export function installCoturn() {
  if (missingOf(COTURN).length > 0 && canInstall()) aptInstall('coturn', ['coturn'])
}

/** Redis, likewise. */
export function installRedis() {
  if (missingOf(REDIS).length > 0 && canInstall()) aptInstall('Redis', ['redis-server'])
}
