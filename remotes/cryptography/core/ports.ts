/** The ports that the core stands on: primitives, where the vault key lives, HPKE and MLS. */
import type { MlsEngine, MlsEnvironment } from './mls.ts'
import type { Profile } from '#contracts/wire/entry.ts'
import type { Bytes, Primitives, SigningKey, VaultKey } from './primitives.ts'

/** What is stored of the vault key. */
export interface StoredVault {
  /** The device key, which wraps it. */
  readonly key: VaultKey
  /** The wrapped vault key (vault-key.ts). null in what was made before there were passphrases: `key` is the vault key itself. */
  readonly record: Bytes | null
}

/** Where the vault key lives: the one thing that this remote stores by itself. */
export interface Keystore {
  /** Rejects 'storage-newer' if what is there is of a later version. */
  load(): Promise<StoredVault | null>
  /** Puts `next` in the place of `before`, in one transaction. Rejects 'unexpected', and changes nothing, if something else is there. */
  replace(before: StoredVault | null, next: StoredVault): Promise<void>
  destroy(): Promise<void>
}

/** One X25519 key pair that others seal to with HPKE. */
export interface HpkeReceiver {
  readonly publicKey: Bytes
  /** null if it does not open. */
  open(enc: Uint8Array, info: Uint8Array, ciphertext: Uint8Array): Promise<Bytes | null>
}

/** HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; empty aad. */
export interface Hpke {
  /** Rejects 'malformed' if `to` is no key. */
  seal(to: Uint8Array, info: Uint8Array, plaintext: Uint8Array): Promise<{ readonly enc: Bytes; readonly ciphertext: Bytes }>
  /** From a 32-byte private key. */
  receiver(privateKey: Uint8Array): Promise<HpkeReceiver>
}

/** Blinded Ed25519 keys, one for each period of a key (docs/protocol.md, "Broker ids"). */
export interface Blinding {
  /** The key's public half in a period; null if `publicKey` is no key. */
  blind(publicKey: Uint8Array, period: number): Bytes | null
  /** That public half, and a signature by it (RFC 8032), from the unblinded key's seed. */
  sign(seed: Uint8Array, period: number, message: Uint8Array): { readonly key: Bytes; readonly signature: Bytes }
}

export interface Ports {
  readonly primitives: Primitives
  readonly keystore: Keystore
  readonly hpke: Hpke
  readonly blinding: Blinding
  /** A P-384 key pair from a 48-byte seed, for leaves of the `nist` profile. */
  readonly nistKey: (seed: Uint8Array) => Promise<SigningKey>
  readonly mls: (environment: MlsEnvironment, profile: Profile) => MlsEngine
}
