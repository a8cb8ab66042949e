/** One value of every stored record. */
import type { Codec } from '#contracts/wire/codec.ts'
import {
  awaitedRecord,
  choicesRecord,
  draftRecord,
  fleetingRecord,
  pinsRecord,
  timerRecord,
} from '../../remotes/p2p/core/storage/content.ts'
import { contactRecord } from '../../remotes/p2p/core/storage/contact.ts'
import { groupEntry, groupRecord, keptKeyPackage, keptWelcome, openedRecord, outgoingRecord } from '../../remotes/p2p/core/storage/group.ts'
import { vaultRecord } from '../../remotes/cryptography/core/vault-key.ts'
import { inviteRecord } from '../../remotes/p2p/core/storage/invite.ts'
import { joiningRecord } from '../../remotes/p2p/core/storage/joining.ts'
import { lockRecord } from '../../remotes/p2p/core/storage/lock.ts'
import { type MessageRecord, messageRecord } from '../../remotes/p2p/core/storage/message.ts'
import { profileRecord } from '../../remotes/p2p/core/storage/profile.ts'
import { bytes, IDS, PARTS, type Sample } from './samples.ts'

const sample = <T>(codec: Codec<T>, value: T): Sample => ({ codec: codec as unknown as Codec<unknown>, value })
const { user, device, room, entry, epoch, invite, mid } = IDS
const { certificate, record, nowMs } = PARTS

const lines: readonly MessageRecord['body'][] = [
  { kind: 'text', text: 'Grüße' },
  { kind: 'renamed', from: 'Ada', to: 'Ada L.' },
  { kind: 'created' },
  { kind: 'joined', name: 'Bo' },
  { kind: 'added', name: 'Bo', by: 'Ada' },
  { kind: 'left', name: 'Bo' },
  { kind: 'removed', name: 'Bo', by: 'Ada' },
  { kind: 'role', name: 'Bo', role: 'admin', by: 'Ada' },
  { kind: 'roomNamed', to: 'Kitchen', by: 'Ada' },
  { kind: 'topic', to: 'Who cooks?', by: 'Ada' },
  { kind: 'picture', by: 'Ada' },
  { kind: 'refounded' },
  { kind: 'gap' },
  {
    kind: 'said',
    text: 'Grüße!',
    about: { lamport: 4, mid },
    edited: { lamport: 9, mid },
    reactions: [
      { by: 0, emoji: '👍', at: { lamport: 8, mid }, mark: 'set' },
      { by: 1, emoji: '❤️', at: { lamport: 8, mid }, mark: 'unset' },
    ],
  },
  { kind: 'erased', by: 'author' },
  { kind: 'timer', life: '1h' },
  {
    kind: 'message',
    text: 'Grüße!',
    about: { lamport: 4, mid },
    edited: null,
    reactions: [{ by: 0, emoji: '👍', at: { lamport: 8, mid }, mark: 'set' }],
    life: '4w',
  },
]

/** By name; the names are those of the golden file. */
export const STORAGE_SAMPLES: Readonly<Record<string, Sample>> = Object.fromEntries([
  [
    'profile',
    sample(profileRecord, {
      v: 1,
      name: 'Ada',
      theme: 'dark',
      language: 'ar',
      readTicks: 'off',
      relayOnly: 'on',
      notifications: 'on',
      tokenSeed: bytes(1, 32),
    }),
  ],
  ['lock', sample(lockRecord, { v: 1, afterMinutes: 15 })],
  ['vault', sample(vaultRecord, { v: 1, salt: null, wrapped: bytes(2, 60) })],
  ['vaultPassphrase', sample(vaultRecord, { v: 1, salt: bytes(3, 16), wrapped: bytes(4, 88) })],
  [
    'contact',
    sample(contactRecord, {
      v: 1,
      user,
      device,
      chain: [certificate],
      record,
      name: 'Bo',
      addedMs: nowMs,
      lastHeardMs: nowMs + 1,
      accepted: invite,
    }),
  ],
  [
    'invite',
    sample(inviteRecord, {
      v: 1,
      key: invite,
      secret: bytes(2, 16),
      sealed: bytes(3, 60),
      name: 'Ada',
      createdMs: nowMs,
      expiresMs: nowMs + 5,
      state: 'used',
      room: 0,
      usedBy: device,
      profile: 'classic',
    }),
  ],
  [
    'invite that names its suite',
    sample(inviteRecord, {
      v: 2,
      key: invite,
      secret: bytes(2, 16),
      sealed: bytes(3, 60),
      name: 'Ada',
      createdMs: nowMs,
      expiresMs: nowMs + 5,
      state: 'open',
      room: 4,
      usedBy: null,
      profile: 'hybrid',
    }),
  ],
  [
    'joining',
    sample(joiningRecord, {
      v: 1,
      link: 'AbC_-',
      key: invite,
      secret: bytes(4, 16),
      expiresMs: nowMs,
      keyPackage: bytes(5, 30),
      sealedKeyPackage: bytes(6, 40),
      startedMs: nowMs,
    }),
  ],
  [
    'room',
    sample(groupRecord, {
      v: 1,
      id: room,
      profile: 'classic',
      shape: 'group',
      contact: 3,
      left: 1,
      cloned: 0,
      createdMs: nowMs,
      activeMs: nowMs + 2,
      lamport: 77,
      unread: 2,
      messages: 5,
      next: { entry: 9, epoch: 2, kept: 4 },
      epochs: [{ number: 1, id: epoch, sinceMs: nowMs, sent: 4 }],
      people: [
        {
          device,
          name: 'Bo',
          nameLamport: 9,
          nameMid: mid,
          seen: 2,
          read: 1,
          generation: { epoch, generation: 6 },
          goneMs: nowMs,
          told: 1,
        },
      ],
      last: { text: 'Hi', sentAtMs: nowMs, lamport: 76, mid, author: 1, seq: 4 },
      inviter: { device, record, invite, name: 'Kitchen' },
    }),
  ],
  ['entry', sample(groupEntry, { v: 1, bytes: bytes(8, 10), facts: null })],
  [
    'commit',
    sample(groupEntry, {
      v: 1,
      bytes: bytes(8, 10),
      facts: { senderLeaf: 1, external: 0, adds: [device], removedLeaves: [2], confirmationTag: bytes(9, 32) },
    }),
  ],
  ['opened', sample(openedRecord, { v: 1, entry, mid })],
  ['outgoing', sample(outgoingRecord, { v: 1, content: bytes(7, 20), entries: [entry] })],
  [
    'awaited',
    sample(awaitedRecord, {
      v: 1,
      author: 2,
      about: { lamport: 4, mid },
      erased: 1,
      edit: { at: { lamport: 6, mid }, text: 'Grüße!' },
      reactions: [{ by: 2, emoji: '👍', at: { lamport: 8, mid }, mark: 'set' }],
    }),
  ],
  ['draft', sample(draftRecord, { v: 1, text: 'Grü' })],
  ['pins', sample(pinsRecord, { v: 1, pins: [{ about: { lamport: 4, mid }, at: { lamport: 6, mid }, mark: 'set' }] })],
  ['choices', sample(choicesRecord, { v: 1, muted: 'on', archived: 'off', pinnedMs: nowMs })],
  ['timer', sample(timerRecord, { v: 1, at: { lamport: 4, mid }, by: 'set', life: '1d' })],
  ['fleeting', sample(fleetingRecord, { v: 1, about: { lamport: 4, mid }, author: 2, life: '5s', untilMs: nowMs })],
  [
    'message erased by time',
    sample(messageRecord, { v: 1, mid, lamport: 5, author: 0, seq: 3, sentAtMs: nowMs, body: { kind: 'erased', by: 'time' } }),
  ],
  ['kept Welcome', sample(keptWelcome, { v: 1, commit: entry, welcome: bytes(7, 99) })],
  ['kept KeyPackage', sample(keptKeyPackage, { v: 1, keyPackage: bytes(7, 9), sealed: bytes(6, 9) })],
  ...lines.map(
    (body) => [`message ${body.kind}`, sample(messageRecord, { v: 1, mid, lamport: 5, author: 0, seq: 3, sentAtMs: nowMs, body })] as const,
  ),
])
