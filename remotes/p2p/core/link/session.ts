/** One attempt at a link, from the first call to its end. The manager moves it; here is what it knows. */
import type { BrokerId, DeviceKey, InviteKey, SessionId } from '#contracts/ids.ts'
import type { Broker, Channel } from '#contracts/p2p.ts'
import type { ErrorCode } from '#contracts/errors.ts'
import type { Sealed } from '#contracts/cryptography.ts'
import type { ExpectedPeer } from '#contracts/wire/handshake.ts'
import type { Handshaking } from './handshake.ts'
import type { Heard } from './receiver.ts'
import type { Silence } from './heartbeat.ts'

/** calling: not answered yet · connecting: ICE and DTLS · proving: `control` is open · proven · ended. */
export type Phase = 'calling' | 'connecting' | 'proving' | 'proven' | 'ended'

/** Why a session ended; says what happens next. */
export type Ending =
  /** The broker says that nobody is there. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed' }
  /** Only relays may be used, and there is none: no connection was made. */
  | { readonly kind: 'no-relay' }
  /** Somebody else proved, or nobody the right way: worth telling when it is one of PROBLEMS. */
  | { readonly kind: 'unproven'; readonly code: ErrorCode }
  /** Another session of the same target takes its place. */
  | { readonly kind: 'replaced' }
  /** The engine does not want it any more, or does not trust it any more. */
  | { readonly kind: 'unwanted' }

/** Endings of a handshake that the person should know of. */
const PROBLEMS: readonly ErrorCode[] = [
  'wrong-transcript',
  'wrong-peer',
  'bad-signature',
  'wrong-version',
  'bad-certificate',
  'expired-certificate',
]

export function problemOf(ending: Ending): ErrorCode | null {
  if (ending.kind === 'no-relay') return ending.kind
  return ending.kind === 'unproven' && PROBLEMS.includes(ending.code) ? ending.code : null
}

/** A sealed signal on its way to the broker. */
export interface Parcel {
  readonly from: BrokerId
  readonly to: BrokerId
  readonly kind: Parameters<Broker['send']>[2]
  readonly blob: Uint8Array
}

export interface Session {
  readonly id: SessionId
  /** Whom the other end must prove to be; `promote` turns an invite's session into a device's. */
  expected: ExpectedPeer
  readonly initiator: boolean
  /** The device that signs this session's signals: known, or pinned by the first one. */
  device: DeviceKey | null
  /** The invite under which its signals are sealed until it is promoted. */
  readonly invite: { readonly key: InviteKey; readonly secret: Uint8Array; readonly sealed: Sealed | null } | null
  /** Own id that its signals leave from, and where they go; `promote` moves both off the invite's ids. */
  from: BrokerId
  to: BrokerId
  readonly sinceMs: number
  phase: Phase
  /** The other end has said something about this very session. */
  answered: boolean
  handshake: Handshaking | null
  /** The other end's call that crossed ours and lost (glare.ts). */
  crossed: Heard | null
  /** Signals that wait for the broker. */
  readonly outbox: Parcel[]
  /** Its signals are given to introducers as well. */
  introduced: boolean
  /** Devices that have passed on what the other end said, the last one first. */
  heardBy: readonly DeviceKey[]
  disconnected: boolean
  silence: Silence
  /** Ticks since it was proven. */
  age: number
  /** The other end has proven us too: a frame came after its proof. */
  confirmed: boolean
  /** Channels on which the engine waits for that. */
  readonly held: Set<Channel>
}

export type SessionSeed = Pick<Session, 'id' | 'expected' | 'initiator' | 'device' | 'invite' | 'from' | 'to' | 'sinceMs'>

export const newSession = (seed: SessionSeed): Session => ({
  ...seed,
  phase: seed.initiator ? 'calling' : 'connecting',
  answered: !seed.initiator,
  handshake: null,
  crossed: null,
  outbox: [],
  introduced: false,
  heardBy: [],
  disconnected: false,
  silence: 0,
  age: 0,
  confirmed: false,
  held: new Set(),
})
