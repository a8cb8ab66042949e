/** An invite made here. */
import type { DeviceKey, InviteKey } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { type Decoded, fixed, id, oneOf, opaque, optional, struct, u32, u48, utf8 } from '#contracts/wire/codec.ts'
import { version } from './record.ts'

export const inviteRecord = struct({
  v: version,
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
})
export type InviteRecord = Decoded<typeof inviteRecord>
