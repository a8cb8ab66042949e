import type { DeviceKey } from '#contracts/ids.ts'
import type { Invariant, SimDevice, World } from '../world.ts'

const isReachable = (world: World, key: DeviceKey): boolean =>
  world.byKey.get(key)?.running != null && world.byKey.get(key)?.hostile === false

const others = (keys: Iterable<DeviceKey>, { key: me }: SimDevice): readonly DeviceKey[] => [...keys].filter((key) => key !== me)

/** After healing every message of an honest member was shown to every member that was one when it was sent, and no outbox waits. */
export const everythingIsRead = (): Invariant => ({
  name: 'everything is read after healing',
  afterHealing(world) {
    const members = world.reachableMembers()
    for (const author of members) {
      const room = author.running?.room
      if (room === undefined) continue
      const mine = new Map<string, string>()
      for (const node of room.log.chain(author.key)) {
        if (node.entry.body.kind !== 'app') continue
        const mid = world.midOf(node.entry)
        if (mid === null || mine.has(mid)) continue
        mine.set(mid, node.entry.id)
        const entitled = room.memberships.before(node).members
        for (const reader of members) {
          if (reader !== author && entitled.has(reader.key) && !reader.disk.messages.has(mid)) {
            world.fail(this.name, `device ${reader.index} has not read ${mid} by device ${author.index}`)
          }
        }
      }
      // Who was opened anew sends when some member has shown what it has of it: if all are gone for ever, never.
      const isAnybodyThere = others(room.memberships.current().members.keys(), author).some((key) => isReachable(world, key))
      if (room.unsent > 0 && isAnybodyThere) world.fail(this.name, `device ${author.index} has ${room.unsent} unsent`)
      for (const { mid, for: lacking } of room.waiting()) {
        // Who lost its storage can't answer, and an owner that did can't be removed by others.
        const reachable = lacking.filter((key) => isReachable(world, key))
        if (reachable.length > 0) world.fail(this.name, `device ${author.index} does not know that ${mid} was read`)
      }
    }
  },
})
