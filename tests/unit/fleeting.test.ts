/** When messages go, and what the chat's timer says: by every order of what is told one outcome, by every clock no more than the whole time. */
import { expect, test } from 'vitest'
import type { Cryptography } from '#contracts/cryptography.ts'
import type { Mid } from '#contracts/ids.ts'
import { LIFE_MS, LIVES, type Life } from '#contracts/lives.ts'
import { MemoryStore } from '../../remotes/p2p/adapters/memory.ts'
import { Fleeting, type TimerWrite } from '../../remotes/p2p/core/groups/fleeting.ts'
import { type MessageRecord, UNSENT } from '../../remotes/p2p/core/storage/message.ts'
import { Vault } from '../../remotes/p2p/core/storage/vault.ts'
import { Prng } from '../support/prng.ts'

const SLOT = 1
const ME = 0
const place = (lamport: number, mid: string) => ({ lamport, mid: mid.padEnd(64, '0') as Mid })
const line = (lamport: number, author: number, life: Life, seq = 1): MessageRecord => ({
  v: 1,
  ...place(lamport, `${lamport}`),
  author,
  seq,
  sentAtMs: 0,
  body: { kind: 'message', text: 'x', about: null, edited: null, reactions: [], life },
})
const erased = (of: MessageRecord): MessageRecord => ({ ...of, body: { kind: 'erased', by: 'time' } })

test('1,000 sets of timers, set and seen, each in several orders and twice: the same timer, that of the sorted set', () => {
  for (let seed = 1; seed <= 1000; seed++) {
    const random = new Prng(seed)
    const writes = Array.from({ length: 1 + random.below(8) }, (_, i): TimerWrite => {
      const by = random.chance(0.5) ? ('set' as const) : ('seen' as const)
      return { at: place(random.below(4), `${i}`), by, life: random.pick([...LIVES]) }
    })
    const sorted = [...writes].sort(
      (a, b) => Number(a.by === 'set') - Number(b.by === 'set') || a.at.lamport - b.at.lamport || (a.at.mid < b.at.mid ? -1 : 1),
    )
    for (let order = 0; order < 5; order++) {
      const fleeting = Fleeting.fresh(SLOT)
      for (const write of [...writes, ...writes].sort(() => random.next() - 0.5)) fleeting.say([write])
      expect(fleeting.life, `seed ${seed}`).toBe(sorted.at(-1)?.life)
    }
  }
})

test('its author counts from sending, whoever got it from reading; nobody from what has no time', () => {
  const fleeting = Fleeting.fresh(SLOT)
  fleeting.follow([line(1, ME, '5s', UNSENT), line(2, 1, '5s'), line(3, 1, 'off')], ME, 1_000)
  expect(fleeting.nextMs).toBeNull()
  fleeting.follow([line(1, ME, '5s', 7)], ME, 10_000)
  expect(fleeting.nextMs).toBe(15_000)
  // Carried by another entry, or edited, it does not begin anew.
  fleeting.follow([line(1, ME, '5s', 8)], ME, 12_000)
  expect(fleeting.nextMs).toBe(15_000)
  expect(fleeting.over(14_999).places).toEqual([])
  expect(fleeting.over(15_000).places).toEqual([place(1, '1')])
  fleeting.read(ME, 20_000)
  fleeting.read(ME, 24_000)
  expect(fleeting.over(25_000).places).toEqual([place(2, '2')])
  expect(fleeting.nextMs).toBeNull()
})

test('what is erased before its time is not waited for', () => {
  const fleeting = Fleeting.fresh(SLOT)
  const one = line(1, ME, '1h')
  fleeting.follow([one], ME, 0)
  expect(fleeting.follow([erased(one)], ME, 5)).toHaveLength(1)
  expect(fleeting.nextMs).toBeNull()
  expect(fleeting.over(Number.MAX_SAFE_INTEGER).places).toEqual([])
})

test.each(LIVES.filter((life) => life !== 'off'))('%s: whatever the clock does, gone after at most twice its time of looking', (life) => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Prng(seed)
    const fleeting = Fleeting.fresh(SLOT)
    let nowMs = 1_000_000_000_000
    fleeting.follow([line(1, ME, life)], ME, nowMs)
    // The clock is put back once, by up to thirty years.
    nowMs -= random.below(30) * 365 * LIFE_MS['1d']
    expect(fleeting.over(nowMs).places).toEqual([])
    expect(fleeting.over(nowMs + LIFE_MS[life]).places, `seed ${seed}`).toHaveLength(1)
  }
})

test('kept over a reload', async () => {
  const plain = { seal: async (items: readonly { bytes: Uint8Array }[]) => items.map(({ bytes }) => bytes) }
  const store = new MemoryStore()
  const vault = new Vault(store, { ...plain, open: plain.seal } as unknown as Cryptography)
  await store.takeOver()
  const first = Fleeting.fresh(SLOT)
  const said = first.say([{ at: place(1, 'a'), by: 'set', life: '4w' }])
  await vault.commit([...said, ...first.follow([line(1, ME, '1min'), line(2, 1, '1h'), line(3, ME, '5s')], ME, 1_000)])
  await vault.commit(first.over(6_000).changes)
  const second = await Fleeting.load(vault, SLOT)
  expect([second.life, second.nextMs]).toEqual(['4w', 61_000])
  second.read(ME, 7_000)
  expect(second.over(7_000 + LIFE_MS['1h']).places).toEqual([place(1, '1'), place(2, '2')])
})
