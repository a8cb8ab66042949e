/**
 * Keeps the vault key in an IndexedDB of its own, wrapped by a CryptoKey that can't be exported: the database
 * holds a reference that only this origin's WebCrypto can use. Nothing else is ever stored here.
 */
import { SottoError } from '#contracts/errors.ts'
import { equal } from '../core/bytes.ts'
import type { Keystore, StoredVault } from '../core/ports.ts'
import type { Bytes } from '../core/primitives.ts'

const DATABASE = 'sotto-vault'
const STORE = 'keys'
const KEY = 'vault'

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

const done = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })

/** Whether these are one: a device key is made for one record. */
const isSame = (a: StoredVault | null, b: StoredVault | null): boolean => {
  if (a === null || b === null || a.record === null || b.record === null) return a === b
  return equal(a.record, b.record)
}

/** What is in the database. Throws 'storage-newer' for anything that this version never wrote. */
function vaultIn(found: unknown): StoredVault | null {
  if (found === undefined) return null
  if (found instanceof CryptoKey) return { key: found, record: null }
  if (typeof found === 'object' && found !== null && 'key' in found && 'record' in found) {
    const { key, record } = found
    if (key instanceof CryptoKey && record instanceof Uint8Array) return { key, record: record as Bytes }
  }
  throw new SottoError('storage-newer')
}

/** Runs `use` on the open database. What goes wrong there rejects 'storage-newer', 'storage-full' or 'storage-failed'. */
async function withDatabase<T>(use: (database: IDBDatabase) => Promise<T>): Promise<T> {
  try {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    const database = await settled(request)
    try {
      return await use(database)
    } finally {
      database.close()
    }
  } catch (thrown) {
    if (thrown instanceof SottoError) throw thrown
    const name = thrown instanceof DOMException ? thrown.name : ''
    throw new SottoError(name === 'QuotaExceededError' ? 'storage-full' : name === 'VersionError' ? 'storage-newer' : 'storage-failed')
  }
}

export const keystore: Keystore = {
  load: () => withDatabase(async (database) => vaultIn(await settled(database.transaction(STORE).objectStore(STORE).get(KEY)))),
  replace: (before, next) =>
    withDatabase(async (database) => {
      const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' })
      const store = transaction.objectStore(STORE)
      const ended = done(transaction)
      // Never over something else: all that was sealed under a vault key that is replaced would be lost.
      if (!isSame(vaultIn(await settled(store.get(KEY))), before)) {
        ended.catch(() => undefined)
        transaction.abort()
        throw new SottoError('unexpected')
      }
      store.put(next, KEY)
      await ended
    }),
  async destroy() {
    try {
      await settled(indexedDB.deleteDatabase(DATABASE))
    } catch {
      throw new SottoError('storage-failed')
    }
  },
}

/** For tests in Node, which has no IndexedDB: what it holds lives as long as this object. */
export function memoryKeystoreForTests(): Keystore & { held: StoredVault | null } {
  const keystore: Keystore & { held: StoredVault | null } = {
    held: null,
    load: () => Promise.resolve(keystore.held),
    replace: async (before, next) => {
      if (!isSame(keystore.held, before)) throw new SottoError('unexpected')
      keystore.held = next
    },
    destroy: async () => {
      keystore.held = null
    },
  }
  return keystore
}
