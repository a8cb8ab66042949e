/** Who this device is: made once, sealed whole, opened into key handles (docs/protocol.md, "Identity"). */
import type { Identity, Sealed } from '#contracts/cryptography.ts'
import { SottoError } from '#contracts/errors.ts'
import { type DeviceKey, idOf, type RendezvousKey, type SignallingKey, type UserId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { WIRE_VERSIONS } from '#contracts/version.ts'
import { chainCodec } from '#contracts/wire/certificate.ts'
import { constant, decode, encode, fixed, opaque, struct } from '#contracts/wire/codec.ts'
import { type DeviceRecord, type DeviceRecordTbs, deviceRecordCodec, deviceRecordTbsCodec } from '#contracts/wire/device-record.ts'
import { labelled, SIGN_LABELS } from '#contracts/wire/labels.ts'
import { utf8Bytes, wipe } from './bytes.ts'
import { certify } from './certificates.ts'
import { phraseOf } from './phrase.ts'
import type { Blinding, HpkeReceiver, Ports } from './ports.ts'
import type { SigningKey } from './primitives.ts'
import type { Vault } from './vault.ts'

const ENTROPY_BYTES = 32
const SEED_BYTES = 32
const MASTER_INFO = utf8Bytes('sotto master key v1')
/** HKDF of the device seed: the seed of the key that this device's leaves sign with in `nist` rooms. */
const NIST_INFO = utf8Bytes('sotto nist leaf key v1')
const NIST_SEED_BYTES = 48
const NAME = 'identity'

/** What is sealed. The entropy is sealed once more inside: opening the identity does not unwrap it. */
const identityCodec = struct({
  v: constant(1),
  deviceSeed: fixed(SEED_BYTES),
  rendezvousSeed: fixed(SEED_BYTES),
  signallingSeed: fixed(SEED_BYTES),
  chain: chainCodec,
  record: deviceRecordCodec,
  sealedEntropy: opaque(256),
})
const MAX_BYTES = 16 * 1024

export type RendezvousSigner = (period: number, message: Uint8Array) => ReturnType<Blinding['sign']>

/** An opened identity: what may be known outside, and the keys as handles. */
export interface OpenIdentity {
  readonly facts: Identity
  readonly device: SigningKey
  /** Signs by the rendezvous key as it is blinded in a period. */
  readonly rendezvous: RendezvousSigner
  /** P-384, for leaves in `nist` rooms. */
  readonly nist: SigningKey
  readonly signalling: HpkeReceiver
  readonly sealedEntropy: Uint8Array
}

/** The master key pair of some entropy: Ed25519 with HKDF-SHA256(entropy, no salt, "sotto master key v1") as seed. */
async function masterOf(entropy: Uint8Array, { primitives }: Ports): Promise<SigningKey> {
  const seed = await primitives.hkdf(entropy, new Uint8Array(), MASTER_INFO, SEED_BYTES)
  const master = await primitives.signingKey(seed)
  wipe(seed)
  return master
}

async function signRecord(device: SigningKey, tbs: DeviceRecordTbs): Promise<DeviceRecord> {
  return { tbs, signature: await device.sign(labelled(SIGN_LABELS.record, encode(deviceRecordTbsCodec, tbs))) }
}

/** Makes a device, of a new person or of the one whose entropy is given, and seals it; open it with `openIdentity`. The entropy is wiped. */
export async function createIdentity(
  ports: Ports,
  vault: Vault,
  options: { readonly deviceName: string; readonly nowMs: number },
  entropy: Uint8Array = ports.primitives.random(ENTROPY_BYTES),
): Promise<Sealed> {
  const { primitives, hpke } = ports
  const deviceSeed = primitives.random(SEED_BYTES)
  const rendezvousSeed = primitives.random(SEED_BYTES)
  const signallingSeed = primitives.random(SEED_BYTES)
  const [master, device, rendezvous, signalling] = await Promise.all([
    masterOf(entropy, ports),
    primitives.signingKey(deviceSeed),
    primitives.signingKey(rendezvousSeed),
    hpke.receiver(signallingSeed),
  ])
  const deviceKey = idOf<DeviceKey>(device.publicKey)
  const [certificate, record, sealedEntropy] = await Promise.all([
    certify(master, {
      v: 1,
      user: idOf<UserId>(master.publicKey),
      device: deviceKey,
      deviceName: options.deviceName,
      createdMs: options.nowMs,
      expiresMs: options.nowMs + LIMITS.certificateLifeMs,
      serial: 1,
    }),
    signRecord(device, {
      v: 1,
      device: deviceKey,
      rendezvous: idOf<RendezvousKey>(rendezvous.publicKey),
      signalling: idOf<SignallingKey>(signalling.publicKey),
      capabilities: [],
      wireMin: WIRE_VERSIONS.min,
      wireMax: WIRE_VERSIONS.max,
      serial: 1,
    }),
    vault.seal('entropy', NAME, entropy),
  ])
  const plaintext = encode(identityCodec, { v: 1, deviceSeed, rendezvousSeed, signallingSeed, chain: [certificate], record, sealedEntropy })
  const sealed = await vault.seal('identity', NAME, plaintext)
  wipe(entropy, deviceSeed, rendezvousSeed, signallingSeed, plaintext)
  return sealed
}

/** Rejects 'identity-missing' without the vault key, 'malformed' if altered. */
export async function openIdentity(
  { primitives, hpke, nistKey, blinding }: Ports,
  vault: Vault,
  sealed: Uint8Array,
): Promise<OpenIdentity> {
  const plaintext = await vault.open('identity', NAME, sealed)
  const { deviceSeed, rendezvousSeed, signallingSeed, chain, record, sealedEntropy } = decode(identityCodec, plaintext, MAX_BYTES)
  const [certificate] = chain
  if (certificate === undefined) throw new SottoError('malformed')
  const nistSeed = await primitives.hkdf(deviceSeed, new Uint8Array(), NIST_INFO, NIST_SEED_BYTES)
  const [device, nist, signalling] = await Promise.all([
    primitives.signingKey(deviceSeed),
    nistKey(nistSeed),
    hpke.receiver(signallingSeed),
  ])
  // WebCrypto has no blinded keys: this seed stays as it is, in the Worker.
  const kept = rendezvousSeed.slice()
  const rendezvous: RendezvousSigner = (period, message) => blinding.sign(kept, period, message)
  wipe(plaintext, deviceSeed, rendezvousSeed, signallingSeed, nistSeed)
  const facts: Identity = {
    user: certificate.tbs.user,
    device: record.tbs.device,
    chain,
    record,
    rendezvous: record.tbs.rendezvous,
    signalling: record.tbs.signalling,
  }
  return { facts, device, rendezvous, nist, signalling, sealedEntropy }
}

/** The 24 words. The entropy is unwrapped for this call only. */
export async function revealPhrase(
  { primitives }: Ports,
  vault: Vault,
  identity: OpenIdentity,
  wordList: readonly string[],
): Promise<readonly string[]> {
  const entropy = await vault.open('entropy', NAME, identity.sealedEntropy)
  const words = await phraseOf(entropy, wordList, primitives)
  wipe(entropy)
  return words
}
