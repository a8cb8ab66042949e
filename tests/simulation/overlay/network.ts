/**
 * Devices, their rooms and the links between them, in virtual time and with chance from a seed. It plays what stands
 * around the overlay: links that take time to be made and may be refused, a pool of links, sync, crashes that show late.
 * Channels keep their order; `loss` drops single messages all the same, which real ones do not.
 */
import type { DeviceKey, EntryId } from '#contracts/ids.ts'
import { OVERLAY, POOL } from '../../../remotes/p2p/core/overlay/parameters.ts'
import { admits, chooseLinks, type Pool, type PoolInput, type RoomWishes } from '../../../remotes/p2p/core/overlay/pool.ts'
import type { OverlayMessage } from '../../../remotes/p2p/core/overlay/messages.ts'
import {
  newOverlay,
  type Overlay,
  type OverlayEffect,
  type OverlayEnv,
  type OverlayEvent,
  wishesOf,
} from '../../../remotes/p2p/core/overlay/state.ts'
import { step } from '../../../remotes/p2p/core/overlay/step.ts'
import { Prng } from '../../support/prng.ts'
import { Clock } from './clock.ts'

export type Kind = 'phone' | 'other' | 'desktop'

export const TIMES = {
  /** One way, by link. */
  latencyMs: { from: 20, to: 150 },
  connectMs: 400,
  /** Until a caller knows that nobody is there. */
  absentMs: 3_000,
  /** Until the other ends of a link know that a device crashed. */
  deadMs: { from: 10_000, to: 15_000 },
  retryMs: 30_000,
  syncEveryMs: 60_000,
  /** Without a link for so long, a room is starving. */
  starvingMs: 60_000,
  manageEveryMs: 10_000,
} as const

export interface Got {
  readonly atMs: number
  readonly hops: number
  readonly by: 'itself' | 'push' | 'sync'
}

interface Link {
  readonly latencyMs: number
}

/** A device's part in a room. Thrown away with the page; `got` is its storage. */
export interface Seat {
  overlay: Overlay
  /** When it last had a link. */
  linkedMs: number
  readonly got: Map<EntryId, Got>
  readonly env: OverlayEnv
}

export interface Device {
  readonly key: DeviceKey
  readonly kind: Kind
  alive: boolean
  readonly seats: Map<number, Seat>
  readonly links: Map<DeviceKey, Link>
  readonly trying: Set<DeviceKey>
  readonly failed: Set<DeviceKey>
  managing: boolean
}

export interface Room {
  readonly members: ReadonlySet<DeviceKey>
  readonly direct: boolean
}

/** Sent by all devices, since the last reset. */
export interface Traffic {
  pushes: number
  lost: number
  /** IHAVE, GRAFT and PRUNE: what spreading costs; and all that keeps the views. */
  gossip: number
  gossipBytes: number
  views: number
  syncs: number
  linksMade: number
  linksClosed: number
  callsRefused: number
}

const noTraffic = (): Traffic => ({
  pushes: 0,
  lost: 0,
  gossip: 0,
  gossipBytes: 0,
  views: 0,
  syncs: 0,
  linksMade: 0,
  linksClosed: 0,
  callsRefused: 0,
})

/** A frame's kind and room, and 32 bytes an id; before padding. */
const bytesOf = (message: OverlayMessage): number => 17 + ('entries' in message ? 32 * message.entries.length : 0)

export interface NetworkOptions {
  readonly seed: number
  readonly kinds: readonly Kind[]
  /** Devices of each room by number. */
  readonly rooms: readonly (readonly number[])[]
  readonly loss?: number
  /** Each device's links are limited as in the product. Else each wish is granted. */
  readonly pooled?: boolean
}

export const keyOf = (index: number): DeviceKey => `d${index}` as DeviceKey

export class Network {
  readonly clock = new Clock()
  readonly random: Prng
  readonly devices: readonly Device[]
  readonly rooms: readonly Room[]
  /** All entries of each room. */
  readonly entries: EntryId[][]
  /** Off: nobody compares logs, so that what the overlay does alone can be seen. */
  syncing = true
  traffic = noTraffic()
  /** The most links that any device ever had, above its pool's: never more than 0. */
  mostLinks = Number.NEGATIVE_INFINITY
  private readonly byKey: ReadonlyMap<DeviceKey, Device>
  private readonly loss: number
  private readonly pooled: boolean

  constructor({ seed, kinds, rooms, loss = 0, pooled = false }: NetworkOptions) {
    this.random = new Prng(seed)
    this.loss = loss
    this.pooled = pooled
    this.devices = kinds.map((kind, index) => ({
      key: keyOf(index),
      kind,
      alive: false,
      seats: new Map(),
      links: new Map(),
      trying: new Set(),
      failed: new Set(),
      managing: false,
    }))
    this.byKey = new Map(this.devices.map((device) => [device.key, device]))
    this.rooms = rooms.map((members) => ({ members: new Set(members.map(keyOf)), direct: members.length === 2 }))
    this.entries = rooms.map(() => [])
  }

  device(key: DeviceKey): Device {
    const device = this.byKey.get(key)
    if (device === undefined) throw new Error(`no device ${key}`)
    return device
  }

  get living(): readonly Device[] {
    return this.devices.filter(({ alive }) => alive)
  }

  resetTraffic(): Traffic {
    const before = this.traffic
    this.traffic = noTraffic()
    return before
  }

  // --- what happens to devices

  /** Opens the page: an overlay that knows nothing, over what was stored. */
  start(device: Device): void {
    device.alive = true
    for (const [number, room] of this.rooms.entries()) {
      if (!room.members.has(device.key)) continue
      const got = device.seats.get(number)?.got ?? new Map<EntryId, Got>()
      const seat: Seat = {
        overlay: newOverlay(device.key, OVERLAY.active[device.kind]),
        linkedMs: this.clock.nowMs,
        got,
        env: { random: () => this.random.next(), holds: (entry) => got.has(entry) },
      }
      device.seats.set(number, seat)
      this.step(device, number, { kind: 'members', members: room.members })
      this.syncLater(device, number, seat)
    }
    if (this.pooled) this.manageLater(device, device.seats.values().next().value)
  }

  private manageLater(device: Device, first: Seat | undefined): void {
    this.clock.after(TIMES.manageEveryMs, () => {
      // not after a crash, nor twice after a return
      if (!device.alive || device.seats.values().next().value !== first) return
      this.manage(device)
      this.manageLater(device, first)
    })
  }

  /** All at once, within `overMs`. */
  startAll(overMs: number): void {
    for (const device of this.devices) this.clock.after(this.random.next() * overMs, () => this.start(device))
  }

  /** Gone without a word. */
  crash(device: Device): void {
    device.alive = false
    device.trying.clear()
    device.failed.clear()
    for (const [key, link] of device.links) {
      const { from, to } = TIMES.deadMs
      const peer = this.device(key)
      this.clock.after(from + this.random.next() * (to - from), () => this.unlinked(peer, device.key, link))
    }
    device.links.clear()
  }

  /** Writes an entry into a room. */
  say(device: Device, room: number): EntryId {
    const entry = `r${room}e${this.entries[room]?.length}` as EntryId
    this.entries[room]?.push(entry)
    this.seat(device, room).got.set(entry, { atMs: this.clock.nowMs, hops: 0, by: 'itself' })
    this.step(device, room, { kind: 'own', entry })
    return entry
  }

  seat(device: Device, room: number): Seat {
    const seat = device.seats.get(room)
    if (seat === undefined) throw new Error(`${device.key} is not in room ${room}`)
    return seat
  }

  // --- the loop of one device

  step(device: Device, room: number, event: OverlayEvent): void {
    const seat = this.seat(device, room)
    const { state, effects } = step(seat.overlay, event, seat.env)
    seat.overlay = state
    for (const effect of effects) this.run(device, room, seat, effect)
  }

  private run(device: Device, room: number, seat: Seat, effect: OverlayEffect): void {
    switch (effect.kind) {
      case 'link':
      case 'unlink':
        this.manageSoon(device)
        return
      case 'timer':
        this.clock.after(effect.delayMs, () => {
          if (device.alive && device.seats.get(room) === seat) this.step(device, room, { kind: 'timer', name: effect.name })
        })
        return
      case 'send':
        this.send(device, effect.to, room, effect.message)
        return
      case 'push':
        this.push(device, effect.to, room, effect.entry, (seat.got.get(effect.entry)?.hops ?? 0) + 1)
        return
      case 'sync':
        this.sync(device, effect.with, room)
    }
  }

  // --- links

  private wishes(device: Device): readonly RoomWishes[] {
    return [...device.seats].map(([number, seat]) => {
      const wishes = wishesOf(seat.overlay)
      if (wishes.peers.some((peer) => device.links.has(peer))) seat.linkedMs = this.clock.nowMs
      const starving = this.clock.nowMs - seat.linkedMs > TIMES.starvingMs
      return { ...wishes, starving, open: false, direct: this.rooms[number]?.direct ?? false }
    })
  }

  private input(device: Device): PoolInput {
    return { rooms: this.wishes(device), linked: new Set(device.links.keys()), trying: device.trying, failed: device.failed }
  }

  poolOf(device: Device): Pool {
    if (!this.pooled) return { links: Number.POSITIVE_INFINITY, spare: 0 }
    return device.kind === 'phone' ? POOL.phone : POOL.desktop
  }

  /** Once for all that changes in one go. */
  private manageSoon(device: Device): void {
    if (device.managing) return
    device.managing = true
    this.clock.after(5, () => {
      device.managing = false
      if (device.alive) this.manage(device)
    })
  }

  private manage(device: Device): void {
    const input = this.input(device)
    const { peers, allowances } = chooseLinks(this.poolOf(device), input, () => this.random.next())
    for (const [index, number] of [...device.seats.keys()].entries()) {
      const links = allowances[index] ?? 1
      if (this.seat(device, number).overlay.allowance !== links) this.step(device, number, { kind: 'allowance', links })
    }
    for (const peer of [...device.links.keys()]) if (!peers.has(peer)) this.close(device, peer)
    for (const peer of device.trying) if (!peers.has(peer)) device.trying.delete(peer)
    for (const peer of peers) if (!device.links.has(peer) && !device.trying.has(peer)) this.call(device, peer)
  }

  private call(device: Device, key: DeviceKey): void {
    device.trying.add(key)
    const peer = this.device(key)
    this.clock.after(peer.alive ? TIMES.connectMs : TIMES.absentMs, () => {
      if (!device.alive || !device.trying.delete(key) || device.links.has(key)) return
      const answered =
        peer.alive && !peer.links.has(device.key) && admits(this.poolOf(peer), this.input(peer), device.key, () => this.random.next())
      if (answered) this.connect(device, peer)
      else this.unreachable(device, key)
    })
  }

  private connect(a: Device, b: Device): void {
    const { from, to } = TIMES.latencyMs
    const link = { latencyMs: from + Math.floor(this.random.next() * (to - from)) }
    this.traffic.linksMade++
    for (const [device, peer] of [[a, b] as const, [b, a] as const]) {
      device.links.set(peer.key, link)
      device.trying.delete(peer.key)
      device.failed.delete(peer.key)
      this.mostLinks = Math.max(this.mostLinks, device.links.size - this.poolOf(device).links)
    }
    for (const [device, peer] of [[a, b] as const, [b, a] as const]) {
      for (const room of device.seats.keys()) {
        this.step(device, room, { kind: 'linked', peer: peer.key })
        if (device === a && this.rooms[room]?.members.has(peer.key)) this.sync(a, peer.key, room)
      }
      this.manageSoon(device)
    }
  }

  private unreachable(device: Device, key: DeviceKey): void {
    this.traffic.callsRefused++
    device.failed.add(key)
    this.clock.after(TIMES.retryMs, () => {
      if (device.failed.delete(key) && device.alive) this.manageSoon(device)
    })
    for (const room of device.seats.keys()) this.step(device, room, { kind: 'unreachable', peer: key })
    this.manageSoon(device)
  }

  private close(device: Device, key: DeviceKey): void {
    const link = device.links.get(key)
    if (link === undefined) return
    this.traffic.linksClosed++
    const peer = this.device(key)
    this.clock.after(link.latencyMs, () => this.unlinked(peer, device.key, link))
    this.unlinked(device, key, link)
  }

  private unlinked(device: Device, key: DeviceKey, link: Link): void {
    if (!device.alive || device.links.get(key) !== link) return
    device.links.delete(key)
    for (const room of device.seats.keys()) this.step(device, room, { kind: 'unlinked', peer: key })
    this.manageSoon(device)
  }

  // --- messages

  /** Runs `arrive` at the other end, if the link still stands there by then. */
  private over(from: Device, to: DeviceKey, arrive: (peer: Device) => void): void {
    const link = from.links.get(to)
    if (link === undefined) return
    if (this.loss > 0 && this.random.chance(this.loss)) {
      this.traffic.lost++
      return
    }
    const peer = this.device(to)
    this.clock.after(link.latencyMs, () => {
      if (peer.alive && peer.links.get(from.key) === link) arrive(peer)
    })
  }

  private send(device: Device, to: DeviceKey, room: number, message: OverlayMessage): void {
    if (message.kind === 'ihave' || message.kind === 'graft' || message.kind === 'prune') {
      this.traffic.gossip++
      this.traffic.gossipBytes += bytesOf(message)
    } else this.traffic.views++
    this.over(device, to, (peer) => this.step(peer, room, { kind: 'control', from: device.key, message }))
  }

  private push(device: Device, to: DeviceKey, room: number, entry: EntryId, hops: number): void {
    this.traffic.pushes++
    this.over(device, to, (peer) => this.receive(peer, room, entry, device.key, hops, 'push'))
  }

  private receive(device: Device, room: number, entry: EntryId, from: DeviceKey, hops: number, by: 'push' | 'sync'): void {
    const { got } = this.seat(device, room)
    if (!got.has(entry)) {
      got.set(entry, { atMs: this.clock.nowMs, hops, by })
      this.step(device, room, { kind: by === 'push' ? 'pushed' : 'synced', entry, from })
    } else if (by === 'push') this.step(device, room, { kind: 'duplicate', entry, from })
  }

  // --- sync, as the rest of the engine does it: after a digest and an answer, both get what they lack

  private sync(device: Device, key: DeviceKey, room: number): void {
    if (!this.syncing) return
    this.traffic.syncs++
    this.over(device, key, (peer) => {
      this.over(peer, device.key, () => {
        this.give(device, peer, room)
        this.give(peer, device, room)
      })
    })
  }

  private give(from: Device, to: Device, room: number): void {
    const [have, lacks] = [this.seat(from, room).got, this.seat(to, room).got]
    const missing = (this.entries[room] ?? []).filter((entry) => have.has(entry) && !lacks.has(entry))
    if (missing.length === 0) return
    this.over(from, to.key, () => {
      for (const entry of missing) this.receive(to, room, entry, from.key, (have.get(entry)?.hops ?? 0) + 1, 'sync')
    })
  }

  private syncLater(device: Device, room: number, seat: Seat): void {
    this.clock.after(TIMES.syncEveryMs * (0.9 + this.random.next() * 0.2), () => {
      if (!device.alive || device.seats.get(room) !== seat) return
      for (const peer of device.links.keys()) if (this.rooms[room]?.members.has(peer)) this.sync(device, peer, room)
      this.syncLater(device, room, seat)
    })
  }
}
