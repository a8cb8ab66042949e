/** The MLS engine by itself, without vault or port: what a test compares states with, byte for byte. */
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js'
import { type DeviceKey, fromHex, idOf, type UserId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Profile } from '#contracts/wire/entry.ts'
import { mls } from '../../remotes/cryptography/adapters/mls.ts'
import { nistKey } from '../../remotes/cryptography/adapters/ecdsa.ts'
import { classic } from '../../remotes/cryptography/adapters/provider.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { equal } from '../../remotes/cryptography/core/bytes.ts'
import { certify } from '../../remotes/cryptography/core/certificates.ts'
import { deviceOfLeaf, leafIdentity, userOfLeaf } from '../../remotes/cryptography/core/leaves.ts'
import type { MlsEngine } from '../../remotes/cryptography/core/mls.ts'
import type { Bytes, SigningKey } from '../../remotes/cryptography/core/primitives.ts'

export const NOW = Date.UTC(2026, 10, 21)

export interface EngineForTests {
  readonly engine: MlsEngine
  readonly device: SigningKey
  /** The encoded chain: what stands in this device's credential. */
  readonly identity: Bytes
}

export async function engineForTests(profile: Profile = 'classic'): Promise<EngineForTests> {
  const [master, device] = await Promise.all([webcrypto.signingKey(webcrypto.random(32)), webcrypto.signingKey(webcrypto.random(32))])
  const certificate = await certify(master, {
    v: 1,
    user: idOf<UserId>(master.publicKey),
    device: idOf<DeviceKey>(device.publicKey),
    deviceName: 'd',
    createdMs: NOW,
    expiresMs: NOW + LIMITS.certificateLifeMs,
    serial: 1,
  })
  const leafKey = profile === 'nist' ? await nistKey(webcrypto.random(48)) : device
  const engine = mls(
    {
      primitives: webcrypto,
      device: () => leafKey,
      deviceOf: (identity, key) => fromHex(deviceOfLeaf(profile, identity, key)),
      authenticate: async (identity, key) => {
        try {
          await userOfLeaf(identity, key, webcrypto, profile)
          return true
        } catch {
          return false
        }
      },
    },
    profile,
  )
  return { engine, device, identity: await leafIdentity(profile, [certificate], device, leafKey.publicKey) }
}

/** ts-mls's view of the suite, for tests that drive the library behind the engine's back. */
export function suiteForTests(device: SigningKey): CiphersuiteImpl {
  return {
    name: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
    ...classic,
    rng: { randomBytes: (length) => webcrypto.random(length) },
    signature: {
      sign: (key, message) => {
        if (!equal(key, device.publicKey)) throw new Error('not the key of this device')
        return device.sign(message)
      },
      verify: webcrypto.verify,
      keygen: () => Promise.reject(new Error('keys are made outside')),
    },
  }
}
