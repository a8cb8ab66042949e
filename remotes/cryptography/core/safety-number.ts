/**
 * The safety number of two people: 60 digits, the same on both sides.
 *
 *   half(user)  = PBKDF2-HMAC-SHA-512(password = the 32-byte user key, salt = "sotto safety number v1",
 *                 20,000 iterations, 30 bytes), as six groups: each 5 bytes, big-endian, mod 100,000,
 *                 written with leading zeros. 30 digits.
 *   number      = the two halves, the smaller (as text) first.
 *
 * As Signal's (numeric fingerprint, iterated so that looking for a near-collision is dear), with a standard
 * function for the iterated hash. Shown in groups of five.
 */
import { fromHex, type UserId } from '#contracts/ids.ts'
import { utf8Bytes } from './bytes.ts'
import type { Primitives } from './primitives.ts'

const SALT = utf8Bytes('sotto safety number v1')
const ITERATIONS = 20_000
const GROUPS = 6
const GROUP_BYTES = 5

async function half(user: UserId, primitives: Primitives): Promise<string> {
  const bytes = await primitives.pbkdf2(fromHex(user), SALT, ITERATIONS, GROUPS * GROUP_BYTES)
  let digits = ''
  for (let group = 0; group < GROUPS; group++) {
    let value = 0
    for (const byte of bytes.subarray(group * GROUP_BYTES, (group + 1) * GROUP_BYTES)) value = value * 256 + byte
    digits += String(value % 100_000).padStart(5, '0')
  }
  return digits
}

export async function safetyNumber(mine: UserId, theirs: UserId, primitives: Primitives): Promise<string> {
  const halves = await Promise.all([half(mine, primitives), half(theirs, primitives)])
  return halves.sort().join('')
}
