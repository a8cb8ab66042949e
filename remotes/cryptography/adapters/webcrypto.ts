/** The primitives, by the platform's WebCrypto: browsers' Workers and Node 20 alike. */
import { equal, wipe } from '../core/bytes.ts'
import type { AgreementKey, Bytes, Primitives, SealingKey, SigningKey } from '../core/primitives.ts'

const NONCE_BYTES = 12
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
const AES = { name: 'AES-GCM', length: 256 } as const

/** PKCS #8 heads of a raw 32-byte key (RFC 8410): the one form in which WebCrypto takes a bare seed. */
const PKCS8_ED25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)

/** WebCrypto's types want a view on an ArrayBuffer; a view on shared memory never gets here. */
const source = (bytes: Uint8Array): Bytes => bytes as Bytes

function base64Url(text: string): Bytes {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (char) => char.charCodeAt(0))
}

// --- Ed25519

/** p = 2^255 - 19, little-endian. */
const PRIME = Uint8Array.from({ length: KEY_BYTES }, (_, i) => (i === 0 ? 0xed : i === 31 ? 0x7f : 0xff))
const yOf = (first: number, rest: number, last: number): Bytes =>
  Uint8Array.from({ length: KEY_BYTES }, (_, i) => (i === 0 ? first : i === 31 ? last : rest))

/** The y coordinates of the eight points of small order; a key or nonce point there signs anything. */
const SMALL_ORDER_Y: readonly Bytes[] = [
  yOf(0, 0, 0),
  yOf(1, 0, 0),
  yOf(0xec, 0xff, 0x7f),
  base64Url('JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU'),
  base64Url('xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o'),
]

/** Whether these 32 bytes are the canonical encoding of a y coordinate and not of a point of small order. */
function soundPoint(encoded: Uint8Array): boolean {
  const y = encoded.slice(0, KEY_BYTES)
  y[31] = (y[31] ?? 0) & 0x7f
  for (let i = KEY_BYTES - 1; i >= 0; i--) {
    const byte = y[i] ?? 0
    const limit = PRIME[i] ?? 0
    if (byte < limit) break
    if (byte > limit || i === 0) return false
  }
  return !SMALL_ORDER_Y.some((small) => equal(small, y))
}

async function signingKey(seed: Uint8Array): Promise<SigningKey> {
  const pkcs8 = new Uint8Array(PKCS8_ED25519.length + KEY_BYTES)
  pkcs8.set(PKCS8_ED25519)
  pkcs8.set(seed, PKCS8_ED25519.length)
  // WebCrypto tells the public half of a seed only by an export, so it is imported twice: once for that.
  const [readable, key] = await Promise.all([
    crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']),
    crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']),
  ])
  const { x } = await crypto.subtle.exportKey('jwk', readable)
  wipe(pkcs8)
  return {
    publicKey: base64Url(x ?? ''),
    sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, source(message))),
  }
}

/**
 * Imported public keys, the newest last: a conversation verifies the same keys again and again. Four rooms of 256
 * devices and their users. up: memory; down: large rooms import their keys anew for each message.
 */
const VERIFY_KEYS = 2048
const verifyKeys = new Map<string, CryptoKey>()

async function verifyKey(publicKey: Uint8Array): Promise<CryptoKey> {
  const name = String.fromCharCode(...publicKey)
  const known = verifyKeys.get(name)
  if (known !== undefined) return known
  const key = await crypto.subtle.importKey('raw', source(publicKey), 'Ed25519', false, ['verify'])
  if (verifyKeys.size >= VERIFY_KEYS) {
    for (const oldest of verifyKeys.keys()) {
      verifyKeys.delete(oldest)
      break
    }
  }
  verifyKeys.set(name, key)
  return key
}

async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false
  if (!soundPoint(publicKey) || !soundPoint(signature)) return false
  try {
    return await crypto.subtle.verify('Ed25519', await verifyKey(publicKey), source(signature), source(message))
  } catch {
    return false
  }
}

// --- X25519

async function newAgreementKey(): Promise<AgreementKey> {
  const pair = (await crypto.subtle.generateKey('X25519', false, ['deriveBits'])) as CryptoKeyPair
  return {
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
    async agree(theirs) {
      try {
        const key = await crypto.subtle.importKey('raw', source(theirs), 'X25519', false, [])
        const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: key }, pair.privateKey, 8 * KEY_BYTES))
        // Engines differ in whether they refuse this themselves (RFC 7748 section 6.1).
        return shared.every((byte) => byte === 0) ? null : shared
      } catch {
        return null
      }
    },
  }
}

// --- AES-256-GCM

function sealingKeyOf(key: CryptoKey): SealingKey {
  return {
    async seal(aad, plaintext) {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
      const ciphertext = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: source(aad) }, key, source(plaintext))
      const sealed = new Uint8Array(NONCE_BYTES + ciphertext.byteLength)
      sealed.set(nonce)
      sealed.set(new Uint8Array(ciphertext), NONCE_BYTES)
      return sealed
    },
    async open(aad, sealed) {
      try {
        const iv = source(sealed.subarray(0, NONCE_BYTES))
        const ciphertext = source(sealed.subarray(NONCE_BYTES))
        return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: source(aad) }, key, ciphertext))
      } catch {
        return null
      }
    },
  }
}

// --- hashes

async function hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', source(secret), 'HKDF', false, ['deriveBits'])
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: source(salt), info: source(info) }, key, 8 * length),
  )
}

async function pbkdf2(password: Uint8Array, salt: Uint8Array, iterations: number, length: number): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', source(password), 'PBKDF2', false, ['deriveBits'])
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: source(salt), iterations }, key, 8 * length),
  )
}

export const webcrypto: Primitives = {
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
  sha256: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', source(bytes))),
  async hmacSha256(key, bytes) {
    const mac = await crypto.subtle.importKey('raw', source(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    return new Uint8Array(await crypto.subtle.sign('HMAC', mac, source(bytes)))
  },
  hkdf,
  pbkdf2,
  sealingKey: async (raw) => sealingKeyOf(await crypto.subtle.importKey('raw', source(raw), AES, false, ['encrypt', 'decrypt'])),
  newVaultKey: () => crypto.subtle.generateKey(AES, false, ['encrypt', 'decrypt']),
  vaultKey: (raw) => crypto.subtle.importKey('raw', source(raw), AES, false, ['encrypt', 'decrypt']),
  vault: sealingKeyOf,
  signingKey,
  verify,
  newAgreementKey,
}
