/** Contents about contents: whatever the order of arrival, one state, and that of the slow reference. */
import { expect, test } from 'vitest'
import type { Cryptography } from '#contracts/cryptography.ts'
import type { Mid, RoomId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode } from '#contracts/wire/codec.ts'
import { MemoryStore } from '../../remotes/p2p/adapters/memory.ts'
import { isEmoji } from '../../remotes/p2p/core/content/emoji.ts'
import { type Mark, marked, nameOf, pinned, reacted, saidOf } from '../../remotes/p2p/core/content/marks.ts'
import { Contents } from '../../remotes/p2p/core/groups/contents.ts'
import { Lines, type Told } from '../../remotes/p2p/core/groups/lines.ts'
import { SignedContent } from '../../remotes/p2p/core/groups/mls-engine.ts'
import { People } from '../../remotes/p2p/core/groups/people.ts'
import type { Room } from '../../remotes/p2p/core/rooms/room.ts'
import type { RoomWrite } from '../../remotes/p2p/core/rooms/room-io.ts'
import { messageKey, within } from '../../remotes/p2p/core/storage/keys.ts'
import { type MessageRecord, messageRecord } from '../../remotes/p2p/core/storage/message.ts'
import { put, Vault } from '../../remotes/p2p/core/storage/vault.ts'
import { Prng } from '../support/prng.ts'
import { AUTHORS, type Bounds, conversation, type Outcome, reference, type Said, shuffled } from '../support/reference-marks.ts'

const SLOT = 1

/** Seals nothing: what is stored is looked at here. */
const plain = { seal: async (items: readonly { bytes: Uint8Array }[]) => items.map(({ bytes }) => bytes) }
const openly = { ...plain, open: plain.seal } as unknown as Cryptography

const writeOf = ({ mid, lamport, author, body }: Said): RoomWrite => {
  const tbs = { v: 1 as const, room: '00'.repeat(16) as RoomId, author, lamport, sentAtMs: 0, nonce: new Uint8Array(8), deps: [], body }
  return { kind: 'message', content: { mid, author, lamport, body: new SignedContent({ tbs, signature: new Uint8Array(64) }) } }
}

/** One person's device, as far as it has to do with contents: a room hands each text on once, and anything may crash. */
class Device {
  private readonly store = new MemoryStore()
  private readonly vault = new Vault(this.store, openly)
  private readonly people = new People([])
  private readonly lines = new Lines(AUTHORS[0] ?? ('' as never), this.people, false)
  private readonly texts = new Set<Mid>()
  private contents = Contents.fresh(SLOT)

  static async make(): Promise<Device> {
    const device = new Device()
    await device.store.takeOver()
    return device
  }

  async take(batch: readonly Said[]): Promise<void> {
    const fresh = batch.filter(({ mid, body }) => {
      const again = this.texts.has(mid)
      if (body.kind === 'text' || body.kind === 'reply') this.texts.add(mid)
      return !again
    })
    const told: Told = this.lines.of(null as unknown as Room, fresh.map(writeOf), 0, 0)
    const { lines, changes } = await this.contents.merge(this.vault, told, { me: 0, nowMs: 0, hidden: { places: [], by: 'me' } })
    const written = lines.map((line) => put('messages', messageKey(SLOT, line.lamport, line.mid), messageRecord, line))
    await this.vault.commit([...changes, ...written])
  }

  /** The page is opened anew: what is not stored is gone. */
  async reload(): Promise<void> {
    this.contents = await Contents.load(this.vault, SLOT)
  }

  async outcome(): Promise<Outcome> {
    const texts: Record<string, string> = {}
    for (const { value } of await this.vault.all('messages', within(''))) {
      const line = decode(messageRecord, value, 1024 * 1024)
      if (line.body.kind === 'renamed') continue
      const said = saidOf(line)
      const words = (said?.reactions ?? []).map(
        ({ by, emoji, mark, at }) => `${this.people.byNumber(by)?.device} ${emoji} ${mark} ${nameOf(at)}`,
      )
      const edited = said?.edited == null ? '' : `edited at ${said.edited.mid}`
      texts[line.mid] = said === null ? 'erased' : [said.text, edited, ...words].join('\n')
    }
    const named = this.people.all().filter(({ nameMid }) => nameMid !== null)
    return {
      texts,
      pins: this.contents.pins.map(nameOf),
      names: Object.fromEntries(named.map(({ device, name }) => [device, name])),
    }
  }

  async waiting(): Promise<number> {
    return (await this.vault.keys('entries', within('r00001/m'))).length
  }
}

test('2,000 conversations of five, each on two devices in random orders, with duplicates and reloads: one state, the reference’s', async () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = new Prng(seed)
    const contents = conversation(random, { texts: 2 + random.below(5), marks: 10 + random.below(40) })
    const expected = reference(contents, LIMITS)
    for (let i = 0; i < 2; i++) {
      const device = await Device.make()
      const order = shuffled(contents, random)
      for (let at = 0; at < order.length; ) {
        const next = at + 1 + random.below(12)
        await device.take(order.slice(at, next))
        if (random.chance(0.1)) await device.reload()
        at = next
      }
      expect(await device.outcome(), `seed ${seed}`).toEqual(expected)
    }
  }
}, 120_000)

const place = (lamport: number, mid: string) => ({ lamport, mid: mid.padEnd(64, '0') as Mid })

/** What is kept within small bounds, as text. */
function bounded(contents: readonly Said[], bounds: Bounds): { readonly texts: string; readonly pins: string } {
  let line: MessageRecord = { v: 1, ...place(0, 'a'), author: 0, seq: 0, sentAtMs: 0, body: { kind: 'text', text: '' } }
  let pins: readonly Parameters<typeof pinned>[1][] = []
  for (const { author, lamport, mid, body } of contents) {
    const by = AUTHORS.indexOf(author)
    if (body.kind === 'reaction') line = marked(line, { by, at: { lamport, mid }, body }, bounds)
    if (body.kind === 'pin') pins = pinned(pins, { about: body.about, at: { lamport, mid }, mark: body.mark }, bounds)
  }
  const reactions = saidOf(line)?.reactions ?? []
  return {
    texts: reactions.map(({ by, emoji, mark, at }) => `${AUTHORS[by]} ${emoji} ${mark} ${nameOf(at)}`).join('\n'),
    pins: pins.flatMap(({ about, mark }) => (mark === 'set' ? [nameOf(about)] : [])).join(),
  }
}

test('bounds are part of it: what falls out of them is the same in every order', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = new Prng(seed)
    const bounds = { reactionsAPerson: 1 + random.below(3), reactionsAMessage: 2 + random.below(6), pins: 1 + random.below(3) }
    const text: Said = { ...place(0, 'a'), author: AUTHORS[0] ?? ('' as never), body: { kind: 'text', text: '' } }
    const marks = Array.from({ length: 60 }, (_, i): Said => {
      const mark = random.chance(0.7) ? ('set' as const) : ('unset' as const)
      const about = random.chance(0.7) ? { lamport: 0, mid: text.mid } : place(0, `b${random.below(5)}`)
      const emoji = random.pick(['👍', '❤️', '😂', '😮', '😢'])
      const at = { ...place(1 + random.below(20), `${i + 10}`), author: random.pick(AUTHORS) }
      return random.chance(0.7)
        ? { ...at, body: { kind: 'reaction', about: { lamport: 0, mid: text.mid }, emoji, mark } }
        : { ...at, body: { kind: 'pin', about, mark } }
    })
    const expected = reference([text, ...marks], bounds)
    const found = bounded(shuffled(marks, random), bounds)
    expect(found.texts, `seed ${seed}`).toBe((expected.texts[text.mid] ?? '').split('\n').slice(2).join('\n'))
    expect(found.pins, `seed ${seed}`).toBe(expected.pins.join())
  }
})

test('whoever speaks of messages that do not exist is kept within bounds, and keeps nobody else out', async () => {
  const device = await Device.make()
  const [liar = '' as never, honest = '' as never] = AUTHORS
  const text: Said = { ...place(3, 'aa'), author: honest, body: { kind: 'text', text: 'late' } }
  const about = { lamport: text.lamport, mid: text.mid }
  await device.take([{ ...place(4, 'ab'), author: honest, body: { kind: 'edit', about, text: 'late, and edited' } }])
  for (let i = 0; i < LIMITS.awaited + 100; i += 50) {
    await device.take(
      Array.from({ length: 50 }, (_, j): Said => {
        const nothing = place(1000 + i + j, `f${i + j}`)
        return { ...place(2000 + i + j, `e${i + j}`), author: liar, body: { kind: 'erase', about: nothing } }
      }),
    )
  }
  expect(await device.waiting()).toBe(LIMITS.awaited + 1)
  await device.reload()
  await device.take([text])
  expect((await device.outcome()).texts[text.mid]).toContain('late, and edited')
  expect(await device.waiting()).toBe(LIMITS.awaited)
})

test('an edit or an erasure by somebody else changes nothing', () => {
  const line: MessageRecord = { v: 1, ...place(1, 'a'), author: 0, seq: 0, sentAtMs: 0, body: { kind: 'text', text: 'mine' } }
  const about = place(1, 'a')
  const by = (author: number, body: Mark['body']): Mark => ({ by: author, at: place(2, 'b'), body })
  expect(marked(line, by(1, { kind: 'edit', about, text: 'not yours' }))).toBe(line)
  expect(marked(line, by(1, { kind: 'erase', about }))).toBe(line)
  expect(marked(line, by(0, { kind: 'erase', about })).body).toEqual({ kind: 'erased', by: 'author' })
})

test('what changes nothing is the same object, so that nothing is written or drawn again', () => {
  const write = { by: 0, emoji: '👍', at: place(2, 'b'), mark: 'set' } as const
  const once = reacted([], write)
  expect(reacted(once, write)).toBe(once)
  expect(reacted(once, { ...write, at: place(1, 'a'), mark: 'unset' })).toBe(once)
})

test('a reaction is one emoji', () => {
  const emoji = [
    '👍',
    '👍🏽',
    '❤️',
    '❤',
    '☺️',
    '🏳️‍🌈',
    '👨‍👩‍👧‍👦',
    '👩🏽‍❤️‍💋‍👩🏿',
    '🇩🇪',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '1️⃣',
    '#️⃣',
    '©️',
    '🫶🏿',
    '⏰',
    '✅',
    '🤷🏻‍♀️',
    '🀄',
    '㊗️',
  ]
  for (const one of emoji) expect(isEmoji(one), one).toBe(true)
  const others = [
    '',
    ' ',
    'a',
    '1',
    '👍👍',
    '👍 ',
    ' 👍',
    'عربي',
    '漢',
    '<img>',
    '\u202e👍',
    '👍\u0301',
    '🇩',
    '\u200d',
    '👍\u200d',
    '\ufe0f',
    '👍'.repeat(20),
  ]
  for (const one of others) expect(isEmoji(one), JSON.stringify(one)).toBe(false)
  expect(Math.max(...emoji.map((one) => new TextEncoder().encode(one).length))).toBeLessThanOrEqual(LIMITS.emojiBytes)
})
