/** One vector of the MLS working group's passive-client family (mls-implementations, test-vectors.md). */
import { type ClientState, joinGroup, makePskIndex } from 'ts-mls/clientState.js'
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js'
import { verifyKeyPackage } from 'ts-mls/keyPackage.js'
import { decodeMlsMessage, type MLSMessage } from 'ts-mls/message.js'
import { processPrivateMessage, processPublicMessage } from 'ts-mls/processMessages.js'
import { decodeRatchetTree } from 'ts-mls/ratchetTree.js'
import { bytesToBase64 } from 'ts-mls/util/byteArray.js'
import { fromHex } from '#contracts/ids.ts'

interface Epoch {
  readonly proposals: readonly string[]
  readonly commit: string
  readonly epoch_authenticator: string
}

export interface Vector {
  readonly cipher_suite: number
  readonly external_psks: readonly { readonly psk_id: string; readonly psk: string }[]
  readonly key_package: string
  readonly signature_priv: string
  readonly encryption_priv: string
  readonly init_priv: string
  readonly welcome: string
  readonly ratchet_tree: string | null
  readonly initial_epoch_authenticator: string
  readonly epochs: readonly Epoch[]
}

const CONFIG = {
  keyRetentionConfig: { retainKeysForGenerations: 512, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 512 },
  // The vectors were made in 2024 and are not meant to be alive.
  lifetimeConfig: { maximumTotalLifetime: 2n ** 63n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: { compareKeyPackages: () => false, compareKeyPackageToLeafNode: () => false },
  paddingConfig: { kind: 'padUntilLength' as const, padUntilLength: 0 },
  authService: { validateCredential: () => Promise.resolve(true) },
}

function read<K extends MLSMessage['wireformat']>(hex: string, ...kinds: readonly K[]): Extract<MLSMessage, { wireformat: K }> {
  const bytes = fromHex(hex)
  const decoded = decodeMlsMessage(bytes, 0)
  if (decoded === undefined || decoded[1] !== bytes.length) throw new Error('does not decode')
  const [message] = decoded
  if (!kinds.some((kind) => kind === message.wireformat)) throw new Error(`is a ${message.wireformat}`)
  return message as Extract<MLSMessage, { wireformat: K }>
}

/** Whether this is a file of the family: passive-client-welcome, -handling-commit, -random. */
export const isFamily = (file: unknown): file is readonly Vector[] =>
  Array.isArray(file) &&
  file.every((one) => typeof one?.cipher_suite === 'number' && typeof one.welcome === 'string' && Array.isArray(one.epochs))

function expectEqual(what: string, found: Uint8Array, expected: string): void {
  if (Buffer.compare(found, fromHex(expected)) !== 0) throw new Error(`${what} differs`)
}

/** Plays the vector's client: joins, follows each commit, compares each epoch's authenticator. */
export async function play(vector: Vector, suite: CiphersuiteImpl): Promise<void> {
  const { keyPackage } = read(vector.key_package, 'mls_key_package')
  if (!(await verifyKeyPackage(keyPackage, suite.signature))) throw new Error('the KeyPackage is not signed')
  const psks = Object.fromEntries(vector.external_psks.map(({ psk_id, psk }) => [bytesToBase64(fromHex(psk_id)), fromHex(psk)]))
  const tree = vector.ratchet_tree === null ? undefined : decodeRatchetTree(fromHex(vector.ratchet_tree), 0)?.[0]
  const keys = {
    initPrivateKey: fromHex(vector.init_priv),
    hpkePrivateKey: fromHex(vector.encryption_priv),
    signaturePrivateKey: fromHex(vector.signature_priv),
  }
  const { welcome } = read(vector.welcome, 'mls_welcome')
  let state: ClientState = await joinGroup(welcome, keyPackage, keys, makePskIndex(undefined, psks), suite, tree, undefined, CONFIG)
  expectEqual('the first authenticator', state.keySchedule.epochAuthenticator, vector.initial_epoch_authenticator)

  const take = async (hex: string): Promise<void> => {
    const message = read(hex, 'mls_public_message', 'mls_private_message')
    const index = makePskIndex(state, psks)
    const { newState } =
      message.wireformat === 'mls_public_message'
        ? await processPublicMessage(state, message.publicMessage, index, suite)
        : await processPrivateMessage(state, message.privateMessage, index, suite)
    state = newState
  }
  for (const [number, epoch] of vector.epochs.entries()) {
    for (const proposal of epoch.proposals) await take(proposal)
    await take(epoch.commit)
    expectEqual(`authenticator ${number}`, state.keySchedule.epochAuthenticator, epoch.epoch_authenticator)
  }
}
