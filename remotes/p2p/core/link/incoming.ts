/** Signals that may be acted on: to the session they belong to, or as a call that is answered, held or refused. */
import type { Refusal } from '#contracts/errors.ts'
import type { BrokerId } from '#contracts/ids.ts'
import type { BrokerEvent } from '#contracts/p2p.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'
import { refusalOf } from './consent.ts'
import type { Courier } from './courier.ts'
import { crossing, GLARE_WAIT_MS } from './glare.ts'
import { heardBy } from './introductions.ts'
import type { Introduced } from './receiver.ts'
import { isBusy, type Listening, wait } from './invites.ts'
import { Rate } from './rate.ts'
import { type Heard, Receiver, type ReceiverFacts } from './receiver.ts'
import type { ReplayMemory } from './replay.ts'
import type { Session, SessionSeed } from './session.ts'
import type { Switchboard } from './switchboard.ts'
import type { DeviceTarget } from './target.ts'

/** New sessions that one source may start. Refills fast enough that an honest call soon passes again. */
const ATTEMPTS = { burst: 16, perSecond: 2 }
/** Calls of peers that are being answered at once. up: memory when all call together; down: some must call again. */
const ANSWERS_MAX = 48
/** Refusals sent in words, for each invite or device. */
const REFUSALS = { burst: 8, perSecond: 1 }

export class Incoming {
  private readonly board: Switchboard
  private readonly courier: Courier
  private readonly receiver: Receiver
  private readonly attempts = new Rate(ATTEMPTS)
  private readonly refusals = new Rate(REFUSALS)

  constructor(board: Switchboard, courier: Courier, replay: ReplayMemory) {
    this.board = board
    this.courier = courier
    this.receiver = new Receiver(board.ports.cryptography, replay)
    board.onOffer = (offer) => this.onOffer(offer)
  }

  private facts(): ReceiverFacts {
    const { book, rendezvous, ports } = this.board
    return {
      me: book.me,
      nowMs: ports.env.nowMs(),
      isPeer: (device) => book.devices.has(device),
      isOwnInvite: (key) => book.invites.has(key),
      isOwnId: (id) => rendezvous.ownerOf(id) !== null,
      inviteAt: (id) => [...book.invites.values()].find(({ invite }) => invite.key === rendezvous.ownerOf(id))?.invite ?? null,
      accepted: () => book.accepted?.invite ?? null,
      isKnownSource: (source) => book.targets().some((target) => rendezvous.isOf(source, target)),
    }
  }

  async onBlob(event: BrokerEvent & { readonly kind: 'blob' }): Promise<void> {
    const heard = await this.receiver.hear(event, this.facts())
    if (heard !== null) await this.onHeard(heard)
  }

  async onIntroduced(introduced: Introduced): Promise<void> {
    const heard = await this.receiver.hearIntroduced(introduced, this.facts())
    if (heard !== null) await this.onHeard(heard)
  }

  private async onHeard(heard: Heard): Promise<void> {
    const { board } = this
    const { sender, body } = heard
    const session = board.sessions.get(body.session)
    if (session !== undefined) this.onSignal(session, heard)
    else if (body.kind === 'candidate') board.early.hold(body.session, sender, body)
    else if (body.kind === 'description' && body.type === 'offer') await this.onOffer(heard)
    else if (body.kind === 'description') await this.onStrayAnswer(heard)
  }

  private onSignal(session: Session, { sender, opened, via, body }: Heard): void {
    if (session.device === null) {
      if (session.expected.kind !== 'inviter' || opened.kind !== 'accepted-invite' || opened.invite !== session.expected.invite) return
      session.device = sender
    }
    if (session.device !== sender) return
    heardBy(session, via)
    if (body.kind === 'refuse') {
      this.onRefused(session, body.code)
      return
    }
    if (!session.answered) this.board.answered(session)
    // Candidates alone do not count: the answer before them may be lost.
    if (body.kind === 'description') this.board.calm(session, 'answer')
    this.board.ports.rtc.signal(session.id, body)
  }

  private onRefused(session: Session, code: (SignalBody & { readonly kind: 'refuse' })['code']): void {
    const { board } = this
    if (session.phase === 'proven') return
    const target = board.book.targetOf(session)
    if (code === 'declined' || target?.kind !== 'inviter') {
      board.end(session, { kind: 'failed' })
      return
    }
    board.giveUp(target, code)
    board.end(session, { kind: 'unwanted' })
  }

  /** A call. Consent is settled. */
  private async onOffer(heard: Heard): Promise<void> {
    const { book, early } = this.board
    if (early.isGone(heard.body.session)) return
    if (heard.opened.kind === 'device') {
      const target = book.devices.get(heard.sender)
      const to = target === undefined ? null : await this.board.rendezvous.replyId(target, heard.replyTo)
      if (target !== undefined && to !== null) await this.onPeerCall(target, heard, to)
    } else if (heard.opened.kind === 'own-invite') {
      const slot = book.invites.get(heard.opened.invite)
      if (slot !== undefined) await this.onGuestCall(slot, heard)
    }
  }

  private async onPeerCall(target: DeviceTarget, heard: Heard, to: BrokerId): Promise<void> {
    const { board } = this
    if (!this.attempts.take(heard.source, board.ports.env.nowMs())) return
    const own = target.attempt
    if (own === null && target.link === null && !board.hasPlaceFor(heard.sender)) {
      await this.decline(target, heard)
      return
    }
    // One that was tried at a neighbouring period's id has no better claim than this call, which came.
    const isHere = own?.to === target.id
    if (own !== null && isHere && crossing(board.book.me, heard.sender, own) === 'hold') {
      own.crossed = heard
      board.alarm(own, 'glare', GLARE_WAIT_MS, () => board.end(own, { kind: 'failed' }))
      return
    }
    if (own === null && board.answering >= ANSWERS_MAX) return // it calls again
    if (own !== null) board.end(own, { kind: 'replaced' })
    board.callNoMore(target)
    const expected = { kind: 'device', device: heard.sender } as const
    target.attempt = this.answer(heard, { expected, invite: null, from: this.ownIdIn(heard), to })
    board.tell(target, 'connecting')
  }

  private async onGuestCall(slot: Listening, heard: Heard): Promise<void> {
    const { board } = this
    const nowMs = board.ports.env.nowMs()
    const refusal = refusalOf(slot.invite, nowMs)
    if (refusal !== null) {
      await this.refuse(slot, heard, refusal)
      return
    }
    const same = [...slot.active].find(({ device }) => device === heard.sender)
    if (same === undefined && isBusy(slot)) {
      wait(slot, heard, nowMs)
      return
    }
    if (!this.attempts.take(heard.source, nowMs)) return
    if (same !== undefined) {
      slot.active.delete(same) // the same caller calls anew, and keeps its turn
      board.end(same, { kind: 'replaced' })
    }
    const { key, secret, sealed } = slot.invite
    const expected = { kind: 'joiner', invite: key } as const
    slot.active.add(this.answer(heard, { expected, invite: { key, secret, sealed }, from: this.ownIdIn(heard), to: heard.replyTo }))
  }

  /** Who called an id is answered from that one: from another, the broker would learn that both are ours. */
  private ownIdIn({ at }: Heard): BrokerId {
    return at ?? this.board.book.ownId
  }

  private answer(heard: Heard, seed: Pick<SessionSeed, 'expected' | 'invite' | 'from' | 'to'>): Session {
    const { board } = this
    const session = board.begin({ ...seed, id: heard.body.session, initiator: false, device: heard.sender })
    heardBy(session, heard.via)
    for (const body of [heard.body, ...board.early.take(session.id, heard.sender)]) board.ports.rtc.signal(session.id, body)
    return session
  }

  private async refuse(slot: Listening, heard: Heard, code: Refusal): Promise<void> {
    if (!this.refusals.take(slot.invite.key, this.board.ports.env.nowMs())) return
    const { key, secret } = slot.invite
    const seal = { kind: 'invite', invite: key, secret, toInviter: false } as const
    await this.courier.refuse({ from: this.ownIdIn(heard), to: heard.replyTo, seal }, heard.body.session, code)
  }

  /** An answer to a call that this page has given up or forgotten: the other end need not wait for its timeout. */
  private async onStrayAnswer(heard: Heard): Promise<void> {
    const target = heard.opened.kind === 'device' ? this.board.book.devices.get(heard.sender) : undefined
    if (target !== undefined) await this.decline(target, heard)
  }

  private async decline(target: DeviceTarget, heard: Heard): Promise<void> {
    const { ports } = this.board
    if (!this.refusals.take(heard.sender, ports.env.nowMs())) return
    const seal = { kind: 'device', device: heard.sender, signalling: target.peer.record.tbs.signalling } as const
    const to = await this.board.rendezvous.replyId(target, heard.replyTo)
    if (to !== null) await this.courier.refuse({ from: this.ownIdIn(heard), to, seal }, heard.body.session, 'declined', heard.via)
  }
}
