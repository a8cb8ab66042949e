/** Which entries a peer lacks, and which of them it may have. */
import type { DeviceKey } from '#contracts/ids.ts'
import type { LogEntry } from './entry-view.ts'
import { byDepth, includes, type LogNode, type RoomLog, type Tip } from './log.ts'
import type { Membership } from './membership.ts'

/** Entries in one frame. */
export const BATCH_ENTRIES = 64

/** What whoever holds `tips` (and so their pasts) lacks, causes first. */
export function difference(log: RoomLog, tips: readonly Tip[], mayHave: (node: LogNode) => boolean): readonly LogEntry[] {
  const reach: number[] = []
  const ahead = new Map<DeviceKey, number>()
  for (const tip of tips) {
    const node = log.get(tip.id)
    if (node === undefined) ahead.set(tip.author, Math.max(ahead.get(tip.author) ?? -1, tip.seq))
    else for (const [branch, next] of node.clock.entries()) reach[branch] = Math.max(reach[branch] ?? 0, next)
  }
  // It names a later entry of these authors: it has all of theirs, unless they forked. Then the next round shows it.
  const further = new Set([...ahead].filter(([author, seq]) => seq > (log.latest(author)?.entry.seq ?? -1)).map(([author]) => author))
  const out: LogNode[] = []
  for (const node of log.all()) {
    const { author, seq } = node.entry
    if ((reach[node.branch] ?? 0) > seq || further.has(author)) continue
    if (mayHave(node)) out.push(node)
  }
  return out.sort(byDepth).map((node) => node.entry)
}

/**
 * Which entries a device may be given: a member all, a stranger none. One that is no member any more, or by
 * another half's operations never was, gets what shows it why, and nothing after: so two halves that removed
 * each other learn of it.
 */
export function servedTo(peer: DeviceKey, membership: Membership): (node: LogNode) => boolean {
  if (membership.members.has(peer)) return () => true
  const why = membership.gone.get(peer) ?? []
  return (node) => why.some((reason) => includes(reason, node))
}
