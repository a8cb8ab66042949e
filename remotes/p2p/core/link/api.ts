/**
 * What the rest of the engine sees of links: whom to reach, proven links, whole messages on them. It does
 * not know rooms, entries or storage. Behind it: rendezvous, sealed signalling, consent, the handshake,
 * heartbeat, ICE restart, back-off.
 */
import type { ErrorCode, Refusal } from '#contracts/errors.ts'
import type { DeviceKey, InviteKey, SessionId } from '#contracts/ids.ts'
import type { ProvenPeer, Sealed } from '#contracts/cryptography.ts'
import type { Channel, LinkStats } from '#contracts/p2p.ts'
import type { DeviceRecord } from '#contracts/wire/device-record.ts'
import type { Frame } from '#contracts/wire/frame.ts'

/** A device to stay linked with: a contact, or a member of a shared room. Consent is being in this list. */
export interface LinkPeer {
  readonly device: DeviceKey
  readonly record: DeviceRecord
  /** True: its calls are answered, but it is not called. */
  readonly passive?: boolean
}

/** An own invite to listen on. A spent one is listened on until it expires, to refuse in words. */
export interface OwnInvite {
  readonly key: InviteKey
  readonly secret: Uint8Array
  readonly sealed: Sealed
  readonly expiresMs: number
  /** null while it is open. */
  readonly refuse: Refusal | null
  /** Callers that are let in at the same time; one, unless said. */
  readonly atOnce?: number
}

/** Somebody's invite that this person accepts. */
export interface AcceptedInvite {
  readonly key: InviteKey
  readonly secret: Uint8Array
  readonly expiresMs: number
}

/** Which target a state or a link belongs to. */
export type LinkTarget = { readonly kind: 'device'; readonly device: DeviceKey } | { readonly kind: 'invite'; readonly invite: InviteKey }

export type LinkEvent =
  /** A link is proven: frames may flow. `as` tells how the peer was expected. */
  | {
      readonly kind: 'proven'
      readonly session: SessionId
      readonly peer: ProvenPeer
      readonly as: { readonly kind: 'device' } | { readonly kind: 'inviter' | 'joiner'; readonly invite: InviteKey }
    }
  /** A whole message (reassembled, heartbeat taken out) on a proven link. */
  | { readonly kind: 'message'; readonly session: SessionId; readonly channel: Channel; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'drained'; readonly session: SessionId; readonly channel: Channel }
  | { readonly kind: 'closed'; readonly session: SessionId }
  /** For the person's eyes: the steps of connecting, and a problem worth telling. */
  | {
      readonly kind: 'state'
      readonly target: LinkTarget
      readonly state: 'finding' | 'connecting' | 'proving' | 'connected' | 'offline'
      readonly problem: ErrorCode | null
    }
  /** A call of this device's, or an answer to one, led to no link. */
  | { readonly kind: 'unreached'; readonly device: DeviceKey }
  /** The inviter refused the call in words, or the invite could not be reached at all. */
  | { readonly kind: 'refused'; readonly invite: InviteKey; readonly code: ErrorCode }
  | { readonly kind: 'broker'; readonly state: 'connecting' | 'up' | 'down' }

/** Sealed signalling that a linked device passes on, or asks to have passed on. */
export type RelayFrame = Frame & { readonly kind: 'relay' }

/** Who may introduce whom. Asked anew each time, often: answers should be at hand. */
export interface IntroductionRules {
  /** Devices that may pass on to `target` what this device has to tell it: members of a room that all three share. */
  introducers(target: DeviceKey): readonly DeviceKey[]
  /** Whether this device passes on signals of `from` to `to`: both are members of a room that it shares with them. */
  mayIntroduce(from: DeviceKey, to: DeviceKey): boolean
  /** Whether there is a place for a link with this peer, whose call came; `busy`: those that are linked or being connected. */
  admits?(device: DeviceKey, busy: ReadonlySet<DeviceKey>): boolean
}

/** What has to outlive a reload, so that recorded signalling can't be played to the next life of this page. */
export interface ReplayKeeper {
  /** What `keep` was given last, in an earlier life. */
  readonly kept: ReadonlyMap<DeviceKey, number>
  /** To be stored: for each peer the latest time (Unix ms, by its own clock) that was taken from it. At most once a second. */
  keep(latest: ReadonlyMap<DeviceKey, number>): void
}

export interface Links {
  /** Whom to be linked with from now on; links to devices not listed are closed. */
  setPeers(peers: readonly LinkPeer[]): void
  setInvites(invites: readonly OwnInvite[]): void
  /** Calls the inviter until proven, refused or expired; null gives up. */
  acceptInvite(invite: AcceptedInvite | null): void
  /** A link that was proven by an invite now serves this device (after first contact). */
  promote(session: SessionId, peer: LinkPeer): void
  /** Queues a whole message. `false`: over the high-water mark, wait for 'drained'. */
  send(session: SessionId, channel: Channel, bytes: Uint8Array): boolean
  close(session: SessionId): void
  /** A `relay` frame that came on this link: passed on, taken, or silently refused. */
  relayed(session: SessionId, frame: RelayFrame): void
  stats(session: SessionId): Promise<LinkStats | null>
  /** Unix milliseconds of the last frame heard; null if never. */
  lastHeardMs(device: DeviceKey): number | null
  /** Links go by way of a relay only, from now on: those that stand are made anew. */
  setRelayOnly(on: boolean): void
  /** The page was shown, or the network is back. */
  wake(): void
  stop(): void
}
