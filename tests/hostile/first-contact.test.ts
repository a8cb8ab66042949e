/** First contact with somebody who lies: every check of `introduce` and of the chat that `admitted` leads to, each with all else right. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Cryptography, Identity, ProvenPeer } from '#contracts/cryptography.ts'
import type { Env } from '#contracts/env.ts'
import type { DeviceKey, InviteKey, RoomId, SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { encode } from '#contracts/wire/codec.ts'
import { entryCodec, entryIdOf, type EntryTbs, entryTbsCodec, NO_EPOCH, type Op, roomIdOf } from '#contracts/wire/entry.ts'
import type { Frame } from '#contracts/wire/frame.ts'
import { MemoryStore } from '../../remotes/p2p/adapters/memory.ts'
import { firstContact } from '../../remotes/p2p/core/engine/first-contact.ts'
import { emptyState, type State } from '../../remotes/p2p/core/engine/state.ts'
import { type Judge, judged } from '../../remotes/p2p/core/groups/entries.ts'
import { Vault } from '../../remotes/p2p/core/storage/vault.ts'
import { Suspects } from '../../remotes/p2p/core/suspects.ts'
import { Moves, type Tools } from '../../remotes/p2p/core/tools.ts'
import { createCryptographyForTests } from '../support/cryptography.ts'
import { FakeClock } from '../support/fake-clock.ts'

interface Party {
  readonly cryptography: Cryptography
  readonly identity: Identity
  readonly peer: ProvenPeer
  readonly keyPackage: Uint8Array
  readonly tools: () => Tools
}

const clock = new FakeClock('first contact')
const env: Env = clock.env('all')
const SESSION = '11'.repeat(16) as SessionId
const INVITE = '22'.repeat(32) as InviteKey
let ada: Party
let bo: Party
let eve: Party

async function party(name: string): Promise<Party> {
  const cryptography = createCryptographyForTests()
  const { identity } = await cryptography.createIdentity({ deviceName: name, nowMs: env.nowMs() })
  const { keyPackage } = await cryptography.createKeyPackage('classic', env.nowMs())
  const { device, user, chain } = identity
  const vault = new Vault(new MemoryStore(), cryptography)
  const tools = (): Tools => ({ cryptography, env, vault, moves: new Moves(), suspects: new Suspects(env.sha256) })
  return { cryptography, identity, peer: { device, user, chain, wireVersion: 1 }, keyPackage, tools }
}

beforeAll(async () => {
  ada = await party('ada')
  bo = await party('bo')
  eve = await party('eve')
})

describe('whoever comes by an invite', () => {
  const stateOf = (): State => ({
    ...emptyState(env.nowMs()),
    identity: ada.identity,
    profile: {
      v: 1,
      name: 'Ada',
      theme: 'system',
      language: 'system',
      readTicks: 'off',
      relayOnly: 'off',
      notifications: 'off',
      tokenSeed: new Uint8Array(32),
    },
    invites: new Map([
      [
        1,
        {
          v: 1,
          key: INVITE,
          secret: new Uint8Array(LIMITS.inviteSecretBytes),
          sealed: new Uint8Array(8),
          name: 'Ada',
          createdMs: env.nowMs(),
          expiresMs: env.nowMs() + 1000,
          state: 'open',
          room: 0,
          usedBy: null,
          profile: 'classic' as const,
        },
      ],
    ]),
    sessions: new Map([
      [
        SESSION,
        { id: SESSION, peer: bo.peer, as: { kind: 'joiner', invite: INVITE }, groups: new Map(), promoted: false, path: 'unknown' },
      ],
    ]),
  })

  const introduce = async (change: Partial<Extract<Frame, { kind: 'introduce' }>> = {}) => {
    const honest = { kind: 'introduce' as const, invite: INVITE, name: 'Bo', record: bo.identity.record, keyPackage: bo.keyPackage }
    const outcome = await firstContact(SESSION, { ...honest, ...change })(stateOf(), ada.tools())
    const answers = outcome.effects.flatMap((effect) => (effect.kind === 'frame' ? [effect.frame] : []))
    const refused = answers.find(({ kind }) => kind === 'refuse')
    return { refused, chats: outcome.state.groups.size, contacts: outcome.state.contacts.size, answers: answers.map(({ kind }) => kind) }
  }

  test('the honest way: let in', async () => {
    expect(await introduce()).toMatchObject({ refused: undefined, chats: 1, contacts: 1 })
  })

  test('with the record or the KeyPackage of somebody else, or none: refused, and nothing is kept', async () => {
    const altered = { ...bo.identity.record, signature: new Uint8Array(64) }
    const changes = [
      { record: eve.identity.record },
      { record: altered },
      { keyPackage: eve.keyPackage },
      { keyPackage: new Uint8Array(40) },
      { keyPackage: bo.keyPackage.slice(0, -1) },
    ]
    for (const change of changes) {
      expect(await introduce(change)).toMatchObject({ refused: { kind: 'refuse', code: 'declined' }, chats: 0, contacts: 0 })
    }
  })

  test('by another invite than the one that the link was proven by: the link ends', async () => {
    expect(await introduce({ invite: '33'.repeat(32) as InviteKey })).toMatchObject({ answers: [], chats: 0 })
  })
})

describe('the chat that an inviter founds', () => {
  const nonce = new Uint8Array(16).fill(7)
  const roomBy = (founder: DeviceKey, shape: 'direct' | 'group' = 'direct'): RoomId =>
    roomIdOf({ author: founder, nonce, profile: 'classic', shape }, env.sha256)

  const createBy = (who: Party, change: Partial<Extract<Op, { kind: 'create' }>> = {}): Op => {
    const { user, chain, record } = who.identity
    return { kind: 'create', nonce, profile: 'classic', shape: 'direct', user, chain, record, name: 'Ada', ...change }
  }
  const addOf = (who: Party, change: Partial<Extract<Op, { kind: 'add' }>> = {}): Op => {
    const { user, device, chain, record } = who.identity
    return { kind: 'add', user, device, chain, record, name: 'Bo', keyPackage: who.keyPackage, role: 'owner', invite: null, ...change }
  }

  /** What Bo takes of these operations, each signed by its author as the next entry of that author's chain. */
  async function taken(room: RoomId, ops: readonly { readonly by: Party; readonly op: Op; readonly change?: Partial<EntryTbs> }[]) {
    const encoded: Uint8Array[] = []
    let prev: EntryTbs['prev'] = null
    for (const [seq, { by, op, change }] of ops.entries()) {
      const tbs: EntryTbs = {
        v: 1,
        room,
        author: by.identity.device,
        seq,
        prev,
        deps: [],
        vote: NO_EPOCH,
        body: { kind: 'op', op },
        ...change,
      }
      prev = entryIdOf(tbs, env.sha256)
      const signature = await by.cryptography.sign('entry', encode(entryTbsCodec, tbs))
      encoded.push(encode(entryCodec, { tbs, signature }))
    }
    const judge: Judge = {
      room,
      profile: 'classic',
      two: { founder: ada.identity.device, joiner: bo.identity.device },
      knows: () => false,
      inviteSecret: () => null,
    }
    return (await judged(bo.tools(), judge, encoded)).map(({ view }) => view.seq)
  }

  test('the honest way: both entries are taken', async () => {
    expect(
      await taken(roomBy(ada.identity.device), [
        { by: ada, op: createBy(ada) },
        { by: ada, op: addOf(bo) },
      ]),
    ).toEqual([0, 1])
  })

  test('a room whose id does not follow from its first entry, of another founder, or of another shape', async () => {
    const room = roomBy(ada.identity.device)
    expect(await taken(room, [{ by: ada, op: createBy(ada, { nonce: new Uint8Array(16) }) }])).toEqual([])
    expect(await taken(roomBy(eve.identity.device), [{ by: eve, op: createBy(eve) }])).toEqual([])
    expect(await taken(roomBy(ada.identity.device, 'group'), [{ by: ada, op: createBy(ada, { shape: 'group' }) }])).toEqual([])
  })

  test('the chain and the record of the first entry are checked, not believed', async () => {
    const room = roomBy(ada.identity.device)
    for (const change of [{ user: eve.identity.user }, { chain: eve.identity.chain }, { chain: [] }, { record: eve.identity.record }]) {
      expect(await taken(room, [{ by: ada, op: createBy(ada, change) }])).toEqual([])
    }
  })

  test('an add of another device, in another role, by an invite, with a record, chain or KeyPackage of somebody else, or later', async () => {
    const room = roomBy(ada.identity.device)
    const wrong: Op[] = [
      addOf(eve),
      addOf(bo, { role: 'member' }),
      addOf(bo, { invite: { invite: INVITE, proof: new Uint8Array(32) } }),
      addOf(bo, { record: eve.identity.record }),
      addOf(bo, { chain: eve.identity.chain }),
      addOf(bo, { user: eve.identity.user }),
      addOf(bo, { keyPackage: eve.keyPackage }),
      addOf(bo, { keyPackage: new Uint8Array(20) }),
    ]
    for (const op of wrong)
      expect(
        await taken(room, [
          { by: ada, op: createBy(ada) },
          { by: ada, op },
        ]),
      ).toEqual([0])
    expect(
      await taken(room, [
        { by: ada, op: createBy(ada) },
        { by: eve, op: addOf(bo) },
      ]),
    ).toEqual([0])
    const late = [
      { by: ada, op: createBy(ada) },
      { by: ada, op: addOf(bo) },
      { by: ada, op: addOf(eve) },
    ]
    expect(await taken(room, late)).toEqual([0, 1])
  })

  test('nothing else is ever done to a chat of two', async () => {
    const room = roomBy(ada.identity.device)
    const ops: Op[] = [
      { kind: 'remove', device: bo.identity.device },
      { kind: 'leave' },
      { kind: 'role', device: bo.identity.device, role: 'member' },
      { kind: 'settings', name: 'x', topic: '', picture: null },
      { kind: 'invite', invite: INVITE, secret: new Uint8Array(16), uses: 1, expiresMs: 1, approval: 0 },
    ]
    for (const op of ops)
      expect(
        await taken(room, [
          { by: ada, op: createBy(ada) },
          { by: ada, op: addOf(bo) },
          { by: ada, op },
        ]),
      ).toEqual([0, 1])
  })

  test('badly signed, or of another room: not taken', async () => {
    const room = roomBy(ada.identity.device)
    expect(await taken(room, [{ by: eve, op: createBy(ada), change: { author: ada.identity.device } }])).toEqual([])
    expect(await taken(room, [{ by: ada, op: createBy(ada), change: { room: roomBy(eve.identity.device) } }])).toEqual([])
  })
})
