/** Seals signals and hands them to the broker and to introducers; keeps those of a session while the broker is away. */
import type { BrokerId, DeviceKey, SessionId } from '#contracts/ids.ts'
import type { Refusal } from '#contracts/errors.ts'
import type { Cryptography } from '#contracts/cryptography.ts'
import type { Broker } from '#contracts/p2p.ts'
import type { Env } from '#contracts/env.ts'
import { encode } from '#contracts/wire/codec.ts'
import type { DeviceRecord } from '#contracts/wire/device-record.ts'
import { type SignalBody, signalBodyCodec } from '#contracts/wire/signal.ts'
import type { Introductions } from './introductions.ts'
import type { Parcel, Session } from './session.ts'

/** Signals that a session keeps for a broker that is away. up: memory; down: long candidate lists are cut. */
const OUTBOX_MAX = 64

type SealTo = Parameters<Cryptography['sealSignal']>[0]['to']

export interface Address {
  readonly from: BrokerId
  readonly to: BrokerId
  readonly seal: SealTo
}

export interface CourierPorts {
  readonly cryptography: Pick<Cryptography, 'sealSignal'>
  readonly broker: Broker
  readonly introductions: Pick<Introductions, 'send' | 'sendBy'>
  readonly env: Pick<Env, 'nowMs'>
  readonly recordOf: (device: DeviceKey) => DeviceRecord | null
}

export class Courier {
  private readonly ports: CourierPorts

  constructor(ports: CourierPorts) {
    this.ports = ports
  }

  /**
   * Sends a session's signal by all ways at once, as the same blob: who gets it twice takes it once. What the broker
   * does not take is kept for it, whoever else took it: no introducer says whether it could pass it on. Rejects when
   * it can't be sealed.
   */
  async send(session: Session, body: SignalBody): Promise<void> {
    const address = this.addressOf(session)
    if (address === null) return // nobody to tell any more
    const parcel = await this.seal(address, body)
    const taken = session.outbox.length === 0 && this.post(parcel)
    if (!taken && session.outbox.length < OUTBOX_MAX) session.outbox.push(parcel)
    // What mends a link is worth every way: the other end may have lost the broker without our knowing.
    if (!taken || session.introduced || session.phase === 'proven') this.ports.introductions.send(session, parcel.blob)
  }

  /** Gives the broker what was kept for it, in order, until it is away again. */
  flush(session: Session): void {
    for (let parcel = session.outbox[0]; parcel !== undefined; parcel = session.outbox[0]) {
      if (!this.post({ ...parcel, from: session.from, to: session.to })) return
      session.outbox.shift()
    }
  }

  /** Tells a caller no, also by way of `via`. Lost if neither is there: the caller asks again. */
  async refuse(address: Address, session: SessionId, code: Refusal, via: DeviceKey | null = null): Promise<void> {
    const parcel = await this.seal(address, { kind: 'refuse', session, code })
    this.post(parcel)
    if (via !== null && address.seal.kind === 'device') this.ports.introductions.sendBy(via, address.seal.device, parcel.blob)
  }

  private async seal({ from, to, seal }: Address, body: SignalBody): Promise<Parcel> {
    const { cryptography, env } = this.ports
    const blob = await cryptography.sealSignal({ to: seal, replyTo: from, nowMs: env.nowMs(), body: encode(signalBodyCodec, body) })
    return { from, to, kind: kindOf(body), blob }
  }

  private post({ from, to, kind, blob }: Parcel): boolean {
    return this.ports.broker.send(from, to, kind, blob)
  }

  private addressOf(session: Session): Address | null {
    const { expected, invite, from, to } = session
    if (expected.kind === 'device') {
      const record = this.ports.recordOf(expected.device)
      return record === null ? null : { from, to, seal: { kind: 'device', device: expected.device, signalling: record.tbs.signalling } }
    }
    if (invite === null) return null
    return { from, to, seal: { kind: 'invite', invite: invite.key, secret: invite.secret, toInviter: expected.kind === 'inviter' } }
  }
}

function kindOf(body: SignalBody): Parcel['kind'] {
  if (body.kind === 'description') return body.type
  return body.kind === 'candidate' ? 'candidate' : 'answer'
}
