/** What people do in rooms, at Chromium pages, in the words of the names contract. */
import type { Browser, BrowserContext } from 'playwright-core'
import { type ChromiumPerson, chromiumPerson } from './chromium-person.ts'
import { bodiesOf } from './pair.ts'
import { type ShownMessage, until } from './person.ts'

/** The room that these tests talk in. */
export const ROOM = 'Kitchen'

/** Several pages on two shared cores take what they take: these tests are about what happens, not how fast. */
export const PATIENT_MS = 90_000

/** People at pages of one browser, each with storage of their own, nothing loaded yet. `prepare`: init scripts. */
export async function peopleAt(
  browser: Browser,
  names: readonly string[],
  prepare: (context: BrowserContext) => Promise<unknown> = async () => undefined,
): Promise<ChromiumPerson[]> {
  const people: ChromiumPerson[] = []
  for (const name of names) {
    const context = await browser.newContext()
    await prepare(context)
    people.push(await chromiumPerson(name, context))
  }
  return people
}

/** Makes a room; the answer is the link of its first invite, which lets in ten. */
export async function newRoom(one: ChromiumPerson, name = ROOM): Promise<string> {
  await one.page.getByRole('button', { name: 'New room' }).first().click()
  const dialog = one.page.getByRole('dialog', { name: 'New room' })
  await dialog.getByRole('textbox', { name: 'Room name' }).fill(name)
  await dialog.getByRole('button', { name: 'Create' }).click()
  return takeLink(one)
}

/** The link of an invite into the open room, which lets in ten; one that nobody used yet is given again. */
export async function roomInvite(one: ChromiumPerson): Promise<string> {
  await openDetails(one)
  await details(one).getByRole('button', { name: 'New invite' }).click()
  return takeLink(one)
}

async function takeLink(one: ChromiumPerson): Promise<string> {
  const dialog = one.page.getByRole('dialog', { name: 'New invite' })
  const link = await until(
    'a link into the room',
    () => dialog.getByRole('textbox', { name: 'Invite link' }).inputValue(),
    (value) => value.includes('#i='),
  )
  // Whatever is copied has been given to somebody, and is not revoked when other terms are wanted.
  await one.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  return link
}

/** Accepts an invite into a room and has it open. */
export async function joinRoom(one: ChromiumPerson, link: string, name = ROOM): Promise<void> {
  await one.accept(link)
  await untilOpen(one, name)
}

/** The room is on the screen, and may be written in. */
export async function untilOpen(one: ChromiumPerson, name = ROOM, timeoutMs = PATIENT_MS): Promise<void> {
  await one.page.getByRole('heading', { name, exact: true, level: 1 }).waitFor({ timeout: timeoutMs })
  await one.page.getByRole('textbox', { name: 'Message', exact: true }).waitFor({ timeout: timeoutMs })
}

/** Leaves for another page, as somebody who closes the tab: what is stored stays. */
export const closePage = async (one: ChromiumPerson): Promise<void> => {
  await one.page.goto('about:blank')
}

/** Opens the product again, and in it the room. */
export async function openPage(one: ChromiumPerson, url: string, name = ROOM): Promise<void> {
  await one.goto(url)
  await one.openChat(name)
}

/** The room's line under its name. */
export const statusOf = async (one: ChromiumPerson): Promise<string> => (await one.page.getByRole('status').first().textContent()) ?? ''

/** Waits until everybody of these sees so many members in the room, and all of them online. */
export async function untilAllOnline(people: readonly ChromiumPerson[], members = people.length): Promise<void> {
  for (const one of people) {
    await until(
      `${one.name} to see ${members} members online`,
      () => statusOf(one),
      (words) => words.includes(`${members} members, ${members} online`),
      PATIENT_MS,
    )
  }
}

/** A room with these people, all with it open and linked with each other; the first founded it. Gives the link that led there. */
export async function gather(people: readonly ChromiumPerson[], url: string): Promise<string> {
  const [founder, ...others] = people
  if (founder === undefined) throw new Error('nobody')
  await founder.goto(url)
  await founder.start()
  const link = await newRoom(founder)
  for (const one of others) await joinRoom(one, link)
  await untilAllOnline(people)
  return link
}

// --- details

const details = (one: ChromiumPerson) => one.page.getByRole('region', { name: 'Details of this chat' })

export async function openDetails(one: ChromiumPerson): Promise<void> {
  if (await details(one).isVisible()) return
  await one.page.getByRole('button', { name: 'Details', exact: true }).click()
  await details(one).waitFor()
}

const memberList = (one: ChromiumPerson) => details(one).getByRole('list', { name: 'Members', exact: true })

/** The lines of the members, each with name, role, link and what waits for them. */
export async function memberLines(one: ChromiumPerson): Promise<readonly string[]> {
  await openDetails(one)
  await memberList(one).waitFor()
  return memberList(one).getByRole('listitem').allTextContents()
}

/** What *Details* says under a term, such as "Waits for". */
export async function factOf(one: ChromiumPerson, term: string): Promise<string | null> {
  await openDetails(one)
  return details(one).evaluate((region, wanted) => {
    const found = [...region.querySelectorAll('dt')].find((each) => each.textContent === wanted)
    return found?.nextElementSibling?.textContent ?? null
  }, term)
}

/** `member`: a name, or what the whole line is like, where two go by one name. */
async function openMember(one: ChromiumPerson, member: string | RegExp) {
  await openDetails(one)
  await memberList(one)
    .getByRole('button', { name: typeof member === 'string' ? new RegExp(`^${member}`) : member })
    .click()
  const dialog = one.page.getByRole('dialog', { name: 'Member' })
  await dialog.waitFor()
  return dialog
}

/** Makes somebody an admin, and waits until the others among `seenBy` see it. */
export async function makeAdmin(one: ChromiumPerson, name: string, seenBy: readonly ChromiumPerson[] = []): Promise<void> {
  const dialog = await openMember(one, name)
  await dialog.getByRole('button', { name: 'Make admin' }).click()
  await dialog.getByRole('button', { name: 'Make member' }).waitFor()
  await one.page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  for (const other of seenBy) await untilSaid(other, `made ${name} an admin`)
}

/** Removes a member; done when this page says so. */
export async function removeMember(one: ChromiumPerson, member: string | RegExp): Promise<void> {
  const dialog = await openMember(one, member)
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await dialog.getByRole('heading', { name: 'Remove from the room?' }).waitFor()
  await dialog.getByRole('button', { name: 'Remove', exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
}

/** Waits for a line of the conversation, said by the room. */
export const untilSaid = (one: ChromiumPerson, words: string): Promise<unknown> =>
  until(
    `${one.name} to read: ${words}`,
    () => one.page.getByRole('log', { name: 'Messages' }).textContent(),
    (text) => text?.includes(words) === true,
    PATIENT_MS,
  )

// --- talking

/** What somebody says in these tests: `m-ada-3-end`. Found in an article whatever stands before and after it there. */
export const said = (by: string, count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, i) => `m-${by}-${from + i}-end`)

const BODY = /m-\w+-\d+-end/

/** The bodies on the screen, oldest first. */
export const bodies = (shown: readonly ShownMessage[]): string[] => bodiesOf(shown, BODY)

/** Waits until the screen holds at least these, whatever else it holds; gives all that it holds then. */
export async function untilShown(one: ChromiumPerson, wanted: readonly string[], timeoutMs = PATIENT_MS): Promise<string[]> {
  const lacking = (has: readonly string[]): readonly string[] => {
    const known = new Set(has)
    return wanted.filter((body) => !known.has(body))
  }
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const has = bodies(await one.messages())
    const missing = lacking(has)
    if (missing.length === 0) return has
    if (Date.now() > deadline)
      throw new Error(`${one.name} lacks ${missing.length} of ${wanted.length} after ${timeoutMs} ms: ${missing.slice(0, 8).join(' ')}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

export type TickName = 'Written' | 'Held' | 'Delivered' | 'Read'

/** Waits until all own messages on the screen have one of these ticks. */
export const untilTicks = (one: ChromiumPerson, ...ticks: readonly TickName[]): Promise<unknown> =>
  until(
    `${one.name}'s messages to be ${ticks.join(' or ')}`,
    async () => ticksOf(await one.messages()),
    (seen) => Object.keys(seen).length > 0 && Object.keys(seen).every((tick) => ticks.includes(tick as TickName)),
    PATIENT_MS,
  )

/** How many own messages have which tick. */
export function ticksOf(shown: readonly ShownMessage[]): Readonly<Record<string, number>> {
  const seen: Record<string, number> = {}
  for (const { tick } of shown) if (tick !== null) seen[tick] = (seen[tick] ?? 0) + 1
  return seen
}

/** The digits that are the same for all who hold the same keys; null while this device has not the newest. */
export async function roomCode(one: ChromiumPerson): Promise<string | null> {
  const shown = await factOf(one, 'Room code')
  return shown !== null && /\d{5}/.test(shown) ? shown.replace(/\D/g, '') : null
}

/** Waits until all of them show one and the same code, and, where one is named, another than that: a commit comes seconds after a removal. */
export async function untilOneCode(people: readonly ChromiumPerson[], other: string | null = null): Promise<string> {
  const codes = await until(
    other === null ? 'one room code' : 'one new room code',
    () => Promise.all(people.map(roomCode)),
    (seen) => new Set(seen).size === 1 && seen[0] !== null && seen[0] !== other,
    PATIENT_MS,
  )
  return codes[0] ?? ''
}
