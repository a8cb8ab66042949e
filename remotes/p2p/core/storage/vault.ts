/**
 * Sealed storage: every value passes through the cryptography Worker on its way in and out, bound to its
 * table and key, so a record that was moved does not open. What the Worker sealed itself (identity, epochs)
 * is stored as it is.
 */
import type { Cryptography } from '#contracts/cryptography.ts'
import type { Store, Table, Write } from '#contracts/store.ts'
import { type Codec, decode, encode } from '#contracts/wire/codec.ts'
import { RECORD_BYTES } from './record.ts'

/** One record to be written with the next transaction. */
export type Change =
  | { readonly kind: 'record'; readonly table: Table; readonly key: string; readonly bytes: Uint8Array }
  | { readonly kind: 'sealed'; readonly table: Table; readonly key: string; readonly bytes: Uint8Array }
  | { readonly kind: 'delete'; readonly table: Table; readonly key: string }

export const put = <T>(table: Table, key: string, codec: Codec<T>, value: T): Change => ({
  kind: 'record',
  table,
  key,
  bytes: encode(codec, value),
})
export const putSealed = (table: Table, key: string, bytes: Uint8Array): Change => ({ kind: 'sealed', table, key, bytes })
export const remove = (table: Table, key: string): Change => ({ kind: 'delete', table, key })

export interface Opened<T> {
  readonly key: string
  readonly value: T
}

/** How many rows are read and opened at once. */
const PAGE = 500

const nameOf = (table: Table, key: string): string => `${table}/${key}`

export class Vault {
  private readonly store: Store
  private readonly cryptography: Cryptography

  constructor(store: Store, cryptography: Cryptography) {
    this.store = store
    this.cryptography = cryptography
  }

  /** What the Worker sealed itself, as it is. */
  readSealed(table: Table, key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.store.get(table, key)
  }

  /** Whether there is such a record; it is not opened. */
  async has(table: Table, key: string): Promise<boolean> {
    return (await this.store.get(table, key)) !== null
  }

  /** The record, or null. Rejects 'malformed' if it was altered or moved. */
  async read<T>(table: Table, key: string, codec: Codec<T>): Promise<T | null> {
    const sealed = await this.store.get(table, key)
    if (sealed === null) return null
    const [bytes] = await this.cryptography.open([{ name: nameOf(table, key), bytes: sealed }])
    return bytes === undefined ? null : decode(codec, bytes, RECORD_BYTES)
  }

  /** The bytes of each record, opened but not decoded; null for one that is not there. */
  async readMany(table: Table, keys: readonly string[]): Promise<readonly (Uint8Array<ArrayBuffer> | null)[]> {
    const found: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }[] = []
    const sealed = await Promise.all(keys.map((key) => this.store.get(table, key)))
    for (const [i, bytes] of sealed.entries()) if (bytes !== null) found.push({ name: nameOf(table, keys[i] ?? ''), bytes })
    const opened = found.length === 0 ? [] : await this.cryptography.open(found)
    let next = 0
    return sealed.map((bytes) => (bytes === null ? null : (opened[next++] ?? null)))
  }

  /** At most `limit` records in key order, or in reverse. */
  async range<T>(
    table: Table,
    codec: Codec<T>,
    query: { readonly from: string; readonly to: string; readonly limit: number; readonly reverse?: boolean },
  ): Promise<readonly Opened<T>[]> {
    const rows = await this.rawRange(table, query)
    return rows.map((row) => ({ key: row.key, value: decode(codec, row.value, RECORD_BYTES) }))
  }

  /** The same, with the opened bytes as they are. */
  async rawRange(
    table: Table,
    query: { readonly from: string; readonly to: string; readonly limit: number; readonly reverse?: boolean },
  ): Promise<readonly Opened<Uint8Array<ArrayBuffer>>[]> {
    const rows = await this.store.range(table, query)
    const opened = await this.cryptography.open(rows.map((row) => ({ name: nameOf(table, row.key), bytes: row.value })))
    return rows.map((row, i) => ({ key: row.key, value: opened[i] ?? new Uint8Array(0) }))
  }

  /** The keys of a range; nothing is opened. */
  async keys(table: Table, bounds: { readonly from: string; readonly to: string }): Promise<readonly string[]> {
    const out: string[] = []
    for (let from = bounds.from; ; ) {
      const page = await this.store.range(table, { from, to: bounds.to, limit: PAGE })
      out.push(...page.map(({ key }) => key))
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return out
      from = `${last.key}\u0000`
    }
  }

  /** Every record of a range, page by page, opened but not decoded. */
  async all(table: Table, bounds: { readonly from: string; readonly to: string }): Promise<readonly Opened<Uint8Array<ArrayBuffer>>[]> {
    const out: Opened<Uint8Array<ArrayBuffer>>[] = []
    let from = bounds.from
    for (;;) {
      const page = await this.rawRange(table, { from, to: bounds.to, limit: PAGE })
      out.push(...page)
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return out
      from = `${last.key}\u0000`
    }
  }

  /** Seals what needs it and stores all in one transaction, or nothing. */
  async commit(changes: readonly Change[]): Promise<void> {
    const records = changes.filter((change) => change.kind === 'record')
    const sealed = await this.cryptography.seal(records.map((change) => ({ name: nameOf(change.table, change.key), bytes: change.bytes })))
    let next = 0
    const writes: Write[] = []
    for (const change of changes) {
      if (change.kind === 'delete') writes.push(change)
      else {
        const value = change.kind === 'sealed' ? change.bytes : sealed[next++]
        if (value !== undefined) writes.push({ kind: 'put', table: change.table, key: change.key, value })
      }
    }
    await this.store.transaction(writes)
  }
}
