/** Rooms whose members are not all there at once: what a third one keeps, a removal while away, halves that meet, lost storage. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '#contracts/limits.ts'
import { decode } from '#contracts/wire/codec.ts'
import { type EntryBody, entryCodec, entryIdOf } from '#contracts/wire/entry.ts'
import { type Frame, frameCodec } from '#contracts/wire/frame.ts'
import { expectOk, person, type TestPerson, until } from '../support/people.ts'
import {
  allDelivered,
  allIn,
  areIn,
  factsOf,
  gather,
  join,
  memberOf,
  noticesOf,
  openRoomInvite,
  remove,
  ROOM,
  roomCodes,
  roomOf,
  setRole,
  trio,
  tryToJoin,
} from '../support/room-people.ts'

const said = (by: string, count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${by} ${i}`)

function frameOf(bytes: Uint8Array): Frame | null {
  try {
    return decode(frameCodec, bytes, LIMITS.frameMessageBytes)
  } catch {
    return null // the handshake's
  }
}

describe('a third member keeps what was said', () => {
  test('50 messages to somebody who is away come from another, when their author is away', async () => {
    const { network, ada, bo, cy } = await trio('third')
    bo.crash()
    await until(network, 'Ada to notice', () => roomOf(ada, ROOM.name)?.members?.online === 2, 60_000)
    const texts = said('m', 50)
    for (const text of texts) await ada.send(ROOM, text)
    await until(network, 'Cy to have them', () => cy.texts().length === 50)
    await until(network, 'Ada to know', () => ada.messages().every(({ tick }) => tick === 'held'))
    ada.crash()
    await network.clock.run(5_000)
    bo.messenger = bo.openPage()
    await until(network, 'Bo is back', () => bo.view.phase === 'ready')
    await bo.open(ROOM)
    await until(network, 'all', () => bo.texts().length === 50)
    expect(bo.texts()).toEqual(texts)
    await network.clock.run(5_000)
    ada.messenger = ada.openPage()
    await until(network, 'Ada is back', () => ada.view.phase === 'ready')
    await ada.open(ROOM)
    await until(network, 'delivered', () => allDelivered([ada]))
    expect((await factsOf(ada)).waitingFor).toEqual([])
  })

  test('with nobody in common online they stay held, and the person is told for whom', async () => {
    const { network, ada, bo, cy } = await trio('nobody in common')
    bo.crash()
    await until(network, 'Ada to notice', () => roomOf(ada, ROOM.name)?.members?.online === 2, 60_000)
    for (const text of said('m', 5)) await ada.send(ROOM, text)
    await until(network, 'held', () => ada.messages().every(({ tick }) => tick === 'held'))
    ada.crash()
    cy.crash()
    bo.messenger = bo.openPage()
    await network.clock.run(120_000)
    await bo.open(ROOM)
    expect(bo.texts()).toEqual([])
    bo.crash()
    ada.messenger = ada.openPage()
    await until(network, 'Ada is back', () => ada.view.phase === 'ready')
    await ada.open(ROOM)
    await network.clock.run(120_000)
    expect(ada.messages().map(({ tick }) => tick)).toEqual(Array(5).fill('held'))
    expect(await factsOf(ada)).toMatchObject({ waitingFor: ['Bo'], unheld: 0 })
    expect((await memberOf(ada, bo)).waiting).toBe(5)
  })
})

test('whoever was away learns of its removal on coming back, and reads nothing that was said since', async () => {
  const { network, ada, bo, cy } = await trio('removed while away')
  cy.crash()
  await until(network, 'Ada to notice', () => roomOf(ada, ROOM.name)?.members?.online === 2, 60_000)
  await remove(ada, cy)
  await allIn(network, [ada, bo])
  for (const text of said('since', 5)) await bo.send(ROOM, text)
  await until(network, 'Ada has them', () => ada.texts().length === 5)
  await network.clock.run(180_000)
  cy.messenger = cy.openPage()
  await until(network, 'Cy to know', () => roomOf(cy, ROOM.name)?.standing === 'removed', 5_000)
  await cy.open(ROOM)
  await network.clock.run(120_000)
  expect(cy.texts()).toEqual([])
  expect(noticesOf(cy).at(-1)).toEqual({ kind: 'removed', name: 'Cy', by: 'Ada' })
})

test('from when the others know of a removal they send the removed nothing that is newer, in no epoch that it knows', async () => {
  const { network, ada, bo, cy } = await trio('served nothing')
  await ada.send(ROOM, 'before')
  await until(network, 'all to read it', () => [bo, cy].every((one) => one.texts().length === 1))
  await network.clock.run(5_000)
  /** Entries that crossed between these, from a place in the record on. */
  const crossed = (from: number, between: readonly TestPerson[]): readonly { readonly id: string; readonly body: EntryBody }[] => {
    const ends = new Map<string, Set<string>>()
    for (const { from: name, session } of network.rtc.recorded) ends.set(session, (ends.get(session) ?? new Set()).add(name))
    const names = between.map(({ name }) => name)
    return network.rtc.recorded.slice(from).flatMap(({ session, bytes }) => {
      if (!names.every((name) => ends.get(session)?.has(name))) return []
      const frame = frameOf(bytes)
      if (frame?.kind !== 'entries') return []
      return frame.entries.map((entry) => {
        const { tbs } = decode(entryCodec, entry, LIMITS.entryBytes)
        return { id: entryIdOf(tbs, (all) => new Uint8Array(createHash('sha256').update(all).digest())), body: tbs.body }
      })
    })
  }
  const epochs = new Set(crossed(0, [ada, bo]).map(({ body }) => (body.kind === 'app' ? body.epoch : null)))
  await remove(ada, cy)
  await until(network, 'Bo to know', () => noticesOf(bo).at(-1)?.kind === 'removed')
  const from = network.rtc.recorded.length
  for (const text of said('after', 10)) await Promise.all([ada.send(ROOM, text), bo.send(ROOM, text)])
  await until(network, 'both to have them', () => [ada, bo].every((one) => one.texts().length === 21))
  await until(network, 'Cy to know', () => roomOf(cy, ROOM.name)?.standing === 'removed')
  await network.clock.run(120_000)
  const newer = new Map(crossed(from, [ada, bo]).map(({ id, body }) => [id, body]))
  expect([...newer.values()].filter(({ kind }) => kind === 'app').length).toBeGreaterThanOrEqual(20)
  expect([...newer.values()].filter((body) => body.kind === 'app' && epochs.has(body.epoch))).toEqual([])
  for (const one of [ada, bo]) {
    const served = crossed(from, [one, cy]).filter(({ id }) => newer.has(id))
    // What shows the removal may stand among what passed between the others, too.
    expect(served.filter(({ body }) => body.kind === 'app' || body.kind === 'commit')).toEqual([])
  }
  expect(cy.texts()).toEqual(['before'])
})

test('two halves without a broker remove one each; they meet within 10 s, nothing is lost', async () => {
  const { network, people } = await gather('parted', ['Ada', 'Bo', 'Cy', 'Di', 'Ed', 'Fay'])
  const [ada, bo, cy, di, ed, fay] = people as [TestPerson, TestPerson, TestPerson, TestPerson, TestPerson, TestPerson]
  await setRole(ada, di, 'admin')
  await until(network, 'Di to be admin', () => people.every((one) => noticesOf(one).at(-1)?.kind === 'role'))
  await network.clock.run(5_000)
  const [left, right, stay] = [
    [ada, bo, cy],
    [di, ed, fay],
    [ada, bo, di, ed],
  ]
  network.broker.down()
  for (const one of left) for (const other of right) network.rtc.cut(one.name, other.name)
  await network.clock.run(2_000)
  for (const one of people) for (const text of said(`${one.name} early`, 3)) await one.send(ROOM, text)
  // What somebody says while being removed counts only for those who read it before they heard of the removal.
  await network.clock.run(2_000)
  await remove(ada, cy)
  await remove(di, fay)
  await until(network, 'both to know', () => [cy, fay].every((one) => roomOf(one, ROOM.name)?.standing === 'removed'))
  for (const one of stay) for (const text of said(`${one.name} late`, 3)) await one.send(ROOM, text)
  await network.clock.run(50_000)
  expect(ada.texts().some((text) => text.startsWith('Di'))).toBe(false)
  for (const one of left) for (const other of right) network.rtc.heal(one.name, other.name)
  network.broker.up()
  const since = network.clock.elapsedMs
  const texts = people.flatMap(({ name }) => said(`${name} early`, 3)).concat(stay.flatMap(({ name }) => said(`${name} late`, 3)))
  await until(network, 'one room', () => areIn(stay) && stay.every((one) => one.texts().length === texts.length), 10_000)
  await network.clock.run(10_000 - (network.clock.elapsedMs - since))
  for (const one of stay) expect([...one.texts()].sort()).toEqual([...texts].sort())
  for (const one of stay) expect(one.texts()).toEqual(ada.texts())
  expect(await roomCodes(stay)).toBe('one')
  await until(network, 'all delivered', () => allDelivered(stay))
})

test('who lost its storage is told so, comes in by a new invite as another device, and reads from then on', async () => {
  const { network, ada, bo, cy } = await trio('lost')
  await ada.send(ROOM, 'before')
  await until(network, 'all to read it', () => [bo, cy].every((one) => one.texts().length === 1))
  const old = (await memberOf(ada, cy)).id
  cy.crash()
  for (const table of cy.disk.tables.values()) table.clear()
  await cy.keystore.destroy()
  cy.messenger = cy.openPage()
  await until(network, 'Cy to see it', () => cy.view.phase === 'lost')
  const url = await openRoomInvite(ada, ROOM.name)
  // Neither a name nor an invite makes a new device.
  expect(await cy.run(cy.messenger.start('Cy'))).toEqual({ ok: false, code: 'identity-missing' })
  expect((await tryToJoin(cy, url)).ok).toBe(false)
  expect(cy.view.phase).toBe('lost')
  expectOk(await cy.run(cy.messenger.deleteEverything()))
  cy.reload()
  await until(network, 'the first screen', () => cy.view.phase === 'welcome')
  expectOk(await cy.run(cy.messenger.start('Cy')))
  await join(cy, url)
  await until(network, 'all four', () => roomOf(cy, ROOM.name)?.members?.all === 4)
  const both = (await factsOf(ada)).members.filter(({ name }) => name === 'Cy')
  expect(both).toHaveLength(2)
  expectOk(await ada.run(ada.messenger.removeMember(ada.chatWith(ROOM).id, old)))
  await allIn(network, [ada, bo, cy])
  await cy.open(ROOM)
  await bo.send(ROOM, 'since')
  await until(network, 'Cy to read it', () => cy.texts().length === 1)
  await network.clock.run(60_000)
  expect(cy.texts()).toEqual(['since'])
  await until(network, 'delivered', () => allDelivered([ada, bo]))
})

test('five talk while two admins remove one each and let one in each: one order, and all that each is entitled to', async () => {
  const { network, people } = await gather('together', ['Ada', 'Bo', 'Cy', 'Di', 'Ed', 'Fay', 'Gil'])
  const [ada, bo, cy, di, ed, fay, gil] = people as TestPerson[] as [
    TestPerson,
    TestPerson,
    TestPerson,
    TestPerson,
    TestPerson,
    TestPerson,
    TestPerson,
  ]
  await setRole(ada, bo, 'admin')
  await until(network, 'Bo to be admin', () => noticesOf(bo).at(-1)?.kind === 'role')
  const [hal, ida] = [await person(network, 'Hal'), await person(network, 'Ida')]
  const links = [await openRoomInvite(ada, ROOM.name), await openRoomInvite(bo, ROOM.name)]
  const writers = [ada, bo, cy, di, ed]
  const texts = writers.flatMap(({ name }) => said(name, 10))
  const talk = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i++) {
      for (const one of writers) await one.send(ROOM, said(one.name, 10)[i] ?? '')
      await network.clock.run(200)
    }
  }
  await talk(0, 3)
  const changes = [
    ...[fay, gil].map((gone, i) => {
      const admin = [ada, bo][i] as TestPerson
      return memberOf(admin, gone).then(({ id }) => admin.messenger.removeMember(admin.chatWith(ROOM).id, id))
    }),
    ...[hal, ida].map((one, i) => tryToJoin(one, links[i] ?? '')),
  ]
  await talk(3, 10)
  for (const change of changes) expect((await change).ok).toBe(true)
  await until(network, 'all in', () => areIn([...writers, hal, ida]), 60_000)
  await until(network, 'all read', () => writers.every((one) => one.texts().length === texts.length))
  for (const one of writers) expect([...one.texts()].sort()).toEqual([...texts].sort())
  for (const one of writers) expect(one.texts()).toEqual(ada.texts())
  await until(network, 'all delivered', () => allDelivered(writers))
  for (const one of [hal, ida]) {
    await one.open(ROOM)
    const places = one.texts().map((text) => ada.texts().indexOf(text))
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b))
    expect(places).not.toContain(-1)
  }
  expect([fay, gil].map((one) => roomOf(one, ROOM.name)?.standing)).toEqual(['removed', 'removed'])
  expect(await roomCodes([...writers, hal, ida])).toBe('one')
})
