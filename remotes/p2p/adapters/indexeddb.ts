/**
 * The Store over IndexedDB. The one importer of idb. It knows tables, keys and sealed bytes; it does not
 * know what they mean. Every transaction reads the fence first, in the same transaction, so a tab that was
 * overtaken can't write however late it notices.
 */
import { deleteDB, type IDBPDatabase, openDB } from 'idb'
import { SottoError } from '#contracts/errors.ts'
import { type Row, type Store, type Table, TABLES, type Write } from '#contracts/store.ts'

const VERSION = 1
const FENCE = 'fence'
const FENCE_KEY = 'owner'

/** Quota is the one failure that a person can do something about. */
function typed(thrown: unknown): SottoError {
  if (thrown instanceof SottoError) return thrown
  const quota = thrown instanceof DOMException && thrown.name === 'QuotaExceededError'
  return new SottoError(quota ? 'storage-full' : 'storage-failed')
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw typed(thrown)
  }
}

export class IndexedDbStore implements Store {
  private readonly db: IDBPDatabase
  private fence: number | null = null

  private constructor(db: IDBPDatabase) {
    this.db = db
  }

  /** Opens or makes the database. Rejects 'storage-failed'. */
  static async open(name: string): Promise<IndexedDbStore> {
    return guarded(async () => {
      const db: IDBPDatabase = await openDB(name, VERSION, {
        upgrade: (fresh) => {
          for (const table of [...TABLES, FENCE]) fresh.createObjectStore(table)
        },
        // Another tab deletes everything: holding on would only block it.
        blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
      })
      return new IndexedDbStore(db)
    })
  }

  async get(table: Table, key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return guarded(async () => ((await this.db.get(table, key)) as Uint8Array<ArrayBuffer> | undefined) ?? null)
  }

  async range(table: Table, query: { from: string; to: string; limit: number; reverse?: boolean }): Promise<readonly Row[]> {
    if (query.from >= query.to || query.limit <= 0) return []
    return guarded(async () => {
      const bounds = IDBKeyRange.bound(query.from, query.to, false, true)
      const store = this.db.transaction(table).store
      if (query.reverse !== true) {
        const [keys, values] = await Promise.all([store.getAllKeys(bounds, query.limit), store.getAll(bounds, query.limit)])
        return keys.map((key, i) => ({ key: String(key), value: values[i] as Uint8Array<ArrayBuffer> }))
      }
      const rows: Row[] = []
      for (let at = await store.openCursor(bounds, 'prev'); at !== null && rows.length < query.limit; at = await at.continue()) {
        rows.push({ key: String(at.key), value: at.value as Uint8Array<ArrayBuffer> })
      }
      return rows
    })
  }

  async transaction(writes: readonly Write[]): Promise<void> {
    const mine = this.fence
    if (mine === null) throw new SottoError('fenced')
    const tables = new Set<string>([FENCE])
    for (const write of writes) tables.add(write.table)
    await guarded(async () => {
      const tx = this.db.transaction([...tables], 'readwrite', { durability: 'strict' })
      try {
        const fence: unknown = await tx.objectStore(FENCE).get(FENCE_KEY)
        if (fence !== mine) throw new SottoError('fenced')
        const asked = writes.map((write) => {
          const store = tx.objectStore(write.table)
          return write.kind === 'put' ? store.put(write.value, write.key) : store.delete(write.key)
        })
        await Promise.all([...asked, tx.done])
      } catch (thrown) {
        tx.done.catch(() => undefined) // the abort that follows is the same failure, told once
        try {
          tx.abort()
        } catch {
          // it is over already
        }
        throw thrown
      }
    })
  }

  async takeOver(): Promise<number> {
    return guarded(async () => {
      const tx = this.db.transaction(FENCE, 'readwrite', { durability: 'strict' })
      const before: unknown = await tx.store.get(FENCE_KEY)
      const next = (typeof before === 'number' ? before : 0) + 1
      await tx.store.put(next, FENCE_KEY)
      await tx.done
      this.fence = next
      return next
    })
  }

  async isEmpty(): Promise<boolean> {
    return guarded(async () => {
      const tx = this.db.transaction(TABLES)
      const counts = await Promise.all(TABLES.map((table) => tx.objectStore(table).count()))
      return counts.every((count) => count === 0)
    })
  }

  async destroy(): Promise<void> {
    this.db.close()
    await guarded(() => deleteDB(this.db.name))
  }

  close(): void {
    this.db.close()
  }
}
