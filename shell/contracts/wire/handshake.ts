/**
 * Proving the peer, on channel `control`, before any other byte (docs/protocol.md, "The handshake").
 *   1. each side sends `hello`: a fresh X25519 key and a nonce
 *   2. th = SHA-256(label | version | fingerprint(offerer) | fingerprint(answerer) | hello(offerer) | hello(answerer))
 *   3. each side sends `proof`, sealed by an AEAD keyed from DH, th and, for an invite, its secret
 *   4. each side checks: expected key, opposite role, chain, version. Only then do other frames count.
 */
import type { DeviceKey, InviteKey } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { constant, type Decoded, fixed, id, opaque, oneOf, optional, struct, u8, union } from './codec.ts'

export const helloCodec = struct({ v: constant(1), ephemeral: fixed(32), nonce: fixed(32) })
export type Hello = Decoded<typeof helloCodec>

/** Whom the other side is expected to be. A joiner expects the holder of the invite's private half. */
export const expectedPeerCodec = union({
  device: [1, struct({ device: id<DeviceKey>(32) })],
  /** As the joiner: the peer must sign with the invite's key. */
  inviter: [2, struct({ invite: id<InviteKey>(32) })],
  /** As the inviter: anybody who knows the invite's secret. */
  joiner: [3, struct({ invite: id<InviteKey>(32) })],
})
export type ExpectedPeer = Decoded<typeof expectedPeerCodec>

/** The plaintext of a proof. */
export const proofCodec = struct({
  role: oneOf(['offerer', 'answerer']),
  device: id<DeviceKey>(32),
  chain: opaque(LIMITS.certificateBytes * LIMITS.chainLength),
  /** By the device key, label 'handshake', over role | th | expected peer. */
  signature: fixed(64),
  /** By the invite's private half, label 'inviteHandshake', over role | th | device; the inviter only. */
  inviteSignature: optional(fixed(64)),
  wireMin: u8,
  wireMax: u8,
  capabilities: opaque(64),
})
export type Proof = Decoded<typeof proofCodec>

/** The two messages of the handshake, as sent. */
export const handshakeCodec = union({
  hello: [1, helloCodec],
  proof: [2, struct({ sealed: opaque(8 * 1024) })],
})
export type Handshake = Decoded<typeof handshakeCodec>
export const HANDSHAKE_MAX_BYTES = 12 * 1024
