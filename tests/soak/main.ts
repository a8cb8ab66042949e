/**
 * `npm run soak`: three real pages talk in a room for as long as is asked. Again and again one of them leaves and comes back, or
 * loads anew. Nothing may be lost, nothing shown twice, and the page that is never loaded anew must not grow.
 */
import type { CDPSession } from 'playwright-core'
import { readOptions, wholeNumber } from '../support/options.mjs'
import type { ChromiumPerson } from '../browser/support/chromium-person.ts'
import { bodies, closePage, gather, openPage, peopleAt, ROOM, untilShown } from '../browser/support/rooms.ts'
import { buildOnce, launchChromium, startSite } from '../browser/support/site.ts'
import { watches } from '../browser/support/watch.ts'

const COMMAND = 'npm run soak'
const USAGE = `
npm run soak -- [--minutes N]

Three Chromium pages in one room write to each other; by turns one goes away and comes back, or loads anew. Ends with 1 if a
message is lost or shown twice, if a page reports an error, or if the heap of the page that stays grew by more than 10 % (judged
from 10 minutes on).

  --minutes N      how long: 1 to 1440 (default 10)
  --help           show this
`
const MAX_GROWTH = 0.1
const JUDGED_FROM_MINUTES = 10
/** What is first loaded is not growth: the heap is taken for the first time after this share of the run. */
const WARM = 0.2
/** In rounds: somebody goes, comes back so many later, and somebody loads anew. */
const LEAVE_EVERY = 6
const AWAY = 3
const RELOAD_EVERY = 8
/** So much of the end of the log is looked through for messages shown twice. */
const RECENT = 60

const { values } = readOptions({ command: COMMAND, usage: USAGE, options: { minutes: { type: 'string' } } })
const minutes = wholeNumber(COMMAND, 'minutes', values.minutes ?? '10', 1, 1440)

/** Bytes that the page's own realm holds, with the chat closed and garbage collected. Its Worker is not in it. */
async function heapOf(one: ChromiumPerson, session: CDPSession): Promise<number> {
  await one.page.keyboard.press('Escape')
  await one.page.getByRole('log', { name: 'Messages' }).waitFor({ state: 'detached' })
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await one.openChat(ROOM)
  return usedSize
}

function refuseTwice(one: ChromiumPerson, shown: readonly string[]): void {
  const recent = shown.slice(-RECENT)
  if (new Set(recent).size !== recent.length) throw new Error(`${one.name} is shown a message twice: ${recent.join(' ')}`)
}

await buildOnce()
const site = await startSite()
// Ctrl-C: Playwright's own handlers end the browser, and then us
const browser = await launchChromium()
const tally = { rounds: 0, messages: 0, returns: 0, reloads: 0 }
let failed: string | null = null
let first: number | null = null
let last = 0
try {
  const people = await peopleAt(browser, ['Ada', 'Bo', 'Cy'])
  const [ada, ...others] = people as [ChromiumPerson, ChromiumPerson, ChromiumPerson]
  const session = await ada.context.newCDPSession(ada.page)
  await gather(people, site.url)
  const start = Date.now()
  const end = start + minutes * 60_000
  const isWarm = (): boolean => Date.now() - start > WARM * (end - start)
  /** Who is away, and what was written meanwhile. */
  let away: { readonly who: ChromiumPerson; readonly since: number; readonly missed: string[] } | null = null
  for (let round = 0; Date.now() < end || away !== null; round++) {
    const other = others[round % others.length] as ChromiumPerson
    if (away !== null && round - away.since >= AWAY) {
      await openPage(away.who, site.url)
      refuseTwice(away.who, await untilShown(away.who, away.missed))
      away = null
      tally.returns++
    } else if (away === null && round % LEAVE_EVERY === LEAVE_EVERY - 1 && Date.now() < end) {
      await closePage(other)
      away = { who: other, since: round, missed: [] }
    } else if (away === null && round % RELOAD_EVERY === RELOAD_EVERY - 1) {
      await other.reload()
      await other.openChat(ROOM)
      tally.reloads++
    }
    const here = people.filter((one) => one !== away?.who)
    const words = here.map((one) => `m-${one.name.toLowerCase()}-${round}-end`)
    await Promise.all(here.map((one, i) => one.send(words[i] ?? '')))
    away?.missed.push(...words)
    for (const one of here) refuseTwice(one, await untilShown(one, words))
    tally.rounds++
    tally.messages += words.length
    if (first === null && isWarm()) first = await heapOf(ada, session)
    if (round % 50 === 49)
      process.stderr.write(`${COMMAND}: ${Math.round((Date.now() - start) / 60_000)} min, ${tally.messages} messages\n`)
  }
  last = await heapOf(ada, session)
  const shown = bodies(await ada.messages())
  refuseTwice(ada, shown)
  const problems = watches().flatMap((watch) => watch.problems())
  if (problems.length > 0) failed = `${problems.length} reports of the pages; the first: ${problems[0]}`
} catch (error) {
  failed = error instanceof Error ? error.message : String(error)
} finally {
  await browser.close()
  await site.close()
}

const growth = first === null ? null : last / first - 1
if (failed === null && minutes >= JUDGED_FROM_MINUTES && growth !== null && growth > MAX_GROWTH)
  failed = `the heap grew by ${(100 * growth).toFixed(1)} %`
const said = growth === null ? 'heap not taken' : `heap ${first} to ${last} bytes (${(100 * growth).toFixed(1)} %)`
process.stdout.write(
  `${tally.messages} messages in ${tally.rounds} rounds, ${tally.returns} returns, ${tally.reloads} reloads, ${said}\n${failed === null ? '0 lost, 0 twice' : `failed: ${failed}`}\n`,
)
process.exitCode = failed === null ? 0 : 1
