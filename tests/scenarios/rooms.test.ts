/** The life of a room of many, through the whole engine: founded, joined by one link, talked in, changed, left. */
import { describe, expect, test } from 'vitest'
import { FakeNetwork } from '../support/network.ts'
import { expectOk, person, type TestPerson, until } from '../support/people.ts'
import {
  allDelivered,
  allIn,
  allShow,
  areIn,
  factsOf,
  join,
  leave,
  makeRoom,
  memberOf,
  noticesOf,
  openRoomInvite,
  remove,
  ROOM,
  roomCodes,
  roomInvite,
  roomOf,
  setRole,
  trio,
  tryToJoin,
} from '../support/room-people.ts'

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 1, 2, 3])

describe('talking', () => {
  test('everybody reads everybody, in one order, and all is delivered', async () => {
    const { network, ada, bo, cy } = await trio('three')
    const all = [ada, bo, cy]
    await ada.send(ROOM, 'one')
    await bo.send(ROOM, 'two')
    await cy.send(ROOM, 'three')
    await until(network, 'all to be read', () => allShow(all, ['one', 'two', 'three']))
    await until(network, 'all delivered', () => allDelivered(all))
    expect(await roomCodes(all)).toBe('one')
    expect(ada.view.unheld).toBe(0)
    expect((await factsOf(ada)).waitingFor).toEqual([])
    await cy.send(ROOM, 'four')
    await until(network, 'the last', () => all.every((one) => one.texts().at(-1) === 'four'))
    await until(network, 'it delivered', () => allDelivered([cy]))
    expect(roomOf(cy, ROOM.name)?.last).toMatchObject({ text: 'four', mine: true, by: 'Cy', tick: 'delivered' })
    expect(roomOf(ada, ROOM.name)?.last).toMatchObject({ text: 'four', mine: false, by: 'Cy', tick: null })
  })

  test('unread counts until it is read; how far one has read is told only by those who choose to, to those who do', async () => {
    const { network, ada, bo, cy } = await trio('unread')
    for (const one of [ada, bo]) expectOk(await one.run(one.messenger.setReadTicks(true)))
    await ada.send(ROOM, 'one')
    await ada.send(ROOM, 'two')
    await until(network, 'both at Bo and Cy', () => [bo, cy].every((one) => one.chatWith(ROOM).unread === 2))
    expect(ada.chatWith(ROOM).unread).toBe(0)
    for (const one of [bo, cy]) expectOk(await one.run(one.messenger.markRead(one.chatWith(ROOM).id)))
    expect(bo.chatWith(ROOM).unread).toBe(0)
    await until(network, 'delivered', () => allDelivered([ada]))
    await network.clock.run(10_000)
    expect(ada.messages().map(({ tick }) => tick)).toEqual(['delivered', 'delivered'])
    expectOk(await cy.run(cy.messenger.setReadTicks(true)))
    await cy.send(ROOM, 'three')
    await until(network, 'three', () => ada.texts().length === 3)
    await ada.send(ROOM, 'four')
    await until(network, 'four', () => [bo, cy].every((one) => one.texts().length === 4))
    for (const one of [bo, cy]) expectOk(await one.run(one.messenger.markRead(one.chatWith(ROOM).id)))
    await until(network, 'read by both', () => ada.messages().at(-1)?.tick === 'read')
    for (const one of [ada, bo, cy]) one.reload()
    await until(network, 'back', () => [ada, bo, cy].every((one) => roomOf(one, ROOM.name)?.standing === 'open'))
    await ada.open(ROOM)
    expect(ada.messages().at(-1)?.tick).toBe('read')
    expect(bo.chatWith(ROOM).unread).toBe(0)
  })

  test('a person renames herself: the others see it and a line says so', async () => {
    const { network, ada, bo } = await trio('rename')
    await bo.send(ROOM, 'as Bo')
    await until(network, 'it to come', () => ada.texts().length === 1)
    expectOk(await bo.run(bo.messenger.rename('Bodil')))
    await until(network, 'the new name', () => noticesOf(ada).at(-1)?.kind === 'renamed')
    expect(noticesOf(ada).at(-1)).toEqual({ kind: 'renamed', from: 'Bo', to: 'Bodil' })
    expect(ada.messages()[0]?.authorName).toBe('Bodil')
    expect((await factsOf(ada)).members.map(({ name }) => name).sort()).toEqual(['Ada', 'Bodil', 'Cy'])
    expect(noticesOf(bo).filter(({ kind }) => kind === 'renamed')).toEqual([])
  })
})

describe('the room itself', () => {
  test('founded alone: name, topic, an owner, a code, and words that wait for nobody', async () => {
    const network = new FakeNetwork('alone')
    const ada = await person(network, 'Ada')
    await makeRoom(ada, ROOM.name, ' Who cooks? ')
    await ada.open(ROOM)
    await ada.send(ROOM, 'hello me')
    await network.clock.run(5000)
    const facts = await factsOf(ada)
    expect(facts).toMatchObject({ name: 'Kitchen', topic: 'Who cooks?', role: 'owner', unheld: 0, may: { invite: true, settings: true } })
    expect(facts.roomCode).not.toBeNull()
    expect(ada.view.unheld).toBe(0)
    expect(ada.texts()).toEqual(['hello me'])
    for (const name of ['', ' \u202e '])
      expect(await ada.run(ada.messenger.createRoom({ name, topic: '', suite: 'hybrid' }))).toEqual({ ok: false, code: 'malformed' })
    expect(await ada.run(ada.messenger.createRoom({ name: 'x', topic: 't'.repeat(2000), suite: 'hybrid' }))).toEqual({
      ok: false,
      code: 'too-large',
    })
    expect(ada.view.chats).toHaveLength(1)
  })

  test('name, topic and picture change for everybody, with a line each; members may not', async () => {
    const { network, ada, bo, cy } = await trio('settings')
    const { id } = ada.chatWith(ROOM)
    const nothing = { name: null, topic: null, picture: null }
    expect(await bo.run(bo.messenger.setRoom(bo.chatWith(ROOM).id, { ...nothing, name: 'Mine' }))).toEqual({
      ok: false,
      code: 'unexpected',
    })
    expect(await bo.run(bo.messenger.setRole(id, (await memberOf(bo, cy)).id, 'admin'))).toEqual({ ok: false, code: 'unexpected' })
    expect(await bo.run(bo.messenger.removeMember(id, (await memberOf(bo, cy)).id))).toEqual({ ok: false, code: 'unexpected' })
    expect(await bo.run(bo.messenger.createRoomInvite(id, { uses: 1, days: 1, approval: false }))).toEqual({
      ok: false,
      code: 'unexpected',
    })
    expectOk(await ada.run(ada.messenger.setRoom(id, { ...nothing, topic: 'Dinner' })))
    expectOk(await ada.run(ada.messenger.setRoom(id, { ...nothing, picture: PNG })))
    expectOk(await ada.run(ada.messenger.setRoom(id, { ...nothing, name: 'Pantry' })))
    expectOk(await ada.run(ada.messenger.setRoom(id, { ...nothing, name: 'Pantry' })))
    for (const picture of [new Uint8Array(40 * 1024).fill(0xff), new Uint8Array([1, 2, 3])])
      expect((await ada.run(ada.messenger.setRoom(id, { ...nothing, picture }))).ok).toBe(false)
    await until(network, 'the new name', () => [bo, cy].every((one) => roomOf(one, 'Pantry') !== null))
    for (const one of [ada, bo, cy]) {
      expect(await factsOf(one, 'Pantry')).toMatchObject({ name: 'Pantry', topic: 'Dinner' })
      expect(roomOf(one, 'Pantry')?.picture).toBe(`data:image/png;base64,${Buffer.from(PNG).toString('base64')}`)
      expect(noticesOf(one).slice(-3)).toEqual([
        { kind: 'topic', to: 'Dinner', by: 'Ada' },
        { kind: 'picture', by: 'Ada' },
        { kind: 'room-named', to: 'Pantry', by: 'Ada' },
      ])
    }
    expectOk(await ada.run(ada.messenger.setRoom(id, { ...nothing, picture: 'none' })))
    await until(network, 'no picture', () => [bo, cy].every((one) => roomOf(one, 'Pantry')?.picture === null))
  })

  test('what happened is told in lines: founded, added, roles, removed, left', async () => {
    const { network, ada, bo, cy } = await trio('lines')
    expect(noticesOf(ada)).toEqual([
      { kind: 'created' },
      { kind: 'room-named', to: 'Kitchen', by: 'Ada' },
      { kind: 'added', name: 'Bo', by: 'Ada' },
      { kind: 'added', name: 'Cy', by: 'Ada' },
    ])
    expect(noticesOf(cy)).toEqual(noticesOf(ada))
    await setRole(ada, bo, 'admin')
    await until(network, 'Bo to be admin', () => [bo, cy].every((one) => noticesOf(one).at(-1)?.kind === 'role'))
    expect(noticesOf(cy).at(-1)).toEqual({ kind: 'role', name: 'Bo', role: 'admin', by: 'Ada' })
    expect(await memberOf(bo, ada)).toMatchObject({ may: { remove: false, roles: [] } })
    expect(await memberOf(bo, cy)).toMatchObject({ may: { remove: true, roles: [] } })
    await remove(bo, cy)
    await until(network, 'Cy to be gone', () => areIn([ada, bo]))
    expect(noticesOf(ada).at(-1)).toEqual({ kind: 'removed', name: 'Cy', by: 'Bo' })
    await leave(bo)
    await until(network, 'Bo to be gone', () => areIn([ada]))
    expect(noticesOf(ada).at(-1)).toEqual({ kind: 'left', name: 'Bo' })
    expect(noticesOf(bo).at(-1)).toEqual({ kind: 'left', name: 'Bo' })
  })
})

describe('coming', () => {
  test('an invite lets in as many as it has uses, shows how many, and then says that it is used', async () => {
    const network = new FakeNetwork('uses')
    const [ada, bo, cy, di] = [
      await person(network, 'Ada'),
      await person(network, 'Bo'),
      await person(network, 'Cy'),
      await person(network, 'Di'),
    ]
    await makeRoom(ada, ROOM.name)
    const { url, id } = await roomInvite(ada, ROOM.name, { uses: 2 })
    const shown = async (): Promise<unknown> =>
      (await factsOf(ada)).invites.map(({ uses, used, state, mine }) => ({ uses, used, state, mine }))
    expect(await shown()).toEqual([{ uses: 2, used: 0, state: 'open', mine: true }])
    await join(bo, url)
    expect(await shown()).toEqual([{ uses: 2, used: 1, state: 'open', mine: true }])
    await join(cy, url)
    expect(await shown()).toEqual([{ uses: 2, used: 2, state: 'used', mine: true }])
    expect(await tryToJoin(di, url)).toEqual({ ok: false, code: 'invite-used' })
    // Whoever is in is let through again by the same link.
    expect((await tryToJoin(bo, url)).ok).toBe(true)
    await allIn(network, [ada, bo, cy])
    expect((await factsOf(ada)).invites[0]?.id).toBe(id)
    expect(di.view.chats).toEqual([])
  })

  test('an invite that expired or was taken back lets nobody in; numbers out of bounds make none', async () => {
    const network = new FakeNetwork('expiry')
    const [ada, bo] = [await person(network, 'Ada'), await person(network, 'Bo')]
    await makeRoom(ada, ROOM.name)
    const { id } = ada.chatWith(ROOM)
    for (const wrong of [{ uses: 0 }, { uses: 257 }, { uses: 1.5 }, { days: 0 }, { days: 31 }]) {
      expect(await ada.run(ada.messenger.createRoomInvite(id, { uses: 1, days: 1, approval: false, ...wrong }))).toEqual({
        ok: false,
        code: 'malformed',
      })
    }
    const revoked = await roomInvite(ada, ROOM.name)
    expectOk(await ada.run(ada.messenger.revokeRoomInvite(id, revoked.id)))
    expect(await tryToJoin(bo, revoked.url)).toEqual({ ok: false, code: 'invite-revoked' })
    const short = await roomInvite(ada, ROOM.name, { days: 1 })
    await network.clock.run(24 * 60 * 60 * 1000 + 1000)
    expect(await tryToJoin(bo, short.url)).toEqual({ ok: false, code: 'invite-expired' })
    expect((await factsOf(ada)).invites.map(({ state }) => state).sort()).toEqual(['expired', 'revoked'])
    expect(areIn([ada])).toBe(true)
  })

  test('with approval: asked, declined, asked again, agreed', async () => {
    const network = new FakeNetwork('approval')
    const [ada, bo] = [await person(network, 'Ada'), await person(network, 'Bo')]
    await makeRoom(ada, ROOM.name)
    const { id } = ada.chatWith(ROOM)
    const declined = await openRoomInvite(ada, ROOM.name, { approval: true })
    const asking = tryToJoin(bo, declined)
    const waits = (): boolean => bo.view.openedInvite?.state.kind === 'accepting' && bo.view.openedInvite.state.step === 'approval'
    await until(network, 'Bo to wait', waits)
    const [request] = (await factsOf(ada)).requests
    expect(request?.name).toBe('Bo')
    expectOk(await ada.run(ada.messenger.answerRequest(id, request?.id ?? '', false)))
    expect(await asking).toEqual({ ok: false, code: 'unexpected' })
    expect((await factsOf(ada)).requests).toEqual([])
    expect(await ada.run(ada.messenger.answerRequest(id, request?.id ?? '', true))).toEqual({ ok: false, code: 'not-found' })

    const again = tryToJoin(bo, await openRoomInvite(ada, ROOM.name, { approval: true }))
    await until(network, 'Bo to wait again', waits)
    // It calls again every 30 s; for a moment between two calls nobody is at the door, so not after a multiple of that.
    await network.clock.run(110_000)
    const [second] = (await factsOf(ada)).requests
    expectOk(await ada.run(ada.messenger.answerRequest(id, second?.id ?? '', true)))
    expectOk(await again)
    await allIn(network, [ada, bo])
    expect((await factsOf(ada)).requests).toEqual([])
  })

  test('the inviter closes right after letting somebody in: they are in when it is back', async () => {
    const { network, ada, bo, cy } = await trio('closes')
    const di = await person(network, 'Di')
    const url = await openRoomInvite(ada, ROOM.name)
    const joining = tryToJoin(di, url)
    await until(network, 'Di to be added', () => roomOf(ada, ROOM.name)?.members?.all === 4)
    ada.crash()
    await network.clock.run(20_000)
    ada.messenger = ada.openPage()
    expectOk(await joining)
    await allIn(network, [ada, bo, cy, di], 120_000)
    await di.open(ROOM)
    await di.send(ROOM, 'in')
    await until(network, 'it to come', () => [bo, cy].every((one) => one.texts().includes('in')))
  })

  test('a newcomer reads nothing from before, and everything after', async () => {
    const { network, ada, bo, cy } = await trio('newcomer')
    await ada.send(ROOM, 'before')
    await until(network, 'it to be read', () => allShow([ada, bo, cy], ['before']))
    const di = await person(network, 'Di')
    await join(di, await openRoomInvite(ada, ROOM.name))
    await allIn(network, [ada, bo, cy, di])
    await di.open(ROOM)
    await bo.send(ROOM, 'after')
    await until(network, 'the new one', () => di.texts().length === 1)
    await network.clock.run(60_000)
    expect(di.texts()).toEqual(['after'])
    expect(await roomCodes([ada, bo, cy, di])).toBe('one')
    await until(network, 'all delivered', () => allDelivered([ada, bo]))
  })
})

describe('going', () => {
  test('somebody is removed: sees it, writes nothing, reads nothing more; the code changes', async () => {
    const { network, ada, bo, cy } = await trio('remove')
    await ada.send(ROOM, 'with Cy')
    await until(network, 'it to be read', () => allShow([ada, bo, cy], ['with Cy']))
    const { roomCode: before } = await factsOf(ada)
    await remove(ada, cy)
    await until(network, 'Cy to know', () => roomOf(cy, ROOM.name)?.standing === 'removed')
    await allIn(network, [ada, bo])
    expect(await cy.run(cy.messenger.send(cy.chatWith(ROOM).id, 'still me'))).toEqual({ ok: false, code: 'removed' })
    await ada.send(ROOM, 'without Cy')
    await until(network, 'it to be read', () => bo.texts().includes('without Cy'))
    await network.clock.run(120_000)
    expect(cy.texts()).toEqual(['with Cy'])
    expect(await roomCodes([ada, bo])).toBe('one')
    expect((await factsOf(ada)).roomCode).not.toBe(before)
    cy.reload()
    await until(network, 'Cy is back', () => cy.view.phase === 'ready')
    expect(roomOf(cy, ROOM.name)?.standing).toBe('removed')
    await cy.open(ROOM)
    expect(cy.texts()).toEqual(['with Cy'])
  })

  test('somebody leaves: the others go on without; they themselves keep what they read', async () => {
    const { network, ada, bo, cy } = await trio('leave')
    await cy.send(ROOM, 'farewell')
    await until(network, 'it to be read', () => allShow([ada, bo, cy], ['farewell']))
    await leave(cy)
    expect(roomOf(cy, ROOM.name)?.standing).toBe('left')
    await allIn(network, [ada, bo])
    await bo.send(ROOM, 'without Cy')
    await until(network, 'it to be read', () => ada.texts().includes('without Cy'))
    await network.clock.run(60_000)
    expect(cy.texts()).toEqual(['farewell'])
    expect(await cy.run(cy.messenger.send(cy.chatWith(ROOM).id, 'x'))).toEqual({ ok: false, code: 'removed' })
    cy.reload()
    await until(network, 'Cy is back', () => cy.view.phase === 'ready')
    expect(roomOf(cy, ROOM.name)?.standing).toBe('left')
    expect(await cy.run(cy.messenger.leaveRoom(cy.chatWith(ROOM).id))).toEqual({ ok: false, code: 'removed' })
  })

  test('the last owner leaves: whoever was said to become owner does, and can act', async () => {
    const { network, ada, bo, cy } = await trio('heir')
    await setRole(ada, cy, 'admin')
    await until(network, 'Cy to be admin', () => noticesOf(cy).at(-1)?.kind === 'role')
    expect((await factsOf(ada)).heir).toBe('Cy')
    expect((await factsOf(cy)).heir).toBeNull()
    await leave(ada)
    await allIn(network, [bo, cy])
    expect((await factsOf(cy)).role).toBe('owner')
    expect((await memberOf(bo, cy)).role).toBe('owner')
    await setRole(cy, bo, 'owner')
    await until(network, 'Bo to be owner', () => noticesOf(bo).at(-1)?.kind === 'role')
    expect((await factsOf(bo)).role).toBe('owner')
    expect(await roomCodes([bo, cy])).toBe('one')
    await leave(bo)
    await leave(cy)
    await network.clock.run(10_000)
    expect([ada, bo, cy].map((one) => roomOf(one, ROOM.name)?.standing)).toEqual(['left', 'left', 'left'])
  })

  test('whoever was removed does not come back under the same device', async () => {
    const { network, ada, bo, cy } = await trio('no way back')
    await remove(ada, cy)
    await until(network, 'Cy to know', () => roomOf(cy, ROOM.name)?.standing === 'removed')
    expect(await tryToJoin(cy, await openRoomInvite(ada, ROOM.name))).toEqual({ ok: false, code: 'unexpected' })
    expect(areIn([ada, bo])).toBe(true)
  })
})

test('five people, one link, all at once', async () => {
  const network = new FakeNetwork('five')
  const people: TestPerson[] = []
  for (const name of ['Ada', 'Bo', 'Cy', 'Di', 'Ed']) people.push(await person(network, name))
  const [ada, ...others] = people
  if (ada === undefined) throw new Error('nobody')
  await makeRoom(ada, ROOM.name)
  const url = await openRoomInvite(ada, ROOM.name, { uses: 4 })
  const joining = others.map((one) => tryToJoin(one, url))
  for (const one of joining) expectOk(await one)
  await allIn(network, people, 120_000)
  for (const one of people) await one.open(ROOM)
  for (const one of people) await one.send(ROOM, `hello from ${one.name}`)
  await until(network, 'all to be read', () =>
    allShow(
      people,
      people.map(({ name }) => `hello from ${name}`),
    ),
  )
  await until(network, 'all delivered', () => allDelivered(people))
  expect(await roomCodes(people)).toBe('one')
})
