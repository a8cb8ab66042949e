/** A member that says what is not its to say about messages: of others, of none, too much, or nothing that holds. */
import { beforeEach, expect, test } from 'vitest'
import { LIMITS } from '#contracts/limits.ts'
import { encode } from '#contracts/wire/codec.ts'
import { type ContentBody, contentCodec, midOf } from '#contracts/wire/content.ts'
import { type MessageRecord, messageRecord } from '../../remotes/p2p/core/storage/message.ts'
import { within } from '../../remotes/p2p/core/storage/keys.ts'
import { Vault } from '../../remotes/p2p/core/storage/vault.ts'
import { MemoryStore } from '../../remotes/p2p/adapters/memory.ts'
import type { Place } from '../../remotes/p2p/core/groups/places.ts'
import { createCryptographyForTests } from '../support/cryptography.ts'
import { Insider } from '../support/insider.ts'
import { FakeNetwork } from '../support/network.ts'
import { pair, type TestPerson, until } from '../support/people.ts'

let network: FakeNetwork
let ada: TestPerson
let mallory: Insider
/** Where Ada's 'mine' stands. */
let mine: Place

const messagesOf = async (one: TestPerson): Promise<readonly MessageRecord[]> => {
  const vault = new Vault(new MemoryStore(one.disk), createCryptographyForTests({ keystore: one.keystore }))
  return (await vault.range('messages', messageRecord, { ...within('r00001/'), limit: 100 })).map(({ value }) => value)
}
const placesOf = async (one: TestPerson): Promise<ReadonlyMap<string, Place>> =>
  new Map((await messagesOf(one)).flatMap(({ lamport, mid, body }) => (body.kind === 'text' ? [[body.text, { lamport, mid }]] : [])))

const say = async (body: ContentBody, lamport = ++mallory.lamport): Promise<void> => {
  const text = JSON.stringify(body) + lamport
  mallory.sendEntries((await mallory.entry(await mallory.message(text, { body, lamport }))).bytes)
}

/** What came before this has been dealt with. */
const barrier = async (text: string): Promise<void> => {
  await say({ kind: 'text', text })
  await until(network, text, () => ada.texts().includes(text))
}

const message = () => ada.messages().find(({ mine: own }) => own)

beforeEach(async () => {
  network = new FakeNetwork('hostile contents')
  const two = await pair(network)
  ada = two.ada
  await ada.send(two.bo, 'mine')
  await until(network, 'delivered', () => ada.messages()[0]?.tick === 'delivered')
  mine = (await placesOf(ada)).get('mine') ?? mine
  mallory = await Insider.from(network, two.bo)
  mallory.lamport = 50
})

test('an edit and a deletion of what Ada wrote: nothing happens', async () => {
  await say({ kind: 'edit', about: mine, text: 'not mine' })
  await say({ kind: 'erase', about: mine })
  await barrier('done')
  expect(message()).toMatchObject({ text: 'mine' })
  expect(message()).not.toHaveProperty('edited')
  expect(message()).not.toHaveProperty('deleted')
})

test('reactions that are no emoji, or from before the message: not shown', async () => {
  for (const emoji of ['', 'you', '\u202e', '👍👍', 'x'.repeat(48), '👍\u0301\u0301'])
    await say({ kind: 'reaction', about: mine, emoji, mark: 'set' })
  await say({ kind: 'reaction', about: { ...mine, lamport: mine.lamport + 1000 }, emoji: '👍', mark: 'set' })
  await barrier('done')
  expect(message()).not.toHaveProperty('reactions')
})

test('a reaction from far ahead in time, then a reload: what Ada says next is still later than what she said before', async () => {
  await say({ kind: 'reaction', about: mine, emoji: '🔥', mark: 'set' }, 900)
  await until(network, 'the reaction', () => message()?.reactions?.length === 1)
  const room = (): string => ada.view.chats[0]?.id ?? ''
  await ada.run(ada.messenger.react(room(), message()?.id ?? '', '👍'))
  ada.reload()
  await until(network, 'Ada to be back', () => ada.view.phase === 'ready')
  await ada.run(ada.messenger.openChat(room()))
  expect(message()?.reactions).toHaveLength(2)
  await ada.run(ada.messenger.unreact(room(), message()?.id ?? '', '👍'))
  expect(message()?.reactions?.map(({ emoji }) => emoji)).toEqual(['🔥'])
})

test('a hundred reactions to one message: a few are kept, and Ada’s own stays', async () => {
  const room = ada.view.chats[0]?.id ?? ''
  await ada.run(ada.messenger.react(room, message()?.id ?? '', '❤️'))
  for (let i = 0; i < 100; i++) {
    await say({ kind: 'reaction', about: mine, emoji: String.fromCodePoint(0x1f600 + (i % 80)), mark: 'set' })
    if (i % 20 === 19) await network.clock.run(500)
  }
  await barrier('done')
  const reactions = message()?.reactions ?? []
  expect(reactions.length).toBeLessThanOrEqual(LIMITS.reactionsAPerson + 1)
  expect(reactions.filter(({ mine: own }) => own)).toEqual([{ emoji: '❤️', mine: true, names: [] }])
})

test('a reply and a pin about what does not exist: the reply says so, the pin is not shown', async () => {
  const nothing = { lamport: 3, mid: 'ab'.repeat(32) as Place['mid'] }
  await say({ kind: 'reply', about: nothing, text: 'as you said yourself' })
  await say({ kind: 'pin', about: nothing, mark: 'set' })
  await barrier('done')
  expect(ada.messages().find(({ text }) => text === 'as you said yourself')?.reply).toEqual({
    id: nothing.mid,
    mine: false,
    authorName: '',
    text: '',
    state: 'missing',
  })
  expect(ada.view.conversation?.pins).toEqual([])
})

test('a quote says what this device holds, whatever was edited since', async () => {
  await say({ kind: 'reply', about: mine, text: 'look' })
  await barrier('done')
  const room = ada.view.chats[0]?.id ?? ''
  await ada.run(ada.messenger.edit(room, message()?.id ?? '', 'mine, edited'))
  expect(ada.messages().find(({ text }) => text === 'look')?.reply).toMatchObject({ text: 'mine, edited', authorName: 'Ada', mine: true })
})

test('a message that is erased before it comes is never shown', async () => {
  const views: string[] = []
  ada.messenger.subscribe(() => views.push(JSON.stringify(ada.view)))
  const content = await mallory.content('gone at once')
  const mid = midOf(content.tbs, (bytes) => network.clock.env('sha').sha256(bytes))
  await say({ kind: 'erase', about: { lamport: content.tbs.lamport, mid } })
  await barrier('between')
  mallory.sendEntries((await mallory.entry(await mallory.encrypt(encode(contentCodec, content)))).bytes)
  await barrier('done')
  expect(views.filter((view) => view.includes('gone at once'))).toEqual([])
  expect(ada.messages().filter(({ deleted }) => deleted === true)).toHaveLength(1)
})

test('the times of messages: only what the list has, kept to whatever the chat’s timer says, and by no edit prolonged', async () => {
  await say({ kind: 'timer', life: 'off' })
  await say({ kind: 'message', text: 'for five seconds', about: mine, life: '5s' })
  await until(network, 'it to come', () => ada.texts().includes('for five seconds'))
  expect(ada.messages().at(-1)).toMatchObject({ life: '5s', reply: { text: 'mine' } })
  const { lamport, mid } = [...(await messagesOf(ada))].find(({ body }) => body.kind === 'message') ?? { lamport: 0, mid: mine.mid }
  expect(await ada.run(ada.messenger.markRead(ada.view.chats[0]?.id ?? ''))).toMatchObject({ ok: true })
  await say({ kind: 'edit', about: { lamport, mid }, text: 'for good' })
  await barrier('done')
  await network.clock.run(6_000)
  expect(ada.texts()).not.toContain('for good')
  expect(ada.texts()).not.toContain('for five seconds')
  await say({ kind: 'edit', about: { lamport, mid }, text: 'for good, again' })
  await barrier('done again')
  expect(JSON.stringify(ada.view)).not.toMatch(/for good|five seconds/)
  // A life that no list has does not decode: the content does not exist.
  await expect(say({ kind: 'timer', life: '3s' as never })).rejects.toThrow()
})

test('a timer from far ahead in time is set like any other, and Ada’s own next one stands over it', async () => {
  await say({ kind: 'timer', life: '5s' }, 900)
  await until(network, 'the timer', () => ada.view.chats[0]?.life === '5s')
  expect(await ada.run(ada.messenger.setLife(ada.view.chats[0]?.id ?? '', 'off'))).toMatchObject({ ok: true })
  expect(ada.view.chats[0]).not.toHaveProperty('life')
})
