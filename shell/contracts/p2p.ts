/**
 * The ports of the messaging engine towards the network, and what the p2p remote exposes to the shell.
 */
import type { Cryptography } from './cryptography.ts'
import type { BrokerId, SessionId } from './ids.ts'
import type { Messenger } from './ui.ts'
import type { BrokerClaim } from './wire/broker-claim.ts'
import type { SignalBody } from './wire/signal.ts'

// --- broker: sealed blobs between broker ids, over any PeerJS-compatible server

export type BrokerEvent =
  | { readonly kind: 'listening'; readonly id: BrokerId }
  | { readonly kind: 'down'; readonly id: BrokerId; readonly reason: 'closed' | 'unreachable' | 'id-taken' | 'refused' }
  /** `from` is the broker's word and proves nothing. */
  | { readonly kind: 'blob'; readonly to: BrokerId; readonly from: string; readonly blob: Uint8Array<ArrayBuffer> }
  /** The broker says that nobody took a blob that we sent to `to`. */
  | { readonly kind: 'absent'; readonly to: BrokerId }

/** Answers a broker's challenge for an id with the key whose hash it is. A rejection is a registration refused. */
export type ProveId = (host: string, nonce: Uint8Array) => Promise<BrokerClaim>

export interface Broker {
  /**
   * Registers `id` and keeps it registered (back-off inside) until `unlisten`. `prove` shows a broker of ours that the
   * id is our own; `token` proves continuity to a stock one.
   */
  listen(id: BrokerId, token: string, prove: ProveId): void
  unlisten(id: BrokerId): void
  /** `false` when `from` is not registered now: nothing was sent. */
  send(from: BrokerId, to: BrokerId, kind: 'offer' | 'answer' | 'candidate', blob: Uint8Array): boolean
  /** Network is back, page shown: try again now. */
  wake(): void
  close(): void
}

// --- RTC: one native RTCPeerConnection a session

export type Channel = 'control' | 'live' | 'bulk'

export type RtcEvent =
  /** To be sealed and sent to the peer. */
  | { readonly kind: 'signal'; readonly session: SessionId; readonly body: SignalBody }
  /** `control` is open in both directions; fingerprints are those of the connection as it is (32 bytes each). */
  | {
      readonly kind: 'open'
      readonly session: SessionId
      readonly role: 'offerer' | 'answerer'
      readonly fingerprints: { readonly offerer: Uint8Array; readonly answerer: Uint8Array }
    }
  | { readonly kind: 'message'; readonly session: SessionId; readonly channel: Channel; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'ice'; readonly session: SessionId; readonly state: RTCIceConnectionState }
  /** bufferedAmount fell below the low-water mark. */
  | { readonly kind: 'drained'; readonly session: SessionId; readonly channel: Channel }
  /**
   * The end of the session, for whatever reason; nothing follows. 'fingerprint' = it changed under way; 'no-relay' = only
   * relays may be used, and there is none: no connection was made.
   */
  | {
      readonly kind: 'closed'
      readonly session: SessionId
      readonly reason: 'closed' | 'failed' | 'fingerprint' | 'protocol' | 'no-relay'
    }

/** How a link runs now, measured (getStats). */
export interface LinkStats {
  readonly path: 'direct' | 'relayed' | 'unknown'
  readonly localCandidate: string | null
  readonly remoteCandidate: string | null
  readonly protocol: string | null
  readonly roundTripMs: number | null
  readonly bytesSent: number
  readonly bytesReceived: number
}

export interface Rtc {
  /**
   * Makes the RTCPeerConnection. The initiator makes the channels and the first offer; the other waits for
   * `signal`. Perfect negotiation from then on: the initiator is impolite.
   */
  open(session: SessionId, initiator: boolean): void
  signal(session: SessionId, body: SignalBody): void
  /** Queues whole messages; pads and chunks on control and live. `false` above the high-water mark: wait for 'drained'. */
  send(session: SessionId, channel: Channel, message: Uint8Array): boolean
  restartIce(session: SessionId): void
  /** Sessions opened from now on use relays only; without one they close with 'no-relay'. Open ones stay as they are. */
  setRelayOnly(on: boolean): void
  stats(session: SessionId): Promise<LinkStats | null>
  close(session: SessionId): void
}

// --- the remote

/** What the operator's page configures. No default names a third party. */
export interface NetworkConfig {
  readonly broker: { readonly host: string; readonly port: number; readonly path: string; readonly secure: boolean }
  readonly iceServers: readonly RTCIceServer[]
}

export interface P2pRemote {
  readonly CONTRACT_VERSION: number
  /** Opens storage, the broker and the engine. */
  create(options: {
    readonly cryptography: Cryptography
    readonly network: NetworkConfig
    /** The page's URL without fragment: what invite links start with. */
    readonly pageUrl: string
  }): Promise<Messenger>
}
