/**
 * The gate against members who mean ill: what they encrypt is malformed inside, what they commit is nothing
 * that Sotto speaks, whom they bring in is not who the certificate says.
 */
import { joinGroup } from 'ts-mls/clientState.js'
import { createCommit } from 'ts-mls/createCommit.js'
import { createApplicationMessage, createProposal } from 'ts-mls/createMessage.js'
import { signKeyPackage } from 'ts-mls/keyPackage.js'
import type { Proposal } from 'ts-mls/proposal.js'
import { emptyPskIndex } from 'ts-mls/pskIndex.js'
import { expect, test } from 'vitest'
import type { Group } from '../../remotes/cryptography/core/mls.ts'
import { GATE_CODES, outcome, SLOW_MS, timed, unwrap } from '../support/hostile.ts'
import { addOf, encoded, GROUP, type Insider, insider, keyPackageOf } from '../support/mls-insider.ts'
import { type EngineForTests, engineForTests, NOW, suiteForTests } from '../support/mls.ts'
import { mutate } from '../support/mutator.ts'

const COMMIT = { wireAsPublicMessage: true, ratchetTreeExtension: true, forcePath: true }

/** A Welcome of the insider's for some KeyPackages. */
async function welcomeFor({ state, suite }: Insider, keyPackages: readonly Uint8Array[]) {
  const { welcome, newState } = await createCommit({ state, cipherSuite: suite }, { ...COMMIT, extraProposals: keyPackages.map(addOf) })
  return { newState, bytes: encoded({ version: 'mls10', wireformat: 'mls_welcome', welcome: unwrap(welcome) }) }
}

/** The insider's room, with an honest member in it. */
async function room() {
  const bad = await insider()
  const cat = await engineForTests()
  const own = await cat.engine.createKeyPackage(cat.identity, NOW)
  const { newState, bytes } = await welcomeFor(bad, [own.keyPackage])
  const group = await cat.engine.join(GROUP, bytes, own.keyPackage, own.privateKeys)
  return { bad, cat, own, group, state: newState }
}

test('a malformed GroupInfo is refused before it is decoded', { timeout: 120_000 }, async () => {
  const bad = await insider()
  const cat = await engineForTests()
  const own = await cat.engine.createKeyPackage(cat.identity, NOW)
  const welcomeWith = async (how: (plaintext: Uint8Array) => Uint8Array) =>
    (await bad.damaging(how, () => welcomeFor(bad, [own.keyPackage]))).bytes
  const join = (welcome: Uint8Array) => cat.engine.join(GROUP, welcome, own.keyPackage, own.privateKeys)
  expect(await outcome(async () => join(await welcomeWith((plaintext) => plaintext)))).toBe('accepted')
  const trailing = await welcomeWith((plaintext) => Uint8Array.from([...plaintext, 0]))
  expect(await outcome(() => join(trailing))).toBe('malformed')
  // The library alone takes it: this is what the walk is for.
  const keys = {
    initPrivateKey: own.privateKeys.slice(0, 32),
    hpkePrivateKey: own.privateKeys.slice(32),
    signaturePrivateKey: cat.device.publicKey,
  }
  const suite = suiteForTests(cat.device)
  const { welcome } = await bad.damaging(
    (plaintext) => Uint8Array.from([...plaintext, 0]),
    () => createCommit({ state: bad.state, cipherSuite: bad.suite }, { ...COMMIT, extraProposals: [addOf(own.keyPackage)] }),
  )
  const joined = await joinGroup(
    unwrap(welcome),
    addOf(own.keyPackage).add.keyPackage,
    keys,
    emptyPskIndex,
    suite,
    undefined,
    undefined,
    bad.state.clientConfig,
  )
  expect(joined.groupContext.epoch).toBe(1n)

  const codes = new Set<string>()
  for (let seed = 0; seed < 400; seed++) {
    const bytes = await welcomeWith((plaintext) => mutate(plaintext, [own.keyPackage], seed))
    const { code, tookMs } = await timed(() => join(bytes))
    expect(tookMs, `seed ${seed}`).toBeLessThan(SLOW_MS)
    codes.add(code)
  }
  expect([...codes].filter((code) => !GATE_CODES.includes(code))).toEqual([])
})

test('a malformed content is refused before it is decoded, and moves nothing', { timeout: 60_000 }, async () => {
  const { bad, cat, group, state } = await room()
  /** Damages what is longer than the sender data. */
  const say = async (how: (plaintext: Uint8Array) => Uint8Array): Promise<Uint8Array> => {
    const damage = (plaintext: Uint8Array) => (plaintext.length > 12 ? how(plaintext) : plaintext)
    const { privateMessage } = await bad.damaging(damage, () => createApplicationMessage(state, new Uint8Array(100), bad.suite))
    return encoded({ version: 'mls10', wireformat: 'mls_private_message', privateMessage })
  }
  const hear = (message: Uint8Array) => outcome(() => cat.engine.decrypt(group, message))
  expect(await hear(await say((plaintext) => plaintext))).toBe('accepted')
  // Padding that is not zero, and a length of 100 in four bytes instead of two.
  expect(await hear(await say((plaintext) => Uint8Array.from([...plaintext.subarray(0, -1), 1])))).toBe('malformed')
  expect(await hear(await say((plaintext) => Uint8Array.from([0x80, 0, 0, ...plaintext.subarray(1)])))).toBe('malformed')
  const before = cat.engine.encodeGroup(group)
  for (let seed = 0; seed < 1000; seed++) {
    const code = await hear(await say((plaintext) => mutate(plaintext, [plaintext], seed)))
    expect([...GATE_CODES, 'accepted'], `seed ${seed}`).toContain(code)
  }
  expect(cat.engine.encodeGroup(group)).toEqual(before)
})

test('a sender data that points nowhere, far ahead or at ourselves is refused', async () => {
  const { bad, cat, group, state } = await room()
  const saying = async (leaf: number, generation: number): Promise<Uint8Array> => {
    const damage = (plaintext: Uint8Array) => {
      if (plaintext.length !== 12) return plaintext
      const forged = plaintext.slice()
      new DataView(forged.buffer).setUint32(0, leaf)
      new DataView(forged.buffer).setUint32(4, generation)
      return forged
    }
    const { privateMessage } = await bad.damaging(damage, () => createApplicationMessage(state, new Uint8Array(9), bad.suite))
    return encoded({ version: 'mls10', wireformat: 'mls_private_message', privateMessage })
  }
  const before = cat.engine.encodeGroup(group)
  for (const [leaf, generation, code] of [
    [0, 0, 'accepted'],
    [7, 0, 'unexpected'],
    [2 ** 32 - 1, 0, 'unexpected'],
    [1, 0, 'unexpected'],
    [0, 600, 'cannot-decrypt'],
    [0, 2 ** 32 - 1, 'cannot-decrypt'],
    [0, 3, 'cannot-decrypt'],
  ] as const) {
    const { code: found, tookMs } = await timed(async () => cat.engine.decrypt(group, await saying(leaf, generation)))
    expect(found, `leaf ${leaf}, generation ${generation}`).toBe(code)
    expect(tookMs).toBeLessThan(SLOW_MS)
  }
  expect(cat.engine.encodeGroup(group)).toEqual(before)
})

test('commits that Sotto does not speak are refused: no path, references, PSK, ReInit, extensions, own inventions', async () => {
  const { bad, cat, group, state } = await room()
  const commit = async (proposals: readonly Proposal[], forcePath = true, from = state): Promise<Uint8Array> => {
    const options = { ...COMMIT, forcePath, extraProposals: [...proposals] }
    const { commit: message } = await createCommit(
      { state: from, cipherSuite: bad.suite, pskIndex: { findPsk: () => new Uint8Array(32) } },
      options,
    )
    return encoded(message)
  }
  const take = (message: Uint8Array) => outcome(() => cat.engine.processCommit(group, message))
  const newcomer = addOf((await keyPackageOf(await engineForTests())).bytes)
  expect(await take(await commit([newcomer]))).toBe('accepted')
  expect(await take(await commit([newcomer], false))).toBe('unexpected')

  const suite = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'
  const preSharedKeyId = { psktype: 'external' as const, pskId: new Uint8Array(4), pskNonce: new Uint8Array(32) }
  const foreign: readonly Proposal[] = [
    { proposalType: 'group_context_extensions', groupContextExtensions: { extensions: [] } },
    { proposalType: 'reinit', reinit: { groupId: GROUP, version: 'mls10', cipherSuite: suite, extensions: [] } },
    { proposalType: 'psk', psk: { preSharedKeyId } },
    { proposalType: 0xf0f0, proposalData: new Uint8Array(4) },
  ]
  for (const proposal of foreign) expect(await take(await commit([proposal])), String(proposal.proposalType)).toBe('unexpected')

  const proposed = await createProposal(state, true, newcomer, bad.suite)
  expect(await take(await commit([], true, proposed.newState))).toBe('unexpected')
  expect(await take(encoded(proposed.message))).toBe('unexpected')
})

test('whom a commit brings in must be who the certificate says', async () => {
  const { bad, cat, group, state } = await room()
  const [thief, victim] = [await engineForTests(), await engineForTests()]
  const stolen = await keyPackageOf(thief, { identity: victim.identity })
  expect(await outcome(() => cat.engine.inspectKeyPackage(stolen.bytes, NOW))).toBe('bad-certificate')
  const noChain = await keyPackageOf(thief, { identity: new Uint8Array(20) })
  expect(await outcome(() => cat.engine.inspectKeyPackage(noChain.bytes, NOW))).toBe('bad-certificate')
  const { keyPackage } = await keyPackageOf(thief)
  const twin = await signKeyPackage(
    { ...keyPackage, initKey: keyPackage.leafNode.hpkePublicKey },
    thief.device.publicKey,
    suiteForTests(thief.device).signature,
  )
  const twinBytes = encoded({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: twin })
  expect(await outcome(() => cat.engine.inspectKeyPackage(twinBytes, NOW))).toBe('malformed')
  const eternal = await keyPackageOf(thief, { lifeS: 10n ** 9n })
  expect(await outcome(() => cat.engine.inspectKeyPackage(eternal.bytes, NOW))).toBe('malformed')

  for (const { bytes } of [stolen, noChain]) {
    const { commit } = await createCommit({ state, cipherSuite: bad.suite }, { ...COMMIT, extraProposals: [addOf(bytes)] })
    expect(await outcome(() => cat.engine.processCommit(group, encoded(commit)))).toBe('bad-certificate')
  }
})

test('nobody joins a room whose tree holds a leaf that is not certified', async () => {
  const cat = await engineForTests()
  const own = await cat.engine.createKeyPackage(cat.identity, NOW)
  const attempt = (who: EngineForTests, welcome: Uint8Array): Promise<Group> =>
    who.engine.join(GROUP, welcome, own.keyPackage, own.privateKeys)
  const victim = await engineForTests()
  const impostor = await welcomeFor(await insider(victim.identity), [own.keyPackage])
  expect(await outcome(() => attempt(cat, impostor.bytes))).toBe('bad-certificate')

  const thief = await keyPackageOf(await engineForTests(), { identity: victim.identity })
  const together = await welcomeFor(await insider(), [thief.bytes, own.keyPackage])
  expect(await outcome(() => attempt(cat, together.bytes))).toBe('bad-certificate')
})
