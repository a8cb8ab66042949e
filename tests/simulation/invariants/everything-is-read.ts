import type { Invariant } from '../world.ts'

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
      if (room.unsent > 0) world.fail(this.name, `device ${author.index} has ${room.unsent} unsent`)
      for (const { mid, for: lacking } of room.waiting()) {
        // Who lost its storage can't answer, and an owner that did can't be removed by others.
        const reachable = lacking.filter((key) => world.byKey.get(key)?.running != null && world.byKey.get(key)?.hostile === false)
        if (reachable.length > 0) world.fail(this.name, `device ${author.index} does not know that ${mid} was read`)
      }
    }
  },
})
