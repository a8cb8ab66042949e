/** The open conversation. An item stays the same object until it changes, so that a tick redraws one line. */
import type { Env } from '#contracts/env.ts'
import type { ChatItem, Conversation, QuoteView } from '#contracts/ui.ts'
import { nameOf, saidOf } from '../content/marks.ts'
import { type State, tellsReading } from '../engine/state.ts'
import type { Host } from '../groups/host.ts'
import { roomKey } from '../storage/keys.ts'
import type { MessageRecord } from '../storage/message.ts'
import { chatItem, type LineAt, quoteOf, tickOf } from './groups.ts'

interface Made {
  /** What the item was made from, beside the line. */
  readonly from: readonly unknown[]
  readonly item: ChatItem | null
}

export class Conversations {
  private readonly sha256: Env['sha256']
  private made = new Map<MessageRecord, Made>()
  private from: readonly unknown[] = []
  private conversation: Conversation | null = null

  constructor(sha256: Env['sha256']) {
    this.sha256 = sha256
  }

  view(state: State): Conversation | null {
    const { open } = state
    const group = open === null ? undefined : state.groups.get(open.room)
    if (open === null || group === undefined) {
      this.made.clear()
      this.from = []
      this.conversation = null
      return null
    }
    const reading = tellsReading(state)
    const from = [open, group, reading]
    if (from.every((part, i) => part === this.from[i])) return this.conversation
    this.from = from
    const { host } = group
    const underway = host.underway()
    const made = new Map<MessageRecord, Made>()
    const items: ChatItem[] = []
    const inWindow = new Map(open.lines.map((line) => [nameOf(line), line]))
    const lineAt: LineAt = (place) => inWindow.get(nameOf(place)) ?? open.around.get(nameOf(place)) ?? null
    for (const line of open.lines) {
      const said = saidOf(line)
      const person = host.people.byNumber(line.author)
      const tick = person?.device === host.me && said !== null ? tickOf(host, line, underway, reading) : null
      const quoted = said?.about == null ? null : lineAt(said.about)
      const names =
        said === null ? [] : [...said.reactions.map(({ by }) => by), quoted?.author ?? 0].map((by) => host.people.byNumber(by)?.name)
      const pinned = host.contents.isPinned(line)
      const parts = [tick, person?.name, quoted, pinned, names.join('\n')]
      const known = this.made.get(line)
      const same = known?.from.every((part, i) => part === parts[i]) === true
      const one: Made = same
        ? known
        : { from: parts, item: chatItem(host, line, { underway, reading, sha256: this.sha256, lineAt, pinned }) }
      made.set(line, one)
      if (one.item !== null) items.push(one.item)
    }
    this.made = made
    const pins = this.pinned(host, lineAt)
    const next = { chat: roomKey(open.room), items, hasOlder: open.hasOlder, firstUnread: open.firstUnread, pins }
    this.conversation = sameAs(this.conversation, next) ? this.conversation : next
    return this.conversation
  }

  /** The same array until one of them changes. */
  private pinned(host: Host, lineAt: LineAt): readonly QuoteView[] {
    const lines = host.contents.pins
      .map(lineAt)
      .filter((line) => line !== null)
      .filter((line) => saidOf(line) !== null)
    const pins = lines.map((line) => quoteOf(host, line))
    const before = this.conversation?.pins ?? []
    return JSON.stringify(before) === JSON.stringify(pins) ? before : pins
  }
}

function sameAs(before: Conversation | null, after: Conversation): boolean {
  if (before === null || before.chat !== after.chat || before.hasOlder !== after.hasOlder) return false
  if (before.firstUnread !== after.firstUnread || before.pins !== after.pins) return false
  return before.items.length === after.items.length && before.items.every((item, i) => item === after.items[i])
}
