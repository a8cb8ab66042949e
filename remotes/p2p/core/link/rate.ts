/**
 * Token buckets by name. Names are sources as the broker gives them, never identities that a blob claims:
 * a claim is free, and counting claims would let anybody use up a contact's share.
 */
export interface RateRule {
  /** Tokens a full bucket holds. */
  readonly burst: number
  readonly perSecond: number
}

interface Bucket {
  tokens: number
  atMs: number
}

export class Rate {
  private readonly buckets = new Map<string, Bucket>()
  private readonly rule: RateRule
  private readonly maxNames: number

  constructor(rule: RateRule, maxNames = 512) {
    this.rule = rule
    this.maxNames = maxNames
  }

  /** Takes one token from the bucket of `name`; `false` if it is empty. A clock that jumps back adds nothing. */
  take(name: string, nowMs: number): boolean {
    const bucket = this.buckets.get(name) ?? { tokens: this.rule.burst, atMs: nowMs }
    const gained = (Math.max(0, nowMs - bucket.atMs) / 1000) * this.rule.perSecond
    bucket.tokens = Math.min(this.rule.burst, bucket.tokens + gained)
    bucket.atMs = nowMs
    // Seen last stands last, so that the names forgotten are those that have rested longest.
    this.buckets.delete(name)
    this.buckets.set(name, bucket)
    for (const oldest of this.buckets.keys()) {
      if (this.buckets.size <= this.maxNames) break
      this.buckets.delete(oldest)
    }
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  get size(): number {
    return this.buckets.size
  }
}
