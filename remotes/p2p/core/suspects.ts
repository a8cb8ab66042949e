/**
 * What was under way when the cryptography Worker ended. Bytes of a peer may hang it until its watchdog ends it, and
 * every link with it; looked at again and again they would do so for ever. So they are looked at one by one, and what
 * ended the Worker alone is not looked at any more. Remembered as long as the page lives.
 */
import { codeOf } from '#contracts/errors.ts'
import { type DeviceKey, toHex } from '#contracts/ids.ts'

/** Ends of the Worker that an item was there for, after which it is not looked at any more: once may be chance. */
const STRIKES = 2
/** Items of one author, after which nothing of it is looked at. up: each costs every link; down: chance takes somebody's voice. */
const ITEMS_OF_ONE = 3

/** Bytes that the Worker is given, and who made them, where that is known. */
export interface Item {
  readonly bytes: Uint8Array
  readonly from: DeviceKey | null
}

export class Suspects {
  private readonly sha256: (bytes: Uint8Array) => Uint8Array
  private readonly strikes = new Map<string, number>()
  private readonly authors = new Map<DeviceKey, number>()

  constructor(sha256: (bytes: Uint8Array) => Uint8Array) {
    this.sha256 = sha256
  }

  /** What to do with each: nothing, ever; now, together with the others; or not before those. */
  sort(items: readonly Item[]): readonly ('never' | 'now' | 'later')[] {
    if (this.strikes.size === 0) return items.map(() => 'now')
    const found = items.map((item) => (this.isPoison(item) ? 'never' : this.strikesOf(item) > 0 ? 'suspect' : 'now'))
    const alone = found.includes('now') ? -1 : found.indexOf('suspect')
    return found.map((kind, i) => (kind !== 'suspect' ? kind : i === alone ? 'now' : 'later'))
  }

  isPoison(item: Item): boolean {
    if (this.strikes.size === 0) return false
    return (item.from !== null && (this.authors.get(item.from) ?? 0) >= ITEMS_OF_ONE) || this.strikesOf(item) >= STRIKES
  }

  /** Runs a call of the Worker that looks at these items. */
  async watch<T>(items: readonly Item[], call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (thrown) {
      if (codeOf(thrown) === 'worker-ended') this.note(items)
      throw thrown
    }
  }

  private note(items: readonly Item[]): void {
    for (const item of items) {
      const strikes = this.strikesOf(item) + 1
      // Together with others an item is no more than suspect.
      if (strikes >= STRIKES && items.length > 1) continue
      this.strikes.set(this.nameOf(item), strikes)
      if (strikes === STRIKES && item.from !== null) this.authors.set(item.from, (this.authors.get(item.from) ?? 0) + 1)
    }
  }

  private strikesOf(item: Item): number {
    return this.strikes.get(this.nameOf(item)) ?? 0
  }

  private nameOf({ bytes }: Item): string {
    return toHex(this.sha256(bytes))
  }
}
