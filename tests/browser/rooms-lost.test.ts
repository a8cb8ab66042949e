/**
 * A browser drops all that a member stored. The product says so, and makes nothing new until it is told to; then the member
 * is a new device that comes in by a new invite. What was said before stays with those who have it.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BrokerProxy, startBrokerProxy } from './support/broker-proxy.ts'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { until } from './support/person.ts'
import {
  bodies,
  closePage,
  factOf,
  gather,
  memberLines,
  PATIENT_MS,
  peopleAt,
  removeMember,
  roomInvite,
  ROOM,
  said,
  untilAllOnline,
  untilOneCode,
  untilOpen,
  untilSaid,
  untilShown,
  untilTicks,
} from './support/rooms.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'

let site: Site
/** Sees who registers where: a new device would have to. */
let proxy: BrokerProxy
let browser: Browser
let ada: ChromiumPerson
let bo: ChromiumPerson
let cy: ChromiumPerson

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  proxy = await startBrokerProxy({ upstream: site.url })
  browser = await launchChromium()
  ;[ada, bo, cy] = (await peopleAt(browser, ['Ada', 'Bo', 'Cy'])) as [ChromiumPerson, ChromiumPerson, ChromiumPerson]
  await gather([ada, bo, cy], proxy.url)
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await proxy?.close()
  await site?.close()
})

/** As a browser that runs out of space does it, with no page of the origin open. */
async function evict(one: ChromiumPerson): Promise<void> {
  const session = await one.context.newCDPSession(one.page)
  await session.send('Storage.clearDataForOrigin', { origin: new URL(proxy.url).origin, storageTypes: 'indexeddb' })
  await session.detach()
}

/** Runs in the page: how many records there are in all databases, but for the number that says whose turn it is to write. */
async function storedRecords(): Promise<number> {
  const done = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  let records = 0
  for (const { name } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name ?? ''))
    for (const store of db.objectStoreNames) if (store !== 'fence') records += await done(db.transaction(store).objectStore(store).count())
    db.close()
  }
  return records
}

const lost = (one: ChromiumPerson) => one.page.getByRole('heading', { name: 'Your keys are not here any more' })

describe("Cy's storage is gone", () => {
  const before = said('before', 5)
  const meanwhile = said('meanwhile', 5)
  const since = said('since', 5)
  let link: string

  test('the product says so, and makes nothing in its place: not by loading again, not by an invite', async () => {
    for (const text of before) await ada.send(text)
    for (const one of [bo, cy]) await untilShown(one, before)
    await untilTicks(ada, 'Delivered')
    link = await roomInvite(ada)
    await closePage(cy)
    await evict(cy)
    for (const text of meanwhile) await bo.send(text)
    let sockets = 0
    cy.page.on('websocket', () => {
      sockets += 1
    })
    for (const url of [proxy.url, proxy.url, link]) {
      await closePage(cy)
      await cy.goto(url)
      await lost(cy).waitFor()
      expect(await cy.page.getByRole('textbox', { name: 'Your name' }).count()).toBe(0)
      expect(await cy.page.evaluate(storedRecords)).toBe(0)
    }
    expect(sockets).toBe(0)
    // The others wait for the device that is gone, and see that it is away.
    expect(await factOf(bo, 'Waits for')).toBe('Cy')
    expect((await memberLines(ada)).filter((line) => line.includes('Cy'))).toHaveLength(1)
  }, 180_000)

  test('told to, it starts afresh, and comes in by a new invite as another device', async () => {
    await cy.page.getByRole('button', { name: 'Delete and start afresh' }).click()
    await cy.page.getByRole('textbox', { name: /confirm/ }).fill('delete')
    await Promise.all([cy.page.waitForEvent('load'), cy.page.getByRole('button', { name: 'Delete for ever' }).click()])
    await cy.page.getByRole('textbox', { name: 'Your name' }).waitFor()
    expect(await cy.page.evaluate(storedRecords)).toBe(0)
    await cy.accept(link)
    await untilOpen(cy)
    await until(
      'Ada to see both, the old one away',
      async () => (await memberLines(ada)).filter((line) => line.includes('Cy')),
      (lines) => lines.length === 2 && lines.filter((line) => line.includes('Offline')).length === 1,
      PATIENT_MS,
    )
    await removeMember(ada, /^Cy.*Offline/)
    await untilSaid(bo, 'removed Cy.')
    await untilAllOnline([ada, bo, cy])
    await untilOneCode([ada, bo, cy])
  }, 240_000)

  test('it reads what is said from now on; what was said before stays with those who have it', async () => {
    for (const text of since) await ada.send(text)
    await untilShown(bo, since)
    expect(await untilShown(cy, since)).toEqual(since)
    await cy.send('m-again-0-end')
    for (const one of [ada, bo]) await untilShown(one, ['m-again-0-end'])
    expect(bodies(await bo.messages())).toEqual([...before, ...meanwhile, ...since, 'm-again-0-end'])
    // Nothing waits for the device that is gone.
    for (const one of [ada, bo, cy]) await untilTicks(one, 'Delivered')
    expect(await factOf(bo, 'Waits for')).toBeNull()
    await cy.reload()
    await cy.openChat(ROOM)
    expect(await untilShown(cy, since)).toEqual([...since, 'm-again-0-end'])
  }, 180_000)

  testNothingReported()
})
