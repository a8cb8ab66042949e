/** The open conversation. An item stays the same object until it changes, so that a tick redraws one line. */
import type { Env } from '#contracts/env.ts'
import type { ChatItem, Conversation, Tick } from '#contracts/ui.ts'
import { type State, tellsReading } from '../engine/state.ts'
import { roomKey } from '../storage/keys.ts'
import type { MessageRecord } from '../storage/message.ts'
import { chatItem, tickOf } from './groups.ts'

interface Made {
  readonly tick: Tick | null
  readonly author: string
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
    for (const line of open.lines) {
      const person = host.people.byNumber(line.author)
      const tick = person?.device === host.me && line.body.kind === 'text' ? tickOf(host, line, underway, reading) : null
      const author = person?.name ?? ''
      const known = this.made.get(line)
      const same = known !== undefined && known.tick === tick && known.author === author
      const one = same ? known : { tick, author, item: chatItem(host, line, underway, reading, this.sha256) }
      made.set(line, one)
      if (one.item !== null) items.push(one.item)
    }
    this.made = made
    const next = { chat: roomKey(open.room), items, hasOlder: open.hasOlder, firstUnread: open.firstUnread }
    this.conversation = sameAs(this.conversation, next) ? this.conversation : next
    return this.conversation
  }
}

function sameAs(before: Conversation | null, after: Conversation): boolean {
  if (before === null || before.chat !== after.chat || before.hasOlder !== after.hasOlder || before.firstUnread !== after.firstUnread)
    return false
  return before.items.length === after.items.length && before.items.every((item, i) => item === after.items[i])
}
