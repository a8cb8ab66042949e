/** A person at a Chromium page (Playwright). */
import type { BrowserContext, Page } from 'playwright-core'
import { type Person, readMessages, until } from './person.ts'
import { watchPage } from './watch.ts'

export interface ChromiumPerson extends Person {
  readonly page: Page
  readonly context: BrowserContext
}

/** Takes a context of its own, so that each person has storage of their own. The page is watched (watch.ts). */
export async function chromiumPerson(name: string, context: BrowserContext): Promise<ChromiumPerson> {
  const page = context.pages()[0] ?? (await context.newPage())
  page.setDefaultTimeout(20_000)
  await watchPage(page)
  const byRole = page.getByRole.bind(page)

  /** Invites that were given away. */
  const given = new Set<string>()

  const fillName = async () => {
    await byRole('textbox', { name: 'Your name' }).fill(name)
  }

  return {
    name,
    page,
    context,
    goto: async (url) => {
      await page.goto(url)
    },
    reload: async () => {
      await page.reload()
    },
    start: async () => {
      await fillName()
      await byRole('button', { name: 'Start', exact: true }).click()
      await byRole('navigation', { name: 'Chats' }).waitFor()
    },
    invite: async () => {
      await byRole('button', { name: 'New invite', exact: true }).first().click()
      const dialog = byRole('dialog', { name: 'New invite' })
      const link = dialog.getByRole('textbox', { name: 'Invite link' })
      let url = await until(
        'an invite link',
        () => link.inputValue(),
        (value) => value.includes('#i='),
      )
      if (given.has(url)) {
        await dialog.getByRole('button', { name: 'New link' }).click()
        url = await until(
          'another invite link',
          () => link.inputValue(),
          (value) => value.includes('#i=') && !given.has(value),
        )
      }
      given.add(url)
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'hidden' })
      return url
    },
    accept: async (url) => {
      // a fragment alone would not load the page anew
      await page.goto('about:blank')
      await page.goto(url)
      const accept = byRole('button', { name: 'Accept invite' })
      await accept.waitFor()
      if (await byRole('textbox', { name: 'Your name' }).isVisible()) await fillName()
      const clickedMs = performance.now()
      await accept.click()
      return clickedMs
    },
    openChat: async (chat) => {
      const heading = byRole('heading', { name: chat, exact: true })
      if (await heading.isVisible()) return
      await byRole('navigation', { name: 'Chats' })
        .getByRole('link', { name: new RegExp(`^${chat}`) })
        .first()
        .click()
      await byRole('log', { name: 'Messages' }).waitFor()
    },
    send: async (text) => {
      await byRole('textbox', { name: 'Message', exact: true }).fill(text)
      await byRole('button', { name: 'Send', exact: true }).click()
      await until(
        'an empty composer',
        () => byRole('textbox', { name: 'Message', exact: true }).inputValue(),
        (value) => value === '',
      )
    },
    untilStatus: async (word, timeoutMs = 15_000) => {
      await until(
        `status ${word}`,
        () => page.getByRole('status').allInnerTexts(),
        (texts) => texts.some((text) => text.includes(word)),
        timeoutMs,
      )
    },
    text: () => page.evaluate(() => document.body.textContent ?? ''),
    messages: () => page.evaluate(readMessages),
    close: () => context.close(),
  }
}
