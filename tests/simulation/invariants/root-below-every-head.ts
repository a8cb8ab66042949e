import type { EpochNode } from '../../../remotes/p2p/core/rooms/epochs.ts'
import type { Invariant, SimDevice } from '../world.ts'

const isAncestor = (ancestor: EpochNode, of: EpochNode): boolean => {
  let at: EpochNode | null = of
  while (at !== null && at.height > ancestor.height) at = at.parent
  return at?.id === ancestor.id
}

const exclude = (a: EpochNode, b: EpochNode): boolean => !isAncestor(a, b) && !isAncestor(b, a)

/** True if each holds the other for a member. Two that removed each other decide apart until they meet. */
const areTogether = (a: SimDevice, b: SimDevice): boolean => {
  const members = [a, b].map((one) => one.running?.room.memberships.current().members)
  return members.every((seen) => seen?.has(a.key) === true && seen.has(b.key))
}

/**
 * A root never moves back, the roots of two members never exclude each other, and whoever was asked before it
 * moved has not left it.
 */
export const rootBelowEveryHead = (): Invariant => {
  const roots = new Map<SimDevice, EpochNode>()
  return {
    name: 'the root is below every head',
    afterBatch(world, device, batch) {
      if (device.running === null || device.hostile || !batch.writes.some((write) => write.kind === 'entry')) return
      const { epochs } = device.running.room
      const root = epochs.root()
      if (root === null) return
      const before = roots.get(device)
      if (before !== undefined && !isAncestor(before, root) && epochs.get(before.id) !== undefined) {
        world.fail(this.name, `device ${device.index}'s root moved from ${before.id} (${before.height}) to ${root.id} (${root.height})`)
      }
      roots.set(device, root)
      for (const [other, theirs] of roots) {
        if (other === device || other.running === null || !areTogether(device, other)) continue
        if (exclude(root, theirs)) world.fail(this.name, `the roots of devices ${device.index} and ${other.index} exclude each other`)
        // Who signs two chains can void a commit for those that have not seen yet that it was decided.
        if (world.devices.some((any) => any.hostile)) continue
        for (const [one, decided] of [
          [device, theirs],
          [other, root],
        ] as const) {
          const head = one.running?.room.epochs.head() ?? null
          const known = one.running?.room.epochs.get(decided.id)
          if (head === null || known === undefined || decided.parent?.devices.includes(one.key) !== true) continue
          if (exclude(known, head)) world.fail(this.name, `the head of device ${one.index} left root ${decided.id} (${decided.height})`)
        }
      }
    },
  }
}
