/** The watchdog ends the cryptography Worker: identity and epochs come back, nothing is lost, nobody holds up a room. */
import { expect, test } from 'vitest'
import { MortalCryptography } from '../support/mortal-cryptography.ts'
import { FakeNetwork } from '../support/network.ts'
import { expectOk, pair, type TestPerson, until } from '../support/people.ts'

/** Two people; Bo's Worker is mortal. */
async function withMortal(seed: string): Promise<{ network: FakeNetwork; ada: TestPerson; bo: TestPerson; worker: MortalCryptography }> {
  const network = new FakeNetwork(seed)
  const workers: MortalCryptography[] = []
  const { ada, bo } = await pair(network, {
    bo: {
      makeCryptography: (keystore) => {
        const worker = new MortalCryptography(keystore)
        workers.push(worker)
        return worker.port
      },
    },
  })
  const [worker] = workers
  if (worker === undefined) throw new Error('no Worker was made')
  return { network, ada, bo, worker }
}

test('it ends between two messages: the next ones go through, after new links', async () => {
  const { network, ada, bo, worker } = await withMortal('between')
  await ada.send(bo, 'one')
  await until(network, 'one', () => bo.texts().length === 1)
  worker.die()
  expectOk(await bo.run(bo.messenger.send(bo.chatWith(ada).id, 'two')))
  await ada.send(bo, 'three')
  await until(network, 'all', () => ada.texts().length === 3 && bo.texts().length === 3, 60_000)
  expect(ada.texts()).toEqual(bo.texts())
})

test('it ends in the middle of any call of a send: sent once, after one more try', async () => {
  for (const fatal of ['sign', 'encrypt', 'seal', 'adopt'] as const) {
    const { network, ada, bo, worker } = await withMortal(`send ${fatal}`)
    worker.kills = (name) => name === fatal && worker.deaths === 0
    await bo.send(ada, `through ${fatal}`)
    await until(network, `${fatal}: the Worker's end`, () => worker.deaths === 1)
    await bo.send(ada, 'and another')
    await until(network, `${fatal}: both`, () => ada.texts().length === 2, 120_000)
    expect(ada.texts()).toEqual([`through ${fatal}`, 'and another'])
    expect(bo.texts()).toEqual(ada.texts())
  }
})

test('one message ends it whenever it is opened: the others arrive, its author is told and says it once more', async () => {
  const { network, ada, bo, worker } = await withMortal('poison')
  let poison: string | null = null
  let opened = 0
  worker.kills = (name, args) => {
    if (name !== 'decrypt') return false
    const messages = (args[2] as readonly Uint8Array[]).map((message) => Buffer.from(message).toString('hex'))
    opened += messages.length
    if (opened >= 3) poison ??= messages.at(-1) ?? null
    return poison !== null && messages.includes(poison)
  }
  await bo.run(Promise.all(Array.from({ length: 6 }, (_, i) => ada.messenger.send(ada.chatWith(bo).id, `m${i}`))))
  await until(network, 'five delivered, one not', () => ada.messages().filter(({ tick }) => tick === 'delivered').length === 5, 120_000)
  expect(poison).not.toBeNull()
  expect(worker.deaths).toBeGreaterThan(0)
  expect(worker.deaths).toBeLessThan(4)
  await until(network, 'the sixth, encrypted anew', () => bo.texts().length === 6, 60_000)
  await until(network, 'all delivered', () => ada.messages().every(({ tick }) => tick === 'delivered'), 60_000)
  await bo.send(ada, 'the room goes on')
  await until(network, 'it to come', () => ada.texts().includes('the room goes on'), 120_000)
  await network.clock.run(120_000)
  expect(worker.deaths).toBeLessThan(4)
})

test('it ends while the page starts: the start is tried once more', async () => {
  for (const fatal of ['hasVaultKey', 'openIdentity', 'open', 'loadEpoch'] as const) {
    const network = new FakeNetwork(`start ${fatal}`)
    const { ada, bo } = await pair(network)
    let deaths = 0
    bo.crash()
    bo.options = {
      makeCryptography: (keystore) => {
        const worker = new MortalCryptography(keystore)
        worker.kills = (name) => name === fatal && deaths++ === 0
        return worker.port
      },
    }
    bo.messenger = bo.openPage()
    await until(network, `${fatal}: ready`, () => bo.view.phase === 'ready')
    expect(deaths).toBeGreaterThan(0)
    await bo.send(ada, 'still here')
    await until(network, 'it to come', () => ada.texts().includes('still here'), 60_000)
  }
})
