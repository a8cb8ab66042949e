/** Two people meet by an invite and talk. */
import { expect, test } from 'vitest'
import { FakeNetwork } from '../support/network.ts'
import { expectOk, pair, type TestPerson, until } from '../support/people.ts'

const allDelivered = (one: TestPerson): boolean =>
  one.messages().every(({ mine, tick }) => !mine || tick === 'delivered' || tick === 'read')

test('start, invite, accept, and one message each way', async () => {
  const network = new FakeNetwork('first words')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'hello, Bo')
  await bo.send(ada, 'hello, Ada')
  await until(network, 'both messages on both sides', () => ada.texts().length === 2 && bo.texts().length === 2)
  expect(ada.texts()).toEqual(bo.texts())
  await until(network, 'both delivered', () => allDelivered(ada) && allDelivered(bo))
  expect(ada.view.invites.map(({ state }) => state)).toEqual(['used'])
  expect(bo.view.openedInvite?.state).toEqual({ kind: 'accepted', chat: bo.chatWith(ada).id })
  expect(ada.view.conversation?.items.filter(({ kind }) => kind === 'notice')).toMatchObject([
    { notice: { kind: 'created' } },
    { notice: { kind: 'joined', name: 'Bo' } },
  ])
})

test('100 messages each way, interleaved: each once, in one order, all delivered', async () => {
  const network = new FakeNetwork('interleaved')
  const { ada, bo } = await pair(network)
  const sent: string[] = []
  for (let i = 0; i < 100; i++) {
    for (const [from, to] of [
      [ada, bo],
      [bo, ada],
    ] as const) {
      const text = `${from.name} ${i}`
      sent.push(text)
      expectOk(await from.messenger.send(from.chatWith(to).id, text))
    }
    if (i % 7 === 0) await network.clock.run(3)
  }
  await until(network, 'all there', () => ada.texts().length === 200 && bo.texts().length === 200)
  expect(ada.texts()).toEqual(bo.texts())
  expect([...ada.texts()].sort()).toEqual([...sent].sort())
  await until(network, 'all delivered', () => allDelivered(ada) && allDelivered(bo))
}, 60_000)

test('read ticks, unread counts and the unread line', async () => {
  const network = new FakeNetwork('unread')
  const { ada, bo } = await pair(network)
  expect([ada.view.readTicks, bo.view.readTicks]).toEqual([false, false])
  for (const one of [ada, bo]) expectOk(await one.run(one.messenger.setReadTicks(true)))
  await ada.send(bo, 'one')
  await until(network, 'it to come', () => bo.texts().length === 1)
  expectOk(await bo.run(bo.messenger.markRead(bo.chatWith(ada).id)))
  await until(network, 'read', () => ada.messages()[0]?.tick === 'read')
  bo.messenger.closeChat()
  await ada.send(bo, 'two')
  await ada.send(bo, 'three')
  await until(network, 'two unread', () => bo.chatWith(ada).unread === 2 && ada.messages().at(-1)?.tick === 'delivered')
  expect(bo.chatWith(ada).last).toMatchObject({ text: 'three', mine: false, tick: null })
  await bo.open(ada)
  expect(bo.view.conversation?.firstUnread).toBe(bo.messages()[1]?.id)
  expect(ada.messages().map(({ tick }) => tick)).toEqual(['read', 'delivered', 'delivered'])
  expectOk(await bo.run(bo.messenger.markRead(bo.chatWith(ada).id)))
  await until(network, 'all read', () => ada.messages().every(({ tick }) => tick === 'read'))
  expect(bo.chatWith(ada).unread).toBe(0)
})

test('read ticks are off until chosen: not told by who has them off, not shown to who has them off', async () => {
  const network = new FakeNetwork('read-ticks')
  const { ada, bo } = await pair(network)
  const readAt = async (text: string) => {
    await ada.send(bo, text)
    await until(network, text, () => bo.texts().at(-1) === text && ada.messages().at(-1)?.tick !== 'written')
    expectOk(await bo.run(bo.messenger.markRead(bo.chatWith(ada).id)))
    await network.clock.run(5_000)
    return ada.messages().at(-1)?.tick
  }
  expect(await readAt('both off')).toBe('delivered')
  expectOk(await ada.run(ada.messenger.setReadTicks(true)))
  expect(await readAt('the reader off')).toBe('delivered')
  expectOk(await bo.run(bo.messenger.setReadTicks(true)))
  expect(await readAt('both on')).toBe('read')
  expectOk(await ada.run(ada.messenger.setReadTicks(false)))
  expect(ada.messages().at(-1)?.tick).toBe('delivered')
}, 30_000)

test('when both read and nobody writes, nothing more is sent', async () => {
  const network = new FakeNetwork('quiet')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'hello')
  await bo.send(ada, 'hello')
  await network.clock.run(1000)
  const reading = [ada, bo].map((one, i) =>
    one.messenger.subscribe(() => void one.messenger.markRead(one.chatWith([bo, ada][i] ?? ada).id)),
  )
  for (const one of [ada, bo]) await one.run(one.messenger.markRead(one.chatWith(one === ada ? bo : ada).id))
  await network.clock.run(3000)
  const before = network.rtc.recorded.length
  await network.clock.run(20_000)
  for (const stop of reading) stop()
  // Heartbeats only: a ping every 5 s each way, and what answers it.
  expect(network.rtc.recorded.length - before).toBeLessThan(20)
})

test('10 kB arrive whole; more than a message may hold is refused, and the chat goes on', async () => {
  const network = new FakeNetwork('long')
  const { ada, bo } = await pair(network)
  const long = 'länger '.repeat(1500)
  await ada.send(bo, long)
  expect(await ada.run(ada.messenger.send(ada.chatWith(bo).id, 'x'.repeat(64 * 1024 + 1)))).toEqual({ ok: false, code: 'too-large' })
  expect(await ada.run(ada.messenger.send(ada.chatWith(bo).id, ''))).toEqual({ ok: false, code: 'malformed' })
  await ada.send(bo, 'x'.repeat(64 * 1024))
  await until(network, 'all there', () => bo.texts().length === 2)
  expect(bo.texts()).toEqual([long, 'x'.repeat(64 * 1024)])
})

test('reload: identity, chat, history, unread and ticks are there, and they connect by themselves', async () => {
  const network = new FakeNetwork('reload')
  const { ada, bo } = await pair(network)
  for (let i = 0; i < 100; i++) await (i % 2 === 0 ? ada.send(bo, `m${i}`) : bo.send(ada, `m${i}`))
  await until(network, 'all', () => ada.texts().length === 100 && bo.texts().length === 100 && allDelivered(ada))
  const before = ada.view
  bo.messenger.closeChat()
  await ada.send(bo, 'unread')
  await until(network, 'it to come', () => bo.chatWith(ada).last?.text === 'unread')
  const unread = bo.chatWith(ada).unread
  ada.reload()
  bo.reload()
  await until(network, 'ready', () => ada.view.phase === 'ready' && bo.view.phase === 'ready')
  expect(ada.view.me).toEqual(before.me)
  expect(bo.chatWith(ada).unread).toBe(unread)
  await ada.open(bo)
  await bo.open(ada)
  expect(ada.texts()).toEqual(bo.texts())
  expect(ada.messages().slice(0, 100)).toEqual(before.conversation?.items.filter(({ kind }) => kind === 'message'))
  await until(network, 'connected again', () => [ada.chatWith(bo), bo.chatWith(ada)].every(({ link }) => link.kind === 'connected'), 5000)
  await ada.send(bo, 'after the reload')
  await until(network, 'it to come', () => bo.texts().at(-1) === 'after the reload')
}, 60_000)

test('one is away: 20 messages wait, arrive once when it is back, and are ticked', async () => {
  const network = new FakeNetwork('away')
  const { ada, bo } = await pair(network)
  bo.crash()
  await until(network, 'Ada to notice', () => ada.chatWith(bo).link.kind !== 'connected', 60_000)
  for (let i = 0; i < 20; i++) await ada.send(bo, `waiting ${i}`)
  expect(ada.messages().map(({ tick }) => tick)).toEqual(Array(20).fill('written'))
  ada.reload()
  await until(network, 'Ada is back', () => ada.view.phase === 'ready')
  await ada.open(bo)
  expect(ada.messages().map(({ tick }) => tick)).toEqual(Array(20).fill('written'))
  bo.messenger = bo.openPage()
  await until(network, 'Bo is back', () => bo.view.phase === 'ready')
  await bo.open(ada)
  await until(network, 'all 20', () => bo.texts().length === 20, 60_000)
  expect(bo.texts()).toEqual(Array.from({ length: 20 }, (_, i) => `waiting ${i}`))
  await until(network, 'delivered', () => allDelivered(ada) && ada.messages().length === 20)
})

test('the broker is gone: the conversation goes on', async () => {
  const network = new FakeNetwork('no broker')
  const { ada, bo } = await pair(network)
  network.broker.down()
  for (let i = 0; i < 100; i++) await ada.send(bo, `m${i}`)
  await until(network, 'all', () => bo.texts().length === 100)
  expect(ada.view.broker).toBe('down')
})

test('a new name is told and noted, once', async () => {
  const network = new FakeNetwork('rename')
  const { ada, bo } = await pair(network)
  expectOk(await ada.run(ada.messenger.rename('Ada\u202e Lovelace\n')))
  await until(network, 'the new name', () => bo.view.chats[0]?.name === 'Ada Lovelace')
  expect(ada.view.me?.name).toBe('Ada Lovelace')
  const notices = () =>
    bo.view.conversation?.items.flatMap((item) => (item.kind === 'notice' && item.notice.kind === 'renamed' ? [item.notice] : []))
  expect(notices()).toEqual([{ kind: 'renamed', from: 'Ada', to: 'Ada Lovelace' }])
  bo.reload()
  await until(network, 'Bo is back', () => bo.view.phase === 'ready')
  expect(bo.view.chats[0]?.name).toBe('Ada Lovelace')
  expect(await ada.run(ada.messenger.rename(' \u0007 '))).toEqual({ ok: false, code: 'malformed' })
})

test('a long history is read in windows, newest first', async () => {
  const network = new FakeNetwork('windows')
  const { ada, bo } = await pair(network)
  const sends = Array.from({ length: 450 }, (_, i) => ada.messenger.send(ada.chatWith(bo).id, `m${i}`))
  for (const result of await ada.run(Promise.all(sends))) expectOk(result)
  await until(network, 'all', () => bo.texts().length === 450)
  bo.reload()
  await until(network, 'Bo is back', () => bo.view.phase === 'ready')
  await bo.open(ada)
  expect(bo.texts()).toEqual(Array.from({ length: 200 }, (_, i) => `m${250 + i}`))
  expect(bo.view.conversation?.hasOlder).toBe(true)
  expectOk(await bo.run(bo.messenger.loadOlder()))
  expectOk(await bo.run(bo.messenger.loadOlder()))
  expect(bo.texts()).toEqual(Array.from({ length: 450 }, (_, i) => `m${i}`))
  expect(bo.view.conversation?.hasOlder).toBe(false)
}, 60_000)

test('the trust panel states facts that both sides agree on', async () => {
  const network = new FakeNetwork('trust')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'one')
  await until(network, 'held', () => ada.messages()[0]?.tick === 'delivered')
  const [hers, his] = [
    expectOk(await ada.run(ada.messenger.trust(ada.chatWith(bo).id))),
    expectOk(await bo.run(bo.messenger.trust(bo.chatWith(ada).id))),
  ]
  expect(hers.safetyNumber).toMatch(/^(\d{5} ){11}\d{5}$/)
  expect(hers.safetyNumber).toBe(his.safetyNumber)
  expect(hers.roomCode).toMatch(/^\d{5} \d{5} \d{5}$/)
  expect(hers.roomCode).toBe(his.roomCode)
  expect(hers).toMatchObject({ epoch: 1, suite: 'hybrid', undelivered: 0, link: { kind: 'connected', path: 'direct' }, roundTripMs: 1 })
  bo.crash()
  await until(network, 'Ada to notice', () => ada.chatWith(bo).link.kind !== 'connected', 60_000)
  await ada.send(bo, 'two')
  expect(expectOk(await ada.run(ada.messenger.trust(ada.chatWith(bo).id)))).toMatchObject({
    undelivered: 1,
    roundTripMs: null,
    bytesSent: null,
  })
})
