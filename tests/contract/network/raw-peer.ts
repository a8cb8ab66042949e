/** A peer that speaks WebRTC but keeps none of our rules: what an attacker's page can send. */
import type { SessionId } from '#contracts/ids.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'

export type RawChannel = 'control' | 'bulk' | 'live'
const STREAMS = { control: 0, bulk: 1, live: 2 } as const

/** One frame: bytes in the padded form with a mask of zeros, or as they are. */
export type RawFrame =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'plain'; readonly length: number }
  | { readonly kind: 'padded'; readonly size: number; readonly length: number; readonly more: boolean }

function frameOf(frame: Exclude<RawFrame, { kind: 'text' }>): Uint8Array<ArrayBuffer> {
  if (frame.kind === 'plain') return new Uint8Array(frame.length)
  const out = new Uint8Array(frame.size)
  new DataView(out.buffer).setUint32(4, frame.length + (frame.more ? 0x80000000 : 0))
  return out
}

class RawPeer {
  readonly received: { readonly channel: RawChannel; readonly length: number }[] = []
  readonly channels: Readonly<Record<RawChannel, RTCDataChannel>>
  readonly connection = new RTCPeerConnection()

  constructor(session: SessionId, say: (body: SignalBody) => void) {
    const make = (name: RawChannel): RTCDataChannel => {
      const channel = this.connection.createDataChannel(name, { negotiated: true, id: STREAMS[name] })
      channel.binaryType = 'arraybuffer'
      channel.onmessage = (event) => this.received.push({ channel: name, length: (event.data as ArrayBuffer).byteLength })
      return channel
    }
    this.channels = { control: make('control'), bulk: make('bulk'), live: make('live') }
    this.connection.onicecandidate = ({ candidate }) =>
      say({
        kind: 'candidate',
        session,
        candidate: candidate?.candidate ?? '',
        mid: candidate?.sdpMid ?? '',
        mLineIndex: candidate?.sdpMLineIndex ?? 0,
      })
  }
}

/** Answers whatever is offered, in the sessions it was told to hold. */
export class RawPeers {
  private readonly say: (body: SignalBody) => void
  private readonly peers = new Map<SessionId, RawPeer>()

  constructor(say: (body: SignalBody) => void) {
    this.say = say
  }

  open(session: SessionId): void {
    this.peers.set(session, new RawPeer(session, this.say))
  }

  /** `false`: not a session of ours. */
  receive(body: SignalBody): boolean {
    const peer = this.peers.get(body.session)
    if (peer === undefined) return false
    if (body.kind === 'description') void this.answer(peer, body)
    else if (body.kind === 'candidate') void peer.connection.addIceCandidate({ candidate: body.candidate, sdpMid: body.mid || '0' })
    return true
  }

  async isOpen(session: SessionId): Promise<void> {
    const control = this.peers.get(session)?.channels.control
    if (control !== undefined && control.readyState !== 'open') await new Promise((resolve) => control.addEventListener('open', resolve))
  }

  send(session: SessionId, channel: RawChannel, frame: RawFrame, count: number): void {
    const to = this.peers.get(session)?.channels[channel]
    for (let i = 0; i < count && to?.readyState === 'open'; i++) {
      if (frame.kind === 'text') to.send(frame.text)
      else to.send(frameOf(frame))
    }
  }

  received(session: SessionId): readonly { readonly channel: RawChannel; readonly length: number }[] {
    return this.peers.get(session)?.received ?? []
  }

  private async answer(peer: RawPeer, { session, type, sdp }: Extract<SignalBody, { kind: 'description' }>): Promise<void> {
    await peer.connection.setRemoteDescription({ type, sdp })
    if (type === 'answer') return
    await peer.connection.setLocalDescription()
    this.say({ kind: 'description', session, type: 'answer', sdp: peer.connection.localDescription?.sdp ?? '' })
  }
}
