/** One overlay by itself: events in, effects out, chance from a seed. */
import type { DeviceKey, EntryId } from '#contracts/ids.ts'
import type { OverlayMessage } from '../../../remotes/p2p/core/overlay/messages.ts'
import {
  newOverlay,
  type Overlay,
  type OverlayEffect,
  type OverlayEvent,
  type OverlayTimer,
  wishesOf,
} from '../../../remotes/p2p/core/overlay/state.ts'
import { step } from '../../../remotes/p2p/core/overlay/step.ts'
import { Prng } from '../../support/prng.ts'

export const device = (name: number | string): DeviceKey => `d${name}` as DeviceKey
export const entry = (name: number | string): EntryId => `e${name}` as EntryId

export class Solo {
  overlay: Overlay
  readonly holds = new Set<EntryId>()
  private readonly random: Prng

  /** Device `d0` of a room with so many members. */
  constructor(members: number, { most = 5, seed = 1 } = {}) {
    this.random = new Prng(seed)
    this.overlay = newOverlay(device(0), most)
    this.members(members)
  }

  do(event: OverlayEvent): readonly OverlayEffect[] {
    if (event.kind === 'own' || event.kind === 'pushed' || event.kind === 'synced') this.holds.add(event.entry)
    const { state, effects } = step(this.overlay, event, { random: () => this.random.next(), holds: (id) => this.holds.has(id) })
    this.overlay = state
    return effects
  }

  members(count: number): readonly OverlayEffect[] {
    return this.do({ kind: 'members', members: new Set(Array.from({ length: count }, (_, index) => device(index))) })
  }

  link(peer: DeviceKey): readonly OverlayEffect[] {
    return this.do({ kind: 'linked', peer })
  }

  hear(from: DeviceKey, message: OverlayMessage): readonly OverlayEffect[] {
    return this.do({ kind: 'control', from, message })
  }

  timer(name: OverlayTimer, times = 1): readonly OverlayEffect[] {
    return Array.from({ length: times }, () => this.do({ kind: 'timer', name })).flat()
  }

  /** These become its neighbours, in this order, by their own wish; whom it asked itself before is forgotten. */
  befriend(...peers: readonly DeviceKey[]): this {
    for (const peer of peers) {
      this.link(peer)
      this.hear(peer, { kind: 'neighbour', urgent: true, few: false })
    }
    this.overlay = { ...this.overlay, asked: new Map(), tried: new Set(), attempts: 0, armed: new Set(), spent: new Map() }
    this.timer('repair')
    return this
  }

  get active(): readonly DeviceKey[] {
    return [...this.overlay.active.keys()]
  }

  get wishes(): ReadonlySet<DeviceKey> {
    const { peers, guests } = wishesOf(this.overlay)
    return new Set([...peers, ...guests])
  }
}

/** The messages among effects, each with its receiver. */
export const sent = (effects: readonly OverlayEffect[]): readonly { readonly to: DeviceKey; readonly message: OverlayMessage }[] =>
  effects.flatMap((effect) => (effect.kind === 'send' ? [{ to: effect.to, message: effect.message }] : []))

export const sentTo = (effects: readonly OverlayEffect[], to: DeviceKey): readonly OverlayMessage[] =>
  sent(effects).flatMap((one) => (one.to === to ? [one.message] : []))

export const pushes = (effects: readonly OverlayEffect[]): readonly DeviceKey[] =>
  effects.flatMap((effect) => (effect.kind === 'push' ? [effect.to] : []))

export const syncs = (effects: readonly OverlayEffect[]): readonly DeviceKey[] =>
  effects.flatMap((effect) => (effect.kind === 'sync' ? [effect.with] : []))

export const timers = (effects: readonly OverlayEffect[]): ReadonlyMap<OverlayTimer, number> =>
  new Map(effects.flatMap((effect) => (effect.kind === 'timer' ? [[effect.name, effect.delayMs] as const] : [])))
