/**
 * HPKE base mode (RFC 9180), over a key encapsulation, HKDF at once and AES-GCM by WebCrypto. A commit to a large room
 * seals to each of its subtrees: by WebCrypto alone the key schedule of each takes ten promises.
 */
import { SottoError } from '#contracts/errors.ts'
import { concat } from '../core/bytes.ts'
import type { Hpke } from '../core/ports.ts'
import type { Bytes } from '../core/primitives.ts'
import { type HashName, hkdfOf } from './hash.ts'
import { dhKemX25519, type Kem, labelled, type Secret, uint16 } from './kem.ts'

/** Authenticated encryption with a key of its own for each call. */
export interface Aead {
  /** In HPKE's registry. */
  readonly id: number
  readonly keyBytes: number
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Promise<Bytes>
  /** Rejects if it does not open. */
  open(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Promise<Bytes>
}

const source = (bytes: Uint8Array): Bytes => bytes as Bytes
const NONCE_BYTES = 12
const NONE = new Uint8Array()

const aesGcm = (id: number, keyBytes: number): Aead => ({
  id,
  keyBytes,
  async seal(key, iv, additionalData, plaintext) {
    const aes = await crypto.subtle.importKey('raw', source(key), 'AES-GCM', false, ['encrypt'])
    const params = { name: 'AES-GCM', iv: source(iv), additionalData: source(additionalData) }
    return new Uint8Array(await crypto.subtle.encrypt(params, aes, source(plaintext)))
  },
  async open(key, iv, additionalData, ciphertext) {
    const aes = await crypto.subtle.importKey('raw', source(key), 'AES-GCM', false, ['decrypt'])
    const params = { name: 'AES-GCM', iv: source(iv), additionalData: source(additionalData) }
    return new Uint8Array(await crypto.subtle.decrypt(params, aes, source(ciphertext)))
  },
})
export const aes128Gcm = aesGcm(1, 16)
export const aes256Gcm = aesGcm(2, 32)

export interface HpkeSuite {
  readonly kem: Kem
  readonly hash: HashName
  readonly aead: Aead
}

const KDF_IDS = { 'SHA-256': 1, 'SHA-384': 2, 'SHA-512': 3 } as const
const HPKE = Uint8Array.of(0x48, 0x50, 0x4b, 0x45)

/** The key schedule of one context (RFC 9180 section 5.1), base mode. */
function scheduleOf({ kem, hash, aead }: HpkeSuite) {
  const kdf = labelled(hash, concat(HPKE, uint16(kem.id), uint16(KDF_IDS[hash]), uint16(aead.id)))
  const pskIdHash = kdf.extract(NONE, 'psk_id_hash', NONE)
  return (shared: Uint8Array, info: Uint8Array) => {
    const context = concat(Uint8Array.of(0), pskIdHash, kdf.extract(NONE, 'info_hash', info))
    const secret = kdf.extract(shared, 'secret', NONE)
    return {
      key: () => kdf.expand(secret, 'key', context, aead.keyBytes),
      nonce: () => kdf.expand(secret, 'base_nonce', context, NONCE_BYTES),
      export: (exporterContext: Uint8Array, length: number) =>
        kdf.expand(kdf.expand(secret, 'exp', context, hkdfOf(hash).size), 'sec', exporterContext, length),
    }
  }
}

// --- for signalling

const signallingSuite: HpkeSuite = { kem: dhKemX25519, hash: 'SHA-256', aead: aes256Gcm }
const signalling = scheduleOf(signallingSuite)
const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length))

export const hpke: Hpke = {
  async seal(to, info, plaintext) {
    try {
      const { shared, enc } = await dhKemX25519.encapsulate(to, random(dhKemX25519.seedBytes))
      const { key, nonce } = signalling(shared, info)
      return { enc, ciphertext: await aes256Gcm.seal(key(), nonce(), NONE, plaintext) }
    } catch {
      throw new SottoError('malformed')
    }
  },
  async receiver(privateKey) {
    const own = await dhKemX25519.derive(privateKey)
    return {
      publicKey: new Uint8Array(await own.publicKey()),
      async open(enc, info, ciphertext) {
        try {
          const { key, nonce } = signalling(await dhKemX25519.decapsulate(own, enc), info)
          return await aes256Gcm.open(key(), nonce(), NONE, ciphertext)
        } catch {
          return null
        }
      },
    }
  },
}

// --- for MLS

/** ts-mls takes keys for CryptoKeys and never looks into them: ours are these. */
type PublicKey = CryptoKey & { type: 'public' }
type PrivateKey = CryptoKey & { type: 'private' }
const asPublic = (key: Bytes): PublicKey => key as unknown as PublicKey
const asPrivate = (key: Secret): PrivateKey => key as unknown as PrivateKey
const publicOf = (key: PublicKey): Bytes => key as unknown as Bytes
const secretOf = (key: PrivateKey): Secret => key as unknown as Secret

/** Where an encapsulation's randomness comes from: all that is sealed, which the simulator makes it from. */
export type SeedOf = (length: number, ...sealed: readonly Uint8Array[]) => Bytes

/** In the shape that ts-mls asks of its HPKE. Its errors are the gate's to translate. */
export function mlsHpke(suite: HpkeSuite, seedOf: SeedOf = random) {
  const { kem, aead } = suite
  const schedule = scheduleOf(suite)
  const pairOf = async (own: Secret) => ({ privateKey: asPrivate(own), publicKey: asPublic(await own.publicKey()) })
  return {
    async seal(to: PublicKey, plaintext: Uint8Array, info: Uint8Array, aad = NONE): Promise<{ ct: Bytes; enc: Bytes }> {
      const { shared, enc } = await kem.encapsulate(publicOf(to), seedOf(kem.seedBytes, publicOf(to), plaintext, info, aad))
      const { key, nonce } = schedule(shared, info)
      return { ct: await aead.seal(key(), nonce(), aad, plaintext), enc }
    },
    async open(own: PrivateKey, enc: Uint8Array, ciphertext: Uint8Array, info: Uint8Array, aad = NONE): Promise<Bytes> {
      const { key, nonce } = schedule(await kem.decapsulate(secretOf(own), enc), info)
      return aead.open(key(), nonce(), aad, ciphertext)
    },
    async exportSecret(to: PublicKey, context: Uint8Array, length: number, info: Uint8Array): Promise<{ enc: Bytes; secret: Bytes }> {
      const { shared, enc } = await kem.encapsulate(publicOf(to), seedOf(kem.seedBytes))
      return { enc, secret: schedule(shared, info).export(context, length) }
    },
    async importSecret(own: PrivateKey, context: Uint8Array, enc: Uint8Array, length: number, info: Uint8Array): Promise<Bytes> {
      return schedule(await kem.decapsulate(secretOf(own), enc), info).export(context, length)
    },
    encryptAead: (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array | undefined, plaintext: Uint8Array): Promise<Bytes> =>
      aead.seal(key, nonce, aad ?? NONE, plaintext),
    decryptAead: (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array | undefined, ciphertext: Uint8Array): Promise<Bytes> =>
      aead.open(key, nonce, aad ?? NONE, ciphertext),
    async importPrivateKey(raw: Uint8Array): Promise<PrivateKey> {
      if (raw.length !== kem.secretBytes) throw new Error('not a private key')
      return asPrivate(kem.secret(raw))
    },
    async importPublicKey(raw: Uint8Array): Promise<PublicKey> {
      if (raw.length !== kem.publicBytes) throw new Error('not a public key')
      return asPublic(new Uint8Array(raw))
    },
    exportPublicKey: async (key: PublicKey): Promise<Bytes> => new Uint8Array(publicOf(key)),
    exportPrivateKey: async (key: PrivateKey): Promise<Bytes> => new Uint8Array(secretOf(key).raw),
    deriveKeyPair: async (seed: Uint8Array) => pairOf(await kem.derive(seed)),
    generateKeyPair: async () => pairOf(await kem.derive(seedOf(kem.seedBytes))),
    keyLength: aead.keyBytes,
    nonceLength: NONCE_BYTES,
  }
}
