/**
 * What the overlays of one room say to each other on a link, as plain values, and which of them are well formed.
 * Requests and walks are HyParView's (Leitao, Pereira, Rodrigues, DSN 2007), the rest is Plumtree's (the same, SRDS 2007).
 */
import type { DeviceKey, EntryId } from '#contracts/ids.ts'
import { OVERLAY } from './parameters.ts'

/** Between any two linked members: they may become neighbours by it. `few`: the sender may have few neighbours (OVERLAY). */
export type Request =
  /** A newcomer's first word. */
  | { readonly kind: 'join'; readonly few: boolean }
  /** Be my neighbour. `urgent`: I have none, so somebody else should make room (high priority). */
  | { readonly kind: 'neighbour'; readonly urgent: boolean; readonly few: boolean }
  | { readonly kind: 'accept'; readonly few: boolean }
  | { readonly kind: 'reject' }
  /** No neighbours any more; the link may serve other rooms. */
  | { readonly kind: 'disconnect' }

/** About third ones, from a neighbour. */
export type Walk =
  /** Somebody joined; `hops` are still to go. */
  | { readonly kind: 'forward-join'; readonly device: DeviceKey; readonly hops: number }
  /** A random walk. `path`: who passed it on, its beginner first, the sender last. */
  | { readonly kind: 'shuffle'; readonly path: readonly DeviceKey[]; readonly sample: readonly DeviceKey[] }
  /** Its answer on the same way back. `path`: who still has to pass it on, the receiver last. No link is made for it. */
  | { readonly kind: 'shuffled'; readonly path: readonly DeviceKey[]; readonly sample: readonly DeviceKey[] }

/** About entries, from a neighbour. */
export type Gossip =
  | { readonly kind: 'ihave'; readonly entries: readonly EntryId[] }
  | { readonly kind: 'graft'; readonly entries: readonly EntryId[] }
  | { readonly kind: 'prune' }

export type OverlayMessage = Request | Walk | Gossip

const SAMPLE = OVERLAY.shuffleActive + OVERLAY.shufflePassive

const distinct = (list: readonly string[]): boolean => new Set(list).size === list.length

/** Within its bounds. The codec will check the same; this is what the overlay itself relies on. */
export function isWellFormed(message: OverlayMessage): boolean {
  switch (message.kind) {
    case 'forward-join':
      return Number.isInteger(message.hops) && message.hops >= 0 && message.hops <= OVERLAY.walk
    case 'shuffle':
    case 'shuffled': {
      const { path, sample } = message
      return path.length > 0 && path.length <= OVERLAY.walk && distinct(path) && sample.length <= SAMPLE
    }
    case 'ihave':
    case 'graft':
      return message.entries.length <= OVERLAY.idsAMessage
    case 'join':
    case 'neighbour':
    case 'accept':
    case 'reject':
    case 'disconnect':
    case 'prune':
      return true
  }
}
