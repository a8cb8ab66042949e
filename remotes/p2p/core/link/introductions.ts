/**
 * Sealed signalling by way of a device that both ends are linked with: with one live link, no broker is needed to
 * reach the rest of a room. Whoever passes it on is trusted no more than a broker. One hop only, so there are no loops.
 */
import type { Env } from '#contracts/env.ts'
import type { DeviceKey } from '#contracts/ids.ts'
import type { Rtc } from '#contracts/p2p.ts'
import { encode } from '#contracts/wire/codec.ts'
import { frameCodec } from '#contracts/wire/frame.ts'
import type { IntroductionRules, RelayFrame } from './api.ts'
import type { Book } from './book.ts'
import type { Introduced } from './receiver.ts'
import { Rate } from './rate.ts'
import type { Session } from './session.ts'
import type { Target } from './target.ts'

/** Ways that one signal takes at once. up: every signal is sent more often; down: one bad introducer spoils more attempts. */
const WAYS_MAX = 3
/** Of these, those by which the other end was heard. Fewer, so that who is first to pass signals on can't be the only way back. */
const WAYS_HEARD_MAX = 2

/** What is passed on for one link. A call takes about 15 blobs (turns.ts). up: who floods costs us more; down: joining a large room takes longer. */
const PASSED_ON = { burst: 256, perSecond: 16 }
/** What one link brings. More than one sender's share of it, so that who floods does not mute the others behind the same introducer. */
const FROM_LINK = { burst: 384, perSecond: 32 }
const FROM_LINK_AND_SENDER = { burst: 96, perSecond: 8 }

/** No rooms, no introductions. */
export const NO_INTRODUCTIONS: IntroductionRules = { introducers: () => [], mayIntroduce: () => false }

interface Ports {
  readonly rtc: Pick<Rtc, 'send'>
  readonly env: Pick<Env, 'nowMs'>
  readonly rules: IntroductionRules
}

export class Introductions {
  private readonly ports: Ports
  private readonly book: Book
  private readonly passedOn = new Rate(PASSED_ON)
  private readonly fromLink = new Rate(FROM_LINK)
  private readonly fromSender = new Rate(FROM_LINK_AND_SENDER)

  constructor(ports: Ports, book: Book) {
    this.ports = ports
    this.book = book
  }

  /** Whether some link may lead to the target now. That the introducer is linked with it, nobody promises. */
  reaches(target: Target): boolean {
    if (target.kind !== 'device') return false
    const { device } = target.peer
    return this.ports.rules.introducers(device).some((introducer) => this.linkWith(introducer, device) !== null)
  }

  /** Whether a link with `introducer` is worth a new call to the target. */
  leadsTo(target: Target, introducer: DeviceKey): boolean {
    return target.kind === 'device' && this.ports.rules.introducers(target.peer.device).includes(introducer)
  }

  /** Whether a link with this peer has a place beside those with `busy`. */
  admits(device: DeviceKey, busy: ReadonlySet<DeviceKey>): boolean {
    return this.ports.rules.admits?.(device, busy) !== false
  }

  /** Hands a session's signal to some who may pass it on. */
  send(session: Session, blob: Uint8Array): void {
    if (session.expected.kind !== 'device') return
    const to = session.expected.device
    for (const link of this.waysOf(session, to)) this.put(link, { kind: 'relay', from: this.book.me, to, blob })
  }

  /** Hands one signal to `via` for `to`; lost if that link is gone. */
  sendBy(via: DeviceKey, to: DeviceKey, blob: Uint8Array): void {
    const link = this.linkWith(via, to)
    if (link !== null) this.put(link, { kind: 'relay', from: this.book.me, to, blob })
  }

  /** A frame on a proven link: the blob if it is for this device, else null, and passed on if that is allowed. */
  take(session: Session, frame: RelayFrame): Introduced | null {
    // A link by invite is for first contact only.
    if (session.expected.kind !== 'device') return null
    const via = session.expected.device
    const { from, to, blob } = frame
    if (to === this.book.me) return this.mayBring(via, from) ? { via, from, blob } : null
    if (this.mayAsk(via, from, to)) {
      const link = this.linkWith(to, via)
      if (link !== null) this.put(link, frame)
    }
    return null
  }

  /** Only its author may ask: what was passed on once is not passed on again. */
  private mayAsk(via: DeviceKey, from: DeviceKey, to: DeviceKey): boolean {
    return from === via && this.passedOn.take(via, this.ports.env.nowMs()) && this.ports.rules.mayIntroduce(from, to)
  }

  private mayBring(via: DeviceKey, from: DeviceKey): boolean {
    if (from === via || !this.book.devices.has(from)) return false
    const nowMs = this.ports.env.nowMs()
    // The sender's share first: what is refused there takes nothing from the others.
    return this.fromSender.take(`${via}/${from}`, nowMs) && this.fromLink.take(via, nowMs)
  }

  /** Links to send by: those that the other end was heard by, then others; which ones, the session's id decides. */
  private waysOf(session: Session, to: DeviceKey): readonly Session[] {
    const others = this.ports.rules.introducers(to).filter((device) => !session.heardBy.includes(device))
    const turn = others.length === 0 ? 0 : Number.parseInt(session.id.slice(0, 8), 16) % others.length
    const ways = [...session.heardBy, ...others.slice(turn), ...others.slice(0, turn)]
    return ways.flatMap((device) => this.linkWith(device, to) ?? []).slice(0, WAYS_MAX)
  }

  /** The link with this device, if it works now and is not one with `end` itself. */
  private linkWith(device: DeviceKey, end: DeviceKey): Session | null {
    const link = this.book.devices.get(device)?.link ?? null
    return device === end || link === null || link.disconnected ? null : link
  }

  /** Lost when the link is over its high-water mark, as a broker would lose it: a call is made again. */
  private put(link: Session, frame: RelayFrame): void {
    this.ports.rtc.send(link.id, 'control', encode(frameCodec, frame))
  }
}

/** The other end was heard by way of `via`: what it is told goes back that way too. */
export function heardBy(session: Session, via: DeviceKey | null): void {
  if (via === null) return
  session.introduced = true
  session.heardBy = [via, ...session.heardBy.filter((device) => device !== via)].slice(0, WAYS_HEARD_MAX)
}
