/**
 * The Broker port on the PeerJS client: registration, heartbeat, and opaque blobs over any PeerJS-compatible
 * server. The client's own message handler is taken off its socket and is passed nothing but what is about
 * the registration: left on, it would answer any stranger's OFFER by itself, before any consent.
 * Does not know what the blobs hold, nor who anybody is.
 */
import { Peer, type PeerOptions } from 'peerjs'
import { SottoError } from '#contracts/errors.ts'
import type { BrokerId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Broker, BrokerEvent, NetworkConfig, ProveId } from '#contracts/p2p.ts'
import { blobPayload, CARRIERS, claimMessage, echoPayload, hear } from './broker-message.ts'

/** A connection that is neither up nor refused by then hangs. */
const ATTEMPT_MS = 10_000
/** A stock server that still holds our dead socket takes the new one without an OPEN: then we ask ourselves. */
const SILENT_OPEN_MS = 1_500
/** How often a registration that hears nothing is tried, and how long an echo may take. */
const ECHO_EVERY_MS = 30_000
const ECHO_WITHIN_MS = 3_000
/** A registration that held this long was a good one: the next back-off starts anew. */
const STEADY_MS = 10_000

type DownReason = Extract<BrokerEvent, { kind: 'down' }>['reason']

export interface PeerJsBrokerOptions {
  readonly server: NetworkConfig['broker']
  /** Fresh random bytes, for the jitter of the back-off. */
  readonly random: (length: number) => Uint8Array
  readonly onEvent: (event: BrokerEvent) => void
  /**
   * The broker offers relays to whom it has just registered. The registration is told once this is done: a connection
   * made before would not have them.
   */
  readonly onRelaysOffered?: (id: BrokerId, token: string) => Promise<void>
}

export class PeerJsBroker implements Broker {
  private readonly options: PeerJsBrokerOptions
  private readonly registrations = new Map<BrokerId, Registration>()

  constructor(options: PeerJsBrokerOptions) {
    this.options = options
  }

  listen(id: BrokerId, token: string, prove: ProveId): void {
    if (this.registrations.has(id)) return
    const registration = new Registration(id, token, prove, this.options)
    this.registrations.set(id, registration)
    registration.connect()
  }

  unlisten(id: BrokerId): void {
    this.registrations.get(id)?.stop()
    this.registrations.delete(id)
  }

  /** Throws 'too-large' for a blob over LIMITS.signalBlobBytes. */
  send(from: BrokerId, to: BrokerId, kind: 'offer' | 'answer' | 'candidate', blob: Uint8Array): boolean {
    if (blob.length > LIMITS.signalBlobBytes) throw new SottoError('too-large')
    return this.registrations.get(from)?.send({ type: CARRIERS[kind], dst: to, payload: blobPayload(blob) }) ?? false
  }

  wake(): void {
    for (const registration of this.registrations.values()) registration.wake()
  }

  close(): void {
    for (const id of [...this.registrations.keys()]) this.unlisten(id)
  }
}

/** One id, kept registered. `peer` is the attempt or the registration of now; null while backing off. */
class Registration {
  private readonly id: BrokerId
  private readonly token: string
  private readonly prove: ProveId
  private readonly options: PeerJsBrokerOptions
  private peer: Peer | null = null
  private upSinceMs: number | null = null
  /** What was heard before the registration is told; null afterwards. Few: a broker hands out a short queue. */
  private held: BrokerEvent[] | null = []
  private offered = false
  private failures = 0
  private stopped = false
  private readonly timers = new Map<'retry' | 'attempt' | 'echo', ReturnType<typeof setTimeout>>()

  constructor(id: BrokerId, token: string, prove: ProveId, options: PeerJsBrokerOptions) {
    this.id = id
    this.token = token
    this.prove = prove
    this.options = options
  }

  connect(): void {
    this.clear('retry')
    const peer = new Peer(this.id, peerOptions(this.options.server, this.token))
    this.peer = peer
    const own = peer.socket.listeners('message')
    peer.socket.removeAllListeners('message')
    peer.socket.on('message', (message: unknown) => {
      if (this.peer === peer) this.onMessage(message, own)
    })
    peer.on('open', () => this.onUp(peer))
    peer.on('error', (error) => this.onDown(peer, reasonOf(error.type)))
    peer.on('disconnected', () => this.onDown(peer, 'closed'))
    this.set('attempt', ATTEMPT_MS, () => this.onDown(peer, 'unreachable'))
    this.set('echo', SILENT_OPEN_MS, () => this.askUntilUp(peer))
  }

  /** `false` unless registered. */
  send(message: { readonly type: string; readonly dst: BrokerId; readonly payload: object }): boolean {
    if (this.peer === null || this.upSinceMs === null) return false
    this.peer.socket.send(message)
    return true
  }

  wake(): void {
    if (this.timers.has('retry')) this.connect()
    // The machine may have slept: the socket looks alive until somebody asks.
    else if (this.peer !== null && this.upSinceMs !== null) this.askEcho(this.peer)
  }

  stop(): void {
    this.stopped = true
    this.drop()
  }

  private onMessage(message: unknown, own: readonly ((message: object) => void)[]): void {
    const heard = hear(message)
    if (heard === null || this.peer === null) return
    switch (heard.kind) {
      case 'registration':
        if (heard.type === 'OPEN' && heard.turn) this.offered = true
        // A message of our own making: what the broker wrote beside the type is not passed on.
        for (const listener of own) listener({ type: heard.type, payload: { msg: '' } })
        return
      case 'echo':
        this.onUp(this.peer)
        return
      case 'challenge':
        void this.answer(this.peer, heard.nonce)
        return
      case 'absent':
        this.options.onEvent(heard)
        return
      case 'blob':
        this.tell({ kind: 'blob', to: this.id, from: heard.from, blob: heard.blob })
    }
  }

  /** A broker of ours wants to know whose id it is. It knows that we are there: no need to ask whether it is. */
  private async answer(peer: Peer, nonce: Uint8Array): Promise<void> {
    if (this.upSinceMs !== null) return
    this.clear('echo')
    const { host } = this.options.server
    try {
      const claim = await this.prove(host, nonce)
      if (this.peer === peer) peer.socket.send(claimMessage(host, claim))
    } catch {
      this.onDown(peer, 'refused')
    }
  }

  private onUp(peer: Peer): void {
    if (this.peer !== peer) return
    this.clear('attempt')
    this.set('echo', ECHO_EVERY_MS, () => this.askEcho(peer))
    if (this.upSinceMs !== null) return
    this.upSinceMs = performance.now()
    this.tell({ kind: 'listening', id: this.id })
    if (!this.offered || this.options.onRelaysOffered === undefined) this.release(peer)
    else void this.options.onRelaysOffered(this.id, this.token).finally(() => this.release(peer))
  }

  /** In order, and not before the relays are known. */
  private tell(event: BrokerEvent): void {
    if (this.held === null) this.options.onEvent(event)
    else this.held.push(event)
  }

  private release(peer: Peer): void {
    if (this.peer !== peer) return
    const held = this.held ?? []
    this.held = null
    for (const event of held) this.options.onEvent(event)
  }

  private onDown(peer: Peer, reason: DownReason): void {
    if (this.peer !== peer) return
    const upMs = this.upSinceMs === null ? null : performance.now() - this.upSinceMs
    this.drop()
    this.failures = upMs !== null && upMs >= STEADY_MS ? 0 : this.failures + 1
    if (this.stopped) return
    this.set('retry', this.backoffMs(), () => this.connect())
    this.options.onEvent({ kind: 'down', id: this.id, reason: upMs === null && reason === 'closed' ? 'unreachable' : reason })
  }

  /** The socket may not even be open yet: asked again until the attempt is over. */
  private askUntilUp(peer: Peer): void {
    if (this.peer !== peer) return
    this.sendEcho(peer)
    this.set('echo', SILENT_OPEN_MS, () => this.askUntilUp(peer))
  }

  /** A message to ourselves; if it does not come back in time, the socket is dead. */
  private askEcho(peer: Peer): void {
    if (this.peer !== peer) return
    this.sendEcho(peer)
    this.set('echo', ECHO_WITHIN_MS, () => this.onDown(peer, 'closed'))
  }

  private sendEcho(peer: Peer): void {
    peer.socket.send({ type: CARRIERS.candidate, dst: this.id, payload: echoPayload() })
  }

  private drop(): void {
    for (const name of [...this.timers.keys()]) this.clear(name)
    this.upSinceMs = null
    this.held = []
    this.offered = false
    const peer = this.peer
    this.peer = null
    peer?.removeAllListeners()
    peer?.destroy()
  }

  /** Half to all of a doubling delay, so that the clients of a restarted broker do not come back as one. */
  private backoffMs(): number {
    const [byte = 0] = this.options.random(1)
    const delayMs = Math.min(LIMITS.backoffMaxMs, LIMITS.backoffMinMs * 2 ** Math.min(this.failures, 16))
    return (delayMs / 2) * (1 + byte / 255)
  }

  private set(name: 'retry' | 'attempt' | 'echo', delayMs: number, fire: () => void): void {
    this.clear(name)
    this.timers.set(
      name,
      setTimeout(() => {
        this.timers.delete(name)
        fire()
      }, delayMs),
    )
  }

  private clear(name: 'retry' | 'attempt' | 'echo'): void {
    clearTimeout(this.timers.get(name))
    this.timers.delete(name)
  }
}

/** Every default that would name the PeerJS cloud is overridden. */
function peerOptions(server: NetworkConfig['broker'], token: string): PeerOptions {
  return { ...server, key: 'peerjs', token, debug: 0, config: { iceServers: [] } }
}

/** The client's error types, as what became of the registration. */
function reasonOf(type: string): DownReason {
  switch (type) {
    case 'unavailable-id':
      return 'id-taken'
    case 'server-error':
    case 'invalid-key':
    case 'invalid-id':
    case 'browser-incompatible':
      return 'refused'
    default:
      return 'closed'
  }
}
