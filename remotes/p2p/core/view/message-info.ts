/** What is known of one message: who has it, as far as the log shows, and which keys it was encrypted with. */
import type { MessageInfo } from '#contracts/ui.ts'
import { openLine } from '../engine/conversation-steps.ts'
import { type State, tellsReading } from '../engine/state.ts'
import { saidOf } from '../content/marks.ts'
import type { Host } from '../groups/host.ts'
import { SottoError } from '#contracts/errors.ts'
import { includes, type LogNode } from '../rooms/log.ts'
import { bySeniority } from '../rooms/roles.ts'
import { UNSENT } from '../storage/message.ts'

/** Throws 'not-found' for what is not on the screen, is no message, or was deleted. */
export function messageInfo(state: State, slot: number, mid: string): MessageInfo {
  const line = openLine(state, slot, mid)
  const host = state.groups.get(slot)?.host
  if (host === undefined || saidOf(line) === null) throw new SottoError('not-found')
  const author = host.people.byNumber(line.author)?.device ?? host.me
  const node = line.seq === UNSENT ? host.room.openedBy(line.mid) : host.room.log.chain(author)[line.seq]
  const { members } = host.room.memberships.current()
  const then = node === undefined ? members : host.room.memberships.before(node).members
  // Of whoever is gone nobody keeps count.
  const people = [...then.values()].sort(bySeniority).filter(({ device }) => device !== host.me && device !== author && members.has(device))
  const lacking = author === host.me ? (host.underway().get(line.mid)?.lacking ?? []) : null
  return {
    sentAtMs: line.sentAtMs,
    epoch: node === undefined ? null : epochOf(host, node),
    people: people.map(({ device }) => {
      const { name, read } = host.people.of(device)
      if (node === undefined) return { id: device, name, state: 'waiting' }
      if (lacking !== null && tellsReading(state) && read > line.seq) return { id: device, name, state: 'read' }
      if (lacking?.includes(device) === false) return { id: device, name, state: 'delivered' }
      const latest = host.room.log.latest(device)
      return { id: device, name, state: latest !== null && includes(latest, node) ? 'held' : 'waiting' }
    }),
  }
}

function epochOf(host: Host, { entry }: LogNode): number | null {
  if (entry.body.kind !== 'app') return null
  const epoch = host.room.epochs.get(entry.body.epoch)
  for (let at = epoch ?? null; at !== null; at = at.parent) if (at.commit?.form === 'refound') return null
  return epoch?.height ?? null
}
