/**
 * Who is registered, and what goes where. Knows clients as something that can be sent a text and closed;
 * knows no sockets, no HTTP, no clock.
 */
import { timingSafeEqual } from 'node:crypto'
import { Buckets } from './buckets.ts'
import { expireText, ID_TAKEN_TEXT, openText, parseMessage, relayText } from './message.ts'
import type { Metrics } from './metrics.ts'
import { idKind, type Policy } from './policy.ts'
import { Queues } from './queues.ts'

/** WebSocket close codes (RFC 6455 section 7.4.1; 4000 and up are ours). */
export const CLOSE = {
  normal: 1000,
  policy: 1008,
  restart: 1012,
  /** Another socket of the same client took the id. */
  displaced: 4001,
  idle: 4002,
} as const

/** One registered socket. */
export interface Client {
  readonly id: string
  readonly token: string
  /** The id is a key's hash, and the key has signed our challenge. */
  readonly proven: boolean
  readonly address: string
  /** `false` when the reader is too slow: it is being cut. */
  send(text: string): boolean
  close(code: number): void
}

interface Registered {
  readonly client: Client
  readonly heardMs: number
}

/** Other brokers that share clients with this one. */
export interface Elsewhere {
  /** Resolves with whether somebody there took it. Keeps order. */
  send(dst: string, text: string): Promise<boolean>
  arrived(id: string): void
  gone(id: string): void
}

export class Hub {
  /** null: this broker is alone. */
  elsewhere: Elsewhere | null = null
  private readonly policy: Policy
  private readonly metrics: Metrics
  private readonly clients = new Map<string, Registered>()
  private readonly queues: Queues
  private readonly ofIds: Buckets
  private readonly ofAddresses: Buckets
  private readonly open: string

  /** `turn`: clients are told that there are credentials for them. */
  constructor(policy: Policy, metrics: Metrics, turn = false) {
    this.policy = policy
    this.open = openText(turn)
    this.metrics = metrics
    this.queues = new Queues(policy)
    this.ofIds = new Buckets(policy.messagesAnId, policy.rememberedBuckets)
    this.ofAddresses = new Buckets(policy.messagesAnAddress, policy.rememberedBuckets)
  }

  get size(): number {
    return this.clients.size
  }

  has(id: string): boolean {
    return this.clients.has(id)
  }

  /** Whether `id` is registered now, by whoever knows this token. */
  holdsToken(id: string, token: string): boolean {
    const held = this.clients.get(id)?.client.token
    return held !== undefined && held.length === token.length && timingSafeEqual(Buffer.from(held), Buffer.from(token))
  }

  /**
   * Registers `client`. A proof or the same token takes the id over from a socket that is probably dead; another
   * token is told ID-TAKEN. `false`: not registered, and closed. A key's id without a proof must not come here.
   */
  register(client: Client, nowMs: number): boolean {
    const held = this.clients.get(client.id)?.client
    if (held !== undefined && !client.proven && held.token !== client.token) {
      this.refuseTaken(client)
      return false
    }
    // Set first: the old socket's leaving must not take the new registration with it.
    this.clients.set(client.id, { client, heardMs: nowMs })
    if (held !== undefined) {
      this.metrics.count('displaced')
      held.close(CLOSE.displaced)
    }
    this.metrics.count('opened')
    this.elsewhere?.arrived(client.id)
    client.send(this.open)
    for (const waiting of this.queues.takeFor(client.id)) {
      this.metrics.count('relayed')
      client.send(waiting.text)
    }
    return true
  }

  refuseTaken(client: Client): void {
    this.metrics.count('idTaken')
    client.send(ID_TAKEN_TEXT)
    client.close(CLOSE.normal)
  }

  clientOf(id: string): Client | undefined {
    return this.clients.get(id)?.client
  }

  /** Its id is somebody else's now, on another node. */
  displace(client: Client): void {
    this.metrics.count('displaced')
    this.cut(client, CLOSE.displaced)
  }

  /** A message that another node brings for one of our clients. */
  receiveFor(id: string, text: string): void {
    const to = this.clientOf(id)
    if (to !== undefined && !to.send(text)) this.remove(to)
  }

  /** The id is registered on another node: what waits for it here goes there. */
  sendWaiting(id: string): void {
    if (this.has(id)) return
    for (const { text } of this.queues.takeFor(id))
      void this.elsewhere?.send(id, text).then((taken) => taken && this.metrics.count('relayed'))
  }

  /** The socket is gone. What it had registered, if it still holds it, is free. */
  remove(client: Client): void {
    if (!this.holds(client)) return
    this.clients.delete(client.id)
    this.elsewhere?.gone(client.id)
    this.metrics.count('closed')
  }

  /**
   * Counts a message, or anything else that costs us work, against the client's rate. `false`: it is cut, or
   * no longer holds its id.
   */
  charge(client: Client, nowMs: number): boolean {
    if (!this.holds(client)) return false
    if (this.ofIds.take(client.id, nowMs)) return true
    this.metrics.count('cutFlood')
    this.cut(client, CLOSE.policy)
    return false
  }

  /** One message of a client's socket. */
  receive(client: Client, text: string, nowMs: number): void {
    if (!this.charge(client, nowMs)) return
    this.clients.set(client.id, { client, heardMs: nowMs })
    const message = parseMessage(text)
    if (message === null || message.kind === 'claim' || (message.kind === 'relay' && idKind(message.dst) === null)) {
      this.metrics.count('cutMalformed')
      this.cut(client, CLOSE.policy)
      return
    }
    if (message.kind === 'heartbeat') return
    if (message.kind === 'leave') {
      this.cut(client, CLOSE.normal)
      return
    }
    if (!this.ofAddresses.take(client.address, nowMs)) {
      this.metrics.count('dropped')
      return
    }
    const relayed = relayText(message.type, client.id, message.dst, message.payload)
    if (relayed === null) {
      this.metrics.count('cutMalformed')
      this.cut(client, CLOSE.policy)
      return
    }
    this.deliver(client, message.dst, relayed, nowMs)
  }

  /** To be called a few times a second: expires what waited too long, cuts who is silent. */
  tick(nowMs: number): void {
    const told = new Set<string>()
    for (const { src, dst } of this.queues.takeExpired(nowMs)) {
      const once = `${src} ${dst}`
      if (!told.has(once)) this.expire(src, dst)
      told.add(once)
    }
    for (const { client, heardMs } of [...this.clients.values()]) {
      if (nowMs - heardMs < this.policy.idleMs) continue
      this.metrics.count('cutIdle')
      this.cut(client, CLOSE.idle)
    }
  }

  /** To be called now and then: forgets buckets that are full again. */
  sweep(nowMs: number): void {
    this.ofIds.sweep(nowMs)
    this.ofAddresses.sweep(nowMs)
  }

  private deliver(from: Client, dst: string, text: string, nowMs: number): void {
    const to = this.clients.get(dst)?.client
    if (to?.send(text) === true) {
      this.metrics.count('relayed')
      return
    }
    // Too slow a reader is gone by now: what it did not get waits for its next socket.
    if (to !== undefined) this.remove(to)
    if (to !== undefined || this.elsewhere === null) this.wait(from, dst, text, nowMs)
    else {
      void this.elsewhere.send(dst, text).then((taken) => {
        if (taken) this.metrics.count('relayed')
        else this.wait(from, dst, text, nowMs)
      })
    }
  }

  private wait(from: Client, dst: string, text: string, nowMs: number): void {
    if (this.queues.add({ src: from.id, address: from.address, dst, text }, nowMs)) this.metrics.count('queued')
    else this.expire(from.id, dst)
  }

  private expire(src: string, dst: string): void {
    this.metrics.count('expired')
    this.clients.get(src)?.client.send(expireText(dst, src))
  }

  private holds(client: Client): boolean {
    return this.clients.get(client.id)?.client === client
  }

  private cut(client: Client, code: number): void {
    this.remove(client)
    client.close(code)
  }
}
