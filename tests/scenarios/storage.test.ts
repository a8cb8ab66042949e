/** Storage that is full, fails, or is gone: nothing half-done, nothing sent, nothing minted in silence. */
import { expect, test } from 'vitest'
import { SottoError } from '#contracts/errors.ts'
import { FakeNetwork } from '../support/network.ts'
import { accept, expectOk, inviteOf, pair, person, TestPerson, until } from '../support/people.ts'
import { Broken, withTransactions } from '../support/stores.ts'

for (const code of ['storage-full', 'storage-failed'] as const) {
  test(`${code} while sending: the command says so, nothing leaves, and it works again after`, async () => {
    const network = new FakeNetwork(code)
    const broken = new Broken()
    const { ada, bo } = await pair(network, { ada: { wrapStore: broken.wrap } })
    await network.clock.run(2000)
    const before = network.rtc.recorded.length
    broken.refuse(code)
    expect(await ada.run(ada.messenger.send(ada.chatWith(bo).id, 'too late'))).toEqual({ ok: false, code })
    expect(ada.view.storageProblem).toBe(code)
    expect(ada.texts()).toEqual([])
    expect(network.rtc.recorded.length).toBe(before)
    broken.refuse(null)
    await ada.send(bo, 'again')
    expect(ada.view.storageProblem).toBeNull()
    await until(network, 'it to come', () => bo.texts().length === 1)
    expect(bo.texts()).toEqual(['again'])
  })

  test(`${code} while receiving: nothing is shown or acked; it comes when there is room again`, async () => {
    const network = new FakeNetwork(`receiving ${code}`)
    const broken = new Broken()
    const { ada, bo } = await pair(network, { bo: { wrapStore: broken.wrap } })
    broken.refuse(code)
    await ada.send(bo, 'one')
    await ada.send(bo, 'two')
    await until(network, 'Bo to fail', () => bo.view.storageProblem === code)
    expect(bo.texts()).toEqual([])
    broken.refuse(null)
    await until(network, 'both', () => bo.texts().length === 2, 120_000)
    expect(bo.texts()).toEqual(['one', 'two'])
    await until(network, 'delivered', () => ada.messages().every(({ tick }) => tick === 'delivered'))
  })
}

test('a single refused write, wherever it falls, leaves both sides whole', async () => {
  for (let only = 1; only <= 10; only++) {
    const network = new FakeNetwork(`write ${only}`)
    const broken = new Broken()
    const { ada, bo } = await pair(network, { ada: { wrapStore: broken.wrap } })
    broken.refuse('storage-full', only)
    const sent: string[] = []
    for (const [from, to, text] of [
      [ada, bo, 'a1'],
      [bo, ada, 'b1'],
      [ada, bo, 'a2'],
      [bo, ada, 'b2'],
    ] as const) {
      if ((await from.run(from.messenger.send(from.chatWith(to).id, text))).ok) sent.push(text)
      await network.clock.run(300)
    }
    expect(sent.length).toBeGreaterThanOrEqual(3)
    await until(network, `write ${only}: all`, () => [ada, bo].every((one) => one.texts().length === sent.length), 120_000)
    expect(ada.texts()).toEqual(bo.texts())
    await until(
      network,
      `write ${only}: delivered`,
      () => [ada, bo].every((one) => one.messages().every(({ mine, tick }) => !mine || tick === 'delivered')),
      120_000,
    )
  }
}, 30_000)

test('no room at Start: said so, and Start works when there is room', async () => {
  const network = new FakeNetwork('start')
  const broken = new Broken()
  const ada = new TestPerson(network, 'Ada', { wrapStore: broken.wrap })
  await until(network, 'the first screen', () => ada.view.phase === 'welcome')
  broken.refuse('storage-full')
  expect(await ada.run(ada.messenger.start('Ada'))).toEqual({ ok: false, code: 'storage-full' })
  expect(ada.view.phase).toBe('welcome')
  broken.refuse(null)
  expectOk(await ada.run(ada.messenger.start('Ada')))
  expect(ada.view.me?.name).toBe('Ada')
})

test('no room during first contact: refused or late, never half a chat', async () => {
  for (const side of ['Ada', 'Bo'] as const) {
    const network = new FakeNetwork(`contact ${side}`)
    const broken = new Broken()
    const options = (name: string) => (name === side ? { wrapStore: broken.wrap } : {})
    const ada = await person(network, 'Ada', options('Ada'))
    const bo = await person(network, 'Bo', options('Bo'))
    const invite = await inviteOf(ada)
    await bo.run(bo.messenger.openInvite(invite))
    void bo.messenger.acceptInvite()
    await until(network, 'joining', () => {
      const state = bo.view.openedInvite?.state
      return state?.kind === 'accepting' && state.step === 'proving'
    })
    broken.refuse('storage-full')
    await network.clock.run(10_000)
    expect((side === 'Ada' ? ada : bo).view.chats).toEqual([])
    broken.refuse(null)
    await until(network, 'both chats', () => ada.view.chats.length === 1 && bo.view.chats.length === 1, 240_000)
  }
})

test('storage that cannot be read: said so, and nothing is begun', async () => {
  const network = new FakeNetwork('unreadable')
  const { ada } = await pair(network)
  ada.crash()
  ada.options = {
    wrapStore: (disk) => ({
      ...withTransactions(disk, (_writes, store) => store()),
      get: () => Promise.reject(new SottoError('storage-failed')),
    }),
  }
  ada.messenger = ada.openPage()
  await until(network, 'a problem', () => ada.view.storageProblem === 'storage-failed')
  expect(ada.view.phase).toBe('loading')
  expect(await ada.run(ada.messenger.start('Ada'))).toEqual({ ok: false, code: 'unexpected' })
})

test('a first visit is told from a loss, whichever part is gone', async () => {
  const network = new FakeNetwork('loss')
  const phaseAfter = async (spoil: (one: TestPerson) => void | Promise<void>): Promise<string> => {
    const ada = await person(network, 'Ada')
    ada.crash()
    await network.clock.settle()
    await spoil(ada)
    ada.messenger = ada.openPage()
    await until(network, 'a phase', () => ada.view.phase !== 'loading')
    const { phase } = ada.view
    if (phase === 'lost') expect(await ada.run(ada.messenger.start('Ada'))).toEqual({ ok: false, code: 'identity-missing' })
    return phase
  }
  const wipeDisk = (one: TestPerson): void => {
    for (const table of one.disk.tables.values()) table.clear()
  }
  expect(await phaseAfter(() => undefined)).toBe('ready')
  expect(await phaseAfter(wipeDisk), 'the database alone').toBe('lost')
  expect(await phaseAfter((one) => one.keystore.destroy()), 'the vault key alone').toBe('lost')
  expect(
    await phaseAfter(async (one) => {
      wipeDisk(one)
      one.page.setMark(null)
    }),
    'database and marker',
  ).toBe('lost')
  expect(
    await phaseAfter(async (one) => {
      wipeDisk(one)
      await one.keystore.destroy()
    }),
    'all but the marker',
  ).toBe('lost')
  expect(
    await phaseAfter(async (one) => {
      wipeDisk(one)
      await one.keystore.destroy()
      one.page.setMark(null)
    }),
    'nothing is left: nobody can know',
  ).toBe('welcome')
  expect(
    await phaseAfter(async (one) => {
      wipeDisk(one)
      one.page.setMark('starting')
    }),
    'a first Start that was cut short',
  ).toBe('welcome')
  expect(
    await phaseAfter((one) => {
      const value = one.disk.tables.get('meta')?.get('identity')
      if (value !== undefined) value[value.length - 1] = (value[value.length - 1] ?? 0) ^ 1
    }),
    'an altered identity',
  ).toBe('lost')
})

test('a record that was altered or moved does not open: lost, not half a room', async () => {
  const network = new FakeNetwork('altered')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'one')
  ada.crash()
  await network.clock.settle()
  const rooms = ada.disk.tables.get('entries')
  const [first, second] = [rooms?.get('r00001/e0000000000'), rooms?.get('r00001/e0000000001')]
  if (rooms === undefined || first === undefined || second === undefined) throw new Error('the records go by other names')
  rooms.set('r00001/e0000000000', second)
  rooms.set('r00001/e0000000001', first)
  ada.messenger = ada.openPage()
  await until(network, 'a phase', () => ada.view.phase !== 'loading')
  expect(ada.view.phase).toBe('lost')
})

test('an old copy of the storage put back: noticed from what the other side holds, and nothing more is sent', async () => {
  const network = new FakeNetwork('backup')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'before the copy')
  await network.clock.run(2000)
  const copy = new Map([...ada.disk.tables].map(([table, rows]) => [table, new Map([...rows].map(([key, value]) => [key, value.slice()]))]))
  for (let i = 0; i < 3; i++) await ada.send(bo, `after the copy ${i}`)
  await until(network, 'all at Bo', () => bo.texts().length === 4)
  await network.clock.run(2000)
  ada.crash()
  await network.clock.settle()
  ada.disk.tables = copy
  ada.messenger = ada.openPage()
  await until(network, 'connected again', () => ada.view.chats[0]?.link.kind === 'connected', 60_000)
  await network.clock.run(5000)
  expect(await ada.run(ada.messenger.send(ada.chatWith(bo).id, 'on a used generation'))).toEqual({ ok: false, code: 'unexpected' })
  const written = (): number => [...(ada.disk.tables.get('entries')?.keys() ?? [])].filter((key) => key.includes('/e')).length
  const before = written()
  // Nobody is there to tell it again.
  bo.crash()
  await network.clock.settle()
  ada.reload()
  await until(network, 'ready', () => ada.view.phase === 'ready')
  expect(await ada.run(ada.messenger.send(ada.chatWith(bo).id, 'still not'))).toEqual({ ok: false, code: 'unexpected' })
  await network.clock.run(10_000)
  expect(written(), 'not even a receipt').toBe(before)
  expect(bo.texts()).toHaveLength(4)
})

test('delete everything: nothing is left, and the next visit is a first one', async () => {
  const network = new FakeNetwork('delete')
  const { ada, bo } = await pair(network)
  expectOk(await ada.run(ada.messenger.deleteEverything()))
  expect(ada.view).toMatchObject({ phase: 'welcome', me: null, chats: [] })
  expect([...ada.disk.tables.values()].every((table) => table.size === 0)).toBe(true)
  expect(ada.page.mark()).toBeNull()
  expect(ada.page.renewed).toBe(1)
  expect(await ada.run(ada.messenger.send('r00001', 'x'))).toEqual({ ok: false, code: 'unexpected' })
  ada.messenger = ada.openPage()
  await until(network, 'the first screen', () => ada.view.phase === 'welcome')
  expectOk(await ada.run(ada.messenger.start('Ada again')))
  expectOk(await accept(ada, await inviteOf(bo)))
  await until(network, 'a second chat', () => bo.view.chats.length === 2)
})

test('keys and values of the database tell nothing: no name, no text, no id of a person', async () => {
  const network = new FakeNetwork('dump')
  const { ada, bo } = await pair(network)
  for (let i = 0; i < 5; i++) await ada.send(bo, `planted-marker-${i}`)
  await bo.send(ada, 'planted-marker-5')
  await until(network, 'all', () => ada.texts().length === 6)
  const dump: string[] = []
  for (const one of [ada, bo]) {
    for (const table of one.disk.tables.values()) {
      for (const [key, value] of table) dump.push(key, Buffer.from(value).toString('latin1'), Buffer.from(value).toString('hex'))
    }
  }
  const all = dump.join('\n')
  const hexOf = (text: string): string => Buffer.from(text).toString('hex')
  for (const marker of ['planted-marker', 'Ada', hexOf('planted-marker'), hexOf('Ada')]) {
    if (marker.length > 3) expect(all.includes(marker), marker).toBe(false)
  }
  const keys = [...ada.disk.tables.values()].flatMap((table) => [...table.keys()])
  expect(keys.filter((key) => !/^(identity|profile|[cijgr]\d{5}(\/([eoswk]\d{10}|\d{7}|\d{15}\/[0-9a-f]{64}))?)$/.test(key))).toEqual([])
})
