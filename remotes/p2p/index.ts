/** The p2p remote, as the shell loads it: the messaging engine with the browser's adapters. */
import type { P2pRemote } from '#contracts/p2p.ts'
import { PeerJsBroker } from './adapters/broker.ts'
import { browserEnv } from './adapters/env.ts'
import { IndexedDbStore } from './adapters/indexeddb.ts'
import { browserPage } from './adapters/page.ts'
import { BrowserRtc } from './adapters/rtc.ts'
import { BrowserTimers } from './adapters/timers.ts'
import { createLinks } from './core/link/manager.ts'
import { createMessenger } from './core/messenger.ts'

export { CONTRACT_VERSION } from '#contracts/version.ts'

const DATABASE = 'sotto'
const isRelay = ({ urls }: RTCIceServer): boolean => [urls].flat().some((url) => /^turns?:/i.test(url))

/**
 * Opens storage and takes it over; the messenger's view says when everything is read. Rejects
 * 'storage-failed' if there is no storage at all.
 */
export const create: P2pRemote['create'] = async ({ cryptography, network, pageUrl }) => {
  const { broker, iceServers } = network
  const store = await IndexedDbStore.open(DATABASE)
  const page = new URL(pageUrl)
  return createMessenger({
    cryptography,
    store,
    env: browserEnv,
    timers: new BrowserTimers(),
    page: browserPage,
    pageUrl,
    infrastructure: {
      signalling: { host: broker.host, selfHosted: broker.host === page.hostname },
      staticHost: { host: page.hostname },
      relay: { configured: iceServers.some(isRelay) },
    },
    links: ({ identity, tokenSeed, introductions, emit }) =>
      createLinks({
        cryptography,
        broker: (onEvent) => new PeerJsBroker({ server: broker, random: browserEnv.random, onEvent }),
        rtc: (onEvent) => new BrowserRtc({ iceServers, random: browserEnv.random, onEvent }),
        env: browserEnv,
        timers: new BrowserTimers(),
        identity,
        tokenSeed,
        introductions,
        emit,
      }),
  })
}
