/** What the ui sees: immutable, each part the same object until it changes, links told in words. */
import { expect, test } from 'vitest'
import type { View } from '#contracts/ui.ts'
import { FakeNetwork } from '../support/network.ts'
import { accept, expectOk, inviteOf, pair, person, TestPerson, until } from '../support/people.ts'

test('a message changes its own chat and nothing else', async () => {
  const network = new FakeNetwork('parts')
  const { ada, bo } = await pair(network)
  const cy = await person(network, 'Cy')
  expectOk(await accept(cy, await inviteOf(ada)))
  await until(network, 'two chats', () => ada.view.chats.length === 2)
  await network.clock.run(2000)
  await ada.send(bo, 'one')
  await until(network, 'delivered', () => ada.messages()[0]?.tick === 'delivered')
  await network.clock.run(2000)
  const before = ada.view
  const chatOf = (view: View, name: string) => view.chats.find((chat) => chat.name === name)
  await bo.send(ada, 'two')
  await until(network, 'it to come', () => ada.texts().length === 2)
  const after = ada.view
  expect(after).not.toBe(before)
  expect(chatOf(after, 'Cy')).toBe(chatOf(before, 'Cy'))
  expect(chatOf(after, 'Bo')).not.toBe(chatOf(before, 'Bo'))
  expect(after.chats[0]?.name).toBe('Bo')
  expect(after.invites).toBe(before.invites)
  expect(after.me).toBe(before.me)
  expect(after.openedInvite).toBe(before.openedInvite)
  expect(after.conversation?.items.slice(0, -1)).toEqual(before.conversation?.items)
  for (const [i, item] of (before.conversation?.items ?? []).entries()) expect(after.conversation?.items[i]).toBe(item)
})

test('the chat list is in the order of what happened here, whatever the clocks of the others say', async () => {
  const network = new FakeNetwork('order')
  const { ada, bo } = await pair(network)
  const cy = await person(network, 'Cy', { skewMs: 3 * 3_600_000 })
  expectOk(await accept(cy, await inviteOf(ada)))
  await until(network, 'two chats', () => ada.view.chats.length === 2)
  await cy.send(ada, 'from the future')
  await until(network, 'it to come', () => ada.view.chats[0]?.name === 'Cy' && ada.view.chats[0].last !== null)
  await network.clock.run(1000)
  await bo.send(ada, 'from now')
  await until(network, 'Bo first', () => ada.view.chats[0]?.name === 'Bo')
})

test('a link in words: connected with its path, offline with when it was last heard, also after a reload', async () => {
  const network = new FakeNetwork('words')
  const { ada, bo } = await pair(network)
  await until(network, 'the path', () => {
    const { link } = ada.chatWith(bo)
    return link.kind === 'connected' && link.path === 'direct'
  })
  bo.crash()
  await until(network, 'offline', () => ada.chatWith(bo).link.kind === 'offline', 120_000)
  const { link } = ada.chatWith(bo)
  const now = network.clock.env('now').nowMs()
  expect(link.kind === 'offline' && link.lastHeardMs !== null && now - link.lastHeardMs < 120_000).toBe(true)
  ada.reload()
  await until(network, 'ready', () => ada.view.phase === 'ready')
  expect(ada.chatWith(bo).link).toMatchObject({ kind: expect.stringMatching(/offline|connecting/) })
  await until(network, 'offline again', () => ada.chatWith(bo).link.kind === 'offline', 240_000)
  expect(ada.chatWith(bo).link).toEqual(link)
})

test('the other shows up under the hue that it has for itself', async () => {
  const network = new FakeNetwork('hue')
  const { ada, bo } = await pair(network)
  expect(ada.chatWith(bo).hue).toBe(bo.view.me?.hue)
  expect(bo.chatWith(ada).hue).toBe(ada.view.me?.hue)
})

test('theme and language: kept over a reload, also when chosen before Start', async () => {
  const network = new FakeNetwork('theme')
  const ada = new TestPerson(network, 'Ada')
  await until(network, 'the first screen', () => ada.view.phase === 'welcome')
  expectOk(await ada.run(ada.messenger.setTheme('dark')))
  expectOk(await ada.run(ada.messenger.setLanguage('es')))
  expectOk(await ada.run(ada.messenger.start('Ada')))
  for (const theme of ['dark', 'light'] as const) {
    expectOk(await ada.run(ada.messenger.setTheme(theme)))
    ada.reload()
    await until(network, 'ready', () => ada.view.phase === 'ready')
    expect(ada.view).toMatchObject({ theme, language: 'es' })
  }
})

test('commands for chats that are none answer with a code', async () => {
  const network = new FakeNetwork('none')
  const ada = await person(network, 'Ada')
  for (const id of ['', 'r00001', 'nobody', '__proto__', 'r99999/..']) {
    for (const command of [ada.messenger.openChat(id), ada.messenger.send(id, 'x'), ada.messenger.markRead(id), ada.messenger.trust(id)]) {
      expect(await ada.run(command as Promise<unknown>)).toEqual({ ok: false, code: 'not-found' })
    }
  }
  expect(await ada.run(ada.messenger.start('again'))).toEqual({ ok: false, code: 'identity-exists' })
  expect(await ada.run(ada.messenger.acceptInvite())).toEqual({ ok: false, code: 'not-found' })
  expect(await ada.run(ada.messenger.revokeInvite('__proto__'))).toEqual({ ok: false, code: 'not-found' })
  expectOk(await ada.run(ada.messenger.loadOlder()))
  ada.messenger.closeChat()
  ada.messenger.dismissInvite()
})

test('the 24 words are shown when asked for', async () => {
  const network = new FakeNetwork('words 24')
  const ada = await person(network, 'Ada')
  const words = expectOk(await ada.run(ada.messenger.revealPhrase()))
  expect(words).toHaveLength(24)
  expect(JSON.stringify(ada.view)).not.toContain(words.slice(0, 3).join(' '))
})
