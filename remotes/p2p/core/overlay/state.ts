/** The overlay of one room on one device: its state, what goes in and what comes out. */
import type { DeviceKey, EntryId } from '#contracts/ids.ts'
import type { OverlayMessage } from './messages.ts'
import { OVERLAY } from './parameters.ts'

/** A device that entries are exchanged with as they appear. */
export interface Neighbour {
  /** It gets whole entries; else it is told of them. */
  readonly eager: boolean
  /** To be told of with the next announcements. */
  readonly queued: readonly EntryId[]
  /** There was more than `queued` holds: compare logs instead. */
  readonly overflowed: boolean
  /** What it was told of and did not ask for yet, oldest first. */
  readonly graftable: readonly EntryId[]
  /** When it became a neighbour, it could have few. */
  readonly few: boolean
}

/** An entry that others announced. */
export interface Awaited {
  /** Whom to ask for it, in turn. */
  readonly sources: readonly DeviceKey[]
  /** Steps since it was announced, or since the last source was asked. */
  readonly steps: number
}

/** A device asked to be a neighbour, or to be asked once linked. */
export interface Asked {
  /** Repair steps since. */
  readonly steps: number
  /** Another neighbour is given up for it, if there are too many then. */
  readonly instead: boolean
}

export type OverlayTimer = 'repair' | 'shuffle' | 'announce' | 'graft'

export interface Overlay {
  readonly me: DeviceKey
  /** Neighbours this device wants at most in a large room, by its kind. */
  readonly most: number
  /** Neighbours that the pool of links lets this room have now. */
  readonly allowance: number
  /** Everybody in the room, this device too. */
  readonly members: ReadonlySet<DeviceKey>
  /** Devices with a link, whatever made it. */
  readonly linked: ReadonlySet<DeviceKey>
  /** The active view, longest neighbours first. */
  readonly active: ReadonlyMap<DeviceKey, Neighbour>
  readonly asked: ReadonlyMap<DeviceKey, Asked>
  /** Linked with us by their own wish, and not neighbours (yet); repair steps since. */
  readonly guests: ReadonlyMap<DeviceKey, number>
  readonly passive: readonly DeviceKey[]
  /** In a full mesh: who can't be a neighbour. Such a device asks itself once it can. */
  readonly declined: ReadonlySet<DeviceKey>
  /** JOIN was sent, or somebody else was first. */
  readonly joined: boolean
  /** Could not be reached, or refused, in this period. */
  readonly tried: ReadonlySet<DeviceKey>
  readonly attempts: number
  /** The sample of the own shuffle under way. */
  readonly shuffling: readonly DeviceKey[] | null
  /** What each device made us do in this period, in hops. */
  readonly spent: ReadonlyMap<DeviceKey, number>
  readonly awaited: ReadonlyMap<EntryId, Awaited>
  /** Entries that came by sync of late, and not yet as a push. */
  readonly overtook: readonly EntryId[]
  /** Timers that run. */
  readonly armed: ReadonlySet<OverlayTimer>
}

export type OverlayEvent =
  /** Who is in the room now: `members()` of the log. Comes first, and again with every change. */
  | { readonly kind: 'members'; readonly members: ReadonlySet<DeviceKey> }
  /** How many neighbours the pool allows this room (pool.ts). */
  | { readonly kind: 'allowance'; readonly links: number }
  /** A proven link, whoever made it and for whichever room. */
  | { readonly kind: 'linked'; readonly peer: DeviceKey }
  | { readonly kind: 'unlinked'; readonly peer: DeviceKey }
  /** A wished link could not be made. */
  | { readonly kind: 'unreachable'; readonly peer: DeviceKey }
  | { readonly kind: 'control'; readonly from: DeviceKey; readonly message: OverlayMessage }
  | { readonly kind: 'timer'; readonly name: OverlayTimer }
  /** An entry of this device; it is held already. */
  | { readonly kind: 'own'; readonly entry: EntryId }
  /** An entry that `from` pushed and that was not held before; it is now. */
  | { readonly kind: 'pushed'; readonly entry: EntryId; readonly from: DeviceKey }
  /** The same, pushed once more. */
  | { readonly kind: 'duplicate'; readonly entry: EntryId; readonly from: DeviceKey }
  /** An entry that came by sync and was not held before. */
  | { readonly kind: 'synced'; readonly entry: EntryId; readonly from: DeviceKey }

export type OverlayEffect =
  /** The room wishes a link with this device; whether it gets one is the pool's word. */
  | { readonly kind: 'link'; readonly peer: DeviceKey }
  /** It does not any more. */
  | { readonly kind: 'unlink'; readonly peer: DeviceKey }
  | { readonly kind: 'send'; readonly to: DeviceKey; readonly message: OverlayMessage }
  | { readonly kind: 'push'; readonly to: DeviceKey; readonly entry: EntryId }
  /** Compare logs with this device now: it is a new neighbour, or there is too much to be told one by one. */
  | { readonly kind: 'sync'; readonly with: DeviceKey }
  | { readonly kind: 'timer'; readonly name: OverlayTimer; readonly delayMs: number }

export interface OverlayEnv {
  /** 0 up to 1, 1 left out. */
  random(): number
  /** This device's log has the entry. */
  holds(entry: EntryId): boolean
}

/** `most`: see OVERLAY.active. */
export const newOverlay = (me: DeviceKey, most: number): Overlay => ({
  me,
  most,
  allowance: Number.POSITIVE_INFINITY,
  members: new Set(),
  linked: new Set(),
  active: new Map(),
  asked: new Map(),
  guests: new Map(),
  passive: [],
  declined: new Set(),
  joined: false,
  tried: new Set(),
  attempts: 0,
  shuffling: null,
  spent: new Map(),
  awaited: new Map(),
  overtook: [],
  armed: new Set(),
})

/** A device that left the room, or was removed, has no overlay there. */
export const isMember = (o: Overlay): boolean => o.members.has(o.me)

/** It and this device may say anything to each other in this room. */
export const isHeard = (o: Overlay, peer: DeviceKey): boolean => isMember(o) && o.members.has(peer) && o.linked.has(peer)

/** So few that each may be linked with all others. */
const isSmall = (o: Overlay): boolean => o.members.size <= OVERLAY.meshDevices

/** Everybody is linked with everybody, as far as they are there. */
export const isMesh = (o: Overlay): boolean => isSmall(o) && o.allowance >= o.members.size - 1

/** Neighbours at most. One is always allowed: a room without any hears nothing. */
export const mostNow = (o: Overlay): number => Math.max(1, Math.min(o.allowance, isSmall(o) ? o.members.size - 1 : o.most))

export const hasFew = (o: Overlay): boolean => !isMesh(o) && mostNow(o) <= OVERLAY.fewNeighbours

/** With how many it stops looking for more. One place is left in large rooms, so that those who look find one. */
export const enough = (o: Overlay): number => (isSmall(o) ? mostNow(o) : Math.max(1, mostNow(o) - 1))

export interface Wishes {
  /** Whom the room wants a link with, dearest first. */
  readonly peers: readonly DeviceKey[]
  /** Links for a moment: to become neighbours in the place of others, or because the other end made them. */
  readonly guests: readonly DeviceKey[]
}

export function wishesOf(o: Overlay): Wishes {
  if (!isMember(o)) return { peers: [], guests: [] }
  if (isMesh(o)) return { peers: [...o.members].filter((device) => device !== o.me && !o.declined.has(device)), guests: [] }
  const wanted = [...o.active.keys(), ...o.asked.keys()]
  return { peers: wanted.slice(0, mostNow(o)), guests: [...wanted.slice(mostNow(o)), ...o.guests.keys()] }
}
