/**
 * The port to storage: sealed records under names that say nothing. One owner, one writer, and every
 * change is one transaction with a fencing number: a tab that lost the lock can't write any more.
 */

/** Tables. Keys are strings that the core makes from local counters, never from names, keys or ids of people. */
export const TABLES = ['meta', 'contacts', 'invites', 'rooms', 'epochs', 'entries', 'messages', 'outbox'] as const
export type Table = (typeof TABLES)[number]

export type Write =
  | { readonly kind: 'put'; readonly table: Table; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly table: Table; readonly key: string }

export interface Row {
  readonly key: string
  readonly value: Uint8Array<ArrayBuffer>
}

export interface Store {
  /** The value, or null. Rejects 'storage-failed'. */
  get(table: Table, key: string): Promise<Uint8Array<ArrayBuffer> | null>
  /** Rows with from <= key < to in key order (or reverse), at most `limit`. */
  range(
    table: Table,
    query: { readonly from: string; readonly to: string; readonly limit: number; readonly reverse?: boolean },
  ): Promise<readonly Row[]>
  /**
   * All writes or none, durable when it resolves (IndexedDB durability 'strict').
   * Rejects 'fenced' if a newer owner exists, 'storage-full' on quota, 'storage-failed' otherwise.
   */
  transaction(writes: readonly Write[]): Promise<void>
  /** Becomes the writer: raises the fencing number. Resolves to it. Earlier owners are fenced from then on. */
  takeOver(): Promise<number>
  /** True if nothing was ever written but the fence. */
  isEmpty(): Promise<boolean>
  /** Deletes everything, the database included. */
  destroy(): Promise<void>
  close(): void
}
