/** Where a chat stands in the list: chosen by one person on one device, kept over a reload, told to nobody. */
import { expect, test } from 'vitest'
import type { Arrangement } from '#contracts/ui.ts'
import { FakeNetwork } from '../support/network.ts'
import { expectOk, pair, type TestPerson, until } from '../support/people.ts'
import { makeRoom, roomOf } from '../support/room-people.ts'

type Who = { readonly name: string }

const arrange = async (one: TestPerson, chat: Who, change: Arrangement): Promise<void> =>
  expectOk(await one.run(one.messenger.arrange(one.chatWith(chat).id, change)))
const choices = (one: TestPerson, chat: Who): Arrangement => {
  const { muted = false, pinned = false, archived = false } = one.chatWith(chat)
  return { muted, pinned, archived }
}
const names = (one: TestPerson): readonly string[] => one.view.chats.map(({ name }) => name)

test('pinned chats come first, in the order in which they were pinned, whatever is said in others', async () => {
  const network = new FakeNetwork('pinned chats')
  const { ada, bo } = await pair(network)
  for (const name of ['Attic', 'Cellar', 'Garden']) {
    await makeRoom(ada, name)
    await network.clock.run(1_000)
  }
  expect(names(ada)).toEqual(['Garden', 'Cellar', 'Attic', 'Bo'])
  await arrange(ada, { name: 'Attic' }, { pinned: true })
  await network.clock.run(1_000)
  await arrange(ada, { name: 'Garden' }, { pinned: true })
  await bo.send(ada, 'hello')
  await until(network, 'it to come', () => ada.chatWith(bo).last?.text === 'hello')
  expect(names(ada)).toEqual(['Attic', 'Garden', 'Bo', 'Cellar'])
  // Pinned once more it keeps its place.
  await arrange(ada, { name: 'Attic' }, { pinned: true })
  expect(names(ada)).toEqual(['Attic', 'Garden', 'Bo', 'Cellar'])
  await arrange(ada, { name: 'Attic' }, { pinned: false })
  expect(names(ada)[0]).toBe('Garden')
})

test('kept over a reload, and the other one learns nothing of it', async () => {
  const network = new FakeNetwork('kept choices')
  const { ada, bo } = await pair(network)
  await network.clock.run(10_000)
  const before = JSON.stringify([bo.view.chats, bo.disk.tables.get('entries')?.size])
  await arrange(ada, bo, { muted: true, pinned: true })
  await network.clock.run(5_000)
  expect(JSON.stringify([bo.view.chats, bo.disk.tables.get('entries')?.size])).toBe(before)
  ada.reload()
  await until(network, 'Ada to be back', () => ada.view.phase === 'ready')
  expect(choices(ada, bo)).toEqual({ muted: true, pinned: true, archived: false })
  await arrange(ada, bo, { muted: false, pinned: false })
  ada.reload()
  await until(network, 'Ada to be back', () => ada.view.phase === 'ready')
  expect(choices(ada, bo)).toEqual({ muted: false, pinned: false, archived: false })
})

test('an archived chat comes back with the next message, either one’s; a muted one stays', async () => {
  const network = new FakeNetwork('archived')
  const { ada, bo } = await pair(network)
  await arrange(ada, bo, { archived: true })
  expect(choices(ada, bo).archived).toBe(true)
  await bo.send(ada, 'are you there?')
  await until(network, 'it to come', () => ada.chatWith(bo).last?.text === 'are you there?')
  expect(choices(ada, bo).archived).toBe(false)

  await arrange(ada, bo, { archived: true })
  await ada.send(bo, 'yes')
  expect(choices(ada, bo).archived).toBe(false)

  await until(network, 'the answer', () => bo.texts().includes('yes'))

  await arrange(ada, bo, { archived: true, muted: true })
  await bo.send(ada, 'good')
  await until(network, 'it to come', () => ada.chatWith(bo).last?.text === 'good')
  expect(choices(ada, bo)).toEqual({ muted: true, pinned: false, archived: true })
  ada.reload()
  await until(network, 'Ada to be back', () => ada.view.phase === 'ready')
  expect(choices(ada, bo)).toEqual({ muted: true, pinned: false, archived: true })
})

test('a reaction or an edit brings nothing back', async () => {
  const network = new FakeNetwork('archived and marked')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'shall we?')
  await until(network, 'it to come', () => bo.texts().includes('shall we?'))
  await arrange(ada, bo, { archived: true })
  const [message] = bo.messages()
  expectOk(await bo.run(bo.messenger.react(bo.chatWith(ada).id, message?.id ?? '', '👍')))
  await until(network, 'the reaction', () => ada.messages()[0]?.reactions?.length === 1)
  expect(choices(ada, bo).archived).toBe(true)
})

test('pinned and archived end each other; what is not there is refused', async () => {
  const network = new FakeNetwork('pinned or archived')
  const { ada, bo } = await pair(network)
  await arrange(ada, bo, { pinned: true })
  await arrange(ada, bo, { archived: true })
  expect(choices(ada, bo)).toEqual({ muted: false, pinned: false, archived: true })
  await arrange(ada, bo, { pinned: true })
  expect(choices(ada, bo)).toEqual({ muted: false, pinned: true, archived: false })
  expect(await ada.run(ada.messenger.arrange('r00099', { muted: true }))).toEqual({ ok: false, code: 'not-found' })
  expect(roomOf(ada, 'nowhere')).toBeNull()
})
