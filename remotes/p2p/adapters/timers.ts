/** Named one-shot timers over setTimeout. */
import type { Timers } from '#contracts/env.ts'

export class BrowserTimers implements Timers {
  private readonly running = new Map<string, ReturnType<typeof setTimeout>>()

  set(name: string, delayMs: number, fire: () => void): void {
    this.clear(name)
    this.running.set(
      name,
      setTimeout(() => {
        this.running.delete(name)
        fire()
      }, delayMs),
    )
  }

  clear(name: string): void {
    clearTimeout(this.running.get(name))
    this.running.delete(name)
  }

  /** Clears all of them. */
  stop(): void {
    for (const name of [...this.running.keys()]) this.clear(name)
  }
}
