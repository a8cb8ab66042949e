/** The rules of membership and of the head, as short stories. The reference test covers the rest. */
import { expect, it } from 'vitest'
import type { DeviceKey, EntryId, EpochId, InviteKey, UserId } from '#contracts/ids.ts'
import type { Role } from '#contracts/wire/entry.ts'
import type { EntryBody, LogEntry, RoomOp } from '../../remotes/p2p/core/rooms/entry-view.ts'
import { fastHash } from '../support/prng.ts'
import { View } from '../support/random-rooms.ts'

const ACK: EntryBody = { kind: 'ack', holds: true, delivered: [], cant: [], bad: [], generations: [] }
const NOTHING = { length: 0 }
let made = 0

/** A device with a view of its own. */
class Person {
  readonly view = new View()
  readonly key: DeviceKey
  constructor(name: string) {
    this.key = name as DeviceKey
  }

  write(body: EntryBody): LogEntry {
    const { log, epochs } = this.view
    const chain = log.chain(this.key)
    const prev = chain.at(-1)?.entry ?? null
    const id = fastHash(`${this.key} ${made++}`) as EntryId
    const deps = log.heads().flatMap(({ entry }) => (entry.id === prev?.id ? [] : [entry.id]))
    const vote = epochs.head()?.id ?? ('' as EpochId)
    const entry: LogEntry = { id, author: this.key, seq: chain.length, prev: prev?.id ?? null, deps, vote, body }
    expect(this.view.add(entry)).toBe(true)
    return entry
  }

  does(op: RoomOp): LogEntry {
    return this.write({ kind: 'op', op })
  }

  add(other: Person, role: Role = 'member', invite: InviteKey | null = null): void {
    this.does({ kind: 'add', device: other.key, user: `user of ${other.key}` as UserId, role, invite, keyPackage: NOTHING, card: NOTHING })
  }

  remove(other: Person): void {
    this.does({ kind: 'remove', device: other.key })
  }

  hears(...others: readonly Person[]): void {
    for (const other of others) this.view.merge(other.view)
  }

  get members(): readonly string[] {
    return [...this.view.memberships.current().members.keys()].sort()
  }

  roleOf(other: Person): Role | undefined {
    return this.view.memberships.current().members.get(other.key)?.role
  }
}

/** Ada founds; the others are added with these roles and know of it. */
function room(...roles: readonly Role[]): [Person, ...Person[]] {
  const ada = new Person('ada')
  ada.does({ kind: 'create', user: 'user of ada' as UserId, card: NOTHING })
  const others = roles.map((role, i) => {
    const person = new Person(`p${i}`)
    ada.add(person, role)
    return person
  })
  for (const other of others) other.hears(ada)
  return [ada, ...others]
}

const at = (people: readonly Person[], i: number): Person => people[i] as Person

it('of two admins that remove each other the senior stays', () => {
  const people = room('admin', 'admin')
  const [senior, junior] = [at(people, 1), at(people, 2)]
  senior.remove(junior)
  junior.remove(senior)
  senior.hears(junior)
  junior.hears(senior)
  expect(senior.members).toEqual(['ada', 'p0'])
  expect(junior.members).toEqual(['ada', 'p0'])
})

it('a removal that its author was later removed for still stands', () => {
  const people = room('admin', 'member')
  const [ada, admin, member] = [at(people, 0), at(people, 1), at(people, 2)]
  admin.remove(member)
  ada.hears(admin)
  ada.remove(admin)
  expect(ada.members).toEqual(['ada'])
})

it('a removal beats a concurrent add, and what the removed does meanwhile', () => {
  const people = room('admin')
  const [ada, admin] = [at(people, 0), at(people, 1)]
  const friend = new Person('friend')
  ada.remove(admin)
  admin.add(friend)
  ada.hears(admin)
  expect(ada.members).toEqual(['ada'])
})

it('a removed admin does not act through a device that it brings in', () => {
  const people = room('admin', 'admin')
  const [ada, crook, victim] = [at(people, 0), at(people, 1), at(people, 2)]
  const puppet = new Person('puppet')
  ada.remove(crook)
  crook.add(puppet, 'admin')
  puppet.hears(crook)
  puppet.remove(victim)
  ada.hears(puppet)
  expect(ada.members).toEqual(['ada', 'p1'])
})

it('who was removed does not come back with the same key', () => {
  const people = room('member')
  const [ada, member] = [at(people, 0), at(people, 1)]
  ada.remove(member)
  ada.add(member)
  expect(ada.members).toEqual(['ada'])
})

it('members do not add or remove others; admins do not remove owners', () => {
  const people = room('member', 'admin')
  const [ada, member, admin] = [at(people, 0), at(people, 1), at(people, 2)]
  member.add(new Person('friend'))
  member.remove(admin)
  admin.remove(ada)
  ada.hears(member, admin)
  expect(ada.members).toEqual(['ada', 'p0', 'p1'])
})

it('an invite lets in no more than it says, though members admit apart', () => {
  const people = room('member', 'member')
  const [ada, bo, cy] = [at(people, 0), at(people, 1), at(people, 2)]
  const invite = 'invite' as InviteKey
  ada.does({ kind: 'invite', invite, uses: 1, card: NOTHING })
  bo.hears(ada)
  cy.hears(ada)
  bo.add(new Person('first'), 'member', invite)
  cy.add(new Person('second'), 'member', invite)
  ada.hears(bo, cy)
  expect(ada.members).toHaveLength(4)
  cy.hears(ada)
  bo.hears(ada)
  expect(bo.members).toEqual(ada.members)
  bo.add(new Person('third'), 'member', invite)
  expect(bo.members).toEqual(ada.members)
})

it('when the last owner leaves, the most senior device left is owner', () => {
  const people = room('member', 'admin')
  const [ada, member, admin] = [at(people, 0), at(people, 1), at(people, 2)]
  ada.does({ kind: 'leave' })
  admin.hears(ada)
  expect(admin.roleOf(admin)).toBe('owner')
  expect(admin.roleOf(member)).toBe('member')
})

it('whoever signs two entries with one seq is known for it, and can be shown', () => {
  const [ada] = room()
  const first = ada.write(ACK)
  const second: LogEntry = { ...first, id: 'another' as EntryId }
  expect(ada.view.log.equivocates(ada.key)).toBe(false)
  ada.view.add(second)
  expect(ada.view.log.equivocates(ada.key)).toBe(true)
  expect(
    ada.view.log
      .equivocationProof(ada.key)
      ?.map((node) => node.entry.id)
      .sort(),
  ).toEqual([first.id, second.id].sort())
})

it('an entry waits for its causes, and what fits no log is refused', () => {
  const [ada] = room()
  const entry = ada.write(ACK)
  const stranger = new View()
  expect(stranger.log.add(entry).kind).toBe('missing')
  expect(ada.view.log.add({ ...entry, id: 'hole' as EntryId, seq: entry.seq + 2 }).kind).toBe('invalid')
  expect(ada.view.log.add(entry).kind).toBe('known')
})
