/**
 * One RTCPeerConnection: perfect negotiation (W3C WebRTC section 10.7; the initiator is impolite), the three
 * channels, and the guard over fingerprints. Inputs are worked off one at a time, so that a candidate never
 * overtakes the description before it. Does not know who the peer is.
 */
import { SottoError } from '#contracts/errors.ts'
import type { SessionId } from '#contracts/ids.ts'
import type { Channel, LinkStats, RtcEvent } from '#contracts/p2p.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'
import { fingerprintOf, sameBytes } from './fingerprint.ts'
import { CHANNELS, FramedChannel } from './rtc-channel.ts'
import { linkStatsOf } from './rtc-stats.ts'

/** Signals waiting for their turn, and candidates waiting for a description. A browser gathers far fewer. */
const SIGNALS_WAITING = 64
/** Messages that came before the last channel opened. */
const EARLY_MESSAGES = 16

type CloseReason = Extract<RtcEvent, { kind: 'closed' }>['reason']
type Description = Extract<SignalBody, { kind: 'description' }>
type Candidate = Extract<SignalBody, { kind: 'candidate' }>

export interface SessionOptions {
  readonly session: SessionId
  readonly initiator: boolean
  readonly config: RTCConfiguration
  /** Fresh random bytes, for the padding of frames. */
  readonly random: (length: number) => Uint8Array
  readonly onEvent: (event: RtcEvent) => void
}

export class RtcSession {
  private readonly session: SessionId
  private readonly initiator: boolean
  private readonly onEvent: (event: RtcEvent) => void
  private readonly connection: RTCPeerConnection
  private readonly channels: ReadonlyMap<Channel, FramedChannel>
  private turn: Promise<void> = Promise.resolve()
  private waiting = 0
  private readonly candidates: Candidate[] = []
  private local: Uint8Array | null = null
  private remote: Uint8Array | null = null
  private opened = false
  private readonly early: { readonly channel: Channel; readonly bytes: Uint8Array<ArrayBuffer> }[] = []
  private ended = false

  /** Throws what the browser throws when it makes no further connection or refuses the configuration. */
  constructor(options: SessionOptions) {
    this.session = options.session
    this.initiator = options.initiator
    this.onEvent = options.onEvent
    this.connection = new RTCPeerConnection(options.config)
    this.channels = new Map((Object.keys(CHANNELS) as Channel[]).map((name) => [name, this.channelOf(name, options.random)]))
    this.connection.onnegotiationneeded = () => this.onNegotiationNeeded()
    this.connection.onicecandidate = ({ candidate }) => this.onCandidate(candidate)
    this.connection.oniceconnectionstatechange = () =>
      this.emit({ kind: 'ice', session: this.session, state: this.connection.iceConnectionState })
    this.connection.onconnectionstatechange = () => {
      // A failed ICE may still be restarted; a failed DTLS is the end.
      if (this.connection.connectionState === 'failed' && this.connection.iceConnectionState !== 'failed') this.end('failed')
    }
  }

  signal(body: SignalBody): void {
    if (this.waiting >= SIGNALS_WAITING) return
    this.waiting += 1
    this.next(async () => {
      this.waiting -= 1
      if (body.kind === 'description') await this.describe(body)
      else if (body.kind === 'candidate') await this.addCandidate(body)
    })
  }

  send(channel: Channel, message: Uint8Array): boolean {
    return this.channels.get(channel)?.send(message) ?? false
  }

  /** With the relays of now: what they were when the connection was made may have ended. null: none may be used any more. */
  restartIce(config: RTCConfiguration | null): void {
    if (config === null) this.end('no-relay')
    else {
      this.connection.setConfiguration(config)
      this.connection.restartIce()
    }
  }

  async stats(): Promise<LinkStats> {
    const reports = new Map<string, object>()
    for (const [id, report] of (await this.connection.getStats()) as unknown as Iterable<[string, object]>) reports.set(id, report)
    return linkStatsOf(reports)
  }

  /** Ends the session; the first reason counts. */
  end(reason: CloseReason): void {
    if (this.ended) return
    this.ended = true
    for (const channel of this.channels.values()) channel.detach()
    this.connection.onnegotiationneeded = this.connection.onicecandidate = null
    this.connection.oniceconnectionstatechange = this.connection.onconnectionstatechange = null
    this.connection.close()
    this.onEvent({ kind: 'closed', session: this.session, reason })
  }

  private emit(event: RtcEvent): void {
    if (!this.ended) this.onEvent(event)
  }

  /** One step at a time. What a step throws ends the session: the peer's fault if typed, else the browser's refusal. */
  private next(step: () => Promise<void>): void {
    this.turn = this.turn.then(async () => {
      if (this.ended) return
      try {
        await step()
      } catch (thrown) {
        this.end(thrown instanceof SottoError ? 'protocol' : 'failed')
      }
    })
  }

  /** Asked when the browser says it, not when its turn comes: by then the other end's offer may have settled it. */
  private onNegotiationNeeded(): void {
    // The first offer is the initiator's.
    if (this.initiator || this.remote !== null) this.next(() => this.offer())
  }

  private async offer(): Promise<void> {
    if (this.connection.signalingState !== 'stable') return // who is answering has nothing to offer
    await this.connection.setLocalDescription()
    this.describeSelf()
  }

  private async describe({ type, sdp }: Description): Promise<void> {
    if (this.initiator && type === 'offer' && this.remote === null) return // it can't have seen our offer
    const state = this.connection.signalingState
    if (type === 'answer' && state !== 'have-local-offer') return // late, or repeated
    if (this.initiator && type === 'offer' && state !== 'stable') return // glare: ours stands, the polite end yields
    if (!this.agrees(this.remote, fingerprintOf(sdp))) return
    await this.connection.setRemoteDescription({ type, sdp })
    if (this.ended) return
    // What the connection itself will hold the peer to, not what we believe to have told it.
    const held = fingerprintOf(this.connection.remoteDescription?.sdp ?? '')
    if (!this.agrees(this.remote, held)) return
    this.remote = held
    this.tryOpen()
    for (const candidate of this.candidates.splice(0)) await this.addCandidate(candidate)
    if (type === 'answer' || this.ended) return
    await this.connection.setLocalDescription()
    this.describeSelf()
  }

  /** `false` when a certificate changed under way: then the session has ended. */
  private agrees(before: Uint8Array | null, now: Uint8Array): boolean {
    if (before !== null && !sameBytes(before, now)) this.end('fingerprint')
    return !this.ended
  }

  /** Tells the peer our description as the browser has it now. */
  private describeSelf(): void {
    const description = this.connection.localDescription
    if (this.ended || description === null || (description.type !== 'offer' && description.type !== 'answer')) return
    const held = fingerprintOf(description.sdp)
    if (!this.agrees(this.local, held)) return
    this.local = held
    const { type, sdp } = description
    this.emit({ kind: 'signal', session: this.session, body: { kind: 'description', session: this.session, type, sdp } })
    this.tryOpen()
  }

  private async addCandidate(body: Candidate): Promise<void> {
    if (this.connection.remoteDescription === null) {
      if (this.candidates.length < SIGNALS_WAITING) this.candidates.push(body)
      return
    }
    try {
      await this.connection.addIceCandidate({
        candidate: body.candidate,
        sdpMLineIndex: body.mLineIndex,
        ...(body.mid === '' ? {} : { sdpMid: body.mid }),
      })
    } catch {
      // One bad candidate, or one of an offer that was ignored or replaced: the others may still serve.
    }
  }

  private onCandidate(candidate: RTCIceCandidate | null): void {
    // Firefox also says the empty one for each generation; null comes once, from every browser.
    if (candidate?.candidate === '') return
    this.emit({
      kind: 'signal',
      session: this.session,
      body: {
        kind: 'candidate',
        session: this.session,
        candidate: candidate?.candidate ?? '',
        mid: candidate?.sdpMid ?? '',
        mLineIndex: candidate?.sdpMLineIndex ?? 0,
      },
    })
  }

  private channelOf(name: Channel, random: (length: number) => Uint8Array): FramedChannel {
    return new FramedChannel(name, this.connection.createDataChannel(name, CHANNELS[name]), random, {
      opened: () => this.tryOpen(),
      message: (bytes) => this.onMessage(name, bytes),
      drained: () => this.emit({ kind: 'drained', session: this.session, channel: name }),
      broken: () => this.end('protocol'),
      closed: () => this.end('closed'),
    })
  }

  /**
   * A link is open when nothing sent on it would be refused for that: channels open one after the other. On a
   * busy machine all of them may be open before the browser has told us that it took the description.
   */
  private tryOpen(): void {
    if (this.opened || this.ended || this.local === null || this.remote === null) return
    if (![...this.channels.values()].every((channel) => channel.isOpen)) return
    this.opened = true
    const [offerer, answerer] = this.initiator ? [this.local, this.remote] : [this.remote, this.local]
    this.emit({
      kind: 'open',
      session: this.session,
      role: this.initiator ? 'offerer' : 'answerer',
      fingerprints: { offerer, answerer },
    })
    for (const { channel, bytes } of this.early.splice(0)) this.emit({ kind: 'message', session: this.session, channel, bytes })
  }

  private onMessage(channel: Channel, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.opened) this.emit({ kind: 'message', session: this.session, channel, bytes })
    else if (this.early.length < EARLY_MESSAGES) this.early.push({ channel, bytes })
    else this.end('protocol')
  }
}
