/**
 * What waits for ids that are not registered: few messages, few bytes, few seconds. It bridges a reload.
 * Time is an argument; nothing here knows sockets.
 */
import type { Policy } from './policy.ts'

export interface Waiting {
  readonly src: string
  /** Whom the bytes are counted against. */
  readonly address: string
  readonly dst: string
  readonly text: string
  readonly bytes: number
  readonly untilMs: number
}

export type QueuePolicy = Pick<Policy, 'queueMessages' | 'queueBytes' | 'queueBytesAnAddress' | 'queueBytesTotal' | 'queueMs'>

export class Queues {
  private readonly policy: QueuePolicy
  private readonly byDst = new Map<string, Waiting[]>()
  private readonly byAddress = new Map<string, number>()
  private total = 0

  constructor(policy: QueuePolicy) {
    this.policy = policy
  }

  get bytes(): number {
    return this.total
  }

  /** `false` when a bound is reached: the message waits nowhere. */
  add(message: { readonly src: string; readonly address: string; readonly dst: string; readonly text: string }, nowMs: number): boolean {
    const bytes = Buffer.byteLength(message.text)
    const queue = this.byDst.get(message.dst) ?? []
    const held = queue.reduce((sum, one) => sum + one.bytes, 0)
    const ofAddress = this.byAddress.get(message.address) ?? 0
    if (queue.length >= this.policy.queueMessages || held + bytes > this.policy.queueBytes) return false
    if (ofAddress + bytes > this.policy.queueBytesAnAddress || this.total + bytes > this.policy.queueBytesTotal) return false
    queue.push({ ...message, bytes, untilMs: nowMs + this.policy.queueMs })
    this.byDst.set(message.dst, queue)
    this.byAddress.set(message.address, ofAddress + bytes)
    this.total += bytes
    return true
  }

  /** Everything that waits for `dst`, in the order it came. */
  takeFor(dst: string): readonly Waiting[] {
    const queue = this.byDst.get(dst) ?? []
    this.byDst.delete(dst)
    for (const one of queue) this.forget(one)
    return queue
  }

  /** What has waited too long. */
  takeExpired(nowMs: number): readonly Waiting[] {
    const expired: Waiting[] = []
    for (const [dst, queue] of this.byDst) {
      const late = queue.filter((one) => one.untilMs <= nowMs)
      if (late.length === 0) continue
      expired.push(...late)
      for (const one of late) this.forget(one)
      if (late.length === queue.length) this.byDst.delete(dst)
      else {
        this.byDst.set(
          dst,
          queue.filter((one) => one.untilMs > nowMs),
        )
      }
    }
    return expired
  }

  private forget(one: Waiting): void {
    const left = (this.byAddress.get(one.address) ?? 0) - one.bytes
    if (left > 0) this.byAddress.set(one.address, left)
    else this.byAddress.delete(one.address)
    this.total -= one.bytes
  }
}
