/** Runs in the page of cryptography-page.ts: starts the remote with the real Worker and takes calls from the test. */
import { codeOf } from '#contracts/errors.ts'
import type { EpochId, RoomId } from '#contracts/ids.ts'
import { create } from '../../remotes/cryptography/index.ts'
import { mutate } from './mutator.ts'

function pack(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join('')) }
  if (Array.isArray(value)) return value.map(pack)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, pack(inner)]))
}

function unpack(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpack)
  if (value === null || typeof value !== 'object') return value
  if ('$bytes' in value) return Uint8Array.from(atob(String(value.$bytes)), (char) => char.charCodeAt(0))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpack(inner)]))
}

/** The room that `flood` aims at. */
const flooded = { room: 'ab'.repeat(16) as RoomId, epoch: '02'.repeat(32) as EpochId }

const counts = { restarts: 0, workers: 0 }
const script = location.pathname === '/hanging' ? '/hanging-worker.js' : '/worker.js'
const cryptography = await create({
  startWorker: () => {
    counts.workers++
    return Promise.resolve(new Worker(script))
  },
  startVaultWorker: () => Promise.resolve(new Worker('/vault-worker.js')),
})
cryptography.onRestart(() => counts.restarts++)

async function call(name: keyof typeof cryptography, args: unknown): Promise<unknown> {
  try {
    const method = cryptography[name] as (...given: readonly unknown[]) => Promise<unknown>
    return { value: pack(await method(...(unpack(args) as readonly unknown[]))) }
  } catch (thrown) {
    return { code: codeOf(thrown) }
  }
}

interface Ammunition {
  readonly messages: {
    readonly keyPackage: Uint8Array
    readonly welcome: Uint8Array
    readonly commit: Uint8Array
    readonly message: Uint8Array
  }
  readonly own: { readonly keyPackage: Uint8Array<ArrayBuffer>; readonly sealed: Uint8Array<ArrayBuffer> }
}

/** Each call that takes a peer's bytes; what is only read, and not believed, may be accepted. */
const feedsOf = ({ own }: Ammunition): readonly ((bytes: Uint8Array) => Promise<string>)[] => {
  const { room, epoch } = flooded
  const codes = (call: Promise<unknown>, accepted: string): Promise<string> => call.then(() => accepted, codeOf)
  const join = { room, profile: 'classic' as const, keyPackage: own.keyPackage, sealedKeyPackage: own.sealed, nowMs: Date.now() }
  return [
    (bytes) => codes(cryptography.inspectKeyPackage(bytes, 'classic', Date.now()), 'accepted'),
    (bytes) => codes(cryptography.join({ ...join, welcome: bytes }), 'accepted'),
    (bytes) => codes(cryptography.processCommit(room, epoch, bytes, Date.now()), 'accepted'),
    (bytes) => codes(cryptography.inspectCommit(bytes, 'classic'), 'read'),
    async (bytes) => {
      const [result] = (await cryptography.decrypt(room, epoch, [bytes])).results
      return result?.ok === false ? result.code : 'accepted'
    },
  ]
}

/**
 * Feeds `count` damaged messages to every call, and measures how the page's thread was held up meanwhile: a
 * task is posted again and again, and the longest wait between two is kept.
 */
async function flood(packed: unknown, seeds: { readonly first: number; readonly count: number }) {
  const ammunition = unpack(packed) as Ammunition
  const kinds = Object.values(ammunition.messages)
  const feeds = feedsOf(ammunition)
  const codes: Record<string, number> = {}
  let longestMs = 0
  let lastMs = performance.now()
  let running = true
  const channel = new MessageChannel()
  channel.port1.onmessage = () => {
    const nowMs = performance.now()
    longestMs = Math.max(longestMs, nowMs - lastMs)
    lastMs = nowMs
    if (running) channel.port2.postMessage(0)
  }
  channel.port2.postMessage(0)
  for (let seed = seeds.first; seed < seeds.first + seeds.count; seed++) {
    const bytes = mutate(kinds[seed % kinds.length] ?? new Uint8Array(), kinds, seed)
    for (const code of await Promise.all(feeds.map((feed) => feed(bytes)))) codes[code] = (codes[code] ?? 0) + 1
  }
  running = false
  return { codes, longestMs, ...counts }
}

Object.assign(globalThis, { call, flood, counts })
