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

async function add(world: World, by: SimDevice, joiner: SimDevice, role: 'member' | 'admin'): Promise<void> {
  const { key: device, user, keyPackage } = joiner
  if (keyPackage === null) throw new Error('no KeyPackage')
  await operate(world, by, { kind: 'add', device, user, role, invite: null, keyPackage, card: CARD })
}

const membersOf = (device: SimDevice) => device.running?.room.memberships.current().members

test('who comes back because its removal turned out void is sent what it was meant to have', async () => {
  const world = new World(1, ENGINES.toy, allInvariants())
  const ada = await world.addDevice('ada' as UserId)
  await world.open(ada, { kind: 'create', user: ada.user, card: CARD })
  const [bo, di, cy] = [await newcomer(world, 'bo'), await newcomer(world, 'di'), await newcomer(world, 'cy')]
  await add(world, ada, bo, 'admin')
  await add(world, ada, di, 'admin')
  await run(world, 15_000)

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

  world.unblockAll()
  for (const other of [bo, di]) world.connect(ada, other)
  await world.open(cy)
  await run(world, 60_000)
  expect([...(membersOf(cy)?.keys() ?? [])].sort()).toEqual([ada.key, di.key, cy.key].sort())
  expect(cy.disk.messages.size).toBe(1)
  world.checkHealed()
  expect(di.disk.outgoing.size).toBe(0)
})
