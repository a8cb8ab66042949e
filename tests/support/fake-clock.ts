/**
 * Virtual time for simulated networks. Events fire in the order of their times, ties in the order they were
 * set. Between two events all asynchronous work is awaited, so that a run does not depend on the machine.
 */
import { createHash } from 'node:crypto'
import type { Env, Timers } from '#contracts/env.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  readonly fire: () => void
}

const START_MS = Date.UTC(2026, 10, 21)

export class FakeClock {
  private events: Event[] = []
  private order = 0
  private pending = 0
  private elapsed = 0
  readonly seed: string
  private readonly startMs: number
  private jumpedMs = 0

  /** `startMs`: Unix time of its beginning, by a clock that is right. */
  constructor(seed: string | number = 1, startMs = START_MS) {
    this.seed = String(seed)
    this.startMs = startMs
  }

  /** Virtual milliseconds since the beginning. */
  get elapsedMs(): number {
    return this.elapsed
  }

  /** The wall clocks go on by `ms`, and no timer with them: the machine slept. */
  jump(ms: number): void {
    this.jumpedMs += ms
  }

  /** Fires once after `delayMs`; the answer cancels it. */
  after(delayMs: number, fire: () => void): () => void {
    const event = { atMs: this.elapsed + Math.max(0, delayMs), order: this.order++, fire }
    this.events.push(event)
    return () => {
      this.events = this.events.filter((one) => one !== event)
    }
  }

  timers(): Timers {
    const running = new Map<string, () => void>()
    const clear = (name: string): void => {
      running.get(name)?.()
      running.delete(name)
    }
    return {
      set: (name, delayMs, fire) => {
        clear(name)
        running.set(
          name,
          this.after(delayMs, () => {
            running.delete(name)
            fire()
          }),
        )
      },
      clear,
    }
  }

  /** Time, and randomness that depends on the seed and `name` only. `skewMs` is added to the wall clock. */
  env(name: string, skewMs = 0): Env {
    const random = seededBytes(`${this.seed}/${name}`)
    return {
      nowMs: () => this.startMs + this.elapsed + this.jumpedMs + skewMs,
      random,
      sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
    }
  }

  /** A port whose calls are awaited before time moves on. */
  watch<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          const result: unknown = Reflect.apply(value, target, args)
          if (!(result instanceof Promise)) return result
          this.pending += 1
          return result.finally(() => {
            this.pending -= 1
          })
        }
      },
    })
  }

  /** Resolves when nothing is left to do at this moment. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; ) {
      await new Promise((resolve) => setImmediate(resolve))
      quiet = this.pending === 0 ? quiet + 1 : 0
    }
  }

  /** Lets `ms` of virtual time pass. */
  async run(ms: number): Promise<void> {
    await this.until(() => false, ms)
    await this.settle()
  }

  /** Lets time pass until `condition` holds; `false` if it does not within `maxMs` of virtual time. */
  async until(condition: () => boolean, maxMs: number): Promise<boolean> {
    const endMs = this.elapsed + maxMs
    for (;;) {
      await this.settle()
      if (condition()) return true
      const next = this.next()
      if (next === null || next.atMs > endMs) {
        this.elapsed = endMs
        return false
      }
      this.events = this.events.filter((one) => one !== next)
      this.elapsed = next.atMs
      next.fire()
    }
  }

  private next(): Event | null {
    let first: Event | null = null
    for (const event of this.events) {
      if (first === null || event.atMs < first.atMs || (event.atMs === first.atMs && event.order < first.order)) first = event
    }
    return first
  }
}

/** An endless stream of bytes that depends on `seed` alone: SHA-256 in counter mode. Not for secrets. */
export function seededBytes(seed: string): (length: number) => Uint8Array<ArrayBuffer> {
  let counter = 0
  let left = new Uint8Array(0)
  return (length) => {
    const out = new Uint8Array(length)
    for (let filled = 0; filled < length; ) {
      if (left.length === 0) left = new Uint8Array(createHash('sha256').update(`${seed}#${counter++}`).digest())
      const part = left.subarray(0, length - filled)
      out.set(part, filled)
      filled += part.length
      left = left.subarray(part.length)
    }
    return out
  }
}

/** Uniform whole numbers from `min` to `max`, both included; depends on `seed` alone. */
export function seededNumbers(seed: string): (min: number, max: number) => number {
  const bytes = seededBytes(seed)
  return (min, max) => min + (new DataView(bytes(4).buffer).getUint32(0) % (max - min + 1))
}
