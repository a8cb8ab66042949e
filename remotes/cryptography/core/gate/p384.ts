/** Whether 97 bytes are a point of P-384 (FIPS 186-5), uncompressed: on the curve, each coordinate below the prime. */
const COORDINATE_BYTES = 48
const PRIME = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn
const B = 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn
const UNCOMPRESSED = 4

const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

export function isP384Point(key: Uint8Array): boolean {
  if (key.length !== 2 * COORDINATE_BYTES + 1 || key[0] !== UNCOMPRESSED) return false
  const x = numberOf(key.subarray(1, 1 + COORDINATE_BYTES))
  const y = numberOf(key.subarray(1 + COORDINATE_BYTES))
  return x < PRIME && y < PRIME && (x * x * x - 3n * x + B - y * y) % PRIME === 0n
}
