/**
 * Texts and marks of one room between its steps and storage: reads what a step touches, lets `content/shelf.ts` merge,
 * and says what to write. Lives and changes with its host: if a step's transaction fails, it is read again with it.
 */
import { LIMITS } from '#contracts/limits.ts'
import { decode } from '#contracts/wire/codec.ts'
import { nameOf, saidOf } from '../content/marks.ts'
import { Shelf } from '../content/shelf.ts'
import {
  type Awaited,
  awaitedIn,
  awaitedKey,
  awaitedKeys,
  awaitedRecord,
  type Choices,
  choicesKey,
  choicesRecord,
  draftKey,
  draftRecord,
  NO_CHOICES,
  type Pin,
  pinsKey,
  pinsRecord,
} from '../storage/content.ts'
import { messageKey, roomKey, within } from '../storage/keys.ts'
import { type MessageRecord, messageRecord } from '../storage/message.ts'
import { RECORD_BYTES } from '../storage/record.ts'
import { type Change, put, remove, type Vault } from '../storage/vault.ts'
import { Fleeting } from './fleeting.ts'
import type { Told } from './lines.ts'
import { comparePlaces, type Place } from './places.ts'

/** What storage is to hold now, and what the conversation shows. */
export interface Merged {
  /** Every line that is new or other than before. */
  readonly lines: readonly MessageRecord[]
  /** Those of them that were not here before, as they are now. */
  readonly fresh: readonly MessageRecord[]
  /** Lines that the new ones, or new pins, are about. */
  readonly around: readonly MessageRecord[]
  readonly changes: readonly Change[]
}

/** What a step takes away from this device, and why. */
export interface Hidden {
  readonly places: readonly Place[]
  readonly by: 'me' | 'time'
}

/** Lines that are looked through for the newest that has words left. */
const LAST_LOOK = 50

export class Contents {
  private readonly slot: number
  /** Whose marks wait for which message: authors by nameOf(about). */
  private readonly waiting = new Map<string, Set<number>>()
  /** By author, unsorted: where what they wait for would stand. */
  private readonly awaited = new Map<number, Place[]>()
  private kept: readonly Pin[] = []
  private typed = ''
  private chosen = NO_CHOICES
  fleeting: Fleeting

  private constructor(slot: number) {
    this.slot = slot
    this.fleeting = Fleeting.fresh(slot)
  }

  static fresh(slot: number): Contents {
    return new Contents(slot)
  }

  static async load(vault: Vault, slot: number): Promise<Contents> {
    const contents = new Contents(slot)
    for (const key of await vault.keys('entries', within(awaitedKeys(slot)))) contents.note(awaitedIn(key))
    contents.kept = (await vault.read('entries', pinsKey(slot), pinsRecord))?.pins ?? []
    contents.typed = (await vault.read('entries', draftKey(slot), draftRecord))?.text ?? ''
    contents.fleeting = await Fleeting.load(vault, slot)
    contents.chosen = (await vault.read('entries', choicesKey(slot), choicesRecord)) ?? NO_CHOICES
    return contents
  }

  /** What the person has typed and not sent. */
  get draft(): string {
    return this.typed
  }

  /** What is to be written for another draft; '' for none. */
  keepDraft(text: string): readonly Change[] {
    if (text === this.typed) return []
    this.typed = text
    return [text === '' ? remove('entries', draftKey(this.slot)) : put('entries', draftKey(this.slot), draftRecord, { v: 1, text })]
  }

  /** Where the chat stands in the person's list. */
  get choices(): Choices {
    return this.chosen
  }

  /** What is to be written for other choices. */
  choose(change: Partial<Choices>): readonly Change[] {
    const next = { ...this.chosen, ...change }
    if (JSON.stringify(next) === JSON.stringify(this.chosen)) return []
    this.chosen = next
    return [put('entries', choicesKey(this.slot), choicesRecord, next)]
  }

  /** Messages that are pinned, oldest pin first. Whether they are here, and not erased, their lines say. */
  get pins(): readonly Place[] {
    return this.kept.filter(({ mark }) => mark === 'set').map(({ about }) => about)
  }

  isPinned(place: Place): boolean {
    return this.kept.some(({ about, mark }) => mark === 'set' && comparePlaces(about, place) === 0)
  }

  /** `me`: this device's local number. */
  async merge(
    vault: Vault,
    told: Told,
    { me, nowMs, hidden }: { readonly me: number; readonly nowMs: number; readonly hidden: Hidden },
  ): Promise<Merged> {
    const { notices, texts, carried, marks, pins } = told
    const timer = this.fleeting.say(told.timers)
    const nothing = texts.length + carried.length + marks.length + pins.length + hidden.places.length === 0
    if (nothing) return { lines: notices, fresh: notices, around: [], changes: timer }
    const here = new Set(texts.map(nameOf))
    const about = [...texts.flatMap((line) => saidOf(line)?.about ?? []), ...pins.map((pin) => pin.about)]
    const touched = [...carried.map(({ place }) => place), ...marks.map(({ body }) => body.about), ...hidden.places]
    const lines = await this.read(
      vault,
      [...about, ...touched].filter((place) => !here.has(nameOf(place))),
    )
    const shelf = new Shelf({ lines, awaited: await this.readAwaited(vault, [...texts, ...touched]), pins: this.kept })
    for (const text of texts) shelf.take(text)
    for (const { place, seq } of carried) shelf.carried(place, seq)
    for (const mark of marks) shelf.mark(mark)
    for (const pin of pins) shelf.pin(pin)
    for (const place of hidden.places) shelf.hide(place, hidden.by)
    const changed = [...shelf.changed.values()]
    return {
      lines: [...notices, ...changed],
      fresh: [...notices, ...changed.filter((line) => here.has(nameOf(line)))],
      around: about.map((place) => shelf.line(place)).filter((line) => line !== null),
      changes: [...timer, ...this.changes(shelf), ...this.fleeting.follow(changed, me, nowMs)],
    }
  }

  /** The newest line before `place` that has words; null if there is none near. `changed`: what the step that runs now makes of lines. */
  async lastBefore(vault: Vault, { lamport, mid }: Place, changed: readonly MessageRecord[]): Promise<MessageRecord | null> {
    const query = { from: `${roomKey(this.slot)}/`, to: messageKey(this.slot, lamport, mid), limit: LAST_LOOK, reverse: true }
    const rows = await vault.range('messages', messageRecord, query)
    const now = new Map(changed.map((line) => [nameOf(line), line]))
    return rows.map(({ value }) => now.get(nameOf(value)) ?? value).find((line) => saidOf(line) !== null) ?? null
  }

  /** Lines that are here, by nameOf(place). */
  async read(vault: Vault, places: readonly Place[]): Promise<ReadonlyMap<string, MessageRecord>> {
    const names = new Map(places.map((place) => [nameOf(place), messageKey(this.slot, place.lamport, place.mid)]))
    const records = await vault.readMany('messages', [...names.values()])
    const found = [...names.keys()].map((name, i) => [name, records[i] ?? null] as const)
    return new Map(found.flatMap(([name, bytes]) => (bytes === null ? [] : [[name, decode(messageRecord, bytes, RECORD_BYTES)] as const])))
  }

  private async readAwaited(vault: Vault, places: readonly Place[]): Promise<ReadonlyMap<string, readonly Awaited[]>> {
    const wanted = new Map(places.map((about) => [nameOf(about), about]))
    const keys = [...wanted].flatMap(([name, about]) =>
      [...(this.waiting.get(name) ?? [])].map((author) => awaitedKey(this.slot, { author, about })),
    )
    const out = new Map<string, Awaited[]>()
    for (const bytes of await vault.readMany('entries', keys)) {
      if (bytes === null) continue
      const one = decode(awaitedRecord, bytes, RECORD_BYTES)
      out.set(nameOf(one.about), [...(out.get(nameOf(one.about)) ?? []), one])
    }
    return out
  }

  private changes(shelf: Shelf): readonly Change[] {
    const changes: Change[] = []
    for (const one of shelf.done) {
      if (!this.waiting.get(nameOf(one.about))?.has(one.author)) continue
      this.forget(one)
      changes.push(remove('entries', awaitedKey(this.slot, one)))
    }
    for (const one of shelf.kept.values()) {
      this.note(one)
      changes.push(put('entries', awaitedKey(this.slot, one), awaitedRecord, one))
    }
    for (const author of new Set([...shelf.kept.values()].map((one) => one.author))) changes.push(...this.bounded(author))
    if (shelf.pins !== this.kept) {
      this.kept = shelf.pins
      changes.push(put('entries', pinsKey(this.slot), pinsRecord, { v: 1, pins: this.kept }))
    }
    return changes
  }

  /** Of what one author waits with, the part about the oldest messages goes: those came before, or never will. */
  private bounded(author: number): readonly Change[] {
    const places = [...(this.awaited.get(author) ?? [])].sort(comparePlaces)
    return places.slice(0, Math.max(0, places.length - LIMITS.awaited)).map((about) => {
      this.forget({ author, about })
      return remove('entries', awaitedKey(this.slot, { author, about }))
    })
  }

  private note({ author, about }: Pick<Awaited, 'author' | 'about'>): void {
    const name = nameOf(about)
    const authors = this.waiting.get(name) ?? new Set()
    if (authors.has(author)) return
    this.waiting.set(name, authors.add(author))
    this.awaited.set(author, [...(this.awaited.get(author) ?? []), about])
  }

  private forget({ author, about }: Pick<Awaited, 'author' | 'about'>): void {
    const name = nameOf(about)
    const authors = this.waiting.get(name)
    authors?.delete(author)
    if (authors?.size === 0) this.waiting.delete(name)
    this.awaited.set(
      author,
      (this.awaited.get(author) ?? []).filter((place) => nameOf(place) !== name),
    )
  }
}
