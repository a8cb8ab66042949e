/** What the storage tests run inside a page: the adapter, each handle under a number, bytes in base64. */
import { codeOf, type ErrorCode } from '#contracts/errors.ts'
import type { Table, Write } from '#contracts/store.ts'
import { IndexedDbStore } from '../../../remotes/p2p/adapters/indexeddb.ts'

/** Bytes as they cross into the page and out of it. */
export type Plain = string
export type PlainWrite =
  | { readonly kind: 'put'; readonly table: Table; readonly key: string; readonly value: Plain }
  | Extract<Write, { kind: 'delete' }>
export type Answer<T> = { readonly value: T } | { readonly code: ErrorCode }

const handles: IndexedDbStore[] = []

async function answer<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await work() }
  } catch (thrown) {
    return { code: codeOf(thrown) }
  }
}

function handle(number: number): IndexedDbStore {
  const store = handles[number]
  if (store === undefined) throw new Error('no such handle')
  return store
}

function plain(value: Uint8Array): Plain {
  let text = ''
  for (const byte of value) text += String.fromCharCode(byte)
  return btoa(text)
}
const bytes = (value: Plain): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(value), (char) => char.charCodeAt(0))

export const stores = {
  open: (name: string) =>
    answer(async () => {
      handles.push(await IndexedDbStore.open(name))
      return handles.length - 1
    }),
  get: (number: number, table: Table, key: string) =>
    answer(async () => {
      const value = await handle(number).get(table, key)
      return value === null ? null : plain(value)
    }),
  range: (number: number, table: Table, query: { from: string; to: string; limit: number; reverse?: boolean }) =>
    answer(async () => (await handle(number).range(table, query)).map(({ key, value }) => ({ key, value: plain(value) }))),
  transaction: (number: number, writes: readonly PlainWrite[]) =>
    answer(() =>
      handle(number).transaction(writes.map((write) => (write.kind === 'put' ? { ...write, value: bytes(write.value) } : write))),
    ),
  /** Writes `length` bytes under each key, one transaction each, until one is refused: its code. */
  fill: async (number: number, length: number, keys: number): Promise<ErrorCode | null> => {
    for (let i = 0; i < keys; i++) {
      const value = new Uint8Array(length)
      for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(value.subarray(at, at + 65_536))
      const done = await answer(() => handle(number).transaction([{ kind: 'put', table: 'entries', key: `fill${i}`, value }]))
      if ('code' in done) return done.code
    }
    return null
  },
  takeOver: (number: number) => answer(() => handle(number).takeOver()),
  isEmpty: (number: number) => answer(() => handle(number).isEmpty()),
  destroy: (number: number) => answer(() => handle(number).destroy()),
  close: (number: number) => handle(number).close(),
}

Object.assign(globalThis, { stores })
