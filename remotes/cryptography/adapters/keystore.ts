/**
 * Keeps the vault key in an IndexedDB of its own. The key is a CryptoKey that can't be exported: the
 * database holds a reference that only this origin's WebCrypto can use. Nothing else is ever stored here.
 */
import { SottoError } from '#contracts/errors.ts'
import type { Keystore } from '../core/ports.ts'
import type { VaultKey } from '../core/primitives.ts'

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

/** Runs `use` on the open database. Rejects 'storage-full' or 'storage-failed', for whatever reason it was. */
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
    const full = thrown instanceof DOMException && thrown.name === 'QuotaExceededError'
    throw new SottoError(full ? 'storage-full' : 'storage-failed')
  }
}

export const keystore: Keystore = {
  load: () =>
    withDatabase(async (database) => {
      const found: unknown = await settled(database.transaction(STORE).objectStore(STORE).get(KEY))
      return found instanceof CryptoKey ? found : null
    }),
  save: (key) =>
    withDatabase(async (database) => {
      const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' })
      // `add`, not `put`: a vault key is never replaced, for everything sealed under the old one would be lost.
      transaction.objectStore(STORE).add(key, KEY)
      await done(transaction)
    }),
  async destroy() {
    try {
      await settled(indexedDB.deleteDatabase(DATABASE))
    } catch {
      throw new SottoError('storage-failed')
    }
  },
}

/** For tests in Node, which has no IndexedDB: the key lives as long as this object. */
export function memoryKeystoreForTests(): Keystore {
  let held: VaultKey | null = null
  return {
    load: () => Promise.resolve(held),
    save: (key) => {
      held = key
      return Promise.resolve()
    },
    destroy: () => {
      held = null
      return Promise.resolve()
    },
  }
}
