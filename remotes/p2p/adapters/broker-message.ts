/**
 * What rides through a PeerJS broker: our payload, and what the broker's messages mean. The payload is an
 * object whose `type` is neither 'data' nor 'media', so that a stock client that gets one ignores it.
 */
import { type BrokerClaim, CLAIM_NONCE_BYTES } from '#contracts/wire/broker-claim.ts'
import { BROKER_ID_PATTERN } from '#contracts/wire/broker-id.ts'
import { type BrokerId, fromHex, toHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'

/** Base64 of the largest blob. */
const BLOB_CHARS = 4 * Math.ceil(LIMITS.signalBlobBytes / 3)

/** Message types of the PeerJS protocol that carry a blob. All mean the same to us: the seal says what is inside. */
export const CARRIERS = { offer: 'OFFER', answer: 'ANSWER', candidate: 'CANDIDATE' } as const

export type Heard =
  /** About the registration: `type` is the protocol's own word. */
  | { readonly kind: 'registration'; readonly type: 'ERROR' | 'ID-TAKEN' | 'INVALID-KEY' }
  /** The registration stands. `turn`: the broker says that it has credentials for relays. */
  | { readonly kind: 'registration'; readonly type: 'OPEN'; readonly turn: boolean }
  /** Show that the id is yours (wire/broker-claim.ts). */
  | { readonly kind: 'challenge'; readonly nonce: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'blob'; readonly from: string; readonly blob: Uint8Array<ArrayBuffer> }
  /** A message to ourselves came back. Whoever sent it: the way to us is open. */
  | { readonly kind: 'echo' }
  | { readonly kind: 'absent'; readonly to: BrokerId }

export const blobPayload = (blob: Uint8Array) => ({ type: 'sealed', blob: toBase64(blob) })
export const echoPayload = () => ({ type: 'echo' })
export const claimMessage = (host: string, { key, signature }: BrokerClaim) => ({
  type: 'CLAIM',
  payload: { host, key: toHex(key), signature: toHex(signature) },
})

/** What a parsed message of the broker's socket says; null for anything else. */
export function hear(message: unknown): Heard | null {
  if (typeof message !== 'object' || message === null) return null
  const { type, src, payload } = message as { type?: unknown; src?: unknown; payload?: unknown }
  switch (type) {
    case 'OPEN':
      return {
        kind: 'registration',
        type,
        turn: typeof payload === 'object' && payload !== null && 'turn' in payload && payload.turn === true,
      }
    case 'ERROR':
    case 'ID-TAKEN':
    case 'INVALID-KEY':
      return { kind: 'registration', type }
    case 'CHALLENGE':
      return hearChallenge(payload)
    case 'EXPIRE':
      return isBrokerId(src) ? { kind: 'absent', to: src } : null
    case 'OFFER':
    case 'ANSWER':
    case 'CANDIDATE':
      return isBrokerId(src) ? hearPayload(src, payload) : null
    default:
      return null
  }
}

function hearChallenge(payload: unknown): Heard | null {
  const nonce = typeof payload === 'object' && payload !== null && 'nonce' in payload ? payload.nonce : null
  if (typeof nonce !== 'string' || nonce.length !== 2 * CLAIM_NONCE_BYTES || !/^[\da-f]+$/.test(nonce)) return null
  return { kind: 'challenge', nonce: fromHex(nonce) }
}

function hearPayload(from: BrokerId, payload: unknown): Heard | null {
  if (typeof payload !== 'object' || payload === null) return null
  const { type, blob } = payload as { type?: unknown; blob?: unknown }
  if (type === 'echo') return { kind: 'echo' }
  if (type !== 'sealed' || typeof blob !== 'string' || blob.length > BLOB_CHARS) return null
  const bytes = fromBase64(blob)
  return bytes === null ? null : { kind: 'blob', from, blob: bytes }
}

const isBrokerId = (value: unknown): value is BrokerId => typeof value === 'string' && BROKER_ID_PATTERN.test(value)

function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** The bytes whose one base64 form (RFC 4648 section 4, padded) this is, or null. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
    return toBase64(bytes) === text ? bytes : null
  } catch {
    return null
  }
}
