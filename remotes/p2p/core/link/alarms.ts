/** Named timers whose firing is an input like any other: it waits its turn in the queue. */
import type { Timers } from '#contracts/env.ts'
import type { Queue } from './queue.ts'

export class Alarms {
  private readonly armed = new Map<string, symbol>()
  private readonly timers: Timers
  private readonly queue: Queue

  constructor(timers: Timers, queue: Queue) {
    this.timers = timers
    this.queue = queue
  }

  set(name: string, delayMs: number, handler: () => void | Promise<void>): void {
    const arming = Symbol()
    this.armed.set(name, arming)
    this.timers.set(`link:${name}`, delayMs, () => {
      this.queue.push(() => {
        // Cleared or set anew while it waited its turn: the later word counts.
        if (this.armed.get(name) !== arming) return undefined
        this.armed.delete(name)
        return handler()
      })
    })
  }

  clear(name: string): void {
    if (this.armed.delete(name)) this.timers.clear(`link:${name}`)
  }

  isSet(name: string): boolean {
    return this.armed.has(name)
  }

  clearAll(): void {
    for (const name of [...this.armed.keys()]) this.clear(name)
  }
}
