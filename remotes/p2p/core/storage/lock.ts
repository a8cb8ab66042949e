/** When this device locks by itself. */
import { type Decoded, struct, u8 } from '#contracts/wire/codec.ts'
import { version } from './record.ts'

export const lockRecord = struct({
  v: version,
  /** 0: never. */
  afterMinutes: u8,
})
export type LockRecord = Decoded<typeof lockRecord>
