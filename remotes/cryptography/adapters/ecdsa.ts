/**
 * ECDSA over P-256 and P-384 by WebCrypto, for MLS: public keys are uncompressed points, signatures are DER
 * (RFC 9420 section 5.1.2), which WebCrypto does not speak.
 */
import { concat } from '../core/bytes.ts'
import type { Bytes, SigningKey } from '../core/primitives.ts'
import { type Curve, NIST_CURVES } from './curves.ts'
import { dhKemP384, nistGroup } from './kem-nist.ts'

const source = (bytes: Uint8Array): Bytes => bytes as Bytes
const INTEGER = 2
const SEQUENCE = 0x30

/** A DER INTEGER of an unsigned number. */
function integer(value: Uint8Array): Bytes {
  const first = value.findIndex((byte) => byte !== 0)
  const short = first < 0 ? Uint8Array.of(0) : value.subarray(first)
  const sign = (short[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array()
  return concat(Uint8Array.of(INTEGER, sign.length + short.length), sign, short)
}

/** r and s side by side, to DER. */
export function toDer(pair: Uint8Array): Bytes {
  const half = pair.length / 2
  const content = concat(integer(pair.subarray(0, half)), integer(pair.subarray(half)))
  return concat(Uint8Array.of(SEQUENCE, content.length), content)
}

/** DER to r and s of `bytes` each; null unless it is exactly what DER writes. */
export function fromDer(der: Uint8Array, bytes: number): Bytes | null {
  const pair = new Uint8Array(2 * bytes)
  let at = 2
  for (const end of [bytes, 2 * bytes]) {
    const length = der[at + 1] ?? 0
    const value = der.subarray(at + 2, at + 2 + length)
    const digits = value[0] === 0 ? value.subarray(1) : value
    if (digits.length > bytes) return null
    pair.set(digits, end - digits.length)
    at += 2 + length
  }
  const again = toDer(pair)
  return again.length === der.length && again.every((byte, i) => byte === der[i]) ? pair : null
}

export interface Ecdsa {
  readonly publicBytes: number
  signingKey(raw: Uint8Array): Promise<SigningKey>
  /** A malformed input is `false`. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>
}

/** Imported public keys. up: memory; down: large rooms import their keys anew. */
const VERIFY_KEYS = 1024

function ecdsa(curve: Curve, hash: 'SHA-256' | 'SHA-384'): Ecdsa {
  const algorithm = { name: 'ECDSA', namedCurve: curve.name } as const
  const params = { name: 'ECDSA', hash } as const
  const group = nistGroup(curve)
  const keys = new Map<string, CryptoKey>()
  const keyOf = async (publicKey: Uint8Array): Promise<CryptoKey> => {
    const name = String.fromCharCode(...publicKey)
    const known = keys.get(name)
    if (known !== undefined) return known
    const key = await crypto.subtle.importKey('raw', source(publicKey), algorithm, false, ['verify'])
    if (keys.size >= VERIFY_KEYS) keys.clear()
    keys.set(name, key)
    return key
  }
  return {
    publicBytes: 2 * curve.bytes + 1,
    async signingKey(raw) {
      const [key, publicKey] = await Promise.all([
        crypto.subtle.importKey('pkcs8', concat(curve.pkcs8, raw), algorithm, false, ['sign']),
        group.publicKey(raw),
      ])
      return { publicKey, sign: async (message) => toDer(new Uint8Array(await crypto.subtle.sign(params, key, source(message)))) }
    },
    async verify(publicKey, message, signature) {
      // one form of a key, so that no two keys are one
      if (publicKey.length !== 2 * curve.bytes + 1 || publicKey[0] !== 4) return false
      const pair = fromDer(signature, curve.bytes)
      if (pair === null) return false
      try {
        return await crypto.subtle.verify(params, await keyOf(publicKey), pair, source(message))
      } catch {
        return false
      }
    },
  }
}

export const ecdsaP256 = ecdsa(NIST_CURVES['P-256'], 'SHA-256')
export const ecdsaP384 = ecdsa(NIST_CURVES['P-384'], 'SHA-384')

/** A P-384 signing key from a seed, made of it as DHKEM makes a private key (RFC 9180 section 7.1.3): no seed is a wrong one. */
export async function nistKey(seed: Uint8Array): Promise<SigningKey> {
  const { raw } = await dhKemP384.derive(seed)
  return ecdsaP384.signingKey(raw)
}
