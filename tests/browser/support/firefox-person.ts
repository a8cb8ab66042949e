/** A person at a Firefox ESR page (WebDriver BiDi by puppeteer-core). */
import type { Browser, ElementHandle, Page } from 'puppeteer-core'
import puppeteer from 'puppeteer-core'
import { type Person, readMessages, until } from './person.ts'
import { watchFirefoxPage } from './watch.ts'

export const FIREFOX_PATH = '/usr/bin/firefox-esr'

/** A fresh Firefox process with a profile of its own. */
export const launchFirefox = (): Promise<Browser> => puppeteer.launch({ browser: 'firefox', executablePath: FIREFOX_PATH, headless: true })

export interface FirefoxPerson extends Person {
  readonly page: Page
}

/** Takes a whole browser: BiDi has one storage a process here. The page is watched (watch.ts). */
export async function firefoxPerson(name: string, browser: Browser): Promise<FirefoxPerson> {
  const page = await browser.newPage()
  page.setDefaultTimeout(20_000)
  await watchFirefoxPage(page)
  const locate = (role: string, accessibleName: string) => page.locator(`::-p-aria([name="${accessibleName}"][role="${role}"])`)
  const exists = async (role: string, accessibleName: string) =>
    (await page.$(`::-p-aria([name="${accessibleName}"][role="${role}"])`)) !== null

  let field: ElementHandle<Node> | null = null
  /** Invites that were given away. */
  const given = new Set<string>()

  return {
    name,
    page,
    goto: async (url) => {
      await page.goto(url)
    },
    reload: async () => {
      field = null
      await page.reload()
    },
    start: async () => {
      await locate('textbox', 'Your name').fill(name)
      await locate('button', 'Start').click()
      await locate('navigation', 'Chats').wait()
    },
    invite: async () => {
      await locate('button', 'New invite').click()
      const link = await locate('textbox', 'Invite link').waitHandle()
      const shown = () => link.evaluate((element) => (element as HTMLInputElement).value)
      let url = await until('an invite link', shown, (value) => value.includes('#i='))
      if (given.has(url)) {
        await locate('button', 'New link').click()
        url = await until('another invite link', shown, (value) => value.includes('#i=') && !given.has(value))
      }
      given.add(url)
      await page.keyboard.press('Escape')
      return url
    },
    accept: async (url) => {
      field = null
      await page.goto('about:blank')
      await page.goto(url)
      await locate('button', 'Accept invite').wait()
      if (await exists('textbox', 'Your name')) await locate('textbox', 'Your name').fill(name)
      const clickedMs = performance.now()
      await locate('button', 'Accept invite').click()
      return clickedMs
    },
    openChat: async (chat) => {
      await until(
        `chat ${chat}`,
        async () =>
          (await exists('heading', chat)) ||
          page.evaluate((wanted) => {
            // the accessible name leaves out what is hidden from it, such as an avatar's letter
            const nameOf = (link: HTMLElement) => {
              const copy = link.cloneNode(true) as HTMLElement
              for (const hidden of copy.querySelectorAll('[aria-hidden="true"]')) hidden.remove()
              return (link.getAttribute('aria-label') ?? copy.textContent ?? '').trim()
            }
            const link = [...document.querySelectorAll<HTMLElement>('nav[aria-label="Chats"] a')].find((a) => nameOf(a).startsWith(wanted))
            link?.click()
            return link !== undefined
          }, chat),
        (open) => open,
      )
      await locate('log', 'Messages').wait()
    },
    send: async (text) => {
      // an editing command and a real key, without the locators' waits for a page at rest and a round trip a character
      field ??= await locate('textbox', 'Message').waitHandle()
      await field.focus()
      await page.evaluate((typed) => document.execCommand('insertText', false, typed), text)
      await page.keyboard.press('Enter')
      const sent = field
      await until(
        'the field to empty',
        () => sent.evaluate((element) => (element as HTMLTextAreaElement).value),
        (value) => value === '',
      )
    },
    untilStatus: async (word, timeoutMs = 15_000) => {
      await until(
        `status ${word}`,
        () => page.evaluate(() => [...document.querySelectorAll('[role="status"]')].map((status) => status.textContent ?? '')),
        (texts) => texts.some((text) => text.includes(word)),
        timeoutMs,
      )
    },
    text: () => page.evaluate(() => document.body.textContent ?? ''),
    messages: () => page.evaluate(readMessages),
    close: () => browser.close(),
  }
}
