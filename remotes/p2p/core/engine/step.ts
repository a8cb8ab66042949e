/** A step: what becomes of the state, what is stored beside the difference, and what happens after it is stored. */
import type { DeviceKey, EntryId, SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Frame } from '#contracts/wire/frame.ts'
import type { LinkPeer } from '../link/api.ts'
import type { TimerName } from '../rooms/room-io.ts'
import type { Change } from '../storage/vault.ts'
import type { Tools } from '../tools.ts'
import type { State } from './state.ts'

export type Effect =
  | { readonly kind: 'frame'; readonly session: SessionId; readonly frame: Frame }
  /** A link by invite serves the device from now on. */
  | { readonly kind: 'promote'; readonly session: SessionId; readonly peer: LinkPeer }
  | { readonly kind: 'close'; readonly session: SessionId }
  /** The person wants the inviter to be called anew, now. */
  | { readonly kind: 'call-again' }
  | { readonly kind: 'room-timer'; readonly slot: number; readonly name: TimerName; readonly delayMs: number | null }
  /** The room has more to do. */
  | { readonly kind: 'room-more'; readonly slot: number }
  /** Links may have rooms to serve that they do not serve yet. */
  | { readonly kind: 'serve-rooms' }
  /** Measure how the link runs. */
  | { readonly kind: 'measure'; readonly session: SessionId }
  /** The room's overlay learns what there is. */
  | ({ readonly kind: 'news'; readonly slot: number } & News)

/** What a step of a room made known: entries of its own, and what came on a link. */
export interface News {
  readonly own: readonly EntryId[]
  /** null: nothing came. */
  readonly from: DeviceKey | null
  /** By a push of `from`, not by sync. */
  readonly pushed: boolean
  /** Taken in, and held before it came. */
  readonly fresh: readonly EntryId[]
  readonly known: readonly EntryId[]
}

export interface Outcome<T> {
  readonly state: State
  readonly changes: readonly Change[]
  readonly effects: readonly Effect[]
  readonly value: T
}

export type Step<T> = (state: State, tools: Tools) => Outcome<T> | Promise<Outcome<T>>

/** The outcome that changes nothing. */
export const nothing = (state: State): Outcome<void> => ({ state, changes: [], effects: [], value: undefined })

/** The outcome that is only a new state. */
export const only = (state: State): Outcome<void> => nothing(state)

/** Ends a session whose peer does not keep to the protocol. */
export const closed = (state: State, session: SessionId): Outcome<void> => ({ ...nothing(state), effects: [{ kind: 'close', session }] })

/** Groups of at most LIMITS.syncBatchEntries entries and LIMITS.syncBatchBytes bytes; one that is larger goes alone. */
export function batchesOf(entries: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const batches: Uint8Array[][] = []
  let bytes = 0
  for (const entry of entries) {
    const last = batches.at(-1)
    if (last === undefined || last.length >= LIMITS.syncBatchEntries || bytes + entry.length > LIMITS.syncBatchBytes) {
      batches.push([entry])
      bytes = entry.length
    } else {
      last.push(entry)
      bytes += entry.length
    }
  }
  return batches
}
