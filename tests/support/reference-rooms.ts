/**
 * The rules of rooms, written to be read and not to be fast: sets of ids, no clocks, no order of arrival,
 * everything from its definition. What the fast layers are compared with.
 */
import type { DeviceKey, EntryId, EpochId, InviteKey } from '#contracts/ids.ts'
import type { Role } from '#contracts/wire/entry.ts'
import type { CommitView, LogEntry, RoomOp } from '../../remotes/p2p/core/rooms/entry-view.ts'

type Ids = ReadonlySet<EntryId>

interface RefMember {
  readonly device: DeviceKey
  readonly user: string
  readonly role: Role
  readonly add: EntryId
  readonly addDepth: number
}
interface RefAllowed {
  readonly entry: LogEntry
  readonly op: RoomOp
  readonly by: RefMember
}
export interface RefMembership {
  readonly members: ReadonlyMap<DeviceKey, RefMember>
  readonly removals: ReadonlyMap<EntryId, DeviceKey>
  readonly invites: ReadonlyMap<InviteKey, number>
}

const ROLE_RANK = { member: 0, admin: 1, owner: 2 } as const
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const seniority = (a: RefMember, b: RefMember): number =>
  ROLE_RANK[b.role] - ROLE_RANK[a.role] || a.addDepth - b.addDepth || compare(a.device, b.device)

export interface RefRules {
  ticket(parent: EpochId, author: DeviceKey): string
  firstEpoch(create: EntryId): EpochId
  readonly voteMoves: number
}

interface RefEpoch {
  readonly id: EpochId
  readonly entry: LogEntry
  readonly commit: CommitView | null
  readonly parent: RefEpoch | null
  readonly roster: readonly (DeviceKey | null)[]
  readonly broken: boolean
}

export class ReferenceRoom {
  private readonly entries = new Map<EntryId, LogEntry>()
  private readonly rules: RefRules
  private readonly pasts = new Map<EntryId, Ids>()
  private readonly depths = new Map<EntryId, number>()
  private readonly verdicts = new Map<EntryId, RefAllowed | null>()
  private readonly epochs = new Map<EpochId, RefEpoch>()
  private readonly chains = new Map<DeviceKey, readonly LogEntry[]>()
  private readonly rootsAt = new Map<EntryId, RefEpoch>()
  private readonly memberships = new Map<string, RefMembership>()
  private readonly everything: Ids
  private all: RefMembership | null = null

  constructor(entries: readonly LogEntry[], rules: RefRules) {
    for (const entry of entries) this.entries.set(entry.id, entry)
    this.everything = new Set(this.entries.keys())
    this.rules = rules
    for (const entry of this.inOrder(this.everything)) this.plant(entry)
  }

  private entry(id: EntryId): LogEntry {
    const found = this.entries.get(id)
    if (found === undefined) throw new Error('an entry names one that is not in the log')
    return found
  }

  private parents(entry: LogEntry): readonly EntryId[] {
    return entry.prev === null ? entry.deps : [entry.prev, ...entry.deps]
  }

  past(entry: LogEntry): Ids {
    const known = this.pasts.get(entry.id)
    if (known !== undefined) return known
    const out = new Set<EntryId>()
    for (const id of this.parents(entry)) {
      out.add(id)
      for (const older of this.past(this.entry(id))) out.add(older)
    }
    this.pasts.set(entry.id, out)
    return out
  }

  private depth(entry: LogEntry): number {
    const known = this.depths.get(entry.id)
    if (known !== undefined) return known
    const depth = Math.max(-1, ...this.parents(entry).map((id) => this.depth(this.entry(id)))) + 1
    this.depths.set(entry.id, depth)
    return depth
  }

  private knows(later: LogEntry, earlier: LogEntry): boolean {
    return later.id === earlier.id || this.past(later).has(earlier.id)
  }

  private apart(a: LogEntry, b: LogEntry): boolean {
    return !this.knows(a, b) && !this.knows(b, a)
  }

  private inOrder(ids: Ids): readonly LogEntry[] {
    return [...ids].map((id) => this.entry(id)).sort((a, b) => this.depth(a) - this.depth(b) || compare(a.id, b.id))
  }

  equivocates(device: DeviceKey): boolean {
    const seqs = [...this.entries.values()].filter((entry) => entry.author === device).map((entry) => entry.seq)
    return new Set(seqs).size < seqs.length
  }

  // --- L2

  membership(): RefMembership {
    this.all ??= this.membersOf(this.everything)
    return this.all
  }

  private allowed(entry: LogEntry): RefAllowed | null {
    const known = this.verdicts.get(entry.id)
    if (known !== undefined) return known
    const verdict = this.judge(entry)
    this.verdicts.set(entry.id, verdict)
    return verdict
  }

  private judge(entry: LogEntry): RefAllowed | null {
    if (entry.body.kind !== 'op') return null
    const { op } = entry.body
    if (op.kind === 'create') return { entry, op, by: { device: entry.author, user: op.user, role: 'owner', add: entry.id, addDepth: 0 } }
    return this.judgeLater(entry, op)
  }

  private judgeLater(entry: LogEntry, op: Exclude<RoomOp, { kind: 'create' }>): RefAllowed | null {
    const { members, removals, invites } = this.membersOf(this.past(entry))
    const by = members.get(entry.author)
    if (by === undefined) return null
    const may = { entry, op, by }
    const target = 'device' in op ? members.get(op.device) : undefined
    const notAbove = (role: Role): boolean => ROLE_RANK[role] <= ROLE_RANK[by.role]
    switch (op.kind) {
      case 'leave':
        return may
      case 'add':
        if (members.has(op.device) || [...removals.values()].includes(op.device)) return null
        if (op.invite !== null) return op.role === 'member' && (invites.get(op.invite) ?? 0) > 0 ? may : null
        if (by.role === 'owner') return may
        if (by.role === 'admin') return notAbove(op.role) ? may : null
        return op.role === 'member' && op.user === by.user ? may : null
      case 'remove':
        if (target === undefined) return null
        if (by.role === 'owner') return may
        if (by.role === 'admin') return notAbove(target.role) ? may : null
        return target.role === 'member' && target.user === by.user ? may : null
      case 'role':
        return target !== undefined && by.role === 'owner' ? may : null
      case 'mute':
        if (target === undefined || by.role === 'member') return null
        return by.role === 'owner' || notAbove(target.role) ? may : null
      case 'invite':
        return by.role !== 'member' && !invites.has(op.invite) ? may : null
      case 'revoke':
      case 'settings':
        return by.role !== 'member' ? may : null
    }
  }

  private membersOf(ids: Ids): RefMembership {
    const written = this.inOrder(new Set([...ids].filter((id) => this.entry(id).body.kind === 'op')))
    const name = written.map((entry) => entry.id).join()
    const known = this.memberships.get(name)
    if (known !== undefined) return known
    const membership = this.resolve(written.map((entry) => this.allowed(entry)).filter((one) => one !== null))
    this.memberships.set(name, membership)
    return membership
  }

  private resolve(ops: readonly RefAllowed[]): RefMembership {
    const target = (one: RefAllowed): DeviceKey => (one.op.kind === 'remove' ? one.op.device : one.entry.author)
    const bringsIn = (one: RefAllowed, device: DeviceKey): boolean =>
      (one.op.kind === 'create' && one.entry.author === device) || (one.op.kind === 'add' && one.op.device === device)
    const isRemoval = (one: RefAllowed): boolean => one.op.kind === 'remove' || one.op.kind === 'leave'

    /** Some chain of adds up to the founder of which no link was written by a device that `removals` take away meanwhile. */
    const broughtIn = (one: RefAllowed, removals: readonly RefAllowed[]): boolean =>
      one.op.kind === 'create' ||
      ops.some(
        (add) =>
          bringsIn(add, one.entry.author) &&
          this.past(one.entry).has(add.entry.id) &&
          !removals.some((removal) => target(removal) === add.entry.author && this.apart(removal.entry, add.entry)) &&
          broughtIn(add, removals),
      )
    const settledRemovals = new Map<EntryId, boolean>()
    const stands = (removal: RefAllowed): boolean => {
      const known = settledRemovals.get(removal.entry.id)
      if (known !== undefined) return known
      const seniors = ops.filter((other) => isRemoval(other) && seniority(other.by, removal.by) < 0 && stands(other))
      const taken = seniors.some((other) => target(other) === removal.entry.author && this.apart(other.entry, removal.entry))
      const answer = !taken && broughtIn(removal, seniors)
      settledRemovals.set(removal.entry.id, answer)
      return answer
    }
    const removals = ops.filter((one) => isRemoval(one) && stands(one))
    const removed = new Set(removals.map(target))

    const effective: RefAllowed[] = []
    const uses = new Map<InviteKey, number>()
    for (const one of ops) {
      const { op } = one
      if (isRemoval(one)) continue
      if (removals.some((removal) => target(removal) === one.entry.author && this.apart(removal.entry, one.entry))) continue
      const backed = effective.some((add) => bringsIn(add, one.entry.author) && this.past(one.entry).has(add.entry.id))
      if (op.kind !== 'create' && !backed) continue
      if (op.kind === 'invite' && uses.has(op.invite)) continue
      if (op.kind === 'invite') uses.set(op.invite, op.uses)
      if (op.kind === 'add' && op.invite !== null) {
        const left = uses.get(op.invite) ?? 0
        if (left === 0) continue
        uses.set(op.invite, left - 1)
      }
      effective.push(one)
    }
    for (const { op } of effective) if (op.kind === 'revoke') uses.delete(op.invite)

    const members = new Map<DeviceKey, RefMember>()
    for (const device of new Set(
      effective.flatMap((one) => (one.op.kind === 'add' ? [one.op.device] : one.op.kind === 'create' ? [one.entry.author] : [])),
    )) {
      if (removed.has(device)) continue
      const bySenior = (a: RefAllowed, b: RefAllowed): number =>
        seniority(a.by, b.by) || this.depth(a.entry) - this.depth(b.entry) || compare(a.entry.id, b.entry.id)
      const add = effective.filter((one) => bringsIn(one, device)).sort(bySenior)[0]
      if (add === undefined) continue
      const changes = effective.filter((one) => one.op.kind === 'role' && one.op.device === device)
      const last = changes.filter((one) => !changes.some((other) => this.past(other.entry).has(one.entry.id))).sort(bySenior)[0]
      const given = add.op.kind === 'add' ? add.op.role : 'owner'
      const role = last?.op.kind === 'role' ? last.op.role : given
      const user = add.op.kind === 'add' ? add.op.user : add.by.user
      members.set(device, { device, user, role, add: add.entry.id, addDepth: this.depth(add.entry) })
    }
    const heir = [...members.values()].sort(seniority)[0]
    if (heir !== undefined) members.set(heir.device, { ...heir, role: 'owner' })
    return { members, removals: new Map(removals.map((one) => [one.entry.id, target(one)])), invites: uses }
  }

  // --- L3

  private plant(entry: LogEntry): void {
    const { body } = entry
    if (body.kind === 'op' && body.op.kind === 'create') {
      const id = this.rules.firstEpoch(entry.id)
      this.epochs.set(id, { id, entry, commit: null, parent: null, roster: [entry.author], broken: false })
    }
    if (body.kind !== 'commit' || this.epochs.has(body.epoch)) return
    const parent = this.epochs.get(body.parent)
    if (parent === undefined || !this.past(entry).has(parent.entry.id)) return
    const roster = parent.broken ? null : this.rosterAfter(parent, entry, body)
    const broken = roster === null || !this.realises(parent, entry, body, roster)
    this.epochs.set(body.epoch, { id: body.epoch, entry, commit: body, parent, roster: roster ?? [], broken })
  }

  private rosterAfter(parent: RefEpoch, entry: LogEntry, commit: CommitView): readonly (DeviceKey | null)[] | null {
    const own = commit.senderLeaf === null ? null : parent.roster[commit.senderLeaf]
    if (commit.form === 'member' ? own !== entry.author : commit.senderLeaf !== null) return null
    if (commit.form === 'external' && (commit.adds.length > 0 || commit.removedLeaves.length > 1)) return null
    if (commit.form === 'refound' && commit.removedLeaves.length > 0) return null
    let leaves: (DeviceKey | null)[] = commit.form === 'refound' ? [] : [...parent.roster]
    for (const leaf of commit.removedLeaves) {
      if (leaf === commit.senderLeaf || leaves[leaf] === undefined || leaves[leaf] === null) return null
      leaves = leaves.map((device, i) => (i === leaf ? null : device))
    }
    for (const device of [...(commit.form === 'member' ? [] : [entry.author]), ...commit.adds]) {
      if (leaves.includes(device)) return null
      const free = leaves.indexOf(null)
      leaves = free < 0 ? [...leaves, device] : leaves.map((old, i) => (i === free ? device : old))
    }
    while (leaves.length > 0 && leaves[leaves.length - 1] === null) leaves = leaves.slice(0, -1)
    return leaves
  }

  private realises(parent: RefEpoch, entry: LogEntry, commit: CommitView, roster: readonly (DeviceKey | null)[]): boolean {
    const { members } = this.membersOf(this.past(entry))
    const devices = roster.filter((device) => device !== null)
    if (!members.has(entry.author)) return false
    if (commit.adds.some((device) => !members.has(device))) return false
    if (commit.form === 'refound') return [...members.values()].every((one) => devices.includes(one.device) || one.addDepth === 0)
    for (const leaf of commit.removedLeaves) {
      const device = parent.roster[leaf] ?? null
      const ownOldLeaf = commit.form === 'external' && device === entry.author
      const rejoins = device !== null && commit.adds.includes(device)
      if (commit.form === 'external' && !ownOldLeaf) return false
      if (device !== null && members.has(device) && !ownOldLeaf && !rejoins) return false
    }
    return commit.form === 'external' || devices.every((device) => members.has(device))
  }

  isVoid(id: EpochId): boolean {
    const epoch = this.epochs.get(id)
    if (epoch === undefined || epoch.broken) return true
    if (epoch.commit === null) return false
    return [...this.membership().removals].some(
      ([removal, device]) => device === epoch.entry.author && !this.knows(this.entry(removal), epoch.entry),
    )
  }

  epochIds(): readonly EpochId[] {
    return [...this.epochs.keys()]
  }

  private first(): RefEpoch {
    const first = [...this.epochs.values()].find((epoch) => epoch.parent === null)
    if (first === undefined) throw new Error('a log without a first entry')
    return first
  }

  private children(parent: RefEpoch): readonly RefEpoch[] {
    return [...this.epochs.values()].filter((epoch) => epoch.parent === parent)
  }

  private lies(epoch: RefEpoch | null, inside: RefEpoch): boolean {
    return epoch !== null && (epoch === inside || this.lies(epoch.parent, inside))
  }

  private voteIn(entry: LogEntry): RefEpoch | null {
    const epoch = this.epochs.get(entry.vote)
    return epoch !== undefined && this.knows(entry, epoch.entry) ? epoch : null
  }

  private chain(device: DeviceKey): readonly LogEntry[] {
    const known = this.chains.get(device)
    if (known !== undefined) return known
    const chain = [...this.entries.values()].filter((entry) => entry.author === device).sort((a, b) => a.seq - b.seq)
    this.chains.set(device, chain)
    return chain
  }

  private devices(epoch: RefEpoch): readonly DeviceKey[] {
    return epoch.roster.filter((device) => device !== null)
  }

  private ticketOrder(a: RefEpoch, b: RefEpoch): number {
    const ticket = (epoch: RefEpoch): string => this.rules.ticket(epoch.parent?.id ?? epoch.id, epoch.entry.author)
    return compare(ticket(a), ticket(b)) || compare(a.entry.id, b.entry.id)
  }

  head(): EpochId {
    const { members } = this.membership()
    let head = this.closedRoot()
    for (;;) {
      const open = this.children(head).filter((child) => !this.isVoid(child.id))
      const counted = (device: DeviceKey): RefEpoch | null => {
        // What the device's vote meant for this choice, entry by entry; a run of the same meaning is one.
        const meanings = this.chain(device).map((entry) => open.find((child) => this.lies(this.voteIn(entry), child)) ?? null)
        let allowedMoves = this.rules.voteMoves
        let named: RefEpoch | null = null
        let result: RefEpoch | null = null
        for (const meaning of meanings) {
          if (meaning !== null && named !== null && meaning !== named) allowedMoves--
          if (meaning !== null) named = meaning
          if (allowedMoves < 0) break
          result = meaning
        }
        return result
      }
      const voters = this.devices(head).filter((device) => members.has(device) && !this.equivocates(device))
      const votes = (child: RefEpoch): number => voters.filter((device) => counted(device) === child).length
      const best = [...open].sort((a, b) => votes(b) - votes(a) || this.ticketOrder(a, b))[0]
      if (best === undefined) return head.id
      head = best
    }
  }

  root(): EpochId {
    return this.closedRoot().id
  }

  private closedRoot(): RefEpoch {
    const named = new Set([...this.entries.values()].flatMap((entry) => this.parents(entry)))
    return this.join([...this.entries.values()].filter((entry) => !named.has(entry.id)).map((entry) => this.rootAt(entry)))
  }

  /** Down from the first epoch, wherever one of these roots leads; where they part, by ticket. */
  private join(roots: readonly RefEpoch[], from = this.first()): RefEpoch {
    const ways = this.children(from).filter((child) => roots.some((root) => this.lies(root, child)))
    const way = ways.sort((a, b) => this.ticketOrder(a, b))[0]
    if (way === undefined) return from
    return this.join(
      roots.filter((root) => this.lies(root, way)),
      way,
    )
  }

  /** The root as the past of one entry shows it. */
  private rootAt(entry: LogEntry): RefEpoch {
    const known = this.rootsAt.get(entry.id)
    if (known !== undefined) return known
    const seen = new Set([...this.past(entry), entry.id])
    let root = this.join(this.parents(entry).map((id) => this.rootAt(this.entry(id))))
    for (;;) {
      const next = this.children(root)
        .filter((child) => seen.has(child.entry.id) && this.isClosed(child, seen))
        .sort((a, b) => this.ticketOrder(a, b))[0]
      if (next === undefined) break
      root = next
    }
    this.rootsAt.set(entry.id, root)
    return root
  }

  private chainIn(device: DeviceKey, seen: Ids): readonly LogEntry[] {
    return this.chain(device).filter((entry) => seen.has(entry.id))
  }

  /** Of the highest seq, lowest id first. */
  private newestIn(device: DeviceKey, seen: Ids): LogEntry | undefined {
    const chain = this.chainIn(device, seen)
    const highest = Math.max(-1, ...chain.map((entry) => entry.seq))
    return chain.filter((entry) => entry.seq === highest).sort((a, b) => compare(a.id, b.id))[0]
  }

  private forksIn(device: DeviceKey, seen: Ids): boolean {
    const chain = this.chainIn(device, seen)
    return new Set(chain.map((entry) => entry.seq)).size < chain.length
  }

  private unaware(entry: LogEntry, seen: Ids): Ids {
    return new Set([...seen].filter((id) => !this.knows(this.entry(id), entry)))
  }

  private removalsIn(seen: Ids): readonly { readonly removal: RefAllowed; readonly target: DeviceKey }[] {
    return [...this.membersOf(seen).removals].map(([id, target]) => ({ removal: this.allowed(this.entry(id)) as RefAllowed, target }))
  }

  /** Nobody who could undo it, as far as `seen` tells, can still be unaware of it. */
  private isForGood(removal: RefAllowed, seen: Ids): boolean {
    if (removal.op.kind === 'leave' || (removal.op.kind === 'remove' && removal.op.device === removal.entry.author)) return true
    const worlds = [this.past(removal.entry), this.unaware(removal.entry, seen)]
    return worlds
      .flatMap((world) => [...this.membersOf(world).members.values()])
      .filter((member) => seniority(member, removal.by) < 0)
      .every((senior) => {
        const newest = this.newestIn(senior.device, seen)
        if (newest !== undefined && this.knows(newest, removal.entry)) return true
        return this.removalsIn(seen).some(
          (other) => other.target === senior.device && seniority(other.removal.by, senior) < 0 && this.isForGood(other.removal, seen),
        )
      })
  }

  private addsOf(device: DeviceKey, seen: Ids): readonly RefAllowed[] {
    return [...seen]
      .map((id) => this.allowed(this.entry(id)))
      .filter((one) => one !== null)
      .filter((one) => (one.op.kind === 'add' ? one.op.device === device : one.op.kind === 'create' && one.entry.author === device))
  }

  /** Whether `knower` knows why the device is out for good (`late`: why it can write nothing that counts without knowing `child`). */
  private isOut(device: DeviceKey, seen: Ids, knower: Ids, child: RefEpoch, late: boolean): boolean {
    const found = this.removalsIn(seen)
    const good = (removal: RefAllowed): boolean => knower.has(removal.entry.id) && this.isForGood(removal, seen)
    const beating = (add: RefAllowed) => found.filter((one) => one.target === add.entry.author && this.apart(one.removal.entry, add.entry))
    const isVoid = (add: RefAllowed): boolean => {
      if (beating(add).length > 0) return beating(add).some((one) => good(one.removal))
      return add.op.kind !== 'create' && this.addsOf(add.entry.author, this.past(add.entry)).every(isVoid)
    }
    const stands = (add: RefAllowed): boolean =>
      beating(add).length === 0 && (add.op.kind === 'create' || this.addsOf(add.entry.author, this.past(add.entry)).some(stands))
    const own = found.filter((one) => one.target === device)
    if (own.some((one) => good(one.removal))) return true
    if (own.length > 0) return false
    const adds = this.addsOf(device, seen)
    if (late) return adds.filter((add) => !this.knows(add.entry, child.entry)).every(isVoid)
    const missed = !this.membersOf(seen).members.has(device) && !this.membersOf(knower).members.has(device)
    return adds.every((add) => isVoid(add) || (missed && stands(add)))
  }

  private isClosed(child: RefEpoch, seen: Ids): boolean {
    const parent = child.parent
    if (parent === null) return true
    const { members } = this.membersOf(seen)
    const ofParent = this.devices(parent)
    // A shortcut: members are never out, and all who are asked must be in it now.
    const isElsewhere = (device: DeviceKey): boolean => this.lastStretch(device, child, seen).length === 0
    if (ofParent.some((device) => members.has(device) && !this.forksIn(device, seen) && isElsewhere(device))) return false
    const late = [...this.membersOf(this.unaware(child.entry, seen)).members.values()]
      .filter((member) => member.role !== 'member' && !ofParent.includes(member.device))
      .map((member) => member.device)
      .filter((device) => {
        const newest = this.newestIn(device, seen)
        return newest === undefined || !this.knows(newest, child.entry)
      })
    const asked = [...ofParent, ...late].filter((device) => !this.forksIn(device, seen))
    const mayIgnore = (device: DeviceKey, knower: Ids): boolean =>
      late.includes(device)
        ? this.isOut(device, seen, knower, child, true)
        : !members.has(device) && this.isOut(device, seen, knower, child, false)
    const out = asked.filter((device) => mayIgnore(device, seen))
    if (out.length === asked.length) {
      const newest = this.inOrder(new Set(this.membersOf(seen).removals.keys()))
        .map((entry) => this.membersOf(seen).removals.get(entry.id) as DeviceKey)
        .filter((device) => ofParent.includes(device) && !this.forksIn(device, seen))
        .map((device) => this.newestIn(device, seen))
        .at(-1)
      return newest !== undefined && this.lies(this.voteIn(newest), child)
    }
    // Some of those that are out take part in the cut; that the others are out, all who take part must know.
    return subsets(out).some((ignored) => {
      const taking = asked.filter((device) => !ignored.includes(device)).map((device) => this.lastStretch(device, child, seen))
      return taking.every((mine) => {
        const end = mine.at(-1)
        if (end === undefined) return false
        const knower = new Set([...this.past(end), end.id])
        return (
          taking.every((theirs) => theirs[0] !== undefined && knower.has(theirs[0].id)) && ignored.every((one) => mayIgnore(one, knower))
        )
      })
    })
  }

  /** The entries up to the device's newest in which it voted inside `child` without a break; none if it does not now. */
  private lastStretch(device: DeviceKey, child: RefEpoch, seen: Ids): readonly LogEntry[] {
    const out: LogEntry[] = []
    for (const entry of [...this.chainIn(device, seen)].reverse()) {
      if (!this.lies(this.voteIn(entry), child)) break
      out.unshift(entry)
    }
    return out
  }
}

function subsets<T>(of: readonly T[]): readonly (readonly T[])[] {
  const [first, ...rest] = of
  if (first === undefined) return [[]]
  return subsets(rest).flatMap((some) => [some, [first, ...some]])
}
