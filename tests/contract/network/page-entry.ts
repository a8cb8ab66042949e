/** What the network tests run inside a page: the two adapters, each with a recorder of its events. */
import { codeOf } from '#contracts/errors.ts'
import { type BrokerId, fromHex, type SessionId } from '#contracts/ids.ts'
import type { Channel, NetworkConfig, RtcEvent } from '#contracts/p2p.ts'
import { type BrokerClaim, claimBytes } from '#contracts/wire/broker-claim.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'
import { PeerJsBroker } from '../../../remotes/p2p/adapters/broker.ts'
import { Relays } from '../../../remotes/p2p/adapters/relays.ts'
import { BrowserRtc } from '../../../remotes/p2p/adapters/rtc.ts'
import { RawPeers } from './raw-peer.ts'
import { bytesOf, type Match, type Pattern, Recorder } from './recorder.ts'

const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length))

/** What a call that may be refused came to. */
export type Sent = boolean | 'too-large'

function sent(call: () => boolean): Sent {
  try {
    return call()
  } catch (thrown) {
    if (codeOf(thrown) === 'too-large') return 'too-large'
    throw thrown
  }
}

const brokers: { readonly broker: PeerJsBroker; readonly recorder: Recorder }[] = []
const rtcRecorder = new Recorder()
/** How this end's signals leave: set by the test. */
let carry: (body: SignalBody) => void = () => undefined
/** Drained sessions go on sending what `flood` was asked for. */
let flood: {
  readonly session: SessionId
  readonly channel: Channel
  readonly length: number
  next: number
  readonly count: number
} | null = null

/** The relays of this page: none, until a broker offers some. */
let relays: Relays | null = null

const rtc = new BrowserRtc({
  relays: {
    get only() {
      return relays?.only ?? false
    },
    set only(on) {
      relays ??= new Relays({ server: { host: '', port: 0, path: '', secure: false }, iceServers: [], fetch, now: () => 0 })
      relays.only = on
    },
    configuration: () => (relays === null ? { iceServers: [] } : relays.configuration()),
  },
  random,
  onEvent: (event: RtcEvent) => {
    rtcRecorder.push(event)
    if (event.kind === 'signal') carry(event.body)
    if (event.kind === 'drained') pour()
  },
})

/** Sends until refused. Returns whether it was. */
function pour(): boolean {
  while (flood !== null && flood.next < flood.count) {
    if (!rtc.send(flood.session, flood.channel, bytesOf({ length: flood.length, seed: flood.next }))) return true
    flood.next += 1
  }
  return false
}

/** Signs a broker's challenge as the cryptography Worker does. `seed` in hex (RFC 8032), here as PKCS #8 (RFC 8410). */
const prover =
  (seed: string) =>
  async (host: string, nonce: Uint8Array): Promise<BrokerClaim> => {
    const pkcs8 = fromHex(`302e020100300506032b657004220420${seed}`)
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
    const { x = '' } = await crypto.subtle.exportKey('jwk', key)
    const publicKey = Uint8Array.from(atob(x.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0))
    return { key: publicKey, signature: new Uint8Array(await crypto.subtle.sign('Ed25519', key, claimBytes(host, nonce))) }
  }

const rawPeers = new RawPeers((body) => carry(body))

const tools = {
  raw: rawPeers,

  /** Makes a broker client and returns its number. */
  broker(server: NetworkConfig['broker']): number {
    const recorder = new Recorder()
    const offered = new Relays({ server, iceServers: [], fetch: (...request) => fetch(...request), now: () => performance.now() })
    const onRelaysOffered = async (id: BrokerId, token: string): Promise<void> => {
      await offered.renew(id, token)
      relays = offered
    }
    brokers.push({ broker: new PeerJsBroker({ server, random, onEvent: (event) => recorder.push(event), onRelaysOffered }), recorder })
    return brokers.length - 1
  },
  /** `seed`: of the key whose hash the id is, or of another. */
  listen: (n: number, id: BrokerId, token: string, seed: string) => brokers[n]?.broker.listen(id, token, prover(seed)),
  unlisten: (n: number, id: BrokerId) => brokers[n]?.broker.unlisten(id),
  brokerSend: (n: number, from: BrokerId, to: BrokerId, kind: 'offer' | 'answer' | 'candidate', blob: Pattern): Sent =>
    sent(() => brokers[n]?.broker.send(from, to, kind, bytesOf(blob)) ?? false),
  wake: (n: number) => brokers[n]?.broker.wake(),
  brokerClose: (n: number) => brokers[n]?.broker.close(),
  brokerNext: (n: number, match: Match, withinMs: number) => brokers[n]?.recorder.next(match, withinMs),
  brokerCount: (n: number, match: Match) => brokers[n]?.recorder.count(match) ?? 0,

  rtc,
  relayOnly: () => rtc.setRelayOnly(true),
  hasRelay: (): boolean => relays?.available ?? false,
  /** A signal of the other page, for whichever peer holds its session here. */
  receive: (body: SignalBody) => {
    if (!rawPeers.receive(body)) rtc.signal(body.session, body)
  },
  carry: (next: (body: SignalBody) => void) => {
    carry = next
  },
  rtcSend: (session: SessionId, channel: Channel, message: Pattern): Sent => sent(() => rtc.send(session, channel, bytesOf(message))),
  /** Sends `count` messages of `length`, seeds 0 and up, waiting for 'drained' when refused. Returns whether it was refused. */
  flood: (session: SessionId, channel: Channel, length: number, count: number): boolean => {
    flood = { session, channel, length, next: 0, count }
    return pour()
  },
  rtcNext: (match: Match, withinMs: number) => rtcRecorder.next(match, withinMs),
  rtcCount: (match: Match) => rtcRecorder.count(match),
}

export type Network = typeof tools

declare global {
  var network: Network
}
globalThis.network = tools
