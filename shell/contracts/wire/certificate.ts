/**
 * Device certificates: the master key of a user says that a device key is theirs. The MLS leaf's basic
 * credential holds the chain. A chain starts at the user's master key; today it has one certificate.
 */
import type { DeviceKey, UserId } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { constant, type Decoded, fixed, id, list, struct, u32, u48, utf8 } from './codec.ts'

/** What the master key signs, under the label in wire/labels.ts. */
export const certificateTbsCodec = struct({
  v: constant(1),
  user: id<UserId>(32),
  device: id<DeviceKey>(32),
  deviceName: utf8(LIMITS.nameBytes),
  createdMs: u48,
  expiresMs: u48,
  serial: u32,
})
export type CertificateTbs = Decoded<typeof certificateTbsCodec>

export const certificateCodec = struct({ tbs: certificateTbsCodec, signature: fixed(64) })
export type Certificate = Decoded<typeof certificateCodec>

export const chainCodec = list(certificateCodec, LIMITS.chainLength)
export type Chain = Decoded<typeof chainCodec>
