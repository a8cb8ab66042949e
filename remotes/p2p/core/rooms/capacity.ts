/** How many devices a room holds, and how many one commit may let in: keys of some suites are large (docs/decisions/0031-suites.md). */
import { LIMITS } from '#contracts/limits.ts'
import type { Profile } from '#contracts/wire/entry.ts'

export interface Capacity {
  readonly devices: number
  /** More come with the next commit. up: a commit of large rooms outgrows its entry; down: more commits while many join. */
  readonly addsAtOnce: number
}

const SMALL_KEYS: Capacity = { devices: LIMITS.rosterDevices, addsAtOnce: 64 }

export const CAPACITIES: Readonly<Record<Profile, Capacity>> = {
  classic: SMALL_KEYS,
  hybrid: { devices: LIMITS.hybridDevices, addsAtOnce: 16 },
  nist: SMALL_KEYS,
}
