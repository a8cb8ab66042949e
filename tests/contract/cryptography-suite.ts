/** The acceptance suite of the Cryptography port: whatever stands behind it passes this. */
import { expect, test } from 'vitest'
import type { CommitMade, Cryptography, EpochInfo, Identity, KeyPackageMade, Sealed } from '#contracts/cryptography.ts'
import { codeOf } from '#contracts/errors.ts'
import { type EpochId, idOf, type RoomId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { PROFILES, type Profile } from '#contracts/wire/entry.ts'

const NOW = Date.UTC(2026, 10, 21)
const utf8 = new TextEncoder()

export const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (thrown: unknown) => codeOf(thrown),
  )

export interface Member {
  readonly cryptography: Cryptography
  readonly identity: Identity
  readonly sealedIdentity: Sealed
}

/** A device on its own. `reload` gives the same device after its page was loaded again. */
export interface Devices {
  create(): Promise<{ readonly cryptography: Cryptography; reload(): Promise<Cryptography> }>
}

const epochId = (fill: number): EpochId => idOf<EpochId>(new Uint8Array(32).fill(fill))
const ROOM = idOf<RoomId>(new Uint8Array(16).fill(0xab))
const ROOT = epochId(1)
const FIRST = epochId(2)
const SECOND = epochId(3)
const THIRD = epochId(4)
const RIVAL = epochId(5)

const unwrap = <T>(value: T | null | undefined): T => {
  if (value === null || value === undefined) throw new Error('nothing there')
  return value
}

/** In rooms of `suite`. */
export function testCryptography(devices: Devices, suite: Profile = 'classic'): void {
  const member = async (): Promise<Member & { reload(): Promise<Cryptography> }> => {
    const { cryptography, reload } = await devices.create()
    const { identity, sealed } = await cryptography.createIdentity({ deviceName: 'd', nowMs: NOW })
    return { cryptography, identity, sealedIdentity: sealed, reload }
  }

  const found = async (founder: Member, room = ROOM): Promise<Sealed> => {
    const { token, sealed } = await founder.cryptography.createGroup(room, ROOT, suite, NOW)
    await founder.cryptography.adopt(token)
    return sealed
  }

  /** Names and adopts a commit; resolves to the sealed state. */
  const enter = async ({ cryptography }: Member, token: number, epoch: EpochId): Promise<Sealed> => {
    const { sealed, token: named } = await cryptography.nameCommit(token, epoch)
    await cryptography.adopt(named)
    return sealed
  }

  const join = async (joiner: Member, made: CommitMade, own: KeyPackageMade, epoch: EpochId): Promise<Sealed> => {
    const welcome = unwrap(made.welcome)
    const joined = await joiner.cryptography.join({
      room: ROOM,
      profile: suite,
      welcome,
      keyPackage: own.keyPackage,
      sealedKeyPackage: own.sealed,
      nowMs: NOW,
    })
    expect(joined.info).toEqual(made.info)
    expect(joined.confirmationTag).toEqual(made.confirmationTag)
    return enter(joiner, joined.token, epoch)
  }

  /** Ann's room with bob in it, in epoch FIRST. */
  const pair = async () => {
    const [ann, bob] = [await member(), await member()]
    await found(ann)
    const own = await bob.cryptography.createKeyPackage(suite, NOW)
    const made = await ann.cryptography.createCommit(ROOM, ROOT, { addKeyPackages: [own.keyPackage], removeDevices: [], nowMs: NOW })
    const annSealed = await enter(ann, made.token, FIRST)
    const bobSealed = await join(bob, made, own, FIRST)
    return { ann, bob, made, own, annSealed, bobSealed }
  }

  const say = async ({ cryptography }: Member, text: string, epoch = FIRST) => {
    const sent = await cryptography.encrypt(ROOM, epoch, utf8.encode(text))
    await cryptography.adopt(sent.token)
    return sent
  }

  const hear = async ({ cryptography }: Member, messages: readonly Uint8Array[], epoch = FIRST) => {
    const { results, pending } = await cryptography.decrypt(ROOM, epoch, messages)
    if (pending !== null) await cryptography.adopt(pending.token)
    return results.map((result) => (result.ok ? new TextDecoder().decode(result.plaintext) : result.code))
  }

  /** Applies another's commit and enters the epoch. */
  const follow = async (one: Member, parent: EpochId, commit: Uint8Array, epoch: EpochId): Promise<EpochInfo> => {
    const { token, info } = await one.cryptography.processCommit(ROOM, parent, commit, NOW)
    await enter(one, token, epoch)
    return info
  }

  /** Ann's room with bob and cat in it, in epoch SECOND. */
  const trio = async () => {
    const { ann, bob } = await pair()
    const cat = await member()
    const own = await cat.cryptography.createKeyPackage(suite, NOW)
    const made = await ann.cryptography.createCommit(ROOM, FIRST, { addKeyPackages: [own.keyPackage], removeDevices: [], nowMs: NOW })
    await enter(ann, made.token, SECOND)
    await follow(bob, FIRST, made.commit, SECOND)
    await join(cat, made, own, SECOND)
    return { ann, bob, cat, made }
  }

  /** What each says in the epoch arrives at each of the others. */
  const expectTalk = async (members: readonly Member[], epoch: EpochId): Promise<void> => {
    for (const [from, speaker] of members.entries()) {
      const { message } = await say(speaker, `from ${from}`, epoch)
      for (const listener of members) if (listener !== speaker) expect(await hear(listener, [message], epoch)).toEqual([`from ${from}`])
    }
  }

  test('an identity is created, sealed and opened again after a reload', async () => {
    const { cryptography, identity, sealedIdentity, reload } = await member()
    expect(await cryptography.hasVaultKey()).toBe(true)
    const again = await reload()
    expect(await refusal(again.sign('entry', Uint8Array.of(1)))).toBe('identity-missing')
    expect(await again.openIdentity(sealedIdentity)).toEqual(identity)
    expect(await again.revealPhrase()).toHaveLength(24)
  })

  test('founder and joiner are in the same epoch, by number, roster and authenticator', async () => {
    const { ann, bob, made } = await pair()
    expect(made.info.number).toBe(1)
    expect(made.info.roster).toEqual([
      { leafIndex: 0, device: ann.identity.device, user: ann.identity.user },
      { leafIndex: 1, device: bob.identity.device, user: bob.identity.user },
    ])
    expect(await ann.cryptography.inspectCommit(made.commit, suite)).toMatchObject({
      number: 0,
      external: false,
      senderLeaf: 0,
      adds: [bob.identity.device],
      removedLeaves: [],
      confirmationTag: made.confirmationTag,
    })
  })

  test('messages arrive both ways, with author and generation', async () => {
    const { ann, bob } = await pair()
    const sent = [await say(ann, 'one'), await say(ann, 'two'), await say(ann, 'three')]
    expect(sent.map(({ generation }) => generation)).toEqual([0, 1, 2])
    const { results, pending } = await bob.cryptography.decrypt(
      ROOM,
      FIRST,
      sent.map(({ message }) => message),
    )
    expect(results.map((result) => result.ok && [result.sender, result.generation])).toEqual([0, 1, 2].map((n) => [ann.identity.device, n]))
    await bob.cryptography.adopt(unwrap(pending).token)
    expect(await hear(ann, [(await say(bob, 'back')).message])).toEqual(['back'])
  })

  test('messages may come in any order, and each is taken once', async () => {
    const { ann, bob } = await pair()
    const sent: Uint8Array[] = []
    for (let i = 0; i < 29; i++) sent.push((await say(ann, `${i}`)).message)
    const lastFirst = sent.toReversed()
    expect(await hear(bob, lastFirst)).toEqual(Array.from({ length: 29 }, (_, i) => `${28 - i}`))
    expect(await hear(bob, sent)).toEqual(sent.map(() => 'replayed'))
  })

  test('one bad message does not hold up the rest, and moves nothing', async () => {
    const { ann, bob } = await pair()
    const good = await say(ann, 'good')
    const next = await say(ann, 'next')
    const flipped = good.message.slice()
    const last = flipped.length - 1
    flipped[last] = unwrap(flipped[last]) ^ 1
    const own = await say(bob, 'own')
    expect(await hear(bob, [flipped, new Uint8Array(), good.message, own.message, next.message])).toEqual([
      'cannot-decrypt',
      'malformed',
      'good',
      'unexpected',
      'next',
    ])
    const { results, pending } = await bob.cryptography.decrypt(ROOM, FIRST, [flipped])
    expect([results[0]?.ok, pending]).toEqual([false, null])
    expect(await hear(bob, [new Uint8Array(LIMITS.entryBytes + 1)])).toEqual(['too-large'])
  })

  test('one epoch has one move at a time, and a generation is never used twice', async () => {
    const { ann, bob } = await pair()
    const first = await ann.cryptography.encrypt(ROOM, FIRST, utf8.encode('first'))
    expect(await refusal(ann.cryptography.encrypt(ROOM, FIRST, utf8.encode('second')))).toBe('unexpected')
    expect(await refusal(ann.cryptography.decrypt(ROOM, FIRST, [first.message]))).toBe('unexpected')
    // The transaction failed: nothing left this device, so the generation is free again.
    await ann.cryptography.drop(first.token)
    expect(await refusal(ann.cryptography.adopt(first.token))).toBe('unexpected')
    const again = await ann.cryptography.encrypt(ROOM, FIRST, utf8.encode('again'))
    expect(again.generation).toBe(first.generation)
    await ann.cryptography.adopt(again.token)
    expect((await say(ann, 'later')).generation).toBe(again.generation + 1)
    expect(await hear(bob, [again.message])).toEqual(['again'])

    const racing = await Promise.all([1, 2, 3].map((n) => refusal(ann.cryptography.encrypt(ROOM, FIRST, Uint8Array.of(n)))))
    expect(racing.toSorted()).toEqual(['resolved', 'unexpected', 'unexpected'])
  })

  test('a sealed state is where its message left off, and opens for its own epoch only', async () => {
    const { ann, bob, annSealed } = await pair()
    const sent = await say(ann, 'before the reload')
    const again = await ann.reload()
    await again.openIdentity(ann.sealedIdentity)
    expect(await refusal(again.encrypt(ROOM, FIRST, utf8.encode('not loaded')))).toBe('not-found')
    expect(await refusal(again.loadEpoch(ROOM, epochId(9), sent.sealed))).toBe('malformed')
    expect(await refusal(again.loadEpoch(idOf<RoomId>(new Uint8Array(16)), FIRST, sent.sealed))).toBe('malformed')
    await again.loadEpoch(ROOM, FIRST, sent.sealed)
    // Loading what is loaded replaces nothing: an old state does not bring a used generation back.
    await again.loadEpoch(ROOM, FIRST, annSealed)
    const after = await again.encrypt(ROOM, FIRST, utf8.encode('after'))
    expect(after.generation).toBe(sent.generation + 1)
    expect(await hear(bob, [sent.message, after.message])).toEqual(['before the reload', 'after'])
  })

  test('a third joins, a commit of another is processed, one is removed', async () => {
    const { ann, bob } = await pair()
    const cat = await member()
    const own = await cat.cryptography.createKeyPackage(suite, NOW)
    const added = await bob.cryptography.createCommit(ROOM, FIRST, { addKeyPackages: [own.keyPackage], removeDevices: [], nowMs: NOW })
    const second = epochId(3)
    await enter(bob, added.token, second)
    await join(cat, added, own, second)
    const processed = await ann.cryptography.processCommit(ROOM, FIRST, added.commit, NOW)
    expect(processed.info).toEqual(added.info)
    await enter(ann, processed.token, second)
    const greeting = await say(cat, 'hello', second)
    expect(await hear(ann, [greeting.message], second)).toEqual(['hello'])
    expect(await hear(bob, [greeting.message], second)).toEqual(['hello'])

    const third = epochId(4)
    const removed = await ann.cryptography.createCommit(ROOM, second, {
      addKeyPackages: [],
      removeDevices: [bob.identity.device],
      nowMs: NOW,
    })
    expect(removed.welcome).toBeNull()
    expect((await cat.cryptography.inspectCommit(removed.commit, suite)).removedLeaves).toEqual([1])
    await enter(ann, removed.token, third)
    const forCat = await cat.cryptography.processCommit(ROOM, second, removed.commit, NOW)
    await enter(cat, forCat.token, third)
    expect(forCat.info.roster.map(({ device }) => device)).toEqual([ann.identity.device, cat.identity.device])
    expect(await refusal(bob.cryptography.processCommit(ROOM, second, removed.commit, NOW))).toBe('removed')
    const secret = await say(ann, 'without bob', third)
    expect(await hear(cat, [secret.message], third)).toEqual(['without bob'])
    expect(await hear(bob, [secret.message], second)).toEqual(['unexpected'])
  })

  test('rival commits on one parent can both be held, and the old epoch still speaks', async () => {
    const { ann, bob } = await pair()
    const keyPackages = await Promise.all([member(), member()].map(async (one) => (await one).cryptography.createKeyPackage(suite, NOW)))
    const [mine, theirs] = await Promise.all(
      [ann, bob].map(({ cryptography }, i) =>
        cryptography.createCommit(ROOM, FIRST, {
          addKeyPackages: [unwrap(keyPackages[i]).keyPackage],
          removeDevices: [],
          nowMs: NOW,
        }),
      ),
    )
    await enter(ann, unwrap(mine).token, epochId(5))
    const rival = await ann.cryptography.processCommit(ROOM, FIRST, unwrap(theirs).commit, NOW)
    await enter(ann, rival.token, epochId(6))
    expect(await hear(bob, [(await say(ann, 'still here')).message])).toEqual(['still here'])
    // Forgetting a branch takes nothing from its parent or its rival.
    await ann.cryptography.dropEpoch(ROOM, epochId(5))
    expect(await refusal(ann.cryptography.encrypt(ROOM, epochId(5), Uint8Array.of(1)))).toBe('not-found')
    await say(ann, 'on the rival branch', epochId(6))
    expect(await hear(bob, [(await say(ann, 'and on the parent')).message])).toEqual(['and on the parent'])
    // The rival left ann's own leaf as it was in the parent: dropping it must not take that key along.
    await ann.cryptography.dropEpoch(ROOM, epochId(6))
    const fromBob = await bob.cryptography.createCommit(ROOM, FIRST, { addKeyPackages: [], removeDevices: [], nowMs: NOW })
    expect((await ann.cryptography.processCommit(ROOM, FIRST, fromBob.commit, NOW)).confirmationTag).toEqual(fromBob.confirmationTag)
    const again = await ann.cryptography.createCommit(ROOM, FIRST, { addKeyPackages: [], removeDevices: [], nowMs: NOW })
    expect((await bob.cryptography.processCommit(ROOM, FIRST, again.commit, NOW)).confirmationTag).toEqual(again.confirmationTag)
  })

  test('a commit is named once, adopted once named, and not under a name that is taken', async () => {
    const { ann } = await pair()
    const { token } = await ann.cryptography.createCommit(ROOM, FIRST, { addKeyPackages: [], removeDevices: [], nowMs: NOW })
    expect(await refusal(ann.cryptography.adopt(token))).toBe('unexpected')
    expect(await refusal(ann.cryptography.nameCommit(token, FIRST))).toBe('unexpected')
    await ann.cryptography.nameCommit(token, epochId(7))
    expect(await refusal(ann.cryptography.nameCommit(token, epochId(8)))).toBe('unexpected')
    const { token: other } = await ann.cryptography.createCommit(ROOM, FIRST, { addKeyPackages: [], removeDevices: [], nowMs: NOW })
    expect(await refusal(ann.cryptography.nameCommit(other, epochId(7)))).toBe('unexpected')
    await ann.cryptography.adopt(token)
    expect(await refusal(ann.cryptography.adopt(token))).toBe('unexpected')
    expect(await refusal(ann.cryptography.createGroup(ROOM, ROOT, suite, NOW))).toBe('unexpected')
    await ann.cryptography.drop(9999)
  })

  test('commits that do not fit are refused and change nothing', async () => {
    const { ann, bob, made, own } = await pair()
    const { cryptography } = ann
    const change = (over: object) =>
      refusal(cryptography.createCommit(ROOM, FIRST, { addKeyPackages: [], removeDevices: [], nowMs: NOW, ...over }))
    expect(await change({ addKeyPackages: [own.keyPackage] })).toBe('unexpected')
    expect(await change({ removeDevices: [(await member()).identity.device] })).toBe('not-found')
    expect(await change({ removeDevices: [ann.identity.device] })).toBe('unexpected')
    expect(await change({ addKeyPackages: [Uint8Array.of(1)] })).toBe('malformed')
    const twice = await (await member()).cryptography.createKeyPackage(suite, NOW)
    expect(await change({ addKeyPackages: [twice.keyPackage, twice.keyPackage] })).toBe('unexpected')
    // For another epoch, and an own commit played back.
    expect(await refusal(bob.cryptography.processCommit(ROOM, FIRST, made.commit, NOW))).toBe('unexpected')
    expect(await refusal(cryptography.processCommit(ROOM, ROOT, made.commit, NOW))).toBe('unexpected')
    // For another room, at the same epoch number.
    const elsewhere = idOf<RoomId>(new Uint8Array(16).fill(0xcd))
    await found(ann, elsewhere)
    const nobody = { addKeyPackages: [], removeDevices: [], nowMs: NOW }
    await enter(ann, (await cryptography.createCommit(elsewhere, ROOT, nobody)).token, FIRST)
    const away = await cryptography.createCommit(elsewhere, FIRST, nobody)
    expect(away.info.number).toBe(made.info.number + 1)
    expect(await refusal(bob.cryptography.processCommit(ROOM, FIRST, away.commit, NOW))).toBe('unexpected')
    const alone = await cryptography.createCommit(ROOM, FIRST, { addKeyPackages: [], removeDevices: [], nowMs: NOW })
    const altered = alone.commit.slice()
    altered[altered.length - 40] = unwrap(altered[altered.length - 40]) ^ 1
    expect(await refusal(bob.cryptography.processCommit(ROOM, FIRST, altered, NOW))).not.toBe('resolved')
    expect(await hear(bob, [(await say(ann, 'unharmed')).message])).toEqual(['unharmed'])
  })

  test('a KeyPackage is judged: whose it is, its dates, its suite', async () => {
    const [ann, bob] = [await member(), await member()]
    const { keyPackage } = await bob.cryptography.createKeyPackage(suite, NOW)
    const inspect = (bytes: Uint8Array, nowMs = NOW, profile: Profile = suite) => ann.cryptography.inspectKeyPackage(bytes, profile, nowMs)
    expect(await inspect(keyPackage)).toEqual({ device: bob.identity.device, user: bob.identity.user })
    for (const another of PROFILES) if (another !== suite) expect(await refusal(inspect(keyPackage, NOW, another))).toBe('wrong-suite')
    expect(await refusal(inspect(keyPackage, NOW + 91 * 24 * 3_600_000))).toBe('expired-certificate')
    expect(await refusal(inspect(keyPackage, NOW - 5 * 3_600_000))).toBe('expired-certificate')
    expect(await refusal(inspect(new Uint8Array(LIMITS.keyPackageBytes[suite === 'hybrid' ? 'hybrid' : 'classic'] + 1)))).toBe('too-large')
    for (let at = 8; at < keyPackage.length; at += suite === 'hybrid' ? 71 : 7) {
      const altered = keyPackage.slice()
      altered[at] = unwrap(altered[at]) ^ 1
      expect(await refusal(inspect(altered)), `byte ${at}`).not.toBe('resolved')
    }
  })

  test('a Welcome opens with the KeyPackage it was made for, in the room it names', async () => {
    const [ann, bob, eve] = [await member(), await member(), await member()]
    await found(ann)
    const own = await bob.cryptography.createKeyPackage(suite, NOW)
    const another = await bob.cryptography.createKeyPackage(suite, NOW)
    const made = await ann.cryptography.createCommit(ROOM, ROOT, { addKeyPackages: [own.keyPackage], removeDevices: [], nowMs: NOW })
    const welcome = unwrap(made.welcome)
    const attempt = (who: Member, over: Partial<Parameters<Cryptography['join']>[0]>) =>
      refusal(
        who.cryptography.join({
          room: ROOM,
          profile: suite,
          welcome,
          keyPackage: own.keyPackage,
          sealedKeyPackage: own.sealed,
          nowMs: NOW,
          ...over,
        }),
      )
    expect(await attempt(bob, { keyPackage: another.keyPackage, sealedKeyPackage: another.sealed })).toBe('cannot-decrypt')
    expect(await attempt(bob, { sealedKeyPackage: another.sealed })).toBe('malformed')
    expect(await attempt(eve, {})).toBe('malformed')
    expect(await attempt(bob, { room: idOf<RoomId>(new Uint8Array(16)) })).toBe('unexpected')
    const altered = welcome.slice()
    altered[altered.length - 1] = unwrap(altered[altered.length - 1]) ^ 1
    expect(await attempt(bob, { welcome: altered })).toBe('cannot-decrypt')
    expect(await attempt(bob, {})).toBe('resolved')
  })

  const rejoin = ({ cryptography }: Member, groupInfo: Uint8Array, confirmationTag: Uint8Array, room = ROOM) =>
    cryptography.externalCommit({ room, profile: suite, groupInfo, confirmationTag, nowMs: NOW })

  test('a device that lost its state comes back by external commit, in the place of its old leaf', async () => {
    const { ann, bob, cat, made } = await trio()
    const groupInfo = await ann.cryptography.exportGroupInfo(ROOM, SECOND)
    const fresh = await bob.reload()
    await fresh.openIdentity(bob.sealedIdentity)
    const back = { ...bob, cryptography: fresh }
    const returned = await rejoin(back, groupInfo, made.confirmationTag)
    expect(returned.welcome).toBeNull()
    expect(returned.info.roster.map(({ device }) => device)).toEqual([ann, bob, cat].map(({ identity }) => identity.device))
    expect(await cat.cryptography.inspectCommit(returned.commit, suite)).toEqual({
      mlsGroup: new Uint8Array(16).fill(0xab),
      number: made.info.number,
      external: true,
      senderLeaf: null,
      adds: [],
      removedLeaves: [1],
      confirmationTag: returned.confirmationTag,
    })
    await enter(back, returned.token, THIRD)
    for (const one of [ann, cat]) expect(await follow(one, SECOND, returned.commit, THIRD)).toEqual(returned.info)
    await expectTalk([ann, back, cat], THIRD)
    // Each of them can go on from there, who came back too.
    const next = await fresh.createCommit(ROOM, THIRD, { addKeyPackages: [], removeDevices: [cat.identity.device], nowMs: NOW })
    await enter(back, next.token, RIVAL)
    await follow(ann, THIRD, next.commit, RIVAL)
    await expectTalk([ann, back], RIVAL)
  })

  test('a device without a leaf comes in by external commit at a new one', async () => {
    const { ann, bob, cat, made } = await trio()
    const dan = await member()
    const joined = await rejoin(dan, await cat.cryptography.exportGroupInfo(ROOM, SECOND), made.confirmationTag)
    expect(await ann.cryptography.inspectCommit(joined.commit, suite)).toMatchObject({
      external: true,
      senderLeaf: null,
      adds: [],
      removedLeaves: [],
    })
    await enter(dan, joined.token, THIRD)
    for (const one of [ann, bob, cat]) expect(await follow(one, SECOND, joined.commit, THIRD)).toEqual(joined.info)
    expect(joined.info.roster.map(({ device }) => device)).toEqual([ann, bob, cat, dan].map(({ identity }) => identity.device))
    await expectTalk([ann, bob, cat, dan], THIRD)
  })

  test('a GroupInfo is taken only for the room and the commit that it was asked for', async () => {
    const { ann, bob, cat, made } = await trio()
    const groupInfo = await ann.cryptography.exportGroupInfo(ROOM, SECOND)
    const tag = made.confirmationTag
    const altered = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
    expect(await refusal(rejoin(bob, groupInfo, altered(tag, 0)))).toBe('unexpected')
    expect(await refusal(rejoin(bob, groupInfo, new Uint8Array()))).toBe('unexpected')
    expect(await refusal(rejoin(bob, groupInfo, tag, idOf<RoomId>(new Uint8Array(16))))).toBe('unexpected')
    expect(await refusal(rejoin(bob, made.commit, tag))).toBe('malformed')
    expect(await refusal(rejoin(bob, new Uint8Array(LIMITS.groupInfoBytes + 1), tag))).toBe('too-large')
    expect(await refusal(rejoin(bob, altered(groupInfo, groupInfo.length - 1), tag))).toBe('bad-signature')
    for (let at = 4; at < groupInfo.length; at += 41) {
      expect(await refusal(rejoin(bob, altered(groupInfo, at), tag)), `byte ${at}`).not.toBe('resolved')
    }
    expect(await refusal(ann.cryptography.exportGroupInfo(ROOM, THIRD))).toBe('not-found')
    await expectTalk([ann, bob, cat], SECOND)
  })

  test('an external commit is applied once, on its own epoch, and not by its author', async () => {
    const { ann, bob, cat, made } = await trio()
    const { commit } = await rejoin(bob, await ann.cryptography.exportGroupInfo(ROOM, SECOND), made.confirmationTag)
    expect(await refusal(bob.cryptography.processCommit(ROOM, SECOND, commit, NOW))).toBe('unexpected')
    expect(await refusal(ann.cryptography.processCommit(ROOM, FIRST, commit, NOW))).toBe('unexpected')
    for (let at = 30; at < commit.length; at += 17) {
      const altered = commit.map((byte, i) => (i === at ? byte ^ 1 : byte))
      expect(await refusal(ann.cryptography.processCommit(ROOM, SECOND, altered, NOW)), `byte ${at}`).not.toBe('resolved')
    }
    await follow(ann, SECOND, commit, THIRD)
    expect(await refusal(ann.cryptography.processCommit(ROOM, THIRD, commit, NOW))).toBe('unexpected')
    await expectTalk([ann, bob, cat], SECOND)
  })

  test('a room is founded anew, and all are welcomed into the same epoch', async () => {
    const { ann, bob, cat, made } = await trio()
    const own = await Promise.all([ann, bob].map(({ cryptography }) => cryptography.createKeyPackage(suite, NOW)))
    const keyPackages = own.map(({ keyPackage }) => keyPackage)
    expect(await refusal(cat.cryptography.refound(ROOM, suite === 'hybrid' ? 'classic' : 'hybrid', keyPackages, NOW))).toBe('wrong-suite')
    expect(await refusal(cat.cryptography.refound(ROOM, suite, [Uint8Array.of(1)], NOW))).toBe('malformed')
    const again = await cat.cryptography.refound(ROOM, suite, keyPackages, NOW)
    expect(await ann.cryptography.inspectCommit(again.commit, suite)).toMatchObject({
      mlsGroup: new Uint8Array(16).fill(0xab),
      number: 0,
      external: false,
      senderLeaf: 0,
      adds: [ann.identity.device, bob.identity.device],
      confirmationTag: again.confirmationTag,
    })
    expect(again.info.authenticator).not.toEqual(made.info.authenticator)
    await enter(cat, again.token, THIRD)
    await join(ann, again, unwrap(own[0]), THIRD)
    await join(bob, again, unwrap(own[1]), THIRD)
    await expectTalk([ann, bob, cat], THIRD)
    // The old group is not the new one's, by the same number or not.
    expect(await refusal(ann.cryptography.processCommit(ROOM, ROOT, again.commit, NOW))).toBe('unexpected')
    await expectTalk([ann, bob, cat], SECOND)
  })

  test('a device is taken out and let in again by one commit', async () => {
    const { ann, bob, cat } = await trio()
    const own = await bob.cryptography.createKeyPackage(suite, NOW)
    const change = { addKeyPackages: [own.keyPackage], removeDevices: [bob.identity.device], nowMs: NOW }
    const made = await ann.cryptography.createCommit(ROOM, SECOND, change)
    expect(await cat.cryptography.inspectCommit(made.commit, suite)).toMatchObject({ adds: [bob.identity.device], removedLeaves: [1] })
    await enter(ann, made.token, THIRD)
    expect(await follow(cat, SECOND, made.commit, THIRD)).toEqual(made.info)
    // Its old state ends here; it goes on by the Welcome.
    expect(await refusal(bob.cryptography.processCommit(ROOM, SECOND, made.commit, NOW))).toBe('removed')
    const altered = made.commit.map((byte, i) => (i === made.commit.length - 1 ? byte ^ 1 : byte))
    expect(await refusal(bob.cryptography.processCommit(ROOM, SECOND, altered, NOW))).toBe('bad-signature')
    await join(bob, made, own, THIRD)
    await expectTalk([ann, bob, cat], THIRD)
  })

  test('both branches of rival commits are followed and read, and one is dropped without the other or the parent', async () => {
    const { ann, bob, cat } = await trio()
    const nobody = { addKeyPackages: [], removeDevices: [], nowMs: NOW }
    const [anns, bobs] = [
      await ann.cryptography.createCommit(ROOM, SECOND, nobody),
      await bob.cryptography.createCommit(ROOM, SECOND, nobody),
    ]
    await enter(ann, anns.token, THIRD)
    await enter(bob, bobs.token, RIVAL)
    expect(await follow(cat, SECOND, anns.commit, THIRD)).toEqual(anns.info)
    const sealed = await (async () => {
      const { token } = await cat.cryptography.processCommit(ROOM, SECOND, bobs.commit, NOW)
      return enter(cat, token, RIVAL)
    })()
    expect(await hear(cat, [(await say(ann, 'here', THIRD)).message], THIRD)).toEqual(['here'])
    expect(await hear(cat, [(await say(bob, 'there', RIVAL)).message], RIVAL)).toEqual(['there'])
    await cat.cryptography.dropEpoch(ROOM, THIRD)
    await follow(ann, SECOND, bobs.commit, RIVAL)
    await expectTalk([ann, bob, cat], RIVAL)
    await expectTalk([ann, bob, cat], SECOND)
    // The dropped branch is gone, and can be followed anew from the parent; so can the parent be dropped.
    await follow(cat, SECOND, anns.commit, THIRD)
    await cat.cryptography.dropEpoch(ROOM, RIVAL)
    await cat.cryptography.dropEpoch(ROOM, SECOND)
    await follow(bob, SECOND, anns.commit, THIRD)
    await expectTalk([ann, bob, cat], THIRD)
    await cat.cryptography.loadEpoch(ROOM, RIVAL, sealed)
    const onward = await bob.cryptography.createCommit(ROOM, RIVAL, nobody)
    expect(await follow(cat, RIVAL, onward.commit, epochId(6))).toEqual(onward.info)
  })

  test('a commit that is not named yet takes no harm from dropping its parent, and takes nothing along', async () => {
    const { ann, bob, cat } = await trio()
    const nobody = { addKeyPackages: [], removeDevices: [], nowMs: NOW }
    const made = await ann.cryptography.createCommit(ROOM, SECOND, nobody)
    const { token } = await cat.cryptography.processCommit(ROOM, SECOND, made.commit, NOW)
    // One that fails is dropped before it has a name.
    const rival = await cat.cryptography.processCommit(ROOM, SECOND, made.commit, NOW)
    await cat.cryptography.drop(rival.token)
    await expectTalk([ann, bob, cat], SECOND)
    await cat.cryptography.dropEpoch(ROOM, SECOND)
    await enter(cat, token, THIRD)
    await enter(ann, made.token, THIRD)
    await follow(bob, SECOND, made.commit, THIRD)
    await expectTalk([ann, bob, cat], THIRD)
    const next = await bob.cryptography.createCommit(ROOM, THIRD, nobody)
    expect(await follow(cat, THIRD, next.commit, RIVAL)).toEqual(next.info)
  })

  test('nothing that is handed out holds more than it shows', async () => {
    const { ann, bob, made } = await pair()
    const sent = await say(ann, 'x')
    const { results } = await bob.cryptography.decrypt(ROOM, FIRST, [sent.message])
    const [result] = results
    const groupInfo = await ann.cryptography.exportGroupInfo(ROOM, FIRST)
    const outside = await rejoin(bob, groupInfo, made.confirmationTag)
    const handedOut = [
      groupInfo,
      outside.commit,
      outside.confirmationTag,
      outside.info.authenticator,
      made.commit,
      made.confirmationTag,
      made.info.authenticator,
      made.info.confirmationTag,
      sent.message,
    ]
    if (result?.ok) handedOut.push(result.plaintext)
    for (const bytes of handedOut) expect(bytes.buffer.byteLength).toBe(bytes.byteLength)
  })
}
