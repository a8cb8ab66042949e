/**
 * From a blob, brought by the broker or an introducer, to a signal that may be acted on: size, rate, seal, target,
 * consent, window and replay, encoding; in this order, and silent about whatever falls out.
 */
import type { BrokerId, DeviceKey, InviteKey } from '#contracts/ids.ts'
import type { Cryptography } from '#contracts/cryptography.ts'
import type { BrokerEvent } from '#contracts/p2p.ts'
import { LIMITS } from '#contracts/limits.ts'
import { BROKER_ID_PATTERN } from '#contracts/wire/broker-id.ts'
import { decode } from '#contracts/wire/codec.ts'
import { type SignalBody, type SignalTbs, signalBodyCodec } from '#contracts/wire/signal.ts'
import { type ConsentFacts, judge, type Opened } from './consent.ts'
import { Rate } from './rate.ts'
import type { ReplayMemory } from './replay.ts'

/** A blob for this device, and who says whose it is. */
export interface Introduced {
  readonly via: DeviceKey
  /** The word of `via`, until the seal is open. */
  readonly from: DeviceKey
  readonly blob: Uint8Array
}

/** A signal that was for us, from somebody who may be answered, taken for the first time. */
export interface Heard {
  /** What this attempt is counted by: the broker's word, or an introduced sender, whose signature was checked. */
  readonly source: string
  /** The own id that it was sent to; null if another device passed it on. */
  readonly at: BrokerId | null
  /** The device that passed it on; null for the broker. */
  readonly via: DeviceKey | null
  readonly sender: DeviceKey
  readonly replyTo: BrokerId
  readonly opened: Opened
  readonly body: SignalBody
}

export interface ReceiverFacts extends ConsentFacts {
  readonly nowMs: number
  /** An id of this device, at this time. */
  isOwnId(id: BrokerId): boolean
  /** Secret of the own invite that listens on this id; null for an id that is not ours. */
  inviteAt(id: BrokerId): { readonly key: InviteKey; readonly secret: Uint8Array } | null
  accepted(): { readonly key: InviteKey; readonly secret: Uint8Array } | null
  /** Ids of peers and of the accepted inviter: strangers can't use up their share. */
  isKnownSource(source: string): boolean
}

interface Found {
  readonly tbs: SignalTbs
  readonly opened: Opened
}

/** A call takes about 15 blobs. up: more work a source may cause; down: calls in a row stall. */
const PER_SOURCE = { burst: 96, perSecond: 16 }
/** All unknown sources together, for each of our ids. A stranger's blob costs one failed opening. */
const UNKNOWN = { burst: 128, perSecond: 16 }
const BODY_MAX_BYTES = 9 * 1024

export class Receiver {
  private readonly perSource = new Rate(PER_SOURCE)
  private readonly unknown = new Rate(UNKNOWN)
  private readonly cryptography: Pick<Cryptography, 'openSignal'>

  private readonly replay: ReplayMemory

  constructor(cryptography: Pick<Cryptography, 'openSignal'>, replay: ReplayMemory) {
    this.cryptography = cryptography
    this.replay = replay
  }

  /** The signal in this blob, or null for whatever deserves no answer. Never rejects. */
  async hear(event: BrokerEvent & { readonly kind: 'blob' }, facts: ReceiverFacts): Promise<Heard | null> {
    if (event.blob.length > LIMITS.signalBlobBytes || !this.allows(event, facts)) return null
    const found = await this.open(event, facts)
    return found === null ? null : this.take(found, { source: event.from, at: event.to, via: null }, facts)
  }

  /**
   * The same for a blob that another device passed on: sealed to this device, by whom it names, and counted already
   * (introductions.ts). Never rejects.
   */
  async hearIntroduced({ via, from, blob }: Introduced, facts: ReceiverFacts): Promise<Heard | null> {
    const tbs = await this.openAsDevice(blob)
    if (tbs === null || tbs.sender !== from) return null
    return this.take({ tbs, opened: { kind: 'device' } }, { source: `introduced ${from}`, at: null, via }, facts)
  }

  private take({ tbs, opened }: Found, way: Pick<Heard, 'source' | 'at' | 'via'>, facts: ReceiverFacts): Heard | null {
    const verdict = judge(tbs, opened, facts)
    if (verdict.kind === 'ignore' || !isBrokerId(tbs.replyTo)) return null
    const body = bodyOf(tbs)
    if (body === null || !this.replay.take(verdict.owner, tbs.nonce, tbs.sentAtMs, facts.nowMs)) return null
    return { ...way, sender: tbs.sender, replyTo: tbs.replyTo, opened, body }
  }

  private allows(event: BrokerEvent & { readonly kind: 'blob' }, facts: ReceiverFacts): boolean {
    if (!facts.isOwnId(event.to) && facts.inviteAt(event.to) === null) return false
    if (!this.perSource.take(event.from, facts.nowMs)) return false
    return facts.isKnownSource(event.from) || this.unknown.take(event.to, facts.nowMs)
  }

  private async open(event: BrokerEvent & { readonly kind: 'blob' }, facts: ReceiverFacts): Promise<Found | null> {
    const own = facts.inviteAt(event.to)
    if (own !== null) return this.openUnder(event.blob, own, true)
    const tbs = await this.openAsDevice(event.blob)
    if (tbs !== null) return { tbs, opened: { kind: 'device' } }
    const accepted = facts.accepted()
    return accepted === null ? null : this.openUnder(event.blob, accepted, false)
  }

  private async openAsDevice(blob: Uint8Array): Promise<SignalTbs | null> {
    try {
      return (await this.cryptography.openSignal(blob, { kind: 'device' })).tbs
    } catch {
      return null
    }
  }

  private async openUnder(
    blob: Uint8Array,
    invite: { readonly key: InviteKey; readonly secret: Uint8Array },
    toInviter: boolean,
  ): Promise<Found | null> {
    try {
      const { tbs } = await this.cryptography.openSignal(blob, { kind: 'invite', invite: invite.key, secret: invite.secret, toInviter })
      return { tbs, opened: { kind: toInviter ? 'own-invite' : 'accepted-invite', invite: invite.key } }
    } catch {
      return null
    }
  }
}

const isBrokerId = (text: string): text is BrokerId => BROKER_ID_PATTERN.test(text)

function bodyOf(tbs: SignalTbs): SignalBody | null {
  try {
    return decode(signalBodyCodec, tbs.body, BODY_MAX_BYTES)
  } catch {
    return null
  }
}
