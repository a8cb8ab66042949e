/** The engine of rooms over the real cryptography core: what it answers, and what it must not take for an answer. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { Cryptography, Identity } from '#contracts/cryptography.ts'
import type { Env } from '#contracts/env.ts'
import { SottoError } from '#contracts/errors.ts'
import { type DeviceKey, type EpochId, fromHex, type Mid, type RoomId, toHex } from '#contracts/ids.ts'
import { encode } from '#contracts/wire/codec.ts'
import { contentCodec, contentTbsCodec } from '#contracts/wire/content.ts'
import { sha256 } from '../../remotes/p2p/adapters/hash.ts'
import { Bytes, bytesOf } from '../../remotes/p2p/core/groups/bytes.ts'
import { createContent, MlsEngine, SignedContent, signedContentOf } from '../../remotes/p2p/core/groups/mls-engine.ts'
import type { Joiner, MadeCommit } from '../../remotes/p2p/core/rooms/engine.ts'
import type { Opaque } from '../../remotes/p2p/core/rooms/entry-view.ts'
import { createCryptographyForTests } from '../support/cryptography.ts'

const ROOM = '0f'.repeat(16) as RoomId
const NOW_MS = 1_700_000_000_000
const epoch = (n: number): EpochId => n.toString(16).padStart(64, '0') as EpochId

/** What the log would say: the leaves and the tag of each epoch. */
class Facts {
  readonly rosters = new Map<EpochId, readonly (DeviceKey | null)[]>()
  readonly tags = new Map<EpochId, Uint8Array>()

  add(id: EpochId, made: MadeCommit, roster: readonly (DeviceKey | null)[]): void {
    this.rosters.set(id, roster)
    this.tags.set(id, fromHex(made.confirmationTag))
  }
}

class Device {
  readonly cryptography: Cryptography
  readonly identity: Identity
  readonly engine: MlsEngine
  readonly env: Env
  readonly noted: number[] = []
  readonly joiner: Joiner
  /** What the next call of the Worker by this name does instead. */
  failing: { readonly name: keyof Cryptography; readonly error: Error } | null = null

  static async make(facts: Facts): Promise<Device> {
    const cryptography = createCryptographyForTests()
    const { identity } = await cryptography.createIdentity({ deviceName: 'test', nowMs: NOW_MS })
    const made = await cryptography.createKeyPackage('classic', NOW_MS)
    return new Device(cryptography, identity, made, facts)
  }

  private constructor(
    cryptography: Cryptography,
    identity: Identity,
    made: Awaited<ReturnType<Cryptography['createKeyPackage']>>,
    facts: Facts,
  ) {
    this.identity = identity
    this.cryptography = new Proxy(cryptography, {
      get: (target, name, receiver) => (this.failing?.name === name ? () => this.fail() : Reflect.get(target, name, receiver)),
    })
    this.joiner = { device: identity.device, keyPackage: new Bytes(made.keyPackage) }
    this.env = { nowMs: () => NOW_MS, random: (length) => new Uint8Array(length).fill(7), sha256 }
    this.engine = new MlsEngine({
      cryptography: this.cryptography,
      env: this.env,
      room: ROOM,
      profile: 'classic',
      note: ({ token }) => this.noted.push(token),
      rosterOf: (id) => facts.rosters.get(id) ?? null,
      epochTag: (id) => facts.tags.get(id) ?? null,
      keyPackages: [made],
    })
  }

  get key(): DeviceKey {
    return this.identity.device
  }

  private fail(): Promise<never> {
    const error = this.failing?.error
    this.failing = null
    return Promise.reject(error)
  }

  content(text: string, lamport = 1, author: Device = this) {
    const body = { kind: 'text', text } as const
    return createContent({ cryptography: this.cryptography, env: this.env }, { room: ROOM, author: author.key, lamport, deps: [], body })
  }

  async encrypt(id: EpochId, body: Opaque): Promise<Opaque> {
    const content = { mid: '' as Mid, author: this.key, lamport: 1, body }
    const { message, token } = await this.engine.encrypt(id, content)
    await this.engine.adopt(token)
    return message
  }
}

let facts: Facts
let ada: Device
let bo: Device
let welcome: Opaque

/** Ada founds epoch 0 and adds Bo in epoch 1; Bo has not joined yet. */
beforeEach(async () => {
  facts = new Facts()
  ada = await Device.make(facts)
  bo = await Device.make(facts)
  facts.rosters.set(epoch(0), [ada.key])
  await ada.engine.adopt((await ada.engine.found(epoch(0))).token)
  const made = await ada.engine.commit(epoch(0), { adds: [bo.joiner], removedLeaves: [] })
  facts.add(epoch(1), made, [ada.key, bo.key])
  await ada.engine.adopt((await ada.engine.name(made.token, epoch(1))).token)
  if (made.welcome === null) throw new Error('a commit that adds makes a Welcome')
  welcome = made.welcome
})

const joinBo = async (): Promise<void> => {
  const moved = await bo.engine.join(epoch(1), welcome)
  if (moved === null) throw new Error('bo should join')
  await bo.engine.adopt(moved.token)
}

it('lets two talk, and gives back what was signed', async () => {
  await joinBo()
  const content = await ada.content('hello', 3)
  const { results, moved } = await bo.engine.decrypt(epoch(1), [await ada.encrypt(epoch(1), content.body)])
  expect(results).toMatchObject([{ kind: 'opened', sender: ada.key, generation: 0, content: { mid: content.mid, lamport: 3 } }])
  const [opened] = results
  expect(opened?.kind === 'opened' && signedContentOf(opened.content.body).tbs.body).toEqual({ kind: 'text', text: 'hello' })
  expect(moved).not.toBeNull()
})

it('notes every token that it hands on', async () => {
  await joinBo()
  const { token } = await ada.engine.encrypt(epoch(1), await ada.content('x'))
  expect(ada.noted).toContain(token)
  expect(ada.noted).toHaveLength(3)
  expect(bo.noted).toHaveLength(1)
})

describe('a message that does not hold does not hold up the others:', () => {
  beforeEach(joinBo)

  const opensOnlyTheGood = async (bad: Opaque) => {
    const good = await ada.content('good')
    const { results } = await bo.engine.decrypt(epoch(1), [bad, await ada.encrypt(epoch(1), good.body)])
    expect(results.map(({ kind }) => kind)).toEqual(['failed', 'opened'])
  }

  it('garbage', () => opensOnlyTheGood(new Bytes(new Uint8Array(100))))

  it("a content signed with another's key", async () => {
    const cy = await Device.make(facts)
    await opensOnlyTheGood(await ada.encrypt(epoch(1), (await cy.content('in your name', 1, ada)).body))
  })

  it("somebody else's content", async () => {
    const cy = await Device.make(facts)
    await opensOnlyTheGood(await ada.encrypt(epoch(1), (await cy.content('not yours')).body))
  })

  it('a content of another room', async () => {
    const { content } = (await ada.content('x')).body as SignedContent
    const tbs = { ...content.tbs, room: 'aa'.repeat(16) as RoomId }
    const signature = await ada.cryptography.sign('content', encode(contentTbsCodec, tbs))
    await opensOnlyTheGood(await ada.encrypt(epoch(1), new SignedContent({ tbs, signature })))
  })

  it('a content that does not decode', async () => {
    const { content } = (await ada.content('x')).body as SignedContent
    const bytes = encode(contentCodec, content).slice(1)
    const { token, message } = await ada.cryptography.encrypt(ROOM, epoch(1), bytes)
    await ada.cryptography.adopt(token)
    await opensOnlyTheGood(new Bytes(message))
  })
})

describe("commits of others, on bo's side:", () => {
  beforeEach(joinBo)

  const addCy = async () => {
    const cy = await Device.make(facts)
    const made = await ada.engine.commit(epoch(1), { adds: [cy.joiner], removedLeaves: [] })
    facts.add(epoch(2), made, [ada.key, bo.key, cy.key])
    return made
  }

  it('a good one leads to its epoch', async () => {
    const { message } = await addCy()
    expect(await bo.engine.process(epoch(1), epoch(2), message)).not.toBeNull()
  })

  it('what is no commit, or not for that epoch, is null', async () => {
    await addCy()
    expect(await bo.engine.process(epoch(1), epoch(2), new Bytes(new Uint8Array(50)))).toBeNull()
    const old = await ada.engine.commit(epoch(0), { adds: [], removedLeaves: [] })
    expect(await bo.engine.process(epoch(1), epoch(2), old.message)).toBeNull()
  })

  it('one that does not give the leaves that the log says is null', async () => {
    const { message } = await addCy()
    facts.rosters.set(epoch(2), [ada.key, bo.key])
    expect(await bo.engine.process(epoch(1), epoch(2), message)).toBeNull()
  })

  it.each(['worker-ended', 'internal', 'not-found', 'identity-missing'] as const)('%s is no judgement: it rejects', async (code) => {
    const { message } = await addCy()
    bo.failing = { name: 'processCommit', error: new SottoError(code) }
    await expect(bo.engine.process(epoch(1), epoch(2), message)).rejects.toMatchObject({ code })
    bo.failing = { name: 'nameCommit', error: new SottoError('unexpected') }
    await expect(bo.engine.process(epoch(1), epoch(2), message)).rejects.toMatchObject({ code: 'unexpected' })
  })
})

describe('joining:', () => {
  it('a Welcome to others, or of another epoch, is null and leaves nothing behind', async () => {
    const cy = await Device.make(facts)
    expect(await cy.engine.join(epoch(1), welcome)).toBeNull()
    const other = await ada.engine.commit(epoch(0), { adds: [bo.joiner], removedLeaves: [] })
    expect(await bo.engine.join(epoch(1), other.welcome ?? new Bytes(new Uint8Array()))).toBeNull()
    expect([...cy.noted, ...bo.noted]).toEqual([])
  })

  it('trouble of our own is no judgement', async () => {
    bo.failing = { name: 'join', error: new SottoError('worker-ended') }
    await expect(bo.engine.join(epoch(1), welcome)).rejects.toMatchObject({ code: 'worker-ended' })
    await joinBo()
  })
})

it('a KeyPackage is usable by its device alone', async () => {
  expect(await ada.engine.usable(bo.joiner)).toBe(true)
  expect(await ada.engine.usable({ ...bo.joiner, device: ada.key })).toBe(false)
  expect(await ada.engine.usable({ ...bo.joiner, keyPackage: new Bytes(bytesOf(bo.joiner.keyPackage).slice(1)) })).toBe(false)
})

it('a fresh KeyPackage can be welcomed by', async () => {
  const fresh = await bo.engine.keyPackage()
  const made = await ada.engine.commit(epoch(0), { adds: [{ device: bo.key, keyPackage: fresh.keyPackage }], removedLeaves: [] })
  facts.add(epoch(5), made, [ada.key, bo.key])
  expect(toHex(sha256(bytesOf(made.welcome ?? fresh.keyPackage)))).toBe(made.welcomeHash)
  expect(await bo.engine.join(epoch(5), made.welcome ?? fresh.keyPackage)).not.toBeNull()
})

it('a commit can remove a device and let it in again with a new KeyPackage', async () => {
  await joinBo()
  const { keyPackage } = await bo.engine.keyPackage()
  const made = await ada.engine.commit(epoch(1), { adds: [{ device: bo.key, keyPackage }], removedLeaves: [1] })
  facts.add(epoch(2), made, [ada.key, bo.key])
  await ada.engine.adopt((await ada.engine.name(made.token, epoch(2))).token)
  const moved = await bo.engine.join(epoch(2), made.welcome ?? keyPackage)
  expect(moved).not.toBeNull()
})

it('what MLS did must be what the log says, or the own commit is not named', async () => {
  const made = await ada.engine.commit(epoch(1), { adds: [], removedLeaves: [1] })
  facts.add(epoch(2), made, [ada.key, bo.key])
  await expect(ada.engine.name(made.token, epoch(2))).rejects.toMatchObject({ code: 'internal' })
})
