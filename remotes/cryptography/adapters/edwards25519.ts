/**
 * The group of Ed25519 (RFC 8032 section 5.1), as far as no platform gives it away: decoding, encoding and
 * multiplication of points. WebCrypto has keys and signatures only, and a blinded key is neither (adapters/blinding.ts).
 */
import type { Bytes } from '../core/primitives.ts'

const P = 2n ** 255n - 19n
/** Of the subgroup that the base point makes. */
export const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const POINT_BYTES = 32
const SCALAR_BITS = 253
const SIGN_BIT = 1n << 255n

/** Extended homogeneous coordinates: x = X/Z, y = Y/Z, xy = T/Z. */
export interface Point {
  readonly x: bigint
  readonly y: bigint
  readonly z: bigint
  readonly t: bigint
}

const mod = (value: bigint, by = P): bigint => {
  const rest = value % by
  return rest < 0n ? rest + by : rest
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}

const inverse = (value: bigint): bigint => power(value, P - 2n)

/** -121665/121666. */
const D = mod(-121665n * inverse(121666n))
const TWICE_D = mod(2n * D)
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n)
const NEUTRAL: Point = { x: 0n, y: 1n, z: 1n, t: 0n }

/** Complete: right for every two points, the same one twice and the neutral one too (RFC 8032 section 5.1.4). */
function add(one: Point, two: Point): Point {
  const a = mod((one.y - one.x) * (two.y - two.x))
  const b = mod((one.y + one.x) * (two.y + two.x))
  const c = mod(mod(one.t * TWICE_D) * two.t)
  const d = mod(2n * one.z * two.z)
  const [e, f, g, h] = [b - a, d - c, d + c, b + a]
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) }
}

/**
 * `scalar` times `point`; `scalar` is below the order. A Montgomery ladder: which operations are done does not depend on the
 * scalar. How long the big integers of an engine take may, a little; whoever could measure that would have to sit in this Worker.
 */
export function multiply(point: Point, scalar: bigint): Point {
  let low = NEUTRAL
  let high = point
  for (let bit = SCALAR_BITS - 1; bit >= 0; bit--) {
    const sum = add(low, high)
    if (((scalar >> BigInt(bit)) & 1n) === 1n) [low, high] = [sum, add(high, high)]
    else [low, high] = [add(low, low), sum]
  }
  return low
}

export const numberOf = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

/** Little-endian. */
export function bytesOf(value: bigint): Bytes {
  const out = new Uint8Array(POINT_BYTES)
  let left = value
  for (let i = 0; i < POINT_BYTES; i++, left >>= 8n) out[i] = Number(left & 0xffn)
  return out
}

export function encodePoint({ x, y, z }: Point): Bytes {
  const factor = inverse(z)
  const [affineX, affineY] = [mod(x * factor), mod(y * factor)]
  return bytesOf((affineX & 1n) === 1n ? affineY | SIGN_BIT : affineY)
}

/** null for what is no canonical encoding of a point (RFC 8032 section 5.1.3), and for points of small order. */
export function decodePoint(bytes: Uint8Array): Point | null {
  if (bytes.length !== POINT_BYTES) return null
  const whole = numberOf(bytes)
  const y = whole & (SIGN_BIT - 1n)
  if (y >= P) return null
  const u = mod(y * y - 1n)
  const v = mod(D * y * y + 1n)
  const v3 = mod(v * v * v)
  let x = mod(u * v3 * power(mod(u * v3 * v3 * v), (P - 5n) / 8n))
  const square = mod(v * x * x)
  if (square === mod(-u)) x = mod(x * ROOT_OF_MINUS_ONE)
  else if (square !== u) return null
  const isOdd = whole >= SIGN_BIT
  if (x === 0n && isOdd) return null
  if (((x & 1n) === 1n) !== isOdd) x = P - x
  const point = { x, y, z: 1n, t: mod(x * y) }
  let eightfold: Point = point
  for (let doubled = 0; doubled < 3; doubled++) eightfold = add(eightfold, eightfold)
  return eightfold.x === 0n ? null : point
}

/** 4/5, with an even x. */
export const BASE: Point = decodePoint(bytesOf(mod(4n * inverse(5n)))) ?? NEUTRAL

/** The remainder of a hash of 64 bytes, little-endian, by the order of the group. */
export const scalarOf = (hash: Uint8Array): bigint => mod(numberOf(hash), ORDER)
