/** Token buckets by name, bounded in number. */
import { type Bucket, isFull, type Rate, take } from './policy.ts'

export class Buckets {
  private readonly rate: Rate
  private readonly most: number
  private readonly byName = new Map<string, Bucket>()

  constructor(rate: Rate, most: number) {
    this.rate = rate
    this.most = most
  }

  /** Takes one token of `name`'s bucket; `false` when it is empty. */
  take(name: string, nowMs: number): boolean {
    const { bucket, allowed } = take(this.byName.get(name), this.rate, nowMs)
    this.byName.delete(name)
    this.byName.set(name, bucket)
    // The least recently used goes: a flood of fresh names forgets fresh names last.
    if (this.byName.size > this.most) {
      for (const oldest of this.byName.keys()) {
        this.byName.delete(oldest)
        break
      }
    }
    return allowed
  }

  /** Forgets buckets that are full again. */
  sweep(nowMs: number): void {
    for (const [name, bucket] of this.byName) if (isFull(bucket, this.rate, nowMs)) this.byName.delete(name)
  }
}
