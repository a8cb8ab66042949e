import { concurrent } from '../../../remotes/p2p/core/rooms/log.ts'
import { bySeniority } from '../../../remotes/p2p/core/rooms/roles.ts'
import type { Invariant } from '../world.ts'

/** Of two that remove each other without knowing of it, the senior stays. */
export const seniorStays = (): Invariant => ({
  name: 'of two that remove each other the senior stays',
  afterBatch(world, device, batch) {
    const room = device.running?.room
    if (room === undefined || !batch.writes.some((write) => write.kind === 'entry' && write.entry.body.kind === 'op')) return
    const { removals } = room.memberships.current()
    for (const one of removals) {
      for (const other of removals) {
        const mutual = one.target === other.by.device && other.target === one.by.device && concurrent(one.node, other.node)
        if (mutual && bySeniority(one.by, other.by) < 0) world.fail(this.name, `both are gone on device ${device.index}`)
      }
    }
  },
})
