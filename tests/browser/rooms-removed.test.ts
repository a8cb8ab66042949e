/**
 * A member is removed while its page goes on running, with all the keys it has. From when the others know of it they encrypt
 * nothing to it and serve it nothing, whatever it asks; it can't come back under its old key; and it sees that it was removed.
 */
import { createHash } from 'node:crypto'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EpochId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode } from '#contracts/wire/codec.ts'
import { type Entry, entryCodec, entryIdOf } from '#contracts/wire/entry.ts'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { until } from './support/person.ts'
import {
  bodies,
  closePage,
  gather,
  PATIENT_MS,
  peopleAt,
  removeMember,
  roomInvite,
  ROOM,
  said,
  statusOf,
  untilSaid,
  untilShown,
  untilTicks,
} from './support/rooms.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'
import { type Crossed, endsOf, framesOf, installWall, pretend, recordAll, setWallFrom, tagBetween } from './support/wall.ts'

let site: Site
let browser: Browser
let ada: ChromiumPerson
let bo: ChromiumPerson
let cy: ChromiumPerson
let di: ChromiumPerson

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  browser = await launchChromium()
  const prepare = async (context: BrowserContext): Promise<void> => {
    await context.addInitScript(installWall)
    await context.addInitScript(recordAll)
  }
  ;[ada, bo, cy, di] = (await peopleAt(browser, ['Ada', 'Bo', 'Cy', 'Di'], prepare)) as [
    ChromiumPerson,
    ChromiumPerson,
    ChromiumPerson,
    ChromiumPerson,
  ]
  await gather([ada, bo, cy, di], site.url)
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())

interface Seen extends Entry {
  readonly id: string
  readonly bytes: Uint8Array
}

/** The entries in these frames, each once, in the order in which they crossed. */
function entriesIn(crossed: readonly Crossed[]): readonly Seen[] {
  const seen = new Map<string, Seen>()
  for (const { frame } of crossed) {
    if (frame.kind !== 'entries') continue
    for (const bytes of frame.entries) {
      const entry = decode(entryCodec, bytes, LIMITS.entryBytes)
      const id = entryIdOf(entry.tbs, sha256)
      if (!seen.has(id)) seen.set(id, { ...entry, id, bytes })
    }
  }
  return [...seen.values()]
}

/** What Ada's and Bo's pages ever sent to Cy's, to any of its connections. */
async function sentToCy(): Promise<readonly Crossed[]> {
  const out: Crossed[] = []
  for (const one of [ada, bo]) {
    for (const end of await endsOf(one, cy, 'all')) ends.add(end)
    out.push(...(await framesOf(one)).filter(({ out: sent, remote }) => sent && ends.has(remote)))
  }
  return out
}
/** Cy's certificates: those of a page that was loaded anew are not known to it any more. */
const ends = new Set<string>()

/** All that ever passed between Ada and Bo: the whole log, as both have it. */
async function allEntries(): Promise<readonly Seen[]> {
  const between = new Set(await endsOf(ada, bo, 'all'))
  return entriesIn((await framesOf(ada)).filter(({ remote }) => between.has(remote)))
}

const kindsOf = (crossed: readonly Crossed[]): ReadonlySet<string> => new Set(crossed.map(({ frame }) => frame.kind))

/** Runs in the page: how many entries are stored. */
async function storedEntries(): Promise<number> {
  let count = 0
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(name ?? '')
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error)
    })
    if (db.objectStoreNames.contains('entries')) {
      count += await new Promise<number>((resolve, reject) => {
        const counting = db.transaction('entries').objectStore('entries').count()
        counting.onsuccess = () => resolve(counting.result)
        counting.onerror = () => reject(counting.error)
      })
    }
    db.close()
  }
  return count
}

describe('Ada removes Cy, whose page says nothing any more, and Di, who is away', () => {
  const before = said('before', 5)
  const fromAda = said('ada', 20)
  const fromBo = said('bo', 20)
  const later = said('later', 5)
  /** Entries from before Ada and Bo both knew. */
  let known: ReadonlySet<string>
  /** Epochs whose keys Cy has: those it voted for, and those in which it could read. */
  let epochsOfCy: ReadonlySet<EpochId>

  /** What Ada and Bo wrote when they knew. */
  const written = async (): Promise<readonly Seen[]> => (await allEntries()).filter(({ id }) => !known.has(id))

  const expectServedNothing = async (): Promise<void> => {
    const secret = new Set((await written()).map(({ id }) => id))
    const served = entriesIn(await sentToCy()).filter(({ id }) => secret.has(id))
    expect(served.map(({ tbs }) => tbs.body.kind)).toEqual([])
  }

  test('what is said from then on is encrypted under keys that Cy has not, and not sent to it', async () => {
    for (const text of before) await ada.send(text)
    for (const one of [bo, cy, di]) await untilShown(one, before)
    await untilTicks(ada, 'Delivered')
    epochsOfCy = new Set((await allEntries()).flatMap(({ tbs }) => (tbs.body.kind === 'app' ? [tbs.vote, tbs.body.epoch] : [tbs.vote])))
    await closePage(di)
    // Alive, and mute: so that nobody learns what it knows, and all links stay.
    for (const one of [ada, bo]) await setWallFrom(cy, one, 'held')
    await removeMember(ada, 'Cy')
    await removeMember(ada, 'Di')
    for (const one of [ada, bo]) for (const name of ['Cy', 'Di']) await untilSaid(one, `removed ${name}.`)
    known = new Set((await allEntries()).map(({ id }) => id))
    for (const [i, text] of fromAda.entries()) await Promise.all([ada.send(text), bo.send(fromBo[i] ?? '')])
    const all = [...fromAda, ...fromBo]
    for (const one of [ada, bo]) await untilShown(one, all)
    await Promise.all([untilTicks(ada, 'Delivered'), untilTicks(bo, 'Delivered')])

    const messages = (await written()).filter(({ tbs }) => tbs.body.kind === 'app')
    expect(messages.length).toBeGreaterThanOrEqual(all.length)
    const readable = messages.filter(({ tbs }) => tbs.body.kind === 'app' && epochsOfCy.has(tbs.body.epoch))
    expect(readable).toEqual([])
    expect((await endsOf(ada, cy)).length).toBeGreaterThan(0)
    await expectServedNothing()
  }, 240_000)

  test('it asks for everything, for the newest keys and a way in: it gets what shows its removal, and nothing after', async () => {
    const sent = (await sentToCy()).length
    const head = (await written()).at(-1)?.tbs.vote
    for (const one of [ada, bo]) {
      const to = new Set(await endsOf(one, cy))
      const answers = async (): Promise<number> =>
        (await framesOf(one)).filter(({ out, remote, frame }) => out && to.has(remote) && frame.kind === 'tips').length
      const room = await tagBetween(one, cy)
      const before = await answers()
      expect(await pretend(one, cy, { kind: 'ask', room, epoch: head as EpochId, welcomes: [] })).toBe(true)
      expect(await pretend(one, cy, { kind: 'tips', room, tips: [], answer: 1 })).toBe(true)
      await until('an answer', answers, (count) => count > before, PATIENT_MS)
    }
    const got = (await sentToCy()).slice(sent)
    const removals = entriesIn(got).filter(({ tbs }) => tbs.body.kind === 'op' && tbs.body.op.kind === 'remove')
    expect(removals.length).toBeGreaterThan(0)
    expect(kindsOf(got).has('groupInfo')).toBe(false)
    expect(kindsOf(got).has('roomWelcome')).toBe(false)
    await expectServedNothing()
  }, 120_000)

  test('somebody hands it every ciphertext: it stores them and reads none; it sees that it was removed', async () => {
    const room = await tagBetween(ada, cy)
    const stored = await cy.page.evaluate(storedEntries)
    const secret = await written()
    const everything = await allEntries()
    for (let i = 0; i < everything.length; i += 16) {
      const entries = everything.slice(i, i + 16).map(({ bytes }) => new Uint8Array(bytes))
      expect(await pretend(cy, ada, { kind: 'entries', room, entries })).toBe(true)
    }
    await until(
      'Cy to have them',
      () => cy.page.evaluate(storedEntries),
      (count) => count >= stored + secret.length,
      PATIENT_MS,
    )
    await cy.page.getByText('You were removed from this room.').waitFor()
    await untilSaid(cy, 'removed Cy.')
    expect(await statusOf(cy)).toContain('You were removed')
    expect(bodies(await cy.messages())).toEqual(before)
    expect(await cy.page.getByRole('textbox', { name: 'Message', exact: true }).count()).toBe(0)
  }, 120_000)

  test('its page speaks again: nobody answers with what came after, and nothing of its own comes through', async () => {
    for (const one of [ada, bo]) await setWallFrom(cy, one, 'open')
    for (const text of later) await ada.send(text)
    await untilShown(bo, later)
    await untilTicks(ada, 'Delivered')
    await expectServedNothing()
    expect(bodies(await cy.messages())).toEqual(before)
  }, 120_000)

  test('it is no way back that the page is loaded anew, nor a new invite: the device stays out', async () => {
    await sentToCy()
    await cy.reload()
    await cy.openChat(ROOM)
    await cy.page.getByText('You were removed from this room.').waitFor()
    expect(bodies(await cy.messages())).toEqual(before)
    const link = await roomInvite(ada)
    await cy.accept(link)
    await until(
      'the refusal in words',
      () => cy.page.getByRole('alert').allTextContents(),
      (alerts) => alerts.some((text) => text.startsWith('You were not let in')),
      PATIENT_MS,
    )
    await ada.send('m-last-0-end')
    await untilShown(bo, ['m-last-0-end'])
    await expectServedNothing()
    await cy.goto(site.url)
    await cy.openChat(ROOM)
    expect(await statusOf(cy)).toContain('You were removed')
    expect(bodies(await cy.messages())).toEqual(before)
  }, 120_000)

  test('Di, who was away, learns of it on coming back, and reads nothing that was said since', async () => {
    await di.goto(site.url)
    await di.openChat(ROOM)
    await di.page.getByText('You were removed from this room.').waitFor({ timeout: PATIENT_MS })
    await untilSaid(di, 'removed Di.')
    expect(bodies(await di.messages())).toEqual(before)
  }, 120_000)

  testNothingReported()
})
