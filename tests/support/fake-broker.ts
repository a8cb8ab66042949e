/**
 * A simulated PeerJS-compatible broker and its clients, behind the Broker port. It keeps what ours and the
 * stock one keep: one registration an id, a token that lets its holder come back, a short queue for ids that
 * are away, EXPIRE after 5 s, order from one id to another. Like a stock one it asks for no proof of an id. Tests can
 * make it lie.
 */
import { SottoError } from '#contracts/errors.ts'
import type { BrokerId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Broker, BrokerEvent } from '#contracts/p2p.ts'
import { type FakeClock, seededNumbers } from './fake-clock.ts'

export interface FakeMessage {
  readonly from: string
  readonly to: BrokerId
  readonly kind: 'offer' | 'answer' | 'candidate'
  readonly blob: Uint8Array<ArrayBuffer>
}

const QUEUE_MESSAGES = 8
const QUEUE_MS = 5000
const RETRY_MS = 500

interface Registration {
  readonly id: BrokerId
  readonly token: string
  readonly listener: (event: BrokerEvent) => void
}

interface FakeClientState {
  readonly wanted: Map<BrokerId, string>
  readonly listener: (event: BrokerEvent) => void
  alive: boolean
}

export type FakeBrokerClient = Broker & {
  /** The page is gone without a word; the broker notices its closed socket at once. */
  kill(): void
}

export class FakeBrokerServer {
  private readonly clock: FakeClock
  private readonly registrations = new Map<string, Registration>()
  private readonly queues = new Map<string, FakeMessage[]>()
  private readonly clients = new Set<FakeClientState>()
  private readonly arrivals = new Map<string, number>()
  private readonly jitter: (min: number, max: number) => number
  private isUp = true
  /** All that was sent through it, as sent. */
  readonly recorded: FakeMessage[] = []
  /** What becomes of a message; an honest broker passes it on once. May be replaced by a liar. */
  relay: (message: FakeMessage) => readonly FakeMessage[] = (message) => [message]
  latencyMs = { min: 2, max: 12 }
  /** False: messages from one id to another may overtake each other. */
  ordered = true

  constructor(clock: FakeClock) {
    this.clock = clock
    this.jitter = seededNumbers(`${clock.seed}/broker`)
  }

  connect(listener: (event: BrokerEvent) => void): FakeBrokerClient {
    const state: FakeClientState = { wanted: new Map(), listener, alive: true }
    this.clients.add(state)
    const leave = (): void => {
      state.alive = false
      this.clients.delete(state)
      for (const [id, registration] of this.registrations) if (registration.listener === listener) this.registrations.delete(id)
    }
    return {
      listen: (id, token) => {
        if (state.wanted.has(id)) return
        state.wanted.set(id, token)
        this.clock.after(this.delay(), () => this.register(state, id))
      },
      unlisten: (id) => {
        state.wanted.delete(id)
        if (this.registrations.get(id)?.listener === listener) this.registrations.delete(id)
      },
      send: (from, to, kind, blob) => {
        if (blob.length > LIMITS.signalBlobBytes) throw new SottoError('too-large')
        if (this.registrations.get(from)?.listener !== listener) return false
        const message = { from, to, kind, blob: blob.slice() }
        this.recorded.push(message)
        for (const one of this.relay(message)) this.deliver(one)
        return true
      },
      wake: () => undefined,
      close: leave,
      kill: leave,
    }
  }

  /** Hands a message to whoever is registered as its `to`, later. */
  deliver(message: FakeMessage): void {
    const pair = `${message.from}>${message.to}`
    const atMs = this.clock.elapsedMs + this.delay()
    const arrivalMs = this.ordered ? Math.max(atMs, this.arrivals.get(pair) ?? 0) : atMs
    this.arrivals.set(pair, arrivalMs)
    this.clock.after(arrivalMs - this.clock.elapsedMs, () => this.arrive(message))
  }

  down(): void {
    this.isUp = false
    this.queues.clear()
    const lost = [...this.registrations.values()]
    this.registrations.clear()
    for (const { id, listener } of lost) listener({ kind: 'down', id, reason: 'closed' })
  }

  up(): void {
    this.isUp = true
    for (const state of this.clients) {
      for (const id of state.wanted.keys()) this.clock.after(this.jitter(0, RETRY_MS), () => this.register(state, id))
    }
  }

  isRegistered(id: BrokerId): boolean {
    return this.registrations.has(id)
  }

  private register(state: FakeClientState, id: BrokerId): void {
    const token = state.wanted.get(id)
    if (!this.isUp || !state.alive || token === undefined) return
    const holder = this.registrations.get(id)
    if (holder !== undefined && holder.token !== token) {
      state.listener({ kind: 'down', id, reason: 'id-taken' })
      this.clock.after(RETRY_MS, () => this.register(state, id))
      return
    }
    if (holder?.listener === state.listener) return
    this.registrations.set(id, { id, token, listener: state.listener })
    holder?.listener({ kind: 'down', id, reason: 'closed' })
    state.listener({ kind: 'listening', id })
    const queued = this.queues.get(id) ?? []
    this.queues.delete(id)
    for (const message of queued) this.deliver(message)
  }

  private arrive(message: FakeMessage): void {
    if (!this.isUp) return
    const { from, to, blob } = message
    const registration = this.registrations.get(to)
    if (registration !== undefined) {
      registration.listener({ kind: 'blob', to, from, blob: blob.slice() })
      return
    }
    const queue = this.queues.get(to) ?? []
    if (queue.length >= QUEUE_MESSAGES) return
    this.queues.set(to, [...queue, message])
    this.clock.after(QUEUE_MS, () => this.expire(message))
  }

  private expire(message: FakeMessage): void {
    const queue = this.queues.get(message.to)
    if (queue?.includes(message) !== true) return
    this.queues.set(
      message.to,
      queue.filter((one) => one !== message),
    )
    this.registrations.get(message.from)?.listener({ kind: 'absent', to: message.to })
  }

  private delay(): number {
    return this.jitter(this.latencyMs.min, this.latencyMs.max)
  }
}
