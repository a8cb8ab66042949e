/** What people do with rooms, in tests. */
import type { Result } from '#contracts/errors.ts'
import type { ChatSummary, MemberView, NoticeView, RoomFacts, RoomInviteView, Suite } from '#contracts/ui.ts'
import { FakeNetwork } from './network.ts'
import { expectOk, PAGE_URL, person, type PersonOptions, type TestPerson, until } from './people.ts'

export type RoomPerson = TestPerson

/** The room that these tests talk in. */
export const ROOM = { name: 'Kitchen' }

export const roomOf = (one: TestPerson, name: string): ChatSummary | null => one.view.chats.find((chat) => chat.name === name) ?? null

/** `suite`: the one of the smallest keys where a test is not about suites. */
export async function makeRoom(one: TestPerson, name: string, topic = '', suite: Suite = 'classic'): Promise<void> {
  expectOk(await one.run(one.messenger.createRoom({ name, topic, suite })))
}

interface InviteOptions {
  readonly uses?: number
  readonly days?: number
  readonly approval?: boolean
}

export async function roomInvite(one: TestPerson, name: string, options: InviteOptions = {}): Promise<RoomInviteView> {
  const { uses = 1, days = 7, approval = false } = options
  return expectOk(await one.run(one.messenger.createRoomInvite(one.chatWith({ name }).id, { uses, days, approval })))
}

/** The link of a new invite into the room. */
export const openRoomInvite = async (one: TestPerson, name: string, options: InviteOptions = {}): Promise<string> =>
  (await roomInvite(one, name, options)).url

/** Opens the link and accepts it; resolves to the command's answer. */
export async function tryToJoin(one: TestPerson, url: string): Promise<Result<string>> {
  await one.run(one.messenger.openInvite(url.slice(`${PAGE_URL}#i=`.length)))
  return one.run(one.messenger.acceptInvite())
}

/** The same, for somebody who is let in. */
export async function join(one: TestPerson, url: string): Promise<void> {
  expectOk(await tryToJoin(one, url))
}

/** True if all of them see each other in the room, and no one else, and can talk. */
export const areIn = (people: readonly TestPerson[], name = ROOM.name): boolean =>
  people.every((one) => {
    const room = roomOf(one, name)
    return room?.members?.all === people.length && room.standing === 'open'
  })

export const allIn = (network: FakeNetwork, people: readonly TestPerson[], maxMs = 60_000): Promise<void> =>
  until(network, 'everybody to be in', () => areIn(people), maxMs)

export interface Gathered {
  readonly network: FakeNetwork
  /** In the order of their names; the first founded the room. */
  readonly people: readonly TestPerson[]
}

/** A room with these people, each with it open on the screen and linked with all others. */
export async function gather(
  seed: string,
  names: readonly string[],
  options: Readonly<Record<string, PersonOptions>> = {},
): Promise<Gathered> {
  const network = new FakeNetwork(seed)
  const people: TestPerson[] = []
  for (const name of names) people.push(await person(network, name, options[name]))
  const [founder, ...others] = people
  if (founder === undefined) throw new Error('nobody')
  await makeRoom(founder, ROOM.name)
  const url = await openRoomInvite(founder, ROOM.name, { uses: 16 })
  for (const one of others) await join(one, url)
  await allIn(network, people)
  for (const one of people) await one.open(ROOM)
  await until(network, 'all linked', () => people.every((one) => roomOf(one, ROOM.name)?.members?.online === people.length))
  return { network, people }
}

/** Ada, Bo and Cy. */
export async function trio(
  seed: string,
  options: Readonly<Record<string, PersonOptions>> = {},
): Promise<{ readonly network: FakeNetwork; readonly ada: TestPerson; readonly bo: TestPerson; readonly cy: TestPerson }> {
  const { network, people } = await gather(seed, ['Ada', 'Bo', 'Cy'], options)
  const [ada, bo, cy] = people as [TestPerson, TestPerson, TestPerson]
  return { network, ada, bo, cy }
}

/** All of *Details*. */
export const factsOf = async (one: TestPerson, name = ROOM.name): Promise<RoomFacts> =>
  expectOk(await one.run(one.messenger.room(one.chatWith({ name }).id)))

export async function memberOf(one: TestPerson, who: { readonly name: string }, name = ROOM.name): Promise<MemberView> {
  const found = (await factsOf(one, name)).members.find((member) => member.name === who.name)
  if (found === undefined) throw new Error(`${one.name} sees no member ${who.name}`)
  return found
}

export async function remove(one: TestPerson, who: { readonly name: string }): Promise<void> {
  expectOk(await one.run(one.messenger.removeMember(one.chatWith(ROOM).id, (await memberOf(one, who)).id)))
}

export async function setRole(one: TestPerson, who: { readonly name: string }, role: MemberView['role']): Promise<void> {
  expectOk(await one.run(one.messenger.setRole(one.chatWith(ROOM).id, (await memberOf(one, who)).id, role)))
}

export async function leave(one: TestPerson): Promise<void> {
  expectOk(await one.run(one.messenger.leaveRoom(one.chatWith(ROOM).id)))
}

/** The notices of the open conversation, oldest first. */
export const noticesOf = (one: TestPerson): readonly NoticeView['notice'][] =>
  (one.view.conversation?.items ?? []).flatMap((item) => (item.kind === 'notice' ? [item.notice] : []))

/** True if everybody shows exactly these texts, in one order. */
export const allShow = (people: readonly TestPerson[], texts: readonly string[]): boolean => {
  const [first] = people
  const sorted = [...texts].sort().join('\n')
  return people.every((one) => [...one.texts()].sort().join('\n') === sorted && one.texts().join('\n') === first?.texts().join('\n'))
}

/** True if all that this person said has come to everybody. */
export const allDelivered = (people: readonly TestPerson[]): boolean =>
  people.every((one) => one.messages().every(({ mine, tick }) => !mine || tick === 'delivered' || tick === 'read'))

/** Cuts every way between the two halves, and waits until they have noticed. */
export async function part(network: FakeNetwork, one: readonly TestPerson[], other: readonly TestPerson[]): Promise<void> {
  for (const a of one) for (const b of other) network.rtc.cut(a.name, b.name)
  await network.clock.run(45_000)
}

export function rejoin(network: FakeNetwork, one: readonly TestPerson[], other: readonly TestPerson[]): void {
  for (const a of one) for (const b of other) network.rtc.heal(a.name, b.name)
}

/** The room's code where it is known to everybody and the same; else what each sees. */
export async function roomCodes(people: readonly TestPerson[]): Promise<string> {
  const codes = await Promise.all(people.map(async (one) => (await factsOf(one)).roomCode))
  return new Set(codes).size === 1 && codes[0] != null ? 'one' : codes.join(' | ')
}
