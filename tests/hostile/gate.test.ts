/**
 * The gate in front of ts-mls: whatever a peer sends, the answer is a typed code, soon, and no state has
 * moved. This is about what outsiders can alter; gate-insider.test.ts is about members who mean ill.
 */
import { decodeMlsMessage } from 'ts-mls/message.js'
import { beforeAll, expect, test } from 'vitest'
import { LIMITS } from '#contracts/limits.ts'
import type { Group } from '../../remotes/cryptography/core/mls.ts'
import type { Bytes } from '../../remotes/cryptography/core/primitives.ts'
import { GATE_CODES, type Outcome, outcome, SLOW_MS, timed, unwrap } from '../support/hostile.ts'
import { type EngineForTests, engineForTests, NOW } from '../support/mls.ts'
import { generator, mutate } from '../support/mutator.ts'

const GROUP = new Uint8Array(16).fill(0xab)
type Kind = 'keyPackage' | 'welcome' | 'commit' | 'message'
interface World {
  readonly cat: EngineForTests
  /** Cat's view: before the commit, and with the message still to read. */
  readonly group: Group
  readonly ownKeyPackage: { readonly keyPackage: Bytes; readonly privateKeys: Bytes }
  readonly messages: Readonly<Record<Kind, Bytes>>
}

async function makeWorld(): Promise<World> {
  const [ann, bob, cat, dan] = await Promise.all([engineForTests(), engineForTests(), engineForTests(), engineForTests()])
  const [forBob, forCat, forDan] = await Promise.all([bob, cat, dan].map(({ engine, identity }) => engine.createKeyPackage(identity, NOW)))
  const root = await ann.engine.createGroup(GROUP, ann.identity, NOW)
  const add = (parent: Group, { keyPackage }: { readonly keyPackage: Bytes }, removeLeaves: number[] = []) =>
    ann.engine.createCommit(parent, { addKeyPackages: [keyPackage], removeLeaves })
  const first = await add(root, unwrap(forBob))
  // A Welcome for cat alone: what it holds for others, one joiner can't vouch for.
  const second = await add(first.group, unwrap(forCat))
  const third = await add(second.group, unwrap(forDan), [1])
  const { keyPackage, privateKeys } = unwrap(forCat)
  const group = await cat.engine.join(GROUP, unwrap(second.welcome), keyPackage, privateKeys)
  const { message } = await ann.engine.encrypt(second.group, new TextEncoder().encode('a message'))
  const messages = { keyPackage: unwrap(forDan).keyPackage, welcome: unwrap(second.welcome), commit: third.commit, message }
  return { cat, group, ownKeyPackage: unwrap(forCat), messages }
}

let world: World
beforeAll(async () => {
  world = await makeWorld()
})

/** What cat's engine makes of some bytes. */
const feed: Readonly<Record<Kind, (bytes: Uint8Array) => Promise<unknown>>> = {
  keyPackage: (bytes) => world.cat.engine.inspectKeyPackage(bytes, NOW),
  welcome: (bytes) => world.cat.engine.join(GROUP, bytes, world.ownKeyPackage.keyPackage, world.ownKeyPackage.privateKeys),
  commit: async (bytes) => {
    world.cat.engine.inspectCommit(bytes)
    return world.cat.engine.processCommit(world.group, bytes)
  },
  message: (bytes) => world.cat.engine.decrypt(world.group, bytes),
}
const KINDS = Object.keys(feed) as Kind[]

async function expectRefused(kind: Kind, bytes: Uint8Array, codes: readonly Outcome[]): Promise<void> {
  const { code, tookMs } = await timed(() => feed[kind](bytes))
  expect(codes, kind).toContain(code)
  expect(tookMs).toBeLessThan(SLOW_MS)
}

test('untouched, every message passes', async () => {
  for (const kind of KINDS) expect(await outcome(() => feed[kind](world.messages[kind])), kind).toBe('accepted')
})

test('trailing bytes are refused', async () => {
  for (const kind of KINDS) {
    for (const tail of [Uint8Array.of(0), new Uint8Array(100)]) {
      await expectRefused(kind, Uint8Array.from([...world.messages[kind], ...tail]), ['malformed'])
    }
  }
})

test('a length that is not minimal is refused, at every place', async () => {
  /** The same message with the one-byte length at `at` written in two bytes. */
  const stretch = (bytes: Uint8Array, at: number): Uint8Array => Uint8Array.from([...bytes.subarray(0, at), 0x40, ...bytes.subarray(at)])
  const { keyPackage } = world.messages
  // init key, leaf: encryption key and signature key, all opaque<V> of 32 bytes
  const places = [8, 41, 74].filter((at) => keyPackage[at] === 32)
  expect(places).toEqual([8, 41, 74])
  for (const at of places) await expectRefused('keyPackage', stretch(keyPackage, at), ['malformed'])
  // The library alone takes it: this is what the gate is for.
  expect(decodeMlsMessage(stretch(keyPackage, 8), 0)?.[0].wireformat).toBe('mls_key_package')
  for (const kind of KINDS) {
    const bytes = world.messages[kind]
    const lengths = [...bytes.keys()].filter((at) => at > 3 && [16, 28, 32].includes(unwrap(bytes[at])))
    expect(lengths.length).toBeGreaterThan(0)
    for (const at of lengths.slice(0, 20)) expect(await outcome(() => feed[kind](stretch(bytes, at))), `${kind} ${at}`).not.toBe('accepted')
  }
})

const concat = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => Uint8Array.from(parts.flatMap((part) => [...part]))

/** opaque<V>: the length in front. */
function prefixed(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  if (length < 0x40) return concat(Uint8Array.of(length), bytes)
  if (length < 0x4000) return concat(Uint8Array.of(0x40 | (length >> 8), length & 255), bytes)
  return concat(Uint8Array.of(0x80, (length >> 16) & 255, (length >> 8) & 255, length & 255), bytes)
}

/** Capabilities as every leaf of ours has them: one version, one suite, no extensions, no proposals, basic. */
const CAPABILITIES = Uint8Array.of(2, 0, 1, 2, 0, 1, 0, 0, 2, 0, 1)

/** A KeyPackage, whole but for its signature, whose leaf lists `count` suites. */
function withSuites(count: number): Uint8Array {
  const bytes = world.messages.keyPackage
  const at = Buffer.from(bytes).indexOf(CAPABILITIES)
  expect(at).toBeGreaterThan(0)
  const suites = prefixed(Uint8Array.from({ length: 2 * count }, (_, i) => i % 2))
  return concat(bytes.subarray(0, at + 3), suites, bytes.subarray(at + 6))
}

test('a KeyPackage with one huge suite list is refused at once, at 64 KiB and just under the cap', async () => {
  const huge = withSuites(32 * 1024)
  expect(huge.length).toBeGreaterThan(64 * 1024)
  await expectRefused('keyPackage', huge, ['too-large'])
  const small = withSuites(Math.floor((LIMITS.keyPackageBytes.classic - world.messages.keyPackage.length) / 2) - 8)
  expect(small.length).toBeLessThanOrEqual(LIMITS.keyPackageBytes.classic)
  await expectRefused('keyPackage', small, ['malformed'])
  await expectRefused('keyPackage', withSuites(64), ['bad-signature'])
})

test('the same list inside a commit, whose cap is larger, is refused as fast', async () => {
  // header, group id, epoch, sender member 0, no authenticated data, a commit; then one Add by value and no path
  const head = world.messages.commit.subarray(0, 4 + 17 + 8 + 5 + 1 + 1)
  expect([...head.subarray(-7)]).toEqual([1, 0, 0, 0, 0, 0, 3])
  const add = concat(Uint8Array.of(1, 0, 1), withSuites(32 * 1024).subarray(4))
  const bytes = concat(
    head,
    prefixed(add),
    Uint8Array.of(0),
    prefixed(new Uint8Array(64)),
    prefixed(new Uint8Array(32)),
    prefixed(new Uint8Array(32)),
  )
  expect(bytes.length).toBeGreaterThan(64 * 1024)
  expect(bytes.length).toBeLessThan(LIMITS.commitBytes.classic)
  await expectRefused('commit', bytes, ['malformed'])
  // The same with a list of a size that is allowed has the right shape: it lacks a path, and is asked for one.
  const allowed = concat(Uint8Array.of(1, 0, 1), withSuites(64).subarray(4))
  const fine = concat(
    head,
    prefixed(allowed),
    Uint8Array.of(0),
    prefixed(new Uint8Array(64)),
    prefixed(new Uint8Array(32)),
    prefixed(new Uint8Array(32)),
  )
  await expectRefused('commit', fine, ['unexpected'])
})

test('30,000 seeded mutations: typed errors only, none slow, no state touched', { timeout: 240_000 }, async () => {
  const others = KINDS.map((kind) => world.messages[kind])
  const before = world.cat.engine.encodeGroup(world.group)
  const seen = new Map<string, number>()
  const slow: string[] = []
  for (let seed = 0; seed < 30_000; seed++) {
    const kind = unwrap(KINDS[seed % KINDS.length])
    const bytes = mutate(world.messages[kind], others, seed)
    const { code, tookMs } = await timed(() => feed[kind](bytes))
    if (tookMs > SLOW_MS) slow.push(`${kind} seed ${seed}: ${tookMs} ms`)
    seen.set(`${kind} ${code}`, (seen.get(`${kind} ${code}`) ?? 0) + 1)
    if (Buffer.compare(world.cat.engine.encodeGroup(world.group), before) !== 0) throw new Error(`seed ${seed} changed the state`)
  }
  expect(slow).toEqual([])
  const codes = new Set([...seen.keys()].map((key) => key.slice(key.indexOf(' ') + 1)))
  expect([...codes].filter((code) => !GATE_CODES.includes(code))).toEqual([])
  // The mutations reached every layer, not the first check alone.
  for (const reached of ['keyPackage bad-signature', 'welcome cannot-decrypt', 'commit bad-signature', 'message cannot-decrypt']) {
    expect(seen.get(reached) ?? 0, reached).toBeGreaterThan(100)
  }
  // And afterwards everything still works.
  for (const kind of KINDS) expect(await outcome(() => feed[kind](world.messages[kind])), kind).toBe('accepted')
})

test('the gate counts in linear time', async () => {
  const below = generator(7)
  const noise = Uint8Array.from({ length: 250_000 }, () => below(256))
  for (const kind of KINDS) {
    for (let i = 0; i < 50; i++) {
      const bytes = noise.slice()
      bytes.set(world.messages[kind].subarray(0, 4 + below(100)))
      await expectRefused(kind, bytes, ['malformed', 'too-large', 'unexpected', 'wrong-suite'])
    }
  }
})
