/**
 * Random logs of rooms for comparing implementations: devices with views of their own that write, meet and
 * sometimes cheat (fork their chain, commit nonsense, vote at random, act long after they fell behind).
 */
import type { DeviceKey, EntryId, EpochId, InviteKey, UserId } from '#contracts/ids.ts'
import { ROLES } from '#contracts/wire/entry.ts'
import type { CommitView, EntryBody, LogEntry, RoomOp } from '../../remotes/p2p/core/rooms/entry-view.ts'
import { Epochs, type EpochRules } from '../../remotes/p2p/core/rooms/epochs.ts'
import { parentsOf, RoomLog } from '../../remotes/p2p/core/rooms/log.ts'
import { Memberships } from '../../remotes/p2p/core/rooms/membership.ts'
import { fastHash, Prng } from './prng.ts'

const NOTHING = { length: 0 }

export const toyRules: EpochRules = {
  ticket: (parent, author) => fastHash(`rank|${parent}|${author}`),
  firstEpoch: (create) => fastHash(`first|${create}`) as EpochId,
}

/** One device's view: the three layers over what it has seen. */
export class View {
  readonly log = new RoomLog()
  readonly memberships = new Memberships(this.log)
  readonly epochs = new Epochs(this.log, this.memberships, toyRules)

  add(entry: LogEntry): boolean {
    const result = this.log.add(entry)
    if (result.kind === 'added') this.epochs.note(result.node)
    return result.kind === 'added'
  }

  /** Takes everything that `other` has. */
  merge(other: View): void {
    for (const node of other.log.all()) this.add(node.entry)
  }
}

interface Device {
  readonly key: DeviceKey
  readonly user: UserId
  readonly view: View
  /** The entry to continue from; an equivocator goes back to an older one. */
  tip: EntryId | null
}

export interface RandomRoomOptions {
  readonly devices: number
  readonly steps: number
  /** Chances in 0..1. */
  readonly meet: number
  readonly fork: number
  readonly nonsense: number
}

/** All entries that were written, causes first. */
export function randomRoom(seed: number, options: RandomRoomOptions): readonly LogEntry[] {
  const random = new Prng(seed)
  const all: LogEntry[] = []
  const devices: Device[] = Array.from({ length: options.devices }, (_, i) => ({
    // Keys in an order of their own, so that nothing can lean on the order of making.
    key: fastHash(`device|${seed}|${i}`) as DeviceKey,
    user: `user${Math.floor(i / 2)}` as UserId,
    view: new View(),
    tip: null,
  }))
  const founder = devices[0]
  if (founder === undefined) return all
  const write = (device: Device, body: EntryBody, vote: EpochId): void => {
    const { log } = device.view
    const prev = device.tip === null ? undefined : log.get(device.tip)
    const deps = log
      .heads()
      .filter((head) => head.entry.id !== device.tip)
      .map((head) => head.entry.id)
      .slice(0, random.chance(0.1) ? 1 : 8)
    const seq = prev === undefined ? 0 : prev.entry.seq + 1
    const id = fastHash(JSON.stringify([device.key, seq, device.tip, deps, vote, body, random.next()])) as EntryId
    const named = body.kind === 'commit' ? { ...body, epoch: fastHash(`epoch|${id}`) as EpochId } : body
    const entry: LogEntry = { id, author: device.key, seq, prev: device.tip, deps, vote, body: named }
    if (!device.view.add(entry)) return
    device.tip = id
    all.push(entry)
  }
  write(founder, { kind: 'op', op: { kind: 'create', user: founder.user, card: NOTHING } }, '' as EpochId)
  for (const { key, user } of devices.slice(1)) {
    if (random.chance(0.2)) continue
    const role = random.pick(['member', 'admin', 'admin', 'owner'] as const)
    write(
      founder,
      { kind: 'op', op: { kind: 'add', device: key, user, role, invite: null, keyPackage: NOTHING, card: NOTHING } },
      founder.view.epochs.head()?.id ?? ('' as EpochId),
    )
  }
  write(founder, randomCommit(founder, devices, random, 0), founder.view.epochs.head()?.id ?? ('' as EpochId))
  for (const device of devices) device.view.merge(founder.view)
  for (let step = 0; step < options.steps; step++) {
    const device = random.pick(devices)
    // Strangers write too, now and then: what they write must count for nothing.
    if (!device.view.memberships.current().members.has(device.key) && random.chance(0.8)) continue
    if (random.chance(options.meet)) device.view.merge(random.pick(devices).view)
    if (device.view.log.size === 0) continue
    if (random.chance(options.fork)) forkBack(device, random)
    write(device, randomBody(device, devices, random, options.nonsense), randomVote(device, random, options.nonsense))
  }
  return all
}

/** Continues from an older own entry, and forgets in `deps` what came since. */
function forkBack(device: Device, random: Prng): void {
  const chain = device.view.log.chain(device.key)
  const back = chain.length === 0 ? undefined : random.pick(chain)
  if (back !== undefined) device.tip = back.entry.prev ?? device.tip
}

function randomVote(device: Device, random: Prng, nonsense: number): EpochId {
  const known = [...device.view.epochs.all()]
  if (known.length > 0 && random.chance(nonsense)) return random.pick(known).id
  return device.view.epochs.head()?.id ?? ('' as EpochId)
}

function randomBody(device: Device, devices: readonly Device[], random: Prng, nonsense: number): EntryBody {
  const dice = random.next()
  if (dice < 0.45) return { kind: 'ack', holds: true, delivered: [], cant: [], bad: [], generations: [] }
  if (dice < 0.7) return { kind: 'op', op: randomOp(device, devices, random) }
  return randomCommit(device, devices, random, nonsense)
}

function randomOp(device: Device, devices: readonly Device[], random: Prng): RoomOp {
  const membership = device.view.memberships.current()
  const other = random.pick(devices.filter((one) => one === device || membership.members.has(one.key)))
  const invite = `invite${random.below(3)}` as InviteKey
  const dice = random.next()
  const outside = devices.filter((one) => !membership.members.has(one.key))
  if (dice < 0.45 && outside.length > 0) {
    const joiner = random.pick(outside)
    const byInvite = random.chance(0.3) ? invite : null
    return {
      kind: 'add',
      device: joiner.key,
      user: joiner.user,
      role: byInvite === null ? random.pick(ROLES) : 'member',
      invite: byInvite,
      keyPackage: NOTHING,
      card: NOTHING,
    }
  }
  if (dice < 0.7) return other === device && random.chance(0.8) ? { kind: 'leave' } : { kind: 'remove', device: other.key }
  if (dice < 0.8) return { kind: 'role', device: other.key, role: random.pick(ROLES) }
  if (dice < 0.9) return { kind: 'invite', invite, uses: 1 + random.below(2), card: NOTHING }
  if (dice < 0.93) return { kind: 'revoke', invite }
  if (dice < 0.96) return { kind: 'mute', device: other.key, muted: random.chance(0.5) }
  return { kind: 'settings', name: `room ${random.below(9)}`, topic: '', picture: null }
}

function randomCommit(device: Device, devices: readonly Device[], random: Prng, nonsense: number): CommitView {
  const { epochs, memberships } = device.view
  const known = [...epochs.all()].filter((epoch) => !epoch.broken)
  const parent = random.chance(nonsense + 0.2) ? random.pick(known) : (epochs.head() ?? random.pick(known))
  const { members } = memberships.current()
  const empty = { kind: 'commit', parent: parent.id, epoch: '' as EpochId, message: NOTHING, welcome: null } as const
  const leafOf = (key: DeviceKey): number => parent.roster.indexOf(key)
  const own = leafOf(device.key)
  if (random.chance(nonsense)) {
    const removedLeaves = random.chance(0.5) ? [random.below(parent.roster.length + 1)] : []
    const adds = random.chance(0.5) ? [random.pick(devices).key] : []
    return {
      ...empty,
      form: random.pick(['member', 'external', 'refound']),
      senderLeaf: random.chance(0.8) ? own : null,
      adds,
      removedLeaves,
    }
  }
  if (random.chance(0.07)) {
    return { ...empty, form: 'refound', senderLeaf: null, adds: [...members.keys()].filter((key) => key !== device.key), removedLeaves: [] }
  }
  if (own < 0 || random.chance(0.1)) return { ...empty, form: 'external', senderLeaf: null, adds: [], removedLeaves: own < 0 ? [] : [own] }
  const adds = [...members.keys()].filter((key) => leafOf(key) < 0)
  const removedLeaves = parent.roster.flatMap((key, leaf) => (key !== null && !members.has(key) && leaf !== own ? [leaf] : []))
  const rejoiner = random.chance(0.1) ? random.pick(parent.devices) : device.key
  if (rejoiner !== device.key && members.has(rejoiner)) {
    return { ...empty, form: 'member', senderLeaf: own, adds: [...adds, rejoiner], removedLeaves: [...removedLeaves, leafOf(rejoiner)] }
  }
  return { ...empty, form: 'member', senderLeaf: own, adds, removedLeaves }
}

/** The same entries in another order that still has causes first. */
export function shuffled(entries: readonly LogEntry[], random: Prng): readonly LogEntry[] {
  const waiting = new Map(entries.map((entry) => [entry.id, entry]))
  const out: LogEntry[] = []
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter((entry) => parentsOf(entry).every((id) => !waiting.has(id)))
    const next = random.pick(ready)
    waiting.delete(next.id)
    out.push(next)
  }
  return out
}
