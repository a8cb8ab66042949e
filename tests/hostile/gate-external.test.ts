/**
 * Coming back by external commit, against members and outsiders who mean ill: a GroupInfo that is not what it
 * says, and commits from outside that do more than put their author's own device back. Each is refused with a
 * typed code, and no state has moved.
 */
import type { Capabilities } from 'ts-mls/capabilities.js'
import type { ClientState } from 'ts-mls/clientState.js'
import { createCommit, createGroupInfo, joinGroupExternal } from 'ts-mls/createCommit.js'
import type { Extension } from 'ts-mls/extension.js'
import { createContentCommitSignature } from 'ts-mls/framedContent.js'
import { type GroupInfo, signGroupInfo } from 'ts-mls/groupInfo.js'
import { signKeyPackage } from 'ts-mls/keyPackage.js'
import { signLeafNodeKeyPackage } from 'ts-mls/leafNode.js'
import { decodeMlsMessage } from 'ts-mls/message.js'
import type { Proposal } from 'ts-mls/proposal.js'
import { decodeRatchetTree, encodeRatchetTree, type RatchetTree } from 'ts-mls/ratchetTree.js'
import { beforeAll, expect, test } from 'vitest'
import { LIMITS } from '#contracts/limits.ts'
import type { Group } from '../../remotes/cryptography/core/mls.ts'
import { GATE_CODES, type Outcome, outcome, SLOW_MS, timed, unwrap } from '../support/hostile.ts'
import { addOf, encoded, GROUP, type Insider, insider, keyPackageOf } from '../support/mls-insider.ts'
import { type EngineForTests, engineForTests, NOW, suiteForTests } from '../support/mls.ts'
import { mutate } from '../support/mutator.ts'

/** A room of three: its founder means ill, cat stays, vic lost its state and comes back. */
interface World {
  readonly bad: Insider
  readonly state: ClientState
  readonly cat: EngineForTests
  readonly vic: EngineForTests
  readonly group: Group
  readonly groupInfo: Uint8Array
}

async function makeWorld(): Promise<World> {
  const bad = await insider()
  const [cat, vic] = [await engineForTests(), await engineForTests()]
  const [forCat, forVic] = [await cat.engine.createKeyPackage(cat.identity, NOW), await vic.engine.createKeyPackage(vic.identity, NOW)]
  const options = { wireAsPublicMessage: true, ratchetTreeExtension: true, forcePath: true }
  const extraProposals = [addOf(forCat.keyPackage), addOf(forVic.keyPackage)]
  const { welcome, newState } = await createCommit({ state: bad.state, cipherSuite: bad.suite }, { ...options, extraProposals })
  const bytes = encoded({ version: 'mls10', wireformat: 'mls_welcome', welcome: unwrap(welcome) })
  const group = await cat.engine.join(GROUP, bytes, forCat.keyPackage, forCat.privateKeys)
  return { bad, state: newState, cat, vic, group, groupInfo: await cat.engine.exportGroupInfo(group) }
}

let world: World
beforeAll(async () => {
  world = await makeWorld()
})

const groupInfoOf = (bytes: Uint8Array): GroupInfo => {
  const message = unwrap(decodeMlsMessage(bytes, 0))[0]
  if (message.wireformat !== 'mls_group_info') throw new Error('a GroupInfo')
  return message.groupInfo
}
const written = (groupInfo: GroupInfo): Uint8Array => encoded({ version: 'mls10', wireformat: 'mls_group_info', groupInfo })

/** What vic makes of a GroupInfo. */
const rejoin = (groupInfo: Uint8Array, over: { readonly groupId?: Uint8Array; readonly confirmationTag?: Uint8Array } = {}) =>
  world.vic.engine.externalCommit(
    world.vic.identity,
    { groupId: GROUP, confirmationTag: world.state.confirmationTag, groupInfo, ...over },
    NOW,
  )
const takes = (groupInfo: Uint8Array): Promise<Outcome> => outcome(() => rejoin(groupInfo))

/** A GroupInfo by the ill-meaning member, signed after all that is wrong with it was put in. */
async function forged(how: {
  readonly over?: Partial<GroupInfo>
  readonly tree?: (tree: RatchetTree) => RatchetTree
  readonly extensions?: (honest: readonly Extension[]) => readonly Extension[]
}): Promise<Uint8Array> {
  const { state, bad } = world
  const honest = groupInfoOf(world.groupInfo).extensions.map((extension) =>
    extension.extensionType === 'ratchet_tree' && how.tree !== undefined
      ? { ...extension, extensionData: encodeRatchetTree(how.tree(unwrap(decodeRatchetTree(extension.extensionData, 0))[0])) }
      : extension,
  )
  const extensions = [...(how.extensions?.(honest) ?? honest)]
  const groupInfo = await createGroupInfo(state.groupContext, state.confirmationTag, state, extensions, bad.suite)
  return written(await signGroupInfo({ ...groupInfo, ...how.over }, state.signaturePrivateKey, bad.suite.signature))
}

test('a GroupInfo that is what it says is taken, also from a member who means ill elsewhere', async () => {
  expect(await takes(world.groupInfo)).toBe('accepted')
  expect(await takes(await forged({}))).toBe('accepted')
})

test('a GroupInfo of another room, another commit or another tree is refused', async () => {
  const { state, groupInfo } = world
  const otherRoom = await forged({ over: { groupContext: { ...state.groupContext, groupId: new Uint8Array(16) } } })
  expect(await takes(otherRoom)).toBe('unexpected')
  expect(await outcome(() => rejoin(groupInfo, { groupId: new Uint8Array(16) }))).toBe('unexpected')
  expect(await takes(await forged({ over: { confirmationTag: new Uint8Array(32) } }))).toBe('unexpected')
  expect(await takes(await forged({ over: { groupContext: { ...state.groupContext, treeHash: new Uint8Array(32) } } }))).toBe('malformed')
  // Without cat's leaf, which the founder's path is bound to.
  expect(await takes(await forged({ tree: (tree) => tree.map((node, i) => (i === 2 ? undefined : node)) }))).toBe('bad-signature')
})

test('who signs must be a leaf of the tree, and the one whose signature it is', async () => {
  for (const signer of [3, 4, 255, 2 ** 31, 2 ** 32 - 1])
    expect(await takes(await forged({ over: { signer } })), `${signer}`).toBe('unexpected')
  for (const signer of [1, 2]) expect(await takes(await forged({ over: { signer } })), `${signer}`).toBe('bad-signature')
  expect(await takes(await forged({ tree: (tree) => tree.map((node, i) => (i === 0 ? undefined : node)) }))).toBe('unexpected')
})

test('each leaf of the tree must be who its certificate says', async () => {
  const [thief, victim] = [await engineForTests(), await engineForTests()]
  const stolen = await keyPackageOf(thief, { identity: victim.identity })
  const tree = (honest: RatchetTree) =>
    honest.map((node, i) => (i === 6 ? { nodeType: 'leaf' as const, leaf: stolen.keyPackage.leafNode } : node))
  const signed = await forged({ tree })
  expect(await takes(signed)).toBe('bad-certificate')
  // The signature is asked first: what nobody signed costs nothing.
  expect(await takes(signed.map((byte, i) => (i === signed.length - 1 ? byte ^ 1 : byte)))).toBe('bad-signature')
})

test('a GroupInfo has the two extensions that it needs, and no other', async () => {
  const extra: Extension = { extensionType: 0xf0f0, extensionData: new Uint8Array(1) }
  const smallOrder: Extension = { extensionType: 'external_pub', extensionData: Uint8Array.from([32, ...new Uint8Array(32)]) }
  // What the library itself would write: the key without its length.
  const bare: Extension = { extensionType: 'external_pub', extensionData: new Uint8Array(32).fill(9) }
  for (const [index, extensions] of [
    ([key, tree]: readonly Extension[]) => [unwrap(tree), unwrap(key)],
    ([key]: readonly Extension[]) => [unwrap(key)],
    ([, tree]: readonly Extension[]) => [unwrap(tree)],
    () => [],
    (honest: readonly Extension[]) => [...honest, extra],
    (honest: readonly Extension[]) => [...honest, unwrap(honest[1])],
    ([, tree]: readonly Extension[]) => [smallOrder, unwrap(tree)],
    ([, tree]: readonly Extension[]) => [bare, unwrap(tree)],
  ].entries()) {
    expect(await takes(await forged({ extensions })), `${index}`).toBe('malformed')
  }
  const groupContext = { ...world.state.groupContext, extensions: [extra] }
  expect(await takes(await forged({ over: { groupContext } }))).toBe('malformed')
})

test('seeded mutations of a GroupInfo: typed errors only, none slow', { timeout: 60_000 }, async () => {
  expect(await takes(new Uint8Array(LIMITS.groupInfoBytes + 1))).toBe('too-large')
  expect(await takes(Uint8Array.from([...world.groupInfo, 0]))).toBe('malformed')
  const seen = new Map<string, number>()
  for (let seed = 0; seed < 3000; seed++) {
    const { code, tookMs } = await timed(() => rejoin(mutate(world.groupInfo, [world.groupInfo], seed)))
    expect(tookMs, `seed ${seed}`).toBeLessThan(SLOW_MS)
    seen.set(code, (seen.get(code) ?? 0) + 1)
  }
  expect([...seen.keys()].filter((code) => !GATE_CODES.includes(code))).toEqual([])
  expect(seen.get('bad-signature')).toBeGreaterThan(100)
  expect(await takes(world.groupInfo)).toBe('accepted')
})

/** The library's own external commit by `who`, which takes `victim` out. */
async function outsider(who: EngineForTests, victim: Uint8Array | null, identity = who.identity) {
  const { keyPackage, keys } = await keyPackageOf(who, { identity })
  const honest = groupInfoOf(world.groupInfo)
  const external_pub = unwrap(honest.extensions[0]).extensionData
  const suite = suiteForTests(who.device)
  const unwrapping = {
    ...suite,
    hpke: { ...suite.hpke, importPublicKey: (key: Uint8Array) => suite.hpke.importPublicKey(key === external_pub ? key.subarray(1) : key) },
  }
  const compareKeyPackageToLeafNode = (_: unknown, leaf: { readonly signaturePublicKey: Uint8Array }) =>
    victim !== null && Buffer.compare(leaf.signaturePublicKey, victim) === 0
  const config = {
    ...world.state.clientConfig,
    keyPackageEqualityConfig: { compareKeyPackages: () => false, compareKeyPackageToLeafNode },
  }
  const { publicMessage } = await joinGroupExternal(honest, keyPackage, keys, victim !== null, unwrapping, undefined, config)
  return { publicMessage, suite, keys }
}

/** The same with other proposals or another path, signed by its author all the same. */
async function altered(who: EngineForTests, proposals: (honest: readonly Proposal[]) => readonly Proposal[], hasPath = true) {
  const { publicMessage, suite, keys } = await outsider(who, who.device.publicKey)
  const { content } = publicMessage
  if (content.contentType !== 'commit' || publicMessage.auth.contentType !== 'commit') throw new Error('a commit')
  const honest = content.commit.proposals.flatMap((one) => (one.proposalOrRefType === 'proposal' ? [one.proposal] : []))
  const commit = {
    proposals: proposals(honest).map((proposal) => ({ proposalOrRefType: 'proposal' as const, proposal })),
    path: hasPath ? content.commit.path : undefined,
  }
  const { signature, framedContent } = await createContentCommitSignature(
    world.state.groupContext,
    'mls_public_message',
    commit,
    { senderType: 'new_member_commit' },
    new Uint8Array(),
    keys.signaturePrivateKey,
    suite.signature,
  )
  const changed = { ...publicMessage, content: framedContent, auth: { ...publicMessage.auth, signature } }
  return encoded({ version: 'mls10', wireformat: 'mls_public_message', publicMessage: changed })
}

const bytesOf = ({ publicMessage }: Awaited<ReturnType<typeof outsider>>): Uint8Array =>
  encoded({ version: 'mls10', wireformat: 'mls_public_message', publicMessage })

/** What cat makes of a commit from outside; it moves nothing. */
async function process(message: Uint8Array): Promise<Outcome> {
  const before = world.cat.engine.encodeGroup(world.group)
  const { code, tookMs } = await timed(() => world.cat.engine.processCommit(world.group, message))
  expect(tookMs).toBeLessThan(SLOW_MS)
  expect(world.cat.engine.encodeGroup(world.group)).toEqual(before)
  return code
}
const inspect = (message: Uint8Array): Promise<Outcome> =>
  outcome(() => Promise.resolve().then(() => world.cat.engine.inspectCommit(message)))

test('from outside, a device takes its own old leaf out, and nobody else', async () => {
  const { vic, cat, state } = world
  expect(await process(bytesOf(await outsider(vic, vic.device.publicKey)))).toBe('accepted')
  const stranger = await engineForTests()
  expect(await process(bytesOf(await outsider(stranger, null)))).toBe('accepted')
  for (const who of [vic, stranger]) {
    const takesFounderOut = bytesOf(await outsider(who, state.signaturePrivateKey))
    expect(await inspect(takesFounderOut)).toBe('accepted')
    expect(await process(takesFounderOut)).toBe('unexpected')
    expect(await process(bytesOf(await outsider(who, cat.device.publicKey)))).toBe('unexpected')
  }
  // Its old leaf would stay beside the new one.
  expect(await process(bytesOf(await outsider(vic, null)))).toBe('unexpected')
  // Leaves that are not there.
  for (const removed of [3, 4, 255, 2 ** 32 - 1]) {
    const proposals = ([, init]: readonly Proposal[]): Proposal[] => [{ proposalType: 'remove', remove: { removed } }, unwrap(init)]
    expect(await process(await altered(vic, proposals)), `${removed}`).toBe('unexpected')
  }
})

test('who comes from outside must be who the certificate says', async () => {
  const [thief, victim] = [await engineForTests(), await engineForTests()]
  expect(await process(bytesOf(await outsider(thief, null, victim.identity)))).toBe('bad-certificate')
  expect(await process(bytesOf(await outsider(thief, null, new Uint8Array(20))))).toBe('bad-certificate')
  // A member's device that signs with a key that was stolen from nobody, but certified for somebody else.
  expect(await process(bytesOf(await outsider(world.vic, world.vic.device.publicKey, victim.identity)))).toBe('bad-certificate')
})

test('a commit from outside holds one ExternalInit, at most one Remove, a path, and nothing else', async () => {
  const { vic } = world
  const newcomer = addOf((await keyPackageOf(await engineForTests())).bytes)
  for (const [index, proposals] of [
    ([, init]: readonly Proposal[]) => [unwrap(init), newcomer],
    () => [newcomer],
    ([remove]: readonly Proposal[]) => [unwrap(remove)],
    () => [],
    ([, init]: readonly Proposal[]) => [unwrap(init), unwrap(init)],
    ([remove]: readonly Proposal[]) => [unwrap(remove), unwrap(remove)],
    () => [{ proposalType: 'group_context_extensions' as const, groupContextExtensions: { extensions: [] } }],
  ].entries()) {
    const message = await altered(vic, proposals)
    expect(await inspect(message), `${index}`).toBe('unexpected')
    expect(await process(message), `${index}`).toBe('unexpected')
  }
  for (const more of [newcomer, null]) {
    const three = await altered(vic, ([remove, init]) => [unwrap(remove), unwrap(init), more ?? unwrap(init)])
    expect(await inspect(three)).toBe('malformed')
    expect(await process(three)).toBe('malformed')
  }
  const pathless = await altered(vic, (honest) => honest, false)
  expect(await inspect(pathless)).toBe('unexpected')
  expect(await process(pathless)).toBe('unexpected')
  // Well formed, and signed; but the confirmation is of other proposals.
  expect(await process(await altered(vic, (honest) => honest.toReversed()))).toBe('bad-signature')
})

test('a member does not commit an ExternalInit, nor under another device', async () => {
  const { state, bad, cat, vic, group } = world
  const init: Proposal = { proposalType: 'external_init', externalInit: { kemOutput: new Uint8Array(32).fill(9) } }
  const { commit } = await createCommit({ state, cipherSuite: bad.suite }, { wireAsPublicMessage: true, forcePath: true })
  if (commit.wireformat !== 'mls_public_message' || commit.publicMessage.content.contentType !== 'commit') throw new Error('a commit')
  const { publicMessage } = commit
  const proposals = [{ proposalOrRefType: 'proposal' as const, proposal: init }]
  const content = { ...commit.publicMessage.content, commit: { ...commit.publicMessage.content.commit, proposals } }
  expect(await process(encoded({ ...commit, publicMessage: { ...publicMessage, content } }))).toBe('unexpected')
  expect(await process(encoded(commit))).toBe('accepted')

  // The founder's leaf becomes vic's device, or one of its own that nobody let in.
  const other = await engineForTests()
  for (const who of [vic, other]) {
    const { keyPackage } = await keyPackageOf(who)
    const suite = {
      ...bad.suite,
      signature: {
        ...bad.suite.signature,
        sign: (key: Uint8Array, message: Uint8Array) =>
          Buffer.compare(key, who.device.publicKey) === 0 ? who.device.sign(message) : bad.suite.signature.sign(key, message),
      },
    }
    const ratchetTree = state.ratchetTree.map((node, i) => (i === 0 ? { nodeType: 'leaf' as const, leaf: keyPackage.leafNode } : node))
    const changed = await createCommit(
      { state: { ...state, ratchetTree, signaturePrivateKey: who.device.publicKey }, cipherSuite: suite },
      { wireAsPublicMessage: true, forcePath: true },
    )
    expect(await outcome(() => cat.engine.processCommit(group, encoded(changed.commit)))).toBe('unexpected')
  }
})

/** Commits of the ill-meaning member, in which its own leaf is written as it likes. */
async function commitOf(leaf: { readonly hpkePublicKey?: Uint8Array; readonly capabilities?: Partial<Capabilities> }): Promise<Uint8Array> {
  const { state, bad } = world
  let own: CryptoKey | null = null
  const suite = {
    ...bad.suite,
    hpke: {
      ...bad.suite.hpke,
      async deriveKeyPair(ikm: Uint8Array) {
        const pair = await bad.suite.hpke.deriveKeyPair(ikm)
        // The library makes the leaf's key first.
        own ??= pair.publicKey
        return pair
      },
      exportPublicKey: (key: CryptoKey) =>
        key === own && leaf.hpkePublicKey !== undefined
          ? Promise.resolve(leaf.hpkePublicKey)
          : bad.suite.hpke.exportPublicKey(key as never),
    },
  } as Insider['suite']
  const ratchetTree = state.ratchetTree.map((node, i) =>
    i === 0 && node?.nodeType === 'leaf'
      ? { ...node, leaf: { ...node.leaf, capabilities: { ...node.leaf.capabilities, ...leaf.capabilities } } }
      : node,
  )
  const options = { wireAsPublicMessage: true, forcePath: true }
  return encoded((await createCommit({ state: { ...state, ratchetTree }, cipherSuite: suite }, options)).commit)
}

test('no commit locks out whoever comes next: by a key that is taken, or a leaf that nobody can speak to', async () => {
  const { state, cat, group } = world
  const taken = state.ratchetTree.flatMap((node) => (node?.nodeType === 'leaf' ? [node.leaf.hpkePublicKey] : []))
  expect(await process(await commitOf({}))).toBe('accepted')
  for (const hpkePublicKey of taken.slice(1)) expect(await process(await commitOf({ hpkePublicKey }))).toBe('unexpected')
  for (const nothing of ['versions', 'ciphersuites', 'credentials']) {
    expect(await process(await commitOf({ capabilities: { [nothing]: [] } })), nothing).toBe('unexpected')
  }
  // A KeyPackage with a key that is taken: nobody would take a commit with it, so none is made.
  const newcomer = await engineForTests()
  const { keyPackage } = await keyPackageOf(newcomer)
  const { signature } = suiteForTests(newcomer.device)
  const { publicKey } = newcomer.device
  const { leafNode: honest, ...tbs } = keyPackage
  if (honest.leafNodeSource !== 'key_package') throw new Error('a leaf of a KeyPackage')
  for (const hpkePublicKey of taken) {
    const leafNode = await signLeafNodeKeyPackage({ ...honest, hpkePublicKey }, publicKey, signature)
    const twin = await signKeyPackage({ ...tbs, leafNode }, publicKey, signature)
    const bytes = encoded({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: twin })
    expect(await outcome(() => cat.engine.inspectKeyPackage(bytes, NOW))).toBe('accepted')
    const change = { addKeyPackages: [bytes], removeLeaves: [] }
    expect(await outcome(() => cat.engine.createCommit(group, change))).toBe('unexpected')
  }
})
