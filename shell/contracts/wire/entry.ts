/**
 * Entries: the signed log of a room. Per-author chains (`seq`, `prev`) woven into a DAG (`deps`).
 * EntryId = SHA-256(canonical encoding without the signature).
 */
import { toHex, type DeviceKey, type EntryId, type EpochId, type InviteKey, type RoomId, type UserId } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import {
  constant,
  type Decoded,
  encode,
  fixed,
  id,
  list,
  oneOf,
  opaque,
  optional,
  struct,
  u16,
  u32,
  u48,
  u8,
  union,
  utf8,
} from './codec.ts'
import { certificateCodec } from './certificate.ts'
import { deviceRecordCodec } from './device-record.ts'
import { labelled } from './labels.ts'

/** MLS profiles, by name: which suite a room speaks (docs/protocol.md, "Suites"). Fixed in the room's id. */
export const PROFILES = ['classic', 'hybrid', 'nist'] as const
export type Profile = (typeof PROFILES)[number]
/** Of new chats of two, and of rooms whose founder chose nothing else. */
export const DEFAULT_PROFILE: Profile = 'hybrid'
export const ROLES = ['member', 'admin', 'owner'] as const
export type Role = (typeof ROLES)[number]
/** member: by a leaf of the parent · external: RFC 9420 section 12.4.3.2 · refound: a new group over all members. */
export const COMMIT_FORMS = ['member', 'external', 'refound'] as const

const chainField = list(certificateCodec, LIMITS.chainLength)

/** Intent operations. What they do to the membership is decided from the log alone. */
export const opCodec = union({
  /** The first entry of a room, by its founder. The room's id is derived from it. */
  create: [
    1,
    struct({
      nonce: fixed(16),
      profile: oneOf(PROFILES),
      shape: oneOf(['direct', 'group']),
      user: id<UserId>(32),
      chain: chainField,
      record: deviceRecordCodec,
      /** How the founder wished to be called then. */
      name: utf8(LIMITS.nameBytes),
    }),
  ],
  /** Brings a device in. */
  add: [
    2,
    struct({
      user: id<UserId>(32),
      device: id<DeviceKey>(32),
      chain: chainField,
      record: deviceRecordCodec,
      /** How the joiner wished to be called then. */
      name: utf8(LIMITS.nameBytes),
      keyPackage: opaque(LIMITS.keyPackageBytes.hybrid),
      role: oneOf(ROLES),
      invite: optional(struct({ invite: id<InviteKey>(32), proof: fixed(32) })),
    }),
  ],
  remove: [3, struct({ device: id<DeviceKey>(32) })],
  leave: [4, struct({})],
  role: [5, struct({ device: id<DeviceKey>(32), role: oneOf(ROLES) })],
  /** An invite to this room. Members know its secret, so that each can check who came by it; so each could also pass it on. */
  invite: [
    6,
    struct({
      invite: id<InviteKey>(32),
      secret: fixed(LIMITS.inviteSecretBytes),
      /** People that may come by it. */
      uses: u16,
      expiresMs: u48,
      /** 1: whoever comes waits until an admin has agreed. */
      approval: u8,
    }),
  ],
  revoke: [7, struct({ invite: id<InviteKey>(32) })],
  /** Name, topic and picture: the newest counts, by depth in the log, then the lowest id. */
  settings: [8, struct({ name: utf8(LIMITS.nameBytes), topic: utf8(LIMITS.topicBytes), picture: optional(opaque(LIMITS.pictureBytes)) })],
  mute: [9, struct({ device: id<DeviceKey>(32), muted: u8 })],
})
export type Op = Decoded<typeof opCodec>

const mark = struct({ author: id<DeviceKey>(32), seq: u32 })
const generation = struct({ author: id<DeviceKey>(32), epoch: id<EpochId>(32), generation: u32 })

export const entryBodyCodec = union({
  op: [1, struct({ op: opCodec })],
  /**
   * An MLS commit as PublicMessage, by-value proposals only; a child of epoch `parent`. `refound`: the first
   * commit of a new MLS group over all members, in the same room.
   */
  commit: [
    2,
    struct({
      parent: id<EpochId>(32),
      form: oneOf(COMMIT_FORMS),
      message: opaque(LIMITS.commitBytes.hybrid),
      welcomeHash: optional(fixed(32)),
    }),
  ],
  /** An MLS PrivateMessage of `epoch`; its plaintext is a content (wire/content.ts). */
  app: [3, struct({ epoch: id<EpochId>(32), message: opaque(LIMITS.entryBytes - 4096) })],
  /** What this device has: decrypted up to, read up to, could not decrypt, saw fail. */
  ack: [
    4,
    struct({
      /** 1: the author holds the state of the epoch that it votes for. */
      holds: u8,
      delivered: list(mark, LIMITS.ackVector),
      read: list(mark, LIMITS.ackVector),
      cant: list(id<EntryId>(32), LIMITS.ackList),
      bad: list(id<EntryId>(32), LIMITS.ackList),
      generations: list(generation, LIMITS.ackVector),
    }),
  ],
  keypackage: [5, struct({ keyPackage: opaque(LIMITS.keyPackageBytes.hybrid) })],
})
export type EntryBody = Decoded<typeof entryBodyCodec>

/** What the author's device key signs (label 'entry'). `seq` counts from 0; `prev` is null only there. */
export const entryTbsCodec = struct({
  v: constant(1),
  room: id<RoomId>(16),
  author: id<DeviceKey>(32),
  seq: u32,
  prev: optional(id<EntryId>(32)),
  deps: list(id<EntryId>(32), LIMITS.deps),
  /** The epoch that the author holds to be the head. All zero in a room's first entry. */
  vote: id<EpochId>(32),
  body: entryBodyCodec,
})
export type EntryTbs = Decoded<typeof entryTbsCodec>

export const entryCodec = struct({ tbs: entryTbsCodec, signature: fixed(64) })
export type Entry = Decoded<typeof entryCodec>

type Sha256 = (bytes: Uint8Array) => Uint8Array

/** EntryId of what is signed. */
export const entryIdOf = (tbs: EntryTbs, sha256: Sha256): EntryId => toHex(sha256(encode(entryTbsCodec, tbs))) as EntryId

export const NO_EPOCH = '00'.repeat(32) as EpochId

const genesisCodec = struct({ author: id<DeviceKey>(32), nonce: fixed(16), profile: oneOf(PROFILES), shape: oneOf(['direct', 'group']) })

/** RoomId = first 16 bytes of SHA-256("sotto room v1" | author | nonce | profile | shape). */
export const roomIdOf = (create: Decoded<typeof genesisCodec>, sha256: Sha256): RoomId =>
  toHex(sha256(labelled('sotto room v1', encode(genesisCodec, create))).slice(0, 16)) as RoomId

const epochCodec = struct({ room: id<RoomId>(16), parent: id<EpochId>(32), entry: id<EntryId>(32), confirmationTag: opaque(64) })

/**
 * EpochId = SHA-256("sotto epoch v1" | room | parent epoch | entry of the commit | confirmation tag).
 * The root epoch's parent is NO_EPOCH, its entry the room's first, its tag empty.
 */
export const epochIdOf = (epoch: Decoded<typeof epochCodec>, sha256: Sha256): EpochId =>
  toHex(sha256(labelled('sotto epoch v1', encode(epochCodec, epoch)))) as EpochId
