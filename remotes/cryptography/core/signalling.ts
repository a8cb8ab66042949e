/**
 * Sealed signalling (wire/signal.ts; docs/protocol.md, "Signalling"). A blob is one of three sizes, whoever
 * it is sealed to:
 *   to a device   enc[32] | ciphertext            HPKE base mode to its signalling key
 *   by an invite  salt[20] | nonce[12] | ciphertext   AES-256-GCM under HKDF(invite secret, salt, target, direction)
 * The target is bound into the seal and stands in what the sender signs.
 */
import type { Cryptography, OpenedSignal } from '#contracts/cryptography.ts'
import { SottoError } from '#contracts/errors.ts'
import { fromHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { labelled } from '#contracts/wire/labels.ts'
import {
  SIGNAL_BUCKETS,
  type SignalTarget,
  signalCodec,
  signalTargetCodec,
  type SignalTbs,
  signalTbsCodec,
} from '#contracts/wire/signal.ts'
import { SIGN_LABELS } from '#contracts/wire/labels.ts'
import { concat, equal } from './bytes.ts'
import type { OpenIdentity } from './identity.ts'
import type { Ports } from './ports.ts'
import type { Bytes, SealingKey } from './primitives.ts'
import { verifyLabelled } from './signatures.ts'

type Outgoing = Parameters<Cryptography['sealSignal']>[0]
type Via = Parameters<Cryptography['openSignal']>[1]
type ByInvite = Extract<Via, { kind: 'invite' }>

const LENGTH_BYTES = 2
const PREFIX_BYTES = 32
const SALT_BYTES = 20
/** What sealing adds to a bucket: a prefix of 32 bytes and a tag of 16, by either way. */
const OVERHEAD = PREFIX_BYTES + 16
const NONCE_BYTES = 16
const DEVICE_LABEL = 'sotto signal to device v1'
const INVITE_LABEL = 'sotto signal by invite v1'
const NO_AAD = new Uint8Array()

/** length[2] | signal | zeros, up to the smallest bucket. Throws 'too-large'. */
function padToBucket(signal: Uint8Array): Bytes {
  const bucket = SIGNAL_BUCKETS.find((size) => size >= LENGTH_BYTES + signal.length)
  if (bucket === undefined) throw new SottoError('too-large')
  const out = new Uint8Array(bucket)
  new DataView(out.buffer).setUint16(0, signal.length)
  out.set(signal, LENGTH_BYTES)
  return out
}

/** Throws 'malformed' unless the padding is the one that padToBucket writes. */
function unpadBucket(plaintext: Uint8Array): Uint8Array {
  const length = new DataView(plaintext.buffer, plaintext.byteOffset).getUint16(0)
  if (length > plaintext.length - LENGTH_BYTES) throw new SottoError('malformed')
  const signal = plaintext.subarray(LENGTH_BYTES, LENGTH_BYTES + length)
  if (!equal(padToBucket(signal), plaintext)) throw new SottoError('malformed')
  return signal
}

const deviceInfo = (target: SignalTarget): Bytes => labelled(DEVICE_LABEL, encode(signalTargetCodec, target))

/** One direction has its own keys: what the joiner sealed can't be sent back to it. */
async function inviteKey({ primitives }: Ports, via: ByInvite, salt: Uint8Array): Promise<SealingKey> {
  if (via.secret.length !== LIMITS.inviteSecretBytes) throw new SottoError('invite-malformed')
  const target = encode(signalTargetCodec, { kind: 'invite', invite: via.invite })
  const info = labelled(INVITE_LABEL, target, Uint8Array.of(via.toInviter ? 1 : 0))
  return primitives.sealingKey(await primitives.hkdf(via.secret, salt, info, 32))
}

export async function sealSignal(ports: Ports, identity: OpenIdentity, signal: Outgoing): Promise<Bytes> {
  const { to } = signal
  const target: SignalTarget = to.kind === 'device' ? { kind: 'device', device: to.device } : { kind: 'invite', invite: to.invite }
  const tbs: SignalTbs = {
    v: 1,
    target,
    sender: identity.facts.device,
    nonce: ports.primitives.random(NONCE_BYTES),
    sentAtMs: signal.nowMs,
    replyTo: signal.replyTo,
    body: signal.body,
  }
  const signature = await identity.device.sign(labelled(SIGN_LABELS.signal, encode(signalTbsCodec, tbs)))
  const plaintext = padToBucket(encode(signalCodec, { tbs, signature }))
  if (to.kind === 'device') {
    const { enc, ciphertext } = await ports.hpke.seal(fromHex(to.signalling), deviceInfo(target), plaintext)
    return concat(enc, ciphertext)
  }
  const salt = ports.primitives.random(SALT_BYTES)
  const key = await inviteKey(ports, to, salt)
  return concat(salt, await key.seal(NO_AAD, plaintext))
}

/**
 * Rejects 'too-large', 'malformed' (size, padding, encoding), 'cannot-decrypt' (not sealed to this target),
 * 'bad-signature', 'unexpected' (another target inside, or our own words come back).
 */
export async function openSignal(ports: Ports, identity: OpenIdentity, blob: Uint8Array, via: Via): Promise<OpenedSignal> {
  if (blob.length > LIMITS.signalBlobBytes) throw new SottoError('too-large')
  if (!SIGNAL_BUCKETS.some((bucket) => bucket + OVERHEAD === blob.length)) throw new SottoError('malformed')
  const target: SignalTarget =
    via.kind === 'device' ? { kind: 'device', device: identity.facts.device } : { kind: 'invite', invite: via.invite }
  const plaintext =
    via.kind === 'device'
      ? await identity.signalling.open(blob.subarray(0, PREFIX_BYTES), deviceInfo(target), blob.subarray(PREFIX_BYTES))
      : await (await inviteKey(ports, via, blob.subarray(0, SALT_BYTES))).open(NO_AAD, blob.subarray(SALT_BYTES))
  if (plaintext === null) throw new SottoError('cannot-decrypt')
  const { tbs, signature } = decode(signalCodec, unpadBucket(plaintext), plaintext.length)
  if (!equal(encode(signalTargetCodec, tbs.target), encode(signalTargetCodec, target))) throw new SottoError('unexpected')
  if (tbs.sender === identity.facts.device) throw new SottoError('unexpected')
  const bytes = encode(signalTbsCodec, tbs)
  if (!(await verifyLabelled(ports.primitives, { label: 'signal', key: tbs.sender, bytes, signature })))
    throw new SottoError('bad-signature')
  return { tbs }
}
