/**
 * A member that does not keep to the rules. It runs the honest room, so that it knows what is going on, and
 * besides that signs entries which no honest device would: a second chain, commits that do what nobody asked
 * for or leave out a removal, commits that fail, votes that flap, late siblings of old epochs.
 */
import type { DeviceKey, EntryId, EpochId } from '#contracts/ids.ts'
import type { CommitView, EntryBody } from '../../remotes/p2p/core/rooms/entry-view.ts'
import type { EpochNode } from '../../remotes/p2p/core/rooms/epochs.ts'
import type { LogNode } from '../../remotes/p2p/core/rooms/log.ts'
import type { Room } from '../../remotes/p2p/core/rooms/room.ts'
import type { SimDevice, World } from './world.ts'

type Trick = (room: Room, device: SimDevice) => Promise<void> | void

/** A confirmation tag that no commit has. */
const FORGED = 'f0'.repeat(32)

const ACK: EntryBody = { kind: 'ack', holds: true, delivered: [], cant: [], bad: [], generations: [] }

export class Adversary {
  private readonly world: World
  /** The end of the chain that each of its devices goes on with in secret. */
  private readonly forks = new Map<DeviceKey, LogNode>()

  constructor(world: World) {
    this.world = world
  }

  /** Takes over one device that is no owner, and plays some tricks at random moments. */
  arrive(stormMs: number): void {
    const { world } = this
    const victims = world.honestMembers().filter((one) => one.running?.room.memberships.current().members.get(one.key)?.role !== 'owner')
    if (victims.length === 0) return
    const device = world.random.pick(victims)
    device.hostile = true
    const tricks: readonly Trick[] = [
      (room, me) => this.fork(room, me),
      (room, me) => this.forkedRemoval(room, me),
      (room, me) => this.flap(room, me),
      (room, me) => this.badCommit(room, me),
      (room, me) => this.brokenCommit(room, me),
      (room, me) => this.lateSibling(room, me),
      (room, me) => this.forkedLeave(room, me),
      (room, me) => this.omittedRemoval(room, me),
      (_room, me) => this.withhold(me),
    ]
    const favourite = world.random.pick(tricks)
    for (let i = 2 + world.random.below(6); i > 0; i--) {
      world.later(world.random.next() * stormMs, 'trick', async () => {
        const room = device.running?.room
        if (room === undefined || device.frozen !== null || room.log.first === null) return
        const trick = world.random.chance(0.5) ? favourite : world.random.pick(tricks)
        world.count('trick')
        await trick(room, device)
      })
    }
  }

  /** Signs an entry behind the honest room's back and gives it to some of the others only. */
  private tell(device: SimDevice, prev: LogNode, deps: readonly EntryId[], vote: EpochId, body: EntryBody): void {
    const { world } = this
    const entry = world.sign({
      author: device.key,
      seq: prev.entry.seq + 1,
      prev: prev.entry.id,
      deps: deps.filter((id) => id !== prev.entry.id).slice(0, 8),
      vote,
      body,
      confirmationTag: FORGED,
    })
    const told = world.devices.filter((other) => other !== device && world.random.chance(0.6))
    for (const other of told) world.transmit(device, other.key, { kind: 'entries', entries: [entry] })
    const add = device.running?.room.log.add(entry)
    if (add?.kind !== 'added') return
    device.running?.room.epochs.note(add.node)
    device.disk.entries.push(entry)
    this.forks.set(device.key, add.node)
  }

  /** Where a second chain starts (or goes on): mostly near the end, at times far back. */
  private forkPoint(room: Room, device: SimDevice): LogNode | null {
    const before = this.forks.get(device.key)
    if (before !== undefined && this.world.random.chance(0.5)) return before
    const chain = room.log.chain(device.key)
    if (chain.length < 2) return null
    const back = this.world.random.chance(0.3)
      ? this.world.random.below(chain.length)
      : Math.max(0, chain.length - 2 - this.world.random.below(4))
    return chain[back] ?? null
  }

  private heads(room: Room): readonly EntryId[] {
    return room.log.heads().map((node) => node.entry.id)
  }

  private fork(room: Room, device: SimDevice): void {
    const prev = this.forkPoint(room, device)
    const epochs = [...room.epochs.all()]
    if (prev !== null) this.tell(device, prev, this.heads(room), this.world.random.pick(epochs).id, ACK)
  }

  /** A removal that knows nothing of what came since: voids what was built on somebody's commits. */
  private forkedRemoval(room: Room, device: SimDevice): void {
    const prev = this.forkPoint(room, device)
    const others = [...room.memberships.current().members.keys()].filter((key) => key !== device.key)
    if (prev === null || others.length === 0) return
    this.tell(device, prev, [], prev.entry.vote, { kind: 'op', op: { kind: 'remove', device: this.world.random.pick(others) } })
  }

  /** It forks its chain against itself: in one it has left. */
  private forkedLeave(room: Room, device: SimDevice): void {
    const prev = this.forkPoint(room, device)
    if (prev !== null) this.tell(device, prev, [], prev.entry.vote, { kind: 'op', op: { kind: 'leave' } })
  }

  /** Asks for a removal, or knows of one, and commits without it. */
  private async omittedRemoval(room: Room, device: SimDevice): Promise<void> {
    const parent = room.epochs.head()
    const prev = room.log.latest(device.key)
    const others = [...room.memberships.current().members.keys()].filter((key) => key !== device.key)
    if (parent === null || prev === null || others.length === 0) return
    this.tell(device, prev, this.heads(room), parent.id, { kind: 'op', op: { kind: 'remove', device: this.world.random.pick(others) } })
    await this.commitOn(room, device, parent, {})
  }

  /** Keeps its votes, or all that lets others in, to itself for a while. */
  private withhold(device: SimDevice): void {
    const { world } = this
    device.mute = new Set(world.random.chance(0.7) ? ['entries'] : ['welcome', 'group-info'])
    world.later(3000 + world.random.below(20_000), 'speaks', () => {
      device.mute = new Set()
    })
  }

  private flap(room: Room, device: SimDevice): void {
    const epochs = [...room.epochs.all()]
    let prev = room.log.latest(device.key)
    for (let i = 0; i < 6 && prev !== null; i++) {
      this.tell(device, prev, this.heads(room), this.world.random.pick(epochs).id, ACK)
      prev = this.forks.get(device.key) ?? null
    }
  }

  private async commitOn(room: Room, device: SimDevice, parent: EpochNode, change: Partial<CommitView>): Promise<void> {
    const prev = this.world.random.chance(0.5) ? room.log.latest(device.key) : this.forkPoint(room, device)
    const senderLeaf = parent.roster.indexOf(device.key)
    const { engine } = device.running ?? {}
    if (prev === null || senderLeaf < 0 || engine === undefined || !room.held.has(parent.id)) return
    const message = await engine.brokenCommit(parent.id)
    const shape = { kind: 'commit', parent: parent.id, epoch: '' as EpochId, form: 'member', senderLeaf, welcome: null } as const
    const body = { ...shape, adds: [], removedLeaves: [], message, ...change }
    this.tell(device, prev, this.heads(room), parent.id, body)
  }

  /** Removes a member that nobody wants gone, adds a stranger, also to a group founded anew, or leaves a removal out. */
  private async badCommit(room: Room, device: SimDevice): Promise<void> {
    const parent = room.epochs.head()
    if (parent === null) return
    const other = parent.roster.findIndex((key) => key !== null && key !== device.key)
    const stranger = this.world.fresh('stranger') as DeviceKey
    const anew = { form: 'refound', senderLeaf: null, adds: [...parent.devices.filter((key) => key !== device.key), stranger] } as const
    const changes: readonly (() => Partial<CommitView>)[] = [
      () => ({ removedLeaves: [other] }),
      () => (this.world.random.chance(0.5) ? { adds: [stranger] } : anew),
      () => ({}),
      () => ({ form: 'external', senderLeaf: null }),
    ]
    await this.commitOn(room, device, parent, this.world.random.pick(changes)())
  }

  /** Fine by all that can be seen, and no MLS state accepts it. */
  private async brokenCommit(room: Room, device: SimDevice): Promise<void> {
    const parent = room.epochs.head()
    if (parent === null) return
    const { members } = room.memberships.current()
    const removedLeaves = parent.roster.flatMap((key, leaf) => (key !== null && key !== device.key && !members.has(key) ? [leaf] : []))
    await this.commitOn(room, device, parent, { removedLeaves })
  }

  private async lateSibling(room: Room, device: SimDevice): Promise<void> {
    const parents = [...room.epochs.all()].filter((epoch) => epoch.devices.includes(device.key))
    if (parents.length > 0) await this.commitOn(room, device, this.world.random.pick(parents), {})
  }
}
