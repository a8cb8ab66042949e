/**
 * The port to the one realm that holds private keys (a dedicated Worker). Bytes go in, bytes come out;
 * no private key crosses, also not in an error. Every call rejects with a SottoError and nothing else.
 *
 * Commit, then send. A call that moves an MLS ratchet returns a `Pending`: the sealed next state and a
 * token. The caller stores the sealed state and whatever follows from it in one transaction, then calls
 * `adopt`; if the transaction failed, `drop`. Until then the Worker keeps the old state and refuses a
 * second move of the same epoch ('unexpected'), so one generation is never used twice.
 */
import type { BlindedKey, DeviceKey, EpochId, InviteKey, RendezvousKey, RoomId, SessionId, SignallingKey, UserId } from './ids.ts'
import type { BrokerClaim } from './wire/broker-claim.ts'
import type { Chain } from './wire/certificate.ts'
import type { DeviceRecord } from './wire/device-record.ts'
import type { Profile } from './wire/entry.ts'
import type { ExpectedPeer } from './wire/handshake.ts'
import type { SignLabel } from './wire/labels.ts'
import type { SignalTbs } from './wire/signal.ts'

/** What may be known of this device outside the Worker. */
export interface Identity {
  readonly user: UserId
  readonly device: DeviceKey
  readonly chain: Chain
  readonly record: DeviceRecord
  readonly rendezvous: RendezvousKey
  readonly signalling: SignallingKey
}

/** A sealed private state, opaque outside the Worker. Bound to its purpose: it opens as nothing else. */
export type Sealed = Uint8Array<ArrayBuffer>

/** One move of a ratchet that is not adopted yet. */
export interface Pending {
  readonly token: number
  /** The next state of the epoch it belongs to, sealed. */
  readonly sealed: Sealed
}

/** One record to seal or open. `name` is bound in: a record moved to another name does not open. */
export interface SealItem {
  readonly name: string
  readonly bytes: Uint8Array
}

/** A member's leaf, as the MLS tree holds it. */
export interface RosterLeaf {
  readonly leafIndex: number
  readonly device: DeviceKey
  readonly user: UserId
}

/** What an epoch is, in public. */
export interface EpochInfo {
  /** The MLS epoch number: for the eye only, never an id. */
  readonly number: number
  readonly roster: readonly RosterLeaf[]
  /** Equal on all members of the same epoch, and only there (RFC 9420 section 8.7). */
  readonly authenticator: Uint8Array<ArrayBuffer>
  readonly confirmationTag: Uint8Array<ArrayBuffer>
  readonly profile: Profile
}

export interface CommitMade {
  readonly token: number
  /** The commit as MLS PublicMessage, and its confirmation tag: together they give the caller the EpochId. */
  readonly commit: Uint8Array<ArrayBuffer>
  readonly confirmationTag: Uint8Array<ArrayBuffer>
  /** MLS Welcome for those added; null if nobody was. */
  readonly welcome: Uint8Array<ArrayBuffer> | null
  readonly info: EpochInfo
}

/** What a commit says of itself, read behind the gate and without keys. */
export interface CommitFacts {
  readonly mlsGroup: Uint8Array<ArrayBuffer>
  readonly number: number
  readonly external: boolean
  readonly senderLeaf: number | null
  readonly adds: readonly DeviceKey[]
  readonly removedLeaves: readonly number[]
  readonly confirmationTag: Uint8Array<ArrayBuffer>
}

/** The outcome for one message; one that fails does not hold up the rest. */
export type Decrypted =
  | { readonly ok: true; readonly plaintext: Uint8Array<ArrayBuffer>; readonly sender: DeviceKey; readonly generation: number }
  | { readonly ok: false; readonly code: 'malformed' | 'too-large' | 'cannot-decrypt' | 'replayed' | 'bad-certificate' | 'unexpected' }

export interface OpenedSignal {
  readonly tbs: SignalTbs
}

export interface ProvenPeer {
  readonly device: DeviceKey
  readonly user: UserId
  readonly chain: Chain
  /** The highest wire version both speak. */
  readonly wireVersion: number
}

export interface InviteMade {
  readonly key: InviteKey
  readonly secret: Uint8Array<ArrayBuffer>
  /** The private half, sealed. */
  readonly sealed: Sealed
}

export interface KeyPackageMade {
  readonly keyPackage: Uint8Array<ArrayBuffer>
  /** Its private keys, sealed; needed once, for `join`. */
  readonly sealed: Sealed
}

export interface PassphraseChange {
  readonly current: string | null
  readonly next: string | null
}

export interface Cryptography {
  /**
   * The watchdog ended the Worker and a fresh one took its place: the identity and the epochs must be
   * opened again, all pending tokens and handshakes are gone. The call that hung rejects 'worker-ended'.
   */
  onRestart(listener: () => void): void
  // --- identity
  /** Whether this browser holds the vault key. Together with the store it tells a first visit from a loss. */
  hasVaultKey(): Promise<boolean>
  /**
   * A new master key, device key, certificate and record. Makes the vault key if there is none yet. The
   * caller stores `sealed`; only then is the identity real. Rejects 'identity-exists' if one is open.
   */
  createIdentity(options: {
    readonly deviceName: string
    readonly nowMs: number
  }): Promise<{ readonly identity: Identity; readonly sealed: Sealed }>
  /**
   * A new device of the person whose recovery phrase this is: the same user, and everything else new. As createIdentity
   * else. Rejects 'malformed' if these are no 24 words with a right checksum; then nothing was made.
   */
  restoreIdentity(options: {
    readonly deviceName: string
    readonly nowMs: number
    readonly words: readonly string[]
  }): Promise<{ readonly identity: Identity; readonly sealed: Sealed }>
  /** Opens what createIdentity sealed. 'identity-missing' without the vault key, 'malformed' if altered, 'locked', 'storage-newer'. */
  openIdentity(sealed: Sealed): Promise<Identity>
  /** The 24 words of the master entropy (BIP-39, English). Shown to the person, kept nowhere. */
  revealPhrase(): Promise<readonly string[]>
  /** 60 digits over both user keys, the same on both sides (docs/protocol.md, "Safety number"). */
  safetyNumber(theirs: UserId): Promise<string>
  /** Destroys the vault key: all that was sealed is lost. The Worker ends. */
  destroy(): Promise<void>
  /** Ends the Worker: its keys are out of memory, and nothing that is stored changes. */
  end(): Promise<void>

  // --- the passphrase
  /** Whether the vault opens with a passphrase only. Until `unlock` all that needs the vault then rejects 'locked'. */
  hasPassphrase(): Promise<boolean>
  /**
   * Opens the vault for as long as this page lives. Rejects 'wrong-passphrase', 'malformed' if what is stored was
   * altered, 'storage-newer' if it is of a later version; nothing is changed by any of these.
   */
  unlock(passphrase: string): Promise<void>
  /**
   * Sets a passphrase (`current` is null), changes it, or removes it (`next` is null), in one transaction: the old
   * way in holds until the new one does. Rejects 'wrong-passphrase', 'malformed' if the new one is too short,
   * 'too-large', 'unexpected' if `current` is given where there is none or the other way round.
   */
  setPassphrase(change: PassphraseChange): Promise<void>

  // --- signatures and records at rest
  /** The device key's signature over `label | 0 | bytes`. Only 'entry' and 'content' may be asked for. */
  sign(label: Extract<SignLabel, 'entry' | 'content'>, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>>
  /** One answer an item, in order. Strict Ed25519 (RFC 8032); a malformed key is `false`. */
  verify(
    items: readonly {
      readonly label: SignLabel
      readonly key: DeviceKey | UserId | InviteKey
      readonly bytes: Uint8Array
      readonly signature: Uint8Array
    }[],
  ): Promise<readonly boolean[]>
  /** Checks a chain: master signature, device, dates at `nowMs`. Rejects 'bad-certificate', 'expired-certificate'. */
  checkChain(chain: Chain, expected: { readonly user: UserId; readonly device: DeviceKey; readonly nowMs: number }): Promise<void>
  seal(items: readonly SealItem[]): Promise<readonly Sealed[]>
  open(items: readonly SealItem[]): Promise<readonly Uint8Array<ArrayBuffer>[]>

  // --- invites and signalling
  createInvite(): Promise<InviteMade>
  /** What these keys are in a period, in order (docs/protocol.md, "Broker ids"); null for one that is no key. */
  blindKeys(keys: readonly (RendezvousKey | InviteKey)[], period: number): Promise<readonly (BlindedKey | null)[]>
  /**
   * Answers a broker's challenge with the rendezvous key as it is blinded in a period, or with an invite's: `host` is the broker's
   * name as the page knows it.
   */
  claimBrokerId(
    challenge: { readonly host: string; readonly nonce: Uint8Array },
    period: number,
    invite: { readonly key: InviteKey; readonly sealed: Sealed } | null,
  ): Promise<BrokerClaim>
  /** HPKE to a device's signalling key, or AEAD under the invite's secret. Signs the body; pads to a bucket. */
  sealSignal(signal: {
    readonly to:
      | { readonly kind: 'device'; readonly device: DeviceKey; readonly signalling: SignallingKey }
      | { readonly kind: 'invite'; readonly invite: InviteKey; readonly secret: Uint8Array; readonly toInviter: boolean }
    readonly replyTo: string
    readonly nowMs: number
    readonly body: Uint8Array
  }): Promise<Uint8Array<ArrayBuffer>>
  /** Opens a blob sealed to this device or under an invite; checks target and signature, not consent. */
  openSignal(
    blob: Uint8Array,
    via:
      | { readonly kind: 'device' }
      | { readonly kind: 'invite'; readonly invite: InviteKey; readonly secret: Uint8Array; readonly toInviter: boolean },
  ): Promise<OpenedSignal>

  // --- the link's handshake (wire/handshake.ts)
  handshakeHello(session: SessionId): Promise<Uint8Array<ArrayBuffer>>
  /**
   * Takes the peer's hello and the DTLS fingerprints (32 bytes each, of the connection as it is) and
   * returns our sealed proof. `inviteKey` is the sealed private half, for the inviter only.
   */
  handshakeProof(input: {
    readonly session: SessionId
    readonly role: 'offerer' | 'answerer'
    readonly peerHello: Uint8Array
    readonly fingerprints: { readonly offerer: Uint8Array; readonly answerer: Uint8Array }
    readonly expected: ExpectedPeer
    readonly invite: { readonly secret: Uint8Array; readonly inviteKey: Sealed | null } | null
  }): Promise<Uint8Array<ArrayBuffer>>
  /** Checks the peer's proof. Rejects 'wrong-transcript', 'wrong-peer', 'bad-certificate', 'wrong-version', ... */
  handshakeVerify(session: SessionId, proof: Uint8Array, nowMs: number): Promise<ProvenPeer>
  /** HMAC(linkKey, room) cut to 16 bytes, for rooms on a proven link; hex, in order. */
  roomTags(session: SessionId, rooms: readonly RoomId[]): Promise<readonly string[]>
  /** Forgets the session's keys. */
  handshakeEnd(session: SessionId): Promise<void>

  // --- MLS, behind the gate
  createKeyPackage(profile: Profile, nowMs: number): Promise<KeyPackageMade>
  /** Whose KeyPackage this is, after the gate and all of RFC 9420 section 10.1. */
  inspectKeyPackage(keyPackage: Uint8Array, profile: Profile, nowMs: number): Promise<{ readonly device: DeviceKey; readonly user: UserId }>
  /** A group of one. Its state belongs to epoch `epoch` once adopted. */
  createGroup(room: RoomId, epoch: EpochId, profile: Profile, nowMs: number): Promise<Pending & { readonly info: EpochInfo }>
  /** Brings a stored epoch into the Worker. Loading one that is there replaces nothing and is no error. */
  loadEpoch(room: RoomId, epoch: EpochId, sealed: Sealed): Promise<EpochInfo>
  /** Forgets an epoch and overwrites its secrets. */
  dropEpoch(room: RoomId, epoch: EpochId): Promise<void>
  /** A commit on `parent` that adds and removes, with a path. Two steps: `nameCommit` gives the sealed state. */
  createCommit(
    room: RoomId,
    parent: EpochId,
    change: { readonly addKeyPackages: readonly Uint8Array[]; readonly removeDevices: readonly DeviceKey[]; readonly nowMs: number },
  ): Promise<CommitMade>
  /** A commit of a room of this profile: 'wrong-suite' if it adds by a KeyPackage of another. */
  inspectCommit(message: Uint8Array, profile: Profile): Promise<CommitFacts>
  /** GroupInfo of an epoch, with its ratchet tree and external public key, for whoever is to rejoin. */
  exportGroupInfo(room: RoomId, epoch: EpochId): Promise<Uint8Array<ArrayBuffer>>
  /**
   * An external commit on the epoch that `groupInfo` describes (RFC 9420 section 12.4.3.2), in the name of this
   * device; its old leaf there is removed with it. Accepted only if the GroupInfo is of this room's group,
   * carries `confirmationTag`, and its signer is in its tree; else 'unexpected', 'bad-signature', 'malformed'.
   */
  externalCommit(input: {
    readonly room: RoomId
    readonly profile: Profile
    readonly groupInfo: Uint8Array
    readonly confirmationTag: Uint8Array
    readonly nowMs: number
  }): Promise<CommitMade>
  /** A new MLS group in the same room and the commit that adds all of these to it, as one CommitMade. */
  refound(room: RoomId, profile: Profile, addKeyPackages: readonly Uint8Array[], nowMs: number): Promise<CommitMade>
  /** Applies another's commit, external ones too, to a copy of `parent`. 'unexpected' if it is not for that epoch. */
  processCommit(room: RoomId, parent: EpochId, message: Uint8Array, nowMs: number): Promise<Omit<CommitMade, 'commit' | 'welcome'>>
  /** Names the epoch that a pending commit leads to and seals its state under that name. */
  nameCommit(token: number, epoch: EpochId): Promise<Pending>
  /** Joins from a Welcome with a KeyPackage of ours, both of this profile. The info's confirmation tag tells which commit it was. */
  join(input: {
    readonly room: RoomId
    readonly profile: Profile
    readonly welcome: Uint8Array
    readonly keyPackage: Uint8Array
    readonly sealedKeyPackage: Sealed
    readonly nowMs: number
  }): Promise<Omit<CommitMade, 'commit' | 'welcome'>>
  encrypt(
    room: RoomId,
    epoch: EpochId,
    plaintext: Uint8Array,
  ): Promise<Pending & { readonly message: Uint8Array<ArrayBuffer>; readonly generation: number }>
  /** Decrypts in order, in one move: one Pending for all. `pending` is null when nothing moved. */
  decrypt(
    room: RoomId,
    epoch: EpochId,
    messages: readonly Uint8Array[],
  ): Promise<{ readonly results: readonly Decrypted[]; readonly pending: Pending | null }>
  adopt(token: number): Promise<void>
  drop(token: number): Promise<void>
}

/** What the remote exposes to the shell. `worker` is the URL of the verified Worker script. */
export interface CryptographyRemote {
  readonly CONTRACT_VERSION: number
  /**
   * Starts the Worker. `startWorker` makes it from bytes that the shell has checked, again after a restart;
   * `startVaultWorker` one that lives for a single question about the passphrase.
   */
  create(options: { readonly startWorker: () => Promise<Worker>; readonly startVaultWorker: () => Promise<Worker> }): Promise<Cryptography>
}
