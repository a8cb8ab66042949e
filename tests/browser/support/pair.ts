/** Two people at Chromium pages, each with storage of their own; connected on demand. */
import type { Browser, BrowserContext } from 'playwright-core'
import { type ChromiumPerson, chromiumPerson } from './chromium-person.ts'
import { type Person, until } from './person.ts'

export interface Pair {
  readonly ada: ChromiumPerson
  readonly bo: ChromiumPerson
}

export interface PairOptions {
  readonly names?: readonly [ada: string, bo: string]
  /** Bo's browser, when it is to be another process. */
  readonly other?: Browser
  /** Runs on each context before a page is made: init scripts, exposed functions. */
  readonly prepare?: (context: BrowserContext) => Promise<unknown>
}

/** Pages without anything loaded yet. */
export async function pairOf(
  browser: Browser,
  { names = ['Ada', 'Bo'], other = browser, prepare = async () => undefined }: PairOptions = {},
): Promise<Pair> {
  const [one, two] = await Promise.all([browser.newContext(), other.newContext()])
  await Promise.all([prepare(one), prepare(two)])
  const [ada, bo] = await Promise.all([chromiumPerson(names[0], one), chromiumPerson(names[1], two)])
  return { ada, bo }
}

/**
 * First minute: the inviter starts and invites, the joiner accepts, both open the chat and see Connected. Gives the used
 * link. `limitMs` runs from the click on *Accept invite* to Connected on both pages.
 */
export async function connect(inviter: Person, joiner: Person, url: string, limitMs = 30_000): Promise<string> {
  await inviter.goto(url)
  await inviter.start()
  const link = await inviter.invite()
  const clickedMs = await joiner.accept(link)
  await bothSayConnected(inviter, joiner)
  const tookMs = performance.now() - clickedMs
  await Promise.all([see(inviter, joiner.name), see(joiner, inviter.name)])
  if (tookMs > limitMs) throw new Error(`Connected ${Math.round(tookMs)} ms after the click, not within ${limitMs}`)
  return link
}

/**
 * Both pages say Connected, wherever they show it. Read before any chat is opened: what that costs the driver is no part of the
 * product's time.
 */
async function bothSayConnected(...people: readonly Person[]): Promise<void> {
  const says = (person: Person) =>
    until(
      `${person.name}'s page to say Connected`,
      () => person.text(),
      (text) => text.includes('Connected'),
      30_000,
    )
  await Promise.all(people.map(says))
}

async function see(person: Person, other: string): Promise<void> {
  await person.openChat(other)
  await person.untilStatus('Connected', 30_000)
}

/** The bodies among what is shown that match, in order; a body is looked for once an article. */
export const bodiesOf = (shown: readonly { readonly text: string }[], pattern: RegExp): string[] =>
  shown.flatMap(({ text }) => pattern.exec(text)?.[0] ?? [])

/** Every own message of a person has been decrypted by the other. */
export const allDelivered = (shown: readonly { readonly tick: string | null }[]): boolean =>
  shown.every(({ tick }) => tick === null || tick === 'Delivered' || tick === 'Read')
