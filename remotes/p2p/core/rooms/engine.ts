/**
 * MLS as a room needs it: a small port, so that a toy, a fake and the real thing fit behind it. Public facts
 * (rosters, ids, what a commit adds) come from the log; this port only holds secrets.
 *
 * Commit, then send: what moves a secret returns a `token` and the next state, sealed. The caller stores the
 * state with all that follows from it in one transaction, then adopts the token. A transaction that failed
 * ends the engine; the next one starts from what was stored. Every call may reject; then nothing moved.
 */
import type { Capacity } from './capacity.ts'
import type { DeviceKey, EpochId, Mid } from '#contracts/ids.ts'
import type { Opaque } from './entry-view.ts'

/** A message as its author meant it: signed inside, the same however often it is encrypted. */
export interface Content {
  readonly mid: Mid
  readonly author: DeviceKey
  readonly lamport: number
  readonly body: Opaque
}

export interface Joiner {
  readonly device: DeviceKey
  readonly keyPackage: Opaque
}

export interface MadeCommit {
  readonly token: number
  readonly message: Opaque
  /** For those added; null if nobody was. */
  readonly welcome: Opaque | null
  /** Names the Welcome's bytes; null with it. */
  readonly welcomeHash: string | null
  /** Goes into the EpochId. */
  readonly confirmationTag: string
}

export interface Moved {
  readonly token: number
  /** The next state of the epoch, for storage. */
  readonly sealed: Opaque
}

export type Opened =
  | { readonly kind: 'opened'; readonly content: Content; readonly sender: DeviceKey; readonly generation: number }
  | { readonly kind: 'failed' }
  /** Not looked at yet: it is to be given again, without those that were. */
  | { readonly kind: 'later' }

export interface EpochEngine {
  /** Absent: that of the smallest keys. */
  readonly capacity?: Capacity
  /** A group of one; the founder's first epoch. */
  found(epoch: EpochId): Promise<Moved>
  /** A commit by a member of `parent`. */
  commit(parent: EpochId, change: { readonly adds: readonly Joiner[]; readonly removedLeaves: readonly number[] }): Promise<MadeCommit>
  /** An external commit on `parent`, in place of this device's leaf there; null if the GroupInfo is not of that epoch. */
  rejoin(parent: EpochId, groupInfo: Opaque): Promise<MadeCommit | null>
  /** A new group in the same room with all of these and this device. */
  refound(adds: readonly Joiner[]): Promise<MadeCommit>
  /** Whether the device can be added with this KeyPackage now: it is its own, well formed and not expired. */
  usable(joiner: Joiner): Promise<boolean>
  /** Another's commit on a held epoch. null: it is no valid commit for that state, and never will be. */
  process(parent: EpochId, epoch: EpochId, message: Opaque): Promise<Moved | null>
  /** Joins `epoch` from a Welcome to a KeyPackage of this device; null if it opens none. */
  join(epoch: EpochId, welcome: Opaque): Promise<Moved | null>
  /** Names what a commit of this device leads to, once its entry (and so its id) is known. */
  name(token: number, epoch: EpochId): Promise<Moved>
  encrypt(epoch: EpochId, content: Content): Promise<Moved & { readonly message: Opaque; readonly generation: number }>
  /** All in one move; null if nothing moved. */
  decrypt(epoch: EpochId, messages: readonly Opaque[]): Promise<{ readonly results: readonly Opened[]; readonly moved: Moved | null }>
  groupInfo(epoch: EpochId): Promise<Opaque>
  /** A fresh KeyPackage; `sealed` is its private half. */
  keyPackage(): Promise<{ readonly keyPackage: Opaque; readonly sealed: Opaque }>
  adopt(token: number): Promise<void>
  /** Overwrites the secrets of an epoch. Only here: they are shared with children that a rival may still need. */
  prune(epoch: EpochId): Promise<void>
}
