/**
 * What the pure layers see of an entry: the signed facts, already verified and judged behind the gate.
 * An adapter makes it from `wire/entry.ts`; a simulator makes it directly. Ids compare as strings.
 */
import type { DeviceKey, EntryId, EpochId, InviteKey, UserId } from '#contracts/ids.ts'
import type { Role } from '#contracts/wire/entry.ts'

/** Bytes that only an `EpochEngine` reads: MLS messages, KeyPackages, Welcomes. */
export interface Opaque {
  readonly length: number
}

/** An intent. What it does to the membership is decided from the log alone (membership.ts). */
export type RoomOp =
  /** `card`, here and below: what the layers carry and do not read (certificates, records, names, secrets of invites). */
  | { readonly kind: 'create'; readonly user: UserId; readonly card: Opaque }
  | {
      readonly kind: 'add'
      readonly device: DeviceKey
      readonly user: UserId
      readonly role: Role
      /** The invite that the joiner came by; its proof is checked before the entry is taken. */
      readonly invite: InviteKey | null
      readonly keyPackage: Opaque
      readonly card: Opaque
    }
  | { readonly kind: 'remove'; readonly device: DeviceKey }
  | { readonly kind: 'leave' }
  | { readonly kind: 'role'; readonly device: DeviceKey; readonly role: Role }
  | { readonly kind: 'invite'; readonly invite: InviteKey; readonly uses: number; readonly card: Opaque }
  | { readonly kind: 'revoke'; readonly invite: InviteKey }
  | { readonly kind: 'settings'; readonly name: string; readonly topic: string; readonly picture: Opaque | null }
  | { readonly kind: 'mute'; readonly device: DeviceKey; readonly muted: boolean }

/** An MLS commit (or the first commit of a re-founded group) as it can be judged without keys. */
export interface CommitView {
  readonly kind: 'commit'
  readonly parent: EpochId
  /** The epoch that it makes. */
  readonly epoch: EpochId
  /** member: by a leaf of the parent · external: RFC 9420 section 12.4.3.2 · refound: a new group over all members. */
  readonly form: 'member' | 'external' | 'refound'
  /** The committer's leaf in the parent; null for the other two forms. */
  readonly senderLeaf: number | null
  readonly adds: readonly DeviceKey[]
  readonly removedLeaves: readonly number[]
  readonly message: Opaque
  /** Names the Welcome; null if nobody was added. */
  readonly welcome: string | null
}

/** `author`'s entries up to `seq`, that one included. */
export interface Mark {
  readonly author: DeviceKey
  readonly seq: number
}

export interface Generation {
  readonly author: DeviceKey
  readonly epoch: EpochId
  readonly generation: number
}

export type EntryBody =
  | { readonly kind: 'op'; readonly op: RoomOp }
  | CommitView
  | { readonly kind: 'app'; readonly epoch: EpochId; readonly message: Opaque }
  | {
      readonly kind: 'ack'
      /** Whether the author holds the state of the epoch that it votes for. */
      readonly holds: boolean
      readonly delivered: readonly Mark[]
      readonly cant: readonly EntryId[]
      readonly bad: readonly EntryId[]
      readonly generations: readonly Generation[]
    }
  | { readonly kind: 'keypackage'; readonly keyPackage: Opaque }

export interface LogEntry {
  readonly id: EntryId
  readonly author: DeviceKey
  /** Counts from 0 along the author's chain. */
  readonly seq: number
  /** The author's entry before; null only for seq 0. */
  readonly prev: EntryId | null
  readonly deps: readonly EntryId[]
  /** The epoch that the author holds to be the head. */
  readonly vote: EpochId
  readonly body: EntryBody
}
