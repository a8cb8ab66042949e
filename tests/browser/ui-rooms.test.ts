/** Rooms: what a person does in them, what the engine is told, and what is said of what happens there. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '#contracts/limits.ts'
import type { ChatSummary, View } from '#contracts/ui.ts'
import type { FakeScene } from '../support/messenger.ts'
import { CROWD, HOME, NOW_MS, RIVER, RIVER_FACTS } from '../support/ui-scenes.ts'
import { uiPages } from './ui-pages.ts'
import { show } from './ui-stage.ts'

const ui = uiPages()
let page: Page

const IN_RIVER = [{ kind: 'chat', chat: 'river' }]
const DETAILS = [...IN_RIVER, { kind: 'details' }]
async function open(scene: FakeScene = HOME, stack: readonly unknown[] = IN_RIVER, size: 'phone' | 'desktop' = 'desktop'): Promise<void> {
  page = await ui.open({ size })
  await show(page, scene, stack)
}
const river = (change: Partial<ChatSummary>): FakeScene => ({ ...HOME, view: { ...HOME.view, chats: [{ ...RIVER, ...change }] } })
const called = (command: string) =>
  page.evaluate((name) => window.uiTest.messenger?.calls.filter((call) => call.command === name).map(({ args }) => args), command)
const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
const members = () => page.getByRole('list', { name: 'Members', exact: true }).getByRole('listitem')
const link = () => page.getByRole('textbox', { name: 'Invite link' })

describe('a new room', () => {
  test('a name, then at once the invite; without anybody else the room offers it again', async () => {
    await open(HOME, [])
    await button('New room').click()
    await button('Create').click()
    expect(await page.getByRole('alert').textContent()).toBe('Write a name first.')
    expect(await called('createRoom')).toEqual([])
    await page.getByRole('textbox', { name: 'Room name' }).fill(' Garden ')
    await page.getByRole('textbox', { name: 'Topic' }).fill('What grows where')
    await button('Create').click()
    await expect.poll(() => link().inputValue()).toContain('#i=')
    expect(await called('createRoom')).toEqual([[{ name: 'Garden', topic: 'What grows where', suite: 'hybrid' }]])
    expect((await called('createRoomInvite'))?.[0]?.[1]).toEqual({ uses: 10, days: 7, approval: false })
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: 'Garden' }).waitFor()
    await page.getByText('Nobody else is here yet.').waitFor()
    await page.getByRole('main').getByRole('button', { name: 'New invite' }).last().click()
    await link().waitFor()
    // nobody used or was given the first: a second is not made
    expect(await called('createRoomInvite')).toHaveLength(1)
  })

  test('what cannot be made says why, and the words stay', async () => {
    await open({ ...HOME, failing: { createRoom: 'storage-full' } }, [])
    await button('New room').click()
    await page.getByRole('textbox', { name: 'Room name' }).fill('Garden')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/no room left/)
    expect(await page.getByRole('textbox', { name: 'Room name' }).inputValue()).toBe('Garden')
  })
})

describe('invites', () => {
  test('other terms make another link; one that nobody has is revoked, one that was copied is not', async () => {
    await open(HOME, DETAILS)
    await page.getByRole('region').getByRole('button', { name: 'New invite' }).click()
    await expect.poll(() => link().inputValue()).toContain('#i=')
    await page.getByRole('combobox', { name: 'Lets in' }).selectOption('1 person')
    await button('Make the new link').click()
    await expect.poll(async () => (await called('revokeRoomInvite'))?.length).toBe(1)
    await page.getByText(/^Lets in one person, until 28 Nov/).waitFor()
    await button('Copy link').click()
    await page.getByRole('dialog').getByText('Copied. Send it to whoever should join.').waitFor()
    await page.getByRole('checkbox', { name: 'An admin has to agree' }).check()
    await page.getByRole('combobox', { name: 'Holds for' }).selectOption('30 days')
    await button('Make the new link').click()
    await page.getByText(/asks to join/).waitFor()
    expect((await called('createRoomInvite'))?.map(([, terms]) => terms)).toEqual([
      { uses: 10, days: 7, approval: false },
      { uses: 1, days: 7, approval: false },
      { uses: 1, days: 30, approval: true },
    ])
    expect(await called('revokeRoomInvite')).toHaveLength(1)
  })

  test('the open ones are listed with how much is used; an own link is shown again, any is revoked', async () => {
    await open(HOME, DETAILS)
    const list = page.getByRole('list', { name: 'Open invites' })
    await list.waitFor()
    expect(await list.getByRole('listitem').allTextContents()).toHaveLength(2)
    await list.getByText('3 of 10 used').waitFor()
    await list.getByText('0 of 100 used').waitFor()
    expect(await list.getByRole('button', { name: /^Show/ }).count()).toBe(1)
    await list.getByRole('button', { name: /^Show/ }).click()
    expect(await link().inputValue()).toBe(RIVER_FACTS.invites[0]?.url)
    expect(await called('createRoomInvite')).toEqual([])
    await page.keyboard.press('Escape')
    await list
      .getByRole('button', { name: /^Revoke/ })
      .last()
      .click()
    await expect.poll(() => called('revokeRoomInvite')).toEqual([['river', 'ri-2']])
    await expect.poll(() => list.getByRole('listitem').count()).toBe(1)
  })

  test('an opened invite: what it leads to, the wait for an admin, the room', async () => {
    const opened = (state: NonNullable<View['openedInvite']>['state']): Partial<View> => ({
      openedInvite: { name: 'Garden', for: 'room', state },
    })
    await open({ view: { ...HOME.view, ...opened({ kind: 'offered' }) } }, [])
    await page.getByRole('heading', { name: 'Join Garden' }).waitFor()
    const steps = async (): Promise<string[]> => page.getByRole('list', { name: 'Steps' }).getByRole('listitem').allTextContents()
    const at = async (step: 'proving' | 'approval' | 'joining'): Promise<void> => {
      await page.evaluate((change) => window.uiTest.messenger?.patch(change), opened({ kind: 'accepting', step }))
      await page.locator('[aria-current=step]').waitFor()
    }
    await at('proving')
    expect(await steps()).toHaveLength(4)
    await at('approval')
    await expect.poll(() => page.locator('[aria-current=step]').textContent()).toBe('Waiting until an admin lets you in')
    await at('joining')
    await expect.poll(() => page.locator('[aria-current=step]').textContent()).toBe('Getting the keys of Garden')
    expect(await steps()).toHaveLength(5)
  })

  test.each([
    ['invite-used', /^Everybody whom this invite lets in has used it/],
    ['unexpected', /^You were not let in: an admin declined/],
    ['invite-unreachable', /^Nobody who can let you in could be reached/],
  ] as const)('refused with %s', async (code, words) => {
    await open({ view: { ...HOME.view, openedInvite: { name: 'Garden', for: 'room', state: { kind: 'refused', code } } } }, [])
    expect(await page.getByRole('alert').textContent()).toMatch(words)
    expect(await button('Try again').count()).toBe(code === 'invite-unreachable' ? 1 : 0)
  })
})

describe('members', () => {
  test('roles, links, and what waits for whom', async () => {
    await open(HOME, DETAILS)
    await members().first().waitFor()
    const lines = await members().allTextContents()
    expect(lines[0]).toMatch(/Eva.*Owner.*You/)
    expect(lines[1]).toMatch(/Ada Moreau.*Admin.*Connected directly/)
    expect(lines.find((line) => line.includes('Bo Lindqvist'))).toMatch(/Offline, last heard 06:41.*2 messages wait for Bo Lindqvist/)
    await page.getByRole('term').filter({ hasText: 'Waits for' }).waitFor()
    expect(await page.getByRole('region').textContent()).toContain('48213 00417 90655')
  })

  test('who asks is told in the chat, and let in or declined in Details', async () => {
    const asking = (id: string, name: string) => ({ id, name, hue: 9, askedMs: NOW_MS })
    await open({ ...HOME, rooms: { river: { ...RIVER_FACTS, requests: [asking('dee', 'Dee'), asking('fay', 'Fay')] } } })
    await page.getByText('2 people ask to join.').waitFor()
    await button('Review').click()
    await button('Decline Fay').click()
    await button('Decline Fay').waitFor({ state: 'detached' })
    await button('Let in Dee').click()
    await expect
      .poll(() => called('answerRequest'))
      .toEqual([
        ['river', 'fay', false],
        ['river', 'dee', true],
      ])
    await members().filter({ hasText: 'Dee' }).waitFor()
    await page.getByText('Eva let Dee in.').waitFor()
    expect(await page.getByRole('heading', { name: 'Requests to join' }).count()).toBe(0)
  })

  test('made admin; removed after a question; then the focus is back in Details', async () => {
    await open(HOME, DETAILS)
    await button(/^Cy Okafor/).click()
    await button('Make admin').click()
    await expect.poll(() => called('setRole')).toEqual([['river', 'm-cy', 'admin']])
    await button('Make member').waitFor()
    await button('Remove').click()
    await page.getByText(/From now on Cy Okafor can read nothing/).waitFor()
    expect(await called('removeMember')).toEqual([])
    await button('Remove').click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await called('removeMember')).toEqual([['river', 'm-cy']])
    await expect.poll(() => members().filter({ hasText: 'Cy Okafor' }).count()).toBe(0)
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest('section[aria-label]')?.ariaLabel))
      .toBe('Details of this chat')
  })

  test('what the rules do not allow is not offered', async () => {
    const plain = RIVER_FACTS.members.map((member) => ({ ...member, may: { remove: false, roles: [] } }))
    const facts = { ...RIVER_FACTS, role: 'member' as const, may: { invite: false, settings: false }, members: plain }
    await open({ ...HOME, rooms: { river: facts } }, DETAILS)
    await members().first().waitFor()
    expect(await members().getByRole('button').count()).toBe(0)
    for (const name of ['Edit room', /^Revoke/, /^Let in/]) expect(await button(name).count()).toBe(0)
    expect(await page.getByRole('region').getByRole('button', { name: 'New invite' }).count()).toBe(0)
    await button('Leave room').waitFor()
  })

  test('256 of them: found by name, all on demand, and rows that stay the same are not drawn again', async () => {
    await open({ ...HOME, rooms: { river: CROWD } }, DETAILS)
    await button('Show all 256 members').waitFor()
    expect(await members().count()).toBe(40)
    await page.getByRole('searchbox', { name: 'Find a member' }).fill('guest 21')
    await expect.poll(() => members().count()).toBe(10)
    await page.getByRole('searchbox', { name: 'Find a member' }).fill('nobody')
    await page.getByText('Nobody in this room has that name.').waitFor()
    await page.getByRole('searchbox', { name: 'Find a member' }).fill('')
    await button('Show all 256 members').click()
    await expect.poll(() => members().count()).toBe(256)
    const changes = await page.evaluate(async (facts) => {
      const list = document.querySelector('ul[aria-label=Members]')
      if (!list) return -1
      let seen = 0
      new MutationObserver((records) => {
        seen += records.length
      }).observe(list, { subtree: true, childList: true, characterData: true, attributes: true })
      const gone = facts.members.map((member) =>
        member.id === 'c3' ? { ...member, link: { kind: 'connecting' as const, step: 'finding' as const } } : member,
      )
      window.uiTest.messenger?.patchRoom('river', { members: gone })
      while (seen === 0) await new Promise(requestAnimationFrame)
      return seen
    }, CROWD)
    expect(changes).toBeLessThan(6)
  })
})

describe('the room itself', () => {
  test('name, topic and picture: only what changed is sent; the picture is small and nothing of its file is left', async () => {
    await open(HOME, DETAILS)
    await button('Edit room').click()
    const noise = await page.evaluate(async () => {
      const canvas = document.createElement('canvas')
      // no larger than it is kept: made smaller, noise would turn into even grey, which fits at once
      canvas.width = canvas.height = 432
      const context = canvas.getContext('2d')
      if (!context) return []
      const pixels = context.createImageData(432, 432)
      let state = 1
      for (let i = 0; i < pixels.data.length; i++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
        pixels.data[i] = i % 4 === 3 ? 255 : state >>> 24
      }
      context.putImageData(pixels, 0, 0)
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.9))
      return [...new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0))]
    })
    // what a camera adds: an APP1 segment behind the first marker
    const note = Buffer.from('Exif\0\0TAKEN AT HOME')
    const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, note.length + 2]), note])
    const photo = Buffer.concat([Buffer.from(noise.slice(0, 2)), segment, Buffer.from(noise.slice(2))])
    expect(photo.length).toBeGreaterThan(LIMITS.pictureBytes)
    const file = page.locator('input[type=file]')
    await file.setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') })
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/cannot read this file/)
    await file.setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: photo })
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await page.getByRole('textbox', { name: 'Room name' }).fill('River boat')
    await button('Save').click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const sent = await page.evaluate(() => {
      const [, change] = window.uiTest.messenger?.calls.find(({ command }) => command === 'setRoom')?.args ?? []
      const { name, topic, picture } = change as { name: string; topic: string | null; picture: Uint8Array }
      return { name, topic, picture: [...picture] }
    })
    expect(sent).toMatchObject({ name: 'River boat', topic: null })
    expect(sent.picture.length).toBeLessThanOrEqual(LIMITS.pictureBytes)
    const bytes = Buffer.from(sent.picture)
    expect(bytes.subarray(8, 12).toString('latin1')).toBe('WEBP')
    expect(bytes.includes('TAKEN AT HOME')).toBe(false)
    await page.getByRole('heading', { name: 'River boat' }).waitFor()

    await button('Edit room').click()
    await button('Remove picture').click()
    await button('Save').click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect((await called('setRoom'))?.[1]?.[1]).toEqual({ name: null, topic: null, picture: 'none' })
  })

  test('names stand over what others wrote, once a run; two of one name are two', async () => {
    const wrote = (id: string, who: string, hue: number) =>
      ({ kind: 'message', id, mine: false, authorName: 'Sam', sentAtMs: NOW_MS, text: id, tick: null, author: { id: who, hue } }) as const
    await open({ ...HOME, histories: { river: { items: [wrote('one', 'a', 10), wrote('two', 'a', 10), wrote('three', 'b', 200)] } } })
    await page.getByRole('article').last().waitFor()
    const shown = await page.getByRole('article').evaluateAll((articles) =>
      articles.map((article) => {
        const name = [...article.querySelectorAll('bdi')].find(({ textContent }) => textContent === 'Sam')
        return name ? getComputedStyle(name).color : null
      }),
    )
    expect(shown[0]).not.toBeNull()
    expect(shown[1]).toBeNull()
    expect(shown[2]).not.toBeNull()
    expect(shown[2]).not.toBe(shown[0])
  })

  test('a tick says in words who keeps it', async () => {
    await open()
    const tick = page.getByRole('article').last().getByRole('img', { name: 'Held', exact: true })
    expect(await tick.locator('title').textContent()).toBe('Kept by another member until everybody has it')
  })

  test.each([
    ['joining', /^You were let in/],
    ['removed', /^You were removed/],
    ['left', /^You left/],
  ] as const)('%s: a sentence in place of the field', async (standing, words) => {
    await open(river({ standing, link: { kind: 'offline', lastHeardMs: null, problem: null } }))
    await page.getByText(words).last().waitFor()
    expect(await page.getByRole('textbox', { name: 'Message' }).count()).toBe(0)
    await button('Details').click()
    await page.getByRole('heading', { name: 'Members' }).waitFor()
    for (const name of ['Leave room', 'Edit room', /^Revoke/]) expect(await button(name).count()).toBe(0)
  })

  test('leaving tells the last owner who is owner then', async () => {
    await open(HOME, DETAILS)
    await button('Leave room').click()
    await page.getByText('You are its last owner. Ada Moreau becomes the owner.').waitFor()
    await button('Leave').click()
    await expect.poll(() => called('leaveRoom')).toEqual([['river']])
    await page.getByText(/^You left this room/).waitFor()
  })

  test('what changes while Details is open is asked for again', async () => {
    await open(HOME, DETAILS)
    await members().first().waitFor()
    await page.evaluate(() => window.uiTest.messenger?.patchRoom('river', { topic: 'Boats only' }))
    await page.getByRole('region').getByText('Boats only').waitFor()
  })

  test('a part that cannot be loaded says so, and is tried again', async () => {
    page = await ui.open()
    // a failed load is on the console whatever the page does
    ui.except(/Failed to load resource|ERR_FAILED/)
    const chunk =
      [...ui.site().files].find(([path, bytes]) => path.endsWith('.js') && path.includes('rooms') && bytes.length > 0)?.[0] ?? ''
    expect(chunk).not.toBe('')
    await page.route(`**${chunk}*`, (route) => route.abort())
    await show(page, HOME, DETAILS)
    await page.getByText(/^This part of Sotto could not be loaded/).waitFor()
    await page.unroute(`**${chunk}*`)
    await button('Try again').waitFor()
    await page.getByRole('textbox', { name: 'Message' }).waitFor()
  })
})

test('closing asks only while it would keep messages from everybody, and the list says so', async () => {
  await open(HOME)
  const asked: string[] = []
  page.on('dialog', (dialog) => {
    asked.push(dialog.type())
    void dialog.dismiss()
  })
  await page.evaluate(() => window.uiTest.messenger?.patch({ unheld: 2 }))
  await page.getByText(/^2 messages are on this device only/).waitFor()
  // a browser asks only somebody who did something
  await page.getByRole('textbox', { name: 'Message' }).click()
  await page.close({ runBeforeUnload: true })
  await expect.poll(() => asked).toEqual(['beforeunload'])
  await page.evaluate(() => window.uiTest.messenger?.patch({ unheld: 0 }))
  await page.getByText(/on this device only/).waitFor({ state: 'detached' })
  const closed = page.waitForEvent('close')
  await page.close({ runBeforeUnload: true })
  await closed
  expect(asked).toEqual(['beforeunload'])
})
