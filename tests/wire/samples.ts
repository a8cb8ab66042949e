/** One value of every wire message, all bytes distinct enough that a swapped field shows. */
import type {
  DeviceKey,
  EntryId,
  EpochId,
  InviteKey,
  Mid,
  RendezvousKey,
  RoomId,
  RoomTag,
  SessionId,
  SignallingKey,
  UserId,
} from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { certificateCodec, certificateTbsCodec, chainCodec } from '#contracts/wire/certificate.ts'
import type { Codec } from '#contracts/wire/codec.ts'
import { contentBodyCodec, contentCodec, type ContentBody } from '#contracts/wire/content.ts'
import { deviceRecordCodec } from '#contracts/wire/device-record.ts'
import { type EntryBody, entryCodec, NO_EPOCH, type Op } from '#contracts/wire/entry.ts'
import { type Frame, frameCodec } from '#contracts/wire/frame.ts'
import { type ExpectedPeer, expectedPeerCodec, type Handshake, handshakeCodec, proofCodec } from '#contracts/wire/handshake.ts'
import { overlayCodec, type OverlayMessage } from '#contracts/wire/overlay.ts'
import { type SignalBody, signalBodyCodec, signalCodec, type SignalTarget, signalTargetCodec } from '#contracts/wire/signal.ts'

export interface Sample {
  readonly codec: Codec<unknown>
  readonly value: unknown
}

/** A codec of some type, its type forgotten: samples of all kinds stand in one list. */
const sample = <T>(codec: Codec<T>, value: T): Sample => ({ codec: codec as unknown as Codec<unknown>, value })

/** `length` bytes that begin with `start` and count upwards. */
export const bytes = (start: number, length: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, (_, i) => (start + i) % 256)
/** The same as a hex id. */
export const idFrom = <Id extends string>(start: number, length: number): Id => Buffer.from(bytes(start, length)).toString('hex') as Id

const user = idFrom<UserId>(0x10, 32)
const device = idFrom<DeviceKey>(0x20, 32)
const other = idFrom<DeviceKey>(0x30, 32)
const room = idFrom<RoomId>(0x40, 16)
const entry = idFrom<EntryId>(0x50, 32)
const epoch = idFrom<EpochId>(0x60, 32)
const invite = idFrom<InviteKey>(0x70, 32)
const session = idFrom<SessionId>(0x80, 16)
const tag = idFrom<RoomTag>(0x90, 16)
const mid = idFrom<Mid>(0xa0, 32)
const signature = bytes(0xc0, 64)
const NOW_MS = 1_795_219_200_000

const certificate = {
  tbs: { v: 1 as const, user, device, deviceName: 'browser', createdMs: NOW_MS, expiresMs: NOW_MS + LIMITS.certificateLifeMs, serial: 7 },
  signature,
}
const record = {
  tbs: {
    v: 1 as const,
    device,
    rendezvous: idFrom<RendezvousKey>(0xd0, 32),
    signalling: idFrom<SignallingKey>(0xe0, 32),
    capabilities: [1, 300],
    wireMin: 1,
    wireMax: 2,
    serial: 9,
  },
  signature,
}

const contents: Record<string, ContentBody> = {
  text: { kind: 'text', text: 'Grüße, 世界 👋' },
  profile: { kind: 'profile', name: 'Ada' },
  reply: { kind: 'reply', about: { lamport: 2 ** 33 + 1, mid }, text: 'Ja 👍🏽' },
  reaction: { kind: 'reaction', about: { lamport: 7, mid }, emoji: '👩🏽‍❤️‍💋‍👩🏿', mark: 'set' },
  'reaction taken back': { kind: 'reaction', about: { lamport: 7, mid }, emoji: '👍', mark: 'unset' },
  edit: { kind: 'edit', about: { lamport: 7, mid }, text: 'Grüße!' },
  erase: { kind: 'erase', about: { lamport: 7, mid } },
  pin: { kind: 'pin', about: { lamport: 7, mid }, mark: 'set' },
  timer: { kind: 'timer', life: '1w' },
  message: { kind: 'message', text: 'Grüße', about: { lamport: 7, mid }, life: '5s' },
  'message of its own': { kind: 'message', text: 'Grüße', about: null, life: 'off' },
  'pin taken off': { kind: 'pin', about: { lamport: 7, mid }, mark: 'unset' },
}
const contentOf = (body: ContentBody) => ({
  tbs: { v: 1 as const, room, author: device, lamport: 2 ** 40, sentAtMs: NOW_MS, nonce: bytes(1, 8), deps: [mid], body },
  signature,
})

const ops: Record<string, Op> = {
  create: { kind: 'create', nonce: bytes(2, 16), profile: 'classic', shape: 'direct', user, chain: [certificate], record, name: 'Ada' },
  add: {
    kind: 'add',
    user,
    device: other,
    chain: [certificate],
    record,
    name: 'Bo',
    keyPackage: bytes(3, 20),
    role: 'owner',
    invite: { invite, proof: bytes(4, 32) },
  },
  'add without invite': {
    kind: 'add',
    user,
    device: other,
    chain: [],
    record,
    name: '',
    keyPackage: bytes(3, 20),
    role: 'member',
    invite: null,
  },
  remove: { kind: 'remove', device: other },
  leave: { kind: 'leave' },
  role: { kind: 'role', device: other, role: 'admin' },
  invite: { kind: 'invite', invite, secret: bytes(8, 16), uses: 256, expiresMs: NOW_MS, approval: 1 },
  revoke: { kind: 'revoke', invite },
  settings: { kind: 'settings', name: 'Kitchen', topic: 'Who cooks?', picture: bytes(9, 40) },
  'settings without picture': { kind: 'settings', name: 'K', topic: '', picture: null },
  mute: { kind: 'mute', device: other, muted: 1 },
}
const bodies: Record<string, EntryBody> = {
  ...Object.fromEntries(Object.entries(ops).map(([name, op]) => [`op ${name}`, { kind: 'op' as const, op }])),
  commit: { kind: 'commit', parent: epoch, form: 'member', message: bytes(5, 70), welcomeHash: bytes(6, 32) },
  'commit without welcome': { kind: 'commit', parent: epoch, form: 'external', message: bytes(5, 70), welcomeHash: null },
  app: { kind: 'app', epoch, message: bytes(7, 300) },
  ack: {
    kind: 'ack',
    holds: 1,
    delivered: [{ author: other, seq: 17 }],
    read: [{ author: other, seq: 16 }],
    cant: [entry],
    bad: [idFrom<EntryId>(0x51, 32)],
    generations: [{ author: other, epoch, generation: 2 ** 31 }],
  },
  keypackage: { kind: 'keypackage', keyPackage: bytes(8, 64) },
}
const entryOf = (body: EntryBody, first = false) => ({
  tbs: {
    v: 1 as const,
    room,
    author: device,
    seq: first ? 0 : 3,
    prev: first ? null : entry,
    deps: first ? [] : [idFrom<EntryId>(0x52, 32)],
    vote: first ? NO_EPOCH : epoch,
    body,
  },
  signature,
})

const frames: readonly Frame[] = [
  { kind: 'ping', nonce: 0xdeadbeef },
  { kind: 'pong', nonce: 1 },
  { kind: 'introduce', invite, name: 'Bo', record, keyPackage: bytes(9, 40) },
  { kind: 'joined', invite },
  { kind: 'refuse', invite, code: 'invite-revoked' },
  { kind: 'digest', room: tag, fingerprint: bytes(13, 32) },
  { kind: 'entries', room: tag, entries: [bytes(14, 5)] },
  { kind: 'admitted', invite, room, record },
  { kind: 'waiting', invite },
  { kind: 'tips', room: tag, tips: [{ author: device, seq: 4, id: entry }], answer: 1 },
  { kind: 'roomWelcome', room: tag, commit: entry, welcome: bytes(23, 60) },
  { kind: 'ask', room: tag, epoch, welcomes: [entry] },
  { kind: 'groupInfo', room: tag, epoch, info: bytes(24, 70) },
  { kind: 'relay', from: device, to: other, blob: bytes(25, 80) },
  { kind: 'push', room: tag, entries: [bytes(26, 5), bytes(27, 6)] },
  { kind: 'overlay', room: tag, message: { kind: 'join', few: true } },
]

const overlay: readonly OverlayMessage[] = [
  { kind: 'join', few: false },
  { kind: 'neighbour', urgent: true, few: false },
  { kind: 'accept', few: true },
  { kind: 'reject' },
  { kind: 'disconnect' },
  { kind: 'forward-join', device: other, hops: 6 },
  { kind: 'shuffle', path: [device], sample: [other] },
  { kind: 'shuffled', path: [device, other], sample: [] },
  { kind: 'ihave', entries: [entry] },
  { kind: 'graft', entries: [entry, idFrom<EntryId>(0x53, 32)] },
  { kind: 'prune' },
]

const expected: readonly ExpectedPeer[] = [
  { kind: 'device', device },
  { kind: 'inviter', invite },
  { kind: 'joiner', invite },
]
const handshakes: readonly Handshake[] = [
  { kind: 'hello', v: 1, ephemeral: bytes(15, 32), nonce: bytes(16, 32) },
  { kind: 'proof', sealed: bytes(17, 90) },
]
const proof = { role: 'answerer' as const, device, chain: bytes(18, 50), signature, wireMin: 1, wireMax: 1, capabilities: bytes(19, 4) }

const signals: readonly SignalBody[] = [
  { kind: 'description', session, type: 'offer', sdp: 'v=0\r\n' },
  { kind: 'candidate', session, candidate: 'candidate:1', mid: '0', mLineIndex: 1 },
  { kind: 'refuse', session, code: 'declined' },
]
const targets: readonly SignalTarget[] = [
  { kind: 'device', device },
  { kind: 'invite', invite },
]

const named = <T extends { readonly kind: string }>(prefix: string, codec: Codec<T>, values: readonly T[]): [string, Sample][] =>
  values.map((value) => [`${prefix} ${value.kind}`, sample(codec, value)])

/** By name; the names are those of the golden file. */
export const SAMPLES: Readonly<Record<string, Sample>> = Object.fromEntries([
  ['certificate tbs', sample(certificateTbsCodec, certificate.tbs)],
  ['certificate', sample(certificateCodec, certificate)],
  ['chain', sample(chainCodec, [certificate, certificate])],
  ['device record', sample(deviceRecordCodec, record)],
  ...Object.entries(contents).map(([name, body]) => [`content body ${name}`, sample(contentBodyCodec, body)] as const),
  ...Object.entries(contents).map(([name, body]) => [`content ${name}`, sample(contentCodec, contentOf(body))] as const),
  ...Object.entries(bodies).map(([name, body]) => [`entry ${name}`, sample(entryCodec, entryOf(body, name === 'op create'))] as const),
  ...named('frame', frameCodec, frames),
  ...named('overlay', overlayCodec, overlay),
  ...named('expected peer', expectedPeerCodec, expected),
  ...named('handshake', handshakeCodec, handshakes),
  ['proof of a device', sample(proofCodec, { ...proof, inviteSignature: null })],
  ['proof of an inviter', sample(proofCodec, { ...proof, inviteSignature: bytes(20, 64) })],
  ...named('signal body', signalBodyCodec, signals),
  ...named('signal target', signalTargetCodec, targets),
  ...targets.map(
    (target) =>
      [
        `signal to ${target.kind}`,
        sample(signalCodec, {
          tbs: { v: 1, target, sender: device, nonce: bytes(21, 16), sentAtMs: NOW_MS, replyTo: 'sk1-abc', body: bytes(22, 33) },
          signature,
        }),
      ] as const,
  ),
])

export const IDS = { user, device, other, room, entry, epoch, invite, session, tag, mid }
export const PARTS = { certificate, record, signature, nowMs: NOW_MS }
