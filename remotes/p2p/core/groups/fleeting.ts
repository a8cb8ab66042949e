/**
 * Messages that go when their time is over: which of them are here, when each goes, and what the chat's timer says. Times are
 * counted by this device's clock: for the author from when a message was sent, for whoever got it from when it was read.
 * See docs/decisions/0053-disappearing-messages.md.
 */
import { LIFE_MS, type Life } from '#contracts/lives.ts'
import { decode } from '#contracts/wire/codec.ts'
import { nameOf } from '../content/marks.ts'
import { type Fleet, fleetingKey, fleetingKeys, fleetingRecord, type Timer, timerKey, timerRecord } from '../storage/content.ts'
import { within } from '../storage/keys.ts'
import { type MessageRecord, UNSENT } from '../storage/message.ts'
import { RECORD_BYTES } from '../storage/record.ts'
import { type Change, put, remove, type Vault } from '../storage/vault.ts'
import { comparePlaces, type Place } from './places.ts'

/** What says how long messages stay: somebody has set it, or a message that was sent so. */
export type TimerWrite = Omit<Timer, 'v'>

/** What is set stands over what was only seen, whatever came first; then the later one counts. */
function isOver(a: TimerWrite, b: TimerWrite): boolean {
  return a.by === b.by ? comparePlaces(a.at, b.at) > 0 : a.by === 'set'
}

export class Fleeting {
  private readonly slot: number
  private readonly kept = new Map<string, Fleet>()
  private timer: Timer | null = null

  private constructor(slot: number) {
    this.slot = slot
  }

  static fresh(slot: number): Fleeting {
    return new Fleeting(slot)
  }

  static async load(vault: Vault, slot: number): Promise<Fleeting> {
    const fleeting = new Fleeting(slot)
    for (const { value } of await vault.all('entries', within(fleetingKeys(slot)))) {
      const one = decode(fleetingRecord, value, RECORD_BYTES)
      fleeting.kept.set(nameOf(one.about), one)
    }
    fleeting.timer = await vault.read('entries', timerKey(slot), timerRecord)
    return fleeting
  }

  /** How long what is said from now on stays. */
  get life(): Life {
    return this.timer?.life ?? 'off'
  }

  /** When the next message goes; null while none is counting. */
  get nextMs(): number | null {
    let next: number | null = null
    for (const { untilMs } of this.kept.values()) if (untilMs > 0 && (next === null || untilMs < next)) next = untilMs
    return next
  }

  /** Takes over what was said of the timer: any order, one outcome. */
  say(writes: readonly TimerWrite[]): readonly Change[] {
    const before = this.timer
    for (const write of writes) if (this.timer === null || isOver(write, this.timer)) this.timer = { v: 1, ...write }
    return this.timer === null || this.timer === before ? [] : [put('entries', timerKey(this.slot), timerRecord, this.timer)]
  }

  /** Lines that are new or other than before. `me`: this device's local number; its messages count once an entry carries them. */
  follow(lines: readonly MessageRecord[], me: number, nowMs: number): readonly Change[] {
    return lines.flatMap(({ lamport, mid, author, seq, body }): readonly Change[] => {
      const about = { lamport, mid }
      const known = this.kept.get(nameOf(about))
      if (body.kind !== 'message' || body.life === 'off') return known === undefined ? [] : [this.forget(about)]
      const isSent = author === me && seq !== UNSENT
      if (known !== undefined) return isSent && known.untilMs === 0 ? [this.count(known, nowMs)] : []
      const fresh: Fleet = { v: 1, about, author, life: body.life, untilMs: 0 }
      return [isSent ? this.count(fresh, nowMs) : this.keep(fresh)]
    })
  }

  /** The person has read all that is here. */
  read(me: number, nowMs: number): readonly Change[] {
    return [...this.kept.values()].filter(({ author, untilMs }) => author !== me && untilMs === 0).map((one) => this.count(one, nowMs))
  }

  /**
   * Messages whose time is over. A clock that was put back gives none of them more than its whole time: what has more left
   * begins anew.
   */
  over(nowMs: number): { readonly places: readonly Place[]; readonly changes: readonly Change[] } {
    const counting = [...this.kept.values()].filter(({ untilMs }) => untilMs > 0)
    const late = counting.filter(({ untilMs, life }) => untilMs - nowMs > LIFE_MS[life])
    const gone = counting.filter(({ untilMs }) => untilMs <= nowMs).map(({ about }) => about)
    return { places: gone, changes: [...late.map((one) => this.count(one, nowMs)), ...gone.map((about) => this.forget(about))] }
  }

  private count(one: Fleet, nowMs: number): Change {
    return this.keep({ ...one, untilMs: nowMs + LIFE_MS[one.life] })
  }

  private keep(one: Fleet): Change {
    this.kept.set(nameOf(one.about), one)
    return put('entries', fleetingKey(this.slot, one.about), fleetingRecord, one)
  }

  private forget(about: Place): Change {
    this.kept.delete(nameOf(about))
    return remove('entries', fleetingKey(this.slot, about))
  }
}
