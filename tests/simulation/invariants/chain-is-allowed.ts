import { includes } from '../../../remotes/p2p/core/rooms/log.ts'
import type { Invariant } from '../world.ts'

/**
 * What leads to the head was allowed: each commit by somebody who was a member as far as it could know, adding
 * members only and leaving no removal out; and above the root nothing by a device that was removed meanwhile.
 */
export const chainIsAllowed = (): Invariant => ({
  name: 'the chain is allowed',
  afterBatch(world, device, batch) {
    const room = device.running?.room
    const root = room?.epochs.root()
    let at = room?.epochs.head() ?? null
    if (room === undefined || root == null || !batch.writes.some((write) => write.kind === 'entry')) return
    const { removals } = room.memberships.current()
    for (; at?.commit != null && at !== root; at = at.parent) {
      const { node, commit } = at
      const past = room.memberships.before(node).members
      const author = node.entry.author
      const by = world.byKey.get(author)?.index
      if (!past.has(author)) world.fail(this.name, `commit by ${by}, who was no member`)
      if (commit.adds.some((added) => !past.has(added))) world.fail(this.name, `commit by ${by} adds somebody who was no member`)
      if (commit.form !== 'external' && at.devices.some((one) => !past.has(one)))
        world.fail(this.name, `commit by ${by} leaves a removal out`)
      if (removals.some((removal) => removal.target === author && !includes(removal.node, node))) {
        world.fail(this.name, `commit by ${by}, who was removed without its knowing, is on the chain of device ${device.index}`)
      }
    }
  },
})
