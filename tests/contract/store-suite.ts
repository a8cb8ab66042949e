/** What every Store must do: in memory, in a simulated IndexedDB, in a real browser's. */
import { describe, expect, test } from 'vitest'
import { codeOf, type ErrorCode } from '#contracts/errors.ts'
import { type Store, TABLES, type Write } from '#contracts/store.ts'

/** A database; `open` gives one more handle on it, as one more tab would. */
export interface StoreHarness {
  open(): Promise<Store>
}

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values)
const put = (key: string, value: Uint8Array, table: Write['table'] = 'messages'): Write => ({ kind: 'put', table, key, value })

async function codeFrom(work: Promise<unknown>): Promise<ErrorCode | null> {
  try {
    await work
    return null
  } catch (thrown) {
    return codeOf(thrown)
  }
}

/** `fresh` makes an empty database. */
export function storeSuite(name: string, fresh: () => Promise<StoreHarness>): void {
  describe(`Store: ${name}`, () => {
    const owner = async (): Promise<{ readonly harness: StoreHarness; readonly store: Store }> => {
      const harness = await fresh()
      const store = await harness.open()
      await store.takeOver()
      return { harness, store }
    }
    const keysIn = async (store: Store, from: string, to: string, limit = 100, reverse = false): Promise<string[]> =>
      (await store.range('messages', { from, to, limit, reverse })).map(({ key }) => key)

    test('what was put is there, in its table only, until it is deleted', async () => {
      const { store } = await owner()
      expect(await store.get('meta', 'a')).toBeNull()
      await store.transaction([put('a', bytes(1, 2, 3), 'meta'), put('b', bytes(), 'rooms')])
      expect(await store.get('meta', 'a')).toEqual(bytes(1, 2, 3))
      expect(await store.get('rooms', 'b')).toEqual(bytes())
      expect(await store.get('rooms', 'a')).toBeNull()
      await store.transaction([
        put('a', bytes(9), 'meta'),
        { kind: 'delete', table: 'rooms', key: 'b' },
        { kind: 'delete', table: 'rooms', key: 'never' },
      ])
      expect(await store.get('meta', 'a')).toEqual(bytes(9))
      expect(await store.get('rooms', 'b')).toBeNull()
      await store.transaction([])
    })

    test('writes of one transaction happen in their order', async () => {
      const { store } = await owner()
      await store.transaction([put('k', bytes(1)), { kind: 'delete', table: 'messages', key: 'k' }, put('k', bytes(2))])
      expect(await store.get('messages', 'k')).toEqual(bytes(2))
    })

    test('what is given in and handed out are copies', async () => {
      const { store } = await owner()
      const value = bytes(1, 2)
      await store.transaction([put('k', value)])
      value[0] = 9
      const read = await store.get('messages', 'k')
      if (read !== null) read[1] = 9
      const [row] = await store.range('messages', { from: 'k', to: 'l', limit: 1 })
      if (row !== undefined) row.value[0] = 7
      expect(await store.get('messages', 'k')).toEqual(bytes(1, 2))
    })

    test('a range is half open, in key order, limited, either way round', async () => {
      const { store } = await owner()
      const keys = ['r1/0001', 'r1/0002', 'r1/0010', 'r10/0001', 'r2/0001']
      await store.transaction([...keys].reverse().map((key, i) => put(key, bytes(i))))
      expect(await keysIn(store, 'r1/', 'r1/\uffff')).toEqual(keys.slice(0, 3))
      expect(await keysIn(store, 'r1/0001', 'r1/0010')).toEqual(keys.slice(0, 2))
      expect(await keysIn(store, '', '\uffff', 2)).toEqual(keys.slice(0, 2))
      expect(await keysIn(store, '', '\uffff', 2, true)).toEqual(['r2/0001', 'r10/0001'])
      expect(await keysIn(store, 'r1/', 'r1/0010', 100, true)).toEqual(['r1/0002', 'r1/0001'])
      expect(await keysIn(store, 'x', 'y')).toEqual([])
      expect(await keysIn(store, 'b', 'a')).toEqual([])
      expect(await keysIn(store, '', '\uffff', 0)).toEqual([])
      const rows = await store.range('messages', { from: 'r2/', to: 'r3', limit: 5 })
      expect(rows).toEqual([{ key: 'r2/0001', value: bytes(0) }])
    })

    test('values of half a megabyte, and a thousand rows at once', async () => {
      const { store } = await owner()
      const large = new Uint8Array(512 * 1024).map((_, i) => i % 251)
      await store.transaction([put('large', large, 'entries')])
      expect(Buffer.compare((await store.get('entries', 'large')) ?? bytes(), large)).toBe(0)
      await store.transaction(Array.from({ length: 1000 }, (_, i) => put(`k${String(i).padStart(4, '0')}`, bytes(i % 256))))
      expect(await keysIn(store, 'k', 'l', 2000)).toHaveLength(1000)
    })

    test('nobody writes before taking over', async () => {
      const harness = await fresh()
      const store = await harness.open()
      expect(await codeFrom(store.transaction([put('k', bytes(1))]))).toBe('fenced')
      expect(await store.isEmpty()).toBe(true)
      const first = await store.takeOver()
      await store.transaction([put('k', bytes(1))])
      expect(await store.takeOver()).toBeGreaterThan(first)
      await store.transaction([put('k', bytes(2))])
    })

    test('the newest owner writes; an earlier one is refused and changes nothing', async () => {
      const { harness, store: first } = await owner()
      await first.transaction([put('k', bytes(1))])
      const second = await harness.open()
      expect(await codeFrom(second.transaction([put('k', bytes(2))]))).toBe('fenced')
      await second.takeOver()
      expect(
        await codeFrom(
          first.transaction([put('k', bytes(3)), put('m', bytes(3), 'meta'), { kind: 'delete', table: 'messages', key: 'k' }]),
        ),
      ).toBe('fenced')
      expect(await codeFrom(first.transaction([]))).toBe('fenced')
      expect(await second.get('messages', 'k')).toEqual(bytes(1))
      expect(await second.get('meta', 'm')).toBeNull()
      expect(await first.get('messages', 'k')).toEqual(bytes(1)) // reading is not fenced
      await second.transaction([put('k', bytes(4))])
      await first.takeOver()
      await first.transaction([put('k', bytes(5))])
      expect(await codeFrom(second.transaction([put('k', bytes(6))]))).toBe('fenced')
      expect(await second.get('messages', 'k')).toEqual(bytes(5))
    })

    test('two owners at once: after the change of owner nothing of the first lands', async () => {
      const { harness, store: first } = await owner()
      const second = await harness.open()
      let changed = false
      const outcomes: { readonly code: ErrorCode | null; readonly askedAfter: boolean }[] = []
      const writes = Array.from({ length: 40 }, async (_, i) => {
        for (let turn = 0; turn < i % 5; turn++) await first.get('messages', 'x')
        const askedAfter = changed
        outcomes.push({ code: await codeFrom(first.transaction([put(`k${i}`, bytes(i))])), askedAfter })
      })
      const change = second.takeOver().then(() => {
        changed = true
      })
      await Promise.all([...writes, change])
      expect(outcomes.every(({ code }) => code === null || code === 'fenced')).toBe(true)
      expect(outcomes.filter(({ askedAfter }) => askedAfter).every(({ code }) => code === 'fenced')).toBe(true)
      expect(await keysIn(second, 'k', 'l')).toHaveLength(outcomes.filter(({ code }) => code === null).length)
    })

    test('empty until something is written; the fence does not count', async () => {
      const { store } = await owner()
      expect(await store.isEmpty()).toBe(true)
      for (const table of TABLES) {
        await store.transaction([put('k', bytes(1), table)])
        expect(await store.isEmpty()).toBe(false)
        await store.transaction([{ kind: 'delete', table, key: 'k' }])
        expect(await store.isEmpty()).toBe(true)
      }
    })

    test('destroyed: everything is gone, and no handle writes into what comes after', async () => {
      const { harness, store: first } = await owner()
      await first.transaction([put('k', bytes(1))])
      const second = await harness.open()
      await second.takeOver()
      await second.destroy()
      expect(await codeFrom(second.transaction([put('k', bytes(2))]))).toBe('storage-failed')
      expect(['fenced', 'storage-failed']).toContain(await codeFrom(first.transaction([put('k', bytes(2))])))
      const third = await harness.open()
      expect(await third.isEmpty()).toBe(true)
      await third.takeOver()
      await third.transaction([put('k', bytes(3))])
      expect(['fenced', 'storage-failed']).toContain(await codeFrom(first.transaction([put('k', bytes(2))])))
      expect(await third.get('messages', 'k')).toEqual(bytes(3))
    })

    test('closed: every call is refused, and the next handle finds everything', async () => {
      const { harness, store } = await owner()
      await store.transaction([put('k', bytes(1))])
      store.close()
      expect(await codeFrom(store.get('messages', 'k'))).toBe('storage-failed')
      expect(await codeFrom(store.range('messages', { from: 'a', to: 'z', limit: 1 }))).toBe('storage-failed')
      expect(await codeFrom(store.transaction([put('k', bytes(2))]))).toBe('storage-failed')
      expect(await codeFrom(store.takeOver())).toBe('storage-failed')
      const next = await harness.open()
      expect(await next.get('messages', 'k')).toEqual(bytes(1))
    })
  })
}
