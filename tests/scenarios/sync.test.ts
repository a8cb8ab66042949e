/** Sync between two engines: long absences, slow links, lost frames, and what a burst costs. */
import { expect, test } from 'vitest'
import { LIMITS } from '#contracts/limits.ts'
import { decode } from '#contracts/wire/codec.ts'
import { type Frame, frameCodec } from '#contracts/wire/frame.ts'
import { FakeNetwork } from '../support/network.ts'
import { expectOk, pair, until } from '../support/people.ts'
import { withTransactions } from '../support/stores.ts'

function frameOf(bytes: Uint8Array): Frame | null {
  try {
    return decode(frameCodec, bytes, LIMITS.frameMessageBytes)
  } catch {
    return null // the handshake's
  }
}

test('a long absence: 1,000 messages come in order, by credit, and share transactions', async () => {
  const network = new FakeNetwork('absence')
  let transactions = 0
  const { ada, bo } = await pair(network, {
    bo: {
      wrapStore: (disk) =>
        withTransactions(disk, async (_writes, store) => {
          transactions += 1
          await store()
        }),
    },
  })
  bo.crash()
  await until(network, 'Ada to notice', () => ada.chatWith(bo).link.kind !== 'connected', 60_000)
  const texts = Array.from({ length: 1000 }, (_, i) => `${i} ${'x'.repeat(800)}`)
  for (const text of texts) expectOk(await ada.messenger.send(ada.chatWith(bo).id, text))
  transactions = 0
  bo.messenger = bo.openPage()
  await until(network, 'Bo is back', () => bo.view.phase === 'ready')
  await bo.open(ada)
  await until(network, 'all', () => bo.texts().length === 1000, 60_000)
  expect(bo.texts()).toEqual(texts)
  expect(transactions).toBeLessThan(60)
  expect(bo.chatWith(ada).unread).toBe(1000)
  await until(network, 'all delivered', () => ada.messages().every(({ tick }) => tick === 'delivered'), 60_000)
}, 60_000)

test('both wrote while apart: both get everything, in one order', async () => {
  const network = new FakeNetwork('apart')
  const { ada, bo } = await pair(network)
  network.rtc.cut('Ada', 'Bo')
  await until(network, 'both to notice', () => [ada.chatWith(bo), bo.chatWith(ada)].every(({ link }) => link.kind !== 'connected'), 120_000)
  for (let i = 0; i < 40; i++) {
    await ada.send(bo, `ada ${i}`)
    await bo.send(ada, `bo ${i}`)
  }
  network.rtc.heal('Ada', 'Bo')
  await until(network, 'all', () => ada.texts().length === 80 && bo.texts().length === 80, 180_000)
  expect(ada.texts()).toEqual(bo.texts())
}, 60_000)

test('a frame that got lost is asked for: at once if something follows it, else within a minute and a half', async () => {
  const network = new FakeNetwork('lost frame')
  const { ada, bo } = await pair(network)
  await network.clock.run(3000)
  let lose = 1
  network.rtc.carry = ({ from, bytes }) => {
    if (from !== 'Ada' || lose === 0 || frameOf(bytes)?.kind !== 'entries') return [bytes]
    lose -= 1
    return []
  }
  await ada.send(bo, 'lost')
  await network.clock.run(500)
  expect([lose, bo.texts().length]).toEqual([0, 0])
  await ada.send(bo, 'follows')
  await until(network, 'both', () => bo.texts().length === 2, 2000)
  expect(bo.texts()).toEqual(['lost', 'follows'])
  lose = 1
  await ada.send(bo, 'lost for longer')
  await until(network, 'the third', () => bo.texts().length === 3, 90_000)
})

test('whoever comes back to an equal log writes at once, though the first word of the other one is lost', async () => {
  const network = new FakeNetwork('equal logs')
  const { ada, bo } = await pair(network)
  await network.clock.run(5000)
  ada.crash()
  await until(network, 'Bo to notice', () => bo.chatWith(ada).link.kind !== 'connected', 60_000)
  let lost = 0
  network.rtc.carry = ({ from, bytes }) => {
    if (from !== 'Bo' || lost > 0 || frameOf(bytes)?.kind !== 'digest') return [bytes]
    lost += 1
    return []
  }
  ada.messenger = ada.openPage()
  await until(network, 'Ada is back', () => ada.view.phase === 'ready' && ada.chatWith(bo).link.kind === 'connected', 60_000)
  await ada.send(bo, 'back')
  await until(network, 'it came', () => bo.texts().includes('back'), 5000)
  expect(lost).toBe(1)
})

test('frames that come twice, or in another order, show nothing twice', async () => {
  const network = new FakeNetwork('doubled')
  const { ada, bo } = await pair(network)
  const held: Uint8Array<ArrayBuffer>[] = []
  network.rtc.carry = ({ bytes }) => {
    if (frameOf(bytes)?.kind !== 'entries') return [bytes]
    held.push(bytes)
    return held.length % 3 === 0 ? [bytes, ...held.splice(0).reverse(), bytes] : []
  }
  for (let i = 0; i < 30; i++) await (i % 2 === 0 ? ada.send(bo, `a${i}`) : bo.send(ada, `b${i}`))
  await until(network, 'all', () => ada.texts().length === 30 && bo.texts().length === 30, 240_000)
  expect(new Set(bo.texts()).size).toBe(30)
  expect(ada.texts()).toEqual(bo.texts())
})

test('when nothing happens, a round of sync says nothing', async () => {
  const network = new FakeNetwork('idle')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'hello')
  await network.clock.run(5000)
  const before = network.rtc.recorded.length
  await network.clock.run(80_000)
  const kinds = network.rtc.recorded.slice(before).map(({ bytes }) => frameOf(bytes)?.kind)
  // Each has heard that the other holds the same.
  expect(kinds.filter((kind) => kind === 'tips' || kind === 'entries')).toEqual([])
  expect(kinds.filter((kind) => kind === 'digest').length).toBeLessThanOrEqual(2)
})

test('waking up reaches out at once', async () => {
  const network = new FakeNetwork('wake')
  const { ada, bo } = await pair(network)
  network.broker.down()
  bo.crash()
  await until(network, 'Ada to notice', () => ada.chatWith(bo).link.kind === 'offline', 60_000)
  await network.clock.run(600_000)
  network.broker.up()
  bo.messenger = bo.openPage()
  await until(network, 'Bo is back', () => bo.view.phase === 'ready')
  ada.page.wake()
  await until(network, 'connected', () => ada.chatWith(bo).link.kind === 'connected', 3000)
})
