/** Coming back with the 24 words: the same person on a new device, met again by those who knew the old one. */
import { expect, test } from 'vitest'
import { FakeNetwork } from '../support/network.ts'
import { accept, expectOk, inviteOf, pair, person, TestPerson, until } from '../support/people.ts'

test('the same user on a new browser, with the same safety number, and no chats', async () => {
  const network = new FakeNetwork('restore')
  const { ada, bo } = await pair(network)
  const words = expectOk(await ada.run(ada.messenger.revealPhrase()))
  const before = expectOk(await ada.run(ada.messenger.trust(ada.chatWith(bo).id))).safetyNumber

  const again = new TestPerson(network, 'Ada again', {})
  await until(network, 'Ada can come back', () => again.view.phase === 'welcome')
  const wrong = words.with(3, words[3] === 'zoo' ? 'zone' : 'zoo')
  expect(await again.run(again.messenger.restore('Ada', wrong))).toEqual({ ok: false, code: 'malformed' })
  expect(again.view.phase).toBe('welcome')
  expectOk(await again.run(again.messenger.restore('Ada', words)))
  expect(again.view).toMatchObject({ phase: 'ready', chats: [] })
  expect(expectOk(await again.run(again.messenger.revealPhrase()))).toEqual(words)

  // Bo is reached by a fresh invite: another chat, with the same person.
  expectOk(await accept(again, await inviteOf(bo)))
  await until(network, 'the new chat', () => again.view.chats.length === 1 && bo.view.chats.length === 2)
  const chat = again.view.chats[0]?.id ?? ''
  expect(expectOk(await again.run(again.messenger.trust(chat))).safetyNumber).toBe(before)
})

test('who has begun already, and who gives words that are none, changes nothing', async () => {
  const network = new FakeNetwork('restore twice')
  const ada = await person(network, 'Ada')
  const words = expectOk(await ada.run(ada.messenger.revealPhrase()))
  const bo = await person(network, 'Bo')
  expect(await bo.run(bo.messenger.restore('Ada', words))).toEqual({ ok: false, code: 'identity-exists' })
  expect(bo.view.me?.name).toBe('Bo')
})
