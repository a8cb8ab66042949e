/** The Rtc port on the browser's own RTCPeerConnection. One is made in `open` and nowhere else. */
import { SottoError } from '#contracts/errors.ts'
import type { SessionId } from '#contracts/ids.ts'
import type { Channel, LinkStats, Rtc, RtcEvent } from '#contracts/p2p.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'
import { RtcSession } from './rtc-session.ts'

export interface BrowserRtcOptions {
  readonly relays: {
    only: boolean
    /** For a connection that is made now; null if none may be made, for only relays may be used and there is none. */
    configuration(): RTCConfiguration | null
  }
  /** Fresh random bytes, for the padding of frames. */
  readonly random: (length: number) => Uint8Array
  readonly onEvent: (event: RtcEvent) => void
}

export class BrowserRtc implements Rtc {
  private readonly options: BrowserRtcOptions
  private readonly sessions = new Map<SessionId, RtcSession>()

  constructor(options: BrowserRtcOptions) {
    this.options = options
  }

  /** Throws 'internal' when the session is open already. */
  open(session: SessionId, initiator: boolean): void {
    if (this.sessions.has(session)) throw new SottoError('internal')
    const onEvent = (event: RtcEvent): void => {
      if (event.kind === 'closed') this.sessions.delete(session)
      this.options.onEvent(event)
    }
    const config = this.options.relays.configuration()
    if (config === null) {
      queueMicrotask(() => onEvent({ kind: 'closed', session, reason: 'no-relay' }))
      return
    }
    try {
      this.sessions.set(session, new RtcSession({ session, initiator, config, random: this.options.random, onEvent }))
    } catch {
      // A page holds a limited number of connections. Told later, as every other end.
      queueMicrotask(() => onEvent({ kind: 'closed', session, reason: 'failed' }))
    }
  }

  signal(session: SessionId, body: SignalBody): void {
    if (body.session === session) this.sessions.get(session)?.signal(body)
  }

  send(session: SessionId, channel: Channel, message: Uint8Array): boolean {
    return this.sessions.get(session)?.send(channel, message) ?? false
  }

  restartIce(session: SessionId): void {
    this.sessions.get(session)?.restartIce(this.options.relays.configuration())
  }

  setRelayOnly(on: boolean): void {
    this.options.relays.only = on
  }

  async stats(session: SessionId): Promise<LinkStats | null> {
    try {
      return (await this.sessions.get(session)?.stats()) ?? null
    } catch {
      return null // closed meanwhile
    }
  }

  close(session: SessionId): void {
    this.sessions.get(session)?.end('closed')
  }
}
