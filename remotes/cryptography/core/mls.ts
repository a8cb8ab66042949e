/**
 * The port to MLS (RFC 9420). Whatever a peer made passes the gate inside it (gate.ts), and every call
 * rejects with a SottoError alone. Groups are values: a move gives a new one and leaves the old as it was.
 * An engine speaks one suite, and takes nothing of another: 'wrong-suite'.
 */
import type { CommitFacts } from '#contracts/cryptography.ts'
import type { Profile } from '#contracts/wire/entry.ts'
import type { Bytes, Primitives, SigningKey } from './primitives.ts'

export interface MlsEnvironment {
  readonly primitives: Primitives
  /** Whether the chain in a basic credential certifies this signature key. Asks no clock. */
  authenticate(identity: Uint8Array, signatureKey: Uint8Array): Promise<boolean>
  /** The device key that a leaf stands for, by what it says of itself. Throws 'bad-certificate'. */
  deviceOf(identity: Uint8Array, signatureKey: Uint8Array): Uint8Array
  /** The key that all own leaves of the suite sign with. Throws 'identity-missing'. */
  device(): SigningKey
}

declare const group: unique symbol
/** The whole private state of one epoch. */
export interface Group {
  readonly [group]: true
}

export interface Leaf {
  readonly leafIndex: number
  /** The credential's content: an encoded chain. */
  readonly identity: Uint8Array
  readonly device: Uint8Array
}

/** Views into the group's memory: copy what is to be handed out. */
export interface GroupFacts {
  readonly groupId: Uint8Array
  readonly number: number
  readonly roster: readonly Leaf[]
  readonly ownLeaf: number
  readonly authenticator: Uint8Array
  readonly confirmationTag: Uint8Array
}

/** A group after a move, and the secrets that the move used up: to be overwritten once it is adopted. */
export interface Moved {
  readonly group: Group
  readonly spent: readonly Uint8Array[]
}

export interface Committed {
  readonly group: Group
  readonly commit: Bytes
  readonly welcome: Bytes | null
}

/** A group that comes from a call is its own: it can be wiped, and takes nothing from the one it came from. Moves alone share. */
export interface MlsEngine {
  /** `identity` is the encoded chain of this device. */
  createKeyPackage(identity: Uint8Array, nowMs: number): Promise<{ readonly keyPackage: Bytes; readonly privateKeys: Bytes }>
  /** Rejects 'too-large', 'malformed', 'wrong-suite', 'bad-signature', 'bad-certificate', 'expired-certificate'. */
  inspectKeyPackage(keyPackage: Uint8Array, nowMs: number): Promise<Omit<Leaf, 'leafIndex'>>
  /** A group of one. */
  createGroup(groupId: Uint8Array, identity: Uint8Array, nowMs: number): Promise<Group>
  factsOf(group: Group): GroupFacts
  encodeGroup(group: Group): Bytes
  /** Of any suite. */
  decodeGroup(bytes: Uint8Array): Group
  /** The suite of any group. */
  profileOf(group: Group): Profile
  /** Overwrites a group's secrets. */
  wipeGroup(group: Group): void
  /** KeyPackages must have been inspected. Rejects 'unexpected' if the change does not fit the group. */
  createCommit(
    parent: Group,
    change: { readonly addKeyPackages: readonly Uint8Array[]; readonly removeLeaves: readonly number[] },
  ): Promise<Committed>
  inspectCommit(message: Uint8Array): CommitFacts
  /** Of a member, or of a device that comes in by external commit and takes at most its own old leaf out. */
  processCommit(parent: Group, message: Uint8Array): Promise<Group>
  /** With the tree and the external public key, signed by this device. Rejects 'too-large'. */
  exportGroupInfo(group: Group): Promise<Bytes>
  /**
   * An external commit of this device on the epoch that `groupInfo` describes. Rejects 'unexpected' if it is of
   * another group, carries another tag, or its signer is no leaf of its tree; 'bad-signature'; 'malformed'.
   */
  externalCommit(
    identity: Uint8Array,
    epoch: { readonly groupId: Uint8Array; readonly groupInfo: Uint8Array; readonly confirmationTag: Uint8Array },
    nowMs: number,
  ): Promise<Omit<Committed, 'welcome'>>
  join(groupId: Uint8Array, welcome: Uint8Array, keyPackage: Uint8Array, privateKeys: Uint8Array): Promise<Group>
  encrypt(group: Group, plaintext: Uint8Array): Promise<Moved & { readonly message: Bytes; readonly generation: number }>
  decrypt(
    group: Group,
    message: Uint8Array,
  ): Promise<Moved & { readonly plaintext: Bytes; readonly device: Uint8Array; readonly generation: number }>
}

/** One engine a suite. */
export type Engines = Readonly<Record<Profile, MlsEngine>>
