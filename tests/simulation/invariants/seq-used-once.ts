import type { EntryId } from '#contracts/ids.ts'
import type { Invariant } from '../world.ts'

/** No author that keeps to the rules uses a seq twice, however it crashed. */
export const seqUsedOnce = (): Invariant => {
  const used = new Map<string, EntryId>()
  return {
    name: 'a seq is used once',
    onFrame(world, _from, _to, frame) {
      if (frame.kind !== 'entries') return
      for (const { author, seq, id } of frame.entries) {
        if (world.byKey.get(author)?.hostile !== false) continue
        const name = `${author} ${seq}`
        const before = used.get(name)
        if (before !== undefined && before !== id)
          world.fail(this.name, `seq ${seq} of device ${world.byKey.get(author)?.index} used twice`)
        used.set(name, id)
      }
    },
  }
}
