/**
 * One data channel of a link: whole messages in, whole messages out. Pads and chunks (control, live) or
 * takes raw frames (bulk), keeps the browser's send buffer short, and puts arriving chunks together within
 * bounds. Does not know the connection it stands on.
 */
import { SottoError } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Channel } from '#contracts/p2p.ts'
import { CHUNK_BYTES, pad, Reassembler, unpad } from '#contracts/wire/padding.ts'

/** Negotiated by both ends without asking: the stream ids are part of the wire format (docs/protocol.md, "The link"). */
export const CHANNELS: Readonly<Record<Channel, RTCDataChannelInit & { readonly id: number }>> = {
  control: { negotiated: true, id: 0, ordered: true },
  bulk: { negotiated: true, id: 1, ordered: true },
  live: { negotiated: true, id: 2, ordered: false, maxRetransmits: 0 },
}

/** bufferedAmount at which more is sent. up: the buffer may run dry less often; down: it runs dry. */
const LOW_WATER_BYTES = LIMITS.highWaterBytes / 4

/** The largest message of each channel: live never waits for a second frame, bulk is never chunked. */
const MESSAGE_BYTES: Readonly<Record<Channel, number>> = {
  control: LIMITS.frameMessageBytes,
  live: CHUNK_BYTES,
  bulk: LIMITS.bulkFrameBytes,
}

export interface ChannelEvents {
  opened(): void
  message(bytes: Uint8Array<ArrayBuffer>): void
  drained(): void
  /** The peer broke the framing. */
  broken(): void
  closed(): void
}

export class FramedChannel {
  private readonly name: Channel
  private readonly channel: RTCDataChannel
  private readonly random: (length: number) => Uint8Array
  private readonly events: ChannelEvents
  private readonly reassembler = new Reassembler()
  /** Frames that the browser does not have yet, all of one message. */
  private pending: Uint8Array<ArrayBuffer>[] = []
  private refused = false

  constructor(name: Channel, channel: RTCDataChannel, random: (length: number) => Uint8Array, events: ChannelEvents) {
    this.name = name
    this.channel = channel
    this.random = random
    this.events = events
    channel.binaryType = 'arraybuffer'
    channel.bufferedAmountLowThreshold = LOW_WATER_BYTES
    channel.onopen = () => events.opened()
    channel.onclose = () => events.closed()
    channel.onmessage = (event) => this.receive(event.data)
    channel.onbufferedamountlow = () => this.pump()
  }

  get isOpen(): boolean {
    return this.channel.readyState === 'open'
  }

  /** `false` while the last messages are still leaving. Throws 'too-large' above the channel's bound. */
  send(message: Uint8Array): boolean {
    if (message.length > MESSAGE_BYTES[this.name]) throw new SottoError('too-large')
    if (!this.isOpen) return false
    if (this.pending.length > 0 || this.channel.bufferedAmount > LIMITS.highWaterBytes) {
      this.refused = true
      return false
    }
    this.pending = this.name === 'bulk' ? [message.slice()] : pad(message, this.random)
    this.pump()
    return true
  }

  /** Takes the handlers off: nothing is heard of this channel any more. */
  detach(): void {
    this.channel.onopen = this.channel.onclose = this.channel.onmessage = this.channel.onbufferedamountlow = null
    this.pending = []
  }

  private pump(): void {
    if (!this.isOpen) return
    let sent = 0
    for (const frame of this.pending) {
      if (this.channel.bufferedAmount > LIMITS.highWaterBytes) break
      this.channel.send(frame)
      sent += 1
    }
    this.pending = this.pending.slice(sent)
    if (!this.refused || this.pending.length > 0 || this.channel.bufferedAmount > LOW_WATER_BYTES) return
    this.refused = false
    this.events.drained()
  }

  private receive(data: unknown): void {
    let message: Uint8Array<ArrayBuffer> | null
    try {
      message = this.unframe(data)
    } catch {
      this.events.broken()
      return
    }
    if (message !== null) this.events.message(message)
  }

  /** The whole message that this frame completes, if any. Throws for whatever is not a frame of this channel. */
  private unframe(data: unknown): Uint8Array<ArrayBuffer> | null {
    if (!(data instanceof ArrayBuffer)) throw new SottoError('malformed')
    const frame = new Uint8Array(data)
    if (frame.length > (this.name === 'bulk' ? LIMITS.bulkFrameBytes : LIMITS.frameBytes)) throw new SottoError('too-large')
    if (this.name === 'bulk') return frame
    if (this.name === 'control') return this.reassembler.take(frame)
    const { body, more } = unpad(frame)
    if (more) throw new SottoError('malformed')
    return body
  }
}
