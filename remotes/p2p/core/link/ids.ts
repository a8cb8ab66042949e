/** Broker ids by key and period. The keys are blinded in the Worker; what it said is remembered. */
import type { Cryptography } from '#contracts/cryptography.ts'
import type { BrokerId, InviteKey, RendezvousKey } from '#contracts/ids.ts'
import { brokerIdOf } from '#contracts/wire/broker-id.ts'

export type OpenKey = RendezvousKey | InviteKey

/** Keys for one call of the Worker, which takes about 2 ms for each. up: what else it has to do waits longer; down: more calls. */
const BATCH = 8

export class Ids {
  private readonly cryptography: Pick<Cryptography, 'blindKeys'>
  private readonly sha256: (bytes: Uint8Array) => Uint8Array
  /** By period, then key; null for what is no key. */
  private readonly known = new Map<number, Map<OpenKey, BrokerId | null>>()

  constructor(cryptography: Pick<Cryptography, 'blindKeys'>, sha256: (bytes: Uint8Array) => Uint8Array) {
    this.cryptography = cryptography
    this.sha256 = sha256
  }

  /** null while nobody has asked for it, and for what is no key. */
  get(key: OpenKey, period: number): BrokerId | null {
    return this.known.get(period)?.get(key) ?? null
  }

  /** Whether `id` is the key's in this period, the one before or the one after, as far as they were asked for. */
  isNear(id: string, key: OpenKey, period: number): boolean {
    return [period, period - 1, period + 1].some((one) => this.get(key, one) === id)
  }

  /** Finds out, a few at a time. Rejects 'worker-ended'; what was learned until then stays. */
  async learn(keys: Iterable<OpenKey>, period: number): Promise<void> {
    const ids = this.known.get(period) ?? new Map<OpenKey, BrokerId | null>()
    this.known.set(period, ids)
    const asked = [...new Set(keys)].filter((key) => !ids.has(key))
    for (let at = 0; at < asked.length; at += BATCH) {
      const some = asked.slice(at, at + BATCH)
      const blinded = await this.cryptography.blindKeys(some, period)
      for (const [i, key] of some.entries()) {
        const one = blinded[i] ?? null
        ids.set(key, one === null ? null : brokerIdOf(one, this.sha256))
      }
    }
  }

  /** Periods that are further away than the neighbours of this one are forgotten. */
  forgetFar(period: number): void {
    for (const one of [...this.known.keys()]) if (Math.abs(one - period) > 1) this.known.delete(one)
  }
}
