/**
 * Sealed signalling: what rides as the payload of PeerJS OFFER, ANSWER and CANDIDATE messages.
 *   blob  = sealed (HPKE to the device's signalling key, or AEAD under the invite's secret) of `signal`,
 *           padded to a bucket. The broker sees two ids and a few equal-sized blobs.
 * Opened by the cryptography Worker; judged (consent, replay, window) by the p2p core before anything is made.
 */
import type { DeviceKey, InviteKey, SessionId } from '../ids.ts'
import { REFUSALS } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { constant, type Decoded, fixed, id, oneOf, opaque, struct, u16, u48, union, utf8 } from './codec.ts'

/** What one end tells the other while a link is being made or mended. */
export const signalBodyCodec = union({
  /** A description (RFC 8829). `type` is the SDP type. */
  description: [1, struct({ session: id<SessionId>(16), type: oneOf(['offer', 'answer']), sdp: utf8(8 * 1024) })],
  /** One ICE candidate, as RTCIceCandidateInit; the empty candidate ends them. */
  candidate: [2, struct({ session: id<SessionId>(16), candidate: utf8(1024), mid: utf8(64), mLineIndex: u16 })],
  /** The call is refused; only to somebody whose blob could be opened and whose consent is settled. */
  refuse: [3, struct({ session: id<SessionId>(16), code: oneOf(REFUSALS) })],
})
export type SignalBody = Decoded<typeof signalBodyCodec>

/** Whom a blob is sealed to: bound into the seal, so that it opens nowhere else. */
export const signalTargetCodec = union({
  device: [1, struct({ device: id<DeviceKey>(32) })],
  invite: [2, struct({ invite: id<InviteKey>(32) })],
})
export type SignalTarget = Decoded<typeof signalTargetCodec>

/** What the sender's device key signs (label 'signal'). */
export const signalTbsCodec = struct({
  v: constant(1),
  target: signalTargetCodec,
  sender: id<DeviceKey>(32),
  nonce: fixed(16),
  sentAtMs: u48,
  /** Where an answer is expected: the sender's own broker id, so that the broker's `src` need not be believed. */
  replyTo: utf8(64),
  body: opaque(9 * 1024),
})
export type SignalTbs = Decoded<typeof signalTbsCodec>

/** The plaintext of a blob. */
export const signalCodec = struct({ tbs: signalTbsCodec, signature: fixed(64) })
export type Signal = Decoded<typeof signalCodec>

/** Sizes that a blob's plaintext is padded to, so that the broker can't tell an answer from a candidate. */
export const SIGNAL_BUCKETS = [2048, 4096, 9984] as const
export const SIGNAL_MAX_BYTES = LIMITS.signalBlobBytes
