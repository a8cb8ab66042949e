/**
 * The simulated world: one queue ordered by (time, seq), a network that loses, doubles, delays and parts,
 * disks that survive crashes, and devices that run the very room of the product. Each handler is awaited to
 * its end before the next, so a seed decides everything.
 */
import type { DeviceKey, EntryId, EpochId, Mid, UserId } from '#contracts/ids.ts'
import type { Content } from '../../remotes/p2p/core/rooms/engine.ts'
import type { LogEntry, Opaque, RoomOp } from '../../remotes/p2p/core/rooms/entry-view.ts'
import { Room } from '../../remotes/p2p/core/rooms/room.ts'
import type {
  Batch,
  Draft,
  Outgoing,
  RoomEnv,
  RoomEvent,
  RoomFrame,
  RoomWrite,
  StoredRoom,
  TimerName,
} from '../../remotes/p2p/core/rooms/room-io.ts'
import { fastHash, Prng, RunningHash } from '../support/prng.ts'
import type { CipherFacts, EngineDevice, EngineHost, EngineKind, SimEngine, StoredKeyPackage } from './engine.ts'
import { Violation } from './violation.ts'

/** Far above what any seed needs: more is a loop. */
const MAX_TURNS = 500
const MAX_STEPS = 60_000

/** When the world begins, by a clock that is right. */
const START_MS = 1_700_000_000_000

/** What a device's database holds. Transactions are all or nothing. */
export class Disk {
  readonly entries: LogEntry[] = []
  readonly epochs = new Map<EpochId, Opaque>()
  readonly opened = new Map<EntryId, Mid>()
  readonly messages = new Map<Mid, Content>()
  readonly queued = new Map<Mid, Content>()
  readonly outgoing = new Map<Mid, Outgoing>()
  readonly welcomes = new Map<EntryId, Opaque>()
  readonly keyPackages: StoredKeyPackage[] = []
  lamport = 0
  silenced = false
  /** Counts the pages that took this storage. Each may write until the next one has. */
  fence = 0

  /** As it is now, to be put back later. */
  backup(): Disk {
    const copy = new Disk()
    copy.entries.push(...this.entries)
    for (const [epoch, sealed] of this.epochs) copy.epochs.set(epoch, sealed)
    for (const [entry, mid] of this.opened) copy.opened.set(entry, mid)
    for (const [mid, content] of this.messages) copy.messages.set(mid, content)
    for (const [mid, content] of this.queued) copy.queued.set(mid, content)
    for (const [mid, message] of this.outgoing) copy.outgoing.set(mid, message)
    for (const [commit, bytes] of this.welcomes) copy.welcomes.set(commit, bytes)
    copy.keyPackages.push(...this.keyPackages)
    copy.lamport = this.lamport
    copy.silenced = this.silenced
    copy.fence = this.fence
    return copy
  }

  apply(write: RoomWrite): void {
    switch (write.kind) {
      case 'entry':
        this.entries.push(write.entry)
        return
      case 'epoch':
        this.epochs.set(write.epoch, write.sealed)
        return
      case 'prune':
        this.epochs.delete(write.epoch)
        return
      case 'opened':
        this.opened.set(write.entry, write.mid)
        return
      case 'message':
        this.messages.set(write.content.mid, write.content)
        this.lamport = Math.max(this.lamport, write.content.lamport)
        return
      case 'queued':
        this.queued.set(write.content.mid, write.content)
        return
      case 'unqueued':
        this.queued.delete(write.mid)
        return
      case 'outgoing':
        this.outgoing.set(write.message.content.mid, write.message)
        return
      case 'delivered':
        this.outgoing.delete(write.mid)
        return
      case 'welcome':
        this.welcomes.set(write.commit, write.bytes)
        return
      case 'keypackage':
        this.keyPackages.push({ keyPackage: write.keyPackage, sealed: write.sealed })
    }
  }

  stored(): StoredRoom {
    return {
      entries: this.entries,
      epochs: [...this.epochs.keys()],
      opened: this.opened,
      queued: [...this.queued.values()],
      outgoing: [...this.outgoing.values()],
      welcomes: this.welcomes,
      lamport: this.lamport,
      silenced: this.silenced,
    }
  }
}

/** One page of a device: what it has in memory. */
interface Page {
  readonly room: Room
  readonly engine: SimEngine
  readonly fence: number
}

/** What strikes in a transaction to come: so many more, and on which side of the commit. */
export interface Strike {
  readonly what: 'crash' | 'second-tab'
  inTransactions: number
  readonly before: boolean
}

export class SimDevice {
  readonly key: DeviceKey
  readonly user: UserId
  readonly index: number
  disk = new Disk()
  /** Its identity, which outlives its page. */
  readonly identity: EngineDevice
  /** How far its clock is off. */
  readonly clock: { skewMs: number }
  /** null while the page is closed or crashed. */
  running: Page | null = null
  /** A page in the background that does not know yet that another one has taken the storage. */
  fenced: Page | null = null
  /** Events that wait while the page is frozen; null if it is not. */
  frozen: SimEvent[] | null = null
  /** Its storage is gone: it never comes back under this key. */
  evicted = false
  /** It does not keep to the rules, or can't: an old backup of it was put back. */
  hostile = false
  /** An old backup of it was put back: it may use its keys twice. */
  restored: { heard: boolean; warned: boolean } | null = null
  /** Frames that it keeps to itself. */
  mute: ReadonlySet<RoomFrame['kind']> = new Set()
  keyPackage: Opaque | null = null
  strike: Strike | null = null
  /** Transactions since the scenario began and until all healed. */
  transactions = 0
  /** Closes, for good or not, soon after it has let somebody in: before the Welcome was fetched. */
  vanishes: 'for good' | 'for a while' | null = null
  readonly timers = new Map<TimerName, number>()
  restarts = 0

  constructor(index: number, identity: EngineDevice, user: UserId, clock: { skewMs: number }) {
    this.index = index
    this.identity = identity
    this.key = identity.key
    this.user = user
    this.clock = clock
  }
}

export interface Said {
  readonly mid: Mid
  readonly author: SimDevice
}

export type SimEvent =
  | { readonly kind: 'room'; readonly device: SimDevice; readonly event: RoomEvent }
  | { readonly kind: 'timer'; readonly device: SimDevice; readonly name: TimerName; readonly armed: number }
  | { readonly kind: 'frame'; readonly from: SimDevice; readonly to: SimDevice; readonly frame: RoomFrame; readonly epoch: number }
  | { readonly kind: 'world'; readonly name: string; readonly run: () => Promise<void> | void }

interface Queued {
  readonly atMs: number
  readonly seq: number
  readonly event: SimEvent
}

/** A binary heap by (time, seq). */
class EventQueue {
  private readonly heap: Queued[] = []

  peekMs(): number {
    return this.heap[0]?.atMs ?? Number.POSITIVE_INFINITY
  }

  push(item: Queued): void {
    const { heap } = this
    let at = heap.length
    heap.push(item)
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up] as Queued
      if (parent.atMs < item.atMs || (parent.atMs === item.atMs && parent.seq < item.seq)) break
      heap[at] = parent
      at = up
    }
    heap[at] = item
  }

  /** Takes out what `keep` does not hold for. */
  filter(keep: (event: SimEvent) => boolean): void {
    for (const item of this.heap.splice(0)) if (keep(item.event)) this.push(item)
  }

  pop(): Queued | undefined {
    const { heap } = this
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      const right = heap[child + 1]
      const left = heap[child]
      if (left === undefined) break
      if (right !== undefined && (right.atMs < left.atMs || (right.atMs === left.atMs && right.seq < left.seq))) child++
      const next = heap[child] as Queued
      if (last.atMs < next.atMs || (last.atMs === next.atMs && last.seq < next.seq)) break
      heap[at] = next
      at = child
    }
    heap[at] = last
    return top
  }
}

export interface Weather {
  readonly loss: number
  readonly duplicate: number
  readonly delayMs: readonly [number, number]
}

/** What watches the world. Throws a `Violation` as soon as something is not as it must be. */
export interface Invariant {
  readonly name: string
  afterBatch?(world: World, device: SimDevice, batch: Batch): void
  onFrame?(world: World, from: SimDevice, to: SimDevice, frame: RoomFrame): void
  afterHealing?(world: World): void
}

export class World {
  readonly random: Prng
  readonly devices: SimDevice[] = []
  readonly said: Said[] = []
  readonly byKey = new Map<DeviceKey, SimDevice>()
  weather: Weather = { loss: 0, duplicate: 0, delayMs: [20, 120] }
  nowMs = 0
  /** Events handled: what a prefix is counted in. */
  steps = 0
  lastHeadChangeMs = 0
  healedAtMs = Number.POSITIVE_INFINITY
  /** When each entry was written. */
  readonly writtenAtMs = new Map<EntryId, number>()
  readonly happened = new Map<string, number>()
  /** By ciphertext, for checkers. */
  readonly ciphers = new Map<Opaque, CipherFacts>()
  /** Confirmation tags, by epoch. */
  private readonly tags = new Map<EpochId, string>()
  private readonly queue = new EventQueue()
  private readonly invariants: readonly Invariant[]
  private readonly newEngine: EngineKind
  /** `${from} ${to}` by index: frames are dropped silently. */
  private readonly blocked = new Set<string>()
  /** Links that are up, by both indexes. A number that grows with each reconnection: older frames are gone. */
  private readonly links = new Map<string, number>()
  private readonly heads = new Map<SimDevice, EpochId>()
  private seq = 0
  private ids = 0
  private linkCount = 0
  private readonly traceHash = new RunningHash()

  constructor(seed: number, newEngine: EngineKind, invariants: readonly Invariant[]) {
    this.random = new Prng(seed)
    this.newEngine = newEngine
    this.invariants = invariants
  }

  get trace(): string {
    return this.traceHash.text()
  }

  /** What struck, and how often: a fault that never happens tests nothing. */
  count(what: string, times = 1): void {
    this.happened.set(what, (this.happened.get(what) ?? 0) + times)
  }

  note(text: string): void {
    this.traceHash.add(text)
  }

  fresh(what: string): string {
    return fastHash(`${what}|${this.ids++}|${this.random.next()}`)
  }

  at(delayMs: number, event: SimEvent): void {
    this.queue.push({ atMs: this.nowMs + delayMs, seq: this.seq++, event })
  }

  later(delayMs: number, name: string, run: () => Promise<void> | void): void {
    this.at(delayMs, { kind: 'world', name, run })
  }

  /** What was to happen to the world does not happen. */
  cancelPlans(): void {
    this.queue.filter((event) => event.kind !== 'world')
  }

  async addDevice(user: UserId): Promise<SimDevice> {
    const clock = { skewMs: 0 }
    let device: SimDevice | null = null
    const host: EngineHost = {
      entropy: () => this.fresh('entropy'),
      nowMs: () => START_MS + Math.floor(this.nowMs) + clock.skewMs,
      rosterOf: (epoch) =>
        [device?.running, device?.fenced].map((page) => page?.room.epochs.get(epoch)?.roster).find((roster) => roster !== undefined) ??
        null,
      tagOf: (epoch) => this.tags.get(epoch) ?? null,
      seen: (message, facts) => this.ciphers.set(message, facts),
    }
    device = new SimDevice(this.devices.length, await this.newEngine(host), user, clock)
    this.devices.push(device)
    this.byKey.set(device.key, device)
    return device
  }

  // --- running

  /** Handles events until `untilMs`, or `maxSteps` in all. */
  async run(untilMs: number, maxSteps = Number.POSITIVE_INFINITY): Promise<void> {
    while (this.queue.peekMs() <= untilMs && this.steps < maxSteps) {
      const next = this.queue.pop()
      if (next === undefined) return
      this.nowMs = next.atMs
      this.steps++
      if (this.steps > MAX_STEPS) this.fail('comes to rest', `more than ${MAX_STEPS} events`)
      await this.handle(next.event)
    }
    if (this.steps < maxSteps) this.nowMs = Math.max(this.nowMs, untilMs)
  }

  private async handle(event: SimEvent): Promise<void> {
    if (event.kind === 'world') {
      this.note(event.name)
      await event.run()
      return
    }
    const device = event.kind === 'frame' ? event.to : event.device
    if (device.running === null) return
    if (device.frozen !== null) {
      device.frozen.push(event)
      return
    }
    if (event.kind === 'timer') {
      if (device.timers.get(event.name) !== event.armed) return
      device.timers.delete(event.name)
      await this.step(device, { kind: 'timer', name: event.name })
    } else if (event.kind === 'frame') {
      if (this.links.get(linkName(event.from, event.to)) !== event.epoch) return
      const page = device.running
      const isWarning = this.noteShown(device, event.from, event.frame)
      await this.step(device, { kind: 'frame', from: event.from.key, frame: event.frame })
      // Who died over it has not stored that it was told.
      if (isWarning && device.restored !== null && device.running === page) device.restored.warned = true
    } else {
      const { event: inner } = event
      const peer = inner.kind === 'unlinked' ? this.byKey.get(inner.peer) : undefined
      // Its link has come back before it noticed that the old one had gone.
      if (peer !== undefined && this.isLinked(device, peer)) return
      await this.step(device, inner)
    }
  }

  /** Whether a device that went back in time is about to be shown that somebody knows more of it than it does. */
  private noteShown(device: SimDevice, from: SimDevice, frame: RoomFrame): boolean {
    const { restored, running } = device
    if (restored === null || running === null || !running.room.memberships.current().members.has(from.key)) return false
    if (frame.kind !== 'have' && frame.kind !== 'digest') return false
    restored.heard = true
    return frame.kind === 'have' && frame.tips.some(({ author, id }) => author === device.key && running.room.log.get(id) === undefined)
  }

  /** One event to its end: step, transaction, adoption, effects, and again while there is more. */
  async step(device: SimDevice, event: RoomEvent): Promise<void> {
    const { fenced, running } = device
    if (fenced !== null) await this.turns(device, fenced, event)
    // A page that takes the storage meanwhile begins with what comes next.
    if (running !== null && device.running === running) await this.turns(device, running, event)
  }

  private async turns(device: SimDevice, page: Page, event: RoomEvent): Promise<void> {
    let next: RoomEvent | null = event
    for (let turns = 0; next !== null; turns++) {
      if (turns > MAX_TURNS) this.fail('comes to rest', `device ${device.index} does not end with '${event.kind}'`)
      const batch: Batch = await page.room.handle(next)
      if (!(await this.finish(device, page, batch))) return
      next = batch.more ? { kind: 'continue' } : null
    }
  }

  /** Commits, then sends. False if the page ended on the way. */
  private async finish(device: SimDevice, page: Page, batch: Batch): Promise<boolean> {
    // That a device is a copy is stored with the step that showed it, as the product does.
    if (batch.writes.length > 0 || (page.room.isSilent && !device.disk.silenced)) {
      if (page.fence !== device.disk.fence) return this.refuse(device)
      const strike = this.strikeNow(device)
      if (strike?.what === 'crash' && strike.before) return this.stop(device)
      if (strike?.what === 'second-tab' && strike.before) {
        await this.takeOver(device)
        return this.refuse(device)
      }
      if (this.nowMs < this.healedAtMs) device.transactions++
      for (const write of batch.writes) device.disk.apply(write)
      device.disk.silenced ||= page.room.isSilent
      if (strike?.what === 'crash') return this.stop(device)
      if (strike?.what === 'second-tab') await this.takeOver(device)
    }
    for (const token of batch.tokens) await page.engine.adopt(token)
    for (const epoch of batch.pruned) await page.engine.prune(epoch)
    if (device.running === page) {
      for (const { name, delayMs } of batch.timers) this.setTimer(device, name, delayMs)
      const head = page.room.epochs.head()?.id
      if (head !== undefined && this.heads.get(device) !== head) {
        this.heads.set(device, head)
        this.lastHeadChangeMs = this.nowMs
      }
      this.note(`${device.index} ${batch.writes.length} ${batch.frames.length} ${head}`)
      for (const invariant of this.invariants) invariant.afterBatch?.(this, device, batch)
      this.vanishAfter(device, batch)
    }
    for (const { to, frame } of batch.frames) this.transmit(device, to, frame)
    return true
  }

  /** The transaction of a page that lost the storage to another. */
  private refuse(device: SimDevice): false {
    device.fenced = null
    this.note(`fenced ${device.index}`)
    return false
  }

  /** A second page takes the storage from the first, which goes on in the background until it tries to write. */
  private async takeOver(device: SimDevice): Promise<void> {
    this.count('second tab')
    for (const other of this.devices) this.disconnect(device, other)
    device.fenced = device.running
    device.running = null
    await this.open(device)
  }

  private strikeNow(device: SimDevice): Strike | null {
    const { strike } = device
    if (strike === null || --strike.inTransactions > 0) return null
    device.strike = null
    if (strike.what === 'crash') this.count(`crash ${strike.before ? 'before' : 'after'} a transaction`)
    return strike
  }

  private vanishAfter(device: SimDevice, { writes }: Batch): void {
    const { vanishes } = device
    const letsIn = (write: RoomWrite): boolean =>
      write.kind === 'entry' && write.entry.author === device.key && write.entry.body.kind === 'commit' && write.entry.body.adds.length > 0
    if (vanishes === null || !writes.some(letsIn)) return
    for (const any of this.devices) any.vanishes = null
    this.later(this.random.below(1500), 'vanish', () => {
      this.count('committer gone before its Welcome was fetched')
      this.stop(device)
      if (vanishes === 'for good') device.evicted = true
    })
  }

  private setTimer(device: SimDevice, name: TimerName, delayMs: number | null): void {
    if (delayMs === null) {
      device.timers.delete(name)
      return
    }
    const armed = this.seq
    device.timers.set(name, armed)
    this.at(delayMs, { kind: 'timer', device, name, armed })
  }

  // --- pages

  /** Opens the page: from its disk, or empty. */
  async open(device: SimDevice, create?: Extract<RoomOp, { kind: 'create' }>): Promise<void> {
    if (device.running !== null || device.evicted) return
    const fence = ++device.disk.fence
    const engine = await device.identity.open(device.disk.keyPackages)
    for (const [epoch, sealed] of device.disk.epochs) await engine.load(epoch, sealed)
    const env = this.envOf(engine)
    const room = Room.restore(device.key, env, engine, device.disk.stored())
    const page = { room, engine, fence }
    device.running = page
    device.timers.clear()
    if (create !== undefined) await this.finish(device, page, await room.create(create))
    if (device.disk.keyPackages.length === 0) {
      const { keyPackage, sealed } = await engine.keyPackage()
      device.keyPackage = keyPackage
      device.disk.keyPackages.push({ keyPackage, sealed })
    }
    await this.turns(device, page, { kind: 'start' })
    for (const other of this.devices) if (other !== device) this.connect(device, other)
  }

  private envOf(engine: SimEngine): RoomEnv {
    return {
      rules: {
        ticket: (parent, author) => fastHash(`rank|${parent}|${author}`),
        firstEpoch: (create) => fastHash(`first|${create}`) as EpochId,
      },
      hash: fastHash,
      random: () => this.random.next(),
      sign: async (draft) => this.sign(draft),
      compose: (body, lamport) => engine.compose(body, lamport),
    }
  }

  /** Names an entry. The same draft signed twice makes two entries, as it would with a clock or a nonce inside. */
  sign(draft: Draft): LogEntry {
    const { confirmationTag, ...entry } = draft
    const id = this.fresh(`entry|${entry.author}|${entry.seq}|${entry.prev}`) as EntryId
    this.writtenAtMs.set(id, this.nowMs)
    const { body } = entry
    if (body.kind !== 'commit') return { ...entry, id }
    const epoch = fastHash(`epoch|${body.parent}|${id}|${confirmationTag}`) as EpochId
    if (confirmationTag !== null) this.tags.set(epoch, confirmationTag)
    return { ...entry, id, body: { ...body, epoch } }
  }

  /** The page is gone, at once: memory, timers, links. Always false, for the callers' sake. */
  stop(device: SimDevice): false {
    device.running = null
    device.fenced = null
    device.frozen = null
    device.timers.clear()
    device.restarts++
    this.note(`stop ${device.index}`)
    for (const other of this.devices) this.disconnect(device, other)
    return false
  }

  async evict(device: SimDevice): Promise<void> {
    this.count('eviction')
    this.stop(device)
    device.evicted = true
  }

  /** An old backup is put back in place of what the device has, and opened. */
  async restore(device: SimDevice, backup: Disk): Promise<void> {
    if (device.evicted || device.hostile) return
    this.count('old backup')
    this.stop(device)
    const { fence } = device.disk
    device.disk = backup
    device.disk.fence = fence
    device.hostile = true
    device.restored = { heard: false, warned: false }
    await this.open(device)
  }

  freeze(device: SimDevice): void {
    if (device.running === null || device.frozen !== null) return
    this.count('freeze')
    device.frozen = []
  }

  /** Runs again; what came meanwhile comes now, in a burst. `first` is what the person does before that. */
  thaw(device: SimDevice, first: readonly RoomEvent[] = []): void {
    const waiting = device.frozen
    if (waiting === null) return
    device.frozen = null
    for (const event of first) this.at(0, { kind: 'room', device, event })
    for (const event of waiting) this.at(0, event)
  }

  // --- links

  isLinked(a: SimDevice, b: SimDevice): boolean {
    return this.links.has(linkName(a, b))
  }

  /** `parted` devices can't link at all; frames of a blocked direction are lost without a word. */
  block(from: SimDevice, to: SimDevice): void {
    this.count('direction blocked')
    this.blocked.add(`${from.index} ${to.index}`)
  }

  part(a: SimDevice, b: SimDevice): void {
    this.block(a, b)
    this.block(b, a)
    this.disconnect(a, b)
  }

  unblockAll(): void {
    this.blocked.clear()
  }

  connect(a: SimDevice, b: SimDevice): void {
    if (a.running === null || b.running === null || this.links.has(linkName(a, b))) return
    if (this.blocked.has(`${a.index} ${b.index}`) && this.blocked.has(`${b.index} ${a.index}`)) return
    this.links.set(linkName(a, b), ++this.linkCount)
    this.at(this.random.below(50), { kind: 'room', device: a, event: { kind: 'linked', peer: b.key } })
    this.at(this.random.below(50), { kind: 'room', device: b, event: { kind: 'linked', peer: a.key } })
  }

  disconnect(a: SimDevice, b: SimDevice): void {
    if (!this.links.delete(linkName(a, b))) return
    this.at(this.random.below(2000), { kind: 'room', device: a, event: { kind: 'unlinked', peer: b.key } })
    this.at(this.random.below(2000), { kind: 'room', device: b, event: { kind: 'unlinked', peer: a.key } })
  }

  transmit(from: SimDevice, toKey: DeviceKey, frame: RoomFrame): void {
    const to = this.byKey.get(toKey)
    if (to === undefined || from.mute.has(frame.kind)) return
    for (const invariant of this.invariants) invariant.onFrame?.(this, from, to, frame)
    const epoch = this.links.get(linkName(from, to))
    if (epoch === undefined || this.blocked.has(`${from.index} ${to.index}`)) return
    if (this.random.chance(this.weather.loss)) {
      this.count('frame lost')
      return
    }
    const copies = this.random.chance(this.weather.duplicate) ? 2 : 1
    if (copies > 1) this.count('frame doubled')
    const [least, most] = this.weather.delayMs
    for (let i = 0; i < copies; i++) this.at(least + this.random.next() * (most - least), { kind: 'frame', from, to, frame, epoch })
  }

  // --- for checkers

  /** Which message an app entry carries; null if it can't be told. */
  midOf(entry: LogEntry): Mid | null {
    return entry.body.kind === 'app' ? (this.ciphers.get(entry.body.message)?.mid ?? null) : null
  }

  /** Devices that keep to the rules, run, and are members by their own view. */
  honestMembers(): readonly SimDevice[] {
    return this.devices.filter(
      (device) => !device.hostile && device.running !== null && device.running.room.memberships.current().members.has(device.key),
    )
  }

  /**
   * Those of the honest members that can come together: the largest group in which each knows of the next. Who
   * was let in by a device that vanished before anybody else heard of it, nobody knows and nobody can help.
   */
  reachableMembers(): readonly SimDevice[] {
    const waiting = new Set(this.honestMembers())
    const groups: SimDevice[][] = []
    for (const first of waiting) {
      const group = [first]
      for (const one of group) {
        waiting.delete(one)
        for (const other of waiting) {
          if (!knows(one, other) || !knows(other, one)) continue
          waiting.delete(other)
          group.push(other)
        }
      }
      groups.push(group)
    }
    // Which of two sides is the newcomers' does not depend on which is larger.
    const isApart = (group: readonly SimDevice[], core: readonly SimDevice[]): boolean => group.every((one) => this.isExcused(one, core))
    const [best = [], ...others] = groups.sort((a, b) => b.length - a.length)
    for (const group of others) {
      if (!isApart(group, best) && !isApart(best, group)) this.fail('nobody is lost', `nobody knows of device ${group[0]?.index}`)
    }
    return best
  }

  /** True if all that let the device in have vanished, or are lost for the same reason. */
  private isExcused(device: SimDevice, found: readonly SimDevice[]): boolean {
    if (found.includes(device)) return false
    if (device.running === null || device.hostile) return true
    const adders = device.running.room.log
      .ops()
      .flatMap(({ entry: { body, author } }) =>
        body.kind === 'op' && body.op.kind === 'add' && body.op.device === device.key ? [author] : [],
      )
    return (
      adders.length > 0 && adders.map((key) => this.byKey.get(key)).every((adder) => adder !== undefined && this.isExcused(adder, found))
    )
  }

  checkHealed(): void {
    for (const invariant of this.invariants) invariant.afterHealing?.(this)
  }

  fail(invariant: string, text: string): never {
    throw new Violation(invariant, text, this.nowMs, this.steps)
  }
}

/** Whether `a` would talk to `b`: it is or was a member, as far as `a` knows. */
function knows(a: SimDevice, b: SimDevice): boolean {
  const { members, gone } = a.running?.room.memberships.current() ?? {}
  return members?.has(b.key) === true || gone?.has(b.key) === true
}

const linkName = (a: SimDevice, b: SimDevice): string => (a.index < b.index ? `${a.index} ${b.index}` : `${b.index} ${a.index}`)
