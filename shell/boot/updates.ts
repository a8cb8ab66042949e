/**
 * Installing the release for use without the server, and learning of the next one. The person decides when a new
 * release takes over (docs/decisions/0008-service-worker-releases.md).
 */
import type { ReleaseInfo } from '../contracts/ui.ts'
import { compareVersions, type Integrity, parseSeal, type Release, type Seal, sealedBytes } from '../release-format.ts'
import { EXPECTED, integrityOf, urlOf } from './release.ts'
import { serviceWorkerUrl } from './trusted-types.ts'

const HOUR_MS = 3_600_000

export interface Updates {
  readonly info: ReleaseInfo
  /** Installs this release, or looks for the next. Called once there is a screen, so that it does not hold it up. */
  readonly begin: () => void
  /** Loads the page again, into the new release if one waits: so a release that can't start is not kept for ever. */
  readonly reload: () => void
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (char) => char.charCodeAt(0))

async function isSigned(seal: Seal, publicKey: string): Promise<boolean> {
  if (seal.signature === null) return false
  const key = await crypto.subtle.importKey('raw', fromBase64(publicKey), 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', key, fromBase64(seal.signature), sealedBytes(seal))
}

/**
 * Whether the server now holds `wanted` as a whole release that may follow ours: the seal names it and the very bytes
 * of its page and service worker, is signed by our builder if ours was, and is not older.
 */
async function offers(wanted: Integrity, ours: Release): Promise<boolean> {
  const answer = await fetch(urlOf('seal.json'), { cache: 'no-store' })
  if (!answer.ok) return false
  const seal = parseSeal(await answer.text())
  if (seal.files['release.json'] !== wanted || compareVersions(seal.version, ours.version) < 0) return false
  if (ours.signedBy !== null && !(await isSigned(seal, ours.signedBy))) return false
  for (const [path, expected] of Object.entries(seal.files)) {
    // the query leads past the service worker's cache
    const file = await fetch(`${urlOf(path)}?sealed`, { cache: 'no-store' })
    if (!file.ok || (await integrityOf(await file.arrayBuffer())) !== expected) return false
  }
  return true
}

/** Puts a question to a service worker; see shell/service-worker.ts. */
function ask(worker: ServiceWorker, question: 'release' | 'switch'): Promise<unknown> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = (event) => resolve(event.data)
    worker.postMessage(question, [port2])
  })
}

export function followUpdates(release: Release): Updates {
  const listeners = new Set<(waiting: boolean) => void>()
  let next: ServiceWorker | null = null

  /** Is the newest service worker of another release than this page? */
  async function look(registration: ServiceWorkerRegistration): Promise<void> {
    const newest = registration.waiting ?? registration.active
    if (newest === null || newest === next) return
    const theirs = await ask(newest, 'release')
    if (typeof theirs !== 'string' || theirs === EXPECTED.release || !(await offers(theirs, release))) return
    next = newest
    for (const listener of listeners) listener(true)
  }

  function watch(registration: ServiceWorkerRegistration): void {
    const lookNow = (): void => void look(registration).catch(() => undefined)
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', lookNow))
    registration.installing?.addEventListener('statechange', lookNow)
    lookNow()
    // offline is no error: the next hour comes
    setInterval(() => void registration.update().catch(() => undefined), HOUR_MS)
  }

  async function begin(): Promise<void> {
    const container = navigator.serviceWorker as ServiceWorkerContainer | undefined
    if (container === undefined) return
    const found = await container.getRegistration()
    if (found !== undefined) return watch(found)
    // only the release that this page is of: what else the server may hold by now waits for the next visit
    if (!(await offers(EXPECTED.release, release))) return
    watch(await container.register(serviceWorkerUrl(), { scope: './', updateViaCache: 'none' }))
  }

  const reload = (): void => {
    const switched = next === null ? Promise.resolve() : ask(next, 'switch')
    void switched.then(() => location.reload())
  }

  return {
    info: {
      version: release.version,
      update: {
        subscribe: (listener) => {
          listeners.add(listener)
          listener(next !== null)
          return () => void listeners.delete(listener)
        },
        apply: reload,
      },
    },
    // without a service worker Sotto runs all the same, but not without the server
    begin: () => void begin().catch(() => undefined),
    reload,
  }
}
