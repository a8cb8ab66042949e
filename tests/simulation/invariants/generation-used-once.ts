import type { Invariant } from '../world.ts'
import type { LogEntry, Opaque } from '../../../remotes/p2p/core/rooms/entry-view.ts'

/**
 * No (epoch, sender, generation) encrypts two messages that leave the device. A device that went back in time sends
 * only when some member has shown what it has of it; whether that member was the right one to ask, nobody can know.
 */
export const generationUsedOnce = (): Invariant => {
  const used = new Map<string, Opaque>()
  const checked = new WeakSet<LogEntry>()
  return {
    name: 'a generation is used once',
    onFrame(world, from, _to, frame) {
      if (frame.kind !== 'entries') return
      for (const entry of frame.entries) {
        if (checked.has(entry)) continue
        checked.add(entry)
        const { body } = entry
        const facts = body.kind === 'app' ? world.ciphers.get(body.message) : undefined
        if (body.kind !== 'app' || facts === undefined) continue
        const { of, sender, generation } = facts
        if (world.byKey.get(sender)?.restored?.heard === true) continue
        const name = `${of} ${sender} ${generation}`
        const before = used.get(name)
        if (before !== undefined && before !== body.message)
          world.fail(this.name, `device ${from.index} used generation ${generation} twice`)
        used.set(name, body.message)
      }
    },
  }
}
