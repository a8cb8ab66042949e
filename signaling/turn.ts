/**
 * Short-lived TURN credentials in the form that coturn's `use-auth-secret` checks (draft-uberti-behave-turn-rest-00):
 * user name "expiry:name", password base64(HMAC-SHA1(secret, user name)). Time is an argument.
 */
import { createHmac } from 'node:crypto'

const HOUR_MS = 3_600_000
/** up: a credential that leaked serves strangers longer. coturn allows an allocation to outlive it, not to be made. */
export const TURN_LIFETIME_MS = HOUR_MS
/** What one id gets in any hour. A page needs one; the rest is for reloads. */
export const TURN_GRANTS_AN_HOUR = 6
const NAME_LABEL = 'sotto turn name'
const NAME_CHARS = 16

export interface TurnConfig {
  /** The same as coturn's `static-auth-secret`. */
  readonly secret: string
  /** `turn:` and `turns:` URLs, as an RTCIceServer takes them. */
  readonly urls: readonly string[]
}

/** One entry for `RTCConfiguration.iceServers`, and until when it serves. */
export interface TurnGrant {
  readonly urls: readonly string[]
  readonly username: string
  readonly credential: string
  /** Milliseconds since 1970. */
  readonly expiresMs: number
}

/**
 * A credential for the holder of `id`. The name in it is the same for the same id, so that coturn's quota holds
 * for a client and not for a credential; it does not tell the id.
 */
export function turnGrant(config: TurnConfig, id: string, nowMs: number): TurnGrant {
  const expiresS = Math.floor((nowMs + TURN_LIFETIME_MS) / 1000)
  const name = createHmac('sha256', config.secret).update(`${NAME_LABEL}|${id}`).digest('hex').slice(0, NAME_CHARS)
  const username = `${expiresS}:${name}`
  const credential = createHmac('sha1', config.secret).update(username).digest('base64')
  return { urls: config.urls, username, credential, expiresMs: expiresS * 1000 }
}

/** Who got how many in the last hour. Exact, and bounded in the number of ids remembered. */
export class TurnGrants {
  private readonly most: number
  private readonly timesOf = new Map<string, readonly number[]>()

  constructor(most: number) {
    this.most = most
  }

  /** Counts one grant for `id`; `false` when it had its share of the hour, or when too many ids are remembered. */
  take(id: string, nowMs: number): boolean {
    const recent = this.recent(id, nowMs)
    if (recent.length >= TURN_GRANTS_AN_HOUR) return false
    // Nobody is forgotten to make room: a flood of ids must not win anybody a seventh.
    if (!this.timesOf.has(id) && this.timesOf.size >= this.most) return false
    this.timesOf.set(id, [...recent, nowMs])
    return true
  }

  /** Forgets who asked for nothing in the last hour. */
  sweep(nowMs: number): void {
    for (const id of this.timesOf.keys()) if (this.recent(id, nowMs).length === 0) this.timesOf.delete(id)
  }

  private recent(id: string, nowMs: number): readonly number[] {
    return (this.timesOf.get(id) ?? []).filter((atMs) => nowMs - atMs < HOUR_MS)
  }
}
