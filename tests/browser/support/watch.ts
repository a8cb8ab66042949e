/** Eyes on pages: what must not happen in any of them, whatever a test is about. */
import type { Page as ChromiumPage } from 'playwright-core'
import type { Page as FirefoxPage } from 'puppeteer-core'

export interface Watch {
  /** Console errors, uncaught errors, policy reports, requests to another origin; in order. */
  problems(): readonly string[]
}

/** All pages that this test file has watched, those that are closed too. */
const watched: Watch[] = []
export const watches = (): readonly Watch[] => watched

/** Runs in the page: a refusal by its policy becomes a console error. */
function tellReports(): void {
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error('sotto-policy-report', event.effectiveDirective, event.blockedURI, event.sourceFile, event.sample)
  })
}

/** The origin is that of the first page loaded; from then on everything must go there. */
class Log implements Watch {
  private readonly seen: string[] = []
  private origin: string | null = null

  constructor() {
    watched.push(this)
  }

  problems(): readonly string[] {
    return this.seen
  }

  note(problem: string): void {
    this.seen.push(problem)
  }

  request(url: string, isNavigation: boolean): void {
    const { protocol, origin } = new URL(url)
    if (!protocol.startsWith('http')) return
    if (this.origin === null && isNavigation) this.origin = origin
    if (origin !== this.origin) this.note(`another origin: ${url}`)
  }

  socket(url: string): void {
    if (this.origin !== null && new URL(url).host !== new URL(this.origin).host) this.note(`another origin: ${url}`)
  }
}

/** Watches a page from now on, through its later navigations too. Call it before the first `goto`. */
export async function watchPage(page: ChromiumPage): Promise<Watch> {
  const log = new Log()
  await page.addInitScript(tellReports)
  page.on('console', (message) => {
    if (message.type() === 'error') log.note(`console: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => log.note(`uncaught: ${error.message}`))
  page.on('request', (request) => log.request(request.url(), request.isNavigationRequest()))
  page.on('websocket', (socket) => log.socket(socket.url()))
  return log
}

/** The same in Firefox, which by this protocol tells of no WebSocket. */
export async function watchFirefoxPage(page: FirefoxPage): Promise<Watch> {
  const log = new Log()
  await page.evaluateOnNewDocument(tellReports)
  page.on('console', (message) => {
    if (message.type() === 'error') log.note(`console: ${message.text()} (${message.location().url ?? ''})`)
  })
  page.on('pageerror', (error) => log.note(`uncaught: ${error instanceof Error ? error.message : String(error)}`))
  page.on('request', (request) => log.request(request.url(), request.isNavigationRequest()))
  return log
}
