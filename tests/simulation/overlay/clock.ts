/** Virtual time: what is due runs in the order (time, when it was asked for). */
export class Clock {
  nowMs = 0
  private readonly due = new Map<number, (() => void)[]>()
  /** A binary heap of the times in `due`. */
  private readonly times: number[] = []

  /** Whole milliseconds, at least one: nothing happens at once. */
  after(delayMs: number, run: () => void): void {
    const at = this.nowMs + Math.max(1, Math.round(delayMs))
    const slot = this.due.get(at)
    if (slot !== undefined) slot.push(run)
    else {
      this.due.set(at, [run])
      this.push(at)
    }
  }

  run(forMs: number): void {
    const endMs = this.nowMs + forMs
    for (let at = this.times[0]; at !== undefined && at <= endMs; at = this.times[0]) {
      this.pop()
      this.nowMs = at
      const slot = this.due.get(at) ?? []
      this.due.delete(at)
      for (const run of slot) run()
    }
    this.nowMs = endMs
  }

  private push(at: number): void {
    const { times } = this
    let i = times.push(at) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = times[parent] as number
      if (above <= at) break
      times[i] = above
      i = parent
    }
    times[i] = at
  }

  private pop(): void {
    const { times } = this
    const last = times.pop() as number
    if (times.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= times.length) break
      if (child + 1 < times.length && (times[child + 1] as number) < (times[child] as number)) child++
      if ((times[child] as number) >= last) break
      times[i] = times[child] as number
      i = child
    }
    times[i] = last
  }
}
