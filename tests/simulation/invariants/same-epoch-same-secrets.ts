import type { EpochId } from '#contracts/ids.ts'
import type { Invariant } from '../world.ts'

/** An EpochId names one epoch: the same authenticator and roster on every device that holds it. */
export const sameEpochSameSecrets = (): Invariant => {
  const seen = new Map<EpochId, string>()
  return {
    name: 'same epoch, same secrets',
    afterBatch(world, device, batch) {
      for (const write of batch.writes) {
        if (write.kind !== 'epoch' || device.running === null) continue
        const { room, engine } = device.running
        const said = `${engine.authenticator(write.epoch)} ${room.epochs.get(write.epoch)?.roster.join()}`
        const before = seen.get(write.epoch)
        if (before !== undefined && before !== said) world.fail(this.name, `epoch ${write.epoch} differs on device ${device.index}`)
        seen.set(write.epoch, said)
      }
    },
  }
}
