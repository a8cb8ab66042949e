/** Relay only, in a network without a relay: nothing is connected, the person is told, and nothing is lost. */
import { expect, test } from 'vitest'
import { FakeNetwork } from '../support/network.ts'
import { expectOk, pair, until } from '../support/people.ts'

test('switched on without a relay: the link ends, it is said why, messages wait; off again: they arrive', async () => {
  const network = new FakeNetwork('relay only')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'before')
  await until(network, 'it to come', () => bo.texts().length === 1)
  expect(ada.view.relayOnly).toBe(false)

  expectOk(await ada.run(ada.messenger.setRelayOnly(true)))
  expect(ada.view.relayOnly).toBe(true)
  await until(network, 'the reason', () => {
    const { link } = ada.chatWith(bo)
    return link.kind === 'offline' && link.problem === 'no-relay'
  })
  await ada.send(bo, 'meanwhile')
  // Bo calls as well: Ada does not answer with an address either
  await network.clock.run(60_000)
  expect(bo.texts()).toHaveLength(1)
  expect(ada.messages().at(-1)?.tick).toBe('written')

  expectOk(await ada.run(ada.messenger.setRelayOnly(false)))
  await until(network, 'what waited', () => bo.texts().length === 2)
  await until(network, 'both linked', () => ada.chatWith(bo).link.kind === 'connected')
})

test('it holds after a reload, from the first call on', async () => {
  const network = new FakeNetwork('relay only, again')
  const { ada, bo } = await pair(network)
  expectOk(await ada.run(ada.messenger.setRelayOnly(true)))
  ada.reload()
  await until(network, 'it to be read', () => ada.view.phase === 'ready')
  expect(ada.view.relayOnly).toBe(true)
  await network.clock.run(60_000)
  expect(ada.chatWith(bo).link.kind).not.toBe('connected')
  expect(bo.chatWith(ada).link.kind).not.toBe('connected')
})
