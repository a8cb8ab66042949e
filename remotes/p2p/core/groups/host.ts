/**
 * A room of the product: the room of the layers with its Worker, its storage and what people see of it. The
 * room changes in memory as it steps; if the step's transaction fails, the host is spoiled, and the next step
 * reads it again from storage.
 */
import type { EpochInfo, Identity } from '#contracts/cryptography.ts'
import { SottoError } from '#contracts/errors.ts'
import { type DeviceKey, type EntryId, type EpochId, fromHex, type InviteKey, type Mid, type RoomId, toHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { DeviceRecord } from '#contracts/wire/device-record.ts'
import { type EntryTbs, NO_EPOCH, type Op, type Profile } from '#contracts/wire/entry.ts'
import { labelled } from '#contracts/wire/labels.ts'
import type { Content } from '../rooms/engine.ts'
import type { EntryBody, LogEntry, RoomOp } from '../rooms/entry-view.ts'
import { includes, type LogNode } from '../rooms/log.ts'
import { nameOf, saidOf } from '../content/marks.ts'
import { canRemoveOthers } from '../rooms/roles.ts'
import { Room } from '../rooms/room.ts'
import { Batch, type Draft, type RoomEnv, type RoomEvent, type RoomFrame } from '../rooms/room-io.ts'
import type { GroupRecord } from '../storage/group.ts'
import type { Choices } from '../storage/content.ts'
import type { MessageRecord } from '../storage/message.ts'
import type { Change } from '../storage/vault.ts'
import type { Tools } from '../tools.ts'
import { bytesOf, cardOf, wordsOf } from './bytes.ts'
import { type AckExtras, bodyOf, firstEpochOf, type Hosted, judged, signed } from './entries.ts'
import { Contents, type Hidden } from './contents.ts'
import { Lines } from './lines.ts'
import { createContent, MlsEngine, type OwnKeyPackage, signedContentOf } from './mls-engine.ts'
import { People } from './people.ts'
import { lastOf, type Place } from './places.ts'
import { GroupStore } from './store.ts'

/** Who let this device in. */
export interface Inviter {
  readonly device: DeviceKey
  readonly record: DeviceRecord
  readonly invite: InviteKey
  /** The room's name, as the invite claimed it. */
  readonly name: string
}

export interface Start {
  readonly id: RoomId
  readonly profile: Profile
  readonly shape: GroupRecord['shape']
  /** Of a direct chat: the local number of the contact; else 0. */
  readonly contact: number
  /** null for the founder. */
  readonly inviter: Inviter | null
  /** By which a joiner may be welcomed. */
  readonly keyPackages: readonly OwnKeyPackage[]
}

/** What one step of a room leads to. */
export interface Turn {
  readonly changes: readonly Change[]
  /** New or changed lines of the conversation. */
  readonly lines: readonly MessageRecord[]
  /** Lines that those, or new pins, are about. */
  readonly around: readonly MessageRecord[]
  /** What this device has just said; null if nothing. */
  readonly said: Mid | null
  readonly frames: Batch['frames']
  readonly timers: Batch['timers']
  readonly more: boolean
  /** Operations came: other devices may have to be served now. */
  readonly membersChanged: boolean
  /** New entries of this device, and of others; those that came and were held already. */
  readonly own: readonly EntryId[]
  readonly fresh: readonly EntryId[]
  readonly known: readonly EntryId[]
  /** Whom entries came from, and whether by a push; null if none came. */
  readonly from: DeviceKey | null
  readonly pushed: boolean
}

/**
 * How long whoever is no member any more is answered, to be told so. up: a removed person sees for longer who is
 * there; down: who was away longer never learns of it.
 */
const TELLING_MS = 30 * 24 * 60 * 60 * 1000

/** Tickets remembered: they are asked for often, and never change. */
const TICKETS = 4096

const NOTHING_HIDDEN: Hidden = { places: [], by: 'me' }

const encoder = new TextEncoder()

export class Host {
  readonly slot: number
  readonly id: RoomId
  readonly me: DeviceKey
  readonly people: People
  readonly room: Room
  readonly store: GroupStore
  readonly contents: Contents
  spoiled = false
  private readonly engine: MlsEngine
  private readonly lines: Lines
  /** Gone with what the layers do not keep of them. */
  private readonly items = new WeakMap<LogEntry, Hosted>()
  private readonly tickets = new Map<string, string>()
  /** Of the step that runs now. */
  private tools: Tools
  /** A draft that the step that runs now is to keep. */
  private typed: string | null = null
  /** What the person chooses with the step that runs now. */
  private chosen: Partial<Choices> = {}
  /** With the step that runs now the person has read all that is here. */
  private hasRead = false

  private constructor(tools: Tools, me: DeviceKey, store: GroupStore, contents: Contents) {
    this.tools = tools
    this.contents = contents
    this.slot = store.slot
    this.id = store.record.id
    this.me = me
    this.store = store
    this.people = new People(store.record.people)
    this.lines = new Lines(me, this.people, store.record.shape === 'direct')
    this.engine = new MlsEngine({
      cryptography: tools.cryptography,
      env: tools.env,
      room: this.id,
      profile: store.record.profile,
      note: ({ token }) => this.tools.moves.watch(token),
      rosterOf: (epoch) => this.room.epochs.get(epoch)?.roster ?? [],
      epochTag: (epoch) => this.tagOf(epoch),
      keyPackages: store.keyPackages,
      suspects: tools.suspects,
      used: (author, epoch, generation) => this.used(author, epoch, generation),
    })
    this.room = Room.restore(
      me,
      this.env(),
      this.engine,
      store.stored((hosted) => this.keep(hosted), tools.env.sha256),
    )
  }

  /** A room that this device has nothing of yet: its founder creates it, a joiner asks for it. */
  static make(tools: Tools, slot: number, identity: Identity, start: Start): Host {
    return new Host(tools, identity.device, GroupStore.fresh(slot, start, tools.env.nowMs()), Contents.fresh(slot))
  }

  /** The room as storage holds it, its epochs in the Worker. */
  static async load(tools: Tools, slot: number, me: DeviceKey): Promise<Host> {
    const store = await GroupStore.load(tools, slot)
    for (const { id, number } of store.record.epochs) {
      await tools.cryptography.loadEpoch(store.record.id, id, await store.sealedEpoch(tools.vault, number))
    }
    return new Host(tools, me, store, await Contents.load(tools.vault, slot))
  }

  /** The founder's first step. */
  create(tools: Tools, op: Extract<RoomOp, { kind: 'create' }>): Promise<Turn> {
    return this.step(tools, () => this.room.create(op))
  }

  /** One event. */
  handle(tools: Tools, event: RoomEvent): Promise<Turn> {
    return this.step(tools, () => this.room.handle(event))
  }

  /** What the person has typed and not sent is another; '' for nothing. */
  keepDraft(tools: Tools, text: string): Promise<Turn> {
    this.typed = text
    return this.step(tools, () => Promise.resolve(new Batch()))
  }

  /** Where the chat stands in the list is another. Nobody is told. */
  choose(tools: Tools, change: Partial<Choices>): Promise<Turn> {
    this.chosen = change
    return this.step(tools, () => Promise.resolve(new Batch()))
  }

  /** Takes a line away from this device. Nobody is told. `unsent`: nor is it sent any more. */
  hide(tools: Tools, { lamport, mid }: Place, unsent = false): Promise<Turn> {
    const run = (): Promise<Batch> => {
      const batch = new Batch()
      if (unsent) this.room.forget(mid, batch)
      return Promise.resolve(batch)
    }
    return this.step(tools, run, { places: [{ lamport, mid }], by: 'me' })
  }

  /** Messages whose time is over go, and are not sent any more; null if there are none. */
  fade(tools: Tools): Promise<Turn> | null {
    const { places, changes } = this.contents.fleeting.over(tools.env.nowMs())
    if (changes.length === 0) return null
    return this.step(tools, () => Promise.resolve(new Batch()), { places, by: 'time' }, changes)
  }

  /** Entries from a linked device, as they came. Throws 'malformed', 'too-large' if one does not decode. */
  async takeIn(tools: Tools, from: DeviceKey, encoded: readonly Uint8Array[], pushed = false): Promise<Turn> {
    const { inviter } = this.store.record
    const known: EntryId[] = []
    const judge = {
      room: this.id,
      profile: this.store.record.profile,
      two: this.isDirect ? { founder: inviter?.device ?? this.me, joiner: inviter === null ? null : this.me } : null,
      knows: (id: EntryId) => {
        const isKnown = this.room.log.get(id) !== undefined
        if (isKnown) known.push(id)
        return isKnown
      },
      inviteSecret: (invite: InviteKey) => this.invite(invite)?.secret ?? null,
    }
    const good = await judged(tools, judge, encoded)
    // Signed by this device, yet unknown to it: there is a copy of it, or it went back in time.
    const foreign = good.filter(({ view }) => view.author !== this.me)
    if (foreign.length < good.length) this.room.silence()
    for (const item of foreign) this.items.set(item.view, item)
    const turn = await this.handle(tools, { kind: 'frame', from, frame: { kind: 'entries', entries: foreign.map(({ view }) => view) } })
    return { ...turn, known, from, pushed }
  }

  /** Another frame. A Welcome that is not the one its commit names is not kept. */
  async takeFrame(tools: Tools, from: DeviceKey, frame: Exclude<RoomFrame, { kind: 'entries' }>): Promise<Turn> {
    if (frame.kind === 'welcome') {
      const commit = this.room.epochs.madeBy(frame.commit)?.commit
      if (commit == null || commit.welcome !== toHex(tools.env.sha256(bytesOf(frame.bytes))))
        return this.handle(tools, { kind: 'continue' })
    }
    return this.handle(tools, { kind: 'frame', from, frame })
  }

  /** What the head is, if its state is held. */
  async headInfo(tools: Pick<Tools, 'vault' | 'cryptography'>): Promise<EpochInfo | null> {
    const head = this.room.epochs.head()
    const kept = this.store.record.epochs.find(({ id }) => id === head?.id)
    if (head === null || kept === undefined) return null
    return tools.cryptography.loadEpoch(this.id, head.id, await this.store.sealedEpoch(tools.vault, kept.number))
  }

  /** The bytes of an entry that the log holds. */
  bytesOf(id: EntryId): Uint8Array<ArrayBuffer> {
    const node = this.room.log.get(id)
    if (node === undefined) throw new SottoError('internal')
    return this.itemOf(node.entry).bytes
  }

  /** No further device would be let in by a commit. */
  get isFull(): boolean {
    return this.room.memberships.current().members.size >= this.engine.capacity.devices
  }

  get isDirect(): boolean {
    return this.store.record.shape === 'direct'
  }

  /** The other one of a direct chat, once the log names it; null in a group. */
  get peer(): DeviceKey | null {
    if (!this.isDirect) return null
    return [...this.room.memberships.current().members.keys()].find((device) => device !== this.me) ?? null
  }

  /** False for a direct chat whose other one has not shown yet that it came in: nothing is there to talk to. */
  get isShown(): boolean {
    if (!this.isDirect) return true
    if (this.store.record.inviter !== null) return this.room.held.size > 0
    const { peer } = this
    return peer !== null && this.room.log.latest(peer) !== null
  }

  /** joining: the log has not let us in, or its keys have not come · removed, left: no member any more. */
  get standing(): 'joining' | 'open' | 'removed' | 'left' {
    const { members, gone } = this.room.memberships.current()
    if (this.store.record.left === 1) return 'left'
    if (gone.has(this.me) && !members.has(this.me)) return 'removed'
    return members.has(this.me) && this.room.held.size > 0 ? 'open' : 'joining'
  }

  /**
   * Whom this room asks to be linked with; `passive`: answered, not called. Devices that are no members any more
   * are answered until they know it, and called if they could have undone it meanwhile: two halves that removed
   * each other must meet. Whoever has left stays until somebody knows.
   */
  peers(nowMs: number): readonly { readonly device: DeviceKey; readonly passive: boolean }[] {
    const { members, gone } = this.room.memberships.current()
    const others = [...members.keys()].filter((device) => device !== this.me)
    const isOver = ({ goneMs }: { readonly goneMs: number }): boolean => goneMs + TELLING_MS < nowMs
    if (gone.has(this.me) && !members.has(this.me)) {
      const isLeaving = this.store.record.left === 1
      const isKnown = isLeaving ? others.some((device) => this.people.of(device).told === 1) : false
      return isKnown || isOver(this.people.of(this.me)) ? [] : others.map((device) => ({ device, passive: !isLeaving }))
    }
    const unaware = [...gone.keys()].filter((device) => this.people.of(device).told === 0 && !isOver(this.people.of(device)))
    return [
      ...others.map((device) => ({ device, passive: false })),
      ...unaware.filter((device) => !members.has(device)).map((device) => ({ device, passive: !this.couldUndo(device) })),
    ]
  }

  /** Whether a device could have removed others when it was removed. */
  private couldUndo(device: DeviceKey): boolean {
    const removal = this.room.memberships.current().removals.find(({ target }) => target === device)
    const role = removal === undefined ? undefined : this.room.memberships.before(removal.node).members.get(device)?.role
    return removal?.by.device !== device && role !== undefined && canRemoveOthers(role)
  }

  /** Takes note of who went, and of who knows. */
  private noteGone(nowMs: number): void {
    const { members, gone } = this.room.memberships.current()
    for (const { device, goneMs } of this.people.all()) {
      if (goneMs === 0 && gone.has(device) && !members.has(device)) this.people.change(device, { goneMs: nowMs })
      if (goneMs !== 0 && members.has(device)) {
        this.room.informed.delete(device)
        this.people.change(device, { goneMs: 0, told: 0 })
      }
    }
    for (const device of this.room.informed) if (this.people.of(device).told === 0) this.people.change(device, { told: 1 })
  }

  /** The next operation is this person's leaving. */
  willLeave(): void {
    this.store.change({ left: 1 })
  }

  /** The person has read all that is here. */
  seen(): void {
    for (const { device, seen } of this.people.all()) {
      const length = (this.room.log.latest(device)?.entry.seq ?? -1) + 1
      if (device !== this.me && length > seen) this.people.change(device, { seen: length })
    }
    this.store.change({ unread: 0 })
    this.hasRead = true
  }

  get canWrite(): boolean {
    const { left, cloned } = this.store.record
    return left === 0 && cloned === 0 && this.room.memberships.current().members.has(this.me)
  }

  private async step(
    tools: Tools,
    run: () => Promise<Batch>,
    hidden: Hidden = NOTHING_HIDDEN,
    more: readonly Change[] = [],
  ): Promise<Turn> {
    this.tools = tools
    tools.moves.orElse(() => {
      this.spoiled = true
    })
    const members = this.room.memberships.version
    const nowMs = tools.env.nowMs()
    const batch = await run()
    const written = batch.writes.flatMap((write) => (write.kind === 'entry' ? [write.entry] : []))
    for (const entry of written) this.note(entry)
    // Stored with what showed it: the next page must not begin to write before it is shown again.
    if (this.room.isSilent && this.store.record.cloned === 0) this.store.change({ cloned: 1 })
    const told = this.lines.of(this.room, batch.writes, this.store.record.lamport, nowMs)
    const me = this.people.numberOf(this.me)
    const begun = this.hasRead ? this.contents.fleeting.read(me, nowMs) : []
    this.hasRead = false
    const { lines, fresh, around, changes: kept } = await this.contents.merge(tools.vault, told, { me, nowMs, hidden })
    this.forgetGone(
      lines.filter(({ author, body }) => author === me && body.kind === 'erased' && body.by !== 'me'),
      batch,
    )
    const changes = this.store.changes(batch.writes, (entry) => this.itemOf(entry), lines, nowMs)
    // What was said is no draft any more: both with one transaction.
    const isSaid = told.texts.some(({ author }) => author === me)
    const draft = this.contents.keepDraft(isSaid ? '' : (this.typed ?? this.contents.draft))
    this.typed = null
    // What was put away comes back with the next message; a muted chat stays where it is.
    const comesBack = this.contents.choices.muted === 'off' && fresh.some((line) => saidOf(line) !== null)
    const choices = this.contents.choose({ ...(comesBack ? { archived: 'off' } : {}), ...this.chosen })
    this.chosen = {}
    for (const token of batch.tokens) tools.moves.note({ token })
    for (const epoch of batch.pruned) tools.moves.forget(this.id, epoch)
    this.store.follow(fresh, told.lamport, me, nowMs)
    await this.followLast(tools, lines)
    this.noteGone(nowMs)
    if (this.people.changed()) this.store.change({ people: this.people.all() })
    const said = batch.writes.find((write) => write.kind === 'queued')
    return {
      changes: [...more, ...begun, ...changes, ...kept, ...draft, ...choices, ...this.store.recordChange()],
      lines,
      around,
      said: said?.content.mid ?? null,
      frames: batch.frames,
      timers: batch.timers,
      more: batch.more,
      membersChanged: this.room.memberships.version !== members,
      own: written.filter(({ author }) => author === this.me).map(({ id }) => id),
      fresh: written.filter(({ author }) => author !== this.me).map(({ id }) => id),
      known: [],
      from: null,
      pushed: false,
    }
  }

  /** What its author took back, or whose time is over, is not sent any more: neither for the first time nor again, nor what it was edited to. */
  private forgetGone(gone: readonly MessageRecord[], batch: Batch): void {
    if (gone.length === 0) return
    for (const { mid } of gone) this.room.forget(mid, batch)
    const names = new Set(gone.map(nameOf))
    for (const { mid, body } of this.room.ownContents()) {
      const said = signedContentOf(body).tbs.body
      if (said.kind === 'edit' && names.has(nameOf(said.about))) this.room.forget(mid, batch)
    }
  }

  /** The chat list's line says what its message says now. */
  private async followLast(tools: Tools, lines: readonly MessageRecord[]): Promise<void> {
    const last = lines.find(({ mid }) => mid === this.store.record.last?.mid)
    if (last === undefined) return
    if (last.body.kind !== 'erased') this.store.change({ last: lastOf(last, saidOf(last)?.text ?? '') })
    else if (last.body.by === 'author') this.store.change({ last: lastOf(last, '') })
    else {
      const before = await this.contents.lastBefore(tools.vault, last, lines)
      this.store.change({ last: before === null ? null : lastOf(before, saidOf(before)?.text ?? '') })
    }
  }

  private itemOf(entry: LogEntry): Hosted {
    const item = this.items.get(entry)
    if (item === undefined) throw new SottoError('internal')
    return item
  }

  private keep(item: Hosted): void {
    this.items.set(item.view, item)
    this.introduce(item.view.author, item.view.body)
  }

  /** A new entry stands in the log: what its author tells of itself and of us is taken over. */
  private note(entry: LogEntry): void {
    const { view, tbs } = this.itemOf(entry)
    this.introduce(view.author, view.body)
    if (tbs.body.kind !== 'ack' || view.author === this.me) return
    const read = tbs.body.read.find(({ author }) => author === this.me)
    if (tbs.body.generations.some((seen) => seen.author === this.me && this.neverUsed(seen))) this.room.silence()
    const written = (this.room.log.latest(this.me)?.entry.seq ?? -1) + 1
    const told = read === undefined ? 0 : Math.min(read.seq + 1, written)
    if (told > this.people.of(view.author).read) this.people.change(view.author, { read: told })
  }

  /** True if this device has not come so far in the epoch: then a copy of it has. */
  private neverUsed({ epoch, generation }: { readonly epoch: EpochId; readonly generation: number }): boolean {
    const held = this.store.record.epochs.find(({ id }) => id === epoch)
    return held !== undefined && generation >= held.sent
  }

  private introduce(author: DeviceKey, body: EntryBody): void {
    if (body.kind !== 'op') return
    if (body.op.kind === 'create') this.people.introduce(author, cardOf(body.op.card, 'create'))
    if (body.op.kind === 'add') this.people.introduce(body.op.device, cardOf(body.op.card, 'add'))
  }

  /** The operation that made an invite; null if the log has none. */
  invite(invite: InviteKey): Extract<Op, { kind: 'invite' }> | null {
    for (const { entry } of this.room.log.ops()) {
      if (entry.body.kind === 'op' && entry.body.op.kind === 'invite' && entry.body.op.invite === invite)
        return cardOf(entry.body.op.card, 'invite')
    }
    return null
  }

  needsApproval(invite: InviteKey): boolean {
    return this.invite(invite)?.approval !== 0
  }

  private tagOf(epoch: EpochId): Uint8Array | null {
    const node = this.room.epochs.get(epoch)?.node
    const tag = node === undefined ? undefined : this.items.get(node.entry)?.facts?.confirmationTag
    return tag ?? null
  }

  // --- what the room of the layers asks for

  private env(): RoomEnv {
    const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => this.tools.env.sha256(bytes)
    return {
      rules: {
        ticket: (parent, author) => this.ticket(parent, author),
        firstEpoch: (create) => firstEpochOf(this.id, create, sha256),
      },
      hash: (text) => toHex(sha256(encoder.encode(text))),
      random: () => new DataView(this.tools.env.random(4).buffer).getUint32(0) / 2 ** 32,
      sign: (draft) => this.sign(draft),
      compose: (body, lamport): Promise<Content> =>
        createContent(this.tools, {
          room: this.id,
          author: this.me,
          lamport: Math.max(lamport, this.store.record.lamport + 1),
          deps: this.lastMids(),
          body: wordsOf(body),
        }),
    }
  }

  private lastMids(): readonly Mid[] {
    const { last } = this.store.record
    return last === null ? [] : [last.mid]
  }

  private ticket(parent: EpochId, author: DeviceKey): string {
    const name = parent + author
    const known = this.tickets.get(name)
    if (known !== undefined) return known
    if (this.tickets.size >= TICKETS) this.tickets.clear()
    const ticket = toHex(this.tools.env.sha256(labelled('sotto rank v1', fromHex(parent), fromHex(author))))
    this.tickets.set(name, ticket)
    return ticket
  }

  private used(author: DeviceKey, epoch: EpochId, generation: number): void {
    if (author === this.me) {
      this.store.sent(epoch, generation)
      return
    }
    const known = this.people.of(author).generation
    if (known?.epoch !== epoch || known.generation < generation) this.people.change(author, { generation: { epoch, generation } })
  }

  private async sign(draft: Draft): Promise<Hosted['view']> {
    const { author, seq, prev, deps, vote, body } = draft
    const tbs: EntryTbs = {
      v: 1,
      room: this.id,
      author,
      seq,
      prev,
      deps,
      vote: vote === '' ? NO_EPOCH : vote,
      body: bodyOf(body, this.ackExtras()),
    }
    const facts =
      tbs.body.kind === 'commit' ? await this.tools.cryptography.inspectCommit(tbs.body.message, this.store.record.profile) : null
    const item = await signed(this.tools, tbs, facts)
    this.items.set(item.view, item)
    return item.view
  }

  /** How far the person has read, where that is told, and the newest generations seen. */
  private ackExtras(): AckExtras {
    const read = this.tellsReading
      ? this.people.all().flatMap(({ device, seen }) => (device === this.me || seen === 0 ? [] : [{ author: device, seq: seen - 1 }]))
      : []
    const generations = this.people
      .all()
      .flatMap(({ device, generation }) => (device === this.me || generation === null ? [] : [{ author: device, ...generation }]))
    return { read: read.slice(0, LIMITS.ackVector), generations: generations.slice(0, LIMITS.ackVector) }
  }

  tellsReading = false

  /** How far one of our entries has come. */
  isHeld(node: LogNode): boolean {
    for (const { device } of this.people.all()) {
      if (device === this.me) continue
      const latest = this.room.log.latest(device)
      if (latest !== null && includes(latest, node)) return true
    }
    return false
  }

  /** Own messages that not everybody has: what is known of each. */
  underway(): ReadonlyMap<Mid, { readonly held: boolean; readonly lacking: readonly DeviceKey[] }> {
    const out = new Map<Mid, { readonly held: boolean; readonly lacking: readonly DeviceKey[] }>()
    for (const { mid, for: lacking, entries } of this.room.waiting()) {
      const held = entries.some((id) => {
        const node = this.room.log.get(id)
        return node !== undefined && this.isHeld(node)
      })
      out.set(mid, { held, lacking })
    }
    for (const mid of this.room.queued()) out.set(mid, { held: false, lacking: [] })
    return out
  }
}
