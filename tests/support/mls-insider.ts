/** A member who means ill: ts-mls in their hands, without a gate, with a suite that damages what it encrypts. */
import { type ClientState, createGroup } from 'ts-mls/clientState.js'
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js'
import { generateKeyPackageWithKey, type KeyPackage, type PrivateKeyPackage } from 'ts-mls/keyPackage.js'
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from 'ts-mls/message.js'
import { unwrap } from './hostile.ts'
import { type EngineForTests, engineForTests, NOW, suiteForTests } from './mls.ts'

export const GROUP = new Uint8Array(16).fill(0xab)

export interface Insider {
  readonly suite: CiphersuiteImpl
  readonly state: ClientState
  /** Runs `make` with whatever is encrypted meanwhile damaged. */
  damaging<T>(how: (plaintext: Uint8Array) => Uint8Array, make: () => Promise<T>): Promise<T>
}

/** Believes everything and bounds nothing. */
const CONFIG = {
  keyRetentionConfig: { retainKeysForGenerations: 10, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 10 },
  lifetimeConfig: { maximumTotalLifetime: 10_000_000n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: { compareKeyPackages: () => false, compareKeyPackageToLeafNode: () => false },
  paddingConfig: { kind: 'padUntilLength' as const, padUntilLength: 256 },
  authService: { validateCredential: () => Promise.resolve(true) },
}

const CAPABILITIES = {
  versions: ['mls10' as const],
  ciphersuites: ['MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519' as const],
  extensions: [],
  proposals: [],
  credentials: ['basic' as const],
}

/** A KeyPackage with whatever stands in it, signed by `who`. */
export async function keyPackageOf(
  who: EngineForTests,
  over: Partial<{ readonly identity: Uint8Array; readonly lifeS: bigint }> = {},
): Promise<{ readonly keyPackage: KeyPackage; readonly keys: PrivateKeyPackage; readonly bytes: Uint8Array }> {
  const { publicKey } = who.device
  const nowS = BigInt(NOW / 1000)
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    { credentialType: 'basic', identity: over.identity ?? who.identity },
    CAPABILITIES,
    { notBefore: nowS - 10n, notAfter: nowS + (over.lifeS ?? 1000n) },
    [],
    { signKey: publicKey, publicKey },
    suiteForTests(who.device),
  )
  return {
    keyPackage: publicPackage,
    keys: privatePackage,
    bytes: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: publicPackage }),
  }
}

/** A group of one. `identity` is whose chain the insider claims. */
export async function insider(identity?: Uint8Array): Promise<Insider> {
  const who = await engineForTests()
  const honest = suiteForTests(who.device)
  let damage: ((plaintext: Uint8Array) => Uint8Array) | null = null
  const suite: CiphersuiteImpl = {
    ...honest,
    hpke: {
      ...honest.hpke,
      encryptAead: (key, nonce, aad, plaintext) =>
        honest.hpke.encryptAead(key, nonce, aad, damage === null ? plaintext : damage(plaintext)),
    },
  }
  const { keyPackage, keys } = await keyPackageOf(who, identity === undefined ? {} : { identity })
  return {
    suite,
    state: await createGroup(GROUP, keyPackage, keys, [], suite, CONFIG),
    async damaging(how, make) {
      damage = how
      try {
        return await make()
      } finally {
        damage = null
      }
    },
  }
}

/** The Add proposal for a KeyPackage as it travels. */
export function addOf(bytes: Uint8Array) {
  const message = unwrap(decodeMlsMessage(bytes, 0))[0]
  if (message.wireformat !== 'mls_key_package') throw new Error('a KeyPackage')
  return { proposalType: 'add' as const, add: { keyPackage: message.keyPackage } }
}

export const encoded = (message: MLSMessage): Uint8Array => encodeMlsMessage(message)
