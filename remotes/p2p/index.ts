/** The p2p remote, as the shell loads it: the messaging engine with the browser's adapters. */
import type { P2pRemote } from '#contracts/p2p.ts'
import { browserEnv } from './adapters/env.ts'
import { IndexedDbStore } from './adapters/indexeddb.ts'
import { browserPage, isPhone } from './adapters/page.ts'
import { Relays } from './adapters/relays.ts'
import { BrowserTimers } from './adapters/timers.ts'
import { lateLinks } from './core/link/late.ts'
import { createMessenger } from './core/messenger.ts'

export { CONTRACT_VERSION } from '#contracts/version.ts'

const DATABASE = 'sotto'

/**
 * Opens storage and takes it over; the messenger's view says when everything is read. Rejects
 * 'storage-failed' if there is no storage at all.
 */
export const create: P2pRemote['create'] = async ({ cryptography, network, pageUrl }) => {
  const { broker, iceServers } = network
  const store = await IndexedDbStore.open(DATABASE)
  const page = new URL(pageUrl)
  const relays = new Relays({ server: broker, iceServers, fetch: (...request) => fetch(...request), now: () => performance.now() })
  return createMessenger({
    cryptography,
    store,
    env: browserEnv,
    timers: new BrowserTimers(),
    page: browserPage,
    phone: isPhone(),
    pageUrl,
    infrastructure: {
      signalling: { host: broker.host, selfHosted: broker.host === page.hostname },
      staticHost: { host: page.hostname },
      relay: {
        get configured() {
          return relays.available
        },
      },
    },
    links: (options) =>
      lateLinks(
        async () => {
          const { browserLinks } = await import('./links.ts')
          return browserLinks(broker, relays, { cryptography, ...options })
        },
        (delayMs, fire) => void setTimeout(fire, delayMs),
      ),
  })
}
