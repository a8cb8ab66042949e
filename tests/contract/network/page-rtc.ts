/** The browser's Rtc adapter in two pages, with the test as the post between them. */
import { expect } from 'vitest'
import type { SessionId } from '#contracts/ids.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'
import type { Hook, RtcEnd, RtcHarness } from '../rtc-suite.ts'
import { launch, type Opened, openPage, type Site, startSite } from './pages.ts'

const WITHIN_MS = 30_000

export interface PagePair extends RtcHarness {
  readonly pages: Readonly<Record<'a' | 'b', Opened>>
  readonly site: Site
}

function endIn({ page }: Opened): RtcEnd {
  return {
    open: (session, initiator) =>
      page.evaluate(([session, initiator]) => network.rtc.open(session, initiator), [session, initiator] as const),
    signal: (session, body) => page.evaluate(([session, body]) => network.rtc.signal(session, body), [session, body] as const),
    send: (session, channel, message) =>
      page.evaluate(([session, channel, message]) => network.rtcSend(session, channel, message), [session, channel, message] as const),
    flood: (session, channel, length, count) =>
      page.evaluate(([session, channel, length, count]) => network.flood(session, channel, length, count), [
        session,
        channel,
        length,
        count,
      ] as const),
    restartIce: (session) => page.evaluate((session) => network.rtc.restartIce(session), session),
    stats: (session) => page.evaluate((session) => network.rtc.stats(session), session),
    close: (session) => page.evaluate((session) => network.rtc.close(session), session),
    next: (match) => page.evaluate(([match, ms]) => network.rtcNext(match, ms), [match, WITHIN_MS] as const),
    count: (match) => page.evaluate((match) => network.rtcCount(match), match),
  }
}

export async function startPagePair(): Promise<PagePair> {
  const site = await startSite()
  const browser = await launch()
  const pages = { a: await openPage(browser, site.url), b: await openPage(browser, site.url) }
  const ends = { a: endIn(pages.a), b: endIn(pages.b) }
  const hooks = new Map<SessionId, Hook>()
  const post: Record<'a' | 'b', Promise<void>> = { a: Promise.resolve(), b: Promise.resolve() }

  for (const from of ['a', 'b'] as const) {
    const to = from === 'a' ? 'b' : 'a'
    await pages[from].page.exposeFunction('post', (text: string) => {
      const body = JSON.parse(text) as SignalBody
      const passed = hooks.get(body.session)?.(from, body) ?? [body]
      post[from] = post[from].then(async () => {
        for (const one of passed) await pages[to].page.evaluate((one) => network.receive(one), one)
      })
      // A page that is closed takes no post; the test is over then.
      post[from].catch(() => undefined)
    })
    await pages[from].page.evaluate(() =>
      network.carry((body) => (globalThis as unknown as { post(text: string): void }).post(JSON.stringify(body))),
    )
  }
  return {
    ...ends,
    pages,
    site,
    hook: (session, hook) => hooks.set(session, hook),
    settle: async () => {
      await post.a
      await post.b
    },
    end: async () => {
      const complaints = [...pages.a.complaints, ...pages.b.complaints]
      await browser.close()
      await site.close()
      expect(complaints).toEqual([])
    },
  }
}
