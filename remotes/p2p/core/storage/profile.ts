/** Who the person is on this device, and how the page looks. */
import { LIMITS } from '#contracts/limits.ts'
import { type Decoded, fixed, oneOf, struct, utf8 } from '#contracts/wire/codec.ts'
import { version } from './record.ts'

/** Bytes from which the broker's tokens are derived: a secret that outlives a reload. */
export const TOKEN_SEED_BYTES = 32

export const profileRecord = struct({
  v: version,
  name: utf8(LIMITS.nameBytes),
  theme: oneOf(['system', 'light', 'dark']),
  /** Languages may be appended, never moved. */
  language: oneOf(['system', 'en', 'de', 'es', 'ar', 'zh']),
  readTicks: oneOf(['off', 'on']),
  /** Connections by way of a relay only. */
  relayOnly: oneOf(['off', 'on']),
  notifications: oneOf(['off', 'on']),
  tokenSeed: fixed(TOKEN_SEED_BYTES),
})
export type ProfileRecord = Decoded<typeof profileRecord>
