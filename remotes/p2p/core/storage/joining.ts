/** Somebody's invite that is being accepted. The KeyPackage is kept, because a Welcome made for it may still come. */
import type { InviteKey } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { type Decoded, fixed, id, opaque, struct, u48, utf8 } from '#contracts/wire/codec.ts'
import { version } from './record.ts'

export const joiningRecord = struct({
  v: version,
  /** The text behind `#i=`, and what it says. */
  link: utf8(700),
  key: id<InviteKey>(32),
  secret: fixed(LIMITS.inviteSecretBytes),
  expiresMs: u48,
  keyPackage: opaque(LIMITS.keyPackageBytes.hybrid),
  sealedKeyPackage: opaque(16 * 1024),
  startedMs: u48,
})
export type JoiningRecord = Decoded<typeof joiningRecord>
