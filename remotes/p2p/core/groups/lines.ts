/**
 * What a step of a room adds to the conversation: messages, names, and what operations did, in the order in
 * which this device learned of them. A line about an operation stands behind all that was known then.
 */
import type { DeviceKey, Mid } from '#contracts/ids.ts'
import type { Mark } from '../content/marks.ts'
import { cleanName } from '../names.ts'
import type { CommitView, LogEntry, RoomOp } from '../rooms/entry-view.ts'
import type { LogNode } from '../rooms/log.ts'
import type { Room } from '../rooms/room.ts'
import type { RoomWrite } from '../rooms/room-io.ts'
import type { Pin } from '../storage/content.ts'
import { type MessageRecord, UNSENT } from '../storage/message.ts'
import { signedContentOf } from './mls-engine.ts'
import type { TimerWrite } from './fleeting.ts'
import type { People } from './people.ts'
import type { Place } from './places.ts'

type LineBody = MessageRecord['body']

/** What a step's writes tell. */
export interface Told {
  /** Notices: made here, stored as they are. */
  readonly notices: readonly MessageRecord[]
  /** Texts that have come, or were written here. */
  readonly texts: readonly MessageRecord[]
  /** Own texts that an entry carries now. */
  readonly carried: readonly { readonly place: Place; readonly seq: number }[]
  readonly marks: readonly Mark[]
  readonly pins: readonly Pin[]
  readonly timers: readonly TimerWrite[]
  /** The highest Lamport time that was told of: later than that is what this device says next. */
  readonly lamport: number
}

export class Lines {
  private readonly me: DeviceKey
  private readonly people: People

  private readonly direct: boolean

  constructor(me: DeviceKey, people: People, direct: boolean) {
    this.direct = direct
    this.me = me
    this.people = people
  }

  /** `lamport`: the highest time of any line so far. */
  of(room: Room, writes: readonly RoomWrite[], lamport: number, nowMs: number): Told {
    const notices: MessageRecord[] = []
    const texts: MessageRecord[] = []
    const carried: { readonly place: Place; readonly seq: number }[] = []
    const marks: Mark[] = []
    const pins: Pin[] = []
    const timers: TimerWrite[] = []
    let latest = lamport
    for (const write of writes) {
      if (write.kind === 'entry') {
        const notice = this.ofEntry(room, write.entry, latest, nowMs)
        if (notice !== null) notices.push(notice)
        latest = Math.max(latest, notice?.lamport ?? 0)
      } else if (write.kind === 'message') {
        const { content } = write
        const { author, lamport: time, mid } = content
        const at = { lamport: time, mid }
        const { tbs } = signedContentOf(content.body)
        const { body, sentAtMs } = tbs
        latest = Math.max(latest, time)
        const by = this.people.numberOf(author)
        const place = { v: 1 as const, mid, lamport: time, author: by, seq: UNSENT, sentAtMs }
        if (body.kind === 'text') texts.push({ ...place, body })
        else if (body.kind === 'reply')
          texts.push({ ...place, body: { kind: 'said', text: body.text, about: body.about, edited: null, reactions: [] } })
        else if (body.kind === 'message') {
          texts.push({ ...place, body: { ...body, edited: null, reactions: [] } })
          if (body.life !== 'off') timers.push({ at, by: 'seen', life: body.life })
        } else if (body.kind === 'timer') {
          timers.push({ at, by: 'set', life: body.life })
          notices.push({ ...place, body })
        } else if (body.kind === 'profile') {
          const renamed = this.ofName(author, body.name, at)
          if (renamed !== null) notices.push({ ...place, body: renamed })
        } else if (body.kind === 'pin') pins.push({ about: body.about, at, mark: body.mark })
        else marks.push({ by, at, body })
      } else if (write.kind === 'outgoing') {
        const { content, entries } = write.message
        const last = entries.at(-1)
        const node = last === undefined ? undefined : room.log.get(last)
        if (node !== undefined) carried.push({ place: content, seq: node.entry.seq })
      }
    }
    return { notices, texts, carried, marks, pins, timers, lamport: latest }
  }

  private ofName(author: DeviceKey, name: string, at: Place): LineBody | null {
    const from = this.people.nameOf(author)
    const to = cleanName(name)
    if (to !== '') this.people.rename(author, to, at)
    // A person's own new name is no news to them.
    return author === this.me ? null : { kind: 'renamed', from, to: to === '' ? from : to }
  }

  private ofEntry(room: Room, entry: LogEntry, lamport: number, nowMs: number): MessageRecord | null {
    const node = room.log.get(entry.id)
    if (node === undefined) return null
    const body = entry.body.kind === 'op' ? this.ofOp(room, node, entry.body.op) : ofCommit(entry.body)
    if (body === null) return null
    const mid = entry.id as string as Mid
    return { v: 1, mid, lamport: lamport + 1, author: this.people.numberOf(entry.author), seq: entry.seq, sentAtMs: nowMs, body }
  }

  private ofOp(room: Room, node: LogNode, op: RoomOp): LineBody | null {
    if (!room.memberships.isAllowed(node)) return null
    const by = this.people.nameOf(node.entry.author)
    const { settings } = room.memberships.before(node)
    switch (op.kind) {
      case 'create':
        return { kind: 'created' }
      case 'add':
        return this.direct
          ? { kind: 'joined', name: this.people.nameOf(op.device) }
          : { kind: 'added', name: this.people.nameOf(op.device), by }
      case 'leave':
        return { kind: 'left', name: by }
      case 'remove':
        return { kind: 'removed', name: this.people.nameOf(op.device), by }
      case 'role':
        return { kind: 'role', name: this.people.nameOf(op.device), role: op.role, by }
      case 'settings':
        if (op.name !== settings.name) return { kind: 'roomNamed', to: cleanName(op.name), by }
        if (op.topic !== settings.topic) return { kind: 'topic', to: op.topic, by }
        return { kind: 'picture', by }
      default:
        return null
    }
  }
}

const ofCommit = (body: { readonly kind: string } | CommitView): LineBody | null =>
  'form' in body && body.form === 'refound' ? { kind: 'refounded' } : null
