/** Two people at pages of one site who talk already: what a test file about talking begins with. */
import type { Browser } from 'playwright-core'
import { connect, type Pair, pairOf } from './pair.ts'
import { buildOnce, launchChromium, type Site, startSite } from './site.ts'

export interface TalkingPair extends Pair {
  readonly site: Site
  readonly browser: Browser
  close(): Promise<void>
}

export async function talkingPair(): Promise<TalkingPair> {
  await buildOnce()
  const site = await startSite()
  const browser = await launchChromium()
  const pair = await pairOf(browser)
  await connect(pair.ada, pair.bo, site.url)
  return {
    ...pair,
    site,
    browser,
    close: async () => {
      await browser.close()
      await site.close()
    },
  }
}
