/** What the engine asks of the links: whom to be linked with, which invites to listen on, which one to accept. */
import type { SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { AcceptedInvite, LinkPeer, OwnInvite } from './api.ts'
import { type Listening, newListening } from './invites.ts'
import type { Liveness } from './liveness.ts'
import type { Session } from './session.ts'
import type { Switchboard } from './switchboard.ts'
import { type DeviceTarget, deviceTarget, inviterTarget } from './target.ts'
import { ringFrom } from './turns.ts'

/** An attempt as old as this is given up for a new one when the network is back. */
const STALE_MS = 3000

export class Commands {
  private readonly board: Switchboard
  private readonly liveness: Liveness

  constructor(board: Switchboard, liveness: Liveness) {
    this.board = board
    this.liveness = liveness
  }

  setPeers(peers: readonly LinkPeer[]): void {
    const { board } = this
    const { devices, me } = board.book
    const wanted = new Map(peers.filter((peer) => peer.device !== me).map((peer) => [peer.device, peer]))
    for (const [device, target] of devices) {
      if (wanted.has(device)) continue
      devices.delete(device)
      board.callNoMore(target)
      for (const session of [...board.sessions.values()]) {
        if (session.expected.kind === 'device' && session.expected.device === device) board.end(session, { kind: 'unwanted' })
      }
    }
    for (const device of ringFrom(me, [...wanted.keys()])) {
      const peer = wanted.get(device)
      if (peer !== undefined) this.addPeer(peer)
    }
  }

  private addPeer(peer: LinkPeer): DeviceTarget {
    const { board } = this
    const known = board.book.devices.get(peer.device)
    if (known !== undefined) {
      const wasPassive = known.peer.passive === true
      known.peer = peer
      board.rendezvous.place(known)
      if (wasPassive && peer.passive !== true && known.link === null) board.seek(known)
      return known
    }
    const target = deviceTarget(peer)
    board.book.devices.set(peer.device, target)
    board.rendezvous.place(target)
    const introduced = [...board.sessions.values()].find((session) => session.phase === 'proven' && session.device === peer.device)
    if (introduced === undefined) board.seek(target)
    else this.moveTo(target, introduced)
    return target
  }

  promote(id: SessionId, peer: LinkPeer): void {
    const session = this.board.sessions.get(id)
    if (session?.phase === 'proven' && session.device === peer.device) this.moveTo(this.addPeer(peer), session)
  }

  /** A link by invite becomes the device's link; the invite is free for what is left to do with it. */
  private moveTo(target: DeviceTarget, session: Session): void {
    const { board } = this
    if (session.expected.kind === 'device') return
    const slot = board.book.listeningOf(session)
    if (session.expected.kind === 'inviter' && board.book.accepted?.invite.key === session.expected.invite) {
      board.callNoMore(board.book.accepted)
      board.book.accepted = null
    }
    session.expected = { kind: 'device', device: target.peer.device }
    session.from = board.book.ownId
    session.to = target.id ?? session.to
    board.calm(session, 'joiner')
    board.adopt(target, session)
    board.tell(target, 'connected')
    if (slot !== null) board.release(slot, session)
  }

  async setInvites(listed: readonly OwnInvite[]): Promise<void> {
    const { board } = this
    const { invites } = board.book
    const wanted = new Map(listed.slice(0, LIMITS.invitesListening).map((invite) => [invite.key, invite]))
    for (const [key, slot] of invites) {
      if (wanted.has(key)) continue
      invites.delete(key)
      for (const session of [...slot.active]) board.end(session, { kind: 'unwanted' })
    }
    for (const invite of wanted.values()) {
      const slot = invites.get(invite.key)
      if (slot !== undefined) this.changeInvite(slot, invite)
      else invites.set(invite.key, newListening(invite))
    }
    await board.rendezvous.refresh()
  }

  /** An invite that is spent keeps the link that spent it; callers who are not through yet are refused. */
  private changeInvite(slot: Listening, invite: OwnInvite): void {
    const { board } = this
    slot.invite = invite
    if (invite.refuse === null) return
    const waiting = slot.waiting.splice(0)
    for (const session of [...slot.active]) if (session.phase !== 'proven') board.end(session, { kind: 'unwanted' })
    for (const { offer } of waiting) board.ports.input(() => board.onOffer(offer))
  }

  accept(invite: AcceptedInvite | null): void {
    const { board } = this
    const before = board.book.accepted
    if (invite !== null && before?.invite.key === invite.key) return
    board.book.accepted = null
    if (before !== null) {
      board.callNoMore(before)
      for (const session of [before.attempt, before.link]) if (session !== null) board.end(session, { kind: 'unwanted' })
    }
    if (invite === null) return
    const target = inviterTarget(invite)
    board.book.accepted = target
    board.rendezvous.place(target)
    if (invite.expiresMs <= board.ports.env.nowMs()) board.giveUp(target, 'invite-expired')
    else board.seek(target)
  }

  wake(): void {
    const { board } = this
    const { broker, env } = board.ports
    broker.wake()
    for (const target of board.book.targets()) {
      const { attempt } = target
      // Its candidates may be those of the network before.
      if (attempt !== null && env.nowMs() - attempt.sinceMs > STALE_MS) board.end(attempt, { kind: 'replaced' })
      board.callNow(target)
    }
    for (const session of board.sessions.values()) if (session.phase === 'proven') this.liveness.wake(session)
  }
}
