/** The cryptography under MLS in ts-mls's shapes: made once a suite, since what it remembers is shared by all rooms. */
import { mlsHashes } from './hash.ts'
import type { Profile } from '#contracts/wire/entry.ts'
import { aes128Gcm, aes256Gcm, type HpkeSuite, mlsHpke, type SeedOf } from './hpke.ts'
import { dhKemX25519 } from './kem.ts'
import { dhKemP384 } from './kem-nist.ts'
import { xWing } from './xwing.ts'

/** What a suite is made of, but for its signatures. */
export const CLASSIC: HpkeSuite = { kem: dhKemX25519, hash: 'SHA-256', aead: aes128Gcm }
const HYBRID: HpkeSuite = { kem: xWing, hash: 'SHA-512', aead: aes256Gcm }
const NIST: HpkeSuite = { kem: dhKemP384, hash: 'SHA-384', aead: aes256Gcm }

/** `seedOf`: where the randomness of encapsulations comes from. */
export function providerOf(suite: HpkeSuite, seedOf?: SeedOf) {
  return { ...mlsHashes(suite.hash), hpke: mlsHpke(suite, seedOf) }
}
export type Provider = ReturnType<typeof providerOf>

export const classic = providerOf(CLASSIC)
export const providers: Readonly<Record<Profile, Provider>> = { classic, hybrid: providerOf(HYBRID), nist: providerOf(NIST) }
