/**
 * Whose turn it is to be called. A list of peers may hold a whole room: calls are made few at a time and few a
 * second; first come first, but those who were away at the last call stand behind the others.
 */
import type { DeviceKey } from '#contracts/ids.ts'
import { Rate } from './rate.ts'
import type { Target } from './target.ts'

/**
 * A call takes about 15 signals. Together with as many answers to others it must stay below what brokers and
 * introducers pass on for one device (256 at once, 16 to 32 a second): ours cuts the line of who sends more.
 */
const CALLS = { burst: 12, perSecond: 1 }
/** Until the next call may be allowed. */
export const TURN_MS = 1000 / CALLS.perSecond

export class Turns {
  /** First come first. */
  private readonly waiting = new Set<Target>()
  private readonly rate = new Rate(CALLS)

  get size(): number {
    return this.waiting.size
  }

  add(target: Target): void {
    this.waiting.add(target)
  }

  drop(target: Target): void {
    this.waiting.delete(target)
  }

  /** Takes the next target out, or null: nobody waits, or it is too soon. Those who are not `callable` any more are dropped. */
  next(nowMs: number, callable: (target: Target) => boolean): Target | null {
    let first = this.first()
    for (; first !== null && !callable(first); first = this.first()) this.waiting.delete(first)
    if (first === null || !this.rate.take('calls', nowMs)) return null
    this.waiting.delete(first)
    return first
  }

  private first(): Target | null {
    let first: Target | null = null
    for (const target of this.waiting) if (first === null || rankOf(target) < rankOf(first)) first = target
    return first
  }
}

/** Somebody looks at the screen while an invite is being accepted. */
const rankOf = (target: Target): number => (target.kind === 'inviter' ? 0 : target.away ? 2 : 1)

/**
 * Devices in the order in which `me` calls them: round the ring of all keys, from its own on. Members of one room
 * have the same list; so each begins elsewhere, nobody is called by all at once, and few calls cross.
 */
export function ringFrom(me: DeviceKey, devices: readonly DeviceKey[]): readonly DeviceKey[] {
  const sorted = [...devices].sort()
  const after = sorted.findIndex((device) => device > me)
  return after <= 0 ? sorted : [...sorted.slice(after), ...sorted.slice(0, after)]
}
