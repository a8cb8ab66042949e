/** A proven link: its frames, its heartbeat, and mending it when the network has changed. */
import type { DeviceKey } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Channel } from '#contracts/p2p.ts'
import { answerBeat, pingFrame, tick, TICK_MS } from './heartbeat.ts'
import type { Session } from './session.ts'
import type { Switchboard } from './switchboard.ts'

export class Liveness {
  private readonly board: Switchboard
  private readonly heard = new Map<DeviceKey, number>()

  constructor(board: Switchboard) {
    this.board = board
  }

  lastHeardMs(device: DeviceKey): number | null {
    return this.heard.get(device) ?? null
  }

  /** A link was proven just now. Our ping tells the other end that we have taken its proof. */
  begin(session: Session): void {
    this.hear(session)
    this.ping(session)
    if (!this.board.ports.alarms.isSet('beat')) this.beatLater()
  }

  /** Rejects 'malformed' or 'too-large' for a heartbeat that is none. */
  onFrame(session: Session, channel: Channel, bytes: Uint8Array<ArrayBuffer>): void {
    const { rtc, emit } = this.board.ports
    this.hear(session)
    this.board.calm(session, 'wake')
    if (channel === 'control' && !session.confirmed) this.confirm(session)
    const reply = channel === 'control' ? answerBeat(bytes) : null
    if (reply === null) emit({ kind: 'message', session: session.id, channel, bytes })
    else if (reply !== 'heard') rtc.send(session.id, 'control', reply)
  }

  /**
   * Queues a whole message. `control` is in order behind our proof; the other channels are not, so they wait
   * until the other end has shown that it took the proof.
   */
  send(session: Session, channel: Channel, bytes: Uint8Array): boolean {
    if (channel === 'control' || session.confirmed) return this.board.ports.rtc.send(session.id, channel, bytes)
    session.held.add(channel)
    return false
  }

  onIce(session: Session, state: string): void {
    const { board } = this
    if (state === 'failed') {
      board.end(session, { kind: 'failed' })
      return
    }
    session.disconnected = state === 'disconnected'
    if (!session.disconnected) board.calm(session, 'ice')
    else if (session.phase === 'proven') board.alarm(session, 'ice', LIMITS.iceRestartMs, () => board.ports.rtc.restartIce(session.id))
  }

  /** The network may be another one: ask, and restart ICE if no answer comes. */
  wake(session: Session): void {
    const { rtc } = this.board.ports
    if (session.disconnected) {
      rtc.restartIce(session.id)
      return
    }
    this.ping(session)
    this.board.alarm(session, 'wake', LIMITS.iceRestartMs, () => rtc.restartIce(session.id))
  }

  private hear(session: Session): void {
    session.silence = 0
    if (session.device !== null) this.heard.set(session.device, this.board.ports.env.nowMs())
  }

  /** A frame after the proof, in order, on the same channel: the other end has proven us too. */
  private confirm(session: Session): void {
    session.confirmed = true
    for (const channel of session.held) this.board.ports.emit({ kind: 'drained', session: session.id, channel })
    session.held.clear()
  }

  private ping(session: Session): boolean {
    const { rtc, env } = this.board.ports
    return rtc.send(session.id, 'control', pingFrame(new DataView(env.random(4).buffer).getUint32(0)))
  }

  private beatLater(): void {
    this.board.ports.alarms.set('beat', TICK_MS, () => this.beat())
  }

  private beat(): void {
    const proven = [...this.board.sessions.values()].filter((session) => session.phase === 'proven')
    for (const session of proven) this.beatOf(session)
    if (proven.length > 0) this.beatLater()
  }

  private beatOf(session: Session): void {
    const { board } = this
    const next = tick(session.silence)
    session.silence = next.silence
    session.age += 1
    const target = board.book.targetOf(session)
    // Only a link that held for a while shows that calling again at once does good.
    if (target !== null && session.age * TICK_MS >= LIMITS.deadMs) target.failures = 0
    if (next.beat === 'dead') board.end(session, { kind: 'failed' })
    // Our own data is in the ping's way, so silence proves nothing; whether the way is open, ICE knows.
    else if (next.beat === 'ping' && !this.ping(session) && !session.disconnected) session.silence = 0
  }
}
