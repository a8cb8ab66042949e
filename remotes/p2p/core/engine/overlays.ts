/**
 * The overlays of all rooms of this page, and the one pool of links that they share. It follows the engine's state and
 * acts through ports; nothing of it is stored: a new page begins anew, and sync makes up for what it missed.
 *
 * A room that is a full mesh is left to the room itself, which sends what is new to all that are linked. In a larger one
 * (`Room.neighbours`) what is new spreads from here.
 */
import type { DeviceKey, EntryId, RoomTag, SessionId } from '#contracts/ids.ts'
import type { OverlayMessage } from '../overlay/messages.ts'
import { OVERLAY, POOL } from '../overlay/parameters.ts'
import { admits, chooseLinks, type Pool, type PoolInput, type RoomWishes } from '../overlay/pool.ts'
import { isMesh, newOverlay, type Overlay, type OverlayEvent, type OverlayTimer, wishesOf } from '../overlay/state.ts'
import { step } from '../overlay/step.ts'
import { roomPeersOf } from './links-of.ts'
import { type Group, isServed, type Session, type State } from './state.ts'
import type { News } from './step.ts'

/** A device that could not be reached is not tried again for so long where others wait for its place. */
const RESTS_MS = 30_000
/** Without a link for so long, a room takes its turn before others. */
const STARVES_MS = 60_000
/** How often rooms that wish more links than there are take turns. */
const TURN_MS = 10_000
/** A link that no room wishes any more is kept for so long while places are free: whoever looks for a neighbour finds it linked. */
const SPARE_MS = 60_000
/** Wishes that change together are weighed once. */
const SOON_MS = 5
/** Control messages of one link kept until its rooms are known here too: the other end may be a step ahead. */
const EARLY_MESSAGES = 32

export interface OverlayPorts {
  /** A phone holds fewer links. */
  readonly phone: boolean
  nowMs(): number
  /** 0 up to 1. */
  random(): number
  stateNow(): State
  send(session: SessionId, room: RoomTag, message: OverlayMessage): void
  /** Whole entries of the room, as they are held. */
  push(session: SessionId, room: RoomTag, slot: number, entries: readonly EntryId[]): void
  /** The two compare what they have. */
  compare(slot: number, peer: DeviceKey): void
  timer(name: string, delayMs: number, fire: () => void): void
  /** Other links are to be held or tried than before. */
  chosen(): void
}

interface Seat {
  overlay: Overlay
  group: Group
  /** As the overlay was told last: which members, and by which session each linked device is spoken with. */
  membersVersion: number
  linked: ReadonlyMap<DeviceKey, SessionId>
  /** When one of the wished links stood last. */
  linkedMs: number
}

export class Overlays {
  private readonly ports: OverlayPorts
  private readonly seats = new Map<number, Seat>()
  private readonly early = new Map<SessionId, { readonly tag: RoomTag; readonly message: OverlayMessage }[]>()
  private readonly failedUntil = new Map<DeviceKey, number>()
  private peers: ReadonlySet<DeviceKey> = new Set()
  /** Links that no room wishes, and since when. */
  private unwished = new Map<DeviceKey, number>()
  private weighing = false
  private turning = false

  constructor(ports: OverlayPorts) {
    this.ports = ports
  }

  /** Links to hold and to try, over all rooms, as they were chosen last. */
  get links(): ReadonlySet<DeviceKey> {
    return this.peers
  }

  /** Whether a link that stands is to be left alone. */
  holds(device: DeviceKey): boolean {
    return this.peers.has(device) || this.unwished.has(device)
  }

  /** The engine's state is another: members and links are told to the overlays, and the links are chosen anew. */
  follow(state: State): void {
    for (const slot of this.seats.keys()) if (!state.groups.has(slot)) this.seats.delete(slot)
    for (const group of state.groups.values()) if (!group.host.isDirect) this.seat(group, state)
    this.hearEarly(state)
    this.choose(state)
  }

  private seat(group: Group, state: State): void {
    const { slot, host } = group
    const { memberships } = host.room
    let seat = this.seats.get(slot)
    if (seat === undefined) {
      const most = this.ports.phone ? OVERLAY.active.phone : OVERLAY.active.desktop
      seat = { overlay: newOverlay(host.me, most), group, membersVersion: -1, linked: new Map(), linkedMs: this.ports.nowMs() }
      this.seats.set(slot, seat)
    }
    const renewed = seat.group.host !== host
    seat.group = group
    if (renewed || seat.membersVersion !== memberships.version) {
      seat.membersVersion = memberships.version
      this.step(slot, { kind: 'members', members: new Set(memberships.current().members.keys()) })
    }
    const linked = new Map<DeviceKey, SessionId>()
    for (const { id, peer, groups } of state.sessions.values()) if (groups.has(slot)) linked.set(peer.device, id)
    const before = seat.linked
    seat.linked = linked
    // Another link with the same device is a new one: its other end has lost the old, and with it all that was agreed on.
    for (const [peer, id] of before) if (linked.get(peer) !== id) this.step(slot, { kind: 'unlinked', peer })
    for (const [peer, id] of linked) if (before.get(peer) !== id) this.step(slot, { kind: 'linked', peer })
    this.tellRoom(seat)
  }

  // --- what comes in

  /** A control message on a link, for the room that `tag` names there. */
  hear(session: SessionId, tag: RoomTag, message: OverlayMessage): void {
    const known = this.ports.stateNow().sessions.get(session)
    const slot = known === undefined ? undefined : slotOf(known, tag)
    if (known !== undefined && slot !== undefined) this.step(slot, { kind: 'control', from: known.peer.device, message })
    else {
      const waiting = this.early.get(session) ?? []
      if (waiting.length < EARLY_MESSAGES) this.early.set(session, [...waiting, { tag, message }])
    }
  }

  private hearEarly(state: State): void {
    for (const [id, waiting] of this.early) {
      const session = state.sessions.get(id)
      if (session === undefined) continue
      const ready = waiting.filter(({ tag }) => slotOf(session, tag) !== undefined)
      if (ready.length === 0) continue
      const left = waiting.filter((one) => !ready.includes(one))
      if (left.length > 0) this.early.set(id, left)
      else this.early.delete(id)
      for (const { tag, message } of ready) this.hear(id, tag, message)
    }
  }

  closed(session: SessionId): void {
    this.early.delete(session)
  }

  /** What a room's step has stored. In a full mesh the room has told it to everybody itself. */
  spread(slot: number, { own, from, pushed, fresh, known }: News): void {
    const seat = this.seats.get(slot)
    if (seat === undefined || seat.group.host.room.neighbours === null) return
    const events: OverlayEvent[] = own.map((entry) => ({ kind: 'own', entry }))
    if (from !== null) {
      for (const entry of fresh) events.push({ kind: pushed ? 'pushed' : 'synced', entry, from })
      if (pushed) for (const entry of known) events.push({ kind: 'duplicate', entry, from })
    }
    this.steps(slot, events)
  }

  /** A call that came to nothing. */
  unreachable(peer: DeviceKey): void {
    this.failedUntil.set(peer, this.ports.nowMs() + RESTS_MS)
    for (const slot of this.seats.keys()) this.step(slot, { kind: 'unreachable', peer })
    this.chooseSoon()
  }

  // --- one overlay

  private step(slot: number, event: OverlayEvent): void {
    this.steps(slot, [event])
  }

  private steps(slot: number, events: readonly OverlayEvent[]): void {
    const seat = this.seats.get(slot)
    if (seat === undefined) return
    const { log } = seat.group.host.room
    const env = { random: this.ports.random, holds: (entry: EntryId) => log.get(entry) !== undefined }
    const pushes = new Map<DeviceKey, EntryId[]>()
    for (const event of events) {
      const { state, effects } = step(seat.overlay, event, env)
      seat.overlay = state
      for (const effect of effects) {
        if (effect.kind === 'push') pushes.set(effect.to, [...(pushes.get(effect.to) ?? []), effect.entry])
        else if (effect.kind === 'send') this.over(slot, effect.to, (id, tag) => this.ports.send(id, tag, effect.message))
        else if (effect.kind === 'timer') this.arm(slot, effect.name, effect.delayMs)
        else if (effect.kind !== 'sync') this.chooseSoon()
        // In a mesh the room compares on every new link by itself.
        else if (!isMesh(state)) this.ports.compare(slot, effect.with)
      }
    }
    for (const [to, entries] of pushes) this.over(slot, to, (id, tag) => this.ports.push(id, tag, slot, entries))
    this.tellRoom(seat)
  }

  /** A neighbour is owed what is new. Without any yet, a newcomer's word goes to whoever is linked, as in a mesh. */
  private tellRoom({ overlay, group }: Seat): void {
    const { room } = group.host
    room.neighbours = isMesh(overlay) || overlay.active.size === 0 ? null : new Set(overlay.active.keys())
  }

  private over(slot: number, to: DeviceKey, act: (session: SessionId, tag: RoomTag) => void): void {
    const id = this.seats.get(slot)?.linked.get(to)
    const tag = id === undefined ? undefined : this.ports.stateNow().sessions.get(id)?.groups.get(slot)
    if (id !== undefined && tag !== undefined) act(id, tag)
  }

  private arm(slot: number, name: OverlayTimer, delayMs: number): void {
    const seat = this.seats.get(slot)
    this.ports.timer(`overlay:${slot}:${name}`, delayMs, () => {
      if (this.seats.get(slot) === seat) this.step(slot, { kind: 'timer', name })
    })
  }

  // --- the pool

  private get pool(): Pool {
    return this.ports.phone ? POOL.phone : POOL.desktop
  }

  private chooseSoon(): void {
    if (this.weighing) return
    this.weighing = true
    this.ports.timer('overlay:pool', SOON_MS, () => {
      this.weighing = false
      this.choose(this.ports.stateNow())
      this.ports.chosen()
    })
  }

  private choose(state: State): void {
    const wishes = this.wishes(state)
    const linked = linkedOf(state)
    const trying = new Set([...this.peers].filter((device) => !linked.has(device)))
    // Where all fit there is nothing to decide by chance.
    const random = this.isCrowded(wishes) ? this.ports.random : () => 0
    const { peers, allowances } = chooseLinks(this.pool, this.input(wishes, linked, trying), random)
    this.peers = peers
    this.keepSome(linked)
    for (const [i, { slot }] of wishes.entries()) {
      const seat = this.seats.get(slot)
      const links = allowances[i] ?? 1
      if (seat !== undefined && seat.overlay.allowance !== links) this.step(slot, { kind: 'allowance', links })
    }
    if ((this.unwished.size > 0 || this.isCrowded(wishes)) && !this.turning) {
      this.turning = true
      this.ports.timer('overlay:turn', TURN_MS, () => {
        this.turning = false
        this.chooseSoon()
      })
    }
  }

  /**
   * A link costs a handshake of both ends, so one that is wished no more is not closed at once. Where many come together it
   * mostly serves again; without this twenty pages made links for longer than they took to meet. They give way first.
   */
  private keepSome(linked: ReadonlySet<DeviceKey>): void {
    const nowMs = this.ports.nowMs()
    const { links, spare } = this.pool
    const kept = new Map<DeviceKey, number>()
    for (const device of linked) {
      if (this.peers.has(device)) continue
      const sinceMs = this.unwished.get(device) ?? nowMs
      if (nowMs - sinceMs < SPARE_MS && this.peers.size + kept.size < links - 2 * spare) kept.set(device, sinceMs)
    }
    this.unwished = kept
  }

  private wishes(state: State): readonly (RoomWishes & { readonly slot: number })[] {
    const linked = linkedOf(state)
    const nowMs = this.ports.nowMs()
    return [...state.groups.values()].map(({ slot, host }) => {
      const seat = this.seats.get(slot)
      const { members } = host.room.memberships.current()
      const wished = seat === undefined ? null : wishesOf(seat.overlay)
      const peers = [...(wished?.peers ?? [])]
      const guests = [...(wished?.guests ?? [])]
      for (const { device, passive } of roomPeersOf(state, host)) {
        // Of members the overlay decides; of those who are to be told that they are none, and of a chat's other one, the room.
        if (wished !== null && members.has(host.me) && members.has(device)) {
          // Who has not written a word yet is being let in: its link may be the only one it has.
          if (linked.has(device) && host.room.log.latest(device) === null) guests.push(device)
          continue
        }
        if (!passive) peers.push(device)
        else if (linked.has(device)) guests.push(device)
      }
      if (seat !== undefined && (peers.length === 0 || peers.some((device) => linked.has(device)))) seat.linkedMs = nowMs
      const starving = seat !== undefined && nowMs - seat.linkedMs > STARVES_MS
      return { slot, peers, guests, open: state.open?.room === slot, starving, direct: host.isDirect }
    })
  }

  /** While all wishes fit, the links' own patience decides when who is called again: nobody rests. */
  private input(rooms: readonly RoomWishes[], linked: ReadonlySet<DeviceKey>, trying: ReadonlySet<DeviceKey>): PoolInput {
    const failed = new Set<DeviceKey>()
    if (!this.isCrowded(rooms)) return { rooms, linked, trying, failed }
    const nowMs = this.ports.nowMs()
    for (const [device, untilMs] of this.failedUntil) {
      if (untilMs > nowMs) failed.add(device)
      else this.failedUntil.delete(device)
    }
    return { rooms, linked, trying: new Set([...trying].filter((device) => !failed.has(device))), failed }
  }

  private isCrowded(rooms: readonly RoomWishes[]): boolean {
    return new Set(rooms.flatMap(({ peers }) => peers)).size > this.pool.links - this.pool.spare
  }

  /** Whether a call of this device is answered, while with `busy` there are links or calls already. */
  admits(device: DeviceKey, busy: ReadonlySet<DeviceKey>): boolean {
    const state = this.ports.stateNow()
    const linked = linkedOf(state)
    const trying = new Set([...busy].filter((one) => !linked.has(one)))
    return admits(this.pool, { rooms: this.wishes(state), linked, trying, failed: new Set() }, device, () => 0)
  }
}

const slotOf = ({ groups }: Session, tag: RoomTag): number | undefined => [...groups].find(([, known]) => known === tag)?.[0]

const linkedOf = ({ sessions }: State): ReadonlySet<DeviceKey> =>
  new Set([...sessions.values()].filter(isServed).map(({ peer }) => peer.device))
