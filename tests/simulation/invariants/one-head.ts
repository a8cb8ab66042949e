import type { Invariant } from '../world.ts'

/** After healing all members agree on one head, hold its state, and it stays. */
export const oneHead = (): Invariant => ({
  name: 'one head after healing',
  afterHealing(world) {
    const members = world.reachableMembers()
    const heads = new Set(members.map((device) => device.running?.room.epochs.head()?.id))
    if (heads.size > 1) world.fail(this.name, `${heads.size} heads on ${members.length} devices`)
    for (const device of members) {
      const room = device.running?.room
      const head = room?.epochs.head()
      if (room !== undefined && head != null && !room.held.has(head.id))
        world.fail(this.name, `device ${device.index} can't get into the head`)
    }
    const quietMs = world.nowMs - world.lastHeadChangeMs
    if (quietMs < 30_000) world.fail(this.name, `the head still moved ${quietMs.toFixed(0)} ms ago`)
  },
})
