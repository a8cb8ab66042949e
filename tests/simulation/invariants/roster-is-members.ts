import type { DeviceKey } from '#contracts/ids.ts'
import type { Invariant } from '../world.ts'

/**
 * After healing the head's roster is exactly the membership. One that lost its storage may be missing: who was
 * put out by a removal that turned out void needs a new KeyPackage, and it can't make one.
 */
export const rosterIsMembers = (): Invariant => ({
  name: 'roster is members after healing',
  afterHealing(world) {
    const index = (key: DeviceKey): number | undefined => world.byKey.get(key)?.index
    for (const device of world.reachableMembers()) {
      const room = device.running?.room
      const head = room?.epochs.head()
      if (room === undefined || head == null) continue
      const { members } = room.memberships.current()
      const missing = [...members.keys()].filter((key) => !head.devices.includes(key) && world.byKey.get(key)?.evicted !== true)
      const extra = head.devices.filter((key) => !members.has(key))
      if (missing.length + extra.length > 0)
        world.fail(this.name, `device ${device.index}: the roster lacks ${missing.map(index)}; it should not hold ${extra.map(index)}`)
    }
  },
})
