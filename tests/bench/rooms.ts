/**
 * What a room costs by the number of its devices: our cryptography core in Node, and next to it, sample by sample
 * in the same run, ts-mls as it is installed (with our patch, which makes it faster too) called directly, with its own
 * provider and believing everything. Ours does more: the gate, certificates, a sealed state at each step.
 */
import { loadavg } from 'node:os'
import { type ClientState, createGroup, joinGroup } from 'ts-mls/clientState.js'
import { createCommit, createGroupInfoWithExternalPubAndRatchetTree, joinGroupExternal } from 'ts-mls/createCommit.js'
import { createApplicationMessage } from 'ts-mls/createMessage.js'
import { type CiphersuiteImpl, getCiphersuiteFromName } from 'ts-mls/crypto/ciphersuite.js'
import { getCiphersuiteImpl } from 'ts-mls/crypto/getCiphersuiteImpl.js'
import { generateKeyPackage, type KeyPackage, type PrivateKeyPackage } from 'ts-mls/keyPackage.js'
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from 'ts-mls/message.js'
import { processPrivateMessage, processPublicMessage } from 'ts-mls/processMessages.js'
import { emptyPskIndex } from 'ts-mls/pskIndex.js'
import type { Cryptography, KeyPackageMade } from '#contracts/cryptography.ts'
import { type EpochId, idOf, type RoomId } from '#contracts/ids.ts'
import { createCryptographyForTests } from '../support/cryptography.ts'
import { type Bench, bytes, type Figure, figure, ratio } from './report.ts'

const SIZES = [2, 10, 50, 100, 256]
/** Of what is slow, and of what is quick. */
const FEW = 3
const ROUNDS = 8
const MESSAGES = 20
const TEXT = new TextEncoder().encode('a message of a usual length, as people write them')
const NOW = Date.now()

/** A room as one of the two runs it. Members are numbered by their leaf; those of `active` follow every commit. */
interface Room {
  /** One commit of member 0 that adds everybody else, on the group of one; the last one counts. */
  addAll(): Promise<void>
  join(member: number): Promise<void>
  commit(member: number): Promise<Uint8Array>
  process(member: number, commit: Uint8Array): Promise<void>
  groupInfo(): Promise<Uint8Array>
  /** Comes back by external commit; that leads nowhere. */
  rejoin(member: number, groupInfo: Uint8Array): Promise<Uint8Array>
  /** Follows an external commit, and forgets it. */
  followRejoin(member: number, commit: Uint8Array): Promise<void>
  encrypt(member: number): Promise<Uint8Array>
  decrypt(member: number, message: Uint8Array): Promise<void>
  /** Bytes by what they are. */
  readonly sizes: Map<string, number>
}

/** The first, the second, the middle and the last. */
const activeOf = (count: number): readonly number[] => [...new Set([0, 1, count >> 1, count - 1])]

const unwrap = <T>(value: T | null | undefined): T => {
  if (value === null || value === undefined) throw new Error('nothing there')
  return value
}

async function ours(count: number): Promise<Room> {
  const room = idOf<RoomId>(new Uint8Array(16).fill(0xab))
  const epochId = (n: number): EpochId => idOf<EpochId>(new Uint8Array(32).map((_, i) => (i === 0 ? n : 7)))
  const sizes = new Map<string, number>()
  const members: { readonly cryptography: Cryptography; readonly own: KeyPackageMade | null; epoch: number }[] = []
  for (let i = 0; i < count; i++) {
    const cryptography = createCryptographyForTests()
    await cryptography.createIdentity({ deviceName: 'Firefox on Linux', nowMs: NOW })
    members.push({ cryptography, own: i === 0 ? null : await cryptography.createKeyPackage('classic', NOW), epoch: 1 })
  }
  const at = (member: number) => unwrap(members[member])
  const keyPackages = members.flatMap(({ own }) => (own === null ? [] : [own.keyPackage]))
  sizes.set('KeyPackage', unwrap(keyPackages[0]).length)
  const founder = at(0)
  const root = await founder.cryptography.createGroup(room, epochId(0), 'classic', NOW)
  await founder.cryptography.adopt(root.token)
  let welcome = new Uint8Array()
  let tag = new Uint8Array()

  const enter = async (member: number, token: number): Promise<void> => {
    const { cryptography, epoch } = at(member)
    const { sealed } = await cryptography.nameCommit(token, epochId(epoch))
    await cryptography.adopt(token)
    sizes.set('sealed epoch state', sealed.length)
  }
  /** What a member of our product does too: older epochs go. */
  const leave = (member: number): Promise<void> => at(member).cryptography.dropEpoch(room, epochId(at(member).epoch - 1))

  return {
    sizes,
    async addAll() {
      await founder.cryptography.dropEpoch(room, epochId(1))
      const change = { addKeyPackages: keyPackages, removeDevices: [], nowMs: NOW }
      const made = await founder.cryptography.createCommit(room, epochId(0), change)
      await enter(0, made.token)
      welcome = unwrap(made.welcome)
      sizes.set('commit that adds all', made.commit.length).set('Welcome for all', welcome.length)
    },
    async join(member) {
      const { cryptography, own } = at(member)
      const { keyPackage, sealed } = unwrap(own)
      const { token } = await cryptography.join({ room, profile: 'classic', welcome, keyPackage, sealedKeyPackage: sealed, nowMs: NOW })
      await enter(member, token)
    },
    async commit(member) {
      const one = at(member)
      const change = { addKeyPackages: [], removeDevices: [], nowMs: NOW }
      const { token, commit, confirmationTag } = await one.cryptography.createCommit(room, epochId(one.epoch), change)
      tag = confirmationTag
      one.epoch++
      await enter(member, token)
      await leave(member)
      sizes.set('commit', commit.length)
      return commit
    },
    async process(member, commit) {
      const one = at(member)
      const { token } = await one.cryptography.processCommit(room, epochId(one.epoch), commit, NOW)
      one.epoch++
      await enter(member, token)
      await leave(member)
    },
    async groupInfo() {
      const groupInfo = await founder.cryptography.exportGroupInfo(room, epochId(founder.epoch))
      sizes.set('GroupInfo', groupInfo.length)
      return groupInfo
    },
    async rejoin(member, groupInfo) {
      const { cryptography } = at(member)
      const made = await cryptography.externalCommit({ room, profile: 'classic', groupInfo, confirmationTag: tag, nowMs: NOW })
      await cryptography.drop(made.token)
      return made.commit
    },
    async followRejoin(member, commit) {
      const { cryptography, epoch } = at(member)
      const { token } = await cryptography.processCommit(room, epochId(epoch), commit, NOW)
      await cryptography.nameCommit(token, epochId(255))
      await cryptography.drop(token)
    },
    async encrypt(member) {
      const { cryptography, epoch } = at(member)
      const { token, message } = await cryptography.encrypt(room, epochId(epoch), TEXT)
      await cryptography.adopt(token)
      return message
    },
    async decrypt(member, message) {
      const { cryptography, epoch } = at(member)
      const { results, pending } = await cryptography.decrypt(room, epochId(epoch), [message])
      if (results[0]?.ok !== true) throw new Error('does not decrypt')
      await cryptography.adopt(unwrap(pending).token)
    },
  }
}

/** Believes everything and bounds nothing. */
const CONFIG = {
  keyRetentionConfig: { retainKeysForGenerations: 512, retainKeysForEpochs: 1, maximumForwardRatchetSteps: 512 },
  lifetimeConfig: { maximumTotalLifetime: 10_000_000n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: {
    compareKeyPackages: () => false,
    compareKeyPackageToLeafNode: (one: KeyPackage, leaf: KeyPackage['leafNode']) =>
      Buffer.compare(one.leafNode.signaturePublicKey, leaf.signaturePublicKey) === 0,
  },
  paddingConfig: { kind: 'padUntilLength' as const, padUntilLength: 256 },
  authService: { validateCredential: () => Promise.resolve(true) },
}
const SUITE = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519'
const COMMIT = { wireAsPublicMessage: true, ratchetTreeExtension: true, forcePath: true }
/** As long as the chain in a leaf of ours. */
const IDENTITY_BYTES = 190

async function bare(count: number): Promise<Room> {
  const suite: CiphersuiteImpl = await getCiphersuiteImpl(getCiphersuiteFromName(SUITE))
  const members: {
    readonly own: { readonly publicPackage: KeyPackage; readonly privatePackage: PrivateKeyPackage }
    state: ClientState | null
  }[] = []
  const keyPackageOf = () =>
    generateKeyPackage(
      { credentialType: 'basic', identity: new Uint8Array(IDENTITY_BYTES) },
      { versions: ['mls10'], ciphersuites: [SUITE], extensions: [], proposals: [], credentials: ['basic'] },
      { notBefore: 0n, notAfter: 9_000_000n },
      [],
      suite,
    )
  for (let i = 0; i < count; i++) members.push({ own: await keyPackageOf(), state: null })
  const at = (member: number) => unwrap(members[member])
  const stateOf = (member: number): ClientState => unwrap(at(member).state)
  const written = (message: MLSMessage): Uint8Array => encodeMlsMessage(message)
  const read = <K extends MLSMessage['wireformat']>(bytes: Uint8Array, kind: K): Extract<MLSMessage, { wireformat: K }> => {
    const message = unwrap(decodeMlsMessage(bytes, 0))[0]
    if (message.wireformat !== kind) throw new Error('another kind of message')
    return message as Extract<MLSMessage, { wireformat: K }>
  }
  const follow = async (member: number, commit: Uint8Array): Promise<ClientState> => {
    const { publicMessage } = read(commit, 'mls_public_message')
    return (await processPublicMessage(stateOf(member), publicMessage, emptyPskIndex, suite)).newState
  }
  const { publicPackage, privatePackage } = at(0).own
  const root = await createGroup(new Uint8Array(16), publicPackage, privatePackage, [], suite, CONFIG)
  let welcome: Uint8Array = new Uint8Array()

  return {
    sizes: new Map(),
    async addAll() {
      const extraProposals = members.slice(1).map(({ own }) => ({ proposalType: 'add' as const, add: { keyPackage: own.publicPackage } }))
      const made = await createCommit({ state: root, cipherSuite: suite }, { ...COMMIT, extraProposals })
      written(made.commit)
      welcome = written({ version: 'mls10', wireformat: 'mls_welcome', welcome: unwrap(made.welcome) })
      at(0).state = made.newState
    },
    async join(member) {
      const { own } = at(member)
      const message = read(welcome, 'mls_welcome')
      at(member).state = await joinGroup(
        message.welcome,
        own.publicPackage,
        own.privatePackage,
        emptyPskIndex,
        suite,
        undefined,
        undefined,
        CONFIG,
      )
    },
    async commit(member) {
      const { commit, newState } = await createCommit({ state: stateOf(member), cipherSuite: suite }, COMMIT)
      at(member).state = newState
      return written(commit)
    },
    async process(member, commit) {
      at(member).state = await follow(member, commit)
    },
    async groupInfo() {
      const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(stateOf(0), [], suite)
      return written({ version: 'mls10', wireformat: 'mls_group_info', groupInfo })
    },
    async rejoin(member, bytes) {
      const { groupInfo } = read(bytes, 'mls_group_info')
      const { own } = at(member)
      const { publicMessage } = await joinGroupExternal(groupInfo, own.publicPackage, own.privatePackage, true, suite, undefined, CONFIG)
      return written({ version: 'mls10', wireformat: 'mls_public_message', publicMessage })
    },
    async followRejoin(member, commit) {
      await follow(member, commit)
    },
    async encrypt(member) {
      const { privateMessage, newState } = await createApplicationMessage(stateOf(member), TEXT, suite)
      at(member).state = newState
      return written({ version: 'mls10', wireformat: 'mls_private_message', privateMessage })
    },
    async decrypt(member, message) {
      const { privateMessage } = read(message, 'mls_private_message')
      const result = await processPrivateMessage(stateOf(member), privateMessage, emptyPskIndex, suite)
      if (result.kind !== 'applicationMessage') throw new Error('does not decrypt')
      at(member).state = result.newState
    },
  }
}

/** Samples of one room by what was done, in milliseconds. */
type Samples = Map<string, number[]>

/** The whole life of a room, step by step, so that two rooms can take turns. */
async function* live(count: number, room: Room, samples: Samples): AsyncGenerator<void> {
  const timed = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
    const startedMs = performance.now()
    const value = await run()
    samples.set(what, [...(samples.get(what) ?? []), performance.now() - startedMs])
    return value
  }
  const active = activeOf(count)
  for (let i = 0; i < FEW; i++) yield timed('add everybody', () => room.addAll())
  for (const member of active.slice(1)) yield timed('join', () => room.join(member))
  for (let round = 0; round < ROUNDS; round++) {
    const author = unwrap(active[round % active.length])
    const commit = await timed('commit', () => room.commit(author))
    yield
    for (const member of active) if (member !== author) yield timed('process a commit', () => room.process(member, commit))
  }
  for (let i = 0; i < FEW; i++) {
    const groupInfo = await timed('GroupInfo', () => room.groupInfo())
    yield
    const commit = await timed('external commit', () => room.rejoin(count - 1, groupInfo))
    yield
    yield timed('process an external commit', () => room.followRejoin(0, commit))
  }
  for (let i = 0; i < MESSAGES; i++) {
    const message = await timed('encrypt', () => room.encrypt(0))
    yield
    yield timed('decrypt', () => room.decrypt(count - 1, message))
  }
}

export const benchRooms: Bench = async (progress) => {
  const load = () =>
    loadavg()
      .map((average) => average.toFixed(2))
      .join(' ')
  progress(`load ${load()}`)
  const figures: Figure[] = []
  // The first room warms the code up and is not counted.
  for (const [index, count] of [10, ...SIZES].entries()) {
    progress(`${count} devices`)
    const [mine, plain]: readonly Samples[] = [new Map(), new Map()]
    const rooms = [await ours(count), await bare(count)] as const
    const lives = [live(count, rooms[0], unwrap(mine)), live(count, rooms[1], unwrap(plain))] as const
    for (let going = true; going; ) {
      const steps = [await lives[0].next(), await lives[1].next()]
      going = steps.some(({ done }) => done !== true)
    }
    if (index === 0) continue
    for (const [what, samples] of unwrap(mine)) {
      const ms = figure(`${count}: ${what}`, samples)
      figures.push(ms, ratio(`${count}: ${what}, over bare`, ms, figure('', unwrap(unwrap(plain).get(what)))))
    }
    for (const [what, size] of rooms[0].sizes) figures.push(bytes(`${count}: ${what}`, size))
  }
  progress(`load ${load()}`)
  return figures
}
