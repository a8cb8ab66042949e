import type { Invariant } from '../world.ts'

/** What was pruned is gone from the disk and from memory, and never more is kept than may be. */
export const prunedIsGone = (): Invariant => ({
  name: 'pruned secrets are gone',
  afterBatch(world, device, batch) {
    for (const epoch of batch.pruned) {
      const held = device.running?.engine.authenticator(epoch) ?? null
      if (device.disk.epochs.has(epoch) || held !== null) world.fail(this.name, `device ${device.index} still has epoch ${epoch}`)
    }
    const room = device.running?.room
    if (room?.isSettled === true && !batch.more && device.disk.epochs.size > 24) {
      world.fail(this.name, `device ${device.index} keeps ${device.disk.epochs.size} epochs`)
    }
  },
})
