/** What a commit on an epoch would have to do, read from the log alone. */
import type { DeviceKey } from '#contracts/ids.ts'
import type { Capacity } from './capacity.ts'
import type { Joiner } from './engine.ts'
import type { Opaque } from './entry-view.ts'
import type { EpochNode } from './epochs.ts'
import { includes, type LogNode, type RoomLog } from './log.ts'
import type { Membership } from './membership.ts'
import { isFounder } from './roles.ts'

export interface Needs {
  readonly adds: readonly Joiner[]
  readonly removedLeaves: readonly number[]
  /** Somebody is to go. */
  readonly urgent: boolean
}

/** Devices that asked to be let in anew, by their newest KeyPackage. */
export type Rejoiners = ReadonlyMap<DeviceKey, { readonly node: LogNode; readonly keyPackage: Opaque }>

/** True if a commit on the way to `epoch` let the device in knowing of `request`. */
function answered(device: DeviceKey, request: LogNode, epoch: EpochNode): boolean {
  for (let at: EpochNode | null = epoch; at?.commit != null; at = at.parent) {
    const letIn = at.commit.adds.includes(device) || at.node.entry.author === device
    if (letIn && includes(at.node, request)) return true
  }
  return false
}

/** What it takes to name a commit's work. */
export interface NeedsInput {
  readonly log: RoomLog
  readonly membership: Membership
  readonly rejoiners: Rejoiners
  /** KeyPackages that no commit can use: expired, or never any good. Their devices wait for a new one. */
  readonly unusable: ReadonlySet<Opaque>
  readonly capacity: Capacity
}

/** null if `epoch` is as it should be. `by` is the committer: nobody can remove or add itself. */
export function needsOf(epoch: EpochNode, by: DeviceKey, { log, membership, rejoiners, unusable, capacity }: NeedsInput): Needs | null {
  const { members } = membership
  const adds: Joiner[] = []
  const removedLeaves: number[] = []
  let urgent = false
  for (const [leaf, device] of epoch.roster.entries()) {
    if (device !== null && !members.has(device)) {
      removedLeaves.push(leaf)
      urgent = true
    }
  }
  for (const member of members.values()) {
    if (member.device === by) continue
    const request = rejoiners.get(member.device)
    const leaf = epoch.roster.indexOf(member.device)
    if (leaf >= 0 && (request === undefined || answered(member.device, request.node, epoch))) continue
    const keyPackage = request?.keyPackage ?? keyPackageOfAdd(member.add, log)
    if (keyPackage === null || unusable.has(keyPackage)) continue
    const isFull = leaf < 0 && epoch.devices.length + adds.length - removedLeaves.length >= capacity.devices
    if (adds.length === capacity.addsAtOnce || isFull) continue
    if (leaf >= 0) removedLeaves.push(leaf)
    adds.push({ device: member.device, keyPackage })
  }
  return adds.length + removedLeaves.length === 0 ? null : { adds, removedLeaves, urgent }
}

/**
 * Everybody but the committer, for a group founded anew; null if somebody has no KeyPackage that can be used. The
 * founder, whom nobody added, may have none at all: nobody waits for it, and once it asks, a commit lets it in.
 */
export function everybodyElse(by: DeviceKey, { log, membership, rejoiners, unusable }: NeedsInput): readonly Joiner[] | null {
  const out: Joiner[] = []
  for (const member of membership.members.values()) {
    if (member.device === by) continue
    const keyPackage = rejoiners.get(member.device)?.keyPackage ?? keyPackageOfAdd(member.add, log)
    if (keyPackage === null && isFounder(member)) continue
    if (keyPackage === null || unusable.has(keyPackage)) return null
    out.push({ device: member.device, keyPackage })
  }
  return out
}

function keyPackageOfAdd(add: Parameters<RoomLog['get']>[0], log: RoomLog): Opaque | null {
  const body = log.get(add)?.entry.body
  return body?.kind === 'op' && body.op.kind === 'add' ? body.op.keyPackage : null
}
