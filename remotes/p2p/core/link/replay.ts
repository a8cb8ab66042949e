/**
 * Each sealed blob is taken once. Nonces are remembered inside a window around this device's clock; when
 * memory is full, the oldest are forgotten and the window begins after them, so that what was forgotten is
 * refused and not taken twice.
 *
 * An owner is whoever answers for the blobs: a device whose signature was checked, or an invite (its holders
 * can make device keys at will). Each owner has a share: one cannot push another's nonces out.
 *
 * Over a reload only a time is kept for each device, the latest that its blobs stated: what is stated at or before
 * it may have been taken. It is the device's own clock on both sides, so skew does no harm; a device whose clock is
 * set back is refused until it has caught up, if this page reloads meanwhile.
 */
import { LIMITS } from '#contracts/limits.ts'
import { toHex } from '#contracts/ids.ts'

interface Memory {
  /** Nonce to the time its blob states. */
  readonly seen: Map<string, number>
  /** Blobs stated at or before this are refused: their nonces may have been forgotten. */
  floorMs: number
  /** The latest time that a blob stated. */
  latestMs: number
}

export interface ReplayLimits {
  readonly windowMs: number
  readonly perOwner: number
  readonly total: number
}

const DEFAULT: ReplayLimits = { windowMs: LIMITS.signalWindowMs, perOwner: 512, total: LIMITS.signalNonces }

export class ReplayMemory {
  private readonly owners = new Map<string, Memory>()
  private readonly limits: ReplayLimits
  private readonly taken: () => void
  private remembered = 0

  /** `latest`: as it was told by the memory of an earlier life. `taken` is called after each blob that is taken. */
  constructor(limits: ReplayLimits = DEFAULT, latest: ReadonlyMap<string, number> = new Map(), taken: () => void = () => undefined) {
    this.limits = limits
    this.taken = taken
    for (const [owner, latestMs] of latest) this.owners.set(owner, { seen: new Map(), floorMs: latestMs, latestMs })
  }

  /** True, and remembered, if this blob is inside the window and was not taken before. */
  take(owner: string, nonce: Uint8Array, sentAtMs: number, nowMs: number): boolean {
    if (Math.abs(nowMs - sentAtMs) > this.limits.windowMs) return false
    const memory = this.owners.get(owner) ?? { seen: new Map<string, number>(), floorMs: 0, latestMs: 0 }
    const key = toHex(nonce)
    if (sentAtMs <= memory.floorMs || memory.seen.has(key)) return false
    if (memory.seen.size >= this.limits.perOwner) this.forgetOldest(memory)
    if (this.remembered >= this.limits.total) this.forgetOldest(this.largest() ?? memory)
    if (sentAtMs <= memory.floorMs) return false
    this.owners.set(owner, memory)
    memory.seen.set(key, sentAtMs)
    memory.latestMs = Math.max(memory.latestMs, sentAtMs)
    this.remembered += 1
    this.taken()
    return true
  }

  /** What the next life must know: the latest time stated by each owner, as far as the window does not tell it. */
  latest(nowMs: number): ReadonlyMap<string, number> {
    const times = [...this.owners].map(([owner, { latestMs }]) => [owner, latestMs] as const)
    return new Map(times.filter(([, latestMs]) => nowMs - latestMs <= this.limits.windowMs))
  }

  get size(): number {
    return this.remembered
  }

  private largest(): Memory | null {
    let found: Memory | null = null
    for (const memory of this.owners.values()) if (found === null || memory.seen.size > found.seen.size) found = memory
    return found
  }

  /** Half at a time, so that a full memory is not sorted for every blob. */
  private forgetOldest(memory: Memory): void {
    const byAge = [...memory.seen].sort((a, b) => a[1] - b[1])
    for (const [key, sentAtMs] of byAge.slice(0, Math.ceil(byAge.length / 2))) {
      memory.seen.delete(key)
      memory.floorMs = Math.max(memory.floorMs, sentAtMs)
      this.remembered -= 1
    }
  }
}
