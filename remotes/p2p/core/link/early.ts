/**
 * Candidates that overtook the offer they belong to, and ids of sessions that are over. Bounded: the oldest
 * go first. Only signals of consented senders come here.
 */
import type { DeviceKey, SessionId } from '#contracts/ids.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'

const MAX_SESSIONS = 16
const MAX_BODIES = 32
const MAX_GONE = 512

export class EarlySignals {
  private readonly waiting = new Map<SessionId, { readonly sender: DeviceKey; readonly bodies: SignalBody[] }>()
  private readonly gone = new Set<SessionId>()

  /** Keeps a candidate of a session that is not known yet; drops those of sessions that are over. */
  hold(session: SessionId, sender: DeviceKey, body: SignalBody): void {
    if (this.gone.has(session)) return
    const held = this.waiting.get(session) ?? { sender, bodies: [] }
    if (held.sender !== sender || held.bodies.length >= MAX_BODIES) return
    held.bodies.push(body)
    this.waiting.set(session, held)
    dropOldest(this.waiting, MAX_SESSIONS)
  }

  /** What was kept for this session from this sender. */
  take(session: SessionId, sender: DeviceKey): readonly SignalBody[] {
    const held = this.waiting.get(session)
    this.waiting.delete(session)
    return held?.sender === sender ? held.bodies : []
  }

  /** The session is over: nothing of it is taken again. */
  end(session: SessionId): void {
    this.waiting.delete(session)
    this.gone.add(session)
    dropOldest(this.gone, MAX_GONE)
  }

  isGone(session: SessionId): boolean {
    return this.gone.has(session)
  }
}

function dropOldest<K>(from: { readonly size: number; keys(): Iterable<K>; delete(key: K): boolean }, max: number): void {
  for (const key of from.keys()) {
    if (from.size <= max) return
    from.delete(key)
  }
}
