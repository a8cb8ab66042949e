import type { Invariant } from '../world.ts'

/** Nothing is encrypted to a device by an author who knew of its removal. */
export const nothingToTheRemoved = (): Invariant => ({
  name: 'nothing encrypted to the removed',
  afterBatch(world, device, batch) {
    for (const write of batch.writes) {
      if (write.kind !== 'entry' || write.entry.body.kind !== 'app' || write.entry.author !== device.key) continue
      const room = device.running?.room
      const node = room?.log.get(write.entry.id)
      const epoch = room?.epochs.get(write.entry.body.epoch)
      if (room === undefined || node === undefined || epoch === undefined) continue
      const { removed } = room.memberships.before(node)
      const reader = epoch.devices.find((one) => removed.has(one))
      if (reader !== undefined)
        world.fail(this.name, `device ${device.index} encrypted to ${world.byKey.get(reader)?.index} after its removal`)
    }
  },
})
