/** What a person does with the ui, and what the engine does meanwhile: the ui's side of both. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { FakeScene } from '../support/messenger.ts'
import { ADA, NOW_MS, said, SCENES } from '../support/ui-scenes.ts'
import { uiPages } from './ui-pages.ts'
import { show } from './ui-stage.ts'

const ui = uiPages()
let page: Page

async function open(scene: FakeScene, stack: readonly unknown[] = [], size: 'phone' | 'desktop' = 'desktop'): Promise<void> {
  page = await ui.open({ size })
  await show(page, scene, stack)
}

const HOME = SCENES.find(({ name }) => name === 'list')?.scene ?? {}
const IN_ADA = [{ kind: 'chat', chat: 'ada' }]
const talk = (count: number) =>
  Array.from({ length: count }, (_, i) => said(`m${i}`, i % 3 === 1, NOW_MS - (count - i) * 60_000, `line ${i}`))
const called = (command: string) =>
  page.evaluate((name) => window.uiTest.messenger?.calls.filter((call) => call.command === name).map(({ args }) => args), command)
const log = () => page.getByRole('log', { name: 'Messages' })
const fromEnd = () => log().evaluate((box) => Math.round(box.scrollHeight - box.clientHeight - box.scrollTop))
const arrive = (id: string, mine = false, text = id) =>
  page.evaluate((item) => window.uiTest.messenger?.arrive('ada', item), said(id, mine, NOW_MS, text))
const settled = () => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))

describe('first minute', () => {
  test('name, start, invite: the link of the engine, once; a new one when asked; revoking each', async () => {
    await open({})
    await page.getByRole('button', { name: 'Start' }).click()
    expect(await page.getByRole('alert').textContent()).toBe('Write a name first.')
    expect(await called('start')).toEqual([])
    await page.getByRole('textbox', { name: 'Your name' }).fill('  Eva ')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByRole('button', { name: 'New invite' }).click()
    expect(await called('start')).toEqual([['Eva']])
    const link = page.getByRole('textbox', { name: 'Invite link' })
    await expect.poll(() => link.inputValue()).toMatch(/#i=.*1$/)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'New invite' }).click()
    expect(await link.inputValue()).toMatch(/#i=.*1$/)
    expect(await called('createInvite')).toHaveLength(1)
    await page.getByRole('button', { name: 'New link' }).click()
    await expect.poll(() => link.inputValue()).toMatch(/#i=.*2$/)
    await page
      .getByRole('listitem')
      .getByRole('button', { name: /^Revoke the invite/ })
      .click()
    await expect.poll(() => called('revokeInvite')).toEqual([['invite-1']])
    await page.getByRole('button', { name: /^Revoke/ }).click()
    await expect.poll(() => called('revokeInvite')).toEqual([['invite-1'], ['invite-2']])
    await link.waitFor({ state: 'detached' })
    expect(await called('createInvite')).toHaveLength(2)
  })

  test('too many open invites: said in words of its own, and the link on show stays', async () => {
    const dayMs = 86_400_000
    const invite = {
      id: 'one',
      url: 'https://sotto.example/#i=one',
      createdMs: NOW_MS - dayMs,
      expiresMs: NOW_MS + dayMs,
      state: 'open',
    } as const
    const gone = { ...invite, id: 'gone', url: 'https://sotto.example/#i=gone', createdMs: NOW_MS, expiresMs: NOW_MS }
    await open({ view: { phase: 'ready', me: { name: 'Eva', hue: 1 }, invites: [gone, invite] }, failing: { createInvite: 'too-large' } })
    await page.getByRole('button', { name: 'New invite' }).click()
    await page.getByRole('button', { name: 'New link' }).click()
    expect(await page.getByRole('alert').textContent()).toMatch(/^You have 16 open invites/)
    expect(await page.getByRole('textbox', { name: 'Invite link' }).inputValue()).toBe(invite.url)
  })

  test('a code that does not arrive: said in its place, and the link is there', async () => {
    await open({ view: { phase: 'ready', me: { name: 'Eva', hue: 1 } } })
    ui.except(/ERR_FAILED/)
    await page.route(/qr-matrix/, (route) => route.abort())
    await page.getByRole('button', { name: 'New invite' }).click()
    expect(await page.getByRole('alert').textContent()).toMatch(/^The code could not be drawn/)
    expect(await page.getByRole('img', { name: 'Invite QR code' }).count()).toBe(0)
    expect(await page.getByRole('textbox', { name: 'Invite link' }).inputValue()).toContain('#i=')
  })

  test('when somebody uses the invite on show, the dialog gives way to the chat with them', async () => {
    await open({ view: { phase: 'ready', me: { name: 'Eva', hue: 1 } } })
    await page.getByRole('button', { name: 'New invite' }).click()
    await page.getByRole('img', { name: 'Invite QR code' }).waitFor()
    await page.evaluate((chat) => {
      const { messenger } = window.uiTest
      messenger?.patch({ invites: messenger.view().invites.map((invite) => ({ ...invite, state: 'used' as const })), chats: [chat] })
    }, ADA)
    await page.getByRole('heading', { name: 'Ada Moreau' }).waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await page.getByRole('status').textContent()).toContain('Connected')
  })

  test('an opened invite: name, accept, the steps, the chat', async () => {
    await open({ view: { openedInvite: { name: 'Ada', for: 'contact', state: { kind: 'offered' } } } })
    await page.getByRole('button', { name: 'Accept invite' }).click()
    expect(await called('acceptInvite')).toEqual([])
    await page.getByRole('textbox', { name: 'Your name' }).fill('Bo')
    await page.getByRole('button', { name: 'Accept invite' }).click()
    await page.getByRole('heading', { name: 'Ada', exact: true }).waitFor()
    expect(await called('start')).toEqual([['Bo']])
    expect(await called('acceptInvite')).toEqual([[]])
    expect(await called('dismissInvite')).toEqual([[]])
  })

  test('the steps follow the engine, in words', async () => {
    await open({ view: { phase: 'ready', openedInvite: { name: 'Ada', for: 'contact', state: { kind: 'accepting', step: 'finding' } } } })
    for (const [step, words] of [
      ['finding', 'Finding Ada'],
      ['connecting', 'Connecting the two browsers'],
      ['proving', 'Proving who is who'],
      ['joining', 'Encrypting your chat'],
    ] as const) {
      await page.evaluate(
        (now) => window.uiTest.messenger?.patch({ openedInvite: { name: 'Ada', for: 'contact', state: { kind: 'accepting', step: now } } }),
        step,
      )
      await expect.poll(() => page.locator('[aria-current=step]').textContent()).toBe(words)
    }
  })

  test.each([
    ['invite-used', /already used/],
    ['invite-expired', /expired/],
    ['invite-revoked', /revoked/],
    ['invite-malformed', /altered or cut off/],
    ['invite-own', /your own invite/],
    ['invite-unreachable', /could not be reached/],
  ] as const)('%s says so', async (code, words) => {
    await open({ view: { openedInvite: { name: 'Ada', for: 'contact', state: { kind: 'refused', code } } } })
    expect(await page.getByRole('alert').textContent()).toMatch(words)
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(code === 'invite-unreachable' ? 1 : 0)
    expect(await page.getByRole('button', { name: 'Accept invite' }).count()).toBe(0)
  })
})

describe('writing', () => {
  test('Enter sends, Shift+Enter breaks the line, the field grows and is empty afterwards', async () => {
    await open(HOME, IN_ADA)
    const field = page.getByRole('textbox', { name: 'Message' })
    const height = async () => (await field.boundingBox())?.height ?? 0
    const low = await height()
    await field.pressSequentially('one')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('two')
    expect(await height()).toBeGreaterThan(low + 10)
    await page.keyboard.press('Enter')
    await expect.poll(() => called('send')).toEqual([['ada', 'one\ntwo']])
    expect(await field.inputValue()).toBe('')
    expect(await height()).toBe(low)
    expect(await page.getByRole('article').last().textContent()).toContain('one\ntwo')
  })

  test('nothing but spaces is not sent', async () => {
    await open(HOME, IN_ADA)
    await page.getByRole('textbox', { name: 'Message' }).fill(' \n ')
    await page.keyboard.press('Enter')
    expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
    expect(await called('send')).toEqual([])
  })

  test('what could not be sent is back in the field, with the reason', async () => {
    await open({ ...HOME, failing: { send: 'storage-full' } }, IN_ADA)
    await page.getByRole('textbox', { name: 'Message' }).fill('precious')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/^Not sent\. This device has no room left/)
    expect(await page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('precious')
  })

  test('more than the protocol takes is refused before it is sent', async () => {
    await open(HOME, IN_ADA)
    await page.getByRole('textbox', { name: 'Message' }).fill('ä'.repeat(32_770))
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/Too long by 4 bytes/)
    await page.keyboard.press('Enter')
    expect(await called('send')).toEqual([])
  })

  test('a draft stays with its chat, is shown in the list, and comes back', async () => {
    await open(HOME, IN_ADA)
    const field = page.getByRole('textbox', { name: 'Message' })
    await field.fill('half a thought')
    await page.getByRole('link', { name: /^Cy Okafor/ }).click()
    await page.getByRole('heading', { name: 'Cy Okafor' }).waitFor()
    expect(await field.inputValue()).toBe('')
    expect(await page.getByRole('link', { name: /^Ada Moreau/ }).textContent()).toContain('Draft:half a thought')
    await page.getByRole('link', { name: /^Ada Moreau/ }).click()
    await expect.poll(() => field.inputValue()).toBe('half a thought')
  })

  test('an input method that composes keeps its Enter', async () => {
    await open(HOME, IN_ADA)
    const field = page.getByRole('textbox', { name: 'Message' })
    await field.fill('nihao')
    await field.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })
    expect(await called('send')).toEqual([])
  })

  test('ticks move; a message that waits says for what', async () => {
    await open({ ...HOME, histories: { ada: { items: [] } } }, IN_ADA)
    await page.getByRole('textbox', { name: 'Message' }).fill('hello')
    await page.keyboard.press('Enter')
    const tick = (name: string) => page.getByRole('article').getByRole('img', { name, exact: true }).waitFor()
    await tick('Written')
    await page.evaluate(() => window.uiTest.messenger?.patchChat('ada', { link: { kind: 'offline', lastHeardMs: null, problem: null } }))
    await page.getByText('Waits on this device until Ada Moreau is online too').waitFor()
    await page.evaluate(() => window.uiTest.messenger?.tick('ada', 'sent-1', 'delivered'))
    await tick('Delivered')
    await page.getByText('Waits on this device').waitFor({ state: 'detached' })
  })
})

describe('reading', () => {
  test('opens at the end, stays there as messages come, and marks the chat read', async () => {
    const chats = (HOME.view?.chats ?? []).map((chat) => (chat.id === 'ada' ? { ...chat, unread: 2 } : chat))
    await open({ ...HOME, view: { ...HOME.view, chats }, histories: { ada: { items: talk(80) } } }, IN_ADA)
    await expect.poll(fromEnd).toBeLessThanOrEqual(1)
    await expect.poll(() => called('markRead')).toEqual([['ada']])
    await arrive('new', false, 'long text '.repeat(80))
    await settled()
    expect(await fromEnd()).toBeLessThanOrEqual(1)
  })

  test('further up, nothing moves when messages come; a button counts them and leads back', async () => {
    await open({ ...HOME, histories: { ada: { items: talk(80) } } }, IN_ADA)
    await expect.poll(fromEnd).toBeLessThanOrEqual(1)
    await log().evaluate((box) => box.scrollTo(0, box.scrollHeight / 2))
    await page.getByRole('button', { name: 'Jump to latest' }).waitFor()
    const before = await log().evaluate((box) => box.scrollTop)
    await arrive('n1')
    await arrive('n2')
    await page.getByRole('button', { name: 'Jump to latest, 2 new messages' }).waitFor()
    expect(await log().evaluate((box) => box.scrollTop)).toBe(before)
    await page.getByRole('button', { name: /^Jump to latest/ }).click()
    await expect.poll(fromEnd).toBeLessThanOrEqual(1)
    await page.getByRole('button', { name: /^Jump to latest/ }).waitFor({ state: 'detached' })
  })

  test('an own message leads to the end', async () => {
    await open({ ...HOME, histories: { ada: { items: talk(80) } } }, IN_ADA)
    await expect.poll(fromEnd).toBeLessThanOrEqual(1)
    await log().evaluate((box) => box.scrollTo(0, box.scrollHeight / 2))
    await page.getByRole('button', { name: 'Jump to latest' }).waitFor()
    await arrive('mine', true)
    await expect.poll(fromEnd).toBeLessThanOrEqual(1)
  })

  test('older history comes in above without moving what is read', async () => {
    await open({ ...HOME, histories: { ada: { items: talk(300) } }, pageSize: 60 }, IN_ADA)
    await expect.poll(fromEnd).toBeLessThanOrEqual(1)
    await page.evaluate(() => {
      const box = document.querySelector('[role=log]')
      if (box) box.scrollTop = 900
    })
    await settled()
    const place = () => log().evaluate((box) => ({ first: box.querySelector('article')?.textContent ?? '', height: box.scrollHeight }))
    const before = await place()
    // The first article below the top edge, and where it is.
    const seen = await log().evaluate((box) => {
      const edge = box.getBoundingClientRect().top
      const article = [...box.querySelectorAll('article')].find((each) => each.getBoundingClientRect().bottom > edge + 200)
      return { id: article?.dataset.anchor ?? '', top: article?.getBoundingClientRect().top ?? 0 }
    })
    await log().evaluate((box) => {
      box.scrollTop -= 150
    })
    await expect.poll(async () => (await place()).first).not.toBe(before.first)
    await settled()
    const top = await log().evaluate((box, id) => box.querySelector(`[data-anchor="${id}"]`)?.getBoundingClientRect().top ?? 0, seen.id)
    expect(Math.abs(top - (seen.top + 150))).toBeLessThanOrEqual(2)
  })

  test('an unread chat opens at the line, and is read when its end was seen', async () => {
    const chats = (HOME.view?.chats ?? []).map((chat) => (chat.id === 'ada' ? { ...chat, unread: 60 } : chat))
    await open({ ...HOME, view: { ...HOME.view, chats }, histories: { ada: { items: talk(120), firstUnread: 'm60' } } }, IN_ADA)
    const line = page.getByText('New messages', { exact: true })
    await line.waitFor()
    const box = await log().boundingBox()
    const at = await line.boundingBox()
    expect(at?.y).toBeGreaterThan(box?.y ?? 0)
    expect(at?.y).toBeLessThan((box?.y ?? 0) + (box?.height ?? 0) / 2)
    expect(await called('markRead')).toEqual([])
    await log().evaluate((box) => box.scrollTo(0, box.scrollHeight))
    await expect.poll(() => called('markRead')).toEqual([['ada']])
  })

  test('all history is loaded on the way up, and no more is asked for than there is', async () => {
    await open({ ...HOME, histories: { ada: { items: talk(25) } }, pageSize: 10 }, IN_ADA)
    await expect.poll(() => page.getByRole('article').count()).toBe(25)
    expect(await called('loadOlder')).toHaveLength(2)
  })
})

describe('moving about', () => {
  test("phone: the browser's back leads from the details to the chat to the list", async () => {
    await open(HOME, [], 'phone')
    await page.getByRole('link', { name: /^Ada Moreau/ }).click()
    await page.getByRole('heading', { name: 'Ada Moreau' }).waitFor()
    expect(await page.getByRole('navigation', { name: 'Chats' }).isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Details' }).click()
    await page.getByRole('heading', { name: 'Details' }).waitFor()
    await page.goBack()
    await log().waitFor()
    expect(await page.getByRole('heading', { name: 'Details' }).count()).toBe(0)
    await page.goBack()
    await page.getByRole('navigation', { name: 'Chats' }).waitFor()
    await expect.poll(() => called('closeChat')).toEqual([[]])
    expect(page.url()).toBe(ui.site().url)
  })

  test('search filters by name; Enter opens the first', async () => {
    await open(HOME)
    await page.getByRole('searchbox', { name: 'Search' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('líND')
    await expect.poll(() => page.getByRole('navigation').getByRole('link').count()).toBe(1)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Bo Lindqvist' }).waitFor()
  })

  test('a chat that is not there leads back to the list', async () => {
    await open(HOME, [{ kind: 'chat', chat: 'gone' }])
    await page.getByText('Pick a chat to read it here.').waitFor()
  })

  test('a reload opens the same chat', async () => {
    await open(HOME)
    await page.getByRole('link', { name: /^Ada Moreau/ }).click()
    await log().waitFor()
    expect(await page.evaluate(() => history.state)).toEqual({ sotto: IN_ADA })
  })

  test('theme, read ticks and name go to the engine; the page follows the view', async () => {
    await open(HOME)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('radio', { name: 'Dark' }).check({ force: true })
    await expect.poll(() => page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(18, 19, 23)')
    const ticks = page.getByRole('checkbox', { name: 'Read ticks' })
    expect(await ticks.isChecked()).toBe(false)
    await ticks.click()
    await expect.poll(() => called('setReadTicks')).toEqual([[true]])
    await expect.poll(() => ticks.isChecked()).toBe(true)
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Eva M.')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => called('rename')).toEqual([['Eva M.']])
  })

  test('deleting everything takes a typed word', async () => {
    await open(HOME)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Delete everything' }).click()
    const last = page.getByRole('button', { name: 'Delete for ever' })
    expect(await last.isDisabled()).toBe(true)
    await page.getByRole('textbox', { name: /Type .delete. to confirm/ }).fill('Delete')
    await last.click()
    await page.getByRole('button', { name: 'Start' }).waitFor()
    expect(await called('deleteEverything')).toEqual([[]])
  })

  test('the words are read only behind the second step', async () => {
    await open(HOME)
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Show recovery phrase' }).click()
    expect(await called('revealPhrase')).toEqual([])
    await page.getByRole('button', { name: 'Show the 24 words' }).click()
    await expect.poll(() => page.getByRole('dialog').getByRole('listitem').count()).toBe(24)
    const words = await page.getByRole('dialog').getByRole('listitem').allInnerTexts()
    const wordAt = (label: string) => words[Number(/\d+/.exec(label)?.[0]) - 1]?.replace(/\d+|\s/g, '') ?? ''
    await page.getByRole('button', { name: 'I wrote them down: check' }).click()
    const fields = page.getByRole('textbox', { name: /^Word \d+$/ })
    expect(await fields.count()).toBe(3)
    const labels = await page.getByRole('dialog').locator('label').allInnerTexts()
    for (const [i, label] of labels.entries()) await fields.nth(i).fill(i === 1 ? 'wrong' : ` ${wordAt(label).toUpperCase()} `)
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    expect(await page.getByRole('alert').allInnerTexts()).toEqual(['That is not the word at this place.'])
    await fields.nth(1).fill(wordAt(labels[1] ?? ''))
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.getByText('All three are right.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain('cinnamon')
  })

  test('a new release asks, and can wait', async () => {
    await open(HOME)
    await page.getByRole('heading', { name: 'Sotto' }).waitFor()
    await page.evaluate(() => window.uiTest.setWaiting(true))
    await page.getByRole('button', { name: 'Reload now' }).click()
    expect(await page.evaluate(() => window.uiTest.applied)).toBe(1)
    await page.getByRole('button', { name: 'Later' }).click()
    expect(await page.getByRole('button', { name: 'Reload now' }).count()).toBe(0)
  })

  test('the trust panel measures again, and stops when it is closed', async () => {
    await open(HOME, [...IN_ADA, { kind: 'details' }])
    await page.getByText('18 ms').waitFor()
    await expect.poll(async () => (await called('trust'))?.length, { timeout: 8_000 }).toBeGreaterThanOrEqual(2)
    await page.getByRole('button', { name: 'Close details' }).click()
    await page.getByRole('heading', { name: 'Details' }).waitFor({ state: 'detached' })
  })
})
