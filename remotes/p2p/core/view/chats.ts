/** The chat list. A summary stays the same object until something in it changes. */
import type { Env } from '#contracts/env.ts'
import type { ChatSummary } from '#contracts/ui.ts'
import { type Group, type State, tellsReading } from '../engine/state.ts'
import { chatSummary } from './groups.ts'

interface Made {
  readonly from: readonly [Group, State['sessions'], State['shown'], State['contacts'], reading: boolean]
  readonly summary: ChatSummary
}

export class Chats {
  private readonly sha256: Env['sha256']
  private readonly made = new Map<number, Made>()
  private list: readonly ChatSummary[] = []

  constructor(sha256: Env['sha256']) {
    this.sha256 = sha256
  }

  /** Those pinned come first, in the order in which they were pinned; then the newest. The same array until a summary or the order changes. */
  view(state: State): readonly ChatSummary[] {
    const shown = [...state.groups.values()].filter(({ host }) => host.isShown)
    const pinnedMs = ({ host }: Group): number => host.contents.choices.pinnedMs || Number.POSITIVE_INFINITY
    const order = (a: Group, b: Group): number =>
      pinnedMs(a) === pinnedMs(b)
        ? b.host.store.record.activeMs - a.host.store.record.activeMs || b.slot - a.slot
        : pinnedMs(a) - pinnedMs(b)
    const sorted = shown.sort(order)
    const list = sorted.map((group) => this.summary(state, group))
    for (const slot of [...this.made.keys()]) if (!state.groups.has(slot)) this.made.delete(slot)
    const same = list.length === this.list.length && list.every((summary, i) => summary === this.list[i])
    if (!same) this.list = list
    return this.list
  }

  private summary(state: State, group: Group): ChatSummary {
    const from = [group, state.sessions, state.shown, state.contacts, tellsReading(state)] as const
    const known = this.made.get(group.slot)
    if (known?.from.every((part, i) => part === from[i]) === true) return known.summary
    const fresh = chatSummary(state, group, this.sha256)
    // Most steps of a room change nothing that the list shows.
    const summary = known !== undefined && JSON.stringify(known.summary) === JSON.stringify(fresh) ? known.summary : fresh
    this.made.set(group.slot, { from, summary })
    return summary
  }
}
