/**
 * What one step makes of texts and marks: told what is stored of everything that they touch, it answers what is to be
 * stored instead. Texts and marks may come in any order, in one step or in many.
 */
import { LIMITS } from '#contracts/limits.ts'
import type { Place } from '../groups/places.ts'
import type { Awaited, Pin } from '../storage/content.ts'
import type { MessageRecord } from '../storage/message.ts'
import { awaiting, isSound, type Mark, type MarkLimits, marked, nameOf, pinned, settled } from './marks.ts'

export interface Stored {
  /** By nameOf(place): lines that are here. Everything that is touched and not among them is not here. */
  readonly lines: ReadonlyMap<string, MessageRecord>
  /** By nameOf(about). */
  readonly awaited: ReadonlyMap<string, readonly Awaited[]>
  readonly pins: readonly Pin[]
}

export class Shelf {
  private readonly lines: Map<string, MessageRecord>
  private readonly awaited: Map<string, Map<number, Awaited>>
  private readonly limits: { readonly [K in keyof MarkLimits]: number }
  /** Lines that are new or other than before. */
  readonly changed = new Map<string, MessageRecord>()
  /** What is to be kept for messages that have not come. */
  readonly kept = new Map<string, Awaited>()
  /** What has found its message. */
  readonly done: Awaited[] = []
  pins: readonly Pin[]

  constructor(stored: Stored, limits: { readonly [K in keyof MarkLimits]: number } = LIMITS) {
    this.limits = limits
    this.lines = new Map(stored.lines)
    this.awaited = new Map([...stored.awaited].map(([name, all]) => [name, new Map(all.map((one) => [one.author, one]))]))
    this.pins = stored.pins
  }

  line(place: Place): MessageRecord | null {
    return this.lines.get(nameOf(place)) ?? null
  }

  /** A text has come. One that is here already changes nothing. */
  take(line: MessageRecord): void {
    const name = nameOf(line)
    if (this.lines.has(name)) return
    const waiting = [...(this.awaited.get(name)?.values() ?? [])]
    this.awaited.delete(name)
    for (const one of waiting) this.kept.delete(`${one.author} ${name}`)
    this.done.push(...waiting)
    this.put(settled(line, waiting, this.limits))
  }

  /** An own message is carried by this entry now. */
  carried(place: Place, seq: number): void {
    const line = this.line(place)
    if (line !== null && line.seq !== seq) this.put({ ...line, seq })
  }

  mark(mark: Mark): void {
    if (!isSound(mark)) return
    const { about } = mark.body
    const name = nameOf(about)
    const line = this.lines.get(name)
    if (line !== undefined) {
      const next = marked(line, mark, this.limits)
      if (next !== line) this.put(next)
      return
    }
    const all = this.awaited.get(name) ?? new Map<number, Awaited>()
    const known = all.get(mark.by) ?? null
    const next = awaiting(known, mark, this.limits)
    if (next === known) return
    all.set(mark.by, next)
    this.awaited.set(name, all)
    this.kept.set(`${mark.by} ${name}`, next)
  }

  pin(pin: Pin): void {
    if (pin.at.lamport > pin.about.lamport) this.pins = pinned(this.pins, pin, this.limits)
  }

  /** Takes a line away from this device: the person wants it, or its time is over. */
  hide(place: Place, by: 'me' | 'time'): void {
    const line = this.line(place)
    if (line !== null) this.put({ ...line, body: { kind: 'erased', by } })
  }

  private put(line: MessageRecord): void {
    this.lines.set(nameOf(line), line)
    this.changed.set(nameOf(line), line)
  }
}
