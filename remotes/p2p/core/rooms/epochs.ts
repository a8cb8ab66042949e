/**
 * L3: MLS epochs, each made by a commit in the log, and which of them is the head. Pure functions of the log
 * and the membership: no keys, no clock, no arrival order. The same entries give the same head on every
 * device, even on one that lost its state.
 */
import type { DeviceKey, EntryId, EpochId } from '#contracts/ids.ts'
import type { CommitView } from './entry-view.ts'
import { byDepth, includes, type LogNode, type Past, type RoomLog } from './log.ts'
import type { Membership, Memberships } from './membership.ts'
import { canRemoveOthers, isFounder } from './roles.ts'
import { devicesOf, type Roster, rosterAfter } from './roster.ts'

export interface EpochNode {
  readonly id: EpochId
  /** The entry of its commit; the room's first for the first epoch. */
  readonly node: LogNode
  readonly commit: CommitView | null
  readonly parent: EpochNode | null
  readonly children: EpochNode[]
  readonly height: number
  readonly roster: Roster
  readonly devices: readonly DeviceKey[]
  /** Void by what it is, for ever: no later entry can make it good. */
  readonly broken: boolean
}

/** How often a device's vote may move among the children of one epoch. Later moves count for nothing. */
export const VOTE_MOVES = 4

export interface EpochRules {
  /** SHA-256("rank" | parent | author): one ticket for each device and parent. Lowest first. */
  ticket(parent: EpochId, author: DeviceKey): string
  /** The id of the first epoch, from the room's first entry. */
  firstEpoch(create: EntryId): EpochId
}

/** A vote that lies on the tree: it names an epoch whose commit the voter had. */
interface Vote {
  readonly seq: number
  readonly epoch: EpochNode | null
}

/** What an entry votes for, and the first entry of its author's since when it has without a break. */
interface Stretch {
  readonly epoch: EpochNode | null
  readonly since: LogNode
}

const within = (epoch: EpochNode | null, top: EpochNode): boolean => childToward(epoch, top, 0) === top

/** The ancestor of `epoch` that is `below` steps under `top`; null if `epoch` does not lie there. */
function childToward(epoch: EpochNode | null, top: EpochNode, below: 0 | 1): EpochNode | null {
  let at = epoch
  let child: EpochNode | null = null
  while (at !== null && at.height > top.height) {
    child = at
    at = at.parent
  }
  if (at !== top) return null
  return below === 0 ? at : child
}

export class Epochs {
  private readonly log: RoomLog
  private readonly memberships: Memberships
  private readonly rules: EpochRules
  private readonly epochs = new Map<EpochId, EpochNode>()
  private readonly byCommit = new Map<EntryId, EpochNode>()
  private readonly votes = new Map<DeviceKey, Vote[]>()
  private firstEpoch: EpochNode | null = null
  private readonly stretches = new Map<EntryId, Stretch>()
  /** By entry: the root that its past shows. */
  private readonly roots = new Map<EntryId, EpochNode>()
  private dueMemo = { size: 0, due: false }
  private headMemo: { readonly size: number; readonly root: EpochNode; readonly head: EpochNode } | null = null

  constructor(log: RoomLog, memberships: Memberships, rules: EpochRules) {
    this.log = log
    this.memberships = memberships
    this.rules = rules
  }

  /** Takes note of an entry that the log has just taken. Must be called for each, in the log's order. */
  note(node: LogNode): void {
    const { body, author } = node.entry
    if (this.firstEpoch === null) this.plantFirst(node)
    else if (body.kind === 'commit') this.plant(node, body)
    this.noteVote(node, author)
    this.noteRoot(node)
  }

  private plantFirst(node: LogNode): void {
    const id = this.rules.firstEpoch(node.entry.id)
    const roster = [node.entry.author]
    this.firstEpoch = { id, node, commit: null, parent: null, children: [], height: 0, roster, devices: roster, broken: false }
    this.epochs.set(id, this.firstEpoch)
  }

  private plant(node: LogNode, commit: CommitView): void {
    const parent = this.epochs.get(commit.parent)
    // A child of an epoch that its author can't have known is no commit at all.
    if (parent === undefined || !includes(node, parent.node) || this.epochs.has(commit.epoch)) return
    const roster = parent.broken ? null : rosterAfter(parent.roster, node.entry.author, commit)
    const past = this.memberships.before(node)
    const broken = roster === null || !realises(commit, node.entry.author, parent.roster, roster, past)
    const devices = devicesOf(roster ?? [])
    const epoch: EpochNode = {
      id: commit.epoch,
      node,
      commit,
      parent,
      children: [],
      height: parent.height + 1,
      roster: roster ?? [],
      devices,
      broken,
    }
    parent.children.push(epoch)
    this.epochs.set(epoch.id, epoch)
    this.byCommit.set(node.entry.id, epoch)
  }

  private noteVote(node: LogNode, author: DeviceKey): void {
    const votes = this.votes.get(author) ?? []
    if (votes.length === 0) this.votes.set(author, votes)
    const named = this.epochs.get(node.entry.vote)
    const epoch = named !== undefined && includes(node, named.node) ? named : null
    if (votes.length === 0 || votes.at(-1)?.epoch !== epoch) votes.push({ seq: node.entry.seq, epoch })
    const before = node.entry.prev === null ? undefined : this.stretches.get(node.entry.prev)
    this.stretches.set(node.entry.id, before?.epoch === epoch ? before : { epoch, since: node })
  }

  get(id: EpochId): EpochNode | undefined {
    return this.epochs.get(id)
  }

  /** The epoch that this commit made; undefined for what is no commit or no child of a known epoch. */
  madeBy(commit: EntryId): EpochNode | undefined {
    return this.byCommit.get(commit)
  }

  all(): IterableIterator<EpochNode> {
    return this.epochs.values()
  }

  /** True if this epoch can't be chosen: by what its commit is, or because its author was removed without knowing of it. */
  isVoid(epoch: EpochNode): boolean {
    if (epoch.broken) return true
    if (epoch.commit === null) return false
    const author = epoch.node.entry.author
    return this.memberships.current().removals.some((removal) => removal.target === author && !includes(removal.node, epoch.node))
  }

  /** The device's newest vote; null if it names nothing known, or the device has two chains. */
  voteOf(device: DeviceKey): EpochNode | null {
    return this.log.equivocates(device) ? null : (this.votes.get(device)?.at(-1)?.epoch ?? null)
  }

  /** The epoch that all honest members are in, or will be. Null only before the room's first entry. */
  head(): EpochNode | null {
    const root = this.root()
    if (root === null) return null
    if (this.headMemo?.size !== this.log.size) this.headMemo = { size: this.log.size, root, head: this.descend(root, new Set()) }
    return this.headMemo.head
  }

  /** Where one device's own vote goes that saw these commits fail: the head, had they not been written. */
  headWithout(failed: ReadonlySet<EntryId>): EpochNode | null {
    const root = this.root()
    return root === null ? null : this.descend(root, failed)
  }

  private descend(from: EpochNode, failed: ReadonlySet<EntryId>): EpochNode {
    let head = from
    for (;;) {
      const open = head.children.filter((child) => !failed.has(child.node.entry.id) && !this.isVoid(child))
      const best = open.length > 1 ? this.bestOf(head, open) : open[0]
      if (best === undefined) return head
      head = best
    }
  }

  /** The order in which the devices of an epoch may commit on it. */
  ranked(parent: EpochNode, devices: readonly DeviceKey[]): readonly DeviceKey[] {
    const ticket = (device: DeviceKey): string => this.rules.ticket(parent.id, device)
    return [...devices].sort((a, b) => (ticket(a) < ticket(b) ? -1 : 1))
  }

  private bestOf(parent: EpochNode, children: readonly EpochNode[]): EpochNode {
    const count = new Map<EpochNode, number>()
    const { members } = this.memberships.current()
    for (const device of parent.devices) {
      if (!members.has(device) || this.log.equivocates(device)) continue
      const choice = this.countedVote(device, parent, children)
      if (choice !== null) count.set(choice, (count.get(choice) ?? 0) + 1)
    }
    const better = (a: EpochNode, b: EpochNode): boolean => {
      const votes = (count.get(a) ?? 0) - (count.get(b) ?? 0)
      return votes === 0 ? this.byTicket(a, b) : votes > 0
    }
    return children.reduce((best, child) => (better(child, best) ? child : best))
  }

  /** True if `a` goes before its sibling `b`: the lower ticket, then the lower entry id. */
  private byTicket(a: EpochNode, b: EpochNode): boolean {
    const ticket = (child: EpochNode): string => this.rules.ticket(child.commit?.parent ?? child.id, child.node.entry.author)
    const [mine, theirs] = [ticket(a), ticket(b)]
    return mine === theirs ? a.node.entry.id < b.node.entry.id : mine < theirs
  }

  /** Which of `children` the device's vote counts for: its newest, or the last one before it moved too often. */
  private countedVote(device: DeviceKey, parent: EpochNode, children: readonly EpochNode[]): EpochNode | null {
    let counted: EpochNode | null = null
    let last: EpochNode | null = null
    let moves = 0
    for (const { epoch } of this.votes.get(device) ?? []) {
      const child = childToward(epoch, parent, 1)
      const choice = child !== null && children.includes(child) ? child : null
      if (choice !== null && choice !== last) {
        if (last !== null) moves++
        last = choice
      }
      if (moves <= VOTE_MOVES) counted = choice
    }
    return counted
  }

  /**
   * The epoch below which nothing is chosen again. It moves to a child once some entry knows a cut of it: what
   * the past of one entry shows can't be unshown by what comes later.
   */
  root(): EpochNode | null {
    if (this.firstEpoch === null) return null
    if (this.headMemo?.size === this.log.size) return this.headMemo.root
    return this.meet(this.log.heads())
  }

  /** True if one more entry, by anybody who has this log, would move the root. */
  isRootDue(): boolean {
    if (this.dueMemo.size === this.log.size) return this.dueMemo.due
    const root = this.root()
    const whole = this.log.whole()
    const due = root?.children.some((child) => this.isClosed(child, whole)) === true
    this.dueMemo = { size: this.log.size, due }
    return due
  }

  /** Where the roots of these entries lead. Roots that exclude each other are a fault; then the ticket decides. */
  private meet(nodes: readonly LogNode[]): EpochNode | null {
    let roots = new Set(nodes.map((node) => this.roots.get(node.entry.id)).filter((root) => root !== undefined))
    let at = this.firstEpoch
    while (at !== null && (roots.size > 1 || !roots.has(at))) {
      const top: EpochNode = at
      const ways = new Set([...roots].map((root) => childToward(root, top, 1)).filter((way) => way !== null))
      const way = [...ways].reduce<EpochNode | null>((one, other) => (one === null || this.byTicket(other, one) ? other : one), null)
      if (way === null) return at
      roots = new Set([...roots].filter((root) => within(root, way)))
      at = way
    }
    return at
  }

  /** The root by the past of one entry. */
  private noteRoot(node: LogNode): void {
    let root = this.meet(this.log.parents(node)) ?? this.firstEpoch
    while (root !== null) {
      const closed = root.children.filter((child) => includes(node, child.node) && this.isClosed(child, node))
      const best = closed.reduce<EpochNode | null>((one, other) => (one === null || this.byTicket(other, one) ? other : one), null)
      if (best === null) break
      root = best
    }
    if (root !== null) this.roots.set(node.entry.id, root)
  }

  /**
   * Whether `past` shows a cut: all whose word is open vote inside the child, each without a break since before
   * the last word of all others. Then nobody leaves it without knowing first that all were in it.
   */
  private isClosed(child: EpochNode, past: Past): boolean {
    const { parent } = child
    if (parent === null) return true
    const cut = new Map<DeviceKey, LogNode>()
    const ignored = new Set<DeviceKey>()
    const ask = (device: DeviceKey, apartFrom: LogNode | null): boolean => {
      const { node, forked } = this.log.latestIn(past, device)
      if (forked) return true
      if (this.isOut(device, past, past, apartFrom)) ignored.add(device)
      else if (node !== null && within(this.voteAt(node), child)) cut.set(device, node)
      else return false
      return true
    }
    if (!parent.devices.every((device) => ask(device, null))) return false
    if (!this.lateRemovers(child, past).every((device) => cut.has(device) || ignored.has(device) || ask(device, child.node))) return false
    // Nobody is left to ask: what the last one of them said stands.
    if (cut.size === 0) return within(this.lastWord(parent, past), child)
    // Whoever does not know that a device is out may still follow what that device does: then it is asked after all.
    for (const known of cut.values()) {
      for (const device of ignored) {
        if (this.isOut(device, past, known, parent.devices.includes(device) ? null : child.node)) continue
        const { node } = this.log.latestIn(past, device)
        if (node === null || !within(this.voteAt(node), child)) return false
        ignored.delete(device)
        cut.set(device, node)
      }
    }
    const last = [...cut.values()]
    const first = last.map((node) => this.startOf(node, child))
    return last.every((end) => first.every((start) => includes(end, start)))
  }

  private isOut(device: DeviceKey, past: Past, knower: Past, apartFrom: LogNode | null): boolean {
    if (apartFrom === null && this.memberships.in(past).members.has(device)) return false
    return this.memberships.isOut(device, past, knower, apartFrom)
  }

  /** The vote, as `past` has it, of the device of `epoch` that was the last to go. */
  private lastWord(epoch: EpochNode, past: Past): EpochNode | null {
    const removals = this.memberships.in(past).removals.filter(({ target }) => epoch.devices.includes(target))
    for (const { target } of [...removals].sort((a, b) => byDepth(b.node, a.node))) {
      const { node, forked } = this.log.latestIn(past, target)
      if (!forked) return node === null ? null : this.voteAt(node)
    }
    return null
  }

  /** Devices that could still remove somebody without knowing of `child`. */
  private lateRemovers(child: EpochNode, past: Past): readonly DeviceKey[] {
    const { members } = this.memberships.apart(child.node, past)
    const removers = [...members.values()].filter(({ role }) => canRemoveOthers(role)).map(({ device }) => device)
    return removers.filter((device) => {
      const { node } = this.log.latestIn(past, device)
      return node === null || !includes(node, child.node)
    })
  }

  private voteAt(node: LogNode): EpochNode | null {
    return this.stretches.get(node.entry.id)?.epoch ?? null
  }

  /** The first entry of the stretch up to `node` in which its author voted inside `top` without a break. */
  private startOf(node: LogNode, top: EpochNode): LogNode {
    let start = node
    for (;;) {
      start = this.stretches.get(start.entry.id)?.since ?? start
      const before = start.entry.prev === null ? undefined : this.log.get(start.entry.prev)
      if (before === undefined || !within(this.voteAt(before), top)) return start
      start = before
    }
  }
}

/** Whether a commit does what the membership in its own past asks for, and nothing else. */
function realises(commit: CommitView, author: DeviceKey, parent: Roster, roster: Roster, past: Membership): boolean {
  const { members } = past
  if (!members.has(author) || commit.adds.some((device) => !members.has(device))) return false
  // Nobody added the founder: it may have no KeyPackage in the log, and then nobody could found the group anew.
  if (commit.form === 'refound') return [...members.values()].every((member) => roster.includes(member.device) || isFounder(member))
  const kept = (leaf: number): boolean => {
    const device = parent[leaf] ?? null
    return device !== null && members.has(device) && !commit.adds.includes(device) && !(commit.form === 'external' && device === author)
  }
  if (commit.removedLeaves.some(kept)) return false
  if (commit.form === 'external') return commit.removedLeaves.every((leaf) => parent[leaf] === author)
  return roster.every((device) => device === null || members.has(device))
}
