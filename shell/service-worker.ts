/**
 * Keeps whole releases, one cache each, and serves the one that the person has agreed to. Files enter a cache only
 * with the hash that this script names. Nothing else is cached, and nothing is ever looked for in another cache.
 * Why it is as it is: docs/decisions/0008-service-worker-releases.md.
 */
import { PrecacheController } from 'workbox-precaching'
import { compareVersions, type Integrity, parseSeal, type Seal } from './release-format.ts'

interface Entry {
  readonly url: string
  readonly revision: null
  readonly integrity: Integrity
}

/** The part of ServiceWorkerGlobalScope that is used; TypeScript has it only in a library that excludes the DOM. */
interface Scope {
  readonly location: Location
  readonly registration: ServiceWorkerRegistration
  readonly clients: {
    claim(): Promise<void>
    matchAll(options: { readonly type: 'window'; readonly includeUncontrolled: boolean }): Promise<readonly WindowClient[]>
    openWindow(url: string): Promise<unknown>
  }
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: LifetimeEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
  addEventListener(type: 'message', listener: (event: QuestionEvent) => void): void
  addEventListener(type: 'notificationclick', listener: (event: ClickEvent) => void): void
}
interface WindowClient {
  focus(): Promise<unknown>
}
interface LifetimeEvent extends Event {
  waitUntil(promise: Promise<unknown>): void
}
interface FetchEvent extends LifetimeEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}
interface ClickEvent extends LifetimeEvent {
  readonly notification: Notification
}
type QuestionEvent = MessageEvent & LifetimeEvent

declare const self: Scope & { readonly __WB_MANIFEST: readonly Entry[] }

/** Filled in by the build (Workbox InjectManifest). */
const ENTRIES = self.__WB_MANIFEST
const scope = self as Scope

const integrityIn = (path: string): Integrity => ENTRIES.find(({ url }) => url === `./${path}`)?.integrity ?? ''
const absolute = (path: string): string => new URL(path, scope.registration.scope).href

const PREFIX = 'sotto-release-'
/** Names this release: the hash of its release.json. */
const RELEASE = integrityIn('release.json')
const CACHE = PREFIX + RELEASE

const POINTER_CACHE = 'sotto-current'
const POINTER_KEY = absolute('./current')

/** Which release is served, and its version. */
interface Pointer {
  readonly cache: string
  readonly version: string
}

async function readPointer(): Promise<Pointer | null> {
  const stored = await (await caches.open(POINTER_CACHE)).match(POINTER_KEY)
  if (stored === undefined) return null
  const pointer = (await stored.json()) as Pointer
  return (await caches.has(pointer.cache)) ? pointer : null
}

/** From now on this script's release is served, and no other is kept. */
async function switchToThis(): Promise<void> {
  const stored = await (await caches.open(CACHE)).match(absolute('./release.json'))
  if (stored === undefined) throw new Error('the release is not whole')
  const { version } = (await stored.json()) as { readonly version: string }
  const pointer: Pointer = { cache: CACHE, version }
  await (await caches.open(POINTER_CACHE)).put(POINTER_KEY, Response.json(pointer))
  await forgetOthers([CACHE])
}

async function forgetOthers(kept: readonly string[]): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && !kept.includes(name))
  await Promise.all(names.map((name) => caches.delete(name)))
}

async function fetchBytes(path: string): Promise<ArrayBuffer> {
  const answer = await fetch(absolute(path), { cache: 'no-store' })
  if (!answer.ok) throw new Error(`${path} could not be fetched`)
  return answer.arrayBuffer()
}

async function hash(bytes: ArrayBuffer): Promise<Integrity> {
  return `sha384-${btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-384', bytes))))}`
}

/**
 * Throws if this script is not what the release's seal names, or is older than what runs. It catches damage and a
 * server that has gone back to an old release, not malice: an altered script can leave this out.
 */
async function checkSeal(): Promise<void> {
  const seal = parseSeal(new TextDecoder().decode(await fetchBytes('./seal.json')))
  const found: Seal['files'] = {
    'index.html': integrityIn('index.html'),
    'release.json': RELEASE,
    'service-worker.js': await hash(await fetchBytes('./service-worker.js')),
  }
  const wrong = Object.entries(found).find(([path, integrity]) => seal.files[path as keyof typeof found] !== integrity)
  if (wrong !== undefined) throw new Error(`the seal names another ${wrong[0]}`)
  const running = await readPointer()
  if (running !== null && compareVersions(seal.version, running.version) < 0) throw new Error('older than the release that runs')
}

const precache = new PrecacheController({ cacheName: CACHE })
precache.addToCacheList([...ENTRIES])

scope.addEventListener('install', (event) => {
  event.waitUntil(checkSeal().then(() => precache.install(event as never)))
})

scope.addEventListener('activate', (event) => {
  const activate = async (): Promise<void> => {
    const running = await readPointer()
    if (running === null) await switchToThis()
    else await forgetOthers([CACHE, running.cache])
    await scope.clients.claim()
  }
  event.waitUntil(activate())
})

/** Questions of the page: which release is this, and: the person has agreed to it. */
scope.addEventListener('message', (event) => {
  const [port] = event.ports
  if (event.data === 'release') port?.postMessage(RELEASE)
  if (event.data !== 'switch') return
  const agree = async (): Promise<void> => {
    await switchToThis()
    await scope.skipWaiting()
    port?.postMessage('switched')
  }
  event.waitUntil(agree())
})

async function serve(request: Request, key: string): Promise<Response> {
  const running = await readPointer()
  const stored = running === null ? undefined : await (await caches.open(running.cache)).match(key)
  return stored ?? fetch(request)
}

scope.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET' || !request.url.startsWith(scope.registration.scope)) return
  const page = absolute('./index.html')
  const { origin, pathname } = new URL(request.url)
  const isPage = request.mode === 'navigate' && [scope.registration.scope, page].includes(origin + pathname)
  event.respondWith(serve(request, isPage ? page : request.url))
})

/** A notification says only that something is new: a click brings the page to the front, or opens it. */
scope.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const show = async (): Promise<void> => {
    const [page] = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true })
    await (page === undefined ? scope.clients.openWindow(scope.registration.scope) : page.focus())
  }
  event.waitUntil(show())
})
