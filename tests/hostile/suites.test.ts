/**
 * No downgrade: what is of another suite than the room, or says less of itself than the suite asks, is refused with a
 * code, by the engine and by the port, and moves nothing. Proposals that would change a group's extensions, or its
 * suite by ReInit, are refused in gate-insider.test.ts.
 */
import { generateKeyPackageWithKey } from 'ts-mls/keyPackage.js'
import { encodeMlsMessage } from 'ts-mls/message.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { type EpochId, idOf, type RoomId, toHex } from '#contracts/ids.ts'
import { encode } from '#contracts/wire/codec.ts'
import { type EntryTbs, entryCodec, entryTbsCodec, NO_EPOCH, type Op, PROFILES, type Profile, roomIdOf } from '#contracts/wire/entry.ts'
import type { Group } from '../../remotes/cryptography/core/mls.ts'
import type { Bytes } from '../../remotes/cryptography/core/primitives.ts'
import { SUITES } from '../../remotes/cryptography/core/gate/suites.ts'
import { MemoryStore } from '../../remotes/p2p/adapters/memory.ts'
import { judged } from '../../remotes/p2p/core/groups/entries.ts'
import { Vault } from '../../remotes/p2p/core/storage/vault.ts'
import { Suspects } from '../../remotes/p2p/core/suspects.ts'
import { Moves, type Tools } from '../../remotes/p2p/core/tools.ts'
import { createCryptographyForTests } from '../support/cryptography.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { GATE_CODES, outcome, unwrap } from '../support/hostile.ts'
import { type EngineForTests, engineForTests, NOW, suiteForTests } from '../support/mls.ts'

const GROUP = new Uint8Array(16).fill(0xab)

interface World {
  /** Is in the room. */
  readonly cat: EngineForTests
  readonly group: Group
  readonly own: { readonly keyPackage: Bytes; readonly privateKeys: Bytes }
  /** What peers made. */
  readonly keyPackage: Bytes
  readonly welcome: Bytes
  readonly commit: Bytes
  readonly message: Bytes
  readonly groupInfo: Bytes
  readonly tag: Uint8Array
}

async function worldOf(profile: Profile): Promise<World> {
  const [ann, cat, dan] = await Promise.all([engineForTests(profile), engineForTests(profile), engineForTests(profile)])
  const [own, forDan] = await Promise.all([cat, dan].map(({ engine, identity }) => engine.createKeyPackage(identity, NOW)))
  const root = await ann.engine.createGroup(GROUP, ann.identity, NOW)
  const first = await ann.engine.createCommit(root, { addKeyPackages: [unwrap(own).keyPackage], removeLeaves: [] })
  const { keyPackage, privateKeys } = unwrap(own)
  const group = await cat.engine.join(GROUP, unwrap(first.welcome), keyPackage, privateKeys)
  const next = await ann.engine.createCommit(first.group, { addKeyPackages: [unwrap(forDan).keyPackage], removeLeaves: [] })
  const { message } = await ann.engine.encrypt(first.group, new TextEncoder().encode('a message'))
  return {
    cat,
    group,
    own: unwrap(own),
    keyPackage: unwrap(forDan).keyPackage,
    welcome: unwrap(first.welcome),
    commit: next.commit,
    message,
    groupInfo: await ann.engine.exportGroupInfo(first.group),
    tag: ann.engine.factsOf(first.group).confirmationTag.slice(),
  }
}

let worlds: Readonly<Record<Profile, World>>
beforeAll(async () => {
  const [classic, hybrid, nist] = await Promise.all([worldOf('classic'), worldOf('hybrid'), worldOf('nist')])
  worlds = { classic, hybrid, nist }
})

const others = PROFILES.flatMap((room) => PROFILES.filter((theirs) => theirs !== room).map((theirs) => ({ room, theirs })))

describe.each(others)('in a room of $room, what is of $theirs', ({ room, theirs }) => {
  test('a KeyPackage, and a commit that adds by it, are of the wrong suite', async () => {
    const { cat, group } = worlds[room]
    const { keyPackage, commit } = worlds[theirs]
    const before = cat.engine.encodeGroup(group)
    expect(await outcome(() => cat.engine.inspectKeyPackage(keyPackage, NOW))).toBe('wrong-suite')
    const change = { addKeyPackages: [keyPackage], removeLeaves: [] }
    expect(await outcome(() => cat.engine.createCommit(group, change))).toBe('wrong-suite')
    expect(await outcome(async () => cat.engine.inspectCommit(commit))).toBe('wrong-suite')
    expect(await outcome(() => cat.engine.processCommit(group, commit))).toBe('wrong-suite')
    expect(cat.engine.encodeGroup(group)).toEqual(before)
  })

  test('a Welcome and a GroupInfo are of the wrong suite', async () => {
    const { cat, own } = worlds[room]
    const { welcome, groupInfo, tag, own: theirOwn } = worlds[theirs]
    expect(await outcome(() => cat.engine.join(GROUP, welcome, own.keyPackage, own.privateKeys))).toBe('wrong-suite')
    expect(await outcome(() => cat.engine.join(GROUP, welcome, theirOwn.keyPackage, theirOwn.privateKeys))).toBe('wrong-suite')
    const epoch = { groupId: GROUP, groupInfo, confirmationTag: tag }
    expect(await outcome(() => cat.engine.externalCommit(cat.identity, epoch, NOW))).toBe('wrong-suite')
  })

  test('a message does not open', async () => {
    const { cat, group } = worlds[room]
    const before = cat.engine.encodeGroup(group)
    expect(GATE_CODES).toContain(await outcome(() => cat.engine.decrypt(group, worlds[theirs].message)))
    expect(cat.engine.encodeGroup(group)).toEqual(before)
  })

  test('the port refuses it by the profile that the room has', async () => {
    const cryptography = createCryptographyForTests()
    await cryptography.createIdentity({ deviceName: 'd', nowMs: NOW })
    const id = idOf<RoomId>(GROUP)
    const epoch = idOf<EpochId>(new Uint8Array(32).fill(1))
    const { token } = await cryptography.createGroup(id, epoch, room, NOW)
    await cryptography.adopt(token)
    const { keyPackage, commit, welcome, groupInfo, tag } = worlds[theirs]
    const change = { addKeyPackages: [keyPackage], removeDevices: [], nowMs: NOW }
    expect(await outcome(() => cryptography.createCommit(id, epoch, change))).toBe('wrong-suite')
    expect(await outcome(() => cryptography.refound(id, room, [keyPackage], NOW))).toBe('wrong-suite')
    expect(await outcome(() => cryptography.inspectCommit(commit, room))).toBe('wrong-suite')
    const own = await cryptography.createKeyPackage(room, NOW)
    const joining = { room: id, profile: room, welcome, keyPackage: own.keyPackage, sealedKeyPackage: own.sealed, nowMs: NOW }
    expect(await outcome(() => cryptography.join(joining))).toBe('wrong-suite')
    // with a KeyPackage of the Welcome's suite too: the room has its own
    const another = await cryptography.createKeyPackage(theirs, NOW)
    const astray = { ...joining, keyPackage: another.keyPackage, sealedKeyPackage: another.sealed }
    expect(await outcome(() => cryptography.join(astray))).toBe('wrong-suite')
    const external = { room: id, profile: room, groupInfo, confirmationTag: tag, nowMs: NOW }
    expect(await outcome(() => cryptography.externalCommit(external))).toBe('wrong-suite')
  })
})

test('a room whose founder chose another suite than the invite said is not let in', async () => {
  const env = new FakeClock('suites').env('all')
  const cryptography = createCryptographyForTests()
  const { identity } = await cryptography.createIdentity({ deviceName: 'd', nowMs: env.nowMs() })
  const vault = new Vault(new MemoryStore(), cryptography)
  const tools: Tools = { cryptography, env, vault, moves: new Moves(), suspects: new Suspects(env.sha256) }
  const { device: author, user, chain, record } = identity
  const [nonce, shape] = [env.random(16), 'group'] as const
  const room = roomIdOf({ author, nonce, profile: 'classic', shape }, env.sha256)
  const op: Op = { kind: 'create', nonce, profile: 'classic', shape, user, chain, record, name: 'Ada' }
  const tbs: EntryTbs = { v: 1, room, author, seq: 0, prev: null, deps: [], vote: NO_EPOCH, body: { kind: 'op', op } }
  const first = encode(entryCodec, { tbs, signature: await cryptography.sign('entry', encode(entryTbsCodec, tbs)) })
  const taken = async (profile: Profile) => {
    const judge = { room, profile, two: null, knows: () => false, inviteSecret: () => null }
    return (await judged(tools, judge, [first])).length
  }
  expect(await taken('classic')).toBe(1)
  for (const profile of ['hybrid', 'nist'] as const) expect(await taken(profile)).toBe(0)
})

test('a profile that is none is refused by name', async () => {
  const cryptography = createCryptographyForTests()
  await cryptography.createIdentity({ deviceName: 'd', nowMs: NOW })
  for (const name of ['none', 'constructor', '']) {
    expect(await outcome(() => cryptography.createKeyPackage(name as Profile, NOW))).toBe('wrong-suite')
    expect(await outcome(() => cryptography.inspectCommit(worlds.classic.commit, name as Profile))).toBe('wrong-suite')
  }
})

test('a KeyPackage whose leaf does not say that it speaks the suite is refused', async () => {
  const { cat } = worlds.classic
  const who = await engineForTests()
  const suite = suiteForTests(who.device)
  const { publicKey } = who.device
  const made = async (ciphersuites: (typeof suite.name)[]) => {
    const { publicPackage } = await generateKeyPackageWithKey(
      { credentialType: 'basic', identity: who.identity },
      { versions: ['mls10'], ciphersuites, extensions: [], proposals: [], credentials: ['basic'] },
      { notBefore: BigInt(NOW / 1000) - 10n, notAfter: BigInt(NOW / 1000) + 1000n },
      [],
      { signKey: publicKey, publicKey },
      suite,
    )
    return encodeMlsMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: publicPackage })
  }
  const inspect = async (bytes: Uint8Array) => outcome(() => cat.engine.inspectKeyPackage(bytes, NOW))
  expect(await inspect(await made([suite.name]))).toBe('accepted')
  expect(await inspect(await made(['MLS_256_XWING_AES256GCM_SHA512_Ed25519']))).toBe('wrong-suite')
  expect(await inspect(await made([]))).toBe('wrong-suite')
})

test('a stored state of a suite that is none of ours is not opened', async () => {
  const { cat, group } = worlds.classic
  const state = cat.engine.encodeGroup(group)
  // the group context: version 1, suite 1, and the group's id
  const at = Buffer.from(state).indexOf(Uint8Array.of(0, 1, 0, 1, 16, ...GROUP))
  expect(at).toBeGreaterThan(0)
  const foreign = state.slice()
  foreign[at + 3] = 3
  expect(await outcome(async () => cat.engine.decodeGroup(foreign))).toBe('malformed')
  expect(await outcome(async () => cat.engine.decodeGroup(state))).toBe('accepted')
})

test('keys that nothing can be sealed to are refused at the gate, in each suite', async () => {
  for (const profile of PROFILES) {
    const { cat, keyPackage } = worlds[profile]
    const { publicBytes, isSound } = SUITES[profile]
    // MLSMessage, version and suite, then the init key behind its length
    const start = 8 + (publicBytes < 64 ? 1 : 2)
    const key = keyPackage.slice(start, start + publicBytes)
    expect(isSound(key), toHex(key).slice(0, 16)).toBe(true)
    for (const wrong of [
      new Uint8Array(publicBytes),
      new Uint8Array(publicBytes).fill(0xff),
      key.map((byte, at) => (at === 5 ? byte ^ 1 : byte)),
    ]) {
      // of an X25519 key any bit may be another: there the point stays one that keeps a secret
      if (isSound(wrong)) continue
      const altered = keyPackage.slice()
      altered.set(wrong, start)
      expect(await outcome(() => cat.engine.inspectKeyPackage(altered, NOW)), profile).toBe('malformed')
    }
    expect(isSound(new Uint8Array(publicBytes))).toBe(false)
  }
})

test('in nist a leaf is of the device whose key signed for its own, and of no other', async () => {
  const { cat } = worlds.nist
  const [bob, eve] = [await engineForTests('nist'), await engineForTests('nist')]
  // Eve's leaf, with her own P-384 key, in Bob's name.
  const { keyPackage } = await eve.engine.createKeyPackage(bob.identity, NOW)
  expect(await outcome(() => cat.engine.inspectKeyPackage(keyPackage, NOW))).toBe('bad-certificate')
  const plain = await engineForTests('classic')
  const { keyPackage: unbound } = await eve.engine.createKeyPackage(plain.identity, NOW).catch(() => ({ keyPackage: new Uint8Array() }))
  expect(await outcome(() => cat.engine.inspectKeyPackage(unbound, NOW))).not.toBe('accepted')
})
