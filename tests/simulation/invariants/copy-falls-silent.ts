import type { Invariant } from '../world.ts'

/** Who went back in time and was shown an entry of its own that it does not have, writes nothing any more. */
export const copyFallsSilent = (): Invariant => ({
  name: 'a copy falls silent',
  afterBatch(world, device, batch) {
    if (device.restored?.warned !== true) return
    if (
      batch.writes.some(
        (write) => write.kind === 'entry' && write.entry.author === device.key && world.writtenAtMs.get(write.entry.id) === world.nowMs,
      )
    )
      world.fail(this.name, `device ${device.index} was shown that it is a copy, and wrote`)
  },
})
