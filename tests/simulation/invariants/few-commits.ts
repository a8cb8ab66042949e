import type { Invariant } from '../world.ts'

/** Healing costs commits at most linear in the members, and each message few encryptions. */
export const fewCommits = (): Invariant => ({
  name: 'few commits after healing',
  afterHealing(world) {
    const all = new Set(world.devices.flatMap((device) => device.disk.entries))
    const fresh = [...all].filter((entry) => entry.body.kind === 'commit' && (world.writtenAtMs.get(entry.id) ?? 0) > world.healedAtMs)
    const limit = 4 * world.devices.length + 4
    if (fresh.length > limit) world.fail(this.name, `${fresh.length} commits after healing, at most ${limit} were expected`)
  },
})
