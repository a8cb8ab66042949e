/**
 * The relays (TURN) that connections may use: those the page is configured with, and those that its broker offers with
 * credentials of an hour at most, fetched from the broker's own host and from nowhere else, renewed before they end.
 * Does not know peers.
 */
import type { BrokerId } from '#contracts/ids.ts'
import type { NetworkConfig } from '#contracts/p2p.ts'

const MINUTE_MS = 60_000
/** A broker that takes longer is not waited for. */
const FETCH_MS = 3000
/** What is left of a credential when the next one is fetched: an hour's share of an id is six. */
const RENEW_BEFORE_MS = 10 * MINUTE_MS
const RENEW_LEAST_MS = 10 * MINUTE_MS
/** No credential is believed to last longer, whatever the answer says. */
const LIFE_MOST_MS = 60 * MINUTE_MS
const ANSWER_CHARS = 8192
const URLS_MOST = 8
/** RFC 7065. */
const TURN_URL = /^turns?:[A-Za-z0-9.[\]:-]{1,255}(?:\?transport=(?:udp|tcp))?$/

interface Granted {
  readonly server: RTCIceServer
  /** By the clock of `now`. */
  readonly untilMs: number
}

export interface RelaysOptions {
  readonly server: NetworkConfig['broker']
  readonly iceServers: readonly RTCIceServer[]
  readonly fetch: typeof fetch
  /** Milliseconds that never run backwards, from any zero. */
  readonly now: () => number
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 512
const isRelay = ({ urls }: RTCIceServer): boolean => [urls].flat().some((url) => /^turns?:/i.test(url))

/** The server and how long it serves, or null for any other answer. `sentMs`: the broker's clock. */
export function parseGrant(text: string, sentMs: number): { readonly server: RTCIceServer; readonly lifeMs: number } | null {
  if (text.length > ANSWER_CHARS) return null
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof said !== 'object' || said === null) return null
  const { urls, username, credential, expiresMs } = said as Record<'urls' | 'username' | 'credential' | 'expiresMs', unknown>
  if (!Array.isArray(urls) || urls.length === 0 || urls.length > URLS_MOST) return null
  if (!urls.every((url) => typeof url === 'string' && TURN_URL.test(url))) return null
  if (!isText(username) || !isText(credential) || typeof expiresMs !== 'number' || !Number.isFinite(expiresMs)) return null
  const lifeMs = Math.min(expiresMs - sentMs, LIFE_MOST_MS)
  return lifeMs > 0 ? { server: { urls: urls as string[], username, credential }, lifeMs } : null
}

export class Relays {
  private readonly options: RelaysOptions
  private granted: Granted | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private renewing: Promise<void> | null = null
  /** Whoever was registered last: ids change, and an old one is given nothing. */
  private asker: { readonly id: BrokerId; readonly token: string } | null = null
  /** Only relayed paths: no other address of ours is gathered or told. */
  only = false

  constructor(options: RelaysOptions) {
    this.options = options
  }

  /** Whether there is a relay to use now. */
  get available(): boolean {
    return this.servers().some(isRelay)
  }

  /** For a connection that is made now. null: only relays may be used, and there is none. */
  configuration(): RTCConfiguration | null {
    const iceServers = this.servers()
    if (!this.only) return { iceServers }
    return this.available ? { iceServers, iceTransportPolicy: 'relay' } : null
  }

  /** A registered client may ask. Resolves when a credential is there or can't be had for now. Never rejects. */
  renew(id: BrokerId, token: string): Promise<void> {
    this.asker = { id, token }
    if (this.granted !== null && this.granted.untilMs - this.options.now() > RENEW_BEFORE_MS) return Promise.resolve()
    this.renewing ??= this.fetchGrant(id, token).finally(() => {
      this.renewing = null
    })
    return this.renewing
  }

  private renewAgain(): void {
    if (this.asker !== null) void this.renew(this.asker.id, this.asker.token)
  }

  close(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  private servers(): RTCIceServer[] {
    const { iceServers, now } = this.options
    return this.granted === null || this.granted.untilMs <= now() ? [...iceServers] : [...iceServers, this.granted.server]
  }

  private async fetchGrant(id: BrokerId, token: string): Promise<void> {
    const { server, now } = this.options
    const { host, port, path, secure } = server
    try {
      const answer = await this.options.fetch(`${secure ? 'https' : 'http'}://${host}:${port}${path}/turn`, {
        headers: { authorization: `Basic ${btoa(`${id}:${token}`)}` },
        credentials: 'omit',
        redirect: 'error',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        signal: AbortSignal.timeout(FETCH_MS),
      })
      const sentMs = Date.parse(answer.headers.get('date') ?? '')
      const grant = answer.ok ? parseGrant(await answer.text(), Number.isNaN(sentMs) ? Date.now() : sentMs) : null
      if (grant !== null) this.granted = { server: grant.server, untilMs: now() + grant.lifeMs }
    } catch {
      // The broker is gone or slow: what was granted before serves until it ends.
    }
    const leftMs = (this.granted?.untilMs ?? 0) - now()
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.renewAgain(), Math.max(RENEW_LEAST_MS, leftMs - RENEW_BEFORE_MS))
  }
}
