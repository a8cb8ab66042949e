/**
 * What the core needs from the platform's cryptography. Keys are handles with methods: what a handle hides,
 * the core can't leak. Every method resolves to fresh bytes that nothing else holds.
 */
export type Bytes = Uint8Array<ArrayBuffer>

/** An Ed25519 key pair (RFC 8032); the private half stays behind the handle. */
export interface SigningKey {
  readonly publicKey: Bytes
  sign(message: Uint8Array): Promise<Bytes>
}

/** An X25519 key pair (RFC 7748); the private half stays behind the handle. */
export interface AgreementKey {
  readonly publicKey: Bytes
  /** The shared secret, 32 bytes; null if it is all zero (a small-order point) or `theirs` is no key. */
  agree(theirs: Uint8Array): Promise<Bytes | null>
}

/** AES-256-GCM under a fresh random nonce each time. A sealed value is nonce[12] | ciphertext | tag[16]. */
export interface SealingKey {
  seal(aad: Uint8Array, plaintext: Uint8Array): Promise<Bytes>
  /** null if it does not open. */
  open(aad: Uint8Array, sealed: Uint8Array): Promise<Bytes | null>
}

/** A key as the platform holds it: it can't be exported. The vault key, under which everything at rest is sealed, or the device key that wraps it. */
export type VaultKey = CryptoKey

export interface Primitives {
  random(length: number): Bytes
  sha256(bytes: Uint8Array): Promise<Bytes>
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Promise<Bytes>
  /** HKDF-SHA256 (RFC 5869), extract and expand. */
  hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Promise<Bytes>
  /** PBKDF2-HMAC-SHA-512 (RFC 8018). */
  pbkdf2(password: Uint8Array, salt: Uint8Array, iterations: number, length: number): Promise<Bytes>
  /** AES-256-GCM under 32 raw bytes. */
  sealingKey(raw: Uint8Array): Promise<SealingKey>
  newVaultKey(): Promise<VaultKey>
  /** From 32 raw bytes. */
  vaultKey(raw: Uint8Array): Promise<VaultKey>
  vault(key: VaultKey): SealingKey
  /** From a 32-byte seed. */
  signingKey(seed: Uint8Array): Promise<SigningKey>
  /** Strict: no small-order or non-canonical key, S below the group order. A malformed input is `false`. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>
  newAgreementKey(): Promise<AgreementKey>
}
