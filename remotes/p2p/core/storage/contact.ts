/** A person met, by the device met. */
import type { DeviceKey, InviteKey, UserId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { chainCodec } from '#contracts/wire/certificate.ts'
import { type Decoded, id, optional, struct, u48, utf8 } from '#contracts/wire/codec.ts'
import { deviceRecordCodec } from '#contracts/wire/device-record.ts'
import { version } from './record.ts'

export const contactRecord = struct({
  v: version,
  user: id<UserId>(32),
  device: id<DeviceKey>(32),
  chain: chainCodec,
  record: deviceRecordCodec,
  name: utf8(LIMITS.nameBytes),
  addedMs: u48,
  /** By this device's clock; 0 if never. */
  lastHeardMs: u48,
  /** The invite of theirs that this device accepted; null if they accepted one of ours. */
  accepted: optional(id<InviteKey>(32)),
})
export type ContactRecord = Decoded<typeof contactRecord>
