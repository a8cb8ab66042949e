/**
 * The leaves of an epoch's ratchet tree, computed from public commits alone: RFC 9420 section 7.7 puts a new
 * leaf into the leftmost empty place, and a removal leaves its place empty.
 */
import type { DeviceKey } from '#contracts/ids.ts'
import type { CommitView } from './entry-view.ts'

/** By leaf index; null where the tree is blank. */
export type Roster = readonly (DeviceKey | null)[]

export const devicesOf = (roster: Roster): readonly DeviceKey[] => roster.filter((device) => device !== null)

function place(leaves: (DeviceKey | null)[], device: DeviceKey): boolean {
  if (leaves.includes(device)) return false
  const free = leaves.indexOf(null)
  if (free < 0) leaves.push(device)
  else leaves[free] = device
  return true
}

/** The tree after a commit; null if no MLS group could make it (a blank removed, a device twice, a wrong leaf). */
export function rosterAfter(parent: Roster, author: DeviceKey, commit: CommitView): Roster | null {
  const leaves = commit.form === 'refound' ? [] : [...parent]
  if (commit.form === 'refound' && (commit.senderLeaf !== null || commit.removedLeaves.length > 0)) return null
  if (commit.form === 'member' && (commit.senderLeaf === null || leaves[commit.senderLeaf] !== author)) return null
  if (commit.form === 'external' && (commit.senderLeaf !== null || commit.adds.length > 0 || commit.removedLeaves.length > 1)) return null
  for (const leaf of commit.removedLeaves) {
    if ((leaves[leaf] ?? null) === null || leaf === commit.senderLeaf) return null
    leaves[leaf] = null
  }
  if (commit.form !== 'member' && !place(leaves, author)) return null
  for (const device of commit.adds) if (!place(leaves, device)) return null
  while (leaves.at(-1) === null) leaves.pop()
  return leaves
}
