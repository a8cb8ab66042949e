/** From an open `control` channel to a proven peer: no other byte counts before that. */
import { SottoError } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { ProvenPeer } from '#contracts/cryptography.ts'
import type { Channel, RtcEvent } from '#contracts/p2p.ts'
import { beginHandshake, type HandshakeStep, takeHandshake } from './handshake.ts'
import { FIRST_CONTACT_MS } from './invites.ts'
import type { Session } from './session.ts'
import type { Switchboard } from './switchboard.ts'

export class Proving {
  private readonly board: Switchboard

  constructor(board: Switchboard) {
    this.board = board
  }

  /** Both ends can speak: our hello goes out. Rejects what ends the session. */
  async onOpen(session: Session, { role, fingerprints }: RtcEvent & { readonly kind: 'open' }): Promise<void> {
    const { board } = this
    if (session.handshake !== null) throw new SottoError('unexpected')
    session.phase = 'proving'
    board.tell(board.book.targetOf(session), 'proving')
    board.alarm(session, 'handshake', LIMITS.handshakeMs, () => board.end(session, { kind: 'unproven', code: 'timeout' }))
    const { id, expected } = session
    const invite = session.invite === null ? null : { secret: session.invite.secret, inviteKey: session.invite.sealed }
    this.take(session, await beginHandshake(board.ports.cryptography, { session: id, role, fingerprints, expected, invite }))
  }

  /** The peer's next message; true when it was the last. Rejects what ends the session. */
  async onMessage(session: Session, channel: Channel, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const { cryptography, env } = this.board.ports
    if (session.handshake === null || channel !== 'control') throw new SottoError('unexpected')
    return this.take(session, await takeHandshake(cryptography, session.handshake, bytes, env.nowMs()))
  }

  private take(session: Session, step: HandshakeStep): boolean {
    if (session.phase !== 'proving') return false // ended while the Worker was at it
    if (step.kind === 'proven') {
      this.onProven(session, step.peer)
      return true
    }
    session.handshake = step.state
    this.board.ports.rtc.send(session.id, 'control', step.bytes)
    return false
  }

  private onProven(session: Session, peer: ProvenPeer): void {
    const { board } = this
    // Who signed the signals must be who proved; for a device it is also who was expected.
    if (session.device !== peer.device) throw new SottoError('wrong-peer')
    session.phase = 'proven'
    board.calm(session, 'handshake')
    board.calm(session, 'connect')
    session.outbox.length = 0 // signalling has done its work
    const { expected } = session
    const target = board.book.targetOf(session)
    if (target !== null) board.adopt(target, session)
    if (expected.kind === 'joiner') board.alarm(session, 'joiner', FIRST_CONTACT_MS, () => board.end(session, { kind: 'unwanted' }))
    board.ports.emit({ kind: 'proven', session: session.id, peer, as: expected.kind === 'device' ? { kind: 'device' } : expected })
    board.tell(target, 'connected')
  }
}
