/**
 * MLS (RFC 9420), one engine a suite, by ts-mls 1.6.4, patched (docs/decisions/0004-ts-mls-patch.md). Deep imports keep
 * the library's own crypto providers, and what those would load, out of the Worker.
 *
 * Facts of the library that this file works around: decoders accept trailing bytes and more than one
 * encoding (the gate does not); private contents are decoded without a bound (gated here, as they are
 * decrypted); child epochs keep their parent's ratchets (cleared); the author of a message is not in its
 * result (read from the sender data); `retainKeysForEpochs: 0` keeps everything.
 */
import {
  applyProposals,
  createGroup,
  type ClientState,
  decodeGroupStateWithoutTree,
  encodeGroupStateWithoutTree,
  joinGroup,
} from 'ts-mls/clientState.js'
import type { ClientConfig } from 'ts-mls/clientConfig.js'
import { createCommit, createGroupInfo, joinGroupExternal } from 'ts-mls/createCommit.js'
import { createApplicationMessage } from 'ts-mls/createMessage.js'
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js'
import { type Extension, extensionsSupportedByCapabilities } from 'ts-mls/extension.js'
import { ratchetTreeFromExtension, verifyGroupInfoSignature } from 'ts-mls/groupInfo.js'
import { generateKeyPackageWithKey, type KeyPackage, verifyKeyPackage } from 'ts-mls/keyPackage.js'
import { defaultKeyPackageEqualityConfig } from 'ts-mls/keyPackageEqualityConfig.js'
import { type LeafNode, verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js'
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from 'ts-mls/message.js'
import { unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js'
import { CryptoVerificationError } from 'ts-mls/mlsError.js'
import { decryptSenderData } from 'ts-mls/privateMessage.js'
import { processPrivateMessage, processPublicMessage } from 'ts-mls/processMessages.js'
import type { Proposal } from 'ts-mls/proposal.js'
import { emptyPskIndex } from 'ts-mls/pskIndex.js'
import { decodeRatchetTree, encodeRatchetTree, type RatchetTree } from 'ts-mls/ratchetTree.js'
import { toLeafIndex } from 'ts-mls/treemath.js'
import type { CommitFacts } from '#contracts/cryptography.ts'
import { type ErrorCode, SottoError } from '#contracts/errors.ts'
import { type DeviceKey, idOf } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode, fixed, opaque, struct } from '#contracts/wire/codec.ts'
import type { Profile } from '#contracts/wire/entry.ts'
import { concat, equal, wipe } from '../core/bytes.ts'
import { admit } from '../core/gate/gate.ts'
import { type MessageKind, type Shapes, shapesOf } from '../core/gate/shapes.ts'
import { SUITES } from '../core/gate/suites.ts'
import { walk } from '../core/gate/walker.ts'
import type { Group, GroupFacts, Leaf, MlsEngine, MlsEnvironment } from '../core/mls.ts'
import { providers } from './provider.ts'
import { ecdsaP384 } from './ecdsa.ts'

/** The suites as ts-mls calls them. */
const NAMES = {
  classic: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
  hybrid: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
  nist: 'MLS_256_DHKEMP384_AES256GCM_SHA384_P384',
} as const satisfies Record<Profile, CiphersuiteImpl['name']>
const VERSION = 'mls10'

const DAY_S = 24 * 60 * 60
/** How long a KeyPackage may be used. up: a stolen init key opens Welcomes longer; down: late joiners fail. */
const KEY_PACKAGE_LIFE_S = 90 * DAY_S
/** A leaf's clock and ours may differ by this much. */
const SKEW_S = LIMITS.signalWindowMs / 1000

/**
 * Keys kept for messages that were overtaken, and how far ahead one message may jump. The library's 10 and
 * 200 lose 19 of 29 messages that arrive last first.
 * up: a state grows by 37 bytes a skipped key, and one message costs more steps; down: messages out of order are lost.
 */
const SKIPPED_GENERATIONS = 512
/** At least one epoch must be kept, for 0 keeps all; what is kept is cleared after each commit. */
const KEPT_EPOCHS = 1

/** An HPKE public key as an extension's content. */
const externalPubCodec = struct({ key: opaque(LIMITS.keyPackageBytes.hybrid) })

type State = ClientState
const stateOf = (group: Group): State => group as unknown as State
const groupOf = (state: State): Group => state as unknown as Group

const messageCodec = {
  decode: (bytes: Uint8Array) => decodeMlsMessage(bytes, 0),
  encode: (message: MLSMessage) => encodeMlsMessage(message),
}

type WireFormat = MLSMessage['wireformat']
const WIRE_FORMATS = {
  keyPackage: 'mls_key_package',
  commit: 'mls_public_message',
  application: 'mls_private_message',
  welcome: 'mls_welcome',
  groupInfo: 'mls_group_info',
} as const satisfies Record<MessageKind, WireFormat>

/** Reads a message of this kind behind the gate. */
function readAs<K extends MessageKind>(
  shapes: Shapes,
  kind: K,
  bytes: Uint8Array,
): Extract<MLSMessage, { wireformat: (typeof WIRE_FORMATS)[K] }> {
  // A copy of its own: the library keeps views into what it decodes.
  const message = admit(shapes.messages[kind], new Uint8Array(bytes), messageCodec)
  if (message.wireformat !== WIRE_FORMATS[kind]) throw new SottoError('malformed')
  return message as Extract<MLSMessage, { wireformat: (typeof WIRE_FORMATS)[K] }>
}

const write = (message: MLSMessage): Uint8Array<ArrayBuffer> => encodeMlsMessage(message) as Uint8Array<ArrayBuffer>

/** A ratchet that nobody turns. */
const UNUSED = { secret: new Uint8Array(), generation: 0, unusedGenerations: {} }

/**
 * The state as an epoch of its own: without its parent's ratchets, which have their home there; with private keys
 * in its own memory, since the library leaves the parent's arrays in it; without the ratchets of handshakes, which
 * travel as PublicMessages, and of parent nodes, which the library derives for nothing. All other secrets are new.
 */
function newEpoch(state: State): State {
  const { privatePath } = state
  const privateKeys = Object.fromEntries(Object.entries(privatePath.privateKeys).map(([node, key]) => [node, new Uint8Array(key)]))
  const secretTree = state.secretTree.map(({ application, handshake }, index) => {
    wipe(handshake.secret)
    if (index % 2 === 0) return { application, handshake: UNUSED }
    wipe(application.secret)
    return { application: UNUSED, handshake: UNUSED }
  })
  return { ...state, privatePath: { ...privatePath, privateKeys }, secretTree, historicalReceiverData: new Map() }
}

/** Encoded trees: the largest part of a state, and the same before and after each message. */
const encodedTrees = new WeakMap<RatchetTree, Uint8Array>()

function treeBytes(tree: RatchetTree): Uint8Array {
  const bytes = encodedTrees.get(tree) ?? encodeRatchetTree(tree)
  encodedTrees.set(tree, bytes)
  return bytes
}

/** The tree, then everything else. */
function encodeState(state: State): Uint8Array<ArrayBuffer> {
  const rest = encodeGroupStateWithoutTree(state)
  const bytes = concat(treeBytes(state.ratchetTree), rest)
  wipe(rest)
  return bytes
}

function decodeState(bytes: Uint8Array, clientConfig: ClientConfig): State {
  const tree = decodeRatchetTree(bytes, 0)
  const rest = tree === undefined ? undefined : decodeGroupStateWithoutTree(tree[0])(bytes, tree[1])
  if (tree === undefined || rest === undefined || tree[1] + rest[1] !== bytes.length) throw new SottoError('malformed')
  return { ...rest[0], clientConfig }
}

/** The leaf of this index, if there is one. */
function leafAt(tree: RatchetTree, leafIndex: number): LeafNode | null {
  const node = tree[2 * leafIndex]
  return node?.nodeType === 'leaf' ? node.leaf : null
}

/** The cryptography under MLS, in ts-mls's shapes. A simulator brings one that can be replayed. */
export type MlsProvider = Pick<CiphersuiteImpl, 'hash' | 'kdf' | 'hpke'>

/** Of a state, whatever engine looks at it. Throws 'malformed' for a suite that is none of ours. */
function profileOf({ groupContext }: State): Profile {
  for (const profile of ['classic', 'hybrid', 'nist'] as const) if (NAMES[profile] === groupContext.cipherSuite) return profile
  throw new SottoError('malformed')
}

/** MLS by ts-mls, in one suite, as the port in core/mls.ts describes it. */
export function mls(environment: MlsEnvironment, profile: Profile, provider: MlsProvider = providers[profile]): MlsEngine {
  const { primitives } = environment
  const measures = SUITES[profile]
  const name = NAMES[profile]
  const shapes = shapesOf(measures)
  const read = <K extends MessageKind>(kind: K, bytes: Uint8Array) => readAs(shapes, kind, bytes)
  const verify = profile === 'nist' ? ecdsaP384.verify : primitives.verify
  const privateKeysCodec = struct({ init: fixed(measures.secretBytes), leaf: fixed(measures.secretBytes) })

  const suite: CiphersuiteImpl = {
    name,
    hash: provider.hash,
    kdf: provider.kdf,
    rng: { randomBytes: (length) => primitives.random(length) },
    signature: {
      // `key` is the device's public key, standing in for the private one, which the library never gets.
      sign: (key, message) => {
        const device = environment.device()
        if (!equal(key, device.publicKey)) throw new SottoError('internal')
        return device.sign(message)
      },
      verify: (key, message, signature) => verify(key, message, signature),
      keygen: () => Promise.reject(new SottoError('internal')),
    },
    hpke: provider.hpke,
  }

  function leavesOf(state: State): Leaf[] {
    const leaves: Leaf[] = []
    for (const [index, node] of state.ratchetTree.entries()) {
      if (node?.nodeType !== 'leaf') continue
      const { credential, signaturePublicKey } = node.leaf
      if (credential.credentialType !== 'basic') throw new SottoError('bad-certificate')
      const device = environment.deviceOf(credential.identity, signaturePublicKey)
      leaves.push({ leafIndex: index / 2, identity: credential.identity, device })
    }
    return leaves
  }

  /**
   * What the library asks of a tree only of whoever joins it (RFC 9420 section 7.3 and 7.9.2): without this a member
   * could commit a key that is taken, or a leaf that can't be spoken to, and everybody who is added later is locked out.
   */
  function checkTree(tree: RatchetTree): void {
    const seen = new Set<string>()
    const once = (kind: string, key: Uint8Array): void => {
      const name = kind + String.fromCharCode(...key)
      if (seen.has(name)) throw new SottoError('unexpected')
      seen.add(name)
    }
    for (const node of tree) {
      if (node === undefined) continue
      once('hpke', node.nodeType === 'leaf' ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey)
      if (node.nodeType !== 'leaf') continue
      once('signature', node.leaf.signaturePublicKey)
      const { versions, ciphersuites, credentials } = node.leaf.capabilities
      if (!versions.includes(VERSION) || !ciphersuites.includes(name) || !credentials.includes('basic')) throw new SottoError('unexpected')
    }
  }

  const configOf = (authenticate: MlsEnvironment['authenticate']): ClientConfig => ({
    keyRetentionConfig: {
      retainKeysForGenerations: SKIPPED_GENERATIONS,
      maximumForwardRatchetSteps: SKIPPED_GENERATIONS,
      retainKeysForEpochs: KEPT_EPOCHS,
    },
    // Judged by the caller's clock in inspectKeyPackage, where a device is let in; by none afterwards.
    lifetimeConfig: { maximumTotalLifetime: BigInt(KEY_PACKAGE_LIFE_S + SKEW_S), validateLifetimeOnReceive: false },
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    paddingConfig: { kind: 'padUntilLength', padUntilLength: 256 },
    authService: {
      validateCredential: async (credential, signatureKey) =>
        credential.credentialType === 'basic' && authenticate((credential as { readonly identity: Uint8Array }).identity, signatureKey),
    },
  })
  const config = configOf(environment.authenticate)

  /** Runs the library on what a peer made; whatever it throws becomes one code. */
  async function attempt<T>(otherwise: ErrorCode, run: (config: ClientConfig) => Promise<T>): Promise<T> {
    let refused = false
    try {
      return await run(
        configOf(async (identity, key) => {
          const good = await environment.authenticate(identity, key)
          refused ||= !good
          return good
        }),
      )
    } catch (thrown) {
      if (refused) throw new SottoError('bad-certificate')
      if (thrown instanceof SottoError) throw thrown
      throw new SottoError(thrown instanceof CryptoVerificationError ? 'bad-signature' : otherwise)
    }
  }

  /** A new leaf and init key, signed by the device. */
  async function newKeyPackage(identity: Uint8Array, nowMs: number) {
    const nowS = Math.floor(nowMs / 1000)
    const { publicKey } = environment.device()
    return generateKeyPackageWithKey(
      { credentialType: 'basic', identity },
      {
        // The same for every leaf: a random choice would tell devices apart.
        versions: [VERSION],
        ciphersuites: [name],
        extensions: [],
        proposals: [],
        credentials: ['basic'],
      },
      { notBefore: BigInt(nowS - SKEW_S), notAfter: BigInt(nowS + KEY_PACKAGE_LIFE_S) },
      [],
      { signKey: publicKey, publicKey },
      suite,
    )
  }

  /** RFC 9420 section 10.1 and 7.3, in the profile's terms. */
  async function checkKeyPackage(keyPackage: KeyPackage, nowMs: number): Promise<Omit<Leaf, 'leafIndex'>> {
    const { leafNode } = keyPackage
    const { capabilities, credential, lifetime, extensions } = leafNode
    if (credential.credentialType !== 'basic') throw new SottoError('malformed')
    if (!capabilities.versions.includes(VERSION) || !capabilities.ciphersuites.includes(name)) throw new SottoError('wrong-suite')
    if (!capabilities.credentials.includes('basic') || !extensionsSupportedByCapabilities(extensions, capabilities)) {
      throw new SottoError('malformed')
    }
    if (equal(keyPackage.initKey, leafNode.hpkePublicKey)) throw new SottoError('malformed')
    const nowS = BigInt(Math.floor(nowMs / 1000))
    if (lifetime.notAfter - lifetime.notBefore > config.lifetimeConfig.maximumTotalLifetime) throw new SottoError('malformed')
    if (nowS < lifetime.notBefore || nowS > lifetime.notAfter) throw new SottoError('expired-certificate')
    if (!(await verifyLeafNodeSignatureKeyPackage(leafNode, suite.signature)) || !(await verifyKeyPackage(keyPackage, suite.signature))) {
      throw new SottoError('bad-signature')
    }
    if (!(await environment.authenticate(credential.identity, leafNode.signaturePublicKey))) throw new SottoError('bad-certificate')
    return { identity: credential.identity, device: environment.deviceOf(credential.identity, leafNode.signaturePublicKey) }
  }

  function factsOf(group: Group): GroupFacts {
    const state = stateOf(group)
    return {
      groupId: state.groupContext.groupId,
      number: Number(state.groupContext.epoch),
      roster: leavesOf(state),
      ownLeaf: state.privatePath.leafIndex,
      authenticator: state.keySchedule.epochAuthenticator,
      confirmationTag: state.confirmationTag,
    }
  }

  /** A commit of a kind that Sotto speaks, its proposals each by value. */
  function readCommit(bytes: Uint8Array) {
    const { publicMessage } = read('commit', bytes)
    const { content, auth } = publicMessage
    if (content.contentType !== 'commit' || auth.contentType !== 'commit') throw new SottoError('malformed')
    const { path } = content.commit
    // A commit without a path leaves its author's keys as they were; every one of ours heals.
    if (path === undefined) throw new SottoError('unexpected')
    const proposals = content.commit.proposals.map((one) => {
      if (one.proposalOrRefType !== 'proposal') throw new SottoError('unexpected')
      return one.proposal
    })
    const adds = proposals.flatMap((one) => (one.proposalType === 'add' ? [one.add.keyPackage] : []))
    const removedLeaves = proposals.flatMap((one) => (one.proposalType === 'remove' ? [one.remove.removed] : []))
    const inits = proposals.length - adds.length - removedLeaves.length
    const senderLeaf = content.sender.senderType === 'member' ? content.sender.leafIndex : null
    const known = senderLeaf === null ? inits === 1 && adds.length === 0 && removedLeaves.length <= 1 : inits === 0
    if (!known) throw new SottoError('unexpected')
    return { publicMessage, content, proposals, adds, removedLeaves, senderLeaf, author: path.leafNode, tag: auth.confirmationTag }
  }

  /** Whose leaf a commit writes: its author's own and nobody else's. */
  function checkAuthor(tree: RatchetTree, { senderLeaf, removedLeaves, author }: ReturnType<typeof readCommit>): void {
    const isAuthors = (leaf: LeafNode | null) => leaf !== null && equal(leaf.signaturePublicKey, author.signaturePublicKey)
    if (senderLeaf !== null) {
      if (!isAuthors(leafAt(tree, senderLeaf))) throw new SottoError('unexpected')
      return
    }
    // From outside: the author's device takes its old leaf out with it, and nobody else's. If it leaves that in, checkTree sees two.
    if (!removedLeaves.every((leaf) => isAuthors(leafAt(tree, leaf)))) throw new SottoError('unexpected')
  }

  /** A message that must not be longer than others take it. */
  function writeWithin(message: MLSMessage, maxBytes: number): Uint8Array<ArrayBuffer> {
    const bytes = write(message)
    if (bytes.length > maxBytes) throw new SottoError('too-large')
    return bytes
  }

  return {
    async createKeyPackage(identity, nowMs) {
      const { publicPackage, privatePackage } = await newKeyPackage(identity, nowMs)
      const privateKeys = encode(privateKeysCodec, { init: privatePackage.initPrivateKey, leaf: privatePackage.hpkePrivateKey })
      return { keyPackage: write({ version: VERSION, wireformat: 'mls_key_package', keyPackage: publicPackage }), privateKeys }
    },

    inspectKeyPackage: (bytes, nowMs) => attempt('malformed', () => checkKeyPackage(read('keyPackage', bytes).keyPackage, nowMs)),

    async createGroup(groupId, identity, nowMs) {
      const { publicPackage, privatePackage } = await newKeyPackage(identity, nowMs)
      return groupOf(newEpoch(await createGroup(groupId, publicPackage, privatePackage, [], suite, config)))
    },

    factsOf,

    encodeGroup: (group) => encodeState(stateOf(group)),

    decodeGroup(bytes) {
      const state = decodeState(bytes, config)
      profileOf(state)
      return groupOf(state)
    },

    profileOf: (group) => profileOf(stateOf(group)),

    wipeGroup(group) {
      const { keySchedule, secretTree, privatePath } = stateOf(group)
      wipe(...Object.values(keySchedule), ...Object.values(privatePath.privateKeys))
      for (const { handshake, application } of secretTree) {
        for (const ratchet of [handshake, application]) wipe(ratchet.secret, ...Object.values(ratchet.unusedGenerations))
      }
    },

    createCommit: (parent, { addKeyPackages, removeLeaves }) =>
      attempt('unexpected', async (judging) => {
        const state = stateOf(parent)
        const keyPackages = addKeyPackages.map((bytes) => read('keyPackage', bytes).keyPackage)
        const stay = state.ratchetTree.filter((_, index) => !removeLeaves.includes(index / 2))
        // With a key that is taken, the library would make a commit that it takes from nobody.
        checkTree([...stay, ...keyPackages.map(({ leafNode }) => ({ nodeType: 'leaf' as const, leaf: leafNode }))])
        const adds = keyPackages.map((keyPackage): Proposal => ({ proposalType: 'add', add: { keyPackage } }))
        const removes = removeLeaves.map((removed): Proposal => ({ proposalType: 'remove', remove: { removed } }))
        if (removeLeaves.includes(state.privatePath.leafIndex)) throw new SottoError('unexpected')
        if (leavesOf(state).length + adds.length - removes.length > measures.devices) throw new SottoError('too-large')
        const { newState, commit, welcome } = await createCommit(
          { state: { ...state, clientConfig: judging }, cipherSuite: suite },
          { wireAsPublicMessage: true, extraProposals: [...removes, ...adds], ratchetTreeExtension: true, forcePath: true },
        )
        return {
          group: groupOf(newEpoch({ ...newState, clientConfig: config })),
          commit: writeWithin(commit, measures.commitBytes),
          welcome:
            welcome === undefined ? null : writeWithin({ version: VERSION, wireformat: 'mls_welcome', welcome }, LIMITS.welcomeBytes),
        }
      }),

    inspectCommit(bytes): CommitFacts {
      const { content, adds, removedLeaves, senderLeaf, tag } = readCommit(bytes)
      return {
        mlsGroup: new Uint8Array(content.groupId),
        number: Number(content.epoch),
        external: senderLeaf === null,
        senderLeaf,
        adds: adds.map(({ leafNode }) => {
          if (leafNode.credential.credentialType !== 'basic') throw new SottoError('malformed')
          const { identity } = leafNode.credential as { readonly identity: Uint8Array }
          return idOf<DeviceKey>(environment.deviceOf(identity, leafNode.signaturePublicKey))
        }),
        removedLeaves,
        confirmationTag: new Uint8Array(tag),
      }
    },

    processCommit: (parent, bytes) =>
      attempt('cannot-decrypt', async (judging) => {
        const state = { ...stateOf(parent), clientConfig: judging }
        const commit = readCommit(bytes)
        const { publicMessage, content, proposals, removedLeaves, author } = commit
        if (!equal(content.groupId, state.groupContext.groupId) || content.epoch !== state.groupContext.epoch)
          throw new SottoError('unexpected')
        // An own commit is not replayed: its state was kept when it was made.
        if (equal(author.signaturePublicKey, state.signaturePrivateKey)) throw new SottoError('unexpected')
        checkAuthor(state.ratchetTree, commit)
        if (proposals.length > LIMITS.proposalsAMember * leavesOf(state).length) throw new SottoError('too-large')
        if (removedLeaves.includes(state.privatePath.leafIndex)) {
          // The library follows the commit on if this device is added again at the same place, and it can't.
          await unprotectPublicMessage(state.keySchedule.membershipKey, state.groupContext, state.ratchetTree, publicMessage, suite)
          const sender = commit.senderLeaf === null ? undefined : toLeafIndex(commit.senderLeaf)
          await applyProposals(state, content.commit.proposals, sender, emptyPskIndex, false, suite)
          throw new SottoError('removed')
        }
        const { newState } = await processPublicMessage(state, publicMessage, emptyPskIndex, suite)
        checkTree(newState.ratchetTree)
        if (leavesOf(newState).length > measures.devices) throw new SottoError('too-large')
        return groupOf(newEpoch({ ...newState, clientConfig: config }))
      }),

    async exportGroupInfo(group) {
      const state = stateOf(group)
      const { publicKey } = await suite.hpke.deriveKeyPair(state.keySchedule.externalSecret)
      const key = await suite.hpke.exportPublicKey(publicKey)
      const extensions: Extension[] = [
        { extensionType: 'external_pub', extensionData: encode(externalPubCodec, { key }) },
        { extensionType: 'ratchet_tree', extensionData: treeBytes(state.ratchetTree) },
      ]
      const groupInfo = await createGroupInfo(state.groupContext, state.confirmationTag, state, extensions, suite)
      return writeWithin({ version: VERSION, wireformat: 'mls_group_info', groupInfo }, LIMITS.groupInfoBytes)
    },

    externalCommit: (identity, { groupId, groupInfo: bytes, confirmationTag }, nowMs) =>
      attempt('malformed', async (judging) => {
        const { groupInfo } = read('groupInfo', bytes)
        if (!equal(groupInfo.groupContext.groupId, groupId)) throw new SottoError('unexpected')
        if (!equal(groupInfo.confirmationTag, confirmationTag)) throw new SottoError('unexpected')
        const tree = ratchetTreeFromExtension(groupInfo) ?? []
        const signer = leafAt(tree, groupInfo.signer)
        if (signer === null) throw new SottoError('unexpected')
        // The library asks this last. First is cheaper: whoever signed it stands in for what the rest costs.
        if (!(await verifyGroupInfoSignature(groupInfo, signer.signaturePublicKey, suite.signature))) throw new SottoError('bad-signature')
        const { publicKey } = environment.device()
        const leaves = tree.filter((node) => node?.nodeType === 'leaf')
        const comesBack = leaves.some((node) => node?.nodeType === 'leaf' && equal(node.leaf.signaturePublicKey, publicKey))
        if (!comesBack && leaves.length >= measures.devices) throw new SottoError('too-large')
        // The library takes the extension's content for the key itself; RFC 9420 section 12.4.3.2 has its length in front.
        const unwrapping: CiphersuiteImpl = {
          ...suite,
          hpke: {
            ...suite.hpke,
            importPublicKey: (key) => suite.hpke.importPublicKey(key.subarray(key.length - measures.publicBytes)),
          },
        }
        const { publicPackage, privatePackage } = await newKeyPackage(identity, nowMs)
        // With `comesBack` and no leaf of ours in the tree, this would not end.
        const { publicMessage, newState } = await joinGroupExternal(
          groupInfo,
          publicPackage,
          privatePackage,
          comesBack,
          unwrapping,
          undefined,
          judging,
        )
        return {
          group: groupOf(newEpoch({ ...newState, clientConfig: config })),
          commit: writeWithin({ version: VERSION, wireformat: 'mls_public_message', publicMessage }, measures.commitBytes),
        }
      }),

    join: (groupId, bytes, keyPackageBytes, privateKeys) =>
      attempt('cannot-decrypt', async (judging) => {
        const { welcome } = read('welcome', bytes)
        const { keyPackage } = read('keyPackage', keyPackageBytes)
        const { publicKey } = environment.device()
        if (!equal(keyPackage.leafNode.signaturePublicKey, publicKey)) throw new SottoError('unexpected')
        const { init, leaf } = decode(privateKeysCodec, privateKeys, 2 * measures.secretBytes)
        // What the Welcome holds inside was made by a member: it is walked as it is decrypted, before it is decoded.
        const gated: CiphersuiteImpl = {
          ...suite,
          hpke: {
            ...suite.hpke,
            async open(...args) {
              const groupSecrets = await suite.hpke.open(...args)
              walk(shapes.contents.groupSecrets, groupSecrets)
              return groupSecrets
            },
            async decryptAead(...args) {
              const groupInfo = await suite.hpke.decryptAead(...args)
              walk(shapes.contents.groupInfo, groupInfo)
              return groupInfo
            },
          },
        }
        const privatePackage = { initPrivateKey: init, hpkePrivateKey: leaf, signaturePrivateKey: publicKey }
        const state = await joinGroup(welcome, keyPackage, privatePackage, emptyPskIndex, gated, undefined, undefined, judging)
        if (!equal(state.groupContext.groupId, groupId)) throw new SottoError('unexpected')
        return groupOf(newEpoch({ ...state, clientConfig: config }))
      }),

    async encrypt(group, plaintext) {
      const state = stateOf(group)
      const generation = state.secretTree[2 * state.privatePath.leafIndex]?.application.generation
      if (generation === undefined) throw new SottoError('internal')
      const { newState, privateMessage, consumed } = await createApplicationMessage(state, plaintext, suite)
      const message = writeWithin({ version: VERSION, wireformat: 'mls_private_message', privateMessage }, LIMITS.entryBytes)
      return { group: groupOf(newState), spent: consumed, message, generation }
    },

    decrypt: (group, bytes) =>
      attempt('cannot-decrypt', async () => {
        const state = stateOf(group)
        const { privateMessage } = read('application', bytes)
        if (!equal(privateMessage.groupId, state.groupContext.groupId) || privateMessage.epoch !== state.groupContext.epoch) {
          throw new SottoError('unexpected')
        }
        const sender = await decryptSenderData(privateMessage, state.keySchedule.senderDataSecret, suite)
        if (sender === undefined) throw new SottoError('malformed')
        const author = leavesOf(state).find(({ leafIndex }) => leafIndex === sender.leafIndex)
        if (author === undefined) throw new SottoError('unexpected')
        // Our own ratchet moves by encrypting alone: a message in our name is our own, or a clone's.
        if (sender.leafIndex === state.privatePath.leafIndex) throw new SottoError('unexpected')
        const ratchet = state.secretTree[2 * sender.leafIndex]?.application
        if (ratchet === undefined) throw new SottoError('internal')
        if (sender.generation < ratchet.generation && ratchet.unusedGenerations[sender.generation] === undefined)
          throw new SottoError('replayed')
        const gated: CiphersuiteImpl = {
          ...suite,
          hpke: {
            ...suite.hpke,
            async decryptAead(key, nonce, aad, ciphertext) {
              const plaintext = await suite.hpke.decryptAead(key, nonce, aad, ciphertext)
              if (ciphertext === privateMessage.ciphertext) walk(shapes.contents.application, plaintext)
              return plaintext
            },
          },
        }
        const result = await processPrivateMessage(state, privateMessage, emptyPskIndex, gated)
        if (result.kind !== 'applicationMessage') throw new SottoError('unexpected')
        return {
          group: groupOf(result.newState),
          spent: result.consumed,
          plaintext: new Uint8Array(result.message),
          device: author.device,
          generation: sender.generation,
        }
      }),
  }
}
