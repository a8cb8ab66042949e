/**
 * Messages on a proven link's `control` channel (and `live`, where said). Each travels padded
 * (wire/padding.ts). The handshake comes first and is not part of this union.
 */
import type { DeviceKey, EntryId, EpochId, InviteKey, RoomId, RoomTag } from '../ids.ts'
import { REFUSALS } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { type Decoded, fixed, id, list, oneOf, opaque, struct, u32, u8, union, utf8 } from './codec.ts'
import { deviceRecordCodec } from './device-record.ts'
import { overlayCodec } from './overlay.ts'

/** The end of a chain that this device holds. An author that forked its chain has several. */
const tip = struct({ author: id<DeviceKey>(32), seq: u32, id: id<EntryId>(32) })

export const frameCodec = union({
  ping: [1, struct({ nonce: u32 })],
  pong: [2, struct({ nonce: u32 })],

  /** First contact, joiner to inviter, on a link proven by an invite. */
  introduce: [
    10,
    struct({
      invite: id<InviteKey>(32),
      name: utf8(LIMITS.nameBytes),
      record: deviceRecordCodec,
      keyPackage: opaque(LIMITS.keyPackageBytes.hybrid),
    }),
  ],
  /** There is a chat with this device already: the invite is spent. */
  joined: [12, struct({ invite: id<InviteKey>(32) })],
  /** The answer to `introduce` where the invite leads to a room: the room's log, asked for as always, lets the joiner in. */
  admitted: [14, struct({ invite: id<InviteKey>(32), room: id<RoomId>(16), record: deviceRecordCodec })],
  /** The same, but an admin has to agree first. */
  waiting: [15, struct({ invite: id<InviteKey>(32) })],
  refuse: [13, struct({ invite: id<InviteKey>(32), code: oneOf(REFUSALS) })],

  /** Sync (rooms.md): equal fingerprints need nothing more. */
  digest: [20, struct({ room: id<RoomTag>(16), fingerprint: fixed(32) })],
  entries: [23, struct({ room: id<RoomTag>(16), entries: list(opaque(LIMITS.entryBytes), LIMITS.syncBatchEntries) })],
  /** All ends that this device holds. `answer` 1: please tell me yours too. */
  tips: [24, struct({ room: id<RoomTag>(16), tips: list(tip, LIMITS.tips), answer: u8 })],
  /** A Welcome, kept by every member and served to whom it lets in. */
  roomWelcome: [25, struct({ room: id<RoomTag>(16), commit: id<EntryId>(32), welcome: opaque(LIMITS.welcomeBytes) })],
  /** I can't get into `epoch`; `welcomes` are the commits on its chain that added me. */
  ask: [26, struct({ room: id<RoomTag>(16), epoch: id<EpochId>(32), welcomes: list(id<EntryId>(32), LIMITS.askedWelcomes) })],
  groupInfo: [27, struct({ room: id<RoomTag>(16), epoch: id<EpochId>(32), info: opaque(LIMITS.groupInfoBytes) })],
  /** Entries that are passed on as they appear, to neighbours in a room too large for a full mesh. */
  push: [28, struct({ room: id<RoomTag>(16), entries: list(opaque(LIMITS.entryBytes), LIMITS.syncBatchEntries) })],
  /** Who is whose neighbour there, and which entries there are. */
  overlay: [29, struct({ room: id<RoomTag>(16), message: overlayCodec })],

  /** Sealed signalling for another device that the receiver is linked with: an introduction, with no broker. */
  relay: [30, struct({ from: id<DeviceKey>(32), to: id<DeviceKey>(32), blob: opaque(LIMITS.signalBlobBytes) })],
})
export type Frame = Decoded<typeof frameCodec>
