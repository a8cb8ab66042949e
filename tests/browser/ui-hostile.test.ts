/** Strings from people who mean no good: nothing runs, nothing breaks out of its place, nothing is cut that must be whole. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { ChatItem, ChatSummary, MessageView, View } from '#contracts/ui.ts'
import { type FakeScene, newMember, newRoom } from '../support/messenger.ts'
import { ADA, NOW_MS, RIVER, said, TRUST } from '../support/ui-scenes.ts'
import { uiPages } from './ui-pages.ts'
import { overflowing, show, SIZES } from './ui-stage.ts'

const ui = uiPages()
let page: Page

const HOSTILE: Readonly<Record<string, string>> = {
  script: '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1"><svg onload="window.pwned = 1">',
  url: 'javascript:window.pwned=1 data:text/html,<script>window.pwned=1</script>',
  long: 'W'.repeat(10_240),
  'long words': `${'Donaudampfschifffahrtsgesellschaft'.repeat(30)} ${'x'.repeat(3_000)}`,
  marks: `Z${'\u0335\u0321\u0322\u0327\u0300\u0301\u0302\u0303\u0309\u031a'.repeat(100)}algo`,
  'right to left': '\u202e\u2067\u200fevil \u202d\u2066 name \u202b',
  'unclosed isolate': '\u2066\u2067\u2068open',
  lines: 'one\ntwo\r\nthree\u2028four\u0085five\n'.repeat(50),
  invisible: '\u200b\u00ad\ufeff\u2060',
  templates: '{name} {{name}} {0} %s {from}',
  tall: '﷽'.repeat(300),
  emoji: '👨‍👩‍👧‍👦'.repeat(400),
  control: '\u0000\u0001\u001b[31m\u007f',
  tabs: '\t'.repeat(500),
}

const view = (text: string): Partial<View> => {
  const chat: ChatSummary = { ...ADA, name: text, last: { text, atMs: NOW_MS, mine: false, tick: null }, unread: 7 }
  return { phase: 'ready', me: { name: text, hue: 1 }, chats: [chat, { ...ADA, id: 'other', name: 'Other' }] }
}
/** What others say about a message, as far as it is theirs to word. */
const told = (text: string): Partial<MessageView> => ({
  edited: true,
  reply: { id: 'before', mine: false, authorName: text, text, state: 'there' },
  reactions: ['👍', '🏳️‍🌈', '👨‍👩‍👧‍👦'].map((emoji) => ({ emoji, mine: false, names: [text, text] })),
})
const scene = (text: string): FakeScene => ({
  view: {
    ...view(text),
    chats: (view(text).chats ?? []).map((chat) => ({ ...chat, link: { kind: 'offline', lastHeardMs: null, problem: null } })),
  },
  histories: {
    ada: {
      items: [
        said('before', false, NOW_MS, 'before'),
        { ...said('theirs', false, NOW_MS, text), authorName: text, pinned: true, ...told(text) } as ReturnType<typeof said>,
        { ...said('mine', true, NOW_MS, text, 'written'), ...told(text) } as ReturnType<typeof said>,
        { kind: 'notice', id: 'n', atMs: NOW_MS, notice: { kind: 'renamed', from: text, to: text } },
        said('after', false, NOW_MS, 'after'),
      ],
    },
  },
  trust: {
    ...TRUST,
    localCandidate: text,
    remoteCandidate: text,
    roomCode: text,
    infrastructure: { ...TRUST.infrastructure, staticHost: { host: text } },
  },
})

async function open(size: keyof typeof SIZES, ...args: readonly [FakeScene, (readonly unknown[])?]): Promise<void> {
  page = await ui.open({ size })
  await show(page, ...args)
}

describe.each(Object.entries(HOSTILE))('%s', (_, text) => {
  test.each(['phone', 'desktop'] as const)('as a name, a message, a candidate: %s', async (size) => {
    await open(size, scene(text), [{ kind: 'chat', chat: 'ada' }, { kind: 'details' }])
    await page.getByRole('img', { name: 'Safety number QR code' }).waitFor()
    expect(await overflowing(page)).toEqual([])
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight])
    expect(widths).toEqual([SIZES[size].width, SIZES[size].height])

    const bodies = await page.evaluate(() =>
      [...document.querySelectorAll('[role=log] article')].map(({ textContent }) => textContent ?? ''),
    )
    // An HTML document turns nothing in a text node into something else; only NUL may not survive a browser.
    const whole = bodies.filter((body) => body.includes(text))
    expect(whole).toHaveLength(2)
    // Whole to the eye too: a bubble is never wider inside than outside.
    const cut = await page.evaluate(
      () =>
        [...document.querySelectorAll('[role=log] article > div, [role=log] [data-bubble]')].filter(
          (bubble) => bubble.scrollWidth > bubble.clientWidth,
        ).length,
    )
    expect(cut).toBe(0)
    expect(await page.evaluate(() => document.querySelectorAll('main script, main img, main iframe').length)).toBe(0)
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false)

    // Each stays where it belongs: the rows of the list and the header keep their height.
    const heights = await page.evaluate(() => {
      const rows = [...document.querySelectorAll('nav a')].map((row) => Math.round(row.getBoundingClientRect().height))
      return { rows, head: Math.round(document.querySelector('header')?.getBoundingClientRect().height ?? 0) }
    })
    if (size === 'desktop') {
      expect(heights.rows[0]).toBeLessThanOrEqual((heights.rows[1] ?? 0) + 2)
    }
  })
})

describe('a room where every name and word means no good', () => {
  const words = Object.values(HOSTILE)
  const members = words.map((name, i) =>
    newMember(`h${i}`, name, i === 0 ? 'owner' : 'admin', { waiting: 3, may: { remove: true, roles: ['owner', 'admin', 'member'] } }),
  )
  const hostileRoom = (topic: string): FakeScene => ({
    view: {
      ...view(''),
      chats: [{ ...RIVER, name: HOSTILE['long words'] ?? '', last: { text: topic, atMs: NOW_MS, mine: false, tick: null, by: topic } }],
    },
    histories: {
      river: {
        items: words.flatMap((text, i): ChatItem[] => [
          { kind: 'notice', id: `a${i}`, atMs: NOW_MS, notice: { kind: 'added', name: text, by: text } },
          { kind: 'notice', id: `t${i}`, atMs: NOW_MS, notice: { kind: 'topic', to: text, by: text } },
          {
            kind: 'message',
            id: `m${i}`,
            mine: false,
            authorName: text,
            sentAtMs: NOW_MS,
            text: 'plain',
            tick: null,
            author: { id: `h${i}`, hue: 1 },
          },
        ]),
      },
    },
    rooms: {
      river: {
        ...newRoom('', topic),
        members,
        requests: words.map((name, i) => ({ id: `q${i}`, name, hue: 1, askedMs: NOW_MS })),
        waitingFor: words,
        heir: topic,
      },
    },
  })

  test.each(['phone', 'desktop'] as const)('%s', async (size) => {
    const details = [{ kind: 'chat', chat: 'river' }, { kind: 'details' }]
    for (const [stack, there] of [
      [details, 'Members'],
      [[...details, { kind: 'member', member: 'h2' }], 'Member'],
      [[...details, { kind: 'leave' }], 'Leave this room?'],
      [[...details, { kind: 'room-edit' }], 'Edit room'],
    ] as const) {
      await open(size, hostileRoom(HOSTILE.long?.slice(0, 1000) ?? ''), stack.slice(0, 2))
      await page.getByRole('heading', { name: 'Members' }).waitFor()
      if (stack.length > 2) await page.evaluate((places) => history.pushState({ sotto: places }, ''), stack)
      if (stack.length > 2) await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate', { state: history.state })))
      await page.getByRole('heading', { name: there, exact: true }).waitFor()
      expect(await overflowing(page), there).toEqual([])
      expect(await page.evaluate(() => document.querySelectorAll('main script, main iframe, dialog script').length)).toBe(0)
      expect(await page.evaluate(() => 'pwned' in window)).toBe(false)
    }
  })
})

test('a name cannot turn the words around it', async () => {
  await open('desktop', { view: { openedInvite: { name: '\u202eadA', for: 'contact', state: { kind: 'offered' } } } })
  const heading = page.getByRole('heading')
  await heading.waitFor()
  expect(await heading.locator('bdi').count()).toBe(1)
  const [name, words] = await heading.evaluate((element) => {
    const range = document.createRange()
    const isolate = element.querySelector('bdi')
    const rest = [...element.childNodes].find((node) => node.textContent?.includes('invites'))
    if (!isolate || !rest) return []
    range.selectNodeContents(rest)
    return [isolate.getBoundingClientRect().left, range.getBoundingClientRect().left]
  })
  expect(name).toBeLessThan(words ?? 0)
})

test('an opened invite with a name of 10 kB keeps its button on the screen', async () => {
  await open('phone', { view: { openedInvite: { name: HOSTILE.long ?? '', for: 'contact', state: { kind: 'offered' } } } })
  const button = page.getByRole('button', { name: 'Accept invite' })
  await button.waitFor()
  const box = await button.boundingBox()
  expect((box?.y ?? 9_999) + (box?.height ?? 0)).toBeLessThan(SIZES.phone.height)
  expect(await overflowing(page)).toEqual([])
})

test('a message of marks a thousand high paints inside its own bubble', async () => {
  await open('desktop', scene(HOSTILE.marks ?? ''), [{ kind: 'chat', chat: 'ada' }])
  await page.getByRole('log').waitFor()
  const contained = await page
    .locator('[role=log] article [data-bubble]')
    .evaluateAll((bubbles) => bubbles.map((bubble) => getComputedStyle(bubble).contain))
  expect(contained.length).toBeGreaterThan(0)
  expect(contained.every((value) => value.includes('paint'))).toBe(true)
})
