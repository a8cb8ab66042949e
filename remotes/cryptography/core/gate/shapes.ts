/**
 * The shapes of MLS messages that Sotto speaks (RFC 9420, suite 1), each vector with its bound. What is not
 * in here does not reach the MLS library: references to proposals, PSKs, ReInit, GroupContextExtensions,
 * custom proposals and x509 credentials among it. Names and order are the RFC's.
 */
import { SottoError } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import { exactly, inside, judged, opaque, opaqueJudged, optional, type Rule, selected, sequence, uint, vector, zeros } from './walker.ts'
import { isSmallOrder } from './x25519.ts'

const MLS10 = 1
const SUITE = 1
/** An X25519 public key, of those that keep a secret. */
const HPKE_KEY = opaqueJudged(32, (key) => {
  if (isSmallOrder(key)) throw new SottoError('malformed')
})
/** Ed25519: judged where it verifies. */
const SIGNATURE_KEY = opaque(32, 32)
const HASH = opaque(32, 32)
const SIGNATURE = opaque(64, 64)
/** Absent in the first epoch, or at the top of a tree. */
const HASH_OR_NONE = opaque(0, 32)
/** A room's id. */
const GROUP_ID = opaque(16, 16)
const EPOCH = uint(8)
const EXTENSIONS_MAX = 16
const EXTENSION_BYTES = 1024
/** Suites, extensions and proposals a leaf may say it knows: today's and room for grease. */
const CAPABILITIES_MAX = 64
const NODES_MAX = 2 * LIMITS.rosterDevices - 1
const PATH_MAX = Math.ceil(Math.log2(LIMITS.rosterDevices)) + 1

const refuse = (code: 'malformed' | 'unexpected'): never => {
  throw new SottoError(code)
}

const version = exactly(2, MLS10)
const suite = exactly(2, SUITE, 'wrong-suite')
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
const fromCommit = HASH_OR_NONE
const SOURCES: Readonly<Record<number, Rule>> = { 1: fromKeyPackage, 2: fromUpdate, 3: fromCommit }
const leafNode = (sources: readonly number[]): Rule =>
  sequence(
    HPKE_KEY,
    SIGNATURE_KEY,
    credential,
    capabilities,
    selected(1, (source) => (sources.includes(source) ? (SOURCES[source] ?? refuse('malformed')) : refuse('malformed'))),
    extensions,
    SIGNATURE,
  )

const keyPackage = sequence(version, suite, HPKE_KEY, leafNode([1]), extensions, SIGNATURE)

// --- commits

const ADD = 1
const REMOVE = 3
const EXTERNAL_INIT = 6
const PROPOSALS: Readonly<Record<number, Rule>> = { [ADD]: keyPackage, [REMOVE]: uint(4), [EXTERNAL_INIT]: HPKE_KEY }
const BY_VALUE = 1
const proposalOf = (types: readonly number[]): Rule =>
  sequence(
    exactly(1, BY_VALUE, 'unexpected'),
    selected(2, (type) => (types.includes(type) ? (PROPOSALS[type] ?? refuse('unexpected')) : refuse('unexpected'))),
  )
/** 32 bytes of path secret and a tag. */
const hpkeCiphertext = sequence(HPKE_KEY, opaque(48, 48))
const updatePathNode = sequence(
  HPKE_KEY,
  vector(() => hpkeCiphertext, LIMITS.rosterDevices),
)
const updatePath = sequence(
  leafNode([3]),
  vector(() => updatePathNode, PATH_MAX),
)
const COMMIT = 3
const framedCommit = (proposals: Rule): Rule =>
  sequence(opaque(0, 0), exactly(1, COMMIT, 'unexpected'), proposals, optional(updatePath), SIGNATURE, HASH)
const memberProposal = proposalOf([ADD, REMOVE])
const memberCommit = framedCommit(vector(() => memberProposal, LIMITS.proposalsAMember * LIMITS.rosterDevices))
const externalProposal = proposalOf([REMOVE, EXTERNAL_INIT])
/** ExternalInit, and a Remove of the joiner's own old leaf. */
const externalCommit = framedCommit(vector(() => externalProposal, 2))
const MEMBER = 1
const NEW_MEMBER_COMMIT = 4
const membershipTag = HASH
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

const APPLICATION = 1
/** leaf index, generation and reuse guard, and a tag */
const encryptedSenderData = opaque(28, 28)
const privateMessage = sequence(
  GROUP_ID,
  EPOCH,
  exactly(1, APPLICATION, 'unexpected'),
  opaque(0, 0),
  encryptedSenderData,
  opaque(16, LIMITS.entryBytes),
)

// --- welcomes

const encryptedGroupSecrets = sequence(HASH, HPKE_KEY, opaque(16, 256))
const welcome = sequence(
  suite,
  vector(() => encryptedGroupSecrets, LIMITS.rosterDevices),
  opaque(16, LIMITS.welcomeBytes),
)

/** The smallest full tree that holds `nodes` has this many leaves (RFC 9420 section 7.7). */
function leavesOf(nodes: number): number {
  let leaves = 1
  while (2 * leaves - 1 < nodes) leaves *= 2
  return leaves
}

/** optional<Node> in the order of the array: leaves at even places, parents at odd ones, the last one present. */
const ratchetTree: Rule = (cursor) => {
  let nodes = 0
  let blank = true
  let highestUnmerged = -1
  const unmerged = judged(4, (leaf) => {
    highestUnmerged = Math.max(highestUnmerged, leaf)
  })
  const parent = sequence(
    HPKE_KEY,
    HASH_OR_NONE,
    vector(() => unmerged, LIMITS.rosterDevices),
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
  vector(node, NODES_MAX)(cursor)
  // A leaf outside the tree has no path to its root: looking for one would not end.
  if (blank || highestUnmerged >= leavesOf(nodes)) refuse('malformed')
}

const RATCHET_TREE = 2
const groupInfoExtension = selected(2, (type) => (type === RATCHET_TREE ? inside(ratchetTree) : opaque(0, EXTENSION_BYTES)))
const groupContext = sequence(version, suite, GROUP_ID, EPOCH, HASH, HASH_OR_NONE, none)
const groupInfoOf = (groupInfoExtensions: Rule): Rule => sequence(groupContext, groupInfoExtensions, HASH, uint(4), SIGNATURE)
const groupInfo = groupInfoOf(vector(() => groupInfoExtension, EXTENSIONS_MAX))
const EXTERNAL_PUB = 4
/** For whoever comes back by external commit: both extensions, in this order and no other. */
const externalGroupInfo = groupInfoOf(
  inside(sequence(exactly(2, EXTERNAL_PUB), inside(HPKE_KEY), exactly(2, RATCHET_TREE), inside(ratchetTree))),
)

const message = (wireFormat: number, content: Rule): Rule => sequence(version, exactly(2, wireFormat), content)

/** Messages as they travel: an MLSMessage each, with the most bytes it may have. */
export const MESSAGES = {
  keyPackage: { rule: message(5, keyPackage), maxBytes: LIMITS.keyPackageBytes.classic },
  commit: { rule: message(1, publicCommit), maxBytes: LIMITS.commitBytes },
  application: { rule: message(2, privateMessage), maxBytes: LIMITS.entryBytes },
  welcome: { rule: message(3, welcome), maxBytes: LIMITS.welcomeBytes },
  groupInfo: { rule: message(4, externalGroupInfo), maxBytes: LIMITS.groupInfoBytes },
} as const
export type MessageKind = keyof typeof MESSAGES

/** What a message holds inside its encryption. A member made it, and a member may mean ill. */
export const CONTENTS = {
  application: sequence(opaque(0, LIMITS.entryBytes), SIGNATURE, zeros),
  groupSecrets: sequence(HASH, optional(HASH), none),
  groupInfo,
} as const
