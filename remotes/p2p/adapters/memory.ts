/**
 * The Store in memory: for Node and the simulator. A `MemoryDisk` outlives the stores opened on it, as a
 * database outlives its tabs, so that crashes and second tabs can be played.
 */
import { SottoError } from '#contracts/errors.ts'
import { type Row, type Store, type Table, TABLES, type Write } from '#contracts/store.ts'

export class MemoryDisk {
  fence = 0
  tables = emptyTables()
}

const emptyTables = (): Map<Table, Map<string, Uint8Array<ArrayBuffer>>> => new Map(TABLES.map((table) => [table, new Map()]))

export class MemoryStore implements Store {
  private readonly disk: MemoryDisk
  private fence: number | null = null
  private closed = false

  constructor(disk: MemoryDisk = new MemoryDisk()) {
    this.disk = disk
  }

  private table(table: Table): Map<string, Uint8Array<ArrayBuffer>> {
    const found = this.disk.tables.get(table)
    if (this.closed || found === undefined) throw new SottoError('storage-failed')
    return found
  }

  async get(table: Table, key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.table(table).get(key)?.slice() ?? null
  }

  async range(table: Table, query: { from: string; to: string; limit: number; reverse?: boolean }): Promise<readonly Row[]> {
    const keys = [...this.table(table).keys()].filter((key) => query.from <= key && key < query.to).sort()
    if (query.reverse === true) keys.reverse()
    return keys.slice(0, query.limit).map((key) => ({ key, value: this.table(table).get(key)?.slice() ?? new Uint8Array(0) }))
  }

  async transaction(writes: readonly Write[]): Promise<void> {
    if (this.closed) throw new SottoError('storage-failed')
    if (this.fence === null || this.fence !== this.disk.fence) throw new SottoError('fenced')
    for (const write of writes) {
      if (write.kind === 'put') this.table(write.table).set(write.key, new Uint8Array(write.value))
      else this.table(write.table).delete(write.key)
    }
  }

  async takeOver(): Promise<number> {
    if (this.closed) throw new SottoError('storage-failed')
    this.fence = ++this.disk.fence
    return this.fence
  }

  async isEmpty(): Promise<boolean> {
    return TABLES.every((table) => this.table(table).size === 0)
  }

  async destroy(): Promise<void> {
    this.disk.tables = emptyTables()
    this.disk.fence++
    this.closed = true
  }

  close(): void {
    this.closed = true
  }
}
