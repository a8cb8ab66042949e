/** The browser's Broker adapter as the suite sees it: with as many clients in a page as one likes. */
import type { NetworkConfig } from '#contracts/p2p.ts'
import { type BrokerClient, seedOf } from '../broker-suite.ts'
import type { Opened } from './pages.ts'

/** Longer than a back-off in full swing on a busy machine. */
const WITHIN_MS = 30_000

export type PageBroker = BrokerClient & { readonly opened: Opened; wake(): Promise<void> }

/** A client in `opened`, which may hold several. */
export async function clientIn(opened: Opened, server: NetworkConfig['broker']): Promise<PageBroker> {
  const { page } = opened
  const n = await page.evaluate((at) => network.broker(at), server)
  return {
    opened,
    listen: (id, token, keyOf = id) =>
      page.evaluate(([n, id, token, seed]) => network.listen(n, id, token, seed), [n, id, token, seedOf(keyOf)] as const),
    unlisten: (id) => page.evaluate(([n, id]) => network.unlisten(n, id), [n, id] as const),
    send: (from, to, kind, blob) =>
      page.evaluate(([n, from, to, kind, blob]) => network.brokerSend(n, from, to, kind, blob), [n, from, to, kind, blob] as const),
    wake: () => page.evaluate((n) => network.wake(n), n),
    close: () => page.evaluate((n) => network.brokerClose(n), n),
    next: async (match) =>
      (await page.evaluate(([n, match, ms]) => network.brokerNext(n, match, ms), [n, match, WITHIN_MS] as const)) ?? {},
    count: (match) => page.evaluate(([n, match]) => network.brokerCount(n, match), [n, match] as const),
  }
}
