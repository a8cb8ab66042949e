/** Chance that can be replayed, and hashes that are fast. Nothing here is fit for secrets. */

/** A seeded generator (sfc32, by Chris Doty-Humphrey, public domain). */
export class Prng {
  private a: number
  private b: number
  private c: number
  private counter = 1

  constructor(seed: number) {
    this.a = seed >>> 0
    this.b = Math.floor(seed / 2 ** 32) ^ 0x9e3779b9
    this.c = 0x243f6a88
    for (let i = 0; i < 12; i++) this.next()
  }

  /** A number from 0 up to 1, 1 left out. */
  next(): number {
    const sum = (this.a + this.b + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }

  /** A whole number from 0 up to `limit`, `limit` left out. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError('nothing to pick from')
    return from[this.below(from.length)] as T
  }
}

/** A hash over a text that grows: two multiply-xor lanes. Spreads well, resists nobody. */
export class RunningHash {
  private a = 0x2f1b3c5d
  private b = 0x7a4d9e61

  add(text: string): void {
    let { a, b } = this
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      a = Math.imul(a ^ code, 0x85ebca6b)
      b = Math.imul(b ^ code, 0xc2b2ae35)
      a ^= a >>> 13
      b ^= b >>> 16
    }
    this.a = a
    this.b = b
  }

  /** 16 hex digits. */
  text(): string {
    const a = Math.imul(this.a ^ (this.b >>> 7), 0x27d4eb2f) >>> 0
    const b = Math.imul(this.b ^ (a >>> 11), 0x165667b1) >>> 0
    return (a ^ (a >>> 15)).toString(16).replace('-', '').padStart(8, '0').slice(-8) + b.toString(16).padStart(8, '0')
  }
}

/** 16 hex digits over a text. */
export function fastHash(text: string): string {
  const hash = new RunningHash()
  hash.add(text)
  return hash.text()
}
