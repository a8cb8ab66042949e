/**
 * The shapes of MLS messages that Sotto speaks (RFC 9420), for one suite, each vector with its bound. What is not
 * in here does not reach the MLS library: references to proposals, PSKs, ReInit, GroupContextExtensions,
 * custom proposals and x509 credentials among it; and no other suite than the one asked for. Names and order are the RFC's.
 */
import { SottoError } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Suite } from './suites.ts'
import { exactly, inside, judged, opaque, opaqueJudged, optional, type Rule, selected, sequence, uint, vector, zeros } from './walker.ts'

const MLS10 = 1
/** A room's id. */
const GROUP_ID = opaque(16, 16)
const EPOCH = uint(8)
const EXTENSIONS_MAX = 16
const EXTENSION_BYTES = 1024
/** Suites, extensions and proposals a leaf may say it knows: today's and room for grease. */
const CAPABILITIES_MAX = 64
const TAG_BYTES = 16

const refuse = (code: 'malformed' | 'unexpected'): never => {
  throw new SottoError(code)
}

const sound = (is: boolean): void => {
  if (!is) refuse('malformed')
}

const version = exactly(2, MLS10)
const numbers = (max: number): Rule => vector(() => uint(2), max)
const extension = sequence(uint(2), opaque(0, EXTENSION_BYTES))
const extensions = vector(() => extension, EXTENSIONS_MAX)
const none = vector(() => refuse('unexpected'), 0)

const BASIC = 1
const credential = sequence(exactly(2, BASIC), opaque(1, LIMITS.certificateBytes * LIMITS.chainLength))
const capabilities = sequence(
  numbers(CAPABILITIES_MAX),
  numbers(CAPABILITIES_MAX),
  numbers(CAPABILITIES_MAX),
  numbers(CAPABILITIES_MAX),
  numbers(CAPABILITIES_MAX),
)
const lifetime = uint(16)
const fromKeyPackage = lifetime
const fromUpdate: Rule = () => undefined

const ADD = 1
const REMOVE = 3
const EXTERNAL_INIT = 6
const BY_VALUE = 1
const COMMIT = 3
const MEMBER = 1
const NEW_MEMBER_COMMIT = 4
const APPLICATION = 1
const RATCHET_TREE = 2
const EXTERNAL_PUB = 4

/** The smallest full tree that holds `nodes` has this many leaves (RFC 9420 section 7.7). */
function leavesOf(nodes: number): number {
  let leaves = 1
  while (2 * leaves - 1 < nodes) leaves *= 2
  return leaves
}

const message = (wireFormat: number, content: Rule): Rule => sequence(version, exactly(2, wireFormat), content)

/** One kind of message as it travels, with the most bytes it may have. */
export interface Shape {
  readonly rule: Rule
  readonly maxBytes: number
}
export type MessageKind = 'keyPackage' | 'commit' | 'application' | 'welcome' | 'groupInfo'

/** `messages`: an MLSMessage each. `contents`: what they hold inside their encryption; a member made it, and may mean ill. */
export interface Shapes {
  readonly messages: Readonly<Record<MessageKind, Shape>>
  readonly contents: { readonly application: Rule; readonly groupSecrets: Rule; readonly groupInfo: Rule }
}

export function shapesOf(of: Suite): Shapes {
  const suite = exactly(2, of.id, 'wrong-suite')
  const nodesMax = 2 * of.devices - 1
  const pathMax = Math.ceil(Math.log2(of.devices)) + 1
  /** Of those that keep a secret. */
  const hpkeKey = opaqueJudged(of.publicBytes, (key) => sound(of.isSound(key)))
  const enc = opaqueJudged(of.encBytes, (bytes) => sound(of.isSoundEnc(bytes)))
  /** Judged where it verifies. */
  const signatureKey = opaque(of.signatureKeyBytes, of.signatureKeyBytes)
  const hash = opaque(of.hashBytes, of.hashBytes)
  const signature = opaque(...of.signatureBytes)
  /** Absent in the first epoch, or at the top of a tree. */
  const hashOrNone = opaque(0, of.hashBytes)

  const fromCommit = hashOrNone
  const sources: Readonly<Record<number, Rule>> = { 1: fromKeyPackage, 2: fromUpdate, 3: fromCommit }
  const leafNode = (allowed: readonly number[]): Rule =>
    sequence(
      hpkeKey,
      signatureKey,
      credential,
      capabilities,
      selected(1, (source) => (allowed.includes(source) ? (sources[source] ?? refuse('malformed')) : refuse('malformed'))),
      extensions,
      signature,
    )
  const keyPackage = sequence(version, suite, hpkeKey, leafNode([1]), extensions, signature)

  // --- commits

  const proposals: Readonly<Record<number, Rule>> = { [ADD]: keyPackage, [REMOVE]: uint(4), [EXTERNAL_INIT]: enc }
  const proposalOf = (types: readonly number[]): Rule =>
    sequence(
      exactly(1, BY_VALUE, 'unexpected'),
      selected(2, (type) => (types.includes(type) ? (proposals[type] ?? refuse('unexpected')) : refuse('unexpected'))),
    )
  /** A path secret and a tag. */
  const hpkeCiphertext = sequence(enc, opaque(of.hashBytes + TAG_BYTES, of.hashBytes + TAG_BYTES))
  const updatePathNode = sequence(
    hpkeKey,
    vector(() => hpkeCiphertext, of.devices),
  )
  const updatePath = sequence(
    leafNode([3]),
    vector(() => updatePathNode, pathMax),
  )
  const framedCommit = (list: Rule): Rule =>
    sequence(opaque(0, 0), exactly(1, COMMIT, 'unexpected'), list, optional(updatePath), signature, hash)
  const memberProposal = proposalOf([ADD, REMOVE])
  const memberCommit = framedCommit(vector(() => memberProposal, LIMITS.proposalsAMember * of.devices))
  const externalProposal = proposalOf([REMOVE, EXTERNAL_INIT])
  /** ExternalInit, and a Remove of the joiner's own old leaf. */
  const externalCommit = framedCommit(vector(() => externalProposal, 2))
  const membershipTag = hash
  const publicCommit = sequence(
    GROUP_ID,
    EPOCH,
    selected(1, (sender) => {
      switch (sender) {
        case MEMBER:
          return sequence(uint(4), memberCommit, membershipTag)
        case NEW_MEMBER_COMMIT:
          return externalCommit
        default:
          return refuse('unexpected')
      }
    }),
  )

  // --- messages

  /** leaf index, generation and reuse guard, and a tag */
  const encryptedSenderData = opaque(28, 28)
  const privateMessage = sequence(
    GROUP_ID,
    EPOCH,
    exactly(1, APPLICATION, 'unexpected'),
    opaque(0, 0),
    encryptedSenderData,
    opaque(TAG_BYTES, LIMITS.entryBytes),
  )

  // --- welcomes

  const encryptedGroupSecrets = sequence(hash, enc, opaque(TAG_BYTES, 256))
  const welcome = sequence(
    suite,
    vector(() => encryptedGroupSecrets, of.devices),
    opaque(TAG_BYTES, LIMITS.welcomeBytes),
  )

  /** optional<Node> in the order of the array: leaves at even places, parents at odd ones, the last one present. */
  const ratchetTree: Rule = (cursor) => {
    let nodes = 0
    let blank = true
    let highestUnmerged = -1
    const unmerged = judged(4, (leaf) => {
      highestUnmerged = Math.max(highestUnmerged, leaf)
    })
    const parent = sequence(
      hpkeKey,
      hashOrNone,
      vector(() => unmerged, of.devices),
    )
    const leaf = leafNode([1, 2, 3])
    const node = (index: number): Rule => {
      nodes = index + 1
      blank = true
      return optional((inner) => {
        blank = false
        exactly(1, index % 2 === 0 ? 1 : 2)(inner)
        ;(index % 2 === 0 ? leaf : parent)(inner)
      })
    }
    vector(node, nodesMax)(cursor)
    // A leaf outside the tree has no path to its root: looking for one would not end.
    if (blank || highestUnmerged >= leavesOf(nodes)) refuse('malformed')
  }

  const groupInfoExtension = selected(2, (type) => (type === RATCHET_TREE ? inside(ratchetTree) : opaque(0, EXTENSION_BYTES)))
  const groupContext = sequence(version, suite, GROUP_ID, EPOCH, hash, hashOrNone, none)
  const groupInfoOf = (groupInfoExtensions: Rule): Rule => sequence(groupContext, groupInfoExtensions, hash, uint(4), signature)
  const groupInfo = groupInfoOf(vector(() => groupInfoExtension, EXTENSIONS_MAX))
  /** For whoever comes back by external commit: both extensions, in this order and no other. */
  const externalGroupInfo = groupInfoOf(
    inside(sequence(exactly(2, EXTERNAL_PUB), inside(hpkeKey), exactly(2, RATCHET_TREE), inside(ratchetTree))),
  )

  return {
    messages: {
      keyPackage: { rule: message(5, keyPackage), maxBytes: of.keyPackageBytes },
      commit: { rule: message(1, publicCommit), maxBytes: of.commitBytes },
      application: { rule: message(2, privateMessage), maxBytes: LIMITS.entryBytes },
      welcome: { rule: message(3, welcome), maxBytes: LIMITS.welcomeBytes },
      groupInfo: { rule: message(4, externalGroupInfo), maxBytes: LIMITS.groupInfoBytes },
    },
    contents: {
      application: sequence(opaque(0, LIMITS.entryBytes), signature, zeros),
      groupSecrets: sequence(hash, optional(hash), none),
      groupInfo,
    },
  }
}
