/** Invites: one use, seven days, revocable; every way in which one can fail says so in its own code. */
import { expect, test } from 'vitest'
import { decodeInviteLink, encodeInviteLink } from '#contracts/wire/invite-link.ts'
import type { Store, Write } from '#contracts/store.ts'
import { SottoError } from '#contracts/errors.ts'
import { FakeNetwork } from '../support/network.ts'
import { Broken } from '../support/stores.ts'
import { accept, expectOk, inviteOf, pair, person, type TestPerson, until } from '../support/people.ts'

const DAY_MS = 24 * 3_600_000
const sha256 = new FakeNetwork('sha').clock.env('sha').sha256

const refusalOf = (one: TestPerson): string | null => {
  const state = one.view.openedInvite?.state
  return state?.kind === 'refused' ? state.code : null
}

test('the page shows who invites, and each step on the way', async () => {
  const network = new FakeNetwork('steps')
  const ada = await person(network, 'Ada')
  const bo = await person(network, 'Bo')
  const steps: string[] = []
  bo.messenger.subscribe(() => {
    const state = bo.view.openedInvite?.state
    const step = state?.kind === 'accepting' ? state.step : (state?.kind ?? 'none')
    if (steps.at(-1) !== step) steps.push(step)
  })
  const invite = await inviteOf(ada)
  await bo.run(bo.messenger.openInvite(invite))
  expect(bo.view.openedInvite).toEqual({ name: 'Ada', for: 'contact', state: { kind: 'offered' } })
  const chat = expectOk(await bo.run(bo.messenger.acceptInvite()))
  expect(bo.chatWith(ada).id).toBe(chat)
  expect(steps).toEqual(['offered', 'finding', 'connecting', 'proving', 'joining', 'accepted'])
})

test('an invite opened before Start waits for it', async () => {
  const network = new FakeNetwork('before start')
  const ada = await person(network, 'Ada')
  const bo = await person(network, 'Bo')
  const invite = await inviteOf(ada)
  await bo.run(bo.messenger.deleteEverything())
  bo.messenger = bo.openPage()
  await until(network, 'the first screen', () => bo.view.phase === 'welcome')
  await bo.run(bo.messenger.openInvite(invite))
  expect(await bo.run(bo.messenger.acceptInvite())).toEqual({ ok: false, code: 'identity-missing' })
  expectOk(await bo.run(bo.messenger.start('Bo')))
  expectOk(await bo.run(bo.messenger.acceptInvite()))
})

test('used: a second device is refused, whoever calls it', async () => {
  const network = new FakeNetwork('used')
  const ada = await person(network, 'Ada')
  const [bo, cy] = [await person(network, 'Bo'), await person(network, 'Cy')]
  const invite = await inviteOf(ada)
  expectOk(await accept(bo, invite))
  expect(await accept(cy, invite)).toEqual({ ok: false, code: 'invite-used' })
  expect(refusalOf(cy)).toBe('invite-used')
  expect(ada.view.chats.map(({ name }) => name)).toEqual(['Bo'])
})

test('used by somebody who never came to the end of it: a second device is refused all the same', async () => {
  const network = new FakeNetwork('half used')
  const ada = await person(network, 'Ada')
  const broken = new Broken()
  const bo = await person(network, 'Bo', { wrapStore: broken.wrap })
  const cy = await person(network, 'Cy')
  const invite = await inviteOf(ada)
  await bo.run(bo.messenger.openInvite(invite))
  void bo.messenger.acceptInvite()
  await until(
    network,
    'proving',
    () => bo.view.openedInvite?.state.kind === 'accepting' && JSON.stringify(bo.view.openedInvite).includes('proving'),
  )
  broken.refuse('storage-failed')
  await until(network, 'the invite to be spent', () => ada.view.invites[0]?.state === 'used')
  bo.crash()
  expect(ada.view.chats).toEqual([])
  expect(await accept(cy, invite)).toEqual({ ok: false, code: 'invite-used' })
  bo.options = {}
  bo.messenger = bo.openPage()
  await until(network, 'the chat of the first', () => ada.view.chats.length === 1 && bo.view.chats.length === 1, 180_000)
  expect(ada.view.chats[0]?.name).toBe('Bo')
})

test('two at the same moment: one gets in, the other is told', async () => {
  const network = new FakeNetwork('race')
  const ada = await person(network, 'Ada')
  const others = [await person(network, 'Bo'), await person(network, 'Cy')]
  const invite = await inviteOf(ada)
  for (const one of others) await one.run(one.messenger.openInvite(invite))
  const answers = others.map((one) => one.messenger.acceptInvite())
  let done = 0
  for (const answer of answers) void answer.then(() => done++)
  await until(network, 'both answers', () => done === 2, 120_000)
  const results = await Promise.all(answers)
  expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  expect(results.find(({ ok }) => !ok)).toEqual({ ok: false, code: 'invite-used' })
  expect(ada.view.chats).toHaveLength(1)
})

test('the same link again on the same device leads to the chat, also after a reload', async () => {
  const network = new FakeNetwork('again')
  const ada = await person(network, 'Ada')
  const bo = await person(network, 'Bo')
  const invite = await inviteOf(ada)
  const chat = expectOk(await accept(bo, invite))
  bo.reload()
  await until(network, 'ready', () => bo.view.phase === 'ready')
  await bo.run(bo.messenger.openInvite(invite))
  expect(bo.view.openedInvite?.state).toEqual({ kind: 'accepted', chat })
})

test('another invite of a person one has a chat with leads to that chat, and is spent', async () => {
  const network = new FakeNetwork('second invite')
  const { ada, bo } = await pair(network)
  const chat = bo.chatWith(ada).id
  expect(await accept(bo, await inviteOf(ada))).toEqual({ ok: true, value: chat })
  expect(await accept(ada, await inviteOf(bo))).toEqual({ ok: true, value: ada.chatWith(bo).id })
  await network.clock.run(1000)
  expect(ada.view.chats).toHaveLength(1)
  expect(bo.view.chats).toHaveLength(1)
  expect([...ada.view.invites, ...bo.view.invites].map(({ state }) => state)).toEqual(['used', 'used', 'used'])
  await ada.send(bo, 'still one chat')
  await until(network, 'it to come', () => bo.texts().includes('still one chat'))
})

test('each accepts the invite of the other at the same moment: one chat', async () => {
  for (const seed of ['mutual 1', 'mutual 2', 'mutual 3', 'mutual 4', 'mutual 5', 'mutual 6']) {
    const network = new FakeNetwork(seed)
    const both = [await person(network, 'Ada'), await person(network, 'Bo')] as const
    const [ada, bo] = both
    const invites = [await inviteOf(bo), await inviteOf(ada)]
    for (const [i, one] of both.entries()) await one.run(one.messenger.openInvite(invites[i] ?? ''))
    const answers = both.map((one) => one.messenger.acceptInvite())
    let done = 0
    for (const answer of answers) void answer.then(() => done++)
    await until(network, 'both answers', () => done === 2, 120_000)
    expect((await Promise.all(answers)).map(({ ok }) => ok)).toEqual([true, true])
    await network.clock.run(5000)
    expect([ada.view.chats.length, bo.view.chats.length], seed).toEqual([1, 1])
    await ada.open(bo)
    await bo.open(ada)
    await ada.send(bo, 'from Ada')
    await bo.send(ada, 'from Bo')
    await until(network, 'both messages', () => ada.texts().length === 2 && bo.texts().length === 2)
    ada.reload()
    bo.reload()
    await until(network, 'ready', () => ada.view.phase === 'ready' && bo.view.phase === 'ready')
    await ada.open(bo)
    await bo.open(ada)
    expect(ada.texts()).toEqual(bo.texts())
  }
})

test('expired, by the clock of whoever opens it and of whoever made it', async () => {
  const network = new FakeNetwork('expired')
  const ada = await person(network, 'Ada')
  const late = await person(network, 'Late', { skewMs: 8 * DAY_MS })
  const invite = await inviteOf(ada)
  await late.run(late.messenger.openInvite(invite))
  expect(refusalOf(late)).toBe('invite-expired')
  expect(await late.run(late.messenger.acceptInvite())).toEqual({ ok: false, code: 'invite-expired' })
  const made = decodeInviteLink(invite, sha256)
  expect(made.expiresMs - network.clock.env('now').nowMs()).toBeLessThanOrEqual(7 * DAY_MS)
  await network.clock.run(7 * DAY_MS)
  await network.clock.run(120_000)
  expect(ada.view.invites.map(({ state }) => state)).toEqual(['expired'])
}, 60_000)

test('altered, cut or invented: refused at once', async () => {
  const network = new FakeNetwork('altered')
  const ada = await person(network, 'Ada')
  const bo = await person(network, 'Bo')
  const invite = await inviteOf(ada)
  const flipped = invite.slice(0, 40) + (invite[40] === 'A' ? 'B' : 'A') + invite.slice(41)
  for (const text of [flipped, invite.slice(0, -3), `${invite}A`, '', 'hello', '%%%', 'A'.repeat(100_000)]) {
    await bo.run(bo.messenger.openInvite(text))
    expect(refusalOf(bo), text.slice(0, 20)).toBe('invite-malformed')
  }
  expect(await bo.run(bo.messenger.acceptInvite())).toEqual({ ok: false, code: 'not-found' })
  bo.messenger.dismissInvite()
  await network.clock.settle()
  expect(bo.view.openedInvite).toBeNull()
})

test('revoked: refused in words; a used one can no longer be taken back', async () => {
  const network = new FakeNetwork('revoked')
  const ada = await person(network, 'Ada')
  const bo = await person(network, 'Bo')
  const invite = await inviteOf(ada)
  const id = ada.view.invites[0]?.id ?? ''
  expectOk(await ada.run(ada.messenger.revokeInvite(id)))
  expect(ada.view.invites[0]?.state).toBe('revoked')
  expect(await accept(bo, invite)).toEqual({ ok: false, code: 'invite-revoked' })
  expectOk(await accept(bo, await inviteOf(ada)))
  const used = ada.view.invites.find(({ state }) => state === 'used')?.id ?? ''
  expect(await ada.run(ada.messenger.revokeInvite(used))).toEqual({ ok: false, code: 'invite-used' })
  expect(await ada.run(ada.messenger.revokeInvite('i09999'))).toEqual({ ok: false, code: 'not-found' })
})

test("one's own invite is not for oneself", async () => {
  const network = new FakeNetwork('own')
  const ada = await person(network, 'Ada')
  await ada.run(ada.messenger.openInvite(await inviteOf(ada)))
  expect(refusalOf(ada)).toBe('invite-own')
})

test('nobody is there: said so; when the inviter comes back, it goes on by itself', async () => {
  const network = new FakeNetwork('unreachable')
  const ada = await person(network, 'Ada')
  const bo = await person(network, 'Bo')
  const invite = await inviteOf(ada)
  ada.crash()
  expect(await accept(bo, invite)).toEqual({ ok: false, code: 'invite-unreachable' })
  const again = bo.messenger.acceptInvite()
  await network.clock.settle()
  expect(bo.view.openedInvite?.state.kind).toBe('accepting')
  expect(await bo.run(again), 'said again when it was tried again').toEqual({ ok: false, code: 'invite-unreachable' })
  ada.messenger = ada.openPage()
  await until(network, 'the chat', () => ada.view.chats.length === 1 && bo.view.chats.length === 1, 180_000)
  expect(bo.view.openedInvite?.state.kind).toBe('accepted')
})

test('a link whose secret is another is not answered', async () => {
  const network = new FakeNetwork('wrong secret')
  const ada = await person(network, 'Ada')
  const bo = await person(network, 'Bo')
  const made = decodeInviteLink(await inviteOf(ada), sha256)
  const forged = encodeInviteLink({ ...made, secret: new Uint8Array(made.secret.length) }, sha256)
  expect(await accept(bo, forged)).toEqual({ ok: false, code: 'invite-unreachable' })
  expect(ada.view.chats).toEqual([])
  expect(ada.view.invites.map(({ state }) => state)).toEqual(['open'])
})

test('at most 16 invites are open at once', async () => {
  const network = new FakeNetwork('many')
  const ada = await person(network, 'Ada')
  for (let i = 0; i < 16; i++) await inviteOf(ada)
  expect(await ada.run(ada.messenger.createInvite())).toEqual({ ok: false, code: 'too-large' })
  expectOk(await ada.run(ada.messenger.revokeInvite(ada.view.invites[3]?.id ?? '')))
  expectOk(await ada.run(ada.messenger.createInvite()))
})

/** Fails the `n`th transaction, before or after it is stored, and lets its page go. */
function dyingStore(disk: Store, n: number, when: 'before' | 'after', die: () => boolean): Store {
  let count = 0
  return {
    ...bound(disk),
    transaction: async (writes: readonly Write[]) => {
      if (++count !== n) return disk.transaction(writes)
      if (when === 'after') await disk.transaction(writes)
      if (!die()) return when === 'after' ? undefined : disk.transaction(writes)
      throw new SottoError('storage-failed')
    },
  }
}
const bound = (disk: Store): Store => ({
  get: (table, key) => disk.get(table, key),
  range: (table, query) => disk.range(table, query),
  transaction: (writes) => disk.transaction(writes),
  takeOver: () => disk.takeOver(),
  isEmpty: () => disk.isEmpty(),
  destroy: () => disk.destroy(),
  close: () => disk.close(),
})

test('first contact is cut short at every transaction of either side: one chat in the end, and only one', async () => {
  for (const side of ['inviter', 'joiner'] as const) {
    for (const when of ['before', 'after'] as const) {
      for (let n = 1; n <= 4; n++) {
        const label = `${side} dies ${when} transaction ${n}`
        const network = new FakeNetwork(label)
        const ada = await person(network, 'Ada')
        const bo = await person(network, 'Bo')
        const invite = await inviteOf(ada)
        const victim = side === 'inviter' ? ada : bo
        let dead = false
        let over = false
        victim.crash()
        victim.options = {
          wrapStore: (disk) =>
            dyingStore(disk, n, when, () => {
              if (over) return false
              dead = true
              victim.crash()
              return true
            }),
        }
        victim.messenger = victim.openPage()
        await until(network, 'ready', () => victim.view.phase === 'ready')
        await bo.run(bo.messenger.openInvite(invite))
        void bo.messenger.acceptInvite()
        await network.clock.run(20_000)
        over = true
        victim.options = {}
        if (dead) {
          victim.messenger = victim.openPage()
          await until(network, 'ready again', () => victim.view.phase === 'ready')
          if (side === 'joiner' && bo.view.openedInvite === null) {
            await bo.run(bo.messenger.openInvite(invite))
            void bo.messenger.acceptInvite()
          }
        }
        await until(network, `${label}: both chats`, () => ada.view.chats.length === 1 && bo.view.chats.length === 1, 180_000)
        await ada.open(bo)
        await bo.open(ada)
        await ada.send(bo, 'from Ada')
        await bo.send(ada, 'from Bo')
        await until(network, `${label}: both messages`, () => ada.texts().length === 2 && bo.texts().length === 2, 120_000)
        expect(ada.texts()).toEqual(bo.texts())
      }
    }
  }
}, 120_000)
