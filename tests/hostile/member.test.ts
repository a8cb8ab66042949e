/** A member of the room with real keys who does not keep to the protocol. The victim's state stays what it was. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { DeviceKey, EpochId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { contentCodec } from '#contracts/wire/content.ts'
import { entryCodec, type EntryTbs } from '#contracts/wire/entry.ts'
import { Insider, unknownEntry } from '../support/insider.ts'
import { FakeNetwork } from '../support/network.ts'
import { expectOk, pair, type TestPerson, until } from '../support/people.ts'

let network: FakeNetwork
let ada: TestPerson
let mallory: Insider
let seeds = 0

beforeEach(async () => {
  network = new FakeNetwork(`hostile ${++seeds}`)
  const two = await pair(network)
  ada = two.ada
  await two.ada.send(two.bo, 'from Ada')
  await two.bo.send(two.ada, 'from Mallory')
  await until(network, 'both', () => ada.texts().length === 2 && two.bo.texts().length === 2)
  await network.clock.run(1000)
  mallory = await Insider.from(network, two.bo)
  await network.clock.run(1000)
  mallory.heard.length = 0
})

/** What Ada shows after a while, the first two aside. */
async function shownAfterwards(): Promise<readonly string[]> {
  await network.clock.run(3000)
  return ada.texts().slice(2)
}

/** The room still works: an honest message from here comes through. */
async function stillWorks(): Promise<void> {
  if (mallory.session === null) await mallory.untilLinked()
  await mallory.say('an honest one')
  await until(network, 'an honest message', () => ada.texts().at(-1) === 'an honest one', 120_000)
}

/** The newest ack that Ada sent. */
function newestAck(): Extract<EntryTbs['body'], { kind: 'ack' }> | null {
  const bodies = mallory.heard
    .flatMap((frame) => (frame.kind === 'entries' ? frame.entries : []))
    .map((bytes) => decode(entryCodec, bytes, LIMITS.entryBytes).tbs.body)
  return bodies.filter((body) => body.kind === 'ack').at(-1) ?? null
}

describe('contents', () => {
  test('the honest way works, or nothing here means anything', async () => {
    await mallory.say('hello')
    expect(await shownAfterwards()).toEqual(['hello'])
    expect(newestAck()?.cant).toEqual([])
  })

  test("an author who is not the entry's: not shown, told as failed", async () => {
    const { bytes, id } = await mallory.entry(await mallory.message('I am Ada', { author: mallory.victim }))
    mallory.sendEntries(bytes)
    expect(await shownAfterwards()).toEqual([])
    expect(newestAck()?.cant).toEqual([id])
    await stillWorks()
  })

  test("a content that Ada signed, in this member's name and in an entry of its own: not shown", async () => {
    const theirs = ada.messages().find(({ mine }) => mine)
    const stolen = await mallory.content('from Ada', { author: mallory.victim })
    mallory.sendEntries((await mallory.entry(await mallory.encrypt(encode(contentCodec, stolen)))).bytes)
    expect(await shownAfterwards()).toEqual([])
    expect(ada.messages().filter(({ id }) => id === theirs?.id)).toHaveLength(1)
  })

  test('a content for another room: not shown', async () => {
    const { bytes } = await mallory.entry(await mallory.message('wrong room', { room: 'ab'.repeat(16) as never }))
    mallory.sendEntries(bytes)
    expect(await shownAfterwards()).toEqual([])
    await stillWorks()
  })

  test('a content whose signature is not its own: not shown', async () => {
    const content = await mallory.content('forged')
    const signature = Uint8Array.from(content.signature, (byte, i) => (i === 5 ? byte ^ 1 : byte))
    mallory.sendEntries((await mallory.entry(await mallory.encrypt(encode(contentCodec, { ...content, signature })))).bytes)
    expect(await shownAfterwards()).toEqual([])
    await stillWorks()
  })

  test('the same content again under a new generation: shown once', async () => {
    const content = encode(contentCodec, await mallory.content('once'))
    const first = [await mallory.entry(await mallory.encrypt(content)), await mallory.entry(await mallory.encrypt(content))]
    mallory.sendEntries(...first.map(({ bytes }) => bytes))
    expect(await shownAfterwards()).toEqual(['once'])
    const again = [await mallory.entry(await mallory.encrypt(content)), await mallory.entry(await mallory.encrypt(content))]
    mallory.sendEntries(...again.map(({ bytes }) => bytes))
    expect(await shownAfterwards()).toEqual(['once'])
    expect(ada.view.chats[0]?.unread).toBe(2)
    await stillWorks()
  })

  test('the same ciphertext in a second entry: shown once', async () => {
    const body = await mallory.message('once')
    mallory.sendEntries((await mallory.entry(body)).bytes)
    await network.clock.run(500)
    mallory.sendEntries((await mallory.entry(body)).bytes)
    expect(await shownAfterwards()).toEqual(['once'])
    await stillWorks()
  })

  test('plaintext that is no content: not shown', async () => {
    for (const plaintext of [
      new Uint8Array(),
      new Uint8Array(100).fill(7),
      new Uint8Array([...encode(contentCodec, await mallory.content('x')), 0]),
    ]) {
      mallory.sendEntries((await mallory.entry(await mallory.encrypt(plaintext))).bytes)
    }
    expect(await shownAfterwards()).toEqual([])
    expect(newestAck()?.cant).toHaveLength(3)
    await stillWorks()
  })

  test('a Lamport time far ahead: not shown, and Ada can still speak', async () => {
    mallory.sendEntries((await mallory.entry(await mallory.message('the end of time', { lamport: 2 ** 48 - 1 }))).bytes)
    expect(await shownAfterwards()).toEqual([])
    expectOk(await ada.run(ada.messenger.send(ada.view.chats[0]?.id ?? '', 'still here')))
    expect(ada.texts().at(-1)).toBe('still here')
    mallory.lamport = 1
    await mallory.say('small steps are fine')
    await shownAfterwards()
    expect(ada.texts()).toContain('small steps are fine')
  })

  test('a clock a hundred years off changes nothing but what is shown as its time', async () => {
    mallory.sendEntries((await mallory.entry(await mallory.message('later', { sentAtMs: 2 ** 47 }))).bytes)
    expect(await shownAfterwards()).toEqual(['later'])
    await mallory.say('after it')
    expect((await shownAfterwards()).at(-1)).toBe('after it')
  })

  test('an epoch that is none: told as failed', async () => {
    const body = await mallory.message('nowhere')
    const { bytes, id } = await mallory.entry({ ...body, epoch: 'ee'.repeat(32) as EpochId } as never)
    mallory.sendEntries(bytes)
    expect(await shownAfterwards()).toEqual([])
    expect(newestAck()?.cant).toEqual([id])
    await stillWorks()
  })

  test('a message with every byte changed in turn opens as nothing', async () => {
    const body = await mallory.message('intact')
    if (body.kind !== 'app') throw new Error('not a message')
    const { length } = body.message
    for (let at = 0; at < length; at += 7) {
      const message = Uint8Array.from(body.message, (byte, i) => (i === at ? byte ^ 0x40 : byte))
      mallory.sendEntries((await mallory.entry({ ...body, message })).bytes)
    }
    expect(await shownAfterwards()).toEqual([])
    mallory.sendEntries((await mallory.entry(body)).bytes)
    expect(await shownAfterwards()).toEqual(['intact'])
  })

  test('names of controls, directions and emptiness are cleaned or not taken', async () => {
    mallory.sendEntries(
      (await mallory.entry(await mallory.message('', { body: { kind: 'profile', name: '\u202eevil\u0000\n\tname' } }))).bytes,
    )
    await shownAfterwards()
    expect(ada.view.chats[0]?.name).toBe('evil name')
    mallory.sendEntries((await mallory.entry(await mallory.message('', { body: { kind: 'profile', name: ' \u200f ' } }))).bytes)
    await shownAfterwards()
    expect(ada.view.chats[0]?.name).toBe('evil name')
  })
})

describe('entries', () => {
  const send = async (change: Partial<EntryTbs>): Promise<void> => {
    mallory.sendEntries((await mallory.entry(await mallory.message('wrong'), change)).bytes)
  }

  test('for another room, by another author, or badly signed: not taken', async () => {
    await send({ room: 'ab'.repeat(16) as never })
    await send({ author: mallory.victim })
    await send({ author: 'cd'.repeat(32) as DeviceKey })
    const { entry } = await mallory.entry(await mallory.message('badly signed'), { seq: mallory.place.seq })
    const signature = Uint8Array.from(entry.signature, (byte, i) => (i === 0 ? byte ^ 1 : byte))
    mallory.sendEntries(encode(entryCodec, { ...entry, signature }))
    expect(await shownAfterwards()).toEqual([])
    await stillWorks()
  })

  test('a gap waits for what is missing, which is asked for, and is filled in any order', async () => {
    const made: { bytes: Uint8Array }[] = []
    for (let i = 0; i < 5; i++) made.push(await mallory.entry(await mallory.message(`m${i}`)))
    for (const i of [4, 2, 3]) mallory.sendEntries(made[i]?.bytes ?? new Uint8Array())
    expect(await shownAfterwards()).toEqual([])
    // Ada says how far she has come: what is missing can be seen from that.
    const told = mallory.heard.filter((frame) => frame.kind === 'tips').flatMap(({ tips }) => tips)
    expect(told.some(({ author, seq }) => author === mallory.identity.device && seq === mallory.place.seq - 6)).toBe(true)
    for (const i of [1, 0]) mallory.sendEntries(made[i]?.bytes ?? new Uint8Array())
    expect(await shownAfterwards()).toEqual(['m0', 'm1', 'm2', 'm3', 'm4'])
  })

  test('gaps without end take a bounded amount of memory', async () => {
    const body = await mallory.message('far')
    const far: Uint8Array[] = []
    for (let i = 0; i < 100; i++) far.push((await mallory.entry(body, { seq: mallory.place.seq + 5000 + i, prev: unknownEntry(i) })).bytes)
    mallory.sendEntries(...far)
    for (const seq of [2 ** 32 - 1, 2 ** 31]) await send({ seq, prev: unknownEntry(3) })
    expect(await shownAfterwards()).toEqual([])
    await stillWorks()
  })

  test('deps that are unknown or doubled: not taken', async () => {
    const { seq, prev } = mallory.place
    await send({ seq, prev, deps: [unknownEntry(1)] })
    await send({ seq, prev, deps: [unknownEntry(1), unknownEntry(1)] })
    await send({ seq, prev, deps: Array.from({ length: 8 }, (_, i) => unknownEntry(i)) })
    expect(await shownAfterwards()).toEqual([])
    await stillWorks()
  })

  test('a chain that forks: each message is shown once, and the room goes on', async () => {
    const { seq, prev } = mallory.place
    const one = await mallory.entry(await mallory.message('this way'))
    const other = await mallory.entry(await mallory.message('that way'), { seq, prev })
    mallory.sendEntries(one.bytes)
    await network.clock.run(500)
    mallory.sendEntries(other.bytes)
    const { bytes } = await mallory.entry(await mallory.message('on that way'), { seq: seq + 1, prev: other.id })
    mallory.sendEntries(bytes)
    expect([...(await shownAfterwards())].sort()).toEqual(['on that way', 'that way', 'this way'])
    await stillWorks()
  })

  test('a first place without its predecessor, or a predecessor for a first place: not taken', async () => {
    await send({ prev: null, seq: mallory.place.seq })
    await send({ prev: unknownEntry(9), seq: mallory.place.seq })
    await send({ prev: unknownEntry(9), seq: 0 })
    expect(await shownAfterwards()).toEqual([])
  })

  test('operations and commits in a room of two change neither members nor epoch', async () => {
    const before = expectOk(await ada.run(ada.messenger.trust(ada.view.chats[0]?.id ?? '')))
    const stranger = 'ab'.repeat(32) as DeviceKey
    const ops: EntryTbs['body'][] = [
      { kind: 'op', op: { kind: 'remove', device: mallory.victim } },
      { kind: 'op', op: { kind: 'leave' } },
      {
        kind: 'op',
        op: {
          kind: 'add',
          user: mallory.identity.user,
          device: stranger,
          chain: mallory.identity.chain,
          record: mallory.identity.record,
          name: 'Mallory',
          keyPackage: new Uint8Array(10),
          role: 'owner',
          invite: null,
        },
      },
      { kind: 'commit', parent: mallory.epoch, form: 'member', message: new Uint8Array(100), welcomeHash: null },
      { kind: 'keypackage', keyPackage: new Uint8Array(10) },
    ]
    // Each in the same place: what is refused must not leave a gap in the chain.
    const { seq, prev } = mallory.place
    for (const body of ops) mallory.sendEntries((await mallory.entry(body, { seq, prev })).bytes)
    await network.clock.run(2000)
    const after = expectOk(await ada.run(ada.messenger.trust(ada.view.chats[0]?.id ?? '')))
    expect([after.epoch, after.roomCode]).toEqual([before.epoch, before.roomCode])
    await stillWorks()
  })

  test('acks that claim what was never written raise no tick', async () => {
    mallory.sendEntries(
      (
        await mallory.entry({
          kind: 'ack',
          holds: 1,
          delivered: [{ author: mallory.victim, seq: 4_000_000 }],
          read: [{ author: mallory.victim, seq: 4_000_000 }],
          cant: [unknownEntry(1)],
          bad: [],
          generations: [],
        })
      ).bytes,
    )
    await network.clock.run(1000)
    mallory.links?.stop()
    await until(network, 'Ada to notice', () => ada.view.chats[0]?.link.kind !== 'connected', 120_000)
    expectOk(await ada.run(ada.messenger.send(ada.view.chats[0]?.id ?? '', 'new')))
    expect(ada.messages().at(-1)?.tick).toBe('written')
  })

  test('ticks never go back', async () => {
    const own = ada.messages().find(({ mine }) => mine)
    const first = (): typeof own => ada.messages().find(({ mine }) => mine)
    expect(own?.tick).toBe('delivered')
    mallory.sendEntries((await mallory.entry({ kind: 'ack', holds: 1, delivered: [], read: [], cant: [], bad: [], generations: [] })).bytes)
    await network.clock.run(1000)
    expect(first()).toBe(own)
  })

  test('a generation of Ada that she never used: there is a copy of her, so she stops sending', async () => {
    mallory.sendEntries(
      (
        await mallory.entry({
          kind: 'ack',
          holds: 1,
          delivered: [],
          read: [],
          cant: [],
          bad: [],
          generations: [{ author: mallory.victim, epoch: mallory.epoch, generation: 1000 }],
        })
      ).bytes,
    )
    await network.clock.run(1000)
    expect(await ada.run(ada.messenger.send(ada.view.chats[0]?.id ?? '', 'x'))).toEqual({ ok: false, code: 'unexpected' })
  })
})

describe('frames', () => {
  test('what does not decode, or is not canonical, ends the link, and a new one comes', async () => {
    for (const bytes of [new Uint8Array(), new Uint8Array([255]), new Uint8Array([20, 1, 2]), new Uint8Array(5000)]) {
      const before = mallory.closed
      mallory.sendRaw(bytes)
      await until(network, 'the link to end', () => mallory.closed > before, 60_000)
      await mallory.untilLinked()
    }
    await stillWorks()
  })

  test('frames faster than they can be taken end the link; the next one works', async () => {
    const before = mallory.closed
    // All in one instant, as a fast network would bring them to a busy page.
    const honest = network.rtc.carry
    network.rtc.carry = ({ bytes }) => Array.from({ length: 2000 }, () => bytes)
    mallory.send({ kind: 'digest', room: mallory.roomTag, fingerprint: new Uint8Array(32) })
    await until(network, 'the link to end', () => mallory.closed > before, 60_000)
    network.rtc.carry = honest
    await mallory.untilLinked()
    await stillWorks()
  })

  test('a tag of no shared room is not answered', async () => {
    const tag = 'ab'.repeat(16) as never
    mallory.send({ kind: 'digest', room: tag, fingerprint: new Uint8Array(32) })
    mallory.send({ kind: 'tips', room: tag, tips: [], answer: 1 })
    mallory.send({ kind: 'ask', room: tag, epoch: mallory.epoch, welcomes: [] })
    mallory.send({ kind: 'entries', room: tag, entries: [(await mallory.entry(await mallory.message('x'), { seq: 3 })).bytes] })
    await network.clock.run(1000)
    expect(mallory.heard.filter(({ kind }) => kind !== 'digest')).toEqual([])
  })

  test('first contact on a link that serves a device already: the link ends, nothing changes', async () => {
    const chats = ada.view.chats
    mallory.send({
      kind: 'introduce',
      invite: 'ab'.repeat(32) as never,
      name: 'Eve',
      record: mallory.identity.record,
      keyPackage: new Uint8Array(30),
    })
    await until(network, 'the link to end', () => mallory.closed > 0, 60_000)
    expect(ada.view.chats.map(({ name }) => name)).toEqual(chats.map(({ name }) => name))
  })

  test('tips of authors that nobody knows, without end, or of the own future hold nobody up', async () => {
    const stranger = 'cd'.repeat(32) as DeviceKey
    const junk = Array.from({ length: 1000 }, (_, i) => ({ author: stranger, seq: i, id: unknownEntry(i) }))
    mallory.send({ kind: 'tips', room: mallory.roomTag, tips: junk, answer: 1 })
    const own = [mallory.victim, mallory.identity.device].map((author) => ({ author, seq: 5000, id: unknownEntry(7) }))
    mallory.send({ kind: 'tips', room: mallory.roomTag, tips: own, answer: 1 })
    await network.clock.run(5000)
    await stillWorks()
  })

  test('a Welcome, a GroupInfo or a request for an epoch that is none change nothing', async () => {
    const before = expectOk(await ada.run(ada.messenger.trust(ada.view.chats[0]?.id ?? '')))
    const room = mallory.roomTag
    mallory.send({ kind: 'roomWelcome', room, commit: unknownEntry(4), welcome: new Uint8Array(300) })
    mallory.send({ kind: 'groupInfo', room, epoch: mallory.epoch, info: new Uint8Array(300) })
    mallory.send({ kind: 'ask', room, epoch: 'ab'.repeat(32) as EpochId, welcomes: Array.from({ length: 32 }, (_, i) => unknownEntry(i)) })
    await network.clock.run(5000)
    const after = expectOk(await ada.run(ada.messenger.trust(ada.view.chats[0]?.id ?? '')))
    expect([after.epoch, after.roomCode]).toEqual([before.epoch, before.roomCode])
    await stillWorks()
  })
})

test('the wire between two people holds no text', () => {
  const marker = Buffer.from('from Ada').toString('hex')
  for (const { bytes } of network.rtc.recorded) expect(Buffer.from(bytes).toString('hex').includes(marker)).toBe(false)
})
