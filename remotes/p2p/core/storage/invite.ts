/** An invite made here. */
import type { DeviceKey, InviteKey } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { type Codec, constant, type Decoded, fixed, id, oneOf, opaque, optional, struct, u32, u48, utf8 } from '#contracts/wire/codec.ts'
import { PROFILES } from '#contracts/wire/entry.ts'

const fields = {
  key: id<InviteKey>(32),
  secret: fixed(LIMITS.inviteSecretBytes),
  /** The private half, sealed by the Worker. */
  sealed: opaque(1024),
  /** The name in the link, as it was then: the link must stay the same text. */
  name: utf8(LIMITS.nameBytes),
  createdMs: u48,
  expiresMs: u48,
  state: oneOf(['open', 'used', 'revoked']),
  /** The local number of the room that it leads to; 0 for a chat of two. Uses of a room's invite are counted in its log. */
  room: u32,
  /** The device that spent it. */
  usedBy: optional(id<DeviceKey>(32)),
}
/** Version 1 knew one suite, `classic`. Such an invite stays what it is: its link is out. */
const firstRecord = struct({ v: constant(1), ...fields })
const secondRecord = struct({ v: constant(2), ...fields, profile: oneOf(PROFILES) })
export type InviteRecord = Omit<Decoded<typeof secondRecord>, 'v'> & { readonly v: 1 | 2 }

export const inviteRecord: Codec<InviteRecord> = {
  write(to, record) {
    if (record.v === 2) secondRecord.write(to, { ...record, v: 2 })
    else firstRecord.write(to, { ...record, v: 1 })
  },
  read: (from) => (from.peek() === 1 ? { ...firstRecord.read(from), profile: 'classic' } : secondRecord.read(from)),
}
