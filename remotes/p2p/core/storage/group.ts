/**
 * Records of a group room. Its entries are numbered as they came, and stored so: read in that order, causes
 * come first. Messages stand in the same table as those of direct chats.
 */
import type { DeviceKey, EntryId, EpochId, InviteKey, Mid, RoomId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { type Decoded, id, list, oneOf, opaque, optional, struct, u16, u32, u48, u8, utf8 } from '#contracts/wire/codec.ts'
import { deviceRecordCodec } from '#contracts/wire/device-record.ts'
import { PROFILES } from '#contracts/wire/entry.ts'
import { version } from './record.ts'

/** Characters of the newest message that the chat list shows. */
export const LAST_CHARS = 160

const lastCodec = struct({ text: utf8(4 * LAST_CHARS), sentAtMs: u48, lamport: u48, mid: id<Mid>(32), author: u16, seq: u32 })
export type Last = Decoded<typeof lastCodec>

const person = struct({
  device: id<DeviceKey>(32),
  /** The newest name, and where in the conversation it was said. */
  name: utf8(LIMITS.nameBytes),
  nameLamport: u48,
  nameMid: optional(id<Mid>(32)),
  /** How many entries of this author the person here has read; how many of ours the author has told to have read. */
  seen: u32,
  read: u32,
  /** The newest generation opened from it. */
  generation: optional(struct({ epoch: id<EpochId>(32), generation: u32 })),
  /** When this device learned that it is no member any more; 0: it is one, or never was. */
  goneMs: u48,
  /** 1: it is known to know that; or, if it is this device that went, it knows of that. */
  told: u8,
})

export const groupRecord = struct({
  v: version,
  id: id<RoomId>(16),
  profile: oneOf(PROFILES),
  shape: oneOf(['direct', 'group']),
  /** Of a direct chat: the local number of the contact. 0 in a group. */
  contact: u32,
  /** 1: this person has left. */
  left: u8,
  /** 1: somebody saw entries of this device that it has not made. It must not write any more. */
  cloned: u8,
  createdMs: u48,
  activeMs: u48,
  lamport: u48,
  unread: u32,
  /** Lines of the conversation that are stored. */
  messages: u32,
  /** The next free numbers of stored things. */
  next: struct({ entry: u32, epoch: u32, kept: u32 }),
  /** Held epochs. `sent`: generations that this device has used in each. */
  epochs: list(struct({ number: u32, id: id<EpochId>(32), sinceMs: u48, sent: u32 }), 64),
  /** By local number, which messages name as their author. */
  people: list(person, 4 * LIMITS.rosterDevices),
  last: optional(lastCodec),
  /** Who let this device in, by which invite, and the room's name as the link claimed it: while nothing else is known. */
  inviter: optional(
    struct({ device: id<DeviceKey>(32), record: deviceRecordCodec, invite: id<InviteKey>(32), name: utf8(LIMITS.nameBytes) }),
  ),
})
export type GroupRecord = Decoded<typeof groupRecord>
export type PersonRecord = GroupRecord['people'][number]

/** An entry as it travelled and, of a commit, what its message says. */
export const groupEntry = struct({
  v: version,
  bytes: opaque(LIMITS.entryBytes),
  facts: optional(
    struct({
      senderLeaf: optional(u32),
      external: u8,
      adds: list(id<DeviceKey>(32), LIMITS.rosterDevices),
      removedLeaves: list(u32, LIMITS.rosterDevices),
      confirmationTag: opaque(64),
    }),
  ),
})
/** The message that an entry carried, for what can't be opened twice. */
export const openedRecord = struct({ v: version, entry: id<EntryId>(32), mid: id<Mid>(32) })
/** A content that waits to be sent (no entries yet), or until all have it. */
export const outgoingRecord = struct({ v: version, content: opaque(LIMITS.entryBytes), entries: list(id<EntryId>(32), 1024) })
export const keptWelcome = struct({ v: version, commit: id<EntryId>(32), welcome: opaque(LIMITS.welcomeBytes) })
export const keptKeyPackage = struct({ v: version, keyPackage: opaque(LIMITS.keyPackageBytes.hybrid), sealed: opaque(16 * 1024) })

const digits = (value: number, count: number): string => value.toString().padStart(count, '0')

export const groupKey = (slot: number): string => `g${digits(slot, 5)}`
const of = (slot: number): string => `r${digits(slot, 5)}`
export const groupEntryKey = (slot: number, order: number): string => `${of(slot)}/e${digits(order, 10)}`
export const openedKey = (slot: number, order: number): string => `${of(slot)}/o${digits(order, 10)}`
export const outgoingKey = (slot: number, number: number): string => `${of(slot)}/s${digits(number, 10)}`
export const keptWelcomeKey = (slot: number, number: number): string => `${of(slot)}/w${digits(number, 10)}`
export const keptKeyPackageKey = (slot: number, number: number): string => `${of(slot)}/k${digits(number, 10)}`
