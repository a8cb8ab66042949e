/**
 * A person at a page, in the words of the names contract: roles and accessible names only. One interface,
 * two drivers: Chromium by Playwright, Firefox by WebDriver BiDi.
 */
export interface ShownMessage {
  readonly text: string
  readonly tick: string | null
}

export interface Person {
  readonly name: string
  goto(url: string): Promise<void>
  reload(): Promise<void>
  /** First screen: name and Start. */
  start(): Promise<void>
  /** The URL of an invite that this gave to nobody before; the dialog is closed again. */
  invite(): Promise<string>
  /** Opens an invite's URL and accepts; gives the name first where this page is new. The answer is when it clicked (performance.now). */
  accept(url: string): Promise<number>
  openChat(name: string): Promise<void>
  send(text: string): Promise<void>
  /** Waits until the conversation's status contains the word. */
  untilStatus(word: 'Connected' | 'Connecting' | 'Offline', timeoutMs?: number): Promise<void>
  /** All that the page holds in words. */
  text(): Promise<string>
  /** The messages on the screen, oldest first. */
  messages(): Promise<readonly ShownMessage[]>
  close(): Promise<void>
}

/** Runs in the page: reads the log "Messages". Shared by both drivers. */
export function readMessages(): ShownMessage[] {
  const log = document.querySelector('[role="log"][aria-label="Messages"]')
  return [...(log?.querySelectorAll('article') ?? [])].map((article) => {
    const tick = [...article.querySelectorAll('[role="img"], img, svg[aria-label]')]
      .map((img) => img.getAttribute('aria-label') ?? img.getAttribute('alt') ?? '')
      .find((name) => ['Written', 'Held', 'Delivered', 'Read'].includes(name))
    return { text: article.textContent ?? '', tick: tick ?? null }
  })
}

/** Waits until `read` satisfies `wanted`; fails with the last value seen. */
export async function until<T>(what: string, read: () => Promise<T>, wanted: (value: T) => boolean, timeoutMs = 15_000): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    const value = await read()
    if (wanted(value)) return value
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for: ${what}; last seen: ${JSON.stringify(value)?.slice(0, 2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
