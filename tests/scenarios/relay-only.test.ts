/** Relay only, in a network without a relay: nothing is connected, the person is told, and nothing is lost. */
import { expect, test } from 'vitest'
import { idOf, type DeviceKey, type RendezvousKey } from '#contracts/ids.ts'
import { createLinks } from '../../remotes/p2p/core/link/manager.ts'
import type { FakeRtc } from '../support/fake-rtc.ts'
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

test('links that are made with it have it before they hear or say anything', () => {
  const network = new FakeNetwork('relay only, at once')
  let rtc: FakeRtc | null = null
  createLinks({
    cryptography: { onRestart: () => undefined } as never,
    broker: (listener) => network.broker.connect(listener),
    rtc: (listener) => {
      rtc = network.rtc.connect('ada', listener)
      return rtc
    },
    env: network.clock.env('ada'),
    timers: network.clock.timers(),
    identity: { device: idOf<DeviceKey>(new Uint8Array(32)), rendezvous: idOf<RendezvousKey>(new Uint8Array(32)) },
    tokenSeed: new Uint8Array(32),
    relayOnly: true,
    emit: () => undefined,
  })
  expect((rtc as FakeRtc | null)?.page.relayOnly).toBe(true)
})
