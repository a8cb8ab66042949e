/** Two tabs on one storage: the newer one writes, the older one can't, and says so. */
import { expect, test } from 'vitest'
import type { Messenger } from '#contracts/ui.ts'
import { FakeNetwork } from '../support/network.ts'
import { expectOk, pair, until } from '../support/people.ts'

test('the second tab takes over; the first is fenced, sends nothing, and loses no text in silence', async () => {
  const network = new FakeNetwork('take over')
  const { ada, bo } = await pair(network)
  const first = ada.messenger
  const second = ada.openPage()
  await until(network, 'the second tab is ready', () => second.view().phase === 'ready')
  const chat = ada.chatWith(bo).id
  expect(await ada.run(first.send(chat, 'typed in the first tab'))).toEqual({ ok: false, code: 'fenced' })
  expect(first.view().fenced).toBe(true)
  for (const command of [first.rename('X'), first.createInvite(), first.markRead(chat), first.setTheme('dark')]) {
    expect(await ada.run(command as Promise<unknown>)).toEqual({ ok: false, code: 'fenced' })
  }
  const before = network.rtc.recorded.length
  expectOk(await ada.run(second.send(chat, 'typed in the second tab')))
  await until(network, 'it to come', () => bo.texts().length === 1)
  expect(bo.texts()).toEqual(['typed in the second tab'])
  expect(network.rtc.recorded.length).toBeGreaterThan(before)
})

test('a fenced tab notices by itself when something comes in', async () => {
  const network = new FakeNetwork('notices')
  const { ada, bo } = await pair(network)
  const first = ada.messenger
  const second = ada.openPage()
  await until(network, 'ready', () => second.view().phase === 'ready')
  await bo.send(ada, 'hello')
  await until(network, 'fenced', () => first.view().fenced)
  await until(network, 'the message in the second tab', () => second.view().chats[0]?.last?.text === 'hello')
})

test('closing: what was sent before is stored and sent by the next page; the closed one makes no link again', async () => {
  const network = new FakeNetwork('closing')
  const { ada, bo } = await pair(network)
  const before = ada.linksMade
  const sends = Array.from({ length: 5 }, (_, i) => ada.messenger.send(ada.chatWith(bo).id, `last ${i}`))
  const closing = ada.messenger.close()
  expect(await ada.run(ada.messenger.send(ada.chatWith(bo).id, 'too late'))).toEqual({ ok: false, code: 'unexpected' })
  for (const result of await ada.run(Promise.all(sends))) expectOk(result)
  await ada.run(closing)
  await network.clock.run(30_000)
  expect(ada.linksMade).toBe(before)
  expect(bo.texts()).toEqual([])
  ada.messenger = ada.openPage()
  await until(network, 'all five', () => bo.texts().length === 5, 60_000)
})

test('200 rounds of both tabs trying to send: no duplicate, no loss, one order', async () => {
  const network = new FakeNetwork('200 rounds')
  const { ada, bo } = await pair(network)
  const chat = ada.chatWith(bo).id
  const accepted: string[] = []
  let fenced = 0
  let older: Messenger = ada.messenger
  for (let round = 0; round < 200; round++) {
    // Every tenth round the owner changes in the middle of both sending.
    const newer = round % 10 === 0 ? ada.openPage() : older
    const tabs = newer === older ? [older] : [older, newer]
    if (newer !== older && round % 20 === 0) await until(network, 'ready', () => newer.view().phase === 'ready')
    const sends = tabs.map(async (tab, i) => {
      const text = `round ${round} tab ${i}`
      const result = await tab.send(chat, text)
      if (result.ok) accepted.push(text)
      else {
        expect(['fenced', 'not-found']).toContain(result.code) // not-found: the new tab was still reading
        fenced += result.code === 'fenced' ? 1 : 0
      }
    })
    await ada.run(Promise.all(sends))
    if (newer !== older) {
      await until(network, 'ready', () => newer.view().phase === 'ready')
      expect(await ada.run(older.send(chat, `late ${round}`))).toEqual({ ok: false, code: 'fenced' })
      older = newer
    }
  }
  expect(fenced).toBeGreaterThan(0)
  ada.messenger = older
  await ada.open(bo)
  await until(network, 'everything at Bo', () => accepted.every((text) => bo.texts().includes(text)), 300_000)
  expect([...bo.texts()].sort()).toEqual([...accepted].sort())
  await until(network, 'everything delivered', () => ada.messages().every(({ tick }) => tick === 'delivered'), 120_000)
}, 60_000)
