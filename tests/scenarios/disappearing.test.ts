/** Messages that disappear: set once for all, counted from sending and from reading, gone from screens, lists and disks of both. */
import { expect, test } from 'vitest'
import type { Cryptography } from '#contracts/cryptography.ts'
import type { Life } from '#contracts/lives.ts'
import { TABLES } from '#contracts/store.ts'
import type { MessageView } from '#contracts/ui.ts'
import { FakeNetwork } from '../support/network.ts'
import { expectOk, pair, person, type TestPerson, until } from '../support/people.ts'
import { join, openRoomInvite, ROOM, trio } from '../support/room-people.ts'
import { Crash } from '../support/stores.ts'

type Who = { readonly name: string }

const chat = (one: TestPerson, other: Who): string => one.chatWith(other).id
const says = (one: TestPerson, text: string): boolean => one.texts().includes(text)
const at = (one: TestPerson, text: string): MessageView => {
  const found = one.messages().find((message) => message.text === text)
  if (found === undefined) throw new Error(`${one.name} does not see '${text}'`)
  return found
}
const setLife = async (one: TestPerson, other: Who, life: Life): Promise<void> =>
  expectOk(await one.run(one.messenger.setLife(chat(one, other), life)))
const read = async (one: TestPerson, other: Who): Promise<void> => expectOk(await one.run(one.messenger.markRead(chat(one, other))))
const lives = (one: TestPerson, other: Who): Life => one.chatWith(other).life ?? 'off'
const told = (one: TestPerson): readonly string[] =>
  (one.view.conversation?.items ?? []).flatMap((item) =>
    item.kind === 'notice' && item.notice.kind === 'timer' ? [`${item.notice.by} ${item.notice.life}`] : [],
  )

/** Two people whose disks can be looked into. */
async function openPair(name: string) {
  const network = new FakeNetwork(name)
  const open: { ada?: Cryptography; bo?: Cryptography } = {}
  const people = await pair(network, {
    ada: { wrapCryptography: (one) => (open.ada = one) },
    bo: { wrapCryptography: (one) => (open.bo = one) },
  })
  /** Everything on a person's disk, opened as its owner opens it. */
  const dump = async (who: 'ada' | 'bo'): Promise<string> => {
    let out = ''
    for (const table of TABLES) {
      for (const [key, bytes] of people[who].disk.tables.get(table) ?? []) {
        // What the Worker sealed for itself alone opens for nobody else.
        const opened = (await open[who]?.open([{ name: `${table}/${key}`, bytes }]).catch(() => [])) ?? []
        for (const plain of opened) out += `${table}/${key} ${Buffer.from(plain).toString('latin1')}\n`
      }
    }
    return out
  }
  return { network, ...people, dump }
}

async function back(network: FakeNetwork, one: TestPerson, other: Who): Promise<void> {
  await until(network, `${one.name} to be back`, () => one.view.phase === 'ready')
  await one.open(other)
}

test('the timer is set by either, told in words, the same on both sides and after a reload', async () => {
  const { network, ada, bo } = await openPair('timer set')
  await setLife(ada, bo, '1d')
  await until(network, 'it to come', () => lives(bo, ada) === '1d')
  expect([told(ada), told(bo)]).toEqual([['Ada 1d'], ['Ada 1d']])
  // Set to what it is already, nothing is said.
  await setLife(bo, ada, '1d')
  await setLife(bo, ada, '5s')
  await until(network, 'the other one', () => lives(ada, bo) === '5s')
  for (const one of [ada, bo]) one.reload()
  await back(network, ada, bo)
  await back(network, bo, ada)
  expect([lives(ada, bo), lives(bo, ada)]).toEqual(['5s', '5s'])
  expect([told(ada), told(bo)]).toEqual([
    ['Ada 1d', 'Bo 5s'],
    ['Ada 1d', 'Bo 5s'],
  ])
  expect(await ada.run(ada.messenger.setLife(chat(ada, bo), '7 years' as Life))).toEqual({ ok: false, code: 'malformed' })
})

test('set by both at once while apart, both come to one', async () => {
  const { network, ada, bo } = await openPair('timer set twice')
  bo.crash()
  await setLife(ada, bo, '1h')
  ada.crash()
  bo.messenger = bo.openPage()
  await back(network, bo, ada)
  await setLife(bo, ada, '1w')
  expect([lives(bo, ada), told(bo)]).toEqual(['1w', ['Bo 1w']])
  ada.messenger = ada.openPage()
  await back(network, ada, bo)
  await until(network, 'both to know both', () => told(ada).length === 2 && told(bo).length === 2, 120_000)
  expect(lives(ada, bo)).toBe(lives(bo, ada))
  expect(told(ada)).toEqual(told(bo))
})

test('gone for its author so long after sending, for its reader so long after reading; from screens, lists, quotes, pins and disks', async () => {
  const { network, ada, bo, dump } = await openPair('gone')
  await setLife(ada, bo, '1min')
  await until(network, 'the timer', () => lives(bo, ada) === '1min')
  await ada.send(bo, 'XYZZY secret')
  await until(network, 'it to come', () => says(bo, 'XYZZY secret'))
  expect(at(bo, 'XYZZY secret').life).toBe('1min')
  expectOk(await bo.run(bo.messenger.pin(chat(bo, ada), at(bo, 'XYZZY secret').id)))
  expectOk(await ada.run(ada.messenger.edit(chat(ada, bo), at(ada, 'XYZZY secret').id, 'XYZZY secret, edited')))
  await until(network, 'the edit', () => says(bo, 'XYZZY secret, edited'))
  await network.clock.run(30_000)
  await setLife(bo, ada, 'off')
  expectOk(await bo.run(bo.messenger.reply(chat(bo, ada), at(bo, 'XYZZY secret, edited').id, 'I see')))
  await until(network, 'the answer', () => says(ada, 'I see'))
  for (const who of ['ada', 'bo'] as const) expect(await dump(who)).toContain('XYZZY')

  await network.clock.run(31_000)
  expect(JSON.stringify(ada.view)).not.toContain('XYZZY')
  expect(await dump('ada')).not.toContain('XYZZY')
  // Bo has not read it: it waits for him, however long that takes.
  await network.clock.run(600_000)
  expect(says(bo, 'XYZZY secret, edited')).toBe(true)

  await read(bo, ada)
  await network.clock.run(59_000)
  expect(says(bo, 'XYZZY secret, edited')).toBe(true)
  await network.clock.run(2_000)
  expect(JSON.stringify(bo.view)).not.toContain('XYZZY')
  expect(await dump('bo')).not.toContain('XYZZY')
  for (const one of [ada, bo]) {
    expect(one.texts()).toEqual(['I see'])
    expect(at(one, 'I see').reply).toMatchObject({ text: '', state: 'deleted' })
    expect(one.view.conversation?.pins).toEqual([])
    expect(one.chatWith(one === ada ? bo : ada).last?.text).toBe('I see')
  }
})

test('its time ran out while nobody was here: it is never shown again, and what is said later stays', async () => {
  const { network, ada, bo, dump } = await openPair('away')
  await setLife(ada, bo, '1h')
  await until(network, 'the timer', () => lives(bo, ada) === '1h')
  await ada.send(bo, 'XYZZY, read')
  await until(network, 'it to come', () => says(bo, 'XYZZY, read'))
  await read(bo, ada)
  await ada.send(bo, 'XYZZY, unread')
  await until(network, 'it to come', () => says(bo, 'XYZZY, unread'))
  bo.crash()
  ada.crash()
  await network.clock.run(3_600_000)
  const views: string[] = []
  for (const one of [ada, bo]) {
    one.messenger = one.openPage()
    one.messenger.subscribe(() => views.push(JSON.stringify(one.view)))
    await back(network, one, one === ada ? bo : ada)
  }
  expect(views.filter((view) => view.includes('XYZZY, read'))).toEqual([])
  expect(ada.texts()).toEqual([])
  expect(bo.texts()).toEqual(['XYZZY, unread'])
  expect(await dump('ada')).not.toContain('XYZZY')
  expect(await dump('bo')).not.toContain('XYZZY, read')
})

test('a reload does not begin anew, and a page that dies around the transaction leaves nothing behind', async () => {
  for (const when of ['before', 'after'] as const) {
    const { network, ada, bo, dump } = await openPair(`dies ${when}`)
    await setLife(ada, bo, '1min')
    await ada.send(bo, 'XYZZY')
    await until(network, 'it to come', () => says(bo, 'XYZZY'))
    await read(bo, ada)
    await network.clock.run(30_000)
    bo.reload()
    await back(network, bo, ada)
    expect(says(bo, 'XYZZY')).toBe(true)
    // Quiet, so that the next transaction is the one.
    ada.crash()
    const { wrapCryptography } = bo.options
    const crash = new Crash(1, when, () => bo.crash())
    bo.crash()
    await network.clock.run(20_000)
    bo.options = { ...bo.options, wrapStore: crash.wrap }
    bo.messenger = bo.openPage()
    await network.clock.run(12_000)
    bo.options = { ...(wrapCryptography ? { wrapCryptography } : {}) }
    bo.crash()
    bo.messenger = bo.openPage()
    await back(network, bo, ada)
    expect(bo.texts()).toEqual([])
    expect(await dump('bo')).not.toContain('XYZZY')
  }
})

test('a clock that is put back gives nothing more than its whole time', async () => {
  const { network, ada, bo } = await openPair('clock put back')
  await setLife(ada, bo, '1min')
  await ada.send(bo, 'secret')
  await until(network, 'it to come', () => says(bo, 'secret'))
  await read(bo, ada)
  const hours = 3 * 3_600_000
  bo.options = { ...bo.options, skewMs: -hours }
  bo.reload()
  await back(network, bo, ada)
  expect(says(bo, 'secret')).toBe(true)
  await network.clock.run(125_000)
  expect(says(bo, 'secret')).toBe(false)
  await ada.send(bo, 'another')
  await until(network, 'it to come', () => says(bo, 'another'))
  await read(bo, ada)
  // Put forward, it goes at once.
  bo.options = { ...bo.options, skewMs: hours }
  bo.reload()
  await back(network, bo, ada)
  expect(says(bo, 'another')).toBe(false)
})

test('sent to who is away: gone from its author’s disk, edits too; who comes back gets it, and its time', async () => {
  const { network, ada, bo, dump } = await openPair('sent to nobody')
  await setLife(ada, bo, '5s')
  await until(network, 'the timer', () => lives(bo, ada) === '5s')
  bo.crash()
  await ada.send(bo, 'XYZZY')
  expectOk(await ada.run(ada.messenger.edit(chat(ada, bo), at(ada, 'XYZZY').id, 'XYZZY, edited')))
  await network.clock.run(8_000)
  expect(ada.texts()).toEqual([])
  expect(ada.chatWith(bo).last).toBeNull()
  expect(await dump('ada')).not.toContain('XYZZY')
  bo.messenger = bo.openPage()
  await back(network, bo, ada)
  await until(network, 'it to come', () => bo.texts().some((text) => text.startsWith('XYZZY')))
  await read(bo, ada)
  await network.clock.run(6_000)
  expect(bo.texts()).toEqual([])
  expect(await dump('bo')).not.toContain('XYZZY')
})

test('who never heard of the timer keeps to what the message says, and answers alike', async () => {
  const { network, ada, bo, cy } = await trio('newcomer')
  await setLife(ada, ROOM, '1min')
  await until(network, 'the timer', () => lives(bo, ROOM) === '1min' && lives(cy, ROOM) === '1min')
  const dee = await person(network, 'Dee')
  await join(dee, await openRoomInvite(ada, ROOM.name))
  await until(network, 'Dee to be in', () => dee.chatWith(ROOM).standing === 'open')
  await dee.open(ROOM)
  expect(lives(dee, ROOM)).toBe('off')
  await bo.send(ROOM, 'a minute')
  await until(network, 'it to come', () => says(dee, 'a minute'))
  expect(lives(dee, ROOM)).toBe('1min')
  await dee.send(ROOM, 'the same to you')
  await until(network, 'the answer', () => says(cy, 'the same to you'))
  expect(at(cy, 'the same to you').life).toBe('1min')
  for (const one of [dee, cy]) await read(one, ROOM)
  await network.clock.run(62_000)
  for (const one of [dee, cy]) expect(one.texts()).toEqual([])
})
