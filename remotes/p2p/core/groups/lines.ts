/**
 * What a step of a room adds to the conversation: messages, names, and what operations did, in the order in
 * which this device learned of them. A line about an operation stands behind all that was known then.
 */
import type { DeviceKey, Mid } from '#contracts/ids.ts'
import { cleanName } from '../names.ts'
import type { Content } from '../rooms/engine.ts'
import type { CommitView, LogEntry, RoomOp } from '../rooms/entry-view.ts'
import type { LogNode } from '../rooms/log.ts'
import type { Room } from '../rooms/room.ts'
import type { RoomWrite } from '../rooms/room-io.ts'
import { type MessageRecord, UNSENT } from '../storage/message.ts'
import { signedContentOf } from './mls-engine.ts'
import type { People } from './people.ts'

type LineBody = MessageRecord['body']

export class Lines {
  private readonly me: DeviceKey
  private readonly people: People

  private readonly direct: boolean

  constructor(me: DeviceKey, people: People, direct: boolean) {
    this.direct = direct
    this.me = me
    this.people = people
  }

  /** New lines, and own messages whose entry changed. `lamport`: the highest time of any line so far. */
  of(room: Room, writes: readonly RoomWrite[], lamport: number, nowMs: number): readonly MessageRecord[] {
    const out = new Map<Mid, MessageRecord>()
    let latest = lamport
    const add = (line: MessageRecord | null): void => {
      if (line === null) return
      latest = Math.max(latest, line.lamport)
      out.set(line.mid, line)
    }
    for (const write of writes) {
      if (write.kind === 'entry') add(this.ofEntry(room, write.entry, latest, nowMs))
      else if (write.kind === 'message') add(this.ofContent(write.content, UNSENT))
      else if (write.kind === 'outgoing') {
        const last = write.message.entries.at(-1)
        const node = last === undefined ? undefined : room.log.get(last)
        if (node !== undefined) add(this.ofContent(write.message.content, node.entry.seq))
      }
    }
    return [...out.values()]
  }

  private ofContent(content: Content, seq: number): MessageRecord | null {
    const { mid, author, lamport } = content
    const { tbs } = signedContentOf(content.body)
    const place = { v: 1 as const, mid, lamport, author: this.people.numberOf(author), seq, sentAtMs: tbs.sentAtMs }
    if (tbs.body.kind === 'text') return { ...place, body: tbs.body }
    if (author === this.me && seq !== UNSENT) return null
    const from = this.people.nameOf(author)
    const to = cleanName(tbs.body.name)
    if (to !== '') this.people.rename(author, to, { lamport, mid })
    // A person's own new name is no news to them.
    return author === this.me ? null : { ...place, body: { kind: 'renamed', from, to: to === '' ? from : to } }
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
