/**
 * P-256 and P-384 (FIPS 186-5), as far as WebCrypto leaves them to us: the public point of a bare private key. Only
 * public coordinates are computed with here; the private key goes to WebCrypto, but for one added to it in bytes.
 */
import { fromHex } from '#contracts/ids.ts'
import { concat } from '../core/bytes.ts'
import type { Bytes } from '../core/primitives.ts'

export interface Curve {
  readonly name: 'P-256' | 'P-384'
  /** Of a coordinate and of a private key. */
  readonly bytes: number
  /** PKCS #8 head (RFC 5958, RFC 5915) of a private key without its public half. */
  readonly pkcs8: Uint8Array
  readonly prime: bigint
  readonly b: bigint
  readonly base: readonly [x: bigint, y: bigint]
  readonly order: bigint
  /** Above 0 and below the order. */
  isSecret(raw: Uint8Array): boolean
}

const toNumber = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
const toBytes = (value: bigint, length: number): Bytes =>
  Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 0xffn))

const curve = (facts: Omit<Curve, 'isSecret'>): Curve => {
  const order = toBytes(facts.order, facts.bytes)
  return {
    ...facts,
    isSecret: (raw) => {
      const differs = raw.findIndex((byte, i) => byte !== order[i])
      return raw.length === facts.bytes && raw.some((byte) => byte !== 0) && differs >= 0 && (raw[differs] ?? 0) < (order[differs] ?? 0)
    },
  }
}

export const NIST_CURVES = {
  'P-256': curve({
    name: 'P-256',
    bytes: 32,
    pkcs8: fromHex('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420'),
    prime: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    base: [
      0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
      0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
    ],
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  }),
  'P-384': curve({
    name: 'P-384',
    bytes: 48,
    pkcs8: fromHex('304e020100301006072a8648ce3d020106052b81040022043730350201010430'),
    prime: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    base: [
      0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
      0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
    ],
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  }),
} as const satisfies Record<string, Curve>

const mod = (value: bigint, prime: bigint): bigint => ((value % prime) + prime) % prime

function power(base: bigint, exponent: bigint, prime: bigint): bigint {
  let result = 1n
  let square = mod(base, prime)
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % prime
    square = (square * square) % prime
  }
  return result
}

/** Uncompressed (SEC 1 section 2.3.3). */
const pointBytes = (x: bigint, y: bigint, bytes: number): Bytes => concat(Uint8Array.of(4), toBytes(x, bytes), toBytes(y, bytes))

/** `raw` + 1, big-endian. */
function successor(raw: Uint8Array): Bytes {
  const next = new Uint8Array(raw)
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = ((next[i] ?? 0) + 1) & 0xff
    if (next[i] !== 0) break
  }
  return next
}

/**
 * d·G. Agreeing with G gives its x; y is one of two roots; agreeing once more, with d + 1, tells which: x(d·G + G) is
 * different for the two.
 */
export async function publicPoint(
  { prime, b, base: [gx, gy], bytes, order }: Curve,
  secret: Uint8Array,
  agree: (secret: Uint8Array, publicKey: Uint8Array) => Promise<Bytes>,
): Promise<Bytes> {
  const base = pointBytes(gx, gy, bytes)
  const x = toNumber(await agree(secret, base))
  if (x === gx) {
    // 1 or the order less 1: the addition below has no slope
    const isOne = secret.every((byte, i) => byte === (i === bytes - 1 ? 1 : 0))
    if (!isOne && toNumber(secret) !== order - 1n) throw new Error('not a private key')
    return pointBytes(gx, isOne ? gy : prime - gy, bytes)
  }
  const y = power(x * x * x - 3n * x + b, (prime + 1n) >> 2n, prime)
  const next = toNumber(await agree(successor(secret), base))
  const slope = mod((gy - y) * power(gx - x, prime - 2n, prime), prime)
  return pointBytes(x, mod(slope * slope - x - gx, prime) === next ? y : prime - y, bytes)
}
