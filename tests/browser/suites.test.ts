/** A room of each suite, made in Chromium, joined and talked in from Firefox ESR; each says in words what it is made of. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type ChromiumPerson, chromiumPerson } from './support/chromium-person.ts'
import { type FirefoxPerson, firefoxPerson, launchFirefox } from './support/firefox-person.ts'
import { allDelivered, bodiesOf } from './support/pair.ts'
import { type Person, until } from './support/person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'

let site: Site
let chromium: Browser
let ada: ChromiumPerson
let bo: FirefoxPerson

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  chromium = await launchChromium()
  ada = await chromiumPerson('Ada', await chromium.newContext())
  bo = await firefoxPerson('Bo', await launchFirefox())
  await ada.goto(site.url)
  await ada.start()
}, 240_000)

afterAll(async () => {
  await bo?.close()
  await chromium?.close()
  await site?.close()
})

/** Makes the room and gives its invite; null: nothing chosen. */
async function makeRoom(name: string, suite: string | null): Promise<string> {
  const role = ada.page.getByRole.bind(ada.page)
  await role('button', { name: 'New room', exact: true }).click()
  await role('textbox', { name: 'Room name' }).fill(name)
  if (suite !== null) {
    await ada.page.getByText('Advanced', { exact: true }).click()
    await role('combobox', { name: 'Encryption' }).selectOption(suite)
  }
  await role('button', { name: 'Create', exact: true }).click()
  const link = role('textbox', { name: 'Invite link' })
  const url = await until(
    'an invite link',
    () => link.inputValue(),
    (value) => value.includes('#i='),
  )
  await ada.page.keyboard.press('Escape')
  await role('heading', { name, exact: true }).waitFor()
  return url
}

const hears = (person: Person, body: string) =>
  until(
    `${person.name} to read ${body}`,
    () => person.messages(),
    (shown) => bodiesOf(shown, /m-\w+-\w+-end/).includes(body),
    60_000,
  )

/** Until then leaving the page would ask: what only this device holds would wait. */
const allArrived = (person: Person) => until(`all of ${person.name}'s Delivered`, () => person.messages(), allDelivered, 60_000)

describe('a room of each suite, between Chromium and Firefox ESR', () => {
  const rooms = [
    ['hybrid', null, 'X-Wing (X25519 and ML-KEM-768)'],
    ['classic', 'classic', 'X25519, AES-128-GCM'],
    ['nist', 'nist', 'P-384, AES-256-GCM'],
  ] as const
  test.each(rooms)(
    '%s',
    async (name, chosen, words) => {
      const room = `Room ${name}`
      await bo.accept(await makeRoom(room, chosen))
      await until(
        'Bo to be in',
        () => bo.text(),
        (text) => text.includes(room),
        30_000,
      )
      await bo.openChat(room)
      await until(
        'a field to write in',
        () => bo.page.evaluate(() => document.querySelector('textarea[aria-label="Message"]:not([disabled])') !== null),
        (there) => there,
        60_000,
      )
      await ada.send(`m-ada-${name}-end`)
      await hears(bo, `m-ada-${name}-end`)
      await bo.send(`m-bo-${name}-end`)
      await hears(ada, `m-bo-${name}-end`)
      await Promise.all([allArrived(ada), allArrived(bo)])

      await ada.page.getByRole('button', { name: 'Details', exact: true }).click()
      await ada.page.getByText(words).waitFor()
      await ada.page.keyboard.press('Escape')
      // what is stored of it opens again
      await bo.reload()
      await bo.openChat(room)
      await hears(bo, `m-ada-${name}-end`)
      await bo.send(`m-again-${name}-end`)
      await hears(ada, `m-again-${name}-end`)
      await Promise.all([allArrived(ada), allArrived(bo)])
    },
    180_000,
  )

  testNothingReported()
})
