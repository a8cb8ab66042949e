/** The names contract: roles and accessible names that people with a screen reader, and tests of every kind, go by. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { said, SCENES } from '../support/ui-scenes.ts'
import { launchUiBrowser, startUiSite, type UiSite } from './ui-site.ts'
import { openStage, stage } from './ui-stage.ts'

let site: UiSite
let browser: Browser
let context: BrowserContext
let page: Page
let troubles: () => readonly string[]

beforeAll(async () => {
  site = await startUiSite()
  browser = await launchUiBrowser()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  ;({ page, context, troubles } = await openStage(browser, site.url))
})
afterEach(async () => {
  expect(troubles()).toEqual([])
  await context.close()
})

async function scene(name: string): Promise<void> {
  const found = SCENES.find((each) => each.name === name)
  if (!found) throw new Error(`no scene ${name}`)
  await stage(page, found)
}
type Role = Parameters<Page['getByRole']>[0]
/** There is exactly one. */
const one = async (role: Role, name: string): Promise<void> => {
  await expect.poll(() => page.getByRole(role, { name, exact: true }).count(), { message: `${role} ${name}` }).toBe(1)
}
const none = async (role: Role, name: string): Promise<void> =>
  expect(await page.getByRole(role, { name }).count(), `${role} ${name}`).toBe(0)

test('first screen', async () => {
  await scene('welcome')
  await one('textbox', 'Your name')
  await one('button', 'Start')
})

test('chat list', async () => {
  await scene('list')
  await one('navigation', 'Chats')
  await one('button', 'New invite')
  await one('button', 'New room')
  await one('searchbox', 'Search')
  await one('button', 'Settings')
  const names = await page
    .getByRole('navigation', { name: 'Chats' })
    .getByRole('link')
    .evaluateAll((links) => links.map((link) => link.textContent ?? ''))
  expect(names).toHaveLength(8)
  for (const name of ['Ada Moreau', 'River house', 'Cy Okafor', 'Bo Lindqvist', 'Kit', '陈美玲'])
    expect(await page.getByRole('link', { name: new RegExp(`^${name}`) }).count(), name).toBe(1)
})

test('the empty list has the same buttons, once', async () => {
  await scene('empty')
  await one('navigation', 'Chats')
  await one('button', 'New invite')
  await one('button', 'New room')
})

test('invite dialog', async () => {
  await scene('invite')
  await one('dialog', 'New invite')
  await one('textbox', 'Invite link')
  await one('button', 'Copy link')
  await one('img', 'Invite QR code')
  const link = page.getByRole('textbox', { name: 'Invite link' })
  expect(await link.getAttribute('readonly')).not.toBeNull()
  const url = await link.inputValue()
  expect(url).toMatch(/^https:\/\/sotto\.example\/#i=\w{100,}$/)
  await page.getByRole('button', { name: 'Copy link' }).click()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(url)
})

test('new room, and its invite', async () => {
  await scene('new-room')
  await one('dialog', 'New room')
  await page.getByRole('textbox', { name: 'Room name', exact: true }).fill('Garden')
  await one('button', 'Create')
  await page.getByRole('button', { name: 'Create' }).click()
  await one('dialog', 'New invite')
  await one('img', 'Invite QR code')
  await one('button', 'Copy link')
  expect(await page.getByRole('textbox', { name: 'Invite link' }).inputValue()).toMatch(/^https:\/\/sotto\.example\/#i=\w{100,}$/)
})

test('a room, its details, its members', async () => {
  await scene('room-details')
  await one('heading', 'River house')
  await one('textbox', 'Message')
  await one('heading', 'Members')
  expect(await page.getByRole('list', { name: 'Members', exact: true }).getByRole('listitem').count()).toBe(6)
  expect(await page.getByRole('region', { name: 'Details of this chat' }).getByRole('button', { name: 'New invite' }).count()).toBe(1)
  await one('button', 'Leave room')
  await page.getByRole('button', { name: /^Cy Okafor/ }).click()
  await one('dialog', 'Member')
  for (const name of ['Make admin', 'Make owner', 'Remove']) await one('button', name)
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await one('heading', 'Remove from the room?')
  await one('button', 'Remove')
})

test('opened invite into a room', async () => {
  await scene('opened-room')
  await one('heading', 'Join River house')
  await one('button', 'Accept invite')
})

test('opened invite', async () => {
  await scene('opened-new')
  await one('heading', 'Ada invites you')
  await one('textbox', 'Your name')
  await one('button', 'Accept invite')
})

test('conversation', async () => {
  await scene('chat')
  await one('heading', 'Ada Moreau')
  await one('log', 'Messages')
  await one('textbox', 'Message')
  await one('button', 'Send')
  await one('button', 'Details')
})

test('every message is an article with its whole body, 10 kB too', async () => {
  const long = `begin ${'word '.repeat(2_046)}end`
  await stage(page, {
    name: 'long',
    scene: {
      ...SCENES.find(({ name }) => name === 'chat')?.scene,
      histories: { ada: { items: [said('x', false, 0, long), said('y', true, 0, ' two\n  lines ')] } },
    },
    stack: [{ kind: 'chat', chat: 'ada' }],
    ready: ['log', 'Messages'],
  })
  const texts = await page
    .getByRole('log')
    .getByRole('article')
    .evaluateAll((articles) => articles.map(({ textContent }) => textContent ?? ''))
  expect(texts).toHaveLength(2)
  expect(texts[0]).toContain(long)
  expect(texts[1]).toContain(' two\n  lines ')
})

test.each([
  ['room', 'Connected'],
  ['room-joining', 'Connecting'],
  ['room-removed', 'Offline'],
  ['chat', 'Connected'],
  ['chat-connecting', 'Connecting'],
  ['chat-offline', 'Offline'],
])('%s: one status that says %s', async (name, word) => {
  await scene(name)
  const status = page.getByRole('status')
  expect(await status.count()).toBe(1)
  const text = (await status.textContent()) ?? ''
  expect(['Connected', 'Connecting', 'Offline'].filter((each) => text.includes(each))).toEqual([word])
})

test('ticks are images with names, on own messages only', async () => {
  const ticks = ['written', 'held', 'delivered', 'read'] as const
  await stage(page, {
    name: 'ticks',
    scene: {
      ...SCENES.find(({ name }) => name === 'chat')?.scene,
      histories: { ada: { items: [...ticks.map((tick) => said(tick, true, 0, tick, tick)), said('theirs', false, 0, 'theirs')] } },
    },
    stack: [{ kind: 'chat', chat: 'ada' }],
    ready: ['log', 'Messages'],
  })
  for (const [at, name] of ['Written', 'Held', 'Delivered', 'Read'].entries())
    expect(await page.getByRole('article').nth(at).getByRole('img', { name, exact: true }).count()).toBe(1)
  expect(await page.getByRole('article').last().getByRole('img').count()).toBe(0)
})

test('second tab', async () => {
  await scene('fenced')
  await one('heading', 'Sotto is open in another tab')
  await one('button', 'Use it here')
  await page.getByRole('button', { name: 'Use it here' }).click()
  expect(await page.evaluate(() => window.uiTest.taken)).toBe(1)
})

test('nothing is offered that does not work yet', async () => {
  await scene('details')
  for (const name of ['Attach file', 'Call', 'Reply', 'Mute']) await none('button', name)
})
