import type { EpochId } from '#contracts/ids.ts'
import type { Invariant } from '../world.ts'

/** The head is a function of the log: devices with the same entries have the same head and root. */
export const sameEntriesSameHead = (): Invariant => {
  const seen = new Map<string, string>()
  return {
    name: 'same entries, same head',
    afterBatch(world, device, batch) {
      const room = device.running?.room
      if (room === undefined || !batch.writes.some((write) => write.kind === 'entry')) return
      const said = `${room.epochs.head()?.id ?? ('' as EpochId)} ${room.epochs.root()?.id}`
      const fingerprint = room.fingerprint()
      const before = seen.get(fingerprint)
      if (before !== undefined && before !== said)
        world.fail(this.name, `one log, two heads: ${before} and ${said} (device ${device.index})`)
      seen.set(fingerprint, said)
    },
  }
}
