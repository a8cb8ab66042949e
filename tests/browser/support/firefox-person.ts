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
      // By the document, not by the driver's accessible names: those take it longer the more messages there are, 20 s for 200.
      await until(
        `chat ${chat}`,
        () =>
          page.evaluate((wanted) => {
            // the accessible name leaves out what is hidden from it, such as an avatar's letter
            const nameOf = (element: HTMLElement) => {
              const copy = element.cloneNode(true) as HTMLElement
              for (const hidden of copy.querySelectorAll('[aria-hidden="true"]')) hidden.remove()
              return (element.getAttribute('aria-label') ?? copy.textContent ?? '').trim()
            }
            if ([...document.querySelectorAll<HTMLElement>('h1, h2')].some((heading) => nameOf(heading) === wanted)) return true
            const link = [...document.querySelectorAll<HTMLElement>('nav[aria-label="Chats"] a')].find((a) => nameOf(a).startsWith(wanted))
            link?.click()
            return link !== undefined
          }, chat),
        (open) => open,
      )
      await until(
        `the messages of ${chat}`,
        () => page.evaluate(() => document.querySelector('[role="log"][aria-label="Messages"]') !== null),
        (there) => there,
        20_000,
      )
    },
    send: async (text) => {
      // an editing command and a real key, without the locators' waits for a page at rest and a round trip a character
      field ??= await page.waitForSelector('textarea[aria-label="Message"]')
      if (field === null) throw new Error('no field to write in')
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
