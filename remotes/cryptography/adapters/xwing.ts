/**
 * X-Wing (draft-connolly-cfrg-xwing-kem): X25519 and ML-KEM-768 (FIPS 203), safe while either one is. A private key is
 * its 32-byte seed. The one importer of @noble/post-quantum.
 */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js'
import { concat } from '../core/bytes.ts'
import type { Bytes } from '../core/primitives.ts'
import { sha3, shake256 } from './hash.ts'
import { type Kem, type Secret, x25519 } from './kem.ts'

const SEED_BYTES = 32
const ML_KEM_PUBLIC_BYTES = 1184
const ML_KEM_CIPHERTEXT_BYTES = 1088
const X25519_BYTES = 32
const ML_KEM_SEED_BYTES = 64
/** \.//^\ */
const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c)

interface Expanded {
  readonly mlKem: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array }
  readonly x: Uint8Array
  readonly xPublic: () => Promise<Bytes>
}

/** Expanding makes an ML-KEM key pair, which takes a while: done once, and not for keys that are only carried along. */
interface XWingSecret extends Secret {
  readonly expanded: () => Expanded
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function expand(seed: Uint8Array): Expanded {
  const expanded = shake256(seed, ML_KEM_SEED_BYTES + X25519_BYTES)
  const mlKem = ml_kem768.keygen(expanded.subarray(0, ML_KEM_SEED_BYTES))
  const x = expanded.subarray(ML_KEM_SEED_BYTES)
  return { mlKem, x, xPublic: once(() => x25519.publicKey(x)) }
}

function secretOf(seed: Uint8Array): XWingSecret {
  const raw = new Uint8Array(seed)
  const expanded = once(() => expand(raw))
  return {
    raw,
    expanded,
    publicKey: async () => concat(expanded().mlKem.publicKey, await expanded().xPublic()),
  }
}

export const xWing: Kem = {
  id: 0x647a,
  publicBytes: ML_KEM_PUBLIC_BYTES + X25519_BYTES,
  secretBytes: SEED_BYTES,
  encBytes: ML_KEM_CIPHERTEXT_BYTES + X25519_BYTES,
  seedBytes: 2 * SEED_BYTES,
  derive: async (seed) => secretOf(shake256(seed, SEED_BYTES)),
  secret: secretOf,
  async encapsulate(to, seed) {
    const theirs = to.subarray(ML_KEM_PUBLIC_BYTES)
    const ephemeral = seed.subarray(SEED_BYTES, 2 * SEED_BYTES)
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(to.subarray(0, ML_KEM_PUBLIC_BYTES), seed.subarray(0, SEED_BYTES))
    const [enc, agreed] = await Promise.all([x25519.publicKey(ephemeral), x25519.agree(ephemeral, theirs)])
    return { shared: sha3(concat(sharedSecret, agreed, enc, theirs, LABEL)), enc: concat(cipherText, enc) }
  },
  async decapsulate(own, enc) {
    const { mlKem, x, xPublic } = (own as XWingSecret).expanded()
    const sharedSecret = ml_kem768.decapsulate(enc.subarray(0, ML_KEM_CIPHERTEXT_BYTES), mlKem.secretKey)
    const theirs = enc.subarray(ML_KEM_CIPHERTEXT_BYTES)
    const [publicKey, agreed] = await Promise.all([xPublic(), x25519.agree(x, theirs)])
    return sha3(concat(sharedSecret, agreed, theirs, publicKey, LABEL))
  },
}
