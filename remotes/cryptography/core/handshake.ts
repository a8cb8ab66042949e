/**
 * Proving the peer of a fresh connection (wire/handshake.ts; docs/protocol.md, "The handshake").
 *
 *   th   = SHA-256("sotto handshake v1" | 0 | version | fp(offerer) | fp(answerer) | hello(offerer) | hello(answerer))
 *   psk  = HKDF(invite secret, th, "sotto handshake psk v1"), or 32 zeros without an invite
 *   key  = HKDF(X25519(own, theirs), th, "sotto handshake key v1" | 0 | role of the sender | psk)
 *   link = HKDF(X25519(own, theirs), th, "sotto link key v1" | 0 | psk)
 *
 * A session goes one way, once: hello, proof, verify. Whatever fails ends it.
 */
import type { Cryptography, ProvenPeer } from '#contracts/cryptography.ts'
import { SottoError } from '#contracts/errors.ts'
import { type DeviceKey, fromHex, type RoomId, type SessionId, toHex } from '#contracts/ids.ts'
import { WIRE_VERSIONS } from '#contracts/version.ts'
import { decode, encode, fixed, id, oneOf, struct } from '#contracts/wire/codec.ts'
import {
  type ExpectedPeer,
  expectedPeerCodec,
  HANDSHAKE_MAX_BYTES,
  type Handshake,
  handshakeCodec,
  type Hello,
  helloCodec,
  type Proof,
  proofCodec,
} from '#contracts/wire/handshake.ts'
import { labelled, SIGN_LABELS } from '#contracts/wire/labels.ts'
import { concat, equal, wipe } from './bytes.ts'
import { checkDates, decodeChain, encodeChain, userOf } from './certificates.ts'
import type { OpenIdentity } from './identity.ts'
import type { Ports } from './ports.ts'
import type { AgreementKey, Bytes, SealingKey, SigningKey } from './primitives.ts'
import { verifyLabelled } from './signatures.ts'

type Role = Proof['role']
type ProofInput = Omit<Parameters<Cryptography['handshakeProof']>[0], 'invite' | 'session'> & {
  readonly invite: { readonly secret: Uint8Array; readonly key: SigningKey | null } | null
}

const HANDSHAKE_VERSION = 1
const HELLO_NONCE_BYTES = 32
const FINGERPRINT_BYTES = 32
const KEY_BYTES = 32
const ROOM_TAG_BYTES = 16
const NO_AAD = new Uint8Array()
const PSK_LABEL = 'sotto handshake psk v1'
const KEY_LABEL = 'sotto handshake key v1'
const LINK_LABEL = 'sotto link key v1'

const roleCodec = oneOf(['offerer', 'answerer'])
const signedCodec = struct({ role: roleCodec, th: fixed(32), expected: expectedPeerCodec })
const inviteSignedCodec = struct({ role: roleCodec, th: fixed(32), device: id<DeviceKey>(32) })

/** `hello` said, `proof` sent, or proven: then only the link key is left. */
type Session =
  | { readonly step: 'hello'; readonly ephemeral: AgreementKey; readonly hello: Hello }
  | {
      readonly step: 'proof'
      readonly role: Role
      readonly expected: ExpectedPeer
      readonly th: Bytes
      readonly theirKey: SealingKey
      readonly linkKey: Bytes
    }
  | { readonly step: 'proven'; readonly linkKey: Bytes }
  | { readonly step: 'busy' }

/** Sessions at once. up: memory that callers can claim; down: busy people can't answer all who call. */
const MAX_SESSIONS = 256

const other = (role: Role): Role => (role === 'offerer' ? 'answerer' : 'offerer')

/** Whom the peer must have expected, if it meant us. */
function theirExpectation(expected: ExpectedPeer, ownDevice: DeviceKey): ExpectedPeer {
  switch (expected.kind) {
    case 'device':
      return { kind: 'device', device: ownDevice }
    case 'inviter':
      return { kind: 'joiner', invite: expected.invite }
    case 'joiner':
      return { kind: 'inviter', invite: expected.invite }
  }
}

/** Throws 'malformed' unless it is a message of this kind. */
function readMessage<K extends Handshake['kind']>(kind: K, bytes: Uint8Array): Extract<Handshake, { kind: K }> {
  const message = decode(handshakeCodec, bytes, HANDSHAKE_MAX_BYTES)
  if (message.kind !== kind) throw new SottoError('malformed')
  return message as Extract<Handshake, { kind: K }>
}

export class Handshakes {
  private readonly sessions = new Map<SessionId, Session>()
  private readonly ports: Ports

  constructor(ports: Ports) {
    this.ports = ports
  }

  async hello(session: SessionId): Promise<Bytes> {
    if (this.sessions.has(session) || this.sessions.size >= MAX_SESSIONS) throw new SottoError('unexpected')
    this.sessions.set(session, { step: 'busy' })
    const ephemeral = await this.ports.primitives.newAgreementKey()
    const hello: Hello = { v: 1, ephemeral: ephemeral.publicKey, nonce: this.ports.primitives.random(HELLO_NONCE_BYTES) }
    this.put(session, { step: 'hello', ephemeral, hello })
    return encode(handshakeCodec, { kind: 'hello', ...hello })
  }

  async proof(session: SessionId, identity: OpenIdentity, input: ProofInput): Promise<Bytes> {
    const held = this.take(session, 'hello')
    try {
      const { role, expected, fingerprints, invite } = input
      if (fingerprints.offerer.length !== FINGERPRINT_BYTES || fingerprints.answerer.length !== FINGERPRINT_BYTES)
        throw new SottoError('malformed')
      if ((expected.kind === 'device') !== (invite === null)) throw new SottoError('internal')
      const theirs = readMessage('hello', input.peerHello)
      // Our own hello sent back to us: nobody else speaks here.
      if (equal(theirs.ephemeral, held.ephemeral.publicKey) || equal(theirs.nonce, held.hello.nonce)) throw new SottoError('wrong-peer')
      const th = await this.transcript(role, fingerprints, held.hello, theirs)
      const { own, theirKey, linkKey } = await this.keys(role, held.ephemeral, theirs.ephemeral, th, invite?.secret ?? null)
      const { device } = identity.facts
      const proof: Proof = {
        role,
        device,
        chain: encodeChain(identity.facts.chain),
        signature: await identity.device.sign(labelled(SIGN_LABELS.handshake, encode(signedCodec, { role, th, expected }))),
        inviteSignature: invite?.key
          ? await invite.key.sign(labelled(SIGN_LABELS.inviteHandshake, encode(inviteSignedCodec, { role, th, device })))
          : null,
        wireMin: WIRE_VERSIONS.min,
        wireMax: WIRE_VERSIONS.max,
        capabilities: new Uint8Array(),
      }
      const sealed = await own.seal(NO_AAD, encode(proofCodec, proof))
      this.put(session, { step: 'proof', role, expected, th, theirKey, linkKey })
      return encode(handshakeCodec, { kind: 'proof', sealed })
    } catch (thrown) {
      this.end(session)
      throw thrown
    }
  }

  async verify(session: SessionId, identity: OpenIdentity, message: Uint8Array, nowMs: number): Promise<ProvenPeer> {
    const held = this.take(session, 'proof')
    try {
      const peer = await this.check(held, identity, message, nowMs)
      this.put(session, { step: 'proven', linkKey: held.linkKey })
      return peer
    } catch (thrown) {
      wipe(held.linkKey)
      this.end(session)
      throw thrown
    }
  }

  async roomTags(session: SessionId, rooms: readonly RoomId[]): Promise<readonly string[]> {
    const held = this.sessions.get(session)
    if (held?.step !== 'proven') throw new SottoError('unexpected')
    return Promise.all(
      rooms.map(async (room) => toHex((await this.ports.primitives.hmacSha256(held.linkKey, fromHex(room))).subarray(0, ROOM_TAG_BYTES))),
    )
  }

  end(session: SessionId): void {
    const held = this.sessions.get(session)
    if (held?.step === 'proof' || held?.step === 'proven') wipe(held.linkKey)
    this.sessions.delete(session)
  }

  /** Takes a session at `step` out of reach of a second caller. */
  private take<S extends Session['step']>(session: SessionId, step: S): Extract<Session, { step: S }> {
    const held = this.sessions.get(session)
    if (held?.step !== step) throw new SottoError('unexpected')
    this.sessions.set(session, { step: 'busy' })
    return held as Extract<Session, { step: S }>
  }

  /** Puts the next step in place, unless the session was ended meanwhile. */
  private put(session: SessionId, next: Session): void {
    if (!this.sessions.has(session)) throw new SottoError('unexpected')
    this.sessions.set(session, next)
  }

  private transcript(role: Role, fingerprints: ProofInput['fingerprints'], own: Hello, theirs: Hello): Promise<Bytes> {
    const [first, second] = role === 'offerer' ? [own, theirs] : [theirs, own]
    return this.ports.primitives.sha256(
      labelled(
        SIGN_LABELS.handshake,
        Uint8Array.of(HANDSHAKE_VERSION),
        fingerprints.offerer,
        fingerprints.answerer,
        encode(helloCodec, first),
        encode(helloCodec, second),
      ),
    )
  }

  private async keys(role: Role, ephemeral: AgreementKey, theirs: Uint8Array, th: Bytes, inviteSecret: Uint8Array | null) {
    const { primitives } = this.ports
    const dh = await ephemeral.agree(theirs)
    if (dh === null) throw new SottoError('malformed')
    const psk = inviteSecret === null ? new Uint8Array(KEY_BYTES) : await primitives.hkdf(inviteSecret, th, labelled(PSK_LABEL), KEY_BYTES)
    const sealing = async (sender: Role): Promise<SealingKey> => {
      const raw = await primitives.hkdf(dh, th, labelled(KEY_LABEL, concat(encode(roleCodec, sender), psk)), KEY_BYTES)
      const key = await primitives.sealingKey(raw)
      wipe(raw)
      return key
    }
    const [own, theirKey, linkKey] = await Promise.all([
      sealing(role),
      sealing(other(role)),
      primitives.hkdf(dh, th, labelled(LINK_LABEL, psk), KEY_BYTES),
    ])
    wipe(dh, psk)
    return { own, theirKey, linkKey }
  }

  private async check(
    held: Extract<Session, { step: 'proof' }>,
    identity: OpenIdentity,
    message: Uint8Array,
    nowMs: number,
  ): Promise<ProvenPeer> {
    const { primitives } = this.ports
    const { th, expected } = held
    const plaintext = await held.theirKey.open(NO_AAD, readMessage('proof', message).sealed)
    // Other fingerprints, hellos or invite secret over there give other keys: somebody sits in between.
    if (plaintext === null) throw new SottoError('wrong-transcript')
    const proof = decode(proofCodec, plaintext, HANDSHAKE_MAX_BYTES)
    const role = other(held.role)
    const { device } = proof
    if (proof.role !== role || device === identity.facts.device) throw new SottoError('wrong-peer')
    if (expected.kind === 'device' && expected.device !== device) throw new SottoError('wrong-peer')
    const signed = encode(signedCodec, { role, th, expected: theirExpectation(expected, identity.facts.device) })
    if (!(await verifyLabelled(primitives, { label: 'handshake', key: device, bytes: signed, signature: proof.signature }))) {
      throw new SottoError('bad-signature')
    }
    if (expected.kind === 'inviter') await this.checkInviter(expected.invite, proof, role, th)
    else if (proof.inviteSignature !== null) throw new SottoError('malformed')
    const chain = decodeChain(proof.chain)
    const user = await userOf(chain, device, primitives)
    checkDates(chain, nowMs)
    const wireVersion = Math.min(proof.wireMax, WIRE_VERSIONS.max)
    if (wireVersion < Math.max(proof.wireMin, WIRE_VERSIONS.min)) throw new SottoError('wrong-version')
    return { device, user, chain, wireVersion }
  }

  /** The holder of the invite's private half, and not one who merely has the link. */
  private async checkInviter(invite: string, proof: Proof, role: Role, th: Bytes): Promise<void> {
    const bytes = encode(inviteSignedCodec, { role, th, device: proof.device })
    const { inviteSignature: signature } = proof
    if (signature === null || !(await verifyLabelled(this.ports.primitives, { label: 'inviteHandshake', key: invite, bytes, signature }))) {
      throw new SottoError('wrong-peer')
    }
  }
}
