/**
 * Ids that are a key's hash are had by the key's holder only: a challenge of ours, signed. No I/O, no state.
 * Why a name is in it, and what it does not protect: docs/decisions/0060-proof-of-an-id.md.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import type { BlindedKey } from '#contracts/ids.ts'
import { claimBytes } from '#contracts/wire/broker-claim.ts'
import { brokerIdOf } from '#contracts/wire/broker-id.ts'
import type { Claim } from './message.ts'
import type { OriginRule } from './policy.ts'

const KEY = /^[\da-f]{64}$/
const SIGNATURE = /^[\da-f]{128}$/

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex')

/** A host name or address without port and brackets, in small letters; null for anything else. */
function nameIn(host: string | undefined): string | null {
  const url = `http://${host}`
  if (host === undefined || !URL.canParse(url)) return null
  return new URL(url).hostname.replace(/^\[|\]$/g, '')
}

/** Whether a client that knows the broker by this name means us. `asked`: the Host header of its request. */
export function isOurName(
  name: string,
  rule: { readonly names?: readonly string[]; readonly origins: OriginRule },
  asked?: string,
): boolean {
  const plain = nameIn(name.includes(':') && !name.startsWith('[') ? `[${name}]` : name)
  if (plain === null) return false
  if (rule.names !== undefined) return rule.names.includes(plain)
  const ofOrigins = rule.origins === 'same' ? [] : rule.origins.map((origin) => nameIn(origin.replace(/^\w+:\/\//, '')))
  return plain === nameIn(asked) || ofOrigins.includes(plain)
}

/** Whether `claim` shows that the one who was sent `nonce` holds the key of `id`. */
export function isProof({ host, key, signature }: Claim, id: string, nonce: Uint8Array): boolean {
  if (!KEY.test(key) || !SIGNATURE.test(signature) || brokerIdOf(key as BlindedKey, sha256) !== id) return false
  try {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytesOf(key).toString('base64url') }
    return verify(null, claimBytes(host, nonce), createPublicKey({ key: jwk, format: 'jwk' }), bytesOf(signature))
  } catch {
    return false
  }
}
