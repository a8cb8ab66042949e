/**
 * Entries that wait for their step. A burst piles up here while a step runs, and the next step takes all of
 * it: so a burst shares transactions.
 */
import type { RoomTag, SessionId } from '#contracts/ids.ts'

/** Bytes that may wait on one link. Twice what a peer may send without new credit, and room for live ones. */
const WAITING_BYTES = 8 * 1024 * 1024
/** Taken by one step. up: a longer wait for the next command; down: more transactions. */
const STEP_ENTRIES = 256

interface Pile {
  readonly session: SessionId
  readonly tag: RoomTag
  readonly pushed: boolean
  entries: Uint8Array[]
}

export class Inbox {
  private readonly piles = new Map<string, Pile>()
  private readonly bytes = new Map<SessionId, number>()
  private readonly wake: (session: SessionId, tag: RoomTag, pushed: boolean) => void

  /** `wake` asks for a step that will `take`. */
  constructor(wake: (session: SessionId, tag: RoomTag, pushed: boolean) => void) {
    this.wake = wake
  }

  /** `false` if the link sends faster than it may. */
  add(session: SessionId, tag: RoomTag, entries: readonly Uint8Array[], pushed = false): boolean {
    const waiting = (this.bytes.get(session) ?? 0) + sizeOf(entries)
    if (waiting > WAITING_BYTES) return false
    this.bytes.set(session, waiting)
    const name = nameOf(session, tag, pushed)
    const pile = this.piles.get(name)
    if (pile !== undefined) pile.entries.push(...entries)
    else {
      this.piles.set(name, { session, tag, pushed, entries: [...entries] })
      this.wake(session, tag, pushed)
    }
    return true
  }

  /** Takes what waits; asks for another step if that was not all. */
  take(session: SessionId, tag: RoomTag, pushed = false): readonly Uint8Array[] {
    const name = nameOf(session, tag, pushed)
    const pile = this.piles.get(name)
    if (pile === undefined) return []
    const taken = pile.entries.slice(0, STEP_ENTRIES)
    pile.entries = pile.entries.slice(STEP_ENTRIES)
    this.bytes.set(session, (this.bytes.get(session) ?? 0) - sizeOf(taken))
    if (pile.entries.length === 0) this.piles.delete(name)
    else this.wake(session, tag, pushed)
    return taken
  }

  closed(session: SessionId): void {
    this.bytes.delete(session)
    for (const [key, pile] of this.piles) if (pile.session === session) this.piles.delete(key)
  }
}

/** What was pushed and what sync brought are told apart: the overlay learns from the one only. */
const nameOf = (session: SessionId, tag: RoomTag, pushed: boolean): string => `${session}${tag}${pushed}`

const sizeOf = (entries: readonly Uint8Array[]): number => entries.reduce((sum, entry) => sum + entry.length, 0)
