/**
 * Where this device listens, and where it calls. Every key has another broker id in each period of four hours, so that a
 * broker can't tell who of one period is who of the next (docs/protocol.md, "Broker ids"). Around a change both ids are listened on.
 */
import type { Cryptography } from '#contracts/cryptography.ts'
import type { Env } from '#contracts/env.ts'
import { SottoError } from '#contracts/errors.ts'
import type { BrokerId, RendezvousKey } from '#contracts/ids.ts'
import type { Broker } from '#contracts/p2p.ts'
import { PERIOD_MS, periodAt } from '#contracts/wire/broker-id.ts'
import type { Alarms } from './alarms.ts'
import { chanceOf } from './backoff.ts'
import type { Book } from './book.ts'
import { Ids, type OpenKey } from './ids.ts'
import { keyOf, type Target } from './target.ts'

const MINUTE_MS = 60_000
/**
 * A new id is listened on this long before its period, and an old one as long after; within twice that it is drawn anew for each
 * change, so that the coming of one and the going of the other say little about who they are. up: more sockets; down: clocks must agree better.
 */
const OVERLAP_MS = 5 * MINUTE_MS
/** Timers stand still while a machine sleeps, and clocks are put right: looked at so often. */
const CLOCK_MS = MINUTE_MS
/** After a Worker that ended. */
const RETRY_MS = 1000

export interface Overlap {
  readonly beforeMs: number
  readonly afterMs: number
}

/** The periods to listen in at this moment, the current one first, and for how long that stays so. */
export function periodsAt(nowMs: number, { beforeMs, afterMs }: Overlap): { readonly periods: readonly number[]; readonly forMs: number } {
  const current = periodAt(nowMs)
  const sinceMs = nowMs - current * PERIOD_MS
  const leftMs = PERIOD_MS - sinceMs
  if (sinceMs < afterMs) return { periods: [current, current - 1], forMs: afterMs - sinceMs }
  if (leftMs <= beforeMs) return { periods: [current, current + 1], forMs: leftMs }
  return { periods: [current], forMs: leftMs - beforeMs }
}

/** Which period's id is called after so many failures in a row: the other end's clock may be wrong, or ours. */
export function periodToCall(current: number, failures: number): number {
  if (failures < 2 || failures % 2 === 1) return current
  return failures % 4 === 2 ? current + 1 : current - 1
}

export interface RendezvousPorts {
  readonly cryptography: Pick<Cryptography, 'blindKeys' | 'claimBrokerId'>
  readonly broker: Broker
  readonly env: Env
  readonly alarms: Alarms
  /** Queues a handler behind all that came before. */
  readonly input: (handler: () => void | Promise<void>) => void
  readonly tokenOf: (id: BrokerId) => string
  /** The id that calls leave from is another one now. */
  readonly moved: () => void
  /** Targets whose id is known now: their first one, or another than before. */
  readonly found: (targets: readonly Target[], isFirst: boolean) => void
}

export class Rendezvous {
  private readonly ports: RendezvousPorts
  private readonly book: Book
  private readonly own: RendezvousKey
  private readonly ids: Ids
  /** Own ids that the broker was asked for, and whose they are. */
  private readonly listening = new Map<BrokerId, OpenKey>()
  private readonly up = new Set<BrokerId>()
  /** Keys to be found out, by period. */
  private readonly wanted = new Map<number, Set<OpenKey>>()
  private finding = false
  /** Somebody was reached at the id of our own period: our clock is right. */
  private isRight = false
  /** How many periods a target's clock is off from ours, where it was reached so. */
  private readonly offsets = new Map<OpenKey, number>()
  private period: number

  constructor(ports: RendezvousPorts, book: Book, own: RendezvousKey) {
    this.ports = ports
    this.book = book
    this.own = own
    const { env, cryptography } = ports
    this.ids = new Ids(cryptography, (bytes) => env.sha256(bytes))
    this.period = periodAt(env.nowMs())
  }

  // --- where this device listens

  /** Listens where it is to listen now, and nowhere else: for the device and for its invites. To be called when either changed. */
  async refresh(): Promise<void> {
    const { env, alarms, broker, tokenOf } = this.ports
    const ids = new Map<BrokerId, readonly [OpenKey, number]>()
    let soonMs = CLOCK_MS
    try {
      for (const key of [this.own, ...this.book.invites.keys()]) {
        const { periods, forMs } = periodsAt(env.nowMs(), this.overlapAt(key, env.nowMs()))
        soonMs = Math.min(soonMs, forMs)
        for (const period of periods) {
          await this.ids.learn([key], period)
          const id = this.ids.get(key, period)
          if (id !== null) ids.set(id, [key, period])
        }
      }
    } catch {
      alarms.set('rendezvous', RETRY_MS, () => this.refresh())
      return
    }
    for (const id of [...this.listening.keys()]) {
      if (ids.has(id)) continue
      this.listening.delete(id)
      this.up.delete(id)
      broker.unlisten(id)
    }
    for (const [id, [key, period]] of ids) {
      if (this.listening.has(id)) continue
      this.listening.set(id, key)
      broker.listen(id, tokenOf(id), (host, nonce) => this.prove(key, period, host, nonce))
    }
    alarms.set('rendezvous', soonMs, () => this.refresh())
    this.turnTo(periodAt(env.nowMs()))
  }

  /** The same after a reload: drawn from the secret of the tokens. */
  private overlapAt(key: OpenKey, nowMs: number): Overlap {
    const { env, tokenOf } = this.ports
    const overMs = (when: string): number => {
      const drawn = env.sha256(new TextEncoder().encode(tokenOf(when as BrokerId)))
      return OVERLAP_MS * (1 + chanceOf(drawn))
    }
    const period = periodAt(nowMs)
    return { beforeMs: overMs(`before ${period + 1} ${key}`), afterMs: overMs(`after ${period - 1} ${key}`) }
  }

  private prove(key: OpenKey, period: number, host: string, nonce: Uint8Array): ReturnType<Cryptography['claimBrokerId']> {
    const invite = [...this.book.invites.values()].find((slot) => slot.invite.key === key)?.invite ?? null
    // Gone meanwhile: proven by the device's key, the broker would know whose invite it was.
    if (invite === null && key !== this.own) return Promise.reject(new SottoError('not-found'))
    return this.ports.cryptography.claimBrokerId({ host, nonce }, period, invite)
  }

  /** From now on calls leave from the ids of this period, and go to them. */
  private turnTo(period: number): void {
    const isNext = period !== this.period
    this.period = period
    const id = this.ids.get(this.own, period)
    if (id !== null && id !== this.book.ownId) {
      this.book.ownId = id
      this.ports.moved()
    }
    if (!isNext) return
    this.ids.forgetFar(period)
    for (const target of this.book.targets()) this.want([keyOf(target)], this.periodOf(target))
  }

  /** Whose own id this is; null for another's. */
  ownerOf(id: BrokerId): OpenKey | null {
    return this.listening.get(id) ?? null
  }

  get isUp(): boolean {
    return this.up.has(this.book.ownId)
  }

  /** The broker has registered an id, or has lost it. */
  note(id: BrokerId, isUp: boolean): void {
    if (isUp && this.listening.has(id)) this.up.add(id)
    else this.up.delete(id)
  }

  // --- where it calls

  /** A target that is new, or has another key: its id is set if it is known, and else found out. */
  place(target: Target): void {
    target.id = this.ids.get(keyOf(target), this.periodOf(target))
    if (target.id === null) this.want([keyOf(target)], this.periodOf(target))
  }

  /** Where to call it now. Where the neighbouring period's id is not known yet, it is the present one's. */
  idToCall(target: Target): BrokerId | null {
    // Who answered the last call is where it was called. And where our clock was seen to be right, tries would only tell the broker
    // which ids of several periods are of one person; whose clock is wrong tries by itself.
    if (!target.away || (this.isRight && !this.offsets.has(keyOf(target)))) return target.id
    const period = periodToCall(this.period, target.failures)
    const id = this.ids.get(keyOf(target), period)
    if (id === null) this.want([keyOf(target)], period)
    return id ?? target.id
  }

  /** A call of ours at `to` led to a proven link with the target. */
  reached(target: Target, to: BrokerId): void {
    const key = keyOf(target)
    const offset = [0, 1, -1].find((one) => this.ids.get(key, this.period + one) === to)
    // A call that was under way while the period changed says nothing of clocks.
    if (offset === undefined || (offset !== 0 && target.failures < 2)) return
    if (offset === 0) {
      this.isRight = true
      this.offsets.delete(key)
    } else this.offsets.set(key, offset)
    target.id = to
  }

  private periodOf(target: Target): number {
    return this.period + (this.offsets.get(keyOf(target)) ?? 0)
  }

  /** Whether the broker's word names one of the ids of this target. */
  isOf(source: string, target: Target): boolean {
    return target.id === source || this.ids.isNear(source, keyOf(target), this.period)
  }

  /** Where whoever called is answered: at the id that it named, if that follows from its record, else at its present one; null if it has none. */
  async replyId(target: Target, named: BrokerId): Promise<BrokerId | null> {
    const key = keyOf(target)
    if (target.id === named) return named
    for (const period of [this.period, this.period - 1, this.period + 1]) {
      await this.ids.learn([key], period)
      if (this.ids.get(key, period) === named) return named
    }
    return this.ids.get(key, this.periodOf(target))
  }

  private want(keys: readonly OpenKey[], period: number): void {
    if (keys.length === 0) return
    this.keepWanted(keys, period)
    void this.find()
  }

  private keepWanted(keys: readonly OpenKey[], period: number): void {
    const all = this.wanted.get(period) ?? new Set()
    this.wanted.set(period, all)
    for (const key of keys) all.add(key)
  }

  /** Beside the queue: a large room's keys take a second, and links go on meanwhile. */
  private async find(): Promise<void> {
    if (this.finding) return
    this.finding = true
    for (let next = this.nextWanted(); next !== null; next = this.nextWanted()) {
      const [keys, period] = next
      try {
        await this.ids.learn(keys, period)
      } catch {
        this.ports.input(() => this.ports.alarms.set('find', RETRY_MS, () => this.find()))
        this.keepWanted(keys, period)
        break
      }
      this.ports.input(() => this.apply(new Set(keys)))
    }
    this.finding = false
  }

  private nextWanted(): readonly [readonly OpenKey[], number] | null {
    for (const [period, keys] of this.wanted) {
      const some = [...keys].slice(0, 8)
      for (const key of some) keys.delete(key)
      if (keys.size === 0) this.wanted.delete(period)
      if (some.length > 0) return [some, period]
    }
    return null
  }

  private apply(keys: ReadonlySet<OpenKey>): void {
    const [first, changed]: [Target[], Target[]] = [[], []]
    for (const target of this.book.targets()) {
      const id = keys.has(keyOf(target)) ? this.ids.get(keyOf(target), this.periodOf(target)) : null
      if (id === null || id === target.id) continue
      ;(target.id === null ? first : changed).push(target)
      target.id = id
    }
    this.ports.found(first, true)
    this.ports.found(changed, false)
  }
}
