/** The Cryptography port in Chromium, with the real Worker: the same acceptance, and what only a page can show. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type EpochId, idOf, type RoomId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { type CryptographyPages, openCryptographyPages, pack } from '../support/cryptography-page.ts'
import { refusal, testCryptography } from './cryptography-suite.ts'

let pages: CryptographyPages
beforeAll(async () => {
  pages = await openCryptographyPages()
})
afterEach(() => pages.recycle())
afterAll(() => pages.close())

testCryptography({ create: () => pages.open() })

const ROOM = idOf<RoomId>(new Uint8Array(16).fill(0xab))
const ROOT = idOf<EpochId>(new Uint8Array(32).fill(1))
const FIRST = idOf<EpochId>(new Uint8Array(32).fill(2))

/** How long a page's thread may be held up. */
const HELD_UP_MS = 50

interface Flooded {
  readonly codes: Readonly<Record<string, number>>
  readonly longestMs: number
  readonly restarts: number
}

/** A room of two in pages, and messages of each kind. */
async function room() {
  const [ann, bob] = [await pages.open(), await pages.open()]
  const nowMs = Date.now()
  for (const { cryptography } of [ann, bob]) await cryptography.createIdentity({ deviceName: 'd', nowMs })
  const root = await ann.cryptography.createGroup(ROOM, ROOT, 'classic', nowMs)
  await ann.cryptography.adopt(root.token)
  const own = await bob.cryptography.createKeyPackage('classic', nowMs)
  const made = await ann.cryptography.createCommit(ROOM, ROOT, { addKeyPackages: [own.keyPackage], removeDevices: [], nowMs })
  const welcome = made.welcome ?? new Uint8Array()
  const joined = await bob.cryptography.join({
    room: ROOM,
    profile: 'classic',
    welcome,
    keyPackage: own.keyPackage,
    sealedKeyPackage: own.sealed,
    nowMs,
  })
  for (const [{ cryptography }, { token }] of [
    [ann, made],
    [bob, joined],
  ] as const) {
    await cryptography.nameCommit(token, FIRST)
    await cryptography.adopt(token)
  }
  const { commit } = await ann.cryptography.createCommit(ROOM, FIRST, { addKeyPackages: [], removeDevices: [], nowMs })
  const sent = await ann.cryptography.encrypt(ROOM, FIRST, new Uint8Array(10))
  await ann.cryptography.adopt(sent.token)
  // A second invitation of bob's own, for a Welcome that nobody has used.
  const spare = await bob.cryptography.createKeyPackage('classic', nowMs)
  const other = await ann.cryptography.createCommit(ROOM, ROOT, { addKeyPackages: [spare.keyPackage], removeDevices: [], nowMs })
  const messages = { keyPackage: own.keyPackage, welcome: other.welcome, commit, message: sent.message }
  return { bob, messages, own: spare }
}

test('2,000 hostile messages, each through every call of the Worker: typed codes, and the page is never held up', {
  timeout: 120_000,
}, async () => {
  const { bob, messages, own } = await room()
  const flood = (first: number, count: number): Promise<Flooded> =>
    bob.page.evaluate(
      ([packed, seeds]) => (globalThis as unknown as { flood(...args: unknown[]): Promise<Flooded> }).flood(packed, seeds),
      [pack({ messages, own }), { first, count }] as const,
    )
  const seen: Record<string, number> = {}
  for (let first = 0; first < 2000; first += 100) {
    // The machine may be busy with others: what holds the page up because of its bytes does so every time.
    let flooded = await flood(first, 100)
    for (let again = 0; again < 3 && flooded.longestMs >= HELD_UP_MS; again++) flooded = await flood(first, 100)
    expect(flooded.longestMs, `seeds from ${first}`).toBeLessThan(HELD_UP_MS)
    expect(flooded.restarts).toBe(0)
    for (const [code, count] of Object.entries(flooded.codes)) seen[code] = (seen[code] ?? 0) + count
  }
  expect(Object.keys(seen)).not.toContain('internal')
  expect(Object.keys(seen)).not.toContain('accepted')
  expect(seen['bad-signature']).toBeGreaterThan(10)
  // The room is as it was.
  const { results } = await bob.cryptography.decrypt(ROOM, FIRST, [messages.message])
  expect(results[0]?.ok).toBe(true)
})

test('a Worker that hangs is ended, replaced, and taken up again from what is stored', { timeout: 60_000 }, async () => {
  const { page, cryptography } = await pages.open({ hanging: true })
  const { identity, sealed } = await cryptography.createIdentity({ deviceName: 'd', nowMs: Date.now() })
  const group = await cryptography.createGroup(ROOM, ROOT, 'classic', Date.now())
  await cryptography.adopt(group.token)
  const counts = () => page.evaluate(() => (globalThis as unknown as { counts: { restarts: number; workers: number } }).counts)

  const hung = refusal(cryptography.inspectCommit(Uint8Array.of(1), 'classic'))
  const bystander = refusal(cryptography.seal([{ name: 'n', bytes: Uint8Array.of(1) }]))
  expect([await hung, await bystander]).toEqual(['worker-ended', 'worker-ended'])
  expect(await counts()).toEqual({ restarts: 1, workers: 2 })

  expect(await refusal(cryptography.sign('entry', Uint8Array.of(1)))).toBe('identity-missing')
  expect(await cryptography.openIdentity(sealed)).toEqual(identity)
  await cryptography.loadEpoch(ROOM, ROOT, group.sealed)
  expect((await cryptography.encrypt(ROOM, ROOT, Uint8Array.of(1))).generation).toBe(0)
})

test('a page that is busy itself does not take it out on the Worker', async () => {
  const { page, cryptography } = await pages.open()
  await cryptography.createIdentity({ deviceName: 'd', nowMs: Date.now() })
  const busyMs = 3 * LIMITS.gateMs
  const code = await page.evaluate(async (ms) => {
    const { call, counts } = globalThis as unknown as {
      call(name: string, args: unknown[]): Promise<{ code?: string }>
      counts: { restarts: number }
    }
    const answer = call('inspectCommit', [{ $bytes: 'AA==' }, 'classic'])
    await new Promise((resolve) => setTimeout(resolve, 0))
    const until = performance.now() + ms
    while (performance.now() < until);
    return { ...(await answer), restarts: counts.restarts }
  }, busyMs)
  expect(code).toEqual({ code: 'malformed', restarts: 0 })
})

test('a passphrase, with the real Argon2id: locked after a reload, a wrong one refused; and a Worker that took the place of another goes on', {
  timeout: 120_000,
}, async () => {
  const { page, cryptography, reload } = await pages.open({ hanging: true })
  const restarts = () => page.evaluate(() => (globalThis as unknown as { counts: { restarts: number } }).counts.restarts)
  const { identity, sealed } = await cryptography.createIdentity({ deviceName: 'd', nowMs: Date.now() })
  await cryptography.setPassphrase({ current: null, next: 'correct horse' })
  await reload()
  expect(await refusal(cryptography.openIdentity(sealed))).toBe('locked')
  expect(await refusal(cryptography.unlock('correct house'))).toBe('wrong-passphrase')
  expect(await refusal(cryptography.openIdentity(sealed))).toBe('locked')
  await cryptography.unlock('correct horse')
  expect(await cryptography.openIdentity(sealed)).toEqual(identity)

  expect(await refusal(cryptography.inspectCommit(Uint8Array.of(1), 'classic'))).toBe('worker-ended')
  expect(await restarts()).toBe(1)
  expect(await cryptography.openIdentity(sealed)).toEqual(identity)
})

test('stretching holds up neither the page nor the Worker that serves the links', { timeout: 60_000 }, async () => {
  const { page, cryptography } = await pages.open()
  await cryptography.createIdentity({ deviceName: 'd', nowMs: Date.now() })
  const setting = cryptography.setPassphrase({ current: null, next: 'correct horse' }).then(() => 'set')
  // What a peer sends meanwhile is answered, by the same Worker.
  for (let i = 0; i < 5; i++) expect(await refusal(cryptography.inspectCommit(Uint8Array.of(1), 'classic'))).toBe('malformed')
  expect(await Promise.race([setting, Promise.resolve('under way')])).toBe('under way')
  expect(await setting).toBe('set')
  expect(await page.evaluate(() => (globalThis as unknown as { counts: { restarts: number } }).counts.restarts)).toBe(0)
})

/** What a script in the page can make of what is stored there of the vault key. */
const readVault = (page: Page) =>
  page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open('sotto-vault')
      request.onsuccess = () => resolve(request.result)
    })
    const stores = [...database.objectStoreNames]
    const values = await new Promise<unknown[]>((resolve) => {
      const request = database
        .transaction(stores)
        .objectStore(stores[0] ?? '')
        .getAll()
      request.onsuccess = () => resolve(request.result)
    })
    database.close()
    const [{ key, record }] = values as [{ key: CryptoKey; record: Uint8Array<ArrayBuffer> }]
    const exported = await crypto.subtle.exportKey('raw', key).then(
      () => 'exported',
      () => 'refused',
    )
    return {
      databases: (await indexedDB.databases()).length,
      stores: stores.length,
      values: values.length,
      fields: Object.keys(values[0] as object).sort(),
      extractable: key.extractable,
      exported,
      record: [...record],
    }
  })

test('the device key can not be read out of the browser, and it holds no vault key beside it in the clear', async () => {
  const { page, cryptography } = await pages.open()
  await cryptography.createIdentity({ deviceName: 'd', nowMs: Date.now() })
  const { record, ...found } = await readVault(page)
  expect(found).toEqual({ databases: 1, stores: 1, values: 1, fields: ['key', 'record'], extractable: false, exported: 'refused' })
  // version, no salt, length, then nonce, 32 wrapped bytes and tag
  expect(record.slice(0, 2)).toEqual([1, 0])
  expect(record.length).toBe(3 + 12 + 32 + 16)
})

test('with a passphrase there is one value still, with a salt and a second layer', {
  timeout: 120_000,
}, async () => {
  const { page, cryptography } = await pages.open()
  await cryptography.createIdentity({ deviceName: 'd', nowMs: Date.now() })
  await cryptography.setPassphrase({ current: null, next: 'correct horse' })
  const { record, ...found } = await readVault(page)
  expect(found).toEqual({ databases: 1, stores: 1, values: 1, fields: ['key', 'record'], extractable: false, exported: 'refused' })
  expect(record.slice(0, 2)).toEqual([1, 1])
  expect(record.length).toBe(2 + 16 + 2 + 88)
})
