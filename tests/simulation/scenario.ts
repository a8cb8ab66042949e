/**
 * What happens in a seed: a room forms in good weather, then the storm (people talk, come, go, remove each
 * other; the network and the machines fail), then all heals and must come to rest.
 */
import type { DeviceKey, UserId } from '#contracts/ids.ts'
import type { RoomOp } from '../../remotes/p2p/core/rooms/entry-view.ts'
import type { RoomEvent } from '../../remotes/p2p/core/rooms/room-io.ts'
import { Adversary } from './adversary.ts'
import type { EngineKind } from './engine.ts'
import { allInvariants } from './invariants/index.ts'
import { Violation } from './violation.ts'
import { type SimDevice, World } from './world.ts'

const CARD = { length: 0 }
const CALM_MS = 14_000
const STORM_MS = 60_000
const CHURN = 24
const HOUR_MS = 60 * 60_000
/** A page that died is opened again after this at most, where nothing else is to be tried. */
const REOPEN_MS = 5000

/** How often each strikes in a storm, on the average. */
const FAULT_MEAN: Readonly<Record<Fault, number>> = { clock: 0.6, tabs: 1, backup: 0.2, vanish: 0.3 }
/** Within this all must be at rest again. */
const HEALING_MS = 60_000 + 30_000

/** Faults that can be left out: what a pinned seed did before they came does not change, and a search is narrowed. */
export const FAULTS = ['clock', 'tabs', 'backup', 'vanish'] as const
export type Fault = (typeof FAULTS)[number]
export const isFault = (name: string): name is Fault => FAULTS.some((fault) => fault === name)

export interface ScenarioOptions {
  readonly members: number
  readonly engine: EngineKind
  readonly adversary: boolean
  readonly without?: readonly Fault[]
  /** No storm: people talk, come and go in good weather, and one device dies at one transaction of its own, if at all. */
  readonly quiet?: { readonly crash: { readonly device: number; readonly transaction: number; readonly before: boolean } | null }
  /** The storm ends after so many events, and all heals at once: for the shortest prefix that still fails. */
  readonly healAfter?: number
  /** Sees the world as it ended. */
  readonly inspect?: (world: World) => void
}

export interface Outcome {
  readonly seed: number
  readonly violation: Violation | null
  readonly trace: string
  readonly steps: number
  /** Events until all healed; null if it failed before that. */
  readonly healedAfter: number | null
  readonly entries: number
  /** What struck, and how often. */
  readonly happened: Readonly<Record<string, number>>
}

export async function runSeed(seed: number, options: ScenarioOptions): Promise<Outcome> {
  const world = new World(seed, options.engine, allInvariants())
  const healAfter = options.healAfter ?? Number.POSITIVE_INFINITY
  let violation: Violation | null = null
  let healedAfter: number | null = null
  try {
    const scenario = new Scenario(world, options)
    await scenario.begin()
    await world.run(CALM_MS, healAfter)
    if (world.steps < healAfter) {
      if (options.quiet === undefined) scenario.storm()
      else scenario.quiet()
      await world.run(CALM_MS + STORM_MS, healAfter)
    }
    if (world.steps >= healAfter) world.cancelPlans()
    healedAfter = world.steps
    await scenario.heal()
    await world.run(world.nowMs + HEALING_MS)
    world.checkHealed()
  } catch (thrown) {
    if (!(thrown instanceof Violation)) throw thrown
    violation = thrown
  }
  options.inspect?.(world)
  const entries = new Map(world.devices.flatMap((device) => device.disk.entries).map((entry) => [entry.id, entry]))
  for (const { body } of entries.values()) world.count(body.kind === 'commit' ? `commit (${body.form})` : body.kind)
  const happened = Object.fromEntries([...world.happened].sort(([a], [b]) => (a < b ? -1 : 1)))
  return { seed, violation, trace: world.trace, steps: world.steps, healedAfter, entries: entries.size, happened }
}

class Scenario {
  private readonly world: World
  private readonly options: ScenarioOptions
  private texts = 0

  constructor(world: World, options: ScenarioOptions) {
    this.world = world
    this.options = options
  }

  private get random() {
    return this.world.random
  }

  async begin(): Promise<void> {
    const { world } = this
    const founder = await world.addDevice('user0' as UserId)
    await world.open(founder, { kind: 'create', user: founder.user, card: CARD })
    for (let i = 1; i < this.options.members; i++) {
      const device = await world.addDevice(`user${i}` as UserId)
      await world.open(device)
      world.later(100 + this.random.below(2000), 'join', () =>
        this.bringIn(founder, device, this.random.pick(['member', 'admin', 'admin', 'owner'])),
      )
    }
    for (const device of world.devices) device.transactions = 0
    const crash = this.options.quiet?.crash ?? null
    const dying = crash === null ? undefined : world.devices[crash.device]
    if (crash !== null && dying !== undefined) {
      dying.strike = { what: 'crash', inTransactions: crash.transaction, before: crash.before }
      for (let atMs = REOPEN_MS; atMs < CALM_MS + STORM_MS; atMs += REOPEN_MS) world.later(atMs, 'reopen', () => world.open(dying))
    }
    if (this.random.chance(0.3))
      for (const device of world.devices) world.later(this.random.below(CALM_MS), 'early', () => this.say(device))
  }

  private async bringIn(by: SimDevice, joiner: SimDevice, role: Extract<RoomOp, { kind: 'add' }>['role']): Promise<void> {
    if (joiner.keyPackage === null) return
    const { key, user, keyPackage } = joiner
    await this.act(by, { kind: 'operate', op: { kind: 'add', device: key, user, role, invite: null, keyPackage, card: CARD } })
  }

  private async act(device: SimDevice, event: RoomEvent): Promise<void> {
    if (device.running === null) return
    if (device.frozen !== null) device.frozen.push({ kind: 'room', device, event })
    else await this.world.step(device, event)
  }

  private async say(device: SimDevice): Promise<void> {
    // A page lets nobody write in a room that has not let them in.
    if (device.running?.room.memberships.current().members.has(device.key) !== true) return
    await this.act(device, { kind: 'say', body: { length: ++this.texts } })
  }

  /** A random moment of the storm. */
  private sometime(name: string, run: () => Promise<void> | void): void {
    this.world.later(this.random.next() * STORM_MS * 0.95, name, run)
  }

  storm(): void {
    const { world, random } = this
    world.weather = { loss: random.chance(0.7) ? 0.3 : 0.05, duplicate: 0.1, delayMs: [10, random.pick([200, 2000, 6000])] }
    const { members } = this.options
    const times = (mean: number): number => Math.floor(random.next() * (2 * mean + 1))
    for (let i = times(2 * members); i > 0; i--) this.sometime('say', () => this.say(random.pick(world.devices)))
    for (let i = times(2); i > 0; i--) this.sometime('part', () => this.part())
    for (let i = times(1); i > 0; i--) this.sometime('deaf', () => this.deafen())
    for (let i = times(1.5); i > 0; i--) this.sometime('freeze', () => this.freeze())
    for (let i = times(2); i > 0; i--) this.sometime('crash', () => this.crash())
    for (let i = times(2); i > 0; i--) this.sometime('remove', () => this.remove())
    for (let i = times(1.2); i > 0; i--) this.sometime('newcomer', () => this.newcomer())
    if (random.chance(0.25)) this.sometime('role', () => this.changeRole())
    if (random.chance(0.2)) this.sometime('leave', () => this.leave())
    if (random.chance(0.2)) this.sometime('evict', () => this.evict())
    if (random.chance(0.3)) this.sometime('feud', () => this.feud())
    if (random.chance(0.3)) this.sleeper()
    if (random.chance(0.03)) this.churn()
    if (this.options.adversary) new Adversary(world).arrive(STORM_MS)
    const faults: Readonly<Record<Fault, () => void>> = {
      clock: () => this.sometime('clock', () => this.jump()),
      tabs: () => this.sometime('second tab', () => this.secondTab()),
      backup: () => this.backup(),
      vanish: () => this.sometime('vanishes', () => this.vanish()),
    }
    for (const fault of FAULTS) {
      if (this.options.without?.includes(fault) === true) continue
      for (let i = times(FAULT_MEAN[fault]); i > 0; i--) faults[fault]()
    }
  }

  /** A clock is wrong from now on, until all heals. */
  private jump(): void {
    const { world, random } = this
    world.count('clock jump')
    random.pick(world.devices).clock.skewMs =
      (random.chance(0.5) ? 1 : -1) * random.pick([HOUR_MS, 6 * HOUR_MS, 72 * HOUR_MS, 2400 * HOUR_MS])
  }

  private secondTab(): void {
    const { random } = this
    random.pick(this.world.devices).strike = { what: 'second-tab', inTransactions: 1 + random.below(6), before: random.chance(0.5) }
  }

  /** What a device has now is put back later, in place of what it has then. */
  private backup(): void {
    const { world, random } = this
    const [from, to] = [random.next(), random.next()].sort((a, b) => a - b) as [number, number]
    world.later(STORM_MS * from, 'back up', () => {
      const device = random.pick(world.devices)
      const backup = device.disk.backup()
      world.later(STORM_MS * (to - from), 'restore', () => world.restore(device, backup))
    })
  }

  /** Somebody who is about to let a newcomer in closes before the Welcome was fetched. */
  private async vanish(): Promise<void> {
    const { world, random } = this
    const goes = random.chance(0.5) ? 'for good' : 'for a while'
    for (const device of world.honestMembers()) device.vanishes = goes
    await this.newcomer()
    world.later(10_000, 'stays', () => {
      for (const device of world.devices) device.vanishes = null
    })
  }

  /** What the storm's people do, without the storm. */
  quiet(): void {
    for (const device of this.world.devices) for (let i = 0; i < 2; i++) this.sometime('say', () => this.say(device))
    this.sometime('newcomer', () => this.newcomer())
    this.sometime('remove', () => this.remove())
    this.sometime('role', () => this.changeRole())
  }

  /** People come and go all the time: more epochs than a device may keep. */
  private churn(): void {
    for (let i = 0; i < CHURN; i++) {
      this.world.later((i * STORM_MS) / CHURN, 'churn', async () => {
        if (i % 2 === 0) await this.newcomer(this.options.members + 3 + CHURN)
        else await this.remove()
      })
    }
  }

  private part(): void {
    const { world, random } = this
    const left = world.devices.filter(() => random.chance(0.5))
    for (const a of left) for (const b of world.devices) if (!left.includes(b)) world.part(a, b)
    world.later(2000 + random.below(30_000), 'meet', () => this.meet())
  }

  private meet(): void {
    const { world } = this
    world.unblockAll()
    for (const a of world.devices) for (const b of world.devices) if (a.index < b.index) world.connect(a, b)
  }

  /** One direction is lost without a word. */
  private deafen(): void {
    const { world, random } = this
    const [from, to] = [random.pick(world.devices), random.pick(world.devices)]
    if (from !== to) world.block(from, to)
    world.later(2000 + random.below(15_000), 'meet', () => this.meet())
  }

  private freeze(): void {
    const { world, random } = this
    const device = random.pick(world.devices)
    world.freeze(device)
    world.later(1000 + random.below(25_000), 'thaw', () => world.thaw(device))
  }

  private crash(): void {
    const { random } = this
    const device = random.pick(this.world.devices)
    device.strike = { what: 'crash', inTransactions: 1 + random.below(6), before: random.chance(0.5) }
    this.reopenSoon(device)
  }

  private reopenSoon(device: SimDevice): void {
    this.world.later(3000 + this.random.below(12_000), 'reopen', async () => {
      await this.world.open(device)
    })
  }

  /** Somebody who may do something to others, by their own view, and whom they could do it to. */
  private actors(): readonly SimDevice[] {
    return this.world
      .honestMembers()
      .filter((device) => device.running?.room.memberships.current().members.get(device.key)?.role !== 'member')
  }

  private othersOf(device: SimDevice): readonly DeviceKey[] {
    return [...(device.running?.room.memberships.current().members.keys() ?? [])].filter((key) => key !== device.key)
  }

  private async remove(): Promise<void> {
    const actors = this.actors()
    if (actors.length === 0) return
    const by = this.random.pick(actors)
    const others = this.othersOf(by)
    if (others.length > 1) await this.act(by, { kind: 'operate', op: { kind: 'remove', device: this.random.pick(others) } })
  }

  private async newcomer(most = this.options.members + 3): Promise<void> {
    const { world, random } = this
    if (world.devices.length >= most) return
    const actors = this.actors()
    if (actors.length === 0) return
    const device = await world.addDevice(`user${world.devices.length}` as UserId)
    await world.open(device)
    // Two may admit the same device at the same time, even apart.
    for (const by of random.chance(0.3) ? [random.pick(actors), random.pick(actors)] : [random.pick(actors)]) {
      await this.bringIn(by, device, random.pick(['member', 'admin']))
    }
  }

  private async changeRole(): Promise<void> {
    const actors = this.actors()
    if (actors.length === 0) return
    const by = this.random.pick(actors)
    const others = this.othersOf(by)
    if (others.length === 0) return
    const op = { kind: 'role', device: this.random.pick(others), role: this.random.pick(['member', 'admin', 'owner'] as const) } as const
    await this.act(by, { kind: 'operate', op })
  }

  private async leave(): Promise<void> {
    const device = this.random.pick(this.world.devices)
    if (this.world.honestMembers().length > 2) await this.act(device, { kind: 'operate', op: { kind: 'leave' } })
  }

  private async evict(): Promise<void> {
    const members = this.world.honestMembers()
    if (members.length > 2) await this.world.evict(this.random.pick(members))
  }

  /** Two who may, apart, remove each other; each half goes on. */
  private async feud(): Promise<void> {
    const { world, random } = this
    const actors = this.actors()
    const [a, b] = [actors[0], actors.at(-1)]
    if (a === undefined || b === undefined || a === b) return
    const left = world.devices.filter((device) => device === a || (device !== b && random.chance(0.5)))
    for (const one of left) for (const other of world.devices) if (!left.includes(other)) world.part(one, other)
    world.later(5000 + random.below(20_000), 'meet', () => this.meet())
    await this.act(a, { kind: 'operate', op: { kind: 'remove', device: b.key } })
    await this.act(b, { kind: 'operate', op: { kind: 'remove', device: a.key } })
  }

  /** Somebody who may sleeps through the storm, and the first thing it does is to remove somebody, from its old view. */
  private sleeper(): void {
    const { world, random } = this
    const actors = this.actors()
    if (actors.length === 0) return
    const device = random.pick(actors)
    const others = this.othersOf(device)
    world.freeze(device)
    world.later(STORM_MS * (0.5 + 0.5 * random.next()), 'wake', () => {
      const op: RoomOp[] = others.length > 1 ? [{ kind: 'remove', device: random.pick(others) }] : []
      world.thaw(
        device,
        op.map((one) => ({ kind: 'operate', op: one })),
      )
    })
  }

  async heal(): Promise<void> {
    const { world } = this
    world.weather = { loss: 0, duplicate: 0, delayMs: [10, 100] }
    world.healedAtMs = world.nowMs
    for (const device of world.devices) {
      device.strike = null
      device.fenced = null
      device.vanishes = null
      device.mute = new Set()
      device.clock.skewMs = 0
      world.thaw(device)
      await world.open(device)
    }
    world.unblockAll()
    for (const a of world.devices) for (const b of world.devices) if (a.index < b.index) world.disconnect(a, b)
    this.meet()
    // Devices that are gone for ever are removed by somebody, as the product proposes.
    world.later(5000, 'clean up', () => this.removeTheGone())
    world.later(12_000, 'clean up', () => this.removeTheGone())
  }

  private async removeTheGone(): Promise<void> {
    for (const gone of this.world.devices) {
      if (!gone.evicted && gone.restored === null) continue
      const by = this.actors().find((device) => device.running?.room.memberships.current().members.has(gone.key))
      if (by !== undefined) await this.act(by, { kind: 'operate', op: { kind: 'remove', device: gone.key } })
    }
  }
}
