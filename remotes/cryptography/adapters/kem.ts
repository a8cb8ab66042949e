/**
 * Key encapsulation for HPKE by WebCrypto: DHKEM (RFC 9180 section 4.1), and its X25519. Private keys are stored bare,
 * and WebCrypto tells the public half of a bare key in no form that all browsers have; so it is computed by agreeing with
 * the base point.
 */
import { concat } from '../core/bytes.ts'
import type { Bytes } from '../core/primitives.ts'
import { type HashName, hkdfOf } from './hash.ts'

/** A private key in its bare form, and what was made of it. */
export interface Secret {
  readonly raw: Bytes
  readonly publicKey: () => Promise<Bytes>
}

export interface Kem {
  /** In HPKE's registry. */
  readonly id: number
  readonly publicBytes: number
  readonly secretBytes: number
  /** Of an encapsulation. */
  readonly encBytes: number
  /** Randomness of one encapsulation, or of a key pair. */
  readonly seedBytes: number
  derive(seed: Uint8Array): Promise<Secret>
  secret(raw: Uint8Array): Secret
  /** Rejects if `to` is no key. */
  encapsulate(to: Uint8Array, seed: Uint8Array): Promise<{ readonly shared: Bytes; readonly enc: Bytes }>
  decapsulate(own: Secret, enc: Uint8Array): Promise<Bytes>
}

const text = (value: string): Uint8Array => Uint8Array.from(value, (char) => char.charCodeAt(0))
const NONE = new Uint8Array()
export const uint16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff)

/** LabeledExtract and LabeledExpand (RFC 9180 section 4). */
export function labelled(hash: HashName, suiteId: Uint8Array) {
  const { extract, expand, size } = hkdfOf(hash)
  const version = text('HPKE-v1')
  return {
    size,
    extract: (salt: Uint8Array, label: string, ikm: Uint8Array) => extract(salt, concat(version, suiteId, text(label), ikm)),
    expand: (prk: Uint8Array, label: string, info: Uint8Array, length: number) =>
      new Uint8Array(expand(prk, concat(uint16(length), version, suiteId, text(label), info), length)),
  }
}

/** What Diffie-Hellman asks of a curve. Both reject what is no key; an X25519 secret of zeros is refused. */
export interface Group {
  publicKey(secret: Uint8Array): Promise<Bytes>
  agree(secret: Uint8Array, publicKey: Uint8Array): Promise<Bytes>
}

const source = (bytes: Uint8Array): Bytes => bytes as Bytes

/** PKCS #8 head of a raw 32-byte key (RFC 8410). */
const PKCS8_X25519 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20)
const X25519_BASE = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 9 : 0))

export const x25519: Group = {
  publicKey: (secret) => x25519.agree(secret, X25519_BASE),
  async agree(secret, publicKey) {
    const [own, theirs] = await Promise.all([
      crypto.subtle.importKey('pkcs8', concat(PKCS8_X25519, secret), 'X25519', false, ['deriveBits']),
      crypto.subtle.importKey('raw', source(publicKey), 'X25519', false, []),
    ])
    const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: theirs }, own, 256))
    // engines differ in whether they refuse this themselves (RFC 7748 section 6.1)
    if (shared.every((byte) => byte === 0)) throw new Error('a key of small order')
    return shared
  },
}

interface DhKem {
  readonly id: number
  readonly hash: HashName
  readonly group: Group
  readonly publicBytes: number
  readonly secretBytes: number
  /** From what was extracted of the seed (RFC 9180 section 7.1.3). */
  toSecret(expand: (label: string, info: Uint8Array, length: number) => Bytes): Bytes
}

export function dhKem({ id, hash, group, publicBytes, secretBytes, toSecret }: DhKem): Kem {
  const { extract, expand, size } = labelled(hash, concat(text('KEM'), uint16(id)))
  const shared = (dh: Uint8Array, ...context: readonly Uint8Array[]): Bytes =>
    expand(extract(NONE, 'eae_prk', dh), 'shared_secret', concat(...context), size)
  const secret = (raw: Uint8Array): Secret => {
    let publicKey: Promise<Bytes> | null = null
    return {
      raw: new Uint8Array(raw),
      publicKey: () => {
        publicKey ??= group.publicKey(raw)
        return publicKey
      },
    }
  }
  const derive = (seed: Uint8Array): Promise<Secret> => {
    const prk = extract(NONE, 'dkp_prk', seed)
    return Promise.resolve(secret(toSecret((label, info, length) => expand(prk, label, info, length))))
  }
  return {
    id,
    publicBytes,
    secretBytes,
    encBytes: publicBytes,
    seedBytes: secretBytes,
    derive,
    secret,
    async encapsulate(to, seed) {
      const ephemeral = await derive(seed)
      const [enc, dh] = await Promise.all([ephemeral.publicKey(), group.agree(ephemeral.raw, to)])
      return { shared: shared(dh, enc, to), enc }
    },
    async decapsulate(own, enc) {
      const [publicKey, dh] = await Promise.all([own.publicKey(), group.agree(own.raw, enc)])
      return shared(dh, enc, publicKey)
    },
  }
}

export const dhKemX25519 = dhKem({
  id: 0x20,
  hash: 'SHA-256',
  group: x25519,
  publicBytes: 32,
  secretBytes: 32,
  toSecret: (expand) => expand('sk', NONE, 32),
})
