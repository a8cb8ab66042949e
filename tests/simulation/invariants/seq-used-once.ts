import type { EntryId } from '#contracts/ids.ts'
import type { LogEntry } from '../../../remotes/p2p/core/rooms/entry-view.ts'
import type { Invariant } from '../world.ts'

/** No author that keeps to the rules uses a seq twice, however it crashed. */
export const seqUsedOnce = (): Invariant => {
  const used = new Map<string, EntryId>()
  const checked = new WeakSet<LogEntry>()
  return {
    name: 'a seq is used once',
    onFrame(world, _from, _to, frame) {
      if (frame.kind !== 'entries') return
      for (const entry of frame.entries) {
        if (checked.has(entry)) continue
        checked.add(entry)
        const { author, seq, id } = entry
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
