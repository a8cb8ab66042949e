import type { DeviceKey } from '#contracts/ids.ts'
import type { RoomLog } from '../../../remotes/p2p/core/rooms/log.ts'
import type { Invariant, World } from '../world.ts'

/**
 * Whether nobody can let the device in: the log holds no KeyPackage of it, and it can show none any more, for its storage
 * is lost or it is a copy. That can only be the founder, whom nobody added (docs/decisions/0045).
 */
function isOutOfReach(world: World, log: RoomLog, key: DeviceKey): boolean {
  const device = world.byKey.get(key)
  if (device?.evicted !== true && device?.restored?.warned !== true) return false
  return ![...log.all()].some(
    ({ entry: { author, body } }) =>
      (body.kind === 'keypackage' && author === key) || (body.kind === 'op' && body.op.kind === 'add' && body.op.device === key),
  )
}

/** After healing the head's roster is exactly the membership, but for whom nobody can let in. */
export const rosterIsMembers = (): Invariant => ({
  name: 'roster is members after healing',
  afterHealing(world) {
    const index = (key: DeviceKey): number | undefined => world.byKey.get(key)?.index
    for (const device of world.reachableMembers()) {
      const room = device.running?.room
      const head = room?.epochs.head()
      if (room === undefined || head == null) continue
      const { members } = room.memberships.current()
      const missing = [...members.keys()].filter((key) => !head.devices.includes(key) && !isOutOfReach(world, room.log, key))
      const extra = head.devices.filter((key) => !members.has(key))
      if (missing.length + extra.length > 0)
        world.fail(this.name, `device ${device.index}: the roster lacks ${missing.map(index)}; it should not hold ${extra.map(index)}`)
    }
  },
})
