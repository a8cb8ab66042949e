/**
 * Sessions from their beginning to their end, and what an end means: call again, let the next caller of an
 * invite through, tell the person. The other parts of the link manager stand on this one.
 */
import type { Cryptography } from '#contracts/cryptography.ts'
import type { Env } from '#contracts/env.ts'
import { codeOf } from '#contracts/errors.ts'
import { type DeviceKey, idOf, type SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Broker, Rtc } from '#contracts/p2p.ts'
import type { Alarms } from './alarms.ts'
import type { LinkEvent } from './api.ts'
import { chanceOf, FAILURES_WHILE_HEARD, retryDelayMs } from './backoff.ts'
import type { Book } from './book.ts'
import { EarlySignals } from './early.ts'
import type { Introductions } from './introductions.ts'
import { isBusy, type Listening, nextWaiting } from './invites.ts'
import type { Heard } from './receiver.ts'
import type { Rendezvous } from './rendezvous.ts'
import { type Ending, newSession, problemOf, type Session, type SessionSeed } from './session.ts'
import { type InviterTarget, nameOf, show, type Shown, type Target } from './target.ts'
import { TURN_MS, Turns } from './turns.ts'

export interface SwitchboardPorts {
  readonly cryptography: Pick<
    Cryptography,
    | 'sealSignal'
    | 'openSignal'
    | 'blindKeys'
    | 'claimBrokerId'
    | 'handshakeHello'
    | 'handshakeProof'
    | 'handshakeVerify'
    | 'handshakeEnd'
    | 'onRestart'
  >
  readonly broker: Broker
  readonly rtc: Rtc
  readonly introductions: Pick<Introductions, 'reaches' | 'leadsTo' | 'admits'>
  readonly env: Env
  readonly alarms: Alarms
  readonly emit: (event: LinkEvent) => void
  /** Queues a handler behind all that came before. */
  readonly input: (handler: () => void | Promise<void>) => void
}

export type BrokerState = (LinkEvent & { readonly kind: 'broker' })['state']

/** Own calls that have not led to a link yet, at once. up: more connections for people who are away; down: slower start. */
const CALLS_MAX = 24
/** From a call to its answer. up: a lost offer or answer blocks longer; down: slow ways fail. Brokers say 'absent' after 5 s. */
const ANSWER_MS = 8000
/** Calls to an invite that come to nothing before the person is told that nobody is there. */
const UNREACHABLE_CALLS = 3
/** Alarms that belong to one session. */
const SESSION_ALARMS = ['answer', 'connect', 'handshake', 'glare', 'ice', 'wake', 'joiner'] as const

export class Switchboard {
  readonly ports: SwitchboardPorts
  readonly book: Book
  readonly sessions = new Map<SessionId, Session>()
  readonly early = new EarlySignals()
  readonly rendezvous: Rendezvous
  /** Takes an offer from the top: again when an invite is free, late when a crossing call lost. */
  onOffer: (offer: Heard) => void | Promise<void> = () => undefined
  private readonly turns = new Turns()
  private broker: BrokerState = 'connecting'

  constructor(ports: SwitchboardPorts, book: Book, rendezvous: Rendezvous) {
    this.rendezvous = rendezvous
    this.ports = ports
    this.book = book
  }

  tell(target: Target | null, state: Shown, ending: Ending | null = null): void {
    if (target === null) return
    const event = show(target, state, ending === null ? null : problemOf(ending))
    if (event !== null) this.ports.emit(event)
  }

  alarm(session: Session, name: (typeof SESSION_ALARMS)[number], delayMs: number, handler: () => void | Promise<void>): void {
    this.ports.alarms.set(`${name}:${session.id}`, delayMs, handler)
  }

  calm(session: Session, name: (typeof SESSION_ALARMS)[number]): void {
    this.ports.alarms.clear(`${name}:${session.id}`)
  }

  // --- calling

  get brokerState(): BrokerState {
    return this.broker
  }

  set brokerState(state: BrokerState) {
    if (state === this.broker) return
    this.broker = state
    this.ports.emit({ kind: 'broker', state })
  }

  /** A target that is new: shown, and called. */
  seek(target: Target): void {
    if (isPassive(target)) return
    this.tell(target, this.isCutOff(target) ? 'offline' : 'finding')
    this.call(target)
  }

  callNow(target: Target): void {
    target.failures = 0
    this.call(target)
  }

  callNoMore(target: Target): void {
    this.turns.drop(target)
    this.ports.alarms.clear(`call:${nameOf(target)}`)
  }

  private callIn(target: Target, delayMs: number): void {
    this.ports.alarms.set(`call:${nameOf(target)}`, delayMs, () => this.call(target))
  }

  private call(target: Target): void {
    if (isPassive(target)) return
    const { env, alarms } = this.ports
    if (!this.isCallable(target)) return
    if (target.kind === 'inviter' && target.invite.expiresMs <= env.nowMs()) {
      this.giveUp(target, 'invite-expired')
      return
    }
    alarms.clear(`call:${nameOf(target)}`)
    this.turns.add(target)
    this.callNext()
  }

  private isCallable(target: Target): boolean {
    return (
      this.book.isWanted(target) &&
      target.id !== null &&
      !isPassive(target) &&
      target.link === null &&
      target.attempt === null &&
      (this.broker === 'up' || this.ports.introductions.reaches(target))
    )
  }

  /** Nothing can be done until the broker is back or a link leads there. */
  isCutOff(target: Target): boolean {
    return this.broker === 'down' && target.kind === 'device' && !this.ports.introductions.reaches(target)
  }

  /** Calls those whose turn it is, as many as may be called now. */
  private callNext(): void {
    const { env, alarms } = this.ports
    let calling = [...this.sessions.values()].filter(({ initiator, phase }) => initiator && phase !== 'proven').length
    for (; calling < CALLS_MAX; calling += 1) {
      const next = this.turns.next(env.nowMs(), (target) => this.isCallable(target))
      if (next !== null) this.place(next)
      else {
        if (this.turns.size > 0) alarms.set('turn', TURN_MS, () => this.callNext())
        return
      }
    }
  }

  private place(target: Target): void {
    const { env } = this.ports
    const to = this.rendezvous.idToCall(target)
    if (to === null) return
    const common = { id: idOf<SessionId>(env.random(16)), initiator: true, from: this.book.ownId, to } as const
    const session =
      target.kind === 'device'
        ? this.begin({ ...common, expected: { kind: 'device', device: target.peer.device }, device: target.peer.device, invite: null })
        : this.begin({
            ...common,
            expected: { kind: 'inviter', invite: target.invite.key },
            device: null,
            invite: { ...target.invite, sealed: null },
          })
    target.attempt = session
    // Introducers are spared while the broker does: a room that wakes would send everything several times.
    session.introduced = (this.broker !== 'up' || target.failures > 0) && this.ports.introductions.reaches(target)
    this.alarm(session, 'answer', ANSWER_MS, () => this.end(session, { kind: 'failed' }))
    this.tell(target, 'finding')
  }

  /** A link that may lead to others: who could not be reached is called again, nearly at once. */
  private callThrough(introducer: DeviceKey): void {
    for (const target of this.book.targets()) {
      if (target.link !== null || target.attempt !== null || !this.ports.introductions.leadsTo(target, introducer)) continue
      if (this.broker !== 'up' || target.failures > 0) this.callIn(target, retryDelayMs(0, chanceOf(this.ports.env.random(4))))
    }
  }

  /** The other end has said something about this very attempt. */
  answered(session: Session): void {
    session.answered = true
    if (session.crossed !== null) this.early.end(session.crossed.body.session)
    session.crossed = null
    this.calm(session, 'glare')
    if (session.phase !== 'calling') return
    session.phase = 'connecting'
    this.tell(this.book.targetOf(session), 'connecting')
  }

  /** An invite that will not be called again, and why. */
  giveUp(target: InviterTarget, code: (LinkEvent & { readonly kind: 'refused' })['code']): void {
    if (this.book.accepted === target) this.book.accepted = null
    this.callNoMore(target)
    this.ports.emit({ kind: 'refused', invite: target.invite.key, code })
  }

  // --- sessions

  /** Makes the connection: only after deciding to call, or with consent to answer. */
  begin(seed: Omit<SessionSeed, 'sinceMs'>): Session {
    const session = newSession({ ...seed, sinceMs: this.ports.env.nowMs() })
    this.sessions.set(session.id, session)
    this.alarm(session, 'connect', LIMITS.connectMs, () => this.end(session, { kind: 'failed' }))
    this.ports.rtc.open(session.id, session.initiator)
    return session
  }

  /** Whether a peer that calls is answered: links have their number. */
  hasPlaceFor(device: DeviceKey): boolean {
    const busy = [...this.book.devices.values()].filter(({ attempt, link }) => attempt !== null || link !== null)
    return this.ports.introductions.admits(device, new Set(busy.map(({ peer }) => peer.device)))
  }

  /** Calls of peers that are being answered. */
  get answering(): number {
    return [...this.sessions.values()].filter(
      ({ initiator, phase, expected }) => !initiator && phase !== 'proven' && expected.kind === 'device',
    ).length
  }

  /** Whatever goes wrong in a session's handler ends that session, and only that. */
  async guarded(session: Session, handler: () => void | Promise<void>): Promise<void> {
    try {
      await handler()
    } catch (thrown) {
      this.end(session, { kind: 'unproven', code: codeOf(thrown) })
    }
  }

  end(session: Session, ending: Ending): void {
    if (session.phase === 'ended') return
    const { phase, crossed } = session
    session.phase = 'ended'
    this.sessions.delete(session.id)
    this.early.end(session.id)
    for (const name of SESSION_ALARMS) this.calm(session, name)
    this.ports.rtc.close(session.id)
    this.forgetKeys(session)
    if (phase === 'proven') this.ports.emit({ kind: 'closed', session: session.id })
    const slot = this.book.listeningOf(session)
    if (slot !== null) this.release(slot, session)
    const target = this.book.targetOf(session)
    if (target !== null) this.lose(target, session, phase === 'proven', ending)
    if (crossed !== null && (ending.kind === 'absent' || ending.kind === 'failed')) this.ports.input(() => this.onOffer(crossed))
    this.callNext()
  }

  /** Ends all of them at once and without a word. */
  stop(): void {
    for (const session of this.sessions.values()) {
      session.phase = 'ended'
      this.ports.rtc.close(session.id)
      this.forgetKeys(session)
    }
    this.sessions.clear()
  }

  private forgetKeys(session: Session): void {
    // A Worker that has ended has forgotten them anyway.
    if (session.handshake !== null) void this.ports.cryptography.handshakeEnd(session.id).catch(() => undefined)
  }

  private lose(target: Target, session: Session, wasProven: boolean, ending: Ending): void {
    if (target.attempt === session) target.attempt = null
    if (target.link === session) target.link = null
    if (ending.kind === 'replaced' || target.link !== null || target.attempt !== null || !this.book.isWanted(target)) return
    if (!wasProven && target.kind === 'device') this.ports.emit({ kind: 'unreached', device: target.peer.device })
    // Who answers at all is there: do not wait long, whoever it was that spoiled the attempt.
    if (session.answered) target.failures = Math.min(target.failures, FAILURES_WHILE_HEARD)
    target.away = !session.answered
    this.callIn(target, retryDelayMs(target.failures, chanceOf(this.ports.env.random(4))))
    target.failures += 1
    this.tell(target, (wasProven && !this.isCutOff(target)) || target.kind === 'inviter' ? 'finding' : 'offline', ending)
    if (target.kind === 'inviter' && target.failures >= UNREACHABLE_CALLS && !session.answered && !target.unreachableTold) {
      target.unreachableTold = true
      this.ports.emit({ kind: 'refused', invite: target.invite.key, code: 'invite-unreachable' })
    }
  }

  /** The newest proven session is the target's link: the other end may have reloaded and forgotten the older. */
  adopt(target: Target, session: Session): void {
    const { attempt, link } = target
    target.link = session
    target.attempt = null
    if (session.initiator) this.rendezvous.reached(target, session.to)
    this.callNoMore(target)
    for (const other of [attempt, link]) if (other !== null && other !== session) this.end(other, { kind: 'replaced' })
    if (target.kind === 'device') this.callThrough(target.peer.device)
    this.callNext()
  }

  /** An invite's caller is through or gone: the next one. */
  release(slot: Listening, session: Session): void {
    if (!slot.active.delete(session) || isBusy(slot)) return
    const next = nextWaiting(slot, this.ports.env.nowMs())
    if (next !== null) this.ports.input(() => this.onOffer(next))
  }
}

const isPassive = (target: Target): boolean => target.kind === 'device' && target.peer.passive === true
