/** Stores that fail as disks and pages do: at one transaction, before or after it took hold, or for lack of room. */
import { type ErrorCode, SottoError } from '#contracts/errors.ts'
import type { Store, Write } from '#contracts/store.ts'

/** The same store, its transactions passing through `around`. */
export function withTransactions(disk: Store, around: (writes: readonly Write[], store: () => Promise<void>) => Promise<void>): Store {
  return {
    get: (table, key) => disk.get(table, key),
    range: (table, query) => disk.range(table, query),
    transaction: (writes) => around(writes, () => disk.transaction(writes)),
    takeOver: () => disk.takeOver(),
    isEmpty: () => disk.isEmpty(),
    destroy: () => disk.destroy(),
    close: () => disk.close(),
  }
}

/** Counts transactions, and ends its page at one of them. Nothing is stored by a page that has ended. */
export class Crash {
  count = 0
  dead = false
  private readonly at: number
  private readonly when: 'before' | 'after'
  private readonly die: () => void

  constructor(at: number, when: 'before' | 'after', die: () => void) {
    this.at = at
    this.when = when
    this.die = die
  }

  wrap = (disk: Store): Store =>
    withTransactions(disk, async (_writes, store) => {
      if (this.dead) throw new SottoError('storage-failed')
      this.count += 1
      if (this.count !== this.at) return store()
      this.dead = true
      if (this.when === 'after') await store()
      this.die()
      throw new SottoError('storage-failed')
    })
}

/** Refuses transactions with a code while it is broken. */
export class Broken {
  code: ErrorCode | null = null
  refused = 0
  /** Refuses only the transaction with this number, counted from when it was set. */
  only: number | null = null
  private seen = 0

  wrap = (disk: Store): Store =>
    withTransactions(disk, async (_writes, store) => {
      this.seen += 1
      if (this.code === null || (this.only !== null && this.seen !== this.only)) return store()
      this.refused += 1
      throw new SottoError(this.code)
    })

  /** Counts anew. */
  refuse(code: ErrorCode | null, only: number | null = null): void {
    this.code = code
    this.only = only
    this.seen = 0
    this.refused = 0
  }
}
