/**
 * Why ts-mls is patched (docs/decisions/0004-ts-mls-patch.md): a tree that RFC 9420 allows. A leaf is added
 * without a path, a member of another subtree commits, a third joins. The working group's vectors miss it. And
 * what the patch remembers of a tree, to be fast, is what the library as published computes of it.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ClientState } from 'ts-mls/clientState.js'
import { emptyPskIndex } from 'ts-mls/pskIndex.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineForTests, suiteForTests } from '../support/mls.ts'
import { generator } from '../support/mutator.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const GROUP = new Uint8Array(16).fill(0xab)

/** The library, from where it is told: patched as installed, or as published. */
async function load(folder: string) {
  const module = (name: string): Promise<unknown> => import(pathToFileURL(join(folder, 'dist', 'src', name)).href)
  const [clientState, createCommit, processMessages, message, treeHash, parentHash] = await Promise.all(
    ['clientState.js', 'createCommit.js', 'processMessages.js', 'message.js', 'treeHash.js', 'parentHash.js'].map(module),
  )
  return {
    ...(treeHash as typeof import('ts-mls/treeHash.js')),
    ...(parentHash as typeof import('ts-mls/parentHash.js')),
    ...(clientState as typeof import('ts-mls/clientState.js')),
    ...(createCommit as typeof import('ts-mls/createCommit.js')),
    ...(processMessages as typeof import('ts-mls/processMessages.js')),
    ...(message as typeof import('ts-mls/message.js')),
  }
}
type Library = Awaited<ReturnType<typeof load>>

const CONFIG = {
  keyRetentionConfig: { retainKeysForGenerations: 10, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 10 },
  lifetimeConfig: { maximumTotalLifetime: 10_000_000n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: { compareKeyPackages: () => false, compareKeyPackageToLeafNode: () => false },
  paddingConfig: { kind: 'padUntilLength' as const, padUntilLength: 0 },
  authService: { validateCredential: () => Promise.resolve(true) },
}

const unwrap = <T>(value: T | null | undefined): T => {
  if (value === null || value === undefined) throw new Error('nothing there')
  return value
}

/** Nobody is as anonymous as the members of a test group. */
async function newcomer(library: Library) {
  const one = await engineForTests()
  const made = await one.engine.createKeyPackage(one.identity, Date.now())
  const message = unwrap(library.decodeMlsMessage(made.keyPackage, 0))[0]
  if (message.wireformat !== 'mls_key_package') throw new Error('a KeyPackage')
  return {
    suite: suiteForTests(one.device),
    keyPackage: message.keyPackage,
    keys: {
      initPrivateKey: made.privateKeys.slice(0, 32),
      hpkePrivateKey: made.privateKeys.slice(32),
      signaturePrivateKey: one.device.publicKey,
    },
  }
}
type Newcomer = Awaited<ReturnType<typeof newcomer>>

/** A group whose members all process what each of them commits. */
async function groupOf(library: Library, count: number) {
  const founder = await newcomer(library)
  const members: { readonly who: Newcomer; state: ClientState }[] = [
    { who: founder, state: await library.createGroup(GROUP, founder.keyPackage, founder.keys, [], founder.suite, CONFIG) },
  ]
  const commit = async (by: number, adds: readonly Newcomer[], remove: number | null = null): Promise<void> => {
    const committer = unwrap(members[by])
    const removed = remove === null ? [] : members.splice(remove, 1)
    const extraProposals = [
      ...adds.map(({ keyPackage }) => ({ proposalType: 'add' as const, add: { keyPackage } })),
      ...removed.map(({ state }) => ({ proposalType: 'remove' as const, remove: { removed: state.privatePath.leafIndex } })),
    ]
    const made = await library.createCommit(
      { state: committer.state, cipherSuite: committer.who.suite },
      { wireAsPublicMessage: true, ratchetTreeExtension: true, extraProposals },
    )
    const { commit: message, welcome } = made
    if (message.wireformat !== 'mls_public_message') throw new Error('a commit')
    for (const member of members) {
      if (member === committer) continue
      member.state = (await library.processPublicMessage(member.state, message.publicMessage, emptyPskIndex, member.who.suite)).newState
    }
    committer.state = made.newState
    for (const who of adds) {
      const state = await library.joinGroup(
        unwrap(welcome),
        who.keyPackage,
        who.keys,
        emptyPskIndex,
        who.suite,
        undefined,
        undefined,
        CONFIG,
      )
      members.push({ who, state })
    }
  }
  await commit(0, await Promise.all(Array.from({ length: count - 1 }, () => newcomer(library))))
  return { members, commit }
}

/** Seven members; the fifth fills its path, so that the right half has a key; then as the file's head says. */
async function scenario(library: Library): Promise<string> {
  const { members, commit } = await groupOf(library, 7)
  await commit(4, [])
  await commit(0, [await newcomer(library)])
  await commit(0, [])
  try {
    await commit(1, [await newcomer(library)])
  } catch (thrown) {
    return (thrown as Error).message
  }
  const authenticators = members.map(({ state }) => Buffer.from(state.keySchedule.epochAuthenticator).toString('hex'))
  expect(new Set(authenticators).size).toBe(1)
  return `${members.length} members agree`
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-ts-mls-'))
  const copy = join(folder, 'node_modules', 'ts-mls')
  cpSync(join(ROOT, 'node_modules', 'ts-mls'), copy, { recursive: true })
  execFileSync('git', ['apply', '--reverse', join(ROOT, 'patches', 'ts-mls+1.6.4.patch')], { cwd: folder })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('with the patch, the third joins', { timeout: 60_000 }, async () => {
  expect(await scenario(await load(join(ROOT, 'node_modules', 'ts-mls')))).toBe('9 members agree')
})

test('without the patch, it does not', { timeout: 60_000 }, async () => {
  expect(await scenario(await load(join(folder, 'node_modules', 'ts-mls')))).toBe(
    'non-blank intermediate node must list leaf node in its unmerged_leaves',
  )
})

test('the patch does not let through what the RFC forbids: an unmerged leaf that a node between does not list', {
  timeout: 60_000,
}, async () => {
  const library = await load(join(ROOT, 'node_modules', 'ts-mls'))
  const { members, commit } = await groupOf(library, 7)
  await commit(4, [])
  await commit(0, [await newcomer(library)])
  const { state, who } = unwrap(members[0])
  const judge = (tree: ClientState['ratchetTree']) =>
    library.validateRatchetTree(tree, state.groupContext, CONFIG.lifetimeConfig, CONFIG.authService, state.groupContext.treeHash, who.suite)
  expect(await judge(state.ratchetTree)).toBeUndefined()
  /** The tree with other unmerged leaves at one parent node. */
  const having = (index: number, unmergedLeaves: number[]) =>
    state.ratchetTree.map((node, at) =>
      at === index && node?.nodeType === 'parent' ? { ...node, parent: { ...node.parent, unmergedLeaves } } : node,
    )
  const listing = state.ratchetTree.flatMap((node, at) =>
    node?.nodeType === 'parent' && node.parent.unmergedLeaves.includes(7) ? [at] : [],
  )
  expect(listing).toEqual([7, 11])
  expect((await judge(having(11, [])))?.message).toContain('must list leaf node')
  expect((await judge(having(11, [7, 2])))?.message).toContain('non-blank descendant')
})

test('what is remembered of a tree is what would be computed anew, in each epoch and in none that was forged', {
  timeout: 60_000,
}, async () => {
  const [library, published] = [await load(join(ROOT, 'node_modules', 'ts-mls')), await load(join(folder, 'node_modules', 'ts-mls'))]
  const { members, commit } = await groupOf(library, 5)
  const below = generator(11)
  for (let step = 0; step < 24; step++) {
    const by = below(members.length)
    const other = below(members.length)
    const removes = other !== by && members.length > 4 && below(3) === 0
    await commit(by, below(2) === 0 ? [await newcomer(library)] : [], removes ? other : null)
    for (const { state, who } of members) {
      const { hash } = who.suite
      const anew = await published.treeHashRoot(state.ratchetTree, hash)
      expect(await library.treeHashRoot(state.ratchetTree, hash)).toEqual(anew)
      expect(state.groupContext.treeHash).toEqual(anew)
    }
    const { state, who } = unwrap(members[below(members.length)])
    const tree = state.ratchetTree
    expect(await library.verifyParentHashes(tree, who.suite.hash)).toBe(true)
    // The same nodes at other places, and nodes that are nearly the same.
    const [at, to] = [below(tree.length), below(tree.length)]
    const forged = tree.map((node, index) => {
      if (index === at && node?.nodeType === 'parent') return { ...node, parent: { ...node.parent, unmergedLeaves: [0] } }
      if (index === at && node?.nodeType === 'leaf') return { ...node, leaf: { ...node.leaf, hpkePublicKey: new Uint8Array(32) } }
      return index === to && at % 2 === to % 2 ? tree[at] : node
    })
    for (const one of [forged, tree]) {
      expect(await library.treeHashRoot(one, who.suite.hash)).toEqual(await published.treeHashRoot(one, who.suite.hash))
      const verified = await library.verifyParentHashes(one, who.suite.hash)
      expect(verified).toBe(await published.verifyParentHashes(one, who.suite.hash))
    }
  }
})

test('of leaves that are left out of a hash, only those are: a node keeps what it lists besides', { timeout: 60_000 }, async () => {
  const library = await load(join(ROOT, 'node_modules', 'ts-mls'))
  const { members, commit } = await groupOf(library, 13)
  // The right half's node lists a leaf that the root, renewed from the left, does not; then both list another.
  await commit(8, [])
  await commit(0, [await newcomer(library)])
  await commit(0, [])
  await commit(0, [await newcomer(library)])
  const { state, who } = unwrap(members[0])
  const listed = (index: number) => {
    const node = state.ratchetTree[index]
    return node?.nodeType === 'parent' ? node.parent.unmergedLeaves : null
  }
  expect([listed(23), listed(15)]).toEqual([[13, 14], [14]])
  expect(await library.verifyParentHashes(state.ratchetTree, who.suite.hash)).toBe(true)
})
