/** The check of an ML-KEM-768 encapsulation key (FIPS 203 section 7.2): 768 coefficients of 12 bits, each below the modulus. */
const KEY_BYTES = 1184
const SEED_BYTES = 32
const MODULUS = 3329

export function isMlKem768Key(key: Uint8Array): boolean {
  if (key.length !== KEY_BYTES) return false
  for (let at = 0; at < KEY_BYTES - SEED_BYTES; at += 3) {
    const [a, b, c] = [key[at] ?? 0, key[at + 1] ?? 0, key[at + 2] ?? 0]
    if ((a | ((b & 0x0f) << 8)) >= MODULUS || ((b >> 4) | (c << 4)) >= MODULUS) return false
  }
  return true
}
