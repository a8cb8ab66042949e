/**
 * L2: who is a member, as a pure function of the operations in the log.
 *
 * Whether an operation was allowed is fixed when it is written: by its author's role in the operation's own
 * past. Whether it has effect depends on what others did at the same time:
 * - A removal is void if a more senior device removed its author, and neither knew of the other's removal.
 * - Else a removal beats whatever its target did without knowing of it, and every concurrent add of the target.
 * - An add beyond its invite's uses is void; the shallowest come first, then the lowest id.
 * - What a device does whose own add is void, is void too; or a removed admin could act through a device
 *   that it brings in.
 */
import type { DeviceKey, EntryId, InviteKey } from '#contracts/ids.ts'
import type { Role } from '#contracts/wire/entry.ts'
import type { Opaque, RoomOp } from './entry-view.ts'
import { byDepth, concurrent, includes, type LogNode, type Past, type RoomLog } from './log.ts'
import { bySeniority, type Member, permits } from './roles.ts'

/** A removal (or leave) that stands. */
export interface Removal {
  readonly node: LogNode
  readonly target: DeviceKey
  /** Its author, as the removal's own past saw it. */
  readonly by: Member
}

export interface Membership {
  readonly members: ReadonlyMap<DeviceKey, Member>
  /** Effective removals, most senior author first. */
  readonly removals: readonly Removal[]
  /** Every device that an add ever named and that counts as gone for good. */
  readonly removed: ReadonlySet<DeviceKey>
  /**
   * Devices that some add named and that are no members, each with the operations that show it why: its removals,
   * those of who brought it in, or the adds that took its invite's uses.
   */
  readonly gone: ReadonlyMap<DeviceKey, readonly LogNode[]>
  /** Uses left, by invite that stands and was not revoked. */
  readonly invites: ReadonlyMap<InviteKey, number>
  readonly settings: { readonly name: string; readonly topic: string; readonly picture: Opaque | null }
  readonly muted: ReadonlySet<DeviceKey>
}

/** An operation that its author was allowed to write. */
interface Allowed {
  readonly node: LogNode
  readonly op: RoomOp
  readonly by: Member
}

/** Adds by whom they bring in; the room's first entry by its founder. */
type Adds = ReadonlyMap<DeviceKey, readonly Allowed[]>

type RoleChange = Allowed & { readonly op: Extract<RoomOp, { kind: 'role' }> }

const targetOf = (one: Allowed): DeviceKey => (one.op.kind === 'remove' ? one.op.device : one.by.device)

/** Most senior author first; between two of one author the shallower. */
const byAuthor = (a: Allowed, b: Allowed): number => bySeniority(a.by, b.by) || byDepth(a.node, b.node)

const EMPTY: Membership = {
  members: new Map(),
  removals: [],
  removed: new Set(),
  gone: new Map(),
  invites: new Map(),
  settings: { name: '', topic: '', picture: null },
  muted: new Set(),
}

export class Memberships {
  private readonly log: RoomLog
  /** What each operation was allowed to do; fixed for ever, so it is computed once. */
  private readonly judged = new Map<EntryId, Allowed | null>()
  /** By the set of operations that a past holds. Many entries share one. */
  private readonly bySet = new Map<string, Membership>()
  private readonly byEntry = new Map<EntryId, Membership>()
  private readonly byPast = new WeakMap<Past, Membership>()
  /** By past and removal: asked for each device and epoch anew, and what a past shows does not change. */
  private readonly settled = new WeakMap<Past, Map<LogNode, boolean>>()
  private sorted: LogNode[] = []
  private now: { readonly ops: number; readonly membership: Membership } | null = null

  constructor(log: RoomLog) {
    this.log = log
  }

  /** Grows with each operation: equal numbers mean an unchanged `current()`. */
  get version(): number {
    return this.log.ops().length
  }

  /** The members by everything in the log. */
  current(): Membership {
    if (this.now?.ops !== this.version) this.now = { ops: this.version, membership: this.resolve(this.opsInOrder()) }
    return this.now.membership
  }

  /** The members as the author of `node` could know them: by everything in its past, itself left out. */
  before(node: LogNode): Membership {
    const known = this.byEntry.get(node.entry.id)
    if (known !== undefined) return known
    const membership = this.resolve(this.opsInOrder().filter((op) => op !== node && includes(node, op)))
    this.byEntry.set(node.entry.id, membership)
    return membership
  }

  /** The members by everything in `past`. */
  in(past: Past): Membership {
    const known = this.byPast.get(past)
    if (known !== undefined) return known
    const ops = this.opsInOrder()
    // Nearly always all of them: then there is nothing to pick out.
    const membership = ops.every((op) => includes(past, op)) ? this.current() : this.resolve(ops.filter((op) => includes(past, op)))
    this.byPast.set(past, membership)
    return membership
  }

  /** The members by all of `past` that was written without knowing of `node`: who could still write so. */
  apart(node: LogNode, past: Past): Membership {
    return this.resolve(this.opsInOrder().filter((op) => includes(past, op) && !includes(op, node)))
  }

  /**
   * Whether, as far as `past` tells, nobody can undo this removal: every device senior to its author, by what its
   * author knew or by what was written without knowing of the removal, has written an entry that knew of it, or
   * was itself removed by somebody senior, for good. Who leaves can be called back by nobody.
   */
  isSettled(removal: Removal, past: Past): boolean {
    if (removal.target === removal.node.entry.author) return true
    const known = this.settled.get(past) ?? new Map<LogNode, boolean>()
    if (known.size === 0) this.settled.set(past, known)
    const before = known.get(removal.node)
    if (before !== undefined) return before
    const verdict = this.isBeyondUndoing(removal, past)
    known.set(removal.node, verdict)
    return verdict
  }

  private isBeyondUndoing(removal: Removal, past: Past): boolean {
    const { removals } = this.in(past)
    const isHarmless = (senior: Member): boolean => {
      const { node } = this.log.latestIn(past, senior.device)
      if (node !== null && includes(node, removal.node)) return true
      return removals.some((other) => other.target === senior.device && bySeniority(other.by, senior) < 0 && this.isSettled(other, past))
    }
    return [this.before(removal.node), this.apart(removal.node, past)].every(({ members }) =>
      [...members.values()].every((member) => bySeniority(member, removal.by) >= 0 || isHarmless(member)),
    )
  }

  /**
   * Whether a device is out for good, as far as `past` tells: it was removed, or all that brought it in is void,
   * and nobody can undo that. `knower` (a part of `past`) must know why. With `apartFrom` the question is asked
   * of the adds alone that did not know of that entry: a device that only later ones brought in can write
   * nothing that counts without knowing it.
   */
  isOut(device: DeviceKey, past: Past, knower: Past, apartFrom: LogNode | null): boolean {
    const { removals, removed } = this.in(past)
    const settled = (one: Removal): boolean => includes(knower, one.node) && this.isSettled(one, past)
    if (removals.some((one) => one.target === device && settled(one))) return true
    if (removed.has(device)) return false
    const beating = (add: Allowed): readonly Removal[] =>
      removals.filter((one) => one.target === add.by.device && concurrent(one.node, add.node))
    const isVoid = (add: Allowed): boolean => {
      const found = beating(add)
      if (found.length > 0 || add.op.kind === 'create') return found.some(settled)
      return this.addsOf(add.by.device, add.node).every(isVoid)
    }
    const stands = (add: Allowed): boolean =>
      beating(add).length === 0 && (add.op.kind === 'create' || this.addsOf(add.by.device, add.node).some(stands))
    // An add that stands, of a device that is no member, is one beyond its invite's uses.
    const isKnownSurplus = (add: Allowed): boolean => apartFrom === null && stands(add) && !this.in(knower).members.has(device)
    const adds = this.addsOf(device, past).filter((add) => apartFrom === null || !includes(add.node, apartFrom))
    return adds.every((add) => isVoid(add) || isKnownSurplus(add))
  }

  private addsOf(device: DeviceKey, past: Past): readonly Allowed[] {
    const nodes = this.opsInOrder().filter((node) => includes(past, node) && bringsIn(node, device))
    return nodes.map((node) => this.allowed(node)).filter((one) => one !== null)
  }

  private opsInOrder(): readonly LogNode[] {
    const ops = this.log.ops()
    if (this.sorted.length !== ops.length) this.sorted = [...ops].sort(byDepth)
    return this.sorted
  }

  /** True if the operation's author was allowed to write it. What it does may still be void by others. */
  isAllowed(node: LogNode): boolean {
    return this.allowed(node) !== null
  }

  private allowed(node: LogNode): Allowed | null {
    const known = this.judged.get(node.entry.id)
    if (known !== undefined) return known
    const verdict = this.judge(node)
    this.judged.set(node.entry.id, verdict)
    return verdict
  }

  private judge(node: LogNode): Allowed | null {
    const { body, author } = node.entry
    if (body.kind !== 'op') return null
    const op = body.op
    if (op.kind === 'create') {
      return { node, op, by: { device: author, user: op.user, role: 'owner', add: node.entry.id, addDepth: node.depth } }
    }
    const past = this.before(node)
    const by = past.members.get(author)
    return by !== undefined && mayDo(op, by, past) ? { node, op, by } : null
  }

  private resolve(nodes: readonly LogNode[]): Membership {
    const key = frontier(nodes)
    const known = this.bySet.get(key)
    if (known !== undefined) return known
    const ops = nodes.map((node) => this.allowed(node)).filter((one) => one !== null)
    const membership = ops.length === 0 ? EMPTY : resolveOps(ops)
    this.bySet.set(key, membership)
    return membership
  }
}

function bringsIn({ entry }: LogNode, device: DeviceKey): boolean {
  if (entry.body.kind !== 'op') return false
  const { op } = entry.body
  return op.kind === 'add' ? op.device === device : op.kind === 'create' && entry.author === device
}

/** Names a set of operations that is closed under the past: by those that no other of them knew. */
function frontier(nodes: readonly LogNode[]): string {
  const last: LogNode[] = []
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]
    if (node !== undefined && !last.some((later) => includes(later, node))) last.push(node)
  }
  return last.map((node) => node.entry.id).join()
}

function mayDo(op: Exclude<RoomOp, { kind: 'create' }>, by: Member, past: Membership): boolean {
  switch (op.kind) {
    case 'add': {
      if (past.members.has(op.device) || past.removed.has(op.device)) return false
      if (op.invite !== null) return op.role === 'member' && (past.invites.get(op.invite) ?? 0) > 0
      return permits('add', by, op)
    }
    case 'remove':
    case 'role':
    case 'mute': {
      const target = past.members.get(op.device)
      return target !== undefined && permits(op.kind, by, target)
    }
    case 'invite':
      return !past.invites.has(op.invite) && permits(op.kind, by, by)
    case 'leave':
    case 'revoke':
    case 'settings':
      return permits(op.kind, by, by)
  }
}

/** `ops`: closed under the past, causes first. */
function resolveOps(ops: readonly Allowed[]): Membership {
  const adds = new Map<DeviceKey, Allowed[]>()
  for (const one of ops) {
    const device = one.op.kind === 'add' ? one.op.device : one.op.kind === 'create' ? one.by.device : null
    if (device !== null) adds.set(device, [...(adds.get(device) ?? []), one])
  }
  const { removals, cancelled } = standingRemovals(ops, adds)
  const byTarget = new Map<DeviceKey, Removal[]>()
  for (const removal of removals) byTarget.set(removal.target, [...(byTarget.get(removal.target) ?? []), removal])
  const beating = (one: Allowed): readonly Removal[] =>
    (byTarget.get(one.by.device) ?? []).filter((removal) => concurrent(removal.node, one.node))
  const gone = new Map<DeviceKey, LogNode[]>()
  const lost = (device: DeviceKey, because: readonly LogNode[]): void => {
    gone.set(device, [...(gone.get(device) ?? []), ...because])
  }
  for (const removal of removals) lost(removal.target, defended(removal, cancelled, adds))

  // Everything else, causes first: an operation has effect if its author's own add has, and no removal beats it.
  const standing = new Map<DeviceKey, Allowed[]>()
  const backed = (one: Allowed): boolean =>
    one.op.kind === 'create' || (standing.get(one.by.device) ?? []).some((add) => includes(one.node, add.node))
  const invites = new Map<InviteKey, number>()
  const usedBy = new Map<InviteKey, LogNode[]>()
  const revoked = new Set<InviteKey>()
  const roles: RoleChange[] = []
  const muted = new Set<DeviceKey>()
  let settings: Membership['settings'] = { name: '', topic: '', picture: null }
  for (const one of ops) {
    const { op } = one
    const beatenBy = beating(one)
    if (beatenBy.length > 0 || !backed(one)) {
      if (op.kind === 'add')
        lost(
          op.device,
          beatenBy.length > 0 ? beatenBy.flatMap((removal) => defended(removal, cancelled, adds)) : (gone.get(one.by.device) ?? []),
        )
      continue
    }
    if (op.kind === 'create') standing.set(one.by.device, [one])
    else if (op.kind === 'add') {
      if (op.invite !== null) {
        const uses = invites.get(op.invite) ?? 0
        if (uses === 0) {
          lost(op.device, usedBy.get(op.invite) ?? [])
          continue
        }
        invites.set(op.invite, uses - 1)
        usedBy.set(op.invite, [...(usedBy.get(op.invite) ?? []), one.node])
      }
      standing.set(op.device, [...(standing.get(op.device) ?? []), one])
    } else if (op.kind === 'invite') {
      if (!invites.has(op.invite)) invites.set(op.invite, op.uses)
    } else if (op.kind === 'revoke') revoked.add(op.invite)
    else if (op.kind === 'role') roles.push({ ...one, op })
    else if (op.kind === 'settings') settings = { name: op.name, topic: op.topic, picture: op.picture }
    else if (op.kind === 'mute') {
      if (op.muted) muted.add(op.device)
      else muted.delete(op.device)
    }
  }
  for (const invite of revoked) invites.delete(invite)

  const members = new Map<DeviceKey, Member>()
  for (const [device, found] of standing) {
    const add = [...found].sort(byAuthor)[0]
    if (add === undefined || byTarget.has(device)) continue
    members.set(device, memberOf(device, add, roleOf(device, add, roles)))
  }
  passOwnership(members)
  for (const device of members.keys()) gone.delete(device)
  return { members, removals, removed: new Set(byTarget.keys()), gone, invites, settings, muted }
}

function memberOf(device: DeviceKey, add: Allowed, role: Role): Member {
  const user = add.op.kind === 'add' ? add.op.user : add.by.user
  return { device, user, role, add: add.node.entry.id, addDepth: add.node.depth }
}

/** A removal that a more senior one made void, and which those are. */
interface Cancelled {
  readonly node: LogNode
  readonly target: DeviceKey
  readonly by: readonly Removal[]
}

/**
 * A removal with what shows that those who would undo it can't: the removals that cancelled theirs, and so on. It is
 * undone by taking away its author, or whoever brought its author in.
 */
function defended(removal: Removal, cancelled: readonly Cancelled[], adds: Adds): readonly LogNode[] {
  const out = new Set([removal.node])
  const standsOn = new Map<LogNode, Pick<Removal, 'node' | 'by'>>([[removal.node, removal]])
  for (const one of standsOn.values()) {
    for (const attack of cancelled) {
      if (attack.target !== one.by.device || !concurrent(attack.node, one.node)) continue
      for (const canceller of attack.by) {
        out.add(canceller.node)
        standsOn.set(canceller.node, canceller)
      }
    }
    for (const add of adds.get(one.by.device) ?? []) if (add.node !== one.node && includes(one.node, add.node)) standsOn.set(add.node, add)
  }
  return [...out]
}

/** Removals from the most senior author down: each stands unless a more senior one that stands takes its author away. */
function standingRemovals(
  ops: readonly Allowed[],
  adds: Adds,
): { readonly removals: readonly Removal[]; readonly cancelled: readonly Cancelled[] } {
  const removals: Removal[] = []
  const cancelled: Cancelled[] = []
  /** Those of `against` that took away, without its knowing, whoever wrote `one`, or all who brought that device in. */
  const undoing = (one: Allowed, against: readonly Removal[]): readonly Removal[] => {
    const direct = against.filter((removal) => removal.target === one.by.device && concurrent(removal.node, one.node))
    if (direct.length > 0 || one.op.kind === 'create') return direct
    const backers = (adds.get(one.by.device) ?? []).filter((add) => includes(one.node, add.node)).map((add) => undoing(add, against))
    return backers.some((found) => found.length === 0) ? [] : backers.flat()
  }
  for (const one of ops.filter((op) => op.op.kind === 'remove' || op.op.kind === 'leave').sort(byAuthor)) {
    const seniors = removals.filter((removal) => bySeniority(removal.by, one.by) < 0)
    const by = undoing(one, seniors)
    if (by.length === 0) removals.push({ node: one.node, target: targetOf(one), by: one.by })
    else cancelled.push({ node: one.node, target: targetOf(one), by })
  }
  return { removals, cancelled }
}

/** The role op that no other knew better: not overtaken by one that had it in its past; among the rest the most senior author's. */
function roleOf(device: DeviceKey, add: Allowed, roles: readonly RoleChange[]): Role {
  const mine = roles.filter((one) => one.op.device === device)
  const last = mine.filter((one) => !mine.some((other) => other !== one && includes(other.node, one.node))).sort(byAuthor)[0]
  if (last !== undefined) return last.op.role
  return add.op.kind === 'add' ? add.op.role : 'owner'
}

/** When the last owner is gone, the most senior device left is owner. */
function passOwnership(members: Map<DeviceKey, Member>): void {
  const all = [...members.values()].sort(bySeniority)
  const first = all[0]
  if (first !== undefined && first.role !== 'owner') members.set(first.device, { ...first, role: 'owner' })
}
