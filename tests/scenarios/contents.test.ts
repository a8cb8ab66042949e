/** Replies, reactions, edits, deletions and pins: said once, the same for everybody, kept over reloads, and erased where erased. */
import { expect, test } from 'vitest'
import type { Cryptography } from '#contracts/cryptography.ts'
import type { MessageView } from '#contracts/ui.ts'
import { TABLES } from '#contracts/store.ts'
import { FakeNetwork } from '../support/network.ts'
import { expectOk, pair, type TestPerson, until } from '../support/people.ts'
import { part, rejoin, ROOM, trio } from '../support/room-people.ts'
import { Crash } from '../support/stores.ts'

type Who = { readonly name: string }

/** The message of the open conversation that says this. */
const at = (one: TestPerson, text: string): MessageView => {
  const found = one.messages().find((message) => message.text === text)
  if (found === undefined) throw new Error(`${one.name} does not see '${text}'`)
  return found
}
const says = (one: TestPerson, text: string): boolean => one.texts().includes(text)
const chat = (one: TestPerson, other: Who): string => one.chatWith(other).id
const react = async (one: TestPerson, other: Who, text: string, emoji: string): Promise<void> =>
  expectOk(await one.run(one.messenger.react(chat(one, other), at(one, text).id, emoji)))
const edit = async (one: TestPerson, other: Who, text: string, to: string): Promise<void> =>
  expectOk(await one.run(one.messenger.edit(chat(one, other), at(one, text).id, to)))
const erase = async (one: TestPerson, other: Who, text: string): Promise<void> =>
  expectOk(await one.run(one.messenger.remove(chat(one, other), at(one, text).id, 'all')))
const pin = async (one: TestPerson, other: Who, text: string): Promise<void> =>
  expectOk(await one.run(one.messenger.pin(chat(one, other), at(one, text).id)))
const reply = async (one: TestPerson, other: Who, to: string, text: string): Promise<string> =>
  expectOk(await one.run(one.messenger.reply(chat(one, other), at(one, to).id, text)))

/** What somebody sees of the conversation, but for what is theirs alone: as text. */
const seen = (one: TestPerson): string =>
  JSON.stringify(
    [
      one.messages().map(({ id, text, edited, deleted, pinned, reply: quote, reactions = [] }) => ({
        id,
        text,
        edited,
        deleted,
        pinned,
        reply: quote === undefined ? undefined : [quote.id, quote.authorName, quote.text, quote.state],
        reactions: reactions.map(({ emoji, mine, names }) => [emoji, [...names, ...(mine ? [one.name] : [])].sort()]),
      })),
      one.view.conversation?.pins?.map(({ id, text }) => [id, text]),
    ],
    null,
    1,
  )

test('two people: reply, reactions, edit, pin; the same on both sides, and after a reload', async () => {
  const network = new FakeNetwork('marks of two')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'shall we meet?')
  await until(network, 'it to come', () => says(bo, 'shall we meet?'))
  await reply(bo, ada, 'shall we meet?', 'yes, at six')
  await react(bo, ada, 'shall we meet?', '👍')
  await react(bo, ada, 'shall we meet?', '❤️')
  await until(network, 'the reply', () => says(ada, 'yes, at six') && at(ada, 'shall we meet?').reactions?.length === 2)
  expect(at(ada, 'yes, at six').reply).toEqual({
    id: at(ada, 'shall we meet?').id,
    mine: true,
    authorName: 'Ada',
    text: 'shall we meet?',
    state: 'there',
  })
  await react(ada, bo, 'shall we meet?', '👍')
  await edit(bo, ada, 'yes, at six', 'yes, at seven')
  await pin(ada, bo, 'yes, at six')
  await until(network, 'all of it', () => says(ada, 'yes, at seven') && seen(ada) === seen(bo))
  expect(at(ada, 'shall we meet?').reactions).toEqual([
    { emoji: '👍', mine: true, names: ['Bo'] },
    { emoji: '❤️', mine: false, names: ['Bo'] },
  ])
  expect(at(ada, 'yes, at seven')).toMatchObject({ edited: true, pinned: true, authorName: 'Bo' })
  expect(ada.view.conversation?.pins).toMatchObject([{ text: 'yes, at seven', authorName: 'Bo', mine: false }])
  expect(ada.chatWith(bo).last?.text).toBe('yes, at seven')
  expect(bo.chatWith(ada).unread).toBe(1)
  // Neither reactions nor edits nor pins are told as messages.
  expect([ada.texts().length, bo.texts().length]).toEqual([2, 2])
  const before = seen(ada)
  for (const one of [ada, bo]) {
    one.reload()
    await until(network, 'it to be back', () => one.view.phase === 'ready')
  }
  await ada.open(bo)
  await bo.open(ada)
  expect([seen(ada), seen(bo)]).toEqual([before, before])
  await until(network, 'connected again', () => ada.chatWith(bo).link.kind === 'connected')
  // What is said after a reload is later than what was said before it.
  expectOk(await ada.run(ada.messenger.unreact(chat(ada, bo), at(ada, 'shall we meet?').id, '👍')))
  expectOk(await ada.run(ada.messenger.unpin(chat(ada, bo), at(ada, 'yes, at seven').id)))
  await until(network, 'taken back', () => at(bo, 'shall we meet?').reactions?.length === 2 && bo.view.conversation?.pins?.length === 0)
  expect(at(bo, 'shall we meet?').reactions?.[0]).toEqual({ emoji: '👍', mine: true, names: [] })
  expect(seen(ada)).toBe(seen(bo))
})

test('what is not one’s own is neither edited nor deleted, and is refused with a code', async () => {
  const network = new FakeNetwork('not yours')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'mine')
  await until(network, 'it to come', () => says(bo, 'mine'))
  const [room, id] = [chat(bo, ada), at(bo, 'mine').id]
  expect(await bo.run(bo.messenger.edit(room, id, 'yours'))).toEqual({ ok: false, code: 'unexpected' })
  expect(await bo.run(bo.messenger.remove(room, id, 'all'))).toEqual({ ok: false, code: 'unexpected' })
  expect(await bo.run(bo.messenger.react(room, id, 'hello'))).toEqual({ ok: false, code: 'malformed' })
  expect(await bo.run(bo.messenger.edit(room, 'nothing', 'x'))).toEqual({ ok: false, code: 'not-found' })
  for (const emoji of ['😀', '😁', '😂', '😃', '😄', '😅', '😆', '😇']) await react(bo, ada, 'mine', emoji)
  expect(await bo.run(bo.messenger.react(room, id, '😈'))).toEqual({ ok: false, code: 'too-large' })
  await until(network, 'the reactions', () => at(ada, 'mine').reactions?.length === 8)
  expect(ada.texts()).toEqual(['mine'])
})

/** Everything on a person's disk, opened as its owner opens it. */
async function dump(one: TestPerson, cryptography: Cryptography): Promise<string> {
  let out = ''
  for (const table of TABLES) {
    for (const [key, bytes] of one.disk.tables.get(table) ?? []) {
      // What the Worker sealed for itself alone opens for nobody else.
      const opened = await cryptography.open([{ name: `${table}/${key}`, bytes }]).catch(() => [])
      for (const plain of opened) out += `${table}/${key} ${Buffer.from(plain).toString('latin1')}\n`
    }
  }
  return out
}

test('deleted for all: gone from both screens, both lists and both disks, and stays so', async () => {
  const network = new FakeNetwork('erased')
  const open: { ada?: Cryptography; bo?: Cryptography } = {}
  const { ada, bo } = await pair(network, {
    ada: { wrapCryptography: (one) => (open.ada = one) },
    bo: { wrapCryptography: (one) => (open.bo = one) },
  })
  await ada.send(bo, 'XYZZY secret')
  await until(network, 'it to come', () => says(bo, 'XYZZY secret'))
  await edit(ada, bo, 'XYZZY secret', 'XYZZY secret, edited')
  await until(network, 'the edit', () => says(bo, 'XYZZY secret, edited'))
  await reply(bo, ada, 'XYZZY secret, edited', 'I see')
  await pin(bo, ada, 'XYZZY secret, edited')
  await until(network, 'the reply', () => says(ada, 'I see'))
  const dumps = async (): Promise<readonly string[]> =>
    Promise.all([dump(ada, open.ada as Cryptography), dump(bo, open.bo as Cryptography)])
  for (const text of await dumps()) expect(text).toContain('XYZZY')
  await erase(ada, bo, 'XYZZY secret, edited')
  await until(network, 'gone', () => bo.messages()[0]?.deleted === true)
  await network.clock.run(10_000)
  for (const text of await dumps()) expect(text).not.toContain('XYZZY')
  for (const one of [ada, bo]) {
    expect(JSON.stringify(one.view)).not.toContain('XYZZY')
    expect(one.messages()[0]).toMatchObject({ text: '', deleted: true, tick: null })
    expect(one.messages()[1]?.reply).toMatchObject({ text: '', state: 'deleted' })
    expect(one.view.conversation?.pins).toEqual([])
    one.reload()
    await until(network, 'it to be back', () => one.view.phase === 'ready')
  }
  await ada.open(bo)
  await bo.open(ada)
  await network.clock.run(5_000)
  expect(seen(ada)).toBe(seen(bo))
  expect(ada.messages()[0]).toMatchObject({ text: '', deleted: true })
})

test('deleted before it was fetched: never on the other’s screen; the list says that it was deleted', async () => {
  const network = new FakeNetwork('erased in time')
  const open: { ada?: Cryptography } = {}
  const { ada, bo } = await pair(network, { ada: { wrapCryptography: (one) => (open.ada = one) } })
  await ada.send(bo, 'hello')
  await until(network, 'it to come', () => says(bo, 'hello'))
  bo.crash()
  await ada.send(bo, 'too fast')
  await ada.send(bo, 'queued')
  await network.clock.run(60_000)
  expect(await dump(ada, open.ada as Cryptography)).toContain('too fast')
  await erase(ada, bo, 'too fast')
  await erase(ada, bo, 'queued')
  // Neither shown nor kept to be sent again.
  expect(await dump(ada, open.ada as Cryptography)).not.toMatch(/too fast|queued/)
  expect(ada.chatWith(bo).last).toMatchObject({ text: '', mine: true, tick: null })
  const views: string[] = []
  bo.messenger = bo.openPage()
  bo.messenger.subscribe(() => views.push(JSON.stringify(bo.view)))
  await until(network, 'Bo to be back', () => bo.view.phase === 'ready')
  await bo.open(ada)
  await ada.send(bo, 'later')
  await until(network, 'the rest', () => says(bo, 'later'))
  await network.clock.run(10_000)
  expect(views.filter((view) => view.includes('too fast') || view.includes('queued'))).toEqual([])
  expect(bo.texts().filter((text) => text !== '')).toEqual(['hello', 'later'])
  expect(ada.messages().filter(({ deleted }) => deleted === true)).toHaveLength(2)
  expect(seen(ada)).toBe(seen(bo))
})

test('deleted before it was sent at all: it leaves no place, and is not sent', async () => {
  const network = new FakeNetwork('never sent')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'hello')
  await until(network, 'it to come', () => says(bo, 'hello'))
  bo.crash()
  ada.reload()
  await until(network, 'Ada to be back', () => ada.view.phase === 'ready')
  await ada.open(bo)
  // After a reload nothing is encrypted until somebody shows what they have.
  await ada.send(bo, 'on second thought')
  await erase(ada, bo, 'on second thought')
  expect(ada.texts()).toEqual(['hello'])
  expect(ada.chatWith(bo).last?.text).toBe('hello')
  bo.messenger = bo.openPage()
  await until(network, 'Bo to be back', () => bo.view.phase === 'ready')
  await bo.open(ada)
  await ada.send(bo, 'later')
  await until(network, 'the rest', () => says(bo, 'later'))
  await network.clock.run(10_000)
  expect(bo.texts()).toEqual(['hello', 'later'])
  expect(ada.texts()).toEqual(['hello', 'later'])
  expect(ada.view.unheld).toBe(0)
})

test('read, then deleted while its reader was away: gone before it is shown again', async () => {
  const network = new FakeNetwork('erased while away')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'regret')
  await until(network, 'it to come', () => says(bo, 'regret'))
  bo.crash()
  await network.clock.run(60_000)
  await erase(ada, bo, 'regret')
  bo.messenger = bo.openPage()
  await until(network, 'Bo to be back', () => bo.view.phase === 'ready')
  await bo.open(ada)
  await until(network, 'gone', () => bo.messages()[0]?.deleted === true && bo.chatWith(ada).last?.text === '')
})

test('deleted for me: gone here and from the list, for good; the other one keeps it', async () => {
  const network = new FakeNetwork('for me')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'first')
  await ada.send(bo, 'second')
  await until(network, 'both', () => says(bo, 'second'))
  expectOk(await bo.run(bo.messenger.remove(chat(bo, ada), at(bo, 'second').id, 'me')))
  expect(bo.texts()).toEqual(['first'])
  expect(bo.chatWith(ada).last?.text).toBe('first')
  await edit(ada, bo, 'second', 'second, again')
  await react(ada, bo, 'first', '👍')
  await until(network, 'the reaction', () => at(bo, 'first').reactions?.length === 1)
  expect(bo.texts()).toEqual(['first'])
  expect(ada.texts()).toEqual(['first', 'second, again'])
  bo.reload()
  await until(network, 'Bo to be back', () => bo.view.phase === 'ready')
  await bo.open(ada)
  expect(bo.texts()).toEqual(['first'])
})

test('a draft is there after a reload, sealed, and gone with the transaction that says it', async () => {
  const network = new FakeNetwork('drafts')
  const open: { ada?: Cryptography } = {}
  const { ada, bo } = await pair(network, { ada: { wrapCryptography: (one) => (open.ada = one) } })
  expectOk(await ada.run(ada.messenger.keepDraft(chat(ada, bo), 'PLUGH, as I was')))
  for (const rows of ada.disk.tables.values())
    for (const bytes of rows.values()) expect(Buffer.from(bytes).toString('latin1')).not.toContain('PLUGH')
  ada.reload()
  await until(network, 'Ada to be back', () => ada.view.phase === 'ready')
  expect(ada.chatWith(bo).draft).toBe('PLUGH, as I was')
  expect(await dump(ada, open.ada as Cryptography)).toContain('PLUGH')
  await ada.open(bo)
  await ada.send(bo, 'something else')
  expect(ada.chatWith(bo)).not.toHaveProperty('draft')
  expect(await dump(ada, open.ada as Cryptography)).not.toContain('PLUGH')
  expect(await ada.run(ada.messenger.keepDraft(chat(ada, bo), 'x'.repeat(70_000)))).toEqual({ ok: false, code: 'too-large' })
})

test('a reply to something far back quotes it, and leads there', async () => {
  const network = new FakeNetwork('far back')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'the very first')
  const first = at(ada, 'the very first').id
  await pin(ada, bo, 'the very first')
  for (let i = 0; i < 230; i++) expectOk(await ada.messenger.send(chat(ada, bo), `line ${i}`))
  await until(network, 'all there', () => bo.texts().length >= 230)
  await bo.open(ada)
  expect(says(bo, 'the very first')).toBe(false)
  expect(bo.view.conversation?.pins).toMatchObject([{ id: first, text: 'the very first' }])
  // Known because it is pinned; told over a reply as well.
  expectOk(await bo.run(bo.messenger.reply(chat(bo, ada), first, 'I remember')))
  expect(at(bo, 'I remember').reply).toMatchObject({ id: first, text: 'the very first', state: 'there' })
  await edit(ada, bo, 'the very first', 'the very first, edited')
  await until(network, 'the edit', () => at(bo, 'I remember').reply?.text === 'the very first, edited')
  expect(bo.view.conversation?.pins).toMatchObject([{ text: 'the very first, edited' }])
  expectOk(await bo.run(bo.messenger.loadBack(first)))
  expect(bo.texts()[0]).toBe('the very first, edited')
  expect(await bo.run(bo.messenger.loadBack('f'.repeat(64)))).toEqual({ ok: false, code: 'not-found' })
}, 60_000)

test('three people who were apart say different things of one message: one state for all', async () => {
  const { network, ada, bo, cy } = await trio('marks of three')
  await ada.send(ROOM, 'what do we cook?')
  await bo.send(ROOM, 'soup')
  await until(network, 'both', () => [ada, bo, cy].every((one) => says(one, 'soup') && says(one, 'what do we cook?')))
  await part(network, [ada], [bo, cy])
  await edit(ada, ROOM, 'what do we cook?', 'what do we cook tonight?')
  await react(ada, ROOM, 'soup', '🔥')
  await pin(ada, ROOM, 'soup')
  await edit(bo, ROOM, 'soup', 'tomato soup')
  await react(cy, ROOM, 'soup'.length > 0 && says(cy, 'soup') ? 'soup' : 'tomato soup', '🔥')
  await react(cy, ROOM, 'what do we cook?', '🤔')
  await reply(cy, ROOM, 'what do we cook?', 'pasta')
  await until(network, 'the two agree', () => seen(bo) === seen(cy))
  await erase(bo, ROOM, 'tomato soup')
  await bo.send(ROOM, 'stew')
  rejoin(network, [ada], [bo, cy])
  await until(network, 'one state', () => says(ada, 'pasta') && seen(ada) === seen(bo) && seen(bo) === seen(cy), 180_000)
  expect(
    ada
      .messages()
      .map(({ text, deleted }) => (deleted === true ? 'deleted' : text))
      .sort(),
  ).toEqual(['deleted', 'pasta', 'stew', 'what do we cook tonight?'])
  expect(at(cy, 'pasta').reply).toMatchObject({ text: 'what do we cook tonight?', authorName: 'Ada' })
  expect(cy.view.conversation?.pins).toEqual([])
}, 60_000)

/** One conversation in which Ada's page dies at its `at`th transaction; how many transactions it made. */
async function conversation(deadAt: number, when: 'before' | 'after'): Promise<number> {
  const label = `dies ${when} transaction ${deadAt}`
  const network = new FakeNetwork(label)
  const { ada, bo } = await pair(network)
  await bo.send(ada, 'hello')
  await until(network, 'it to come', () => says(ada, 'hello'))
  const crash = new Crash(deadAt, when, () => ada.crash())
  ada.crash()
  ada.options = { wrapStore: crash.wrap }
  ada.messenger = ada.openPage()
  const back = async (): Promise<void> => {
    if (crash.dead && ada.options.wrapStore !== undefined) {
      ada.options = {}
      ada.messenger = ada.openPage()
    }
    await until(network, `${label}: alive`, () => ada.view.phase === 'ready' || crash.dead)
    if (crash.dead && ada.options.wrapStore !== undefined) return back()
    await ada.open(bo).catch(() => undefined)
  }
  await back()
  const id = bo.messages()[0]?.id ?? ''
  const room = (): string => ada.view.chats[0]?.id ?? ''
  const { messenger } = bo
  const acts: readonly (() => Promise<unknown>)[] = [
    () => ada.messenger.react(room(), id, '👍'),
    () => ada.messenger.reply(room(), id, 'a reply'),
    () => messenger.edit(chat(bo, ada), id, 'hello, Ada'),
    () => ada.messenger.edit(room(), ada.messages().find(({ mine }) => mine)?.id ?? '', 'a reply, edited'),
    () => ada.messenger.pin(room(), id),
    () => ada.messenger.unreact(room(), id, '👍'),
    () => ada.messenger.remove(room(), ada.messages().find(({ mine }) => mine)?.id ?? '', 'all'),
  ]
  for (const act of acts) {
    if (crash.dead) await back()
    await ada.run(act())
    await network.clock.run(40)
  }
  await network.clock.run(3000)
  if (crash.dead) await back()
  await until(network, `${label}: one state`, () => seen(ada) === seen(bo) && says(ada, 'hello, Ada'), 120_000)
  await network.clock.run(10_000)
  expect(seen(ada), label).toBe(seen(bo))
  return crash.count
}

test('the page dies at every transaction: both sides come to one state', async () => {
  const transactions = await conversation(Number.POSITIVE_INFINITY, 'before')
  expect(transactions).toBeGreaterThan(12)
  for (let i = 1; i <= transactions; i++) {
    await conversation(i, 'before')
    await conversation(i, 'after')
  }
}, 180_000)

test('what is known of a message: its keys, and who waits for it, holds it, has it and has read it', async () => {
  const { network, ada, bo, cy } = await trio('message info')
  for (const one of [ada, bo]) expectOk(await one.run(one.messenger.setReadTicks(true)))
  cy.crash()
  await network.clock.run(20_000)
  await ada.send(ROOM, 'who has it?')
  await until(network, 'it to come', () => says(bo, 'who has it?'))
  const info = async (one: TestPerson): Promise<readonly string[]> => {
    const { people, epoch } = expectOk(await one.run(one.messenger.info(chat(one, ROOM), at(one, 'who has it?').id)))
    return [`${epoch}`, ...people.map(({ name, state }) => `${name} ${state}`)]
  }
  const { epoch } = expectOk(await ada.run(ada.messenger.room(chat(ada, ROOM))))
  await network.clock.run(5_000)
  expect(await info(ada)).toEqual([`${epoch}`, 'Bo delivered', 'Cy waiting'])
  // Of another's message only what the log shows: nobody tells third ones that they opened it.
  expect(await info(bo)).toEqual([`${epoch}`, 'Cy waiting'])
  expectOk(await bo.run(bo.messenger.markRead(chat(bo, ROOM))))
  await network.clock.run(5_000)
  expect(await info(ada)).toEqual([`${epoch}`, 'Bo read', 'Cy waiting'])
  cy.messenger = cy.openPage()
  await until(network, 'Cy to be back', () => cy.view.phase === 'ready')
  await until(network, 'delivered', () => at(ada, 'who has it?').tick === 'delivered', 60_000)
  await network.clock.run(5_000)
  expect(await info(ada)).toEqual([`${epoch}`, 'Bo read', 'Cy delivered'])
  expect(await info(bo)).toEqual([`${epoch}`, 'Cy held'])
  expect(await ada.run(ada.messenger.info(chat(ada, ROOM), 'nothing'))).toEqual({ ok: false, code: 'not-found' })
})
