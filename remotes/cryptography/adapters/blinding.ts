/**
 * Blinded keys (docs/protocol.md, "Broker ids"; after Tor's rend-spec-v3, appendix A): from a public key and a period anybody who
 * has both makes the same other public key; only the holder of the private key can sign by it, and without the first key
 * no two of them can be told to be of one holder.
 */
import { fromHex } from '#contracts/ids.ts'
import { labelled } from '#contracts/wire/labels.ts'
import { concat } from '../core/bytes.ts'
import type { Blinding } from '../core/ports.ts'
import type { Bytes } from '../core/primitives.ts'
import { BASE, bytesOf, decodePoint, encodePoint, multiply, numberOf, ORDER, scalarOf } from './edwards25519.ts'
import { sha512 } from './hash.ts'

const FACTOR_LABEL = 'sotto rendezvous v1'
const NONCE_LABEL = 'sotto rendezvous nonce v1'
const PERIOD_HEX = 12

const periodBytes = (period: number): Bytes => fromHex(period.toString(16).padStart(PERIOD_HEX, '0'))

/** SHA-512("sotto rendezvous v1" | 0 | key | period[6]) by the order of the group. */
const factorOf = (publicKey: Uint8Array, period: number): bigint => scalarOf(sha512(labelled(FACTOR_LABEL, publicKey, periodBytes(period))))

/** RFC 8032 section 5.1.5, steps 1 and 2. */
function expand(seed: Uint8Array): { readonly scalar: bigint; readonly prefix: Uint8Array } {
  const hash = sha512(seed)
  hash[0] = (hash[0] ?? 0) & 0xf8
  hash[31] = ((hash[31] ?? 0) & 0x7f) | 0x40
  return { scalar: numberOf(hash.subarray(0, 32)) % ORDER, prefix: hash.subarray(32) }
}

export const blinding: Blinding = {
  blind(publicKey, period) {
    const point = decodePoint(publicKey)
    return point === null ? null : encodePoint(multiply(point, factorOf(publicKey, period)))
  },

  sign(seed, period, message) {
    const { scalar, prefix } = expand(seed)
    const publicKey = encodePoint(multiply(BASE, scalar))
    const blinded = (scalar * factorOf(publicKey, period)) % ORDER
    const key = encodePoint(multiply(BASE, blinded))
    // RFC 8032 section 5.1.6, with a nonce secret of this key's own.
    const nonce = scalarOf(sha512(concat(sha512(labelled(NONCE_LABEL, prefix, key)), message)))
    const commitment = encodePoint(multiply(BASE, nonce))
    const challenge = scalarOf(sha512(concat(commitment, key, message)))
    return { key, signature: concat(commitment, bytesOf((nonce + challenge * blinded) % ORDER)) }
  },
}
