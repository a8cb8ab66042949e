/**
 * The page's end of the Worker: calls become messages, and a watchdog looks after those that feed what a
 * peer made. A probe is posted behind such a call, and another as long as one is under way. The Worker
 * answers as soon as its event loop turns: asynchronous work does not hold that up, a decoder that runs away
 * does. After LIMITS.gateMs without an answer a spare Worker is started, and the two race: whichever speaks
 * first stays. So a machine that is slow, or a page that slept, is slow for both and costs nobody their
 * Worker; one that hangs loses. Then every call in flight rejects 'worker-ended', and the spare takes over.
 */
import { SottoError } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import { CALLS, type CallName, type FromWorker, ownBytes, type ToWorker } from './protocol.ts'

/** A started Worker, as far as it concerns us here. */
export interface WorkerEnd {
  post(message: ToWorker): void
  end(): void
}

export interface ClientPorts {
  /** Starts a Worker; `hear` gets its messages, `broken` is called if it fails as a whole. */
  start(hear: (message: FromWorker) => void, broken: () => void): Promise<WorkerEnd>
  /** Calls back after `delayMs`; gives the way to cancel. */
  after(delayMs: number, fire: () => void): () => void
}

interface Waiting {
  readonly name: CallName
  readonly resolve: (value: unknown) => void
  readonly reject: (error: SottoError) => void
}

interface Running {
  readonly end: Promise<WorkerEnd>
  /** Whether it has spoken: until it has, it is starting and can't be late. */
  heard: boolean
}

/** A pause between probes, so that a long honest call is not answered for by a stream of messages. */
const PROBE_EVERY_MS = LIMITS.gateMs / 2

/** Workers in a row that broke before their first word. Then there is no point in another. */
const MAX_STILLBORN = 3

/** The probe that a Worker gets as it starts: whoever started it may have taken its first word. */
const FIRST_PROBE = 0

export class Client {
  private readonly ports: ClientPorts
  private readonly restarted: () => void
  private readonly waiting = new Map<number, Waiting>()
  private current: Running | null = null
  private spare: Running | null = null
  private lastId = FIRST_PROBE
  private probe: { readonly id: number; readonly cancel: () => void } | null = null
  private pause: (() => void) | null = null
  private stillborn = 0
  private closed = false

  constructor(ports: ClientPorts, restarted: () => void) {
    this.ports = ports
    this.restarted = restarted
  }

  /** Starts the Worker. Rejects if it can't be. */
  async start(): Promise<void> {
    this.current = this.launch()
    await this.current.end
  }

  async call(name: CallName, args: readonly unknown[]): Promise<unknown> {
    const { current } = this
    const worker = await current?.end.catch(() => null)
    if (worker === null || worker === undefined || current !== this.current) throw new SottoError('worker-ended')
    return new Promise((resolve, reject) => {
      const id = ++this.lastId
      this.waiting.set(id, { name, resolve, reject })
      try {
        worker.post({ kind: 'call', id, name, args: args.map(ownBytes) })
      } catch {
        // An argument that can't be copied to the Worker.
        this.take(id)
        throw new SottoError('internal')
      }
      this.watch()
    })
  }

  /** Ends the Worker for good. */
  async close(): Promise<void> {
    this.closed = true
    await this.replace(null)
  }

  private launch(): Running {
    const running: Running = {
      heard: false,
      end: this.ports.start(
        (message) => this.hear(running, message),
        () => this.broken(running),
      ),
    }
    void running.end.then((worker) => worker.post({ kind: 'probe', id: FIRST_PROBE })).catch(() => undefined)
    return running
  }

  private hear(from: Running, message: FromWorker): void {
    // The race is over: the spare is ready, and the other has not said a word meanwhile.
    if (from === this.spare) void this.replace(from).then(() => this.restarted())
    // Nobody listens to a Worker that was ended.
    if (from !== this.current) return
    if (!from.heard) {
      from.heard = true
      this.stillborn = 0
      this.watch()
    }
    switch (message.kind) {
      case 'ready':
        return
      case 'alive':
        if (this.probe?.id === message.id) this.settleProbe()
        return
      case 'value':
        this.take(message.id)?.resolve(message.value)
        return
      case 'error':
        this.take(message.id)?.reject(new SottoError(message.code))
    }
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    return waiting
  }

  /** Posts a probe behind what was posted, if there is something to look after and none is on its way. */
  private watch(): void {
    const { current } = this
    if (current === null || !current.heard || this.probe !== null || !this.isPeerCallInFlight()) return
    this.pause?.()
    this.pause = null
    const id = ++this.lastId
    this.probe = { id, cancel: this.ports.after(LIMITS.gateMs, () => this.suspect()) }
    void current.end.then((worker) => worker.post({ kind: 'probe', id }))
  }

  /** The probe is late: a spare Worker starts, to replace the one that hangs or to lose to one that is slow. */
  private suspect(): void {
    this.spare ??= this.launch()
  }

  private settleProbe(): void {
    this.probe?.cancel()
    this.probe = null
    void this.dismiss(this.spare)
    this.spare = null
    if (this.pause !== null || !this.isPeerCallInFlight()) return
    this.pause = this.ports.after(PROBE_EVERY_MS, () => {
      this.pause = null
      this.watch()
    })
  }

  private isPeerCallInFlight(): boolean {
    for (const { name } of this.waiting.values()) if (CALLS[name] === 'peer') return true
    return false
  }

  /** A Worker failed as a whole. A spare that did leaves the other one more time. */
  private broken(which: Running): void {
    if (!which.heard) this.stillborn++
    if (which === this.spare) {
      this.spare = null
      if (this.stillborn < MAX_STILLBORN) this.suspect()
    }
    if (which !== this.current) return
    // Without a Worker every call from here on rejects 'worker-ended'.
    const next = this.closed || this.stillborn >= MAX_STILLBORN ? null : this.launch()
    void this.replace(next).then(() => {
      if (next !== null) this.restarted()
    })
  }

  /** Ends the Worker that runs and every call that waits for it; `next` takes its place. */
  private async replace(next: Running | null): Promise<void> {
    const ended = this.current
    if (this.spare !== next) void this.dismiss(this.spare)
    this.spare = null
    this.current = next
    this.probe?.cancel()
    this.probe = null
    this.pause?.()
    this.pause = null
    const waiting = [...this.waiting.values()]
    this.waiting.clear()
    await this.dismiss(ended)
    for (const { reject } of waiting) reject(new SottoError('worker-ended'))
  }

  private async dismiss(running: Running | null): Promise<void> {
    await running?.end.then((worker) => worker.end()).catch(() => undefined)
  }
}
