/**
 * All that the engine knows, as one value. The first part is stored and comes back after a reload; the second
 * lives as long as the page. A step makes the next value; the loop stores the difference.
 */
import type { Identity, ProvenPeer } from '#contracts/cryptography.ts'
import type { ErrorCode } from '#contracts/errors.ts'
import type { DeviceKey, InviteKey, Mid, RoomTag, SessionId } from '#contracts/ids.ts'
import type { LinkStats } from '#contracts/p2p.ts'
import type { LockAfter, View } from '#contracts/ui.ts'
import type { Frame } from '#contracts/wire/frame.ts'
import type { InviteLink } from '#contracts/wire/invite-link.ts'
import type { Host } from '../groups/host.ts'
import type { LinkEvent } from '../link/api.ts'
import type { ContactRecord } from '../storage/contact.ts'
import type { InviteRecord } from '../storage/invite.ts'
import type { JoiningRecord } from '../storage/joining.ts'
import type { MessageRecord } from '../storage/message.ts'
import type { ProfileRecord } from '../storage/profile.ts'

/** A proven link. */
export interface Session {
  readonly id: SessionId
  readonly peer: ProvenPeer
  readonly as: Extract<LinkEvent, { kind: 'proven' }>['as']
  /** Rooms spoken of on this link, once it serves the device: the tag of each, by local number. */
  readonly groups: ReadonlyMap<number, RoomTag>
  /** A link by invite that serves its device by now. */
  readonly promoted: boolean
  readonly path: LinkStats['path']
}

/** Rooms are spoken of on it: by invite it is for first contact only. */
export const isServed = ({ as, promoted }: Session): boolean => as.kind === 'device' || promoted

/** A room, of two or of many. `host` lives and changes; a new version says that it did. */
export interface Group {
  readonly slot: number
  readonly host: Host
  readonly version: number
}

/** Somebody who came by an invite that needs an admin's word. Lives as long as their link. */
export interface JoinRequest {
  readonly id: string
  readonly room: number
  readonly session: SessionId
  readonly introduce: Extract<Frame, { kind: 'introduce' }>
  readonly askedMs: number
  /** The person has agreed, or no word was needed; the add is not written yet. */
  readonly agreed: boolean
}

/** What is shown of a device's link while there is none that is proven. */
export interface Shown {
  readonly state: Extract<LinkEvent, { kind: 'state' }>['state']
  readonly problem: ErrorCode | null
}

/** The invite that this page was opened with. */
export interface Opened {
  readonly link: InviteLink | null
  readonly text: string
  readonly state:
    | { readonly kind: 'offered' }
    | { readonly kind: 'accepting'; readonly step: 'finding' | 'connecting' | 'proving' | 'joining' | 'approval' }
    | { readonly kind: 'accepted'; readonly room: number }
    | { readonly kind: 'refused'; readonly code: ErrorCode }
}

/** The conversation on the screen: its newest lines, oldest first. */
export interface Open {
  readonly room: number
  readonly lines: readonly MessageRecord[]
  readonly hasOlder: boolean
  readonly firstUnread: Mid | null
  /** Lines outside of the window that those in it, or pins, are about; by nameOf(place). */
  readonly around: ReadonlyMap<string, MessageRecord>
}

export interface State {
  readonly profile: ProfileRecord | null
  readonly contacts: ReadonlyMap<number, ContactRecord>
  readonly invites: ReadonlyMap<number, InviteRecord>
  readonly joinings: ReadonlyMap<number, JoiningRecord>
  readonly groups: ReadonlyMap<number, Group>

  readonly requests: readonly JoinRequest[]
  readonly phase: View['phase']
  readonly identity: Identity | null
  readonly theme: View['theme']
  readonly language: View['language']
  /** The vault opens with one. */
  readonly passphrase: boolean
  readonly lockAfter: LockAfter
  readonly sessions: ReadonlyMap<SessionId, Session>
  readonly shown: ReadonlyMap<DeviceKey, Shown>
  readonly broker: View['broker']
  readonly opened: Opened | null
  /** The invite whose inviter is being called. */
  readonly accepting: InviteKey | null
  /** Who proved to be the inviter of the invite that is being accepted. */
  readonly inviter: { readonly invite: InviteKey; readonly device: DeviceKey } | null
  readonly open: Open | null
  /** Unix milliseconds, refreshed now and then: what has expired by it is shown so. */
  readonly clockMs: number
  readonly fenced: boolean
  readonly storageProblem: View['storageProblem']
}

export const emptyState = (nowMs: number): State => ({
  profile: null,
  contacts: new Map(),
  invites: new Map(),
  joinings: new Map(),
  groups: new Map(),
  requests: [],
  phase: 'loading',
  identity: null,
  theme: 'system',
  language: 'system',
  passphrase: false,
  lockAfter: 0,
  sessions: new Map(),
  shown: new Map(),
  broker: 'connecting',
  opened: null,
  accepting: null,
  inviter: null,
  open: null,
  clockMs: nowMs,
  fenced: false,
  storageProblem: null,
})

/** The map with one entry more, or another value for one. */
export const withEntry = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> => new Map(map).set(key, value)

export function withoutEntry<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const next = new Map(map)
  next.delete(key)
  return next
}

/** The next free local number. Numbers start at 1 and are not used again while a higher one lives. */
export const nextSlot = (map: ReadonlyMap<number, unknown>): number => Math.max(0, ...map.keys()) + 1

/** The next free local number of a chat. */
export const nextChat = (state: Pick<State, 'groups'>): number => nextSlot(state.groups)

/** The chat of two with this device, if there is one: by its log, or by whom it was asked for from. */
export const directWith = (state: State, device: DeviceKey): Host | null =>
  [...state.groups.values()].find(({ host }) => host.isDirect && (host.peer ?? host.store.record.inviter?.device) === device)?.host ?? null

/** The contact that this device belongs to, with its local number. */
export function contactOf(state: State, device: DeviceKey): readonly [number, ContactRecord] | null {
  return [...state.contacts].find(([, contact]) => contact.device === device) ?? null
}

/** Whether how far the person has read is told to the others, and theirs shown. Off until they choose it. */
export const tellsReading = ({ profile }: Pick<State, 'profile'>): boolean => profile?.readTicks === 'on'

/** Whether connections are made by way of a relay only. Off until they choose it. */
export const relaysOnly = ({ profile }: Pick<State, 'profile'>): boolean => profile?.relayOnly === 'on'
