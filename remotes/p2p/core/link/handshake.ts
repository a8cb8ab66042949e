/**
 * The order of the handshake on one session: our hello, their hello, our proof, their proof; each once.
 * What the messages mean is the cryptography Worker's business; nothing else is accepted before the end.
 */
import { SottoError } from '#contracts/errors.ts'
import type { SessionId } from '#contracts/ids.ts'
import type { Cryptography, ProvenPeer, Sealed } from '#contracts/cryptography.ts'
import { decode } from '#contracts/wire/codec.ts'
import { type ExpectedPeer, HANDSHAKE_MAX_BYTES, handshakeCodec } from '#contracts/wire/handshake.ts'

export type HandshakePort = Pick<Cryptography, 'handshakeHello' | 'handshakeProof' | 'handshakeVerify'>

/** What the connection and the caller bring to it. */
export interface HandshakeFacts {
  readonly session: SessionId
  readonly role: 'offerer' | 'answerer'
  readonly fingerprints: { readonly offerer: Uint8Array; readonly answerer: Uint8Array }
  readonly expected: ExpectedPeer
  readonly invite: { readonly secret: Uint8Array; readonly inviteKey: Sealed | null } | null
}

/** Which message of the peer comes next. */
export interface Handshaking {
  readonly facts: HandshakeFacts
  readonly next: 'hello' | 'proof'
}

export type HandshakeStep =
  | { readonly kind: 'send'; readonly bytes: Uint8Array<ArrayBuffer>; readonly state: Handshaking }
  | { readonly kind: 'proven'; readonly peer: ProvenPeer }

/** Our hello, to be sent first. Rejects what the port rejects. */
export async function beginHandshake(port: HandshakePort, facts: HandshakeFacts): Promise<HandshakeStep & { readonly kind: 'send' }> {
  return { kind: 'send', bytes: await port.handshakeHello(facts.session), state: { facts, next: 'hello' } }
}

/**
 * The peer's next message. Rejects 'too-large', 'malformed', 'unexpected' (out of order, or twice) and what
 * the port rejects ('wrong-transcript', 'wrong-peer', 'bad-certificate', ...): each ends the session.
 */
export async function takeHandshake(port: HandshakePort, state: Handshaking, bytes: Uint8Array, nowMs: number): Promise<HandshakeStep> {
  const { kind } = decode(handshakeCodec, bytes, HANDSHAKE_MAX_BYTES)
  if (kind !== state.next) throw new SottoError('unexpected')
  if (kind === 'proof') return { kind: 'proven', peer: await port.handshakeVerify(state.facts.session, bytes, nowMs) }
  const proof = await port.handshakeProof({ ...state.facts, peerHello: bytes })
  return { kind: 'send', bytes: proof, state: { ...state, next: 'proof' } }
}
