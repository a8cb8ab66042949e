/**
 * One room on one device, as a step: an event in, a batch out. The loop that drives it stores the batch's
 * writes in one transaction, adopts its tokens, then runs its effects; if the transaction fails, the room is
 * thrown away and restored from what was stored. One engine move or one own entry a step, so that a crash
 * can fall between any two.
 */
import type { DeviceKey, EntryId, EpochId, Mid } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { CAPACITIES } from './capacity.ts'
import type { Content, EpochEngine, Joiner, MadeCommit } from './engine.ts'
import type { CommitView, EntryBody, LogEntry, Opaque, RoomOp } from './entry-view.ts'
import { type EpochNode, Epochs } from './epochs.ts'
import { includes, type LogNode, RoomLog, type Tip } from './log.ts'
import { Memberships } from './membership.ts'
import { everybodyElse, type NeedsInput, needsOf } from './needs.ts'
import { Progress, Receipts } from './receipts.ts'
import { Batch, type Outgoing, type RoomEnv, type RoomEvent, type RoomFrame, type StoredRoom, type TimerName } from './room-io.ts'
import { BATCH_ENTRIES, difference, servedTo } from './sync.ts'
import { REJOINERS, REQUEST_TURNS, RESENDS, RETENTION, SILENT_TURNS, TIMING } from './timing.ts'

/**
 * How far one content may run ahead of what was seen before it; an honest one does so by one. up: a member can
 * use time up faster; down: contents that nobody could open leave gaps that refuse honest ones after them.
 */
const LAMPORT_LEAD = 1000

/** Entries that wait for their causes. up: memory that a member can claim; down: entries out of order are asked for again. */
const ORPHANS = { entries: 1024, bytes: 4 * 1024 * 1024 } as const

/**
 * Taken from the links of one device that is no member any more, while the page lives: it may show that it is one
 * after all. up: what somebody who was removed can make us store; down: two halves that removed each other meet slower.
 */
const GONE_BYTES = 8 * 1024 * 1024

/** What a peer is told of the log, as of one set of operations. */
interface Shown {
  readonly version: number
  readonly tips: readonly Tip[]
  readonly fingerprint: string
}

/** About what an entry takes in memory: its contents, and the rest of it. */
function sizeOf({ body }: LogEntry): number {
  const own = 512
  if (body.kind === 'app' || body.kind === 'commit') return own + body.message.length
  return body.kind === 'keypackage' ? own + body.keyPackage.length : own + sizeOfOp(body)
}

const sizeOfOp = (body: Exclude<EntryBody, { kind: 'app' | 'commit' | 'keypackage' }>): number => {
  if (body.kind === 'ack') return 64 * (body.delivered.length + body.cant.length + body.bad.length + body.generations.length)
  if (body.op.kind === 'settings') return body.op.picture?.length ?? 0
  return body.op.kind === 'add' ? body.op.keyPackage.length + 2048 : 2048
}

type AppBody = Extract<EntryBody, { kind: 'app' }>
type CommitShape = Pick<CommitView, 'parent' | 'form' | 'senderLeaf' | 'adds' | 'removedLeaves'>

export class Room {
  readonly me: DeviceKey
  readonly log = new RoomLog()
  readonly memberships = new Memberships(this.log)
  readonly epochs: Epochs
  /** Epochs whose state the engine has. */
  readonly held = new Set<EpochId>()
  private readonly env: RoomEnv
  private readonly engine: EpochEngine
  private readonly receipts: Receipts
  private readonly progress = new Progress()
  private readonly links = new Set<DeviceKey>()
  private readonly heardDigest = new Map<DeviceKey, string>()
  private readonly toldDigest = new Map<DeviceKey, string>()
  /** Peers that sent entries without their causes. */
  private readonly mustAsk = new Set<DeviceKey>()
  /** Entries whose causes are not here yet, by one of those. */
  private readonly orphans = new Map<EntryId, LogEntry[]>()
  private orphaned = { entries: 0, bytes: 0 }
  /** Commits on held epochs, not looked at yet. */
  private readonly toProcess: EpochNode[] = []
  private readonly bad = new Set<EntryId>()
  private readonly badTold = new Set<EntryId>()
  private readonly opened = new Map<EntryId, Mid>()
  private readonly shown = new Set<Mid>()
  /** Others' messages that are not opened, in the log's order. */
  private readonly parked = new Map<EntryId, LogNode>()
  private readonly failed = new Set<EntryId>()
  private readonly givenUp = new Set<EntryId>()
  private readonly queue: Content[] = []
  private readonly outgoing = new Map<Mid, Outgoing>()
  private readonly welcomes = new Map<EntryId, Opaque>()
  private readonly rejoiners = new Map<DeviceKey, { readonly node: LogNode; readonly keyPackage: Opaque }>()
  /** KeyPackages that no commit can use. */
  private readonly unusable = new Set<Opaque>()
  /** GroupInfos of the head, one from each peer: one that lies does not keep out those that don't. */
  private readonly groupInfos = new Map<DeviceKey, Opaque>()
  private tip: LogNode | null = null
  private lamport = 0
  private seenHead: EpochNode | null = null
  private votedFor: EpochNode | null = null
  private settled = false
  private settling = false
  private commitDue = false
  private resendDue = false
  private recoverTurns = 0
  private recoverDue = false
  private ackArmed = false
  private ackDue = false
  private ackNews = false
  /** The next ack goes out whatever it says. */
  private ackTold = false
  private gossipArmed = false
  private commitArmedFor = ''
  private requests = 0
  private saidHolds = ''
  private fingerprintMemo: { readonly size: number; readonly text: string } | null = null
  private readonly takenFromGone = new Map<DeviceKey, number>()
  private readonly shownMemo = new Map<DeviceKey, Shown>()
  /** Who is told of what is new by the overlay, where that is not left to this room: above a full mesh. null: all that are linked, by us. */
  neighbours: ReadonlySet<DeviceKey> | null = null
  /** Authors of what came since the sync before last: in a large room few of those who are there are linked. */
  private lately: readonly [Set<DeviceKey>, ReadonlySet<DeviceKey>] = [new Set(), new Set()]
  /** Commits whose Welcome others were asked for, and on whose behalf. */
  private readonly sought = new Map<EntryId, Set<DeviceKey>>()
  /** Devices that were seen to know of their removal, or, if this device is none any more, of its own. */
  readonly informed = new Set<DeviceKey>()
  private resumed = false
  /** Whether somebody has shown since the page opened what it has of this device. */
  private heard = true
  private silent = false

  constructor(me: DeviceKey, env: RoomEnv, engine: EpochEngine) {
    this.me = me
    this.env = env
    this.engine = engine
    this.epochs = new Epochs(this.log, this.memberships, env.rules)
    this.receipts = new Receipts(me)
  }

  /** The room as it was stored; the engine has loaded the epochs named there. */
  static restore(me: DeviceKey, env: RoomEnv, engine: EpochEngine, stored: StoredRoom): Room {
    const room = new Room(me, env, engine)
    for (const epoch of stored.epochs) room.held.add(epoch)
    for (const [entry, mid] of stored.opened) {
      room.opened.set(entry, mid)
      room.shown.add(mid)
    }
    for (const entry of stored.entries) {
      const result = room.log.add(entry)
      if (result.kind === 'added') room.noteEntry(result.node)
    }
    for (const content of stored.queued) room.queue.push(content)
    for (const message of stored.outgoing) room.outgoing.set(message.content.mid, message)
    for (const [commit, bytes] of stored.welcomes) room.welcomes.set(commit, bytes)
    room.lamport = stored.lamport
    room.heard = room.tip === null
    room.silent = stored.silenced === true
    room.ackNews = true
    return room
  }

  /** The founder's first step. Everybody else starts from an empty log and asks. */
  async create(op: Extract<RoomOp, { kind: 'create' }>): Promise<Batch> {
    const batch = new Batch()
    const entry = await this.write(batch, { kind: 'op', op })
    const first = this.env.rules.firstEpoch(entry.entry.id)
    const moved = await this.engine.found(first)
    this.hold(batch, first, moved.sealed, moved.token)
    this.observeHead(batch)
    return batch
  }

  /** Goes on after the room was restored under way: on these links, and with the timers that it cannot do without. */
  resume(peers: Iterable<DeviceKey>): void {
    for (const peer of peers) this.links.add(peer)
    this.resumed = true
    // The page has been open all the time: what is stored is what it stored.
    this.heard = true
  }

  /** True once this device turned out to be a copy: it writes nothing any more, and reads on. */
  get isSilent(): boolean {
    return this.silent
  }

  /** There is a copy of this device, or it went back in time: one more word of it could use a key twice. */
  silence(): void {
    this.silent = true
  }

  get isSettled(): boolean {
    return this.settled
  }

  /** Own messages that are not sent yet. */
  get unsent(): number {
    return this.queue.length
  }

  /** Own messages that somebody entitled has not acknowledged, each with those it waits for. */
  waiting(): readonly { readonly mid: Mid; readonly for: readonly DeviceKey[]; readonly entries: readonly EntryId[] }[] {
    return [...this.outgoing.values()]
      .map((message) => ({ mid: message.content.mid, for: this.lacking(message), entries: message.entries }))
      .filter((message) => message.for.length > 0)
  }

  /** Own messages that are not encrypted yet, in the order in which they were said. */
  queued(): readonly Mid[] {
    return this.queue.map(({ mid }) => mid)
  }

  /** Own messages that not everybody is known to have. */
  ownContents(): readonly Content[] {
    return [...this.queue, ...[...this.outgoing.values()].map(({ content }) => content)]
  }

  /** The entry by which another's message was opened here. */
  openedBy(mid: Mid): LogNode | undefined {
    const found = [...this.opened].find(([, opened]) => opened === mid)
    return found === undefined ? undefined : this.log.get(found[0])
  }

  /** An own message that nobody needs any more, sent or not: it is not encrypted (again). */
  forget(mid: Mid, batch: Batch): void {
    const queued = this.queue.findIndex((content) => content.mid === mid)
    if (queued >= 0) this.queue.splice(queued, 1)
    if (queued < 0 && !this.outgoing.delete(mid)) return
    batch.writes.push({ kind: 'delivered', mid })
  }

  async handle(event: RoomEvent): Promise<Batch> {
    const batch = new Batch()
    await this.take(event, batch)
    if (this.resumed) this.timer(batch, 'sync', this.syncDelay())
    this.resumed = false
    if (this.log.first === null) return batch
    this.observeHead(batch)
    if (batch.tokens.length === 0) await this.work(batch)
    else batch.more = true
    this.observeHead(batch)
    this.armCommit(batch)
    this.armAck(batch)
    return batch
  }

  // --- events

  private async take(event: RoomEvent, batch: Batch): Promise<void> {
    switch (event.kind) {
      case 'start':
        this.timer(batch, 'sync', this.syncDelay())
        return
      case 'continue':
        return
      case 'linked':
        this.links.add(event.peer)
        this.heardDigest.delete(event.peer)
        this.toldDigest.delete(event.peer)
        this.sendDigest(batch, event.peer)
        return
      case 'unlinked':
        this.links.delete(event.peer)
        this.groupInfos.delete(event.peer)
        return
      case 'frame':
        await this.takeFrame(event.from, event.frame, batch)
        return
      case 'timer':
        this.takeTimer(event.name, batch)
        return
      case 'operate':
        // With this very step or never: nobody is told that something was done which a crash could still take back.
        if (!this.silent && this.memberships.current().members.has(this.me)) await this.write(batch, { kind: 'op', op: event.op })
        return
      case 'tell':
        this.ackNews = true
        this.ackTold = true
        return
      case 'say': {
        // Later than all that stands in the log, also what this device can't read: a newcomer's words are not old.
        const content = await this.env.compose(event.body, Math.max(this.lamport + 1, this.log.size))
        this.lamport = content.lamport
        this.queue.push(content)
        this.shown.add(content.mid)
        batch.writes.push({ kind: 'message', content }, { kind: 'queued', content })
      }
    }
  }

  private takeTimer(name: TimerName, batch: Batch): void {
    switch (name) {
      case 'settle':
      case 'settle-latest':
        this.settle(batch)
        return
      case 'commit':
        this.commitDue = true
        return
      case 'ack':
        this.ackArmed = false
        this.ackDue = true
        return
      case 'gossip':
        this.gossipArmed = false
        for (const peer of this.links) {
          if (this.mustAsk.has(peer)) this.sendHave(batch, peer, false)
          else if (this.neighbours === null) this.sendDigest(batch, peer)
        }
        this.mustAsk.clear()
        return
      case 'sync':
        this.toldDigest.clear()
        this.heardDigest.clear()
        for (const peer of this.links) this.sendDigest(batch, peer)
        this.timer(batch, 'sync', this.syncDelay())
        this.lately = [new Set(), this.lately[0]]
        this.sought.clear()
        this.reconsider()
        return
      case 'recover':
        this.recoverDue = true
        return
      case 'resend':
        this.resendDue = true
    }
  }

  private async takeFrame(from: DeviceKey, frame: RoomFrame, batch: Batch): Promise<void> {
    if (!this.mayTalkTo(from)) return
    switch (frame.kind) {
      case 'digest':
        this.heardDigest.set(from, frame.fingerprint)
        if (frame.fingerprint !== this.shownTo(from).fingerprint) this.sendHave(batch, from, true)
        else {
          this.noteInformed(from, () => true)
          this.noteHeard(from, [])
        }
        return
      case 'have': {
        this.noteInformed(from, (why) => frame.tips.some(({ id }) => this.hasBeen(id, why)))
        this.noteHeard(from, frame.tips)
        const entries = difference(this.log, frame.tips, servedTo(from, this.memberships.current()))
        for (let i = 0; i < entries.length; i += BATCH_ENTRIES) {
          this.send(batch, from, { kind: 'entries', entries: entries.slice(i, i + BATCH_ENTRIES) })
        }
        if (frame.answer) this.sendHave(batch, from, false)
        return
      }
      case 'entries':
        if (this.takeEntries(this.granted(from, frame.entries), batch)) {
          this.mustAsk.add(from)
          this.armGossip(batch)
        }
        return
      case 'welcome':
        this.keepWelcome(frame.commit, frame.bytes, batch)
        for (const peer of this.sought.get(frame.commit) ?? []) if (peer !== from) this.send(batch, peer, frame)
        this.sought.delete(frame.commit)
        await this.joinBy(frame.commit, frame.bytes, batch)
        return
      case 'ask':
        if (this.memberships.current().members.has(from)) await this.answer(from, frame, batch)
        return
      case 'group-info':
        if (this.links.has(from) && frame.epoch === this.epochs.head()?.id) this.groupInfos.set(from, frame.bytes)
    }
  }

  /** A member has shown what it has of this device. More than this device has itself: then it is a copy. */
  private noteHeard(from: DeviceKey, tips: readonly Tip[]): void {
    if (tips.some(({ author, id }) => author === this.me && this.log.get(id) === undefined)) this.silence()
    else if (this.memberships.current().members.has(from)) this.heard = true
  }

  /** True if whoever has the entry `id` has `node` too. */
  private hasBeen(id: EntryId, node: LogNode): boolean {
    const tip = this.log.get(id)
    return tip !== undefined && includes(tip, node)
  }

  // --- the log

  /** True if something is missing that the sender must have. */
  private takeEntries(entries: readonly LogEntry[], batch: Batch): boolean {
    let lacking = false
    const stack = [...entries].reverse()
    for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
      if (!this.isNamed(entry.author)) continue
      const result = this.log.add(entry)
      if (result.kind === 'added') {
        if (entry.author === this.me) this.silence()
        batch.writes.push({ kind: 'entry', entry })
        this.lately[0].add(entry.author)
        this.noteEntry(result.node)
        stack.push(...this.adopted(entry.id))
        this.armGossip(batch)
      } else if (result.kind === 'missing') {
        const [first] = result.ids
        if (first !== undefined) this.keepOrphan(first, entry)
        lacking = true
      }
    }
    return lacking
  }

  /** Of what came from a device that is no member any more, as much as may come from it. */
  private granted(from: DeviceKey, entries: readonly LogEntry[]): readonly LogEntry[] {
    if (this.log.first === null || this.memberships.current().members.has(from)) return entries
    return entries.filter((entry) => {
      const bytes = (this.takenFromGone.get(from) ?? 0) + sizeOf(entry)
      if (bytes > GONE_BYTES) return false
      this.takenFromGone.set(from, bytes)
      return true
    })
  }

  /** What waits for an entry, to be forgotten all at once if there is too much: whoever has it is asked again. */
  private keepOrphan(cause: EntryId, entry: LogEntry): void {
    const bytes = sizeOf(entry)
    if (this.orphaned.entries >= ORPHANS.entries || this.orphaned.bytes + bytes > ORPHANS.bytes) {
      this.orphans.clear()
      this.orphaned = { entries: 0, bytes: 0 }
    }
    this.orphans.set(cause, [...(this.orphans.get(cause) ?? []), entry])
    this.orphaned = { entries: this.orphaned.entries + 1, bytes: this.orphaned.bytes + bytes }
  }

  private adopted(cause: EntryId): readonly LogEntry[] {
    const waiting = this.orphans.get(cause) ?? []
    this.orphans.delete(cause)
    const bytes = waiting.reduce((sum, entry) => sum + sizeOf(entry), 0)
    this.orphaned = { entries: this.orphaned.entries - waiting.length, bytes: this.orphaned.bytes - bytes }
    return waiting
  }

  /** True for devices that the log ever let in. Anybody else writes nothing here: keys cost nothing, log does. */
  private isNamed(device: DeviceKey): boolean {
    if (this.log.first === null) return true
    const { members, gone } = this.memberships.current()
    return members.has(device) || gone.has(device)
  }

  private noteEntry(node: LogNode): void {
    this.epochs.note(node)
    const { author, body, id } = node.entry
    if (author === this.me) this.tip = node
    switch (body.kind) {
      case 'commit': {
        const epoch = this.epochs.madeBy(id)
        if (epoch?.parent != null && this.held.has(epoch.parent.id)) this.toProcess.push(epoch)
        return
      }
      case 'app':
        if (author === this.me) return
        this.progress.note(node)
        if (!this.opened.has(id)) this.parked.set(id, node)
        this.ackNews = true
        return
      case 'ack':
        if (author !== this.me) this.receipts.note(node, body, this.reachOf(node))
        else {
          this.progress.acked(body.delivered)
          for (const entry of body.cant) this.givenUp.add(entry)
          for (const entry of body.bad) this.badTold.add(entry)
        }
        return
      case 'keypackage':
        this.rejoiners.set(author, { node, keyPackage: body.keyPackage })
        this.requests++
        return
      case 'op':
    }
  }

  /** The seq of the last own entry in the past of `node`; -1 for none. */
  private reachOf(node: LogNode): number {
    return this.tip === null ? -1 : (node.clock[this.tip.branch] ?? 0) - 1
  }

  /** The vote of the next own entry: where this device settled, or would. */
  private vote(): EpochNode | null {
    const settledOn = this.settled ? null : this.votedFor
    if (settledOn !== null && !this.epochs.isVoid(settledOn) && !this.isBad(settledOn)) return settledOn
    return this.preferred()
  }

  private isBad(epoch: EpochNode): boolean {
    for (let at: EpochNode | null = epoch; at !== null; at = at.parent) if (this.bad.has(at.node.entry.id)) return true
    return false
  }

  /** The head, but for commits that failed here: they get no vote of ours. */
  private preferred(): EpochNode | null {
    return this.bad.size === 0 ? this.epochs.head() : this.epochs.headWithout(this.bad)
  }

  /** One entry of our own, told to all who may have it. */
  private async write(batch: Batch, body: EntryBody, confirmationTag: string | null = null): Promise<LogNode> {
    let others = this.log.heads().filter((node) => node !== this.tip)
    // More open ends than an entry can name are first tied together.
    while (others.length > LIMITS.deps) {
      await this.append(batch, this.emptyAck(), others.slice(0, LIMITS.deps), null)
      others = this.log.heads().filter((node) => node !== this.tip)
    }
    return this.append(batch, body, others, confirmationTag)
  }

  private emptyAck(): EntryBody {
    const vote = this.vote()
    return { kind: 'ack', holds: vote !== null && this.held.has(vote.id), delivered: [], cant: [], bad: [], generations: [] }
  }

  private async append(batch: Batch, body: EntryBody, deps: readonly LogNode[], confirmationTag: string | null): Promise<LogNode> {
    const vote = this.vote()
    const entry = await this.env.sign({
      author: this.me,
      seq: this.tip === null ? 0 : this.tip.entry.seq + 1,
      prev: this.tip?.entry.id ?? null,
      deps: deps.map((node) => node.entry.id),
      vote: vote?.id ?? ('' as EpochId),
      body,
      confirmationTag,
    })
    const result = this.log.add(entry)
    if (result.kind !== 'added') throw new Error('own entry does not fit the own log')
    this.noteEntry(result.node)
    batch.writes.push({ kind: 'entry', entry })
    if (this.neighbours === null) {
      const { members } = this.memberships.current()
      for (const peer of this.links) if (members.has(peer)) this.send(batch, peer, { kind: 'entries', entries: [entry] })
    }
    this.armGossip(batch)
    return result.node
  }

  // --- work: one unit a step

  private async work(batch: Batch): Promise<void> {
    batch.more = true
    if (await this.processOne(batch)) return
    if (await this.openSome(batch)) return
    const { members } = this.memberships.current()
    if (members.has(this.me) && !this.silent) {
      if (await this.commitIfDue(batch)) return
      if (await this.recoverIfDue(batch)) return
      if (await this.sayOne(batch)) return
      if (await this.resendOne(batch)) return
      if (await this.ackIfDue(batch)) return
    }
    this.pruneSome(batch)
    batch.more = false
  }

  private hold(batch: Batch, epoch: EpochId, sealed: Opaque, token: number): void {
    batch.writes.push({ kind: 'epoch', epoch, sealed })
    batch.tokens.push(token)
    this.held.add(epoch)
    for (const child of this.epochs.get(epoch)?.children ?? []) this.toProcess.push(child)
    this.ackNews = true
  }

  private async processOne(batch: Batch): Promise<boolean> {
    for (let epoch = this.toProcess.shift(); epoch !== undefined; epoch = this.toProcess.shift()) {
      const { commit, parent } = epoch
      if (commit === null || parent === null || this.held.has(epoch.id) || this.bad.has(epoch.node.entry.id)) continue
      if (epoch.broken || epoch.node.entry.author === this.me || !this.held.has(parent.id)) continue
      // What a commit that lets this device in anew does, only its Welcome tells; what removes it tells it nothing.
      if (commit.form === 'refound' || commit.adds.includes(this.me) || !epoch.devices.includes(this.me)) continue
      const moved = await this.engine.process(parent.id, epoch.id, commit.message)
      if (moved !== null) this.hold(batch, epoch.id, moved.sealed, moved.token)
      else {
        this.bad.add(epoch.node.entry.id)
        this.ackNews = true
      }
      return true
    }
    return false
  }

  private async openSome(batch: Batch): Promise<boolean> {
    if (this.parked.size === 0) return false
    const byEpoch = new Map<EpochId, LogNode[]>()
    for (const node of this.parked.values()) {
      const { epoch } = node.entry.body as AppBody
      if (this.isSilenced(node)) continue
      if (this.held.has(epoch) && !this.failed.has(node.entry.id)) byEpoch.set(epoch, [...(byEpoch.get(epoch) ?? []), node])
    }
    for (const [epoch, nodes] of byEpoch) {
      const { results, moved } = await this.engine.decrypt(
        epoch,
        nodes.map((node) => (node.entry.body as AppBody).message),
      )
      for (const [i, node] of nodes.entries()) {
        const result = results[i]
        if (result?.kind === 'opened' && result.sender === node.entry.author && this.isTimely(result.content))
          this.takeContent(node, result.content, batch)
        else if (result?.kind !== 'later') this.failed.add(node.entry.id)
      }
      if (moved !== null) {
        batch.writes.push({ kind: 'epoch', epoch, sealed: moved.sealed })
        batch.tokens.push(moved.token)
      }
      this.ackNews = true
      return true
    }
    return false
  }

  /**
   * True for what somebody said who is no member any more, apart from the operation that ended it, and which came
   * later than that: or whoever was removed could go on talking in the epochs that are still kept.
   */
  private isSilenced(node: LogNode): boolean {
    const { author } = node.entry
    const { members, removals } = this.memberships.current()
    return !members.has(author) && !removals.some(({ node: removal, target }) => target === author && includes(removal, node))
  }

  /**
   * Whether a content's Lamport time can be honest. Each message raises the highest by at most the lead, and
   * stands in the log: so the log's own length bounds it, for a device that joined late too.
   */
  private isTimely({ lamport }: Content): boolean {
    return lamport <= Math.max(this.lamport + LAMPORT_LEAD, this.log.size * LAMPORT_LEAD)
  }

  private takeContent(node: LogNode, content: Content, batch: Batch): void {
    this.parked.delete(node.entry.id)
    this.opened.set(node.entry.id, content.mid)
    batch.writes.push({ kind: 'opened', entry: node.entry.id, mid: content.mid })
    this.lamport = Math.max(this.lamport, content.lamport)
    if (this.shown.has(content.mid)) return
    this.shown.add(content.mid)
    batch.writes.push({ kind: 'message', content })
  }

  // --- settling

  private observeHead(batch: Batch): void {
    const head = this.epochs.head()
    if (head === null || head === this.seenHead) return
    this.seenHead = head
    this.settled = false
    this.reconsider()
    this.commitDue = false
    this.groupInfos.clear()
    this.recoverTurns = 0
    this.timer(batch, 'commit', null)
    this.timer(batch, 'recover', null)
    this.timer(batch, 'settle', TIMING.settleMs)
    if (!this.settling) this.timer(batch, 'settle-latest', TIMING.settleLatestMs)
    this.settling = true
    // Nobody else can vote: there is nothing to wait for.
    if (this.isAlone(head)) this.settle(batch)
    // A joiner without any state need not wait for others to settle: who has a Welcome judges that.
    if (this.held.size === 0 && head.devices.includes(this.me)) this.ask(head, batch)
  }

  /** What could not be used before may be of use now: clocks are set right, and keys come of age. */
  private reconsider(): void {
    this.unusable.clear()
    this.commitArmedFor = ''
  }

  /** True if this device is the epoch's only one. */
  private isAlone(epoch: EpochNode): boolean {
    return epoch.devices.length === 1 && epoch.devices[0] === this.me
  }

  private settle(batch: Batch): void {
    if (this.settled) return
    this.settled = true
    this.settling = false
    this.resendDue = true
    this.commitDue = false
    this.ackNews = true
    this.timer(batch, 'settle', null)
    this.timer(batch, 'settle-latest', null)
    this.votedFor = this.preferred()
    const head = this.epochs.head()
    if (head !== null && !this.held.has(head.id)) this.timer(batch, 'recover', TIMING.recoverMs)
  }

  // --- commits

  /** What is to be done on the epoch that this device would commit on; null if nothing, or not by this device. */
  private needs(): { readonly parent: EpochNode; readonly needs: NonNullable<ReturnType<typeof needsOf>> } | null {
    const parent = this.preferred()
    if (parent === null || !this.held.has(parent.id) || !parent.devices.includes(this.me)) return null
    const needs = needsOf(parent, this.me, this.needsInput())
    if (needs !== null) return { parent, needs }
    // A commit that fails here leads nowhere: an empty rival gives the others something to vote for.
    return parent === this.epochs.head() ? null : { parent, needs: { adds: [], removedLeaves: [], urgent: false } }
  }

  private needsInput(): NeedsInput {
    return {
      log: this.log,
      membership: this.memberships.current(),
      rejoiners: this.rejoiners,
      unusable: this.unusable,
      capacity: this.engine.capacity ?? CAPACITIES.classic,
    }
  }

  /** Takes this device's turn in the ranking, once for each thing there is to do. */
  private armCommit(batch: Batch): void {
    if (!this.settled) return
    const parent = this.preferred()
    const about = `${parent?.id} ${this.memberships.version} ${this.requests} ${parent !== null && this.held.has(parent.id)}`
    if (about === this.commitArmedFor) return
    this.commitArmedFor = about
    const work = this.memberships.current().members.has(this.me) ? this.needs() : null
    if (work === null) return
    const { members } = this.memberships.current()
    const online = work.parent.devices.filter(
      (device) =>
        device === this.me || (this.isHere(device) && members.has(device) && this.receipts.holds(device, work.parent.id) !== false),
    )
    const position = this.epochs.ranked(work.parent, online).indexOf(this.me)
    const turnMs = work.needs.urgent ? TIMING.removeTurnMs : TIMING.commitTurnMs
    const jitterMs = this.isAlone(work.parent) ? 0 : this.env.random() * TIMING.commitJitterMs
    this.timer(batch, 'commit', position * turnMs + jitterMs)
  }

  /** Linked with us, or, in a large room, heard of lately: else each would think that it is its turn among its few neighbours. */
  isHere(device: DeviceKey): boolean {
    return this.links.has(device) || (this.neighbours !== null && this.lately.some((authors) => authors.has(device)))
  }

  private async commitIfDue(batch: Batch): Promise<boolean> {
    if (!this.commitDue) return false
    this.commitDue = false
    let work = this.settled ? this.needs() : null
    if (work === null) return false
    if (await this.sortOut(work.needs.adds)) work = this.needs()
    if (work === null) return false
    const { parent, needs } = work
    const made = await this.engine.commit(parent.id, needs)
    const adds = needs.adds.map((joiner) => joiner.device)
    const { removedLeaves } = needs
    await this.writeCommit(batch, made, {
      parent: parent.id,
      form: 'member',
      senderLeaf: parent.roster.indexOf(this.me),
      adds,
      removedLeaves,
    })
    return true
  }

  /** Puts aside what can't be used of these KeyPackages. True if there was any. */
  private async sortOut(joiners: readonly Joiner[]): Promise<boolean> {
    let found = false
    for (const joiner of joiners) {
      if (await this.engine.usable(joiner)) continue
      this.unusable.add(joiner.keyPackage)
      found = true
    }
    return found
  }

  private async writeCommit(batch: Batch, made: MadeCommit, shape: CommitShape): Promise<void> {
    const body = { ...shape, kind: 'commit', epoch: '' as EpochId, message: made.message, welcome: made.welcomeHash } as const
    const node = await this.write(batch, body, made.confirmationTag)
    const epoch = this.epochs.madeBy(node.entry.id)
    if (epoch === undefined) throw new Error('own commit is no child of its parent')
    const { token, sealed } = await this.engine.name(made.token, epoch.id)
    this.hold(batch, epoch.id, sealed, token)
    if (made.welcome === null) return
    this.keepWelcome(node.entry.id, made.welcome, batch)
    // Others keep it too: this device may be gone when the joiner asks.
    const { members } = this.memberships.current()
    for (const peer of this.links) {
      if (members.has(peer) && !shape.adds.includes(peer))
        this.send(batch, peer, { kind: 'welcome', commit: node.entry.id, bytes: made.welcome })
    }
  }

  // --- getting (back) in

  private keepWelcome(commit: EntryId, bytes: Opaque, batch: Batch): void {
    if (this.welcomes.has(commit)) return
    this.welcomes.set(commit, bytes)
    batch.writes.push({ kind: 'welcome', commit, bytes })
  }

  private async joinBy(commit: EntryId, bytes: Opaque, batch: Batch): Promise<void> {
    const epoch = this.epochs.madeBy(commit)
    if (epoch?.commit?.adds.includes(this.me) !== true || this.held.has(epoch.id) || batch.tokens.length > 0) return
    if (this.isBehind(epoch)) return
    const moved = await this.engine.join(epoch.id, bytes)
    if (moved !== null) this.hold(batch, epoch.id, moved.sealed, moved.token)
  }

  /**
   * True if this device holds an epoch above this one on the way to the head. Then the Welcome leads nowhere it has
   * not been: the epoch was pruned, would be pruned again, and its keys, once used, must not come back.
   */
  private isBehind(epoch: EpochNode): boolean {
    const head = this.epochs.head()
    if (head === null || !this.onChain(epoch, head)) return false
    for (let at: EpochNode | null = head; at !== null && at !== epoch; at = at.parent) if (this.held.has(at.id)) return true
    return false
  }

  /** A Welcome is given out once its commit stands: more than half of the votes, or this device settled on it. */
  private async answer(to: DeviceKey, ask: Extract<RoomFrame, { kind: 'ask' }>, batch: Batch): Promise<void> {
    const head = this.epochs.head()
    if (head === null) return
    for (const commit of ask.welcomes) {
      const bytes = this.welcomes.get(commit)
      const epoch = this.epochs.madeBy(commit)
      // Of an epoch that was this device's alone, its one vote is all there are.
      const stands = this.settled || (epoch?.parent != null && this.isAlone(epoch.parent))
      if (bytes !== undefined && epoch !== undefined && stands && this.onChain(epoch, head))
        this.send(batch, to, { kind: 'welcome', commit, bytes })
      else if (bytes === undefined && epoch?.parent != null) this.seekWelcome(to, commit, epoch.parent, batch)
    }
    if (this.settled && ask.epoch === head.id && this.held.has(head.id)) {
      this.send(batch, to, { kind: 'group-info', epoch: head.id, bytes: await this.engine.groupInfo(head.id) })
    }
  }

  /**
   * In a large room whoever is asked may not be linked with the committer: it asks its own links, which ask theirs. The epoch
   * named is not the head, so that nobody makes a GroupInfo for it.
   */
  private seekWelcome(to: DeviceKey, commit: EntryId, { id }: EpochNode, batch: Batch): void {
    if (this.neighbours === null) return
    const askers = this.sought.get(commit)
    askers?.add(to)
    if (askers !== undefined) return
    this.sought.set(commit, new Set([to]))
    const { members } = this.memberships.current()
    for (const peer of this.links)
      if (peer !== to && members.has(peer)) this.send(batch, peer, { kind: 'ask', epoch: id, welcomes: [commit] })
  }

  private onChain(epoch: EpochNode, head: EpochNode): boolean {
    let at: EpochNode | null = head
    while (at !== null && at.height > epoch.height) at = at.parent
    return at === epoch
  }

  private async recoverIfDue(batch: Batch): Promise<boolean> {
    if (!this.recoverDue) return false
    this.recoverDue = false
    const head = this.epochs.head()
    if (!this.settled || head === null || this.held.has(head.id)) return false
    if (this.bad.size > 0 && this.isBad(head)) return false
    this.recoverTurns++
    this.timer(batch, 'recover', TIMING.recoverMs)
    for (const [commit, bytes] of this.welcomes) {
      const epoch = this.epochs.madeBy(commit)
      if (epoch !== undefined && this.onChain(epoch, head)) await this.joinBy(commit, bytes, batch)
      if (batch.tokens.length > 0) return true
    }
    this.ask(head, batch)
    const mine = head.roster.indexOf(this.me)
    const stuck = head.devices.filter((device) => device === this.me || this.receipts.holds(device, head.id) === false)
    const turn = this.epochs.ranked(head, stuck).indexOf(this.me)
    if (mine >= 0 && stuck.length <= REJOINERS && this.recoverTurns >= 2 + 2 * turn) {
      for (const [peer, groupInfo] of this.groupInfos) {
        this.groupInfos.delete(peer)
        const made = await this.engine.rejoin(head.id, groupInfo)
        if (made === null) continue
        await this.writeCommit(batch, made, { parent: head.id, form: 'external', senderLeaf: null, adds: [], removedLeaves: [mine] })
        return true
      }
    }
    if (this.recoverTurns % REQUEST_TURNS === 4) return this.requestEntry(head, batch)
    if (this.recoverTurns >= 6 + 3 * turn) return this.refoundIfNobodyHolds(head, this.recoverTurns >= SILENT_TURNS + 3 * turn, batch)
    return false
  }

  private ask(head: EpochNode, batch: Batch): void {
    const welcomes: EntryId[] = []
    for (let at: EpochNode | null = head; at?.commit != null; at = at.parent)
      if (at.commit.adds.includes(this.me)) welcomes.push(at.node.entry.id)
    for (const peer of this.links) this.send(batch, peer, { kind: 'ask', epoch: head.id, welcomes })
  }

  /** Publishes a KeyPackage, unless a good one is out that no commit has answered. */
  private async requestEntry(head: EpochNode, batch: Batch): Promise<boolean> {
    const before = this.rejoiners.get(this.me)
    const isOut = before !== undefined && needsOf(head, '' as DeviceKey, this.needsInput())?.adds.some((one) => one.device === this.me)
    if (isOut === true && (await this.engine.usable({ device: this.me, keyPackage: before.keyPackage }))) return false
    const { keyPackage, sealed } = await this.engine.keyPackage()
    batch.writes.push({ kind: 'keypackage', keyPackage, sealed })
    await this.write(batch, { kind: 'keypackage', keyPackage })
    return true
  }

  /** `patient`: those who were asked often enough, and have said nothing of this epoch, are not waited for. */
  private async refoundIfNobodyHolds(head: EpochNode, patient: boolean, batch: Batch): Promise<boolean> {
    const membership = this.memberships.current()
    const reachable = [...this.links].filter((peer) => membership.members.has(peer) && head.devices.includes(peer))
    if (reachable.some((peer) => (this.receipts.holds(peer, head.id) ?? !patient) !== false)) return false
    let adds = everybodyElse(this.me, this.needsInput())
    if (adds !== null && (await this.sortOut(adds))) adds = everybodyElse(this.me, this.needsInput())
    if (adds === null) return false
    const made = await this.engine.refound(adds)
    const shape = {
      parent: head.id,
      form: 'refound',
      senderLeaf: null,
      adds: adds.map((joiner) => joiner.device),
      removedLeaves: [],
    } as const
    await this.writeCommit(batch, made, shape)
    return true
  }

  // --- messages

  /** The epoch to encrypt in: only where all is settled and nobody is left who should not read it. */
  private sendable(): EpochNode | null {
    const head = this.epochs.head()
    if (!this.settled || head === null || head !== this.preferred() || !this.held.has(head.id)) return null
    const { members } = this.memberships.current()
    // A copy of this device may have used these keys: first somebody shows what it knows of us.
    if (!this.heard && members.size > 1) return null
    return head.devices.includes(this.me) && head.devices.every((device) => members.has(device)) ? head : null
  }

  private async sayOne(batch: Batch): Promise<boolean> {
    const [content] = this.queue
    const epoch = content === undefined ? null : this.sendable()
    if (content === undefined || epoch === null) return false
    this.queue.shift()
    batch.writes.push({ kind: 'unqueued', mid: content.mid })
    await this.encrypt(batch, epoch, { content, entries: [] })
    return true
  }

  private async encrypt(batch: Batch, epoch: EpochNode, message: Outgoing): Promise<void> {
    const { token, sealed, message: bytes } = await this.engine.encrypt(epoch.id, message.content)
    const node = await this.write(batch, { kind: 'app', epoch: epoch.id, message: bytes })
    const next: Outgoing = { content: message.content, entries: [...message.entries, node.entry.id] }
    this.outgoing.set(message.content.mid, next)
    batch.writes.push({ kind: 'epoch', epoch: epoch.id, sealed }, { kind: 'outgoing', message: next })
    batch.tokens.push(token)
    this.timer(batch, 'resend', TIMING.resendMs)
  }

  /** Encrypts one message again that somebody entitled can't read, and forgets those that all have. */
  private async resendOne(batch: Batch): Promise<boolean> {
    if (!this.resendDue) return false
    const head = this.sendable()
    for (const message of this.outgoing.values()) {
      const lacking = this.lacking(message)
      if (lacking.length === 0) {
        if (!this.hasAllEver(message)) continue
        this.outgoing.delete(message.content.mid)
        batch.writes.push({ kind: 'delivered', mid: message.content.mid })
      } else if (head !== null && this.mustResend(message, lacking, head)) {
        await this.encrypt(batch, head, message)
        return true
      }
    }
    this.resendDue = false
    if (this.outgoing.size > 0) this.timer(batch, 'resend', TIMING.resendMs)
    return false
  }

  private carriers(message: Outgoing): readonly LogNode[] {
    return message.entries.map((id) => this.log.get(id)).filter((node) => node !== undefined)
  }

  /** Members that were members when it was first sent, and have not said that they opened it. */
  private lacking(message: Outgoing): readonly DeviceKey[] {
    const carriers = this.carriers(message)
    const [first] = carriers
    if (first === undefined) return []
    const { members } = this.memberships.current()
    return [...this.memberships.before(first).members.keys()].filter(
      (device) => device !== this.me && members.has(device) && !carriers.some((carrier) => this.receipts.has(device, carrier)),
    )
  }

  /**
   * True if nobody can come back who lacks it: who was meant to have it and is no member any more has it, or is out
   * for good. An operation that removed somebody may turn out void later, and only the author can send again.
   */
  private hasAllEver(message: Outgoing): boolean {
    const carriers = this.carriers(message)
    const [first] = carriers
    if (first === undefined) return true
    const { members } = this.memberships.current()
    const gone = [...this.memberships.before(first).members.keys()].filter(
      (device) => device !== this.me && !members.has(device) && !carriers.some((carrier) => this.receipts.has(device, carrier)),
    )
    if (gone.length === 0) return true
    const all = this.log.whole()
    return gone.every((device) => this.memberships.isOut(device, all, all, null))
  }

  private mustResend(message: Outgoing, lacking: readonly DeviceKey[], head: EpochNode): boolean {
    const carriers = this.carriers(message)
    const last = carriers.at(-1)
    const offChain = carriers.every((carrier) => {
      const epoch = this.epochs.get((carrier.entry.body as AppBody).epoch)
      return epoch === undefined || !this.onChain(epoch, head)
    })
    const inHead = carriers.filter((carrier) => (carrier.entry.body as AppBody).epoch === head.id)
    if (offChain || inHead.length >= RESENDS) return offChain
    return lacking.some((device) => last !== undefined && head.devices.includes(device) && this.receipts.cant(device, last))
  }

  // --- acks

  private armAck(batch: Batch): void {
    if (this.ackArmed || this.ackDue || !this.hasNews()) return
    this.ackArmed = true
    // A joiner's first word tells the others that it came in: they wait for it.
    const delayMs = this.tip === null ? 0 : TIMING.ackMs + this.env.random() * TIMING.ackJitterMs
    this.timer(batch, 'ack', delayMs)
  }

  /** True if an own entry would tell others something: a vote, a receipt, or that we know of their votes and operations. */
  private hasNews(): boolean {
    if (this.ackNews) return true
    const { tip } = this
    if (tip === null) return true
    if (this.settled && (this.vote()?.id !== tip.entry.vote || this.epochs.isRootDue())) return true
    for (const op of this.log.ops()) if (!includes(tip, op)) return true
    for (const device of this.memberships.current().members.keys()) {
      const change = this.log.voteChanges(device).at(-1)
      const latest = change === undefined ? null : this.log.latest(device)
      if (change !== undefined && latest !== null && (tip.clock[latest.branch] ?? 0) <= change.seq) return true
    }
    return false
  }

  private async ackIfDue(batch: Batch): Promise<boolean> {
    if (!this.ackDue) return false
    this.ackDue = false
    if (!this.hasNews()) return false
    this.ackNews = false
    const vote = this.vote()
    const holds = vote !== null && this.held.has(vote.id)
    const cant = holds && this.settled ? this.giveUp() : []
    const delivered = this.progress.news((node) => this.opened.has(node.entry.id) || this.givenUp.has(node.entry.id))
    const bad = [...this.bad].filter((entry) => !this.badTold.has(entry))
    const holding = `${vote?.id} ${holds}`
    const silent = delivered.length + cant.length + bad.length === 0 && this.saidHolds === holding
    if (silent && !this.ackTold && !this.hasNews()) return false
    this.ackTold = false
    this.saidHolds = holding
    await this.write(batch, { kind: 'ack', holds, delivered, cant: cant.slice(0, LIMITS.ackList), bad, generations: [] })
    return true
  }

  /**
   * Messages that can never be opened here. Called when the head's state is held: an epoch that is not held
   * then, won't be. What this device was not a member for, it drops without a word.
   */
  private giveUp(): readonly EntryId[] {
    const out: EntryId[] = []
    for (const [id, node] of this.parked) {
      if (this.givenUp.has(id)) continue
      if (this.held.has((node.entry.body as AppBody).epoch) && !this.failed.has(id)) continue
      this.givenUp.add(id)
      if (this.memberships.before(node).members.has(this.me)) out.push(id)
    }
    return out
  }

  // --- sync

  /** Equal on two devices with the same entries. */
  fingerprint(): string {
    const { size } = this.log
    if (this.fingerprintMemo?.size !== size) this.fingerprintMemo = { size, text: this.log.fingerprint((text) => this.env.hash(text)) }
    return this.fingerprintMemo.text
  }

  /** Before the first entry nobody can be judged; the inviter's link vouches for what comes. */
  private mayTalkTo(peer: DeviceKey): boolean {
    return this.isNamed(peer)
  }

  private sendDigest(batch: Batch, peer: DeviceKey): void {
    if (!this.mayTalkTo(peer)) return
    // Equal digests are not answered, and a peer that spoke before we listened does not say it again: ask.
    if (!this.heard) {
      this.sendHave(batch, peer, true)
      return
    }
    const { fingerprint } = this.shownTo(peer)
    if (this.heardDigest.get(peer) === fingerprint || this.toldDigest.get(peer) === fingerprint) return
    this.toldDigest.set(peer, fingerprint)
    this.send(batch, peer, { kind: 'digest', fingerprint })
  }

  private sendHave(batch: Batch, peer: DeviceKey, answer: boolean): void {
    if (this.mayTalkTo(peer)) this.send(batch, peer, { kind: 'have', tips: this.shownTo(peer).tips, answer })
  }

  /** What a peer is told of this log: all of it, or, to one that is no member any more, what it may still have. */
  private shownTo(peer: DeviceKey): Pick<Shown, 'tips' | 'fingerprint'> {
    const membership = this.memberships.current()
    if (this.log.first === null || membership.members.has(peer)) return { tips: this.log.tips(), fingerprint: this.fingerprint() }
    const { version } = this.memberships
    const known = this.shownMemo.get(peer)
    if (known?.version === version) return known
    const mayShow = servedTo(peer, membership)
    const shown = { version, tips: this.log.tips(mayShow), fingerprint: this.log.fingerprint((text) => this.env.hash(text), mayShow) }
    this.shownMemo.set(peer, shown)
    return shown
  }

  /**
   * Takes note of a peer that knows why it is no member, or why we are none: it has all that shows it. Nothing
   * has to be told to it any more.
   */
  private noteInformed(peer: DeviceKey, knows: (why: LogNode) => boolean): void {
    const { members, gone } = this.memberships.current()
    const why = members.has(peer) ? gone.get(this.me) : gone.get(peer)
    if (why?.every(knows) === true) this.informed.add(peer)
  }

  private armGossip(batch: Batch): void {
    if (this.gossipArmed) return
    this.gossipArmed = true
    this.timer(batch, 'gossip', TIMING.gossipMs + this.env.random() * TIMING.gossipMs)
  }

  // --- retention

  /** Forgets epochs far below the head. Local: it moves no root. */
  private pruneSome(batch: Batch): void {
    const head = this.epochs.head()
    if (!this.settled || head === null || this.held.size <= RETENTION.below) return
    // The head and what leads to it first, however high the others grew; then the newest.
    const kept = [...this.held].reverse().map((id) => this.epochs.get(id))
    const known = kept.filter((epoch) => epoch !== undefined)
    const chain = known.filter((epoch) => this.onChain(epoch, head)).sort((a, b) => b.height - a.height)
    for (const [i, epoch] of [...chain, ...known.filter((epoch) => !chain.includes(epoch))].entries()) {
      if (epoch.height >= head.height - RETENTION.below && i < RETENTION.states) continue
      this.held.delete(epoch.id)
      batch.writes.push({ kind: 'prune', epoch: epoch.id })
      batch.pruned.push(epoch.id)
    }
  }

  private syncDelay(): number {
    return TIMING.syncMs + this.env.random() * TIMING.syncJitterMs
  }

  private send(batch: Batch, to: DeviceKey, frame: RoomFrame): void {
    batch.frames.push({ to, frame })
  }

  private timer(batch: Batch, name: TimerName, delayMs: number | null): void {
    batch.timers.push({ name, delayMs })
  }
}
