/**
 * What a conversation comes to, told once more and slowly: from the whole set of contents at once, with no order of
 * arrival at all. And contents of five people, honest ones and others, to hold the real thing against it.
 */
import { type DeviceKey, type Mid, toHex } from '#contracts/ids.ts'
import type { ContentBody } from '#contracts/wire/content.ts'
import { cleanName } from '../../remotes/p2p/core/names.ts'
import type { Prng } from './prng.ts'

export interface Said {
  readonly mid: Mid
  readonly lamport: number
  readonly author: DeviceKey
  readonly body: ContentBody
}

export interface Bounds {
  readonly reactionsAPerson: number
  readonly reactionsAMessage: number
  readonly pins: number
}

/** All of it as text that can be compared: of each text what it says and who reacted, the pins, the names. */
export interface Outcome {
  readonly texts: Readonly<Record<string, string>>
  readonly pins: readonly string[]
  readonly names: Readonly<Record<string, string>>
}

/** Sorts by Lamport time, then mid. */
const inOrder = (all: readonly Said[]): readonly Said[] =>
  [...all].sort((a, b) => (a.lamport === b.lamport ? (a.mid < b.mid ? -1 : 1) : a.lamport - b.lamport))

const isAbout = (one: Said, text: Said): boolean =>
  'about' in one.body &&
  one.body.about !== null &&
  one.body.about.mid === text.mid &&
  one.body.about.lamport === text.lamport &&
  one.lamport > text.lamport

const EMOJI = ['👍', '❤️', '😂', '😮', '😢', '🙏', '🔥', '👩🏽‍💻', '🇩🇪', '1️⃣']
const NO_EMOJI = ['', 'a', 'hello', '👍👍', '👍 ', '<b>', '\u202e', '👍\u0301', '🇩', '\u200d']

/** The last word on each key, oldest first, at most `most` of them from the newest. */
function lastWords(all: readonly Said[], key: (one: Said) => string, most: number): readonly Said[] {
  const last = new Map<string, Said>()
  for (const one of inOrder(all)) last.set(key(one), one)
  return inOrder([...last.values()]).slice(-most)
}

export function reference(contents: readonly Said[], bounds: Bounds): Outcome {
  const all = [...new Map(contents.map((one) => [one.mid, one])).values()]
  const texts: Record<string, string> = {}
  for (const text of all) {
    if (text.body.kind !== 'text' && text.body.kind !== 'reply') continue
    const about = all.filter((one) => isAbout(one, text))
    const own = about.filter(({ author }) => author === text.author)
    if (own.some(({ body }) => body.kind === 'erase')) {
      texts[text.mid] = 'erased'
      continue
    }
    const edit = inOrder(own.filter(({ body }) => body.kind === 'edit')).at(-1)
    const reactions = about.filter(({ body }) => body.kind === 'reaction' && EMOJI.includes(body.emoji))
    const people = [...new Set(reactions.map(({ author }) => author))]
    const emojiOf = ({ body }: Said): string => (body.kind === 'reaction' ? body.emoji : '')
    const kept = people.flatMap((author) =>
      lastWords(
        reactions.filter((one) => one.author === author),
        emojiOf,
        bounds.reactionsAPerson,
      ),
    )
    const words = inOrder(kept)
      .slice(-bounds.reactionsAMessage)
      .map((one) => `${one.author} ${emojiOf(one)} ${one.body.kind === 'reaction' ? one.body.mark : ''} ${one.lamport}/${one.mid}`)
    const says = edit?.body.kind === 'edit' ? edit.body.text : text.body.text
    texts[text.mid] = [says, edit === undefined ? '' : `edited at ${edit.mid}`, ...words].join('\n')
  }
  const pins = lastWords(
    all.filter(({ body, lamport }) => body.kind === 'pin' && lamport > body.about.lamport),
    ({ body }) => (body.kind === 'pin' ? `${body.about.lamport}/${body.about.mid}` : ''),
    bounds.pins,
  )
  const names: Record<string, string> = {}
  for (const one of inOrder(all)) if (one.body.kind === 'profile' && cleanName(one.body.name) !== '') names[one.author] = one.body.name
  return {
    texts,
    pins: pins.flatMap(({ body }) => (body.kind === 'pin' && body.mark === 'set' ? [`${body.about.lamport}/${body.about.mid}`] : [])),
    names,
  }
}

const hexOf = (random: Prng, bytes: number): string => toHex(Uint8Array.from({ length: bytes }, () => random.below(256)))

export const AUTHORS = Array.from({ length: 5 }, (_, i) => `${i}f`.repeat(32) as DeviceKey)

/** A conversation of five people who were often apart: many things at one Lamport time, some of them not theirs to say. */
export function conversation(random: Prng, size: { readonly texts: number; readonly marks: number }): readonly Said[] {
  const out: Said[] = []
  const texts: Said[] = []
  const say = (body: ContentBody, lamport: number, author = random.pick(AUTHORS)): Said => {
    const one = { mid: hexOf(random, 32) as Mid, lamport, author, body }
    out.push(one)
    return one
  }
  for (let i = 0; i < size.texts; i++) {
    const lamport = 1 + random.below(2 * size.texts)
    const answered = texts.length > 0 && random.chance(0.4) ? random.pick(texts) : null
    const about = answered === null ? null : { lamport: answered.lamport, mid: answered.mid }
    texts.push(say(about === null ? { kind: 'text', text: `text ${i}` } : { kind: 'reply', about, text: `answer ${i}` }, lamport))
  }
  for (let i = 0; i < size.marks; i++) {
    const target = random.pick(texts)
    // Now and then of nothing that there is, and now and then from before it.
    const about = {
      mid: random.chance(0.03) ? (hexOf(random, 32) as Mid) : target.mid,
      lamport: target.lamport + (random.chance(0.03) ? 1 : 0),
    }
    const lamport = random.chance(0.05) ? random.below(target.lamport + 1) : target.lamport + 1 + random.below(12)
    const mark = random.chance(0.6) ? ('set' as const) : ('unset' as const)
    const author = random.chance(0.5) ? target.author : random.pick(AUTHORS)
    const chance = random.next()
    if (chance < 0.5)
      say({ kind: 'reaction', about, emoji: random.chance(0.07) ? random.pick(NO_EMOJI) : random.pick(EMOJI), mark }, lamport)
    else if (chance < 0.75) say({ kind: 'edit', about, text: `edit ${i}` }, lamport, author)
    else if (chance < 0.8) say({ kind: 'erase', about }, lamport, author)
    else if (chance < 0.94) say({ kind: 'pin', about, mark }, lamport)
    else say({ kind: 'profile', name: random.pick(['Ada', 'Ada L.', 'Bo', ' ', 'Cy']) }, lamport)
  }
  return out
}

/** The same contents in another order, some of them twice or three times. */
export function shuffled(contents: readonly Said[], random: Prng): readonly Said[] {
  const out = [...contents, ...contents.filter(() => random.chance(0.3)), ...contents.filter(() => random.chance(0.1))]
  for (let i = out.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[out[i], out[j]] = [out[j] as Said, out[i] as Said]
  }
  return out
}
