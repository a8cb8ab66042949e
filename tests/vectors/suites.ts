/**
 * The suites that vectors are played with, each by two providers: ts-mls's own, which we do not ship, and the one that
 * the Worker gives it, or would. The product speaks suite 1; the others try the parts that further suites are made of.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { type CiphersuiteImpl, getCiphersuiteFromId } from 'ts-mls/crypto/ciphersuite.js'
import { getCiphersuiteImpl } from 'ts-mls/crypto/getCiphersuiteImpl.js'
import { ecdsaP256, ecdsaP384 } from '../../remotes/cryptography/adapters/ecdsa.ts'
import { type Aead, aes128Gcm, aes256Gcm, type HpkeSuite } from '../../remotes/cryptography/adapters/hpke.ts'
import { dhKemX25519 } from '../../remotes/cryptography/adapters/kem.ts'
import { dhKemP256, dhKemP384 } from '../../remotes/cryptography/adapters/kem-nist.ts'
import { classic, providerOf } from '../../remotes/cryptography/adapters/provider.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'

const chacha: Aead = {
  id: 3,
  keyBytes: 32,
  seal: async (key, nonce, aad, plaintext) => new Uint8Array(chacha20poly1305(key, nonce, aad).encrypt(plaintext)),
  open: async (key, nonce, aad, ciphertext) => new Uint8Array(chacha20poly1305(key, nonce, aad).decrypt(ciphertext)),
}

const hpke = (suite: HpkeSuite) => providerOf(suite)
const FAST = {
  1: { ...classic, verify: webcrypto.verify },
  2: { ...hpke({ kem: dhKemP256, hash: 'SHA-256', aead: aes128Gcm }), verify: ecdsaP256.verify },
  3: { ...hpke({ kem: dhKemX25519, hash: 'SHA-256', aead: chacha }), verify: webcrypto.verify },
  7: { ...hpke({ kem: dhKemP384, hash: 'SHA-384', aead: aes256Gcm }), verify: ecdsaP384.verify },
} as const
export type PlayedSuite = keyof typeof FAST

export const isPlayed = (suite: number): suite is PlayedSuite => suite in FAST

export const PROVIDERS = {
  default: (suite: PlayedSuite): Promise<CiphersuiteImpl> => getCiphersuiteImpl(getCiphersuiteFromId(suite)),
  fast: (suite: PlayedSuite): Promise<CiphersuiteImpl> => {
    const { verify, ...provider } = FAST[suite]
    return Promise.resolve({
      ...provider,
      name: getCiphersuiteFromId(suite).name,
      rng: { randomBytes: (length) => webcrypto.random(length) },
      signature: {
        verify,
        sign: () => Promise.reject(new Error('a passive client signs nothing')),
        keygen: () => Promise.reject(new Error('keys are made outside')),
      },
    })
  },
} as const
