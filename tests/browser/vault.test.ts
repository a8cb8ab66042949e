/** The passphrase at real pages: what is stored is shut until it is typed, by hand, by the clock and after each load. */
import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { until } from './support/person.ts'
import { dumpStorage } from './support/probes.ts'
import { type TalkingPair, talkingPair } from './support/talking-pair.ts'

const FIRST = 'correct horse battery'
const SECOND = 'staple, and another one'
const MARKERS = Array.from({ length: 10 }, (_, i) => `planted${createHash('sha256').update(`vault ${i}`).digest('hex').slice(0, 12)}`)
/** Stretching takes seconds, and many of them on a machine that is busy. */
const SLOW = { timeout: 180_000 }
const TEST = { timeout: 600_000 }

let pair: TalkingPair
let ada: ChromiumPerson
let bo: ChromiumPerson
let page: Page

beforeAll(async () => {
  pair = await talkingPair()
  ;({ ada, bo } = pair)
  page = ada.page
  for (const [i, marker] of MARKERS.entries()) await (i % 2 === 0 ? ada : bo).send(marker)
  await showsMarkers()
}, 300_000)
afterAll(() => pair?.close())

const button = (name: string) => page.getByRole('button', { name, exact: true })
const locked = () => page.getByRole('heading', { name: 'Sotto is locked' })
const chats = () => page.getByRole('navigation', { name: 'Chats' })

const showsMarkers = () =>
  until(
    'all that was said',
    () => ada.messages(),
    (shown) => MARKERS.every((marker) => shown.some(({ text }) => text.includes(marker))),
    60_000,
  )

async function openSettings(): Promise<void> {
  await page
    .getByRole('button', { name: 'Settings' })
    .or(page.getByRole('link', { name: 'Settings' }))
    .first()
    .click()
}

/** Types into the dialog and waits until it is done. */
async function inDialog(name: string, typed: Readonly<Record<string, string>>): Promise<void> {
  await button(name).click()
  const dialog = page.getByRole('dialog', { name })
  for (const [label, text] of Object.entries(typed)) await dialog.getByLabel(label, { exact: true }).fill(text)
  await dialog.getByRole('button', { name, exact: true }).click()
  await dialog.waitFor({ state: 'hidden', ...SLOW })
}

async function unlock(passphrase: string): Promise<void> {
  await page.getByLabel('Passphrase').fill(passphrase)
  await button('Unlock').click()
}

/** The lock screen, and nothing of a person on it, in the page or in what is stored. */
async function seesNothing(): Promise<void> {
  await locked().waitFor(SLOW)
  const text = await ada.text()
  const dump = Buffer.from(await page.evaluate(dumpStorage), 'latin1')
  expect(dump.length).toBeGreaterThan(10_000)
  for (const secret of [...MARKERS, FIRST, SECOND]) {
    expect(text).not.toContain(secret)
    for (const spelling of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64').slice(0, -4)])
      expect(dump.includes(spelling)).toBe(false)
    expect(dump.includes(Buffer.from(secret, 'utf16le'))).toBe(false)
  }
  expect(text).not.toContain('Ada')
  expect(await page.title()).toBe('Sotto')
}

test(
  'set: a page that is loaded anew is locked; a wrong one is told so; the right one brings all back, and what waited',
  TEST,
  async () => {
    await openSettings()
    await inDialog('Set a passphrase', { 'New passphrase': FIRST, 'New passphrase, again': FIRST })
    await button('Lock now').waitFor()
    await page.reload()
    await seesNothing()
    await bo.send('said while it was locked')
    await unlock(SECOND)
    await page.getByText('That is not the passphrase.').waitFor(SLOW)
    await page.reload()
    await seesNothing()
    await unlock(FIRST)
    await chats().waitFor(SLOW)
    await ada.openChat('Bo')
    await showsMarkers()
    await until(
      'what waited',
      () => ada.messages(),
      (shown) => shown.some(({ text }) => text.includes('said while it was locked')),
      60_000,
    )
  },
)

test('changed, then Lock now: the one before opens nothing any more', TEST, async () => {
  await openSettings()
  await button('Change passphrase').click()
  const dialog = page.getByRole('dialog', { name: 'Change passphrase' })
  await dialog.getByLabel('Current passphrase').fill(SECOND)
  await dialog.getByLabel('New passphrase', { exact: true }).fill(SECOND)
  await dialog.getByLabel('New passphrase, again').fill(SECOND)
  await dialog.getByRole('button', { name: 'Change passphrase' }).click()
  await dialog.getByText('That is not the passphrase.').waitFor(SLOW)
  await page.keyboard.press('Escape')
  await inDialog('Change passphrase', { 'Current passphrase': FIRST, 'New passphrase': SECOND, 'New passphrase, again': SECOND })
  await button('Lock now').click()
  await seesNothing()
  await unlock(FIRST)
  await page.getByText('That is not the passphrase.').waitFor(SLOW)
  await unlock(SECOND)
  await chats().waitFor(SLOW)
})

test('Lock after: not while it is used, and by the clock when it is not', TEST, async () => {
  await openSettings()
  const choice = page.getByLabel('Lock after')
  await choice.selectOption({ label: '5 minutes' })
  // Shown once it is stored.
  await until(
    'the choice to be kept',
    () => choice.inputValue(),
    (value) => value === '5',
  )
  await page.clock.install()
  await page.reload()
  await locked().waitFor(SLOW)
  await unlock(SECOND)
  await chats().waitFor(SLOW)
  for (let i = 0; i < 3; i++) {
    await page.clock.fastForward('04:00')
    await page.mouse.move(100 + i, 100)
  }
  expect(await chats().isVisible()).toBe(true)
  await page.clock.fastForward('05:01')
  await seesNothing()
})

test('removed: it opens by itself again', TEST, async () => {
  await unlock(SECOND)
  await chats().waitFor(SLOW)
  await openSettings()
  await inDialog('Remove passphrase', { 'Current passphrase': SECOND })
  await button('Set a passphrase').waitFor()
  await page.reload()
  await chats().waitFor(SLOW)
  await ada.openChat('Bo')
  await showsMarkers()
})

test('forgotten: everything is deleted from the lock screen, after a word is typed', TEST, async () => {
  await openSettings()
  await inDialog('Set a passphrase', { 'New passphrase': FIRST, 'New passphrase, again': FIRST })
  await page.reload()
  await locked().waitFor(SLOW)
  await button('Delete everything').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox').fill('delete')
  await dialog.getByRole('button', { name: 'Delete', exact: false }).last().click()
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor(SLOW)
})

testNothingReported()
