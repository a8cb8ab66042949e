/**
 * X25519 keys that no honest party has: points of small order, with which every shared secret is all zero
 * (RFC 7748 section 6.1). One such key in a tree would make every later commit fail for those who encrypt to it.
 */
import { fromHex } from '#contracts/ids.ts'
import { equal } from '../bytes.ts'

const KEY_BYTES = 32

/** The u coordinates 0, 1, the two of order eight, and p - 1, p, p + 1; little-endian, the top bit clear. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(fromHex)

export function isSmallOrder(key: Uint8Array): boolean {
  const u = key.slice(0, KEY_BYTES)
  // X25519 ignores the top bit.
  u[KEY_BYTES - 1] = (u[KEY_BYTES - 1] ?? 0) & 0x7f
  return SMALL_ORDER.some((small) => equal(small, u))
}
