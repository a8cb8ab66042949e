/** The open conversation. An item stays the same object until it changes, so that a tick redraws one line. */
import type { Env } from '#contracts/env.ts'
import type { ChatItem, Conversation, QuoteView, Tick } from '#contracts/ui.ts'
import { nameOf, type SaidBody, saidOf } from '../content/marks.ts'
import { type State, tellsReading } from '../engine/state.ts'
import type { Host } from '../groups/host.ts'
import { roomKey } from '../storage/keys.ts'
import type { MessageRecord } from '../storage/message.ts'
import { chatItem, type LineAt, quoteOf, tickOf } from './groups.ts'

/** An item, and what it was made from beside the line. */
interface Made {
  readonly tick: Tick | null
  readonly author: string
  readonly pinned: boolean
  readonly quoted: MessageRecord | null
  /** Everybody else whose name it shows. */
  readonly names: string
  readonly item: ChatItem | null
}

const namesIn = (host: Host, { reactions }: SaidBody, quoted: MessageRecord | null): string =>
  [...reactions.map(({ by }) => by), ...(quoted === null ? [] : [quoted.author])].map((by) => host.people.byNumber(by)?.name).join('\n')

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
    // Most conversations quote little: the window is looked through by name only if something does.
    let inWindow: ReadonlyMap<string, MessageRecord> | null = null
    const lineAt: LineAt = (place) => {
      inWindow ??= new Map(open.lines.map((line) => [nameOf(line), line]))
      return inWindow.get(nameOf(place)) ?? open.around.get(nameOf(place)) ?? null
    }
    for (const line of open.lines) {
      const person = host.people.byNumber(line.author)
      const said = saidOf(line)
      const isText = said !== null
      const tick = isText && person?.device === host.me ? tickOf(host, line, underway, reading) : null
      const author = person?.name ?? ''
      const pinned = isText && host.contents.isPinned(line)
      const quoted = said !== null && said.about !== null ? lineAt(said.about) : null
      const names = said !== null ? namesIn(host, said, quoted) : ''
      const known = this.made.get(line)
      const same = known !== undefined && known.tick === tick && known.author === author && known.pinned === pinned
      const one: Made =
        same && known.quoted === quoted && known.names === names
          ? known
          : { tick, author, pinned, quoted, names, item: chatItem(host, line, { underway, reading, sha256: this.sha256, lineAt, pinned }) }
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
