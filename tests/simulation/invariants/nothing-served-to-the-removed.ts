import { includes } from '../../../remotes/p2p/core/rooms/log.ts'
import type { Invariant } from '../world.ts'

/** A device that the sender knows to be removed gets nothing that the removal did not know. */
export const nothingServedToTheRemoved = (): Invariant => ({
  name: 'nothing served to the removed',
  onFrame(world, from, to, frame) {
    const room = from.running?.room
    if (room === undefined || from.hostile) return
    const { members, gone } = room.memberships.current()
    // Before its first entry a device can judge nobody, and has nothing to give.
    if (members.has(to.key) || room.log.first === null) return
    const why = gone.get(to.key) ?? []
    if (frame.kind === 'welcome' || frame.kind === 'group-info') world.fail(this.name, `device ${from.index} gave secrets to ${to.index}`)
    if (frame.kind !== 'entries') return
    for (const entry of frame.entries) {
      const node = room.log.get(entry.id)
      if (node !== undefined && !why.some((reason) => includes(reason, node))) {
        world.fail(this.name, `device ${from.index} served ${to.index} an entry from after its removal`)
      }
    }
  },
})
