/** Two people in two browser processes: invite, accept, talk, reload. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChromiumPerson, chromiumPerson } from './support/chromium-person.ts'
import { allDelivered, bodiesOf, connect, pairOf } from './support/pair.ts'
import { type ShownMessage, until } from './support/person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'

let site: Site
let one: Browser
let other: Browser
let ada: ChromiumPerson
let bo: ChromiumPerson

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  ;[one, other] = await Promise.all([launchChromium(), launchChromium()])
  ;({ ada, bo } = await pairOf(one, { other, prepare: (context) => context.addInitScript(countAsks) }))
}, 240_000)

afterAll(async () => {
  await Promise.all([one?.close(), other?.close()])
  await site?.close()
})

/** Runs in the page: counts how often the browser is asked to keep what is stored; it refuses. */
function countAsks(): void {
  if (!isSecureContext) return // about:blank has no storage
  Object.assign(globalThis, { __asks: 0 })
  StorageManager.prototype.persist = async () => {
    Object.assign(globalThis, { __asks: Reflect.get(globalThis, '__asks') + 1 })
    throw new DOMException('', 'NotAllowedError')
  }
}
const asks = () => Promise.all([ada, bo].map(({ page }) => page.evaluate(() => Reflect.get(globalThis, '__asks'))))

const bodies = (shown: readonly ShownMessage[]) => bodiesOf(shown, /m-\w+-\d+-end/)

describe('two people', () => {
  let firstUrl: string

  test('start, invite, accept: both see Connected', async () => {
    firstUrl = await connect(ada, bo, site.url, 5_000)
    expect(new URL(firstUrl).origin).toBe(new URL(site.url).origin)
    expect(await asks()).toEqual([1, 1])
  })

  test('100 messages each way, interleaved: each once, same order on both sides, all Delivered', async () => {
    for (let i = 0; i < 100; i++) await Promise.all([ada.send(`m-ada-${i}-end`), bo.send(`m-bo-${i}-end`)])
    const all = 200
    const atAda = await until(
      'all at Ada',
      () => ada.messages(),
      (shown) => bodies(shown).length >= all,
      30_000,
    )
    const atBo = await until(
      'all at Bo',
      () => bo.messages(),
      (shown) => bodies(shown).length >= all,
      30_000,
    )
    expect(new Set(bodies(atAda)).size).toBe(all)
    expect(bodies(atAda)).toHaveLength(all)
    expect(bodies(atBo)).toEqual(bodies(atAda))
    for (const person of [ada, bo]) {
      const ticked = await until(`all of ${person.name}'s Delivered`, () => person.messages(), allDelivered)
      expect(ticked.filter(({ tick }) => tick !== null)).toHaveLength(100)
    }
  }, 120_000)

  test('both reload: identity, chat and history are there, and they connect by themselves', async () => {
    await Promise.all([ada.reload(), bo.reload()])
    await Promise.all([ada.openChat('Bo'), bo.openChat('Ada')])
    await Promise.all([ada.untilStatus('Connected', 5_000), bo.untilStatus('Connected', 5_000)])
    expect(await asks()).toEqual([0, 0])
    const atAda = await until(
      'history at Ada',
      () => ada.messages(),
      (shown) => bodies(shown).includes('m-bo-99-end'),
    )
    const atBo = await until(
      'history at Bo',
      () => bo.messages(),
      (shown) => bodies(shown).includes('m-ada-99-end'),
    )
    expect(bodies(atAda).slice(-100)).toEqual(bodies(atBo).slice(-100))
    await ada.send('m-ada-100-end')
    await until(
      'a message after the reload',
      () => bo.messages(),
      (shown) => bodies(shown).includes('m-ada-100-end'),
    )
  })

  test('10 kB are never cut', async () => {
    const long = `m-ada-101-end ${'lang '.repeat(2_048)}`.trim()
    await ada.send(long)
    await until(
      'the long message',
      () => bo.messages(),
      (shown) => shown.some(({ text }) => text.includes(long)),
    )
  })

  test('a used link is refused in words', async () => {
    const context = await other.newContext()
    const cy = await chromiumPerson('Cy', context)
    await cy.accept(firstUrl)
    await cy.page
      .getByText(/already used/i)
      .first()
      .waitFor({ timeout: 15_000 })
    await context.close()
  })

  test('a revoked link is refused in words', async () => {
    const url = await ada.invite()
    await ada.page.getByRole('button', { name: 'New invite', exact: true }).first().click()
    const dialog = ada.page.getByRole('dialog', { name: 'New invite' })
    expect(await dialog.getByRole('textbox', { name: 'Invite link' }).inputValue()).toBe(url)
    await dialog
      .getByRole('button', { name: /^Revoke/ })
      .first()
      .click()
    await ada.page.keyboard.press('Escape')
    const context = await other.newContext()
    const cy = await chromiumPerson('Cy', context)
    await cy.accept(url)
    await cy.page
      .getByText(/revoked/i)
      .first()
      .waitFor({ timeout: 15_000 })
    await context.close()
  })

  test('an altered link and an expired link are refused in words', async () => {
    const url = await ada.invite()
    const context = await other.newContext()
    const cy = await chromiumPerson('Cy', context)
    const middle = url.length - 20
    const flipped = url[middle] === 'A' ? 'B' : 'A'
    await cy.goto(url.slice(0, middle) + flipped + url.slice(middle + 1))
    await cy.page
      .getByText(/altered or cut off/i)
      .first()
      .waitFor({ timeout: 15_000 })
    await context.close()

    const later = await other.newContext()
    const dee = await chromiumPerson('Dee', later)
    await dee.page.clock.install({ time: Date.now() + 8 * 24 * 3_600_000 })
    await dee.goto(url)
    await dee.page
      .getByText(/has expired/i)
      .first()
      .waitFor({ timeout: 15_000 })
    await later.close()
  })

  test('delete everything: the first screen, and somebody new may start', async () => {
    await bo.page
      .getByRole('button', { name: 'Settings' })
      .or(bo.page.getByRole('link', { name: 'Settings' }))
      .first()
      .click()
    await bo.page.getByRole('button', { name: 'Delete everything' }).click()
    await bo.page.getByRole('textbox', { name: /confirm/ }).fill('delete')
    // the page loads anew, so that nothing is left in memory either
    await Promise.all([bo.page.waitForEvent('load'), bo.page.getByRole('button', { name: 'Delete for ever' }).click()])
    await bo.start()
    expect(await bo.page.getByRole('navigation', { name: 'Chats' }).getByRole('link').count()).toBe(0)
  })

  testNothingReported()
})
