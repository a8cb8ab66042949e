/**
 * 20,000 changes of one byte, spread over everything that is signed, sealed or checked: each is refused with a code, and
 * nothing has moved by it. Seeded: the same changes each time. Keys are made once. (Sender keys, layers under MLS and
 * an export file are not there yet; they have to join when they are.)
 */
import { createHash } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import type { Cryptography, Identity, Sealed } from '#contracts/cryptography.ts'
import { codeOf } from '#contracts/errors.ts'
import { type EpochId, idOf, type InviteKey, type RoomId, type SessionId } from '#contracts/ids.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import {
  DEFAULT_PROFILE,
  entryCodec,
  type EntryTbs,
  entryTbsCodec,
  NO_EPOCH,
  PROFILES,
  type Profile,
  roomIdOf,
} from '#contracts/wire/entry.ts'
import { decodeInviteLink, encodeInviteLink } from '#contracts/wire/invite-link.ts'
import { judged } from '../../remotes/p2p/core/groups/entries.ts'
import { Moves, type Tools } from '../../remotes/p2p/core/tools.ts'
import { Suspects } from '../../remotes/p2p/core/suspects.ts'
import { Vault } from '../../remotes/p2p/core/storage/vault.ts'
import { MemoryStore } from '../../remotes/p2p/adapters/memory.ts'
import { createCryptographyForTests } from '../support/cryptography.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { outcome, unwrap } from '../support/hostile.ts'
import { engineForTests } from '../support/mls.ts'
import { Prng } from '../support/prng.ts'

const env = new FakeClock('one byte').env('all')
const NOW = env.nowMs()
const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(createHash('sha256').update(bytes).digest())

/** What was tried so far, over all layers. */
let tried = 0

interface Change {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly where: string
}

/** `count` times these bytes with one of them another. */
function* changes(original: Uint8Array, count: number, seed: number): Generator<Change> {
  const chance = new Prng(seed)
  for (let i = 0; i < count; i++) {
    // in turn and then anywhere: each byte of what is short is hit at least once
    const at = i < original.length && original.length <= count ? i : chance.below(original.length)
    const bytes = new Uint8Array(original)
    const to = ((bytes[at] ?? 0) + 1 + chance.below(255)) & 0xff
    bytes[at] = to
    tried++
    yield { bytes, where: `byte ${at} as ${to}` }
  }
}

/** Feeds each change; fails for the first that is taken. Refusals are typed, or `outcome` fails. */
async function refusesAll(original: Uint8Array, count: number, seed: number, take: (bytes: Uint8Array<ArrayBuffer>) => Promise<unknown>) {
  expect(await outcome(() => take(new Uint8Array(original))), 'unchanged').toBe('accepted')
  for (const { bytes, where } of changes(original, count, seed)) {
    const code = await outcome(() => take(bytes))
    if (code === 'accepted' || code === 'internal') expect.fail(`${where}: ${code}`)
  }
}

interface Party {
  readonly cryptography: Cryptography
  readonly identity: Identity
  readonly sealed: Sealed
}
async function party(): Promise<Party> {
  const cryptography = createCryptographyForTests()
  return { cryptography, ...(await cryptography.createIdentity({ deviceName: 'd', nowMs: NOW })) }
}

describe('one byte is another', () => {
  test('3,000 in the text of an invite', async () => {
    const link = { v: 2, for: 'room', key: '11'.repeat(32) as InviteKey, secret: new Uint8Array(16).fill(7), expiresMs: NOW } as const
    const text = encodeInviteLink({ ...link, name: 'Küche', profile: 'hybrid' }, sha256)
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0))
    await refusesAll(bytes, 3000, 1, async (changed) => decodeInviteLink(String.fromCharCode(...changed), sha256))
  })

  test('4,000 in entries', async () => {
    const { cryptography, identity } = await party()
    const tools: Tools = {
      cryptography,
      env,
      vault: new Vault(new MemoryStore(), cryptography),
      moves: new Moves(),
      suspects: new Suspects(env.sha256),
    }
    const nonce = env.random(16)
    const { device: author, user, chain, record } = identity
    const room = roomIdOf({ author, nonce, profile: DEFAULT_PROFILE, shape: 'group' }, env.sha256)
    const epoch = '33'.repeat(32) as EpochId
    const bodies: EntryTbs['body'][] = [
      { kind: 'op', op: { kind: 'create', nonce, profile: DEFAULT_PROFILE, shape: 'group', user, chain, record, name: 'Ada' } },
      { kind: 'app', epoch, message: env.random(400) },
    ]
    const judge = { room, profile: DEFAULT_PROFILE, two: null, knows: () => false, inviteSecret: () => null }
    for (const [i, body] of bodies.entries()) {
      const tbs: EntryTbs = { v: 1, room, author, seq: i, prev: null, deps: [], vote: NO_EPOCH, body }
      const signature = await cryptography.sign('entry', encode(entryTbsCodec, tbs))
      const bytes = encode(entryCodec, { tbs, signature })
      await refusesAll(bytes, 2000, 2 + i, async (changed) => {
        // what does not decode throws; what is not true is left out
        const taken = await judged(tools, judge, [changed])
        if (taken.length === 0) decode(entryCodec, new Uint8Array(), 1)
      })
    }
  })

  const print = (fill: number) => new Uint8Array(32).fill(fill)
  const fingerprints = { offerer: print(1), answerer: print(2) }

  test('1,500 in the messages of a link handshake', async () => {
    const [ann, bob] = [await party(), await party()]
    const invite = await ann.cryptography.createInvite()
    const chance = new Prng(5)
    const sides = {
      ann: { expected: { kind: 'joiner', invite: invite.key }, invite: { secret: invite.secret, inviteKey: invite.sealed } },
      bob: { expected: { kind: 'inviter', invite: invite.key }, invite: { secret: invite.secret, inviteKey: null } },
    } as const
    /** Whether either side takes the other, with one message of Ann's changed on its way. */
    const shake = async (which: 'hello' | 'proof', how: (bytes: Uint8Array) => Uint8Array): Promise<boolean> => {
      const session = idOf<SessionId>(Uint8Array.from({ length: 16 }, () => chance.below(256)))
      const [annHello, bobHello] = [await ann.cryptography.handshakeHello(session), await bob.cryptography.handshakeHello(session)]
      const annHeard = which === 'hello' ? how(annHello) : annHello
      try {
        const common = { session, fingerprints }
        const bobProof = await bob.cryptography.handshakeProof({ ...common, role: 'offerer', peerHello: annHeard, ...sides.bob })
        const annProof = await ann.cryptography.handshakeProof({ ...common, role: 'answerer', peerHello: bobHello, ...sides.ann })
        const verdicts = await Promise.allSettled([
          bob.cryptography.handshakeVerify(session, which === 'proof' ? how(annProof) : annProof, NOW),
          ann.cryptography.handshakeVerify(session, bobProof, NOW),
        ])
        // a changed proof is Bob's alone to notice; a changed hello is noticed by both
        const taken = verdicts.filter(({ status }) => status === 'fulfilled').length
        return which === 'proof' ? verdicts[0].status === 'fulfilled' : taken > 0
      } catch (thrown) {
        expect(codeOf(thrown)).not.toBe('internal')
        return false
      } finally {
        await Promise.all([ann, bob].map(({ cryptography }) => cryptography.handshakeEnd(session)))
      }
    }
    for (const [which, count] of [
      ['hello', 500],
      ['proof', 1000],
    ] as const) {
      let length = 0
      const seen = (bytes: Uint8Array) => {
        length = bytes.length
        return bytes
      }
      expect(await shake(which, seen)).toBe(true)
      for (let i = 0; i < count; i++) {
        const at = i < length ? i : chance.below(length)
        const by = 1 + chance.below(255)
        tried++
        const taken = await shake(which, (bytes) => bytes.map((byte, here) => (here === at ? (byte + by) & 0xff : byte)))
        if (taken) expect.fail(`${which}: byte ${at} by ${by}`)
      }
    }
  })

  test('1,000 in sealed signals', async () => {
    const [ann, bob] = [await party(), await party()]
    const invite = await ann.cryptography.createInvite()
    const message = { replyTo: 'sk1-abc', nowMs: NOW, body: new Uint8Array(40) }
    const { device, signalling } = bob.identity
    const toDevice = await ann.cryptography.sealSignal({ to: { kind: 'device', device, signalling }, ...message })
    await refusesAll(toDevice, 500, 7, (changed) => bob.cryptography.openSignal(changed, { kind: 'device' }))
    const by = { kind: 'invite', invite: invite.key, secret: invite.secret, toInviter: true } as const
    const toInviter = await bob.cryptography.sealSignal({ to: by, ...message })
    await refusesAll(toInviter, 500, 8, (changed) => ann.cryptography.openSignal(changed, by))
  })

  const GROUP = new Uint8Array(16).fill(0xab)
  /** Messages are many, and cheap to judge; the rest is few and dear. */
  const COUNTS = { message: 1500, keyPackage: 300, commit: 150, welcome: 150, groupInfo: 50 }

  test.each(PROFILES.map((profile, i) => [profile, i] as const))('2,150 in MLS messages, %s', async (profile: Profile, i) => {
    const [ann, cat, dan] = await Promise.all([engineForTests(profile), engineForTests(profile), engineForTests(profile)])
    const [own, forDan] = await Promise.all([cat, dan].map(({ engine, identity }) => engine.createKeyPackage(identity, NOW)))
    const { keyPackage, privateKeys } = unwrap(own)
    const root = await ann.engine.createGroup(GROUP, ann.identity, NOW)
    const first = await ann.engine.createCommit(root, { addKeyPackages: [keyPackage], removeLeaves: [] })
    const group = await cat.engine.join(GROUP, unwrap(first.welcome), keyPackage, privateKeys)
    const next = await ann.engine.createCommit(first.group, { addKeyPackages: [unwrap(forDan).keyPackage], removeLeaves: [] })
    const { message } = await ann.engine.encrypt(first.group, new TextEncoder().encode('a message'))
    const groupInfo = await ann.engine.exportGroupInfo(first.group)
    const confirmationTag = ann.engine.factsOf(first.group).confirmationTag.slice()
    const before = cat.engine.encodeGroup(group)
    const seed = 10 * (i + 1)
    await refusesAll(message, COUNTS.message, seed, (changed) => cat.engine.decrypt(group, changed))
    await refusesAll(unwrap(forDan).keyPackage, COUNTS.keyPackage, seed + 1, (changed) => cat.engine.inspectKeyPackage(changed, NOW))
    await refusesAll(next.commit, COUNTS.commit, seed + 2, (changed) => cat.engine.processCommit(group, changed))
    await refusesAll(unwrap(first.welcome), COUNTS.welcome, seed + 3, (changed) => cat.engine.join(GROUP, changed, keyPackage, privateKeys))
    await refusesAll(groupInfo, COUNTS.groupInfo, seed + 4, (changed) =>
      cat.engine.externalCommit(cat.identity, { groupId: GROUP, groupInfo: changed, confirmationTag }, NOW),
    )
    expect(cat.engine.encodeGroup(group)).toEqual(before)
  })

  test('4,050 in what is sealed at rest: records, an identity, an epoch, an invite, keys of a KeyPackage', async () => {
    const { cryptography, sealed } = await party()
    const [record] = await cryptography.seal([{ name: 'rooms/g00001', bytes: new Uint8Array(120).fill(9) }])
    await refusesAll(unwrap(record), 2000, 50, (bytes) => cryptography.open([{ name: 'rooms/g00001', bytes }]))
    await refusesAll(sealed, 550, 51, (changed) => cryptography.openIdentity(changed))
    // a refused one did not take the place of the identity
    expect((await cryptography.revealPhrase()).length).toBe(24)
    const room = idOf<RoomId>(GROUP)
    const epoch = idOf<EpochId>(new Uint8Array(32).fill(1))
    const founded = await cryptography.createGroup(room, epoch, 'classic', NOW)
    await cryptography.drop(founded.token)
    await refusesAll(founded.sealed, 750, 52, async (changed) => {
      await cryptography.loadEpoch(room, epoch, changed)
      await cryptography.dropEpoch(room, epoch)
    })
    const invite = await cryptography.createInvite()
    const session = idOf<SessionId>(new Uint8Array(16).fill(4))
    const joiner = createCryptographyForTests()
    const peerHello = await joiner.handshakeHello(session)
    await refusesAll(invite.sealed, 400, 53, async (inviteKey) => {
      await cryptography.handshakeEnd(session)
      await cryptography.handshakeHello(session)
      const expected = { kind: 'joiner', invite: invite.key } as const
      await cryptography.handshakeProof({
        session,
        role: 'answerer',
        peerHello,
        fingerprints,
        expected,
        invite: { secret: invite.secret, inviteKey },
      })
    })
    const own = await cryptography.createKeyPackage('classic', NOW)
    const ann = await party()
    const root = await ann.cryptography.createGroup(room, epoch, 'classic', NOW)
    await ann.cryptography.adopt(root.token)
    const made = await ann.cryptography.createCommit(room, epoch, { addKeyPackages: [own.keyPackage], removeDevices: [], nowMs: NOW })
    const joining = { room, profile: 'classic', welcome: unwrap(made.welcome), keyPackage: own.keyPackage, nowMs: NOW } as const
    await refusesAll(own.sealed, 350, 54, async (sealedKeyPackage) => {
      const { token } = await cryptography.join({ ...joining, sealedKeyPackage })
      await cryptography.drop(token)
    })
  })

  afterAll(() => expect(tried).toBe(20_000))
})
