/** When to call again. Pure: the caller brings the count of failures and the randomness. */
import { LIMITS } from '#contracts/limits.ts'

/** The first retry is nearly at once; the spread keeps two ends, or a whole room, from calling in step. */
const FIRST_SPREAD_MS = 250
/**
 * Failures counted at most while the other end answers at all, also when somebody else answers in its place.
 * Small, because the broker decides who answers: were it large, a broker that lied for a while would mute the
 * contact after it stopped.
 */
export const FAILURES_WHILE_HEARD = 2

/**
 * Milliseconds to wait after `failures` calls in a row that failed. `chance` is uniform in [0, 1).
 * 0 failures: 0 to 250 ms. Then half to all of 500 ms, 1 s, 2 s, ... up to a minute.
 */
export function retryDelayMs(failures: number, chance: number): number {
  if (failures === 0) return Math.floor(chance * FIRST_SPREAD_MS)
  const fullMs = Math.min(LIMITS.backoffMaxMs, LIMITS.backoffMinMs * 2 ** Math.min(failures - 1, 16))
  return Math.floor(fullMs * (0.5 + chance / 2))
}

/** A number in [0, 1) from four random bytes. */
export function chanceOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32
}
