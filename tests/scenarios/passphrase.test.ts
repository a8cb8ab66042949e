/** A passphrase over what is stored: shut until it was typed, never lost by a wrong one or by a page that dies, never somebody new in its place. */
import { expect, test } from 'vitest'
import { SottoError } from '#contracts/errors.ts'
import { FakeNetwork } from '../support/network.ts'
import { accept, expectOk, inviteOf, pair, person, type TestPerson, until } from '../support/people.ts'

const FIRST = 'correct horse battery'
const SECOND = 'staple, and another one'

const set = (one: TestPerson, current: string | null, next: string | null) => one.run(one.messenger.setPassphrase(current, next))
const unlock = (one: TestPerson, passphrase: string) => one.run(one.messenger.unlock(passphrase))

/** The page is loaded anew; resolves to what it shows then. */
async function again(one: TestPerson): Promise<string> {
  one.reload()
  await until(one.network, 'a phase', () => one.view.phase !== 'loading')
  return one.view.phase
}

test('locked after a reload: nothing is shown or begun; a wrong one can be tried again; then all is there, and what waited comes', async () => {
  const network = new FakeNetwork('locked')
  const { ada, bo } = await pair(network)
  await ada.send(bo, 'before')
  await until(network, 'it to come', () => bo.texts().length === 1)
  expect(ada.view.passphrase).toBe(false)
  expectOk(await set(ada, null, FIRST))
  expect(ada.view.passphrase).toBe(true)

  const links = ada.linksMade
  expect(await again(ada)).toBe('locked')
  await bo.send(ada, 'while you were locked')
  await network.clock.run(5000)
  expect(ada.linksMade).toBe(links)
  expect(ada.view).toMatchObject({ me: null, chats: [], conversation: null, invites: [], passphrase: true })
  expect(await ada.run(ada.messenger.start('Eve'))).toEqual({ ok: false, code: 'unexpected' })
  expect(await ada.run(ada.messenger.createInvite())).toMatchObject({ ok: false })
  expect(await ada.run(ada.messenger.revealPhrase())).toMatchObject({ ok: false })
  for (const wrong of ['', SECOND]) expect(await unlock(ada, wrong)).toEqual({ ok: false, code: 'wrong-passphrase' })
  expect(ada.view.phase).toBe('locked')
  expect(ada.view.storageProblem).toBeNull()

  expectOk(await unlock(ada, FIRST))
  expect(ada.view).toMatchObject({ phase: 'ready', me: { name: 'Ada' } })
  expect(await unlock(ada, FIRST)).toEqual({ ok: false, code: 'unexpected' })
  await ada.open(bo)
  await until(network, 'what waited', () => ada.texts().includes('while you were locked'), 120_000)
  expect(ada.texts()).toEqual(['before', 'while you were locked'])
  await ada.send(bo, 'after')
  await until(network, 'it to come', () => bo.texts().includes('after'))
})

test('changed, and removed: the one before opens nothing, and no one is asked for', async () => {
  const network = new FakeNetwork('changed')
  const ada = await person(network, 'Ada')
  expectOk(await set(ada, null, FIRST))
  expect(await set(ada, null, SECOND)).toEqual({ ok: false, code: 'unexpected' })
  expect(await set(ada, SECOND, SECOND)).toEqual({ ok: false, code: 'wrong-passphrase' })
  expect(await set(ada, FIRST, 'short')).toEqual({ ok: false, code: 'malformed' })
  expectOk(await set(ada, FIRST, SECOND))
  expect(await again(ada)).toBe('locked')
  expect(await unlock(ada, FIRST)).toEqual({ ok: false, code: 'wrong-passphrase' })
  expectOk(await unlock(ada, SECOND))
  expect(await set(ada, FIRST, null)).toEqual({ ok: false, code: 'wrong-passphrase' })
  expectOk(await set(ada, SECOND, null))
  expect(ada.view.passphrase).toBe(false)
  expect(await again(ada)).toBe('ready')
})

test('the page dies before or after the one write of each: the old one opens or the new one does', async () => {
  const acts = [
    ['set', null, FIRST],
    ['change', FIRST, SECOND],
    ['remove', FIRST, null],
  ] as const
  for (const [act, current, next] of acts) {
    for (const when of ['before', 'after'] as const) {
      const label = `${act}, ${when}`
      const network = new FakeNetwork(label)
      const ada = await person(network, 'Ada')
      if (current !== null) expectOk(await set(ada, null, current))
      const { replace } = ada.keystore
      ada.keystore.replace = async (...args) => {
        if (when === 'after') await replace(...args)
        ada.crash()
        throw new SottoError('storage-failed')
      }
      expect((await set(ada, current, next)).ok, label).toBe(false)
      ada.keystore.replace = replace
      const holds = when === 'before' ? current : next
      expect(await again(ada), label).toBe(holds === null ? 'ready' : 'locked')
      if (holds !== null) {
        const other = holds === FIRST ? SECOND : FIRST
        expect(await unlock(ada, other), label).toEqual({ ok: false, code: 'wrong-passphrase' })
        expectOk(await unlock(ada, holds))
      }
      expect(ada.view.me?.name, label).toBe('Ada')
    }
  }
})

test('Lock now: nothing is left on the screen, no command is taken, the page is loaded anew', async () => {
  const network = new FakeNetwork('lock now')
  const { ada, bo } = await pair(network)
  expect(await ada.run(ada.messenger.lock())).toEqual({ ok: false, code: 'unexpected' })
  expect(await ada.run(ada.messenger.setLockAfter(5))).toEqual({ ok: false, code: 'unexpected' })
  expectOk(await set(ada, null, FIRST))
  expectOk(await ada.run(ada.messenger.setLockAfter(15)))
  expectOk(await ada.run(ada.messenger.lock()))
  expect(ada.view).toMatchObject({ phase: 'locked', me: null, chats: [], conversation: null })
  expect(ada.page.renewed).toBe(1)
  expect(await unlock(ada, FIRST)).toEqual({ ok: false, code: 'unexpected' })
  await until(network, 'Bo to notice', () => bo.chatWith(ada).link.kind !== 'connected', 60_000)

  expect(await again(ada)).toBe('locked')
  expect(ada.view.lockAfter).toBe(0)
  expectOk(await unlock(ada, FIRST))
  expect(ada.view).toMatchObject({ lockAfter: 15, chats: [{ name: 'Bo' }] })
})

test('an invite that the page was opened with waits until it is unlocked', async () => {
  const network = new FakeNetwork('invite')
  const ada = await person(network, 'Ada')
  const bo = await person(network, 'Bo')
  const invite = await inviteOf(bo)
  expectOk(await set(ada, null, FIRST))
  expect(await again(ada)).toBe('locked')
  await ada.run(ada.messenger.openInvite(invite))
  expect(await ada.run(ada.messenger.acceptInvite())).toEqual({ ok: false, code: 'identity-missing' })
  expectOk(await unlock(ada, FIRST))
  expect(ada.view.openedInvite).toMatchObject({ name: 'Bo', state: { kind: 'offered' } })
  expectOk(await accept(ada, invite))
  await until(network, 'the chat', () => bo.view.chats.length === 1)
})

test('a second tab is locked too, and takes over when it is opened', async () => {
  const network = new FakeNetwork('second tab')
  const ada = await person(network, 'Ada')
  expectOk(await set(ada, null, FIRST))
  const first = ada.messenger
  const second = ada.openPage()
  await until(network, 'the second', () => second.view().phase === 'locked')
  expectOk(await ada.run(second.unlock(FIRST)))
  expect(second.view().me?.name).toBe('Ada')
  expect(await ada.run(first.rename('Eve'))).toEqual({ ok: false, code: 'fenced' })
})

test('forgotten: everything can be deleted from the lock screen, and then somebody begins anew', async () => {
  const network = new FakeNetwork('forgotten')
  const ada = await person(network, 'Ada')
  expectOk(await set(ada, null, FIRST))
  expect(await again(ada)).toBe('locked')
  expectOk(await ada.run(ada.messenger.deleteEverything()))
  expect(ada.page.renewed).toBe(1)
  expect(await again(ada)).toBe('welcome')
  expectOk(await ada.run(ada.messenger.start('Eve')))
})

test('written by a later version: said so, with and without a passphrase, and nothing is touched', async () => {
  for (const passphrase of [null, FIRST]) {
    const network = new FakeNetwork(`newer ${passphrase}`)
    const ada = await person(network, 'Ada')
    if (passphrase !== null) expectOk(await set(ada, null, passphrase))
    const record = ada.keystore.held?.record ?? new Uint8Array()
    record[0] = 2
    const kept = [...record]
    expect(await again(ada)).toBe('newer')
    expect(await ada.run(ada.messenger.start('Eve'))).toEqual({ ok: false, code: 'unexpected' })
    expect(await unlock(ada, FIRST)).toEqual({ ok: false, code: 'unexpected' })
    expect([...(ada.keystore.held?.record ?? [])]).toEqual(kept)
    record[0] = 1
    expect(await again(ada)).toBe(passphrase === null ? 'ready' : 'locked')
  }
})
