/** Rooms on the stand-in for MLS, told step by step: what a seed found, without the seed. */
import { expect, test } from 'vitest'
import type { UserId } from '#contracts/ids.ts'
import type { RoomOp } from '../../remotes/p2p/core/rooms/entry-view.ts'
import { ENGINES } from './engines.ts'
import { allInvariants } from './invariants/index.ts'
import { type SimDevice, World } from './world.ts'

const CARD = { length: 0 }

const operate = (world: World, by: SimDevice, op: RoomOp): Promise<void> => world.step(by, { kind: 'operate', op })

const run = (world: World, ms: number): Promise<void> => world.run(world.nowMs + ms)

/** Has an open page and a KeyPackage, and is in no room yet. */
async function newcomer(world: World, name: string): Promise<SimDevice> {
  const device = await world.addDevice(name as UserId)
  await world.open(device)
  return device
}

async function add(world: World, by: SimDevice, joiner: SimDevice, role: 'member' | 'admin' | 'owner'): Promise<void> {
  const { key: device, user, keyPackage } = joiner
  if (keyPackage === null) throw new Error('no KeyPackage')
  await operate(world, by, { kind: 'add', device, user, role, invite: null, keyPackage, card: CARD })
}

/** The founder, and these, brought in by it. */
async function room(world: World, others: Readonly<Record<string, 'member' | 'admin' | 'owner'>>): Promise<readonly SimDevice[]> {
  const founder = await world.addDevice('ada' as UserId)
  await world.open(founder, { kind: 'create', user: founder.user, card: CARD })
  const people = [founder]
  for (const [name, role] of Object.entries(others)) {
    const device = await newcomer(world, name)
    await add(world, founder, device, role)
    people.push(device)
  }
  await run(world, 15_000)
  return people
}

const meet = (world: World): void => {
  world.unblockAll()
  for (const a of world.devices) for (const b of world.devices) if (a.index < b.index) world.connect(a, b)
}

const membersOf = (device: SimDevice) => device.running?.room.memberships.current().members

test('who comes back because its removal turned out void is sent what it was meant to have', async () => {
  const world = new World(1, ENGINES.toy, allInvariants())
  const [ada, bo, di] = (await room(world, { bo: 'admin', di: 'admin' })) as [SimDevice, SimDevice, SimDevice]
  const cy = await newcomer(world, 'cy')

  // Di lets Cy in, who is away, and speaks before any commit has done so: in an epoch without Cy.
  world.stop(cy)
  await add(world, di, cy, 'member')
  await world.step(di, { kind: 'say', body: { length: 1 } })
  await run(world, 15_000)
  const waiting = (): readonly string[] => di.running?.room.waiting().flatMap((message) => message.for) ?? []
  expect(waiting()).toEqual([cy.key])

  // Ada and Bo fall out, apart. Whom Bo removed, Di waits for no longer; but Ada, who is senior, has removed Bo.
  for (const other of [bo, di]) world.part(ada, other)
  await operate(world, ada, { kind: 'remove', device: bo.key })
  await operate(world, bo, { kind: 'remove', device: cy.key })
  await run(world, 30_000)
  expect(membersOf(di)?.has(cy.key)).toBe(false)
  expect(waiting()).toEqual([])

  meet(world)
  await world.open(cy)
  await run(world, 60_000)
  expect([...(membersOf(cy)?.keys() ?? [])].sort()).toEqual([ada.key, di.key, cy.key].sort())
  expect(cy.disk.messages.size).toBe(1)
  world.checkHealed()
  expect(di.disk.outgoing.size).toBe(0)
})

test('who was removed learns that it stands, also if somebody took away, in vain, who had brought its remover in', async () => {
  const world = new World(2, ENGINES.toy, allInvariants())
  const people = await room(world, { ol: 'owner', bo: 'admin', cy: 'member' })
  const [ada, ol, bo, cy] = people as [SimDevice, SimDevice, SimDevice, SimDevice]
  const di = await newcomer(world, 'di')

  // While Ol is apart Bo lets Di in, and Di removes Cy. Ol, who knows nothing of it, removes Bo; Ada removes Ol.
  for (const other of world.devices) if (other !== ol) world.part(ol, other)
  await add(world, bo, di, 'admin')
  await run(world, 15_000)
  await operate(world, di, { kind: 'remove', device: cy.key })
  await run(world, 5_000)
  await operate(world, ol, { kind: 'remove', device: bo.key })
  await operate(world, ada, { kind: 'remove', device: ol.key })
  expect(membersOf(cy)?.has(cy.key)).toBe(false)

  // Cy hears of Ol's removal first: without Bo there is no Di, and nobody removed Cy.
  for (const other of world.devices) if (other !== cy) world.part(cy, other)
  await run(world, 5_000)
  world.unblockAll()
  world.connect(ol, cy)
  await run(world, 5_000)
  expect(membersOf(cy)?.has(cy.key)).toBe(true)

  meet(world)
  await run(world, 60_000)
  for (const one of [ada, bo, di, cy]) expect([...(membersOf(one)?.keys() ?? [])].sort()).toEqual([ada.key, bo.key, di.key].sort())
  world.checkHealed()
})
