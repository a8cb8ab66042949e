/** The browser's clock and randomness, as the cores want them. */
import type { Env } from '#contracts/env.ts'
import { sha256 } from './hash.ts'

/** getRandomValues refuses more than this at once (W3C Web Cryptography API, section 10.1.1). */
const RANDOM_AT_ONCE = 65_536

export const browserEnv: Env = {
  nowMs: () => Date.now(),
  random: (length) => {
    const out = new Uint8Array(length)
    for (let at = 0; at < length; at += RANDOM_AT_ONCE) crypto.getRandomValues(out.subarray(at, at + RANDOM_AT_ONCE))
    return out
  },
  sha256,
}
