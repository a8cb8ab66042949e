/**
 * How a client shows that a broker id is its own: the id is the hash of a key (wire/broker-id.ts), and the key
 * signs (label 'claim') a challenge that the broker has just made. It rides in two messages beside PeerJS's own:
 *   broker to client   { type: 'CHALLENGE', payload: { nonce } }
 *   client to broker   { type: 'CLAIM', payload: { key, host, signature } }, all bytes in lower-case hex
 * and the broker's OPEN follows. A stock server never asks.
 */
import { constant, type Decoded, encode, fixed, struct, utf8 } from './codec.ts'
import { labelled, SIGN_LABELS } from './labels.ts'

export const CLAIM_NONCE_BYTES = 32
export const CLAIM_HOST_BYTES = 255

/** `host`: by which name the client knows the broker: another broker can't pass our challenge on as its own. */
export const claimTbsCodec = struct({ v: constant(1), host: utf8(CLAIM_HOST_BYTES), nonce: fixed(CLAIM_NONCE_BYTES) })
export type ClaimTbs = Decoded<typeof claimTbsCodec>

export interface BrokerClaim {
  /** The public key whose hash the id is: 32 bytes. */
  readonly key: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

/** What is signed. Throws 'too-large' or 'malformed' for a host or a nonce of another size. */
export const claimBytes = (host: string, nonce: Uint8Array): Uint8Array<ArrayBuffer> =>
  labelled(SIGN_LABELS.claim, encode(claimTbsCodec, { v: 1, host, nonce: Uint8Array.from(nonce) }))
