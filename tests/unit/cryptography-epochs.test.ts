/** The epochs' slots, seen from inside: which secrets are gone when, and what is bounded. */
import type { ClientState } from 'ts-mls/clientState.js'
import { expect, test } from 'vitest'
import { codeOf } from '#contracts/errors.ts'
import { type EpochId, idOf, type RoomId } from '#contracts/ids.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { Epochs, groupIdOf } from '../../remotes/cryptography/core/epochs.ts'
import type { Group, MlsEngine } from '../../remotes/cryptography/core/mls.ts'
import { Vault } from '../../remotes/cryptography/core/vault.ts'
import { memoryKeystoreForTests } from '../support/cryptography.ts'
import { unwrap } from '../support/hostile.ts'
import { type EngineForTests, engineForTests, NOW } from '../support/mls.ts'

const ROOM = idOf<RoomId>(new Uint8Array(16).fill(0xab))
const epochId = (fill: number) => idOf<EpochId>(new Uint8Array(32).fill(fill))
const [ROOT, NEXT] = [epochId(1), epochId(2)]
const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)
const refusal = (run: () => unknown): Promise<string> =>
  Promise.resolve()
    .then(run)
    .then(
      () => 'resolved',
      (thrown: unknown) => codeOf(thrown),
    )

/** A room of one, whose engine lets the test see what passes. */
async function setup(one?: EngineForTests) {
  const { engine, identity } = one ?? (await engineForTests())
  const spent: Uint8Array[] = []
  const seen: MlsEngine = {
    ...engine,
    async encrypt(group, plaintext) {
      const moved = await engine.encrypt(group, plaintext)
      spent.push(...moved.spent)
      return moved
    },
  }
  const vault = new Vault(memoryKeystoreForTests(), webcrypto)
  await vault.create()
  const epochs = new Epochs({ classic: seen, hybrid: seen, nist: seen }, vault)
  const group = await engine.createGroup(groupIdOf(ROOM), identity, NOW)
  const root = await epochs.create(ROOM, ROOT, group)
  epochs.adopt(root.token)
  return { engine, epochs, spent, root: group }
}

const stateOf = (group: Group): ClientState => group as unknown as ClientState

/** All secrets in a group's state, as views on it. */
function secretsOf(group: Group): Uint8Array[] {
  const { keySchedule, secretTree, privatePath } = stateOf(group)
  const ratchets = secretTree.flatMap(({ handshake, application }) => [handshake.secret, application.secret])
  return [...Object.values(keySchedule), ...Object.values(privatePath.privateKeys), ...ratchets.filter(({ length }) => length > 0)]
}

test('the keys of a message are overwritten when its move is adopted, and not before', async () => {
  const { epochs, spent } = await setup()
  const dropped = await epochs.encrypt(ROOM, ROOT, Uint8Array.of(1))
  expect(spent.length).toBeGreaterThan(0)
  epochs.forget(dropped.token)
  expect(spent.some(isZero)).toBe(false)
  const kept = await epochs.encrypt(ROOM, ROOT, Uint8Array.of(2))
  expect(spent.some(isZero)).toBe(false)
  const used = spent.slice(spent.length / 2)
  epochs.adopt(kept.token)
  expect(used.every(isZero)).toBe(true)
})

test("an epoch that is dropped takes its secrets along, and nobody else's", async () => {
  const { engine, epochs, root } = await setup()
  const child = () => epochs.read(ROOM, ROOT, (group) => engine.createCommit(group, { addKeyPackages: [], removeLeaves: [] }))
  const [{ group: next }, { group: named }, { group: nameless }] = [await child(), await child(), await child()]
  const made = epochs.found(ROOM, next)
  await epochs.name(made.token, NEXT)
  epochs.adopt(made.token)
  const other = epochs.found(ROOM, named)
  await epochs.name(other.token, epochId(3))
  for (const [dropped, { token }] of [
    [named, other],
    [nameless, epochs.found(ROOM, nameless)],
  ] as const) {
    expect(secretsOf(dropped).some(isZero)).toBe(false)
    epochs.forget(token)
    expect(secretsOf(dropped).every(isZero)).toBe(true)
    expect([...secretsOf(root), ...secretsOf(next)].some(isZero)).toBe(false)
  }
  epochs.drop(ROOM, ROOT)
  expect(secretsOf(root).every(isZero)).toBe(true)
  expect(secretsOf(next).some(isZero)).toBe(false)
  await epochs.encrypt(ROOM, NEXT, Uint8Array.of(1))
})

test('no epoch shares a key with its parent or its rival, whoever made the commit', async () => {
  const [ann, bob] = [await engineForTests(), await engineForTests()]
  const own = await bob.engine.createKeyPackage(bob.identity, NOW)
  const root = await ann.engine.createGroup(groupIdOf(ROOM), ann.identity, NOW)
  const first = await ann.engine.createCommit(root, { addKeyPackages: [own.keyPackage], removeLeaves: [] })
  const joined = await bob.engine.join(groupIdOf(ROOM), unwrap(first.welcome), own.keyPackage, own.privateKeys)
  const made = await ann.engine.createCommit(first.group, { addKeyPackages: [], removeLeaves: [] })
  const outside = await bob.engine.externalCommit(
    bob.identity,
    {
      groupId: groupIdOf(ROOM),
      groupInfo: await ann.engine.exportGroupInfo(first.group),
      confirmationTag: ann.engine.factsOf(first.group).confirmationTag,
    },
    NOW,
  )
  const groups = [
    root,
    first.group,
    joined,
    made.group,
    await ann.engine.processCommit(first.group, outside.commit),
    await bob.engine.processCommit(joined, made.commit),
    await bob.engine.processCommit(joined, made.commit),
    outside.group,
  ]
  for (const [index, group] of groups.entries()) {
    expect(secretsOf(group).some(isZero), `before ${index}`).toBe(false)
    ann.engine.wipeGroup(group)
    expect(secretsOf(group).every(isZero)).toBe(true)
  }
})

test('an epoch is not dropped under a call that reads it', async () => {
  const { engine, epochs } = await setup()
  const commit = epochs.read(ROOM, ROOT, (group) => engine.createCommit(group, { addKeyPackages: [], removeLeaves: [] }))
  expect(await refusal(() => epochs.drop(ROOM, ROOT))).toBe('unexpected')
  await commit
  const message = epochs.encrypt(ROOM, ROOT, Uint8Array.of(1))
  expect(await refusal(() => epochs.drop(ROOM, ROOT))).toBe('unexpected')
  const { token } = await message
  epochs.drop(ROOM, ROOT)
  expect(await refusal(() => epochs.adopt(token))).toBe('unexpected')
  epochs.drop(ROOM, ROOT)
})

test('moves that wait are bounded', async () => {
  const { engine, epochs } = await setup()
  const { group } = await epochs.read(ROOM, ROOT, (parent) => engine.createCommit(parent, { addKeyPackages: [], removeLeaves: [] }))
  const tokens = Array.from({ length: 256 }, () => epochs.found(ROOM, group).token)
  expect(await refusal(() => epochs.found(ROOM, group))).toBe('unexpected')
  expect(await refusal(() => epochs.encrypt(ROOM, ROOT, Uint8Array.of(1)))).toBe('unexpected')
  epochs.forget(unwrap(tokens[0]))
  expect(await refusal(() => epochs.encrypt(ROOM, ROOT, Uint8Array.of(1)))).toBe('resolved')
})

test("a child epoch holds nothing of its parent's ratchets, and no state holds the signature key", async () => {
  const [ann, bob] = [await engineForTests(), await engineForTests()]
  const own = await bob.engine.createKeyPackage(bob.identity, NOW)
  const root = await ann.engine.createGroup(groupIdOf(ROOM), ann.identity, NOW)
  const first = await ann.engine.createCommit(root, { addKeyPackages: [own.keyPackage], removeLeaves: [] })
  const joined = await bob.engine.join(groupIdOf(ROOM), unwrap(first.welcome), own.keyPackage, own.privateKeys)
  const second = await ann.engine.createCommit(first.group, { addKeyPackages: [], removeLeaves: [] })
  const processed = await bob.engine.processCommit(joined, second.commit)
  for (const [who, group] of [
    [ann, first.group],
    [ann, second.group],
    [bob, joined],
    [bob, processed],
  ] as const) {
    const state = stateOf(who.engine.decodeGroup(who.engine.encodeGroup(group)))
    expect(state.historicalReceiverData.size).toBe(0)
    expect(state.signaturePrivateKey).toEqual(who.device.publicKey)
    // One ratchet a leaf, for its messages; none for what is never sent.
    const ratchets = state.secretTree.flatMap(({ application, handshake }) => [application.secret.length, handshake.secret.length])
    expect(ratchets).toEqual(state.secretTree.flatMap((_, index) => [index % 2 === 0 ? 32 : 0, 0]))
  }
})
