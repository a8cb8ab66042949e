/**
 * The suites behind the profiles, in the measures that the gate and the bounds need. One table: what is not in here is
 * no suite of ours. 83 is outside the RFC, a private matter between our clients (docs/decisions/0031-suites.md).
 */
import { LIMITS } from '#contracts/limits.ts'
import type { Profile } from '#contracts/wire/entry.ts'
import { isP384Point } from './p384.ts'
import { isSmallOrder } from './x25519.ts'
import { isMlKem768Key } from './ml-kem.ts'

export interface Suite {
  readonly profile: Profile
  /** As it stands in messages. */
  readonly id: number
  /** A public key of HPKE, its bare private half, and an encapsulation to it. */
  readonly publicBytes: number
  readonly secretBytes: number
  readonly encBytes: number
  /** A digest, and each secret of the key schedule. */
  readonly hashBytes: number
  readonly signatureKeyBytes: number
  /** The shortest and the longest signature. */
  readonly signatureBytes: readonly [min: number, max: number]
  readonly keyPackageBytes: number
  readonly commitBytes: number
  /** Members of a room, as devices. */
  readonly devices: number
  /** Whether a public key keeps a secret and can be sealed to: one that can't, in a tree, spoils every later commit. */
  isSound(key: Uint8Array): boolean
  /** The same of an encapsulation, as far as it shows. */
  isSoundEnc(enc: Uint8Array): boolean
}

const X25519_BYTES = 32
const ML_KEM_768_BYTES = 1184
const ML_KEM_768_ENC_BYTES = 1088
const P384_POINT_BYTES = 97
/** DER: two integers of at most 49 bytes. */
const P384_SIGNATURE_BYTES = [8, 104] as const

export const SUITES: Readonly<Record<Profile, Suite>> = {
  classic: {
    profile: 'classic',
    id: 1,
    publicBytes: X25519_BYTES,
    secretBytes: 32,
    encBytes: X25519_BYTES,
    hashBytes: 32,
    signatureKeyBytes: 32,
    signatureBytes: [64, 64],
    keyPackageBytes: LIMITS.keyPackageBytes.classic,
    commitBytes: LIMITS.commitBytes.classic,
    devices: LIMITS.rosterDevices,
    isSound: (key) => !isSmallOrder(key),
    isSoundEnc: (enc) => !isSmallOrder(enc),
  },
  hybrid: {
    profile: 'hybrid',
    id: 83,
    publicBytes: ML_KEM_768_BYTES + X25519_BYTES,
    secretBytes: 32,
    encBytes: ML_KEM_768_ENC_BYTES + X25519_BYTES,
    hashBytes: 64,
    signatureKeyBytes: 32,
    signatureBytes: [64, 64],
    keyPackageBytes: LIMITS.keyPackageBytes.hybrid,
    commitBytes: LIMITS.commitBytes.hybrid,
    devices: LIMITS.hybridDevices,
    isSound: (key) => isMlKem768Key(key.subarray(0, ML_KEM_768_BYTES)) && !isSmallOrder(key.subarray(ML_KEM_768_BYTES)),
    // any 1,088 bytes are an ML-KEM ciphertext
    isSoundEnc: (enc) => !isSmallOrder(enc.subarray(ML_KEM_768_ENC_BYTES)),
  },
  nist: {
    profile: 'nist',
    id: 7,
    publicBytes: P384_POINT_BYTES,
    secretBytes: 48,
    encBytes: P384_POINT_BYTES,
    hashBytes: 48,
    signatureKeyBytes: P384_POINT_BYTES,
    signatureBytes: P384_SIGNATURE_BYTES,
    keyPackageBytes: LIMITS.keyPackageBytes.classic,
    commitBytes: LIMITS.commitBytes.classic,
    devices: LIMITS.rosterDevices,
    isSound: isP384Point,
    isSoundEnc: isP384Point,
  },
}
