/** The links of a browser: the link manager on a PeerJS-compatible broker and on native connections. Loaded when there is an identity. */
import type { NetworkConfig } from '#contracts/p2p.ts'
import { PeerJsBroker } from './adapters/broker.ts'
import { browserEnv } from './adapters/env.ts'
import type { Relays } from './adapters/relays.ts'
import { BrowserRtc } from './adapters/rtc.ts'
import { BrowserTimers } from './adapters/timers.ts'
import type { Links } from './core/link/api.ts'
import { createLinks, type LinksOptions } from './core/link/manager.ts'

export const browserLinks = (
  server: NetworkConfig['broker'],
  relays: Relays,
  options: Omit<LinksOptions, 'broker' | 'rtc' | 'env' | 'timers'>,
): Links =>
  createLinks({
    ...options,
    broker: (onEvent) =>
      new PeerJsBroker({ server, random: browserEnv.random, onEvent, onRelaysOffered: (id, token) => relays.renew(id, token) }),
    rtc: (onEvent) => new BrowserRtc({ relays, random: browserEnv.random, onEvent }),
    env: browserEnv,
    timers: new BrowserTimers(),
  })
