/**
 * Cryptography that keeps no secret and costs next to nothing: every primitive is a fast hash. What it does
 * keep is the rules: a wrong key, an altered byte or an overwritten secret does not open or verify.
 */
import type { MlsProvider } from '../../../remotes/cryptography/adapters/mls.ts'
import { equal } from '../../../remotes/cryptography/core/bytes.ts'
import type { Hpke, Ports } from '../../../remotes/cryptography/core/ports.ts'
import type { Bytes, Primitives, SealingKey, VaultKey } from '../../../remotes/cryptography/core/primitives.ts'
import { mlsPorts, type RandomBytes } from './ports.ts'

const SIZE = 32
const TAG_BYTES = 16
const NONE = new Uint8Array()

/** What a hash is for: two uses never give the same bytes. */
const USE = {
  hash: 1,
  mac: 2,
  extract: 3,
  expand: 4,
  publicKey: 5,
  privateKey: 6,
  signature: 7,
  ephemeral: 8,
  sealed: 9,
  exported: 10,
  record: 11,
} as const

/** 32 bytes over what is put in, in order. Spreads well, resists nobody. */
function mix(use: number, ...parts: readonly Uint8Array[]): Bytes {
  let a = Math.imul(0x2f1b3c5d ^ use, 0x85ebca6b)
  let b = 0x7a4d9e61
  let c = 0x510e527f
  let d = 0x1f83d9ab
  for (const part of parts) {
    const { length } = part
    const whole = length & ~3
    a = Math.imul(a ^ length, 0x85ebca6b)
    for (let i = 0; i < whole; i += 4) {
      const word = (part[i] as number) | ((part[i + 1] as number) << 8) | ((part[i + 2] as number) << 16) | ((part[i + 3] as number) << 24)
      a = Math.imul(a ^ word, 0x85ebca6b)
      b = Math.imul((b + word) | 0, 0xc2b2ae35) ^ (a >>> 15)
      c = Math.imul(c ^ b, 0x27d4eb2f) ^ (b >>> 13)
      d = Math.imul((d + c) | 0, 0x165667b1) ^ (c >>> 16)
      a ^= d >>> 17
    }
    for (let i = whole; i < length; i++) {
      a = Math.imul(a ^ (part[i] as number), 0x85ebca6b) ^ (d >>> 15)
      b = Math.imul((b + a) | 0, 0xc2b2ae35) ^ (a >>> 13)
      d = Math.imul((d + b) | 0, 0x165667b1) ^ (c >>> 16)
    }
  }
  const out = new Uint8Array(SIZE)
  for (let i = 0; i < SIZE; i += 4) {
    a = Math.imul(a ^ (d >>> 15) ^ i, 0x85ebca6b)
    b = Math.imul((b + a) | 0, 0xc2b2ae35) ^ (a >>> 13)
    c = Math.imul(c ^ b, 0x27d4eb2f) ^ (b >>> 16)
    d = Math.imul((d + c) | 0, 0x165667b1) ^ (c >>> 14)
    const word = a ^ d
    out[i] = word
    out[i + 1] = word >>> 8
    out[i + 2] = word >>> 16
    out[i + 3] = word >>> 24
  }
  return out
}

function expand(length: number, use: number, ...parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(length)
  let block = mix(use, ...parts)
  for (let at = 0; at < length; at += SIZE) {
    out.set(block.subarray(0, length - at), at)
    if (at + SIZE < length) block = mix(use, block)
  }
  return out
}

function joined(a: Uint8Array, b: Uint8Array): Bytes {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}

/** The plaintext with a tag behind it. */
const close = (use: number, plaintext: Uint8Array, ...bound: readonly Uint8Array[]): Bytes =>
  joined(plaintext, mix(use, plaintext, ...bound).subarray(0, TAG_BYTES))

/** null if the tag is not of these. */
function open(use: number, sealed: Uint8Array, ...bound: readonly Uint8Array[]): Bytes | null {
  if (sealed.length < TAG_BYTES) return null
  const plaintext = new Uint8Array(sealed.subarray(0, -TAG_BYTES))
  return equal(mix(use, plaintext, ...bound).subarray(0, TAG_BYTES), sealed.subarray(-TAG_BYTES)) ? plaintext : null
}

function opened(use: number, sealed: Uint8Array, ...bound: readonly Uint8Array[]): Bytes {
  const plaintext = open(use, sealed, ...bound)
  if (plaintext === null) throw new Error('does not open')
  return plaintext
}

const publicOf = (privateKey: Uint8Array): Bytes => mix(USE.publicKey, privateKey)

/** ts-mls holds keys as CryptoKeys and never looks inside. */
interface FakeKey {
  readonly bytes: Uint8Array
}
const keyOf = <Kind extends 'public' | 'private'>(bytes: Uint8Array): CryptoKey & { type: Kind } =>
  ({ bytes }) as unknown as CryptoKey & { type: Kind }
const bytesIn = (key: CryptoKey): Uint8Array => (key as unknown as FakeKey).bytes
const pairOf = (privateKey: Uint8Array) => ({
  privateKey: keyOf<'private'>(privateKey),
  publicKey: keyOf<'public'>(publicOf(privateKey)),
})

const provider = (random: RandomBytes): MlsProvider => ({
  hash: {
    digest: async (data) => mix(USE.hash, data),
    mac: async (key, data) => mix(USE.mac, key, data),
    verifyMac: async (key, mac, data) => equal(mix(USE.mac, key, data), mac),
  },
  kdf: {
    extract: async (salt, secret) => mix(USE.extract, salt, secret),
    expand: async (key, info, length) => expand(length, USE.expand, key, info),
    size: SIZE,
  },
  hpke: {
    async seal(publicKey, plaintext, info, aad = NONE) {
      const to = bytesIn(publicKey)
      const enc = mix(USE.ephemeral, to, plaintext, info, aad)
      return { enc, ct: close(USE.sealed, plaintext, enc, to, info, aad) }
    },
    open: async (privateKey, enc, ciphertext, info, aad = NONE) =>
      opened(USE.sealed, ciphertext, enc, publicOf(bytesIn(privateKey)), info, aad),
    async exportSecret(publicKey, context, length, info) {
      const enc = random(SIZE)
      return { enc, secret: expand(length, USE.exported, bytesIn(publicKey), enc, info, context) }
    },
    importSecret: async (privateKey, context, enc, length, info) =>
      expand(length, USE.exported, publicOf(bytesIn(privateKey)), enc, info, context),
    encryptAead: async (key, nonce, aad, plaintext) => close(USE.sealed, plaintext, key, nonce, aad ?? NONE),
    decryptAead: async (key, nonce, aad, ciphertext) => opened(USE.sealed, ciphertext, key, nonce, aad ?? NONE),
    importPrivateKey: async (key) => keyOf<'private'>(key),
    importPublicKey: async (key) => keyOf<'public'>(key),
    exportPublicKey: async (key) => bytesIn(key),
    exportPrivateKey: async (key) => bytesIn(key),
    deriveKeyPair: async (ikm) => pairOf(mix(USE.privateKey, ikm)),
    generateKeyPair: async () => pairOf(random(SIZE)),
    keyLength: 16,
    nonceLength: 12,
  },
})

/** The name is bound, the content is not: nothing in a simulation writes to a disk but the device itself. */
const records: SealingKey = {
  seal: async (aad, plaintext) => joined(plaintext, mix(USE.record, aad).subarray(0, TAG_BYTES)),
  async open(aad, sealed) {
    const good = equal(mix(USE.record, aad).subarray(0, TAG_BYTES), sealed.subarray(-TAG_BYTES))
    return good ? new Uint8Array(sealed.subarray(0, -TAG_BYTES)) : null
  },
}

/** Links have no part in these simulations. */
const never = (): never => {
  throw new Error('not simulated')
}

const primitives = (random: RandomBytes): Primitives => ({
  random,
  sha256: async (bytes) => mix(USE.hash, bytes),
  hmacSha256: async (key, bytes) => mix(USE.mac, key, bytes),
  hkdf: async (secret, salt, info, length) => expand(length, USE.expand, mix(USE.extract, salt, secret), info),
  pbkdf2: async (password, salt, _iterations, length) => expand(length, USE.expand, password, salt),
  sealingKey: async () => records,
  newVaultKey: async () => ({}) as VaultKey,
  vaultKey: async () => ({}) as VaultKey,
  vault: () => records,
  async signingKey(seed) {
    const publicKey = publicOf(seed)
    return { publicKey, sign: async (message) => expand(2 * SIZE, USE.signature, publicKey, message) }
  },
  verify: async (publicKey, message, signature) => equal(expand(2 * SIZE, USE.signature, publicKey, message), signature),
  newAgreementKey: never,
})

const hpke: Hpke = {
  seal: never,
  receiver: async (privateKey) => ({ publicKey: publicOf(privateKey), open: never }),
}

export const fakeMls = (random: RandomBytes): Ports => mlsPorts(primitives(random), hpke, provider(random))

/** SHA-256's stand-in. */
export const fakeSha256 = (bytes: Uint8Array): Bytes => mix(USE.hash, bytes)
