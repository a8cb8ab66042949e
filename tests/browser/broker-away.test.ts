/** The broker only sets connections up: its death touches no conversation, and the absent get all later. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { allDelivered, bodiesOf } from './support/pair.ts'
import { type ShownMessage, until } from './support/person.ts'
import { SERVER_AWAY, testNothingReported } from './support/nothing-reported.ts'
import { type Site, startSite } from './support/site.ts'
import { type TalkingPair, talkingPair } from './support/talking-pair.ts'

let pair: TalkingPair
let site: Site
let ada: ChromiumPerson
let bo: ChromiumPerson

beforeAll(async () => {
  pair = await talkingPair()
  ;({ ada, bo, site } = pair)
}, 240_000)
afterAll(async () => {
  await pair?.browser.close()
  // The one that stands now: the first one was closed.
  await site?.close()
})

const numbered = (shown: readonly ShownMessage[], prefix: string) => bodiesOf(shown, new RegExp(`${prefix}-\\d+-end`))

describe('the broker goes away', () => {
  test('100 more messages pass without it', async () => {
    await site.close()
    for (let i = 0; i < 50; i++) await Promise.all([ada.send(`a-${i}-end`), bo.send(`b-${i}-end`)])
    for (const [person, prefix] of [
      [ada, 'b'],
      [bo, 'a'],
    ] as const) {
      const shown = await until(
        '50 without a broker',
        () => person.messages(),
        (all) => numbered(all, prefix).length >= 50,
        30_000,
      )
      expect(numbered(shown, prefix)).toEqual(Array.from({ length: 50 }, (_, i) => `${prefix}-${i}-end`))
    }
  }, 120_000)

  test('20 messages to the absent are Written, then arrive once and are Delivered', async () => {
    // a page left for another, not a closed context: its storage stays
    await bo.page.goto('about:blank')
    await ada.untilStatus('Offline', 40_000)
    for (let i = 0; i < 20; i++) await ada.send(`late-${i}-end`)
    const late = (shown: readonly ShownMessage[]) => shown.filter(({ text }) => text.includes('late-'))
    const waiting = await until(
      'the 20 on the screen',
      () => ada.messages(),
      (shown) => late(shown).length === 20,
    )
    expect(new Set(late(waiting).map(({ tick }) => tick))).toEqual(new Set(['Written']))

    site = await startSite({ port: site.port })
    await bo.goto(site.url)
    await bo.openChat('Ada')
    const shown = await until(
      'the 20',
      () => bo.messages(),
      (all) => numbered(all, 'late').length >= 20,
      90_000,
    )
    expect(numbered(shown, 'late')).toEqual(Array.from({ length: 20 }, (_, i) => `late-${i}-end`))
    await until('Delivered', () => ada.messages(), allDelivered)
  }, 180_000)

  testNothingReported(SERVER_AWAY)
})
