/** The two views of HyParView: neighbours (active), and members to turn to when one fails (passive). */
import type { DeviceKey } from '#contracts/ids.ts'
import { keep, minus, pick, plus, without, withEntry } from './collections.ts'
import { OVERLAY } from './parameters.ts'
import { newNeighbour } from './plumtree.ts'
import { isMesh, mostNow, type Overlay, type OverlayEffect, type OverlayEnv } from './state.ts'

/**
 * Notes members for later; others are nobody. When the view is full, those in `first` make room before the rest
 * (what the other end of a shuffle was just told), then anybody.
 */
export function note(o: Overlay, devices: readonly DeviceKey[], env: OverlayEnv, first: readonly DeviceKey[] = []): Overlay {
  const passive = [...o.passive]
  const going = first.filter((device) => passive.includes(device))
  for (const device of devices) {
    if (device === o.me || !o.members.has(device) || o.active.has(device) || passive.includes(device)) continue
    if (passive.length >= OVERLAY.passive) {
      const goes = going.pop()
      passive.splice(goes === undefined ? Math.floor(env.random() * passive.length) : passive.indexOf(goes), 1)
    }
    passive.push(device)
  }
  return { ...o, passive }
}

export const forget = (o: Overlay, peer: DeviceKey): Overlay =>
  o.passive.includes(peer) ? { ...o, passive: o.passive.filter((device) => device !== peer) } : o

/** `peer` is a neighbour from now on. What one has and the other lacks shows in a sync. */
export function befriend(before: Overlay, peer: DeviceKey, few: boolean, out: OverlayEffect[]): Overlay {
  if (before.active.has(peer)) return before
  const known = forget(before, peer)
  out.push({ kind: 'sync', with: peer })
  const o = {
    ...known,
    joined: true,
    active: withEntry(known.active, peer, newNeighbour(!isMesh(known), few)),
    asked: without(known.asked, peer),
    guests: without(known.guests, peer),
  }
  // the others are not needed any more
  return o.active.size < mostNow(o) ? o : { ...o, asked: keep(o.asked, (device) => o.asked.get(device)?.instead === true) }
}

/**
 * Ends the friendship with one of the younger half. Never with the older half at others' wish: who has honest
 * neighbours can't be talked out of all of them.
 */
export function dropOne(o: Overlay, env: OverlayEnv, out: OverlayEffect[]): Overlay {
  const peers = [...o.active.keys()]
  const peer = pick(peers.slice(Math.floor(peers.length / 2)), env.random)
  if (peer === null) return o
  out.push({ kind: 'send', to: peer, message: { kind: 'disconnect' } })
  return note({ ...o, active: without(o.active, peer) }, [peer], env)
}

/** So that one more neighbour fits. */
export function makeRoom(before: Overlay, env: OverlayEnv, out: OverlayEffect[]): Overlay {
  let o = before
  while (o.active.size >= mostNow(o)) o = dropOne(o, env, out)
  return o
}

/** Its link is gone, or it is no member any more. */
export const lose = (o: Overlay, peer: DeviceKey): Overlay => ({
  ...o,
  active: without(o.active, peer),
  asked: without(o.asked, peer),
  guests: without(o.guests, peer),
})

/** Not again in this period. */
export const avoid = (o: Overlay, peer: DeviceKey): Overlay => ({ ...o, tried: plus(o.tried, peer) })

export const onUnlinked = (o: Overlay, peer: DeviceKey): Overlay => lose({ ...o, linked: minus(o.linked, peer) }, peer)

/** The room became a full mesh, or ceased to be one. */
export function changeMode(o: Overlay): Overlay {
  const active = new Map([...o.active].map(([peer, neighbour]) => [peer, { ...neighbour, eager: !isMesh(o) }]))
  return { ...o, active, declined: new Set(), ...(isMesh(o) ? { asked: new Map(), guests: new Map() } : {}) }
}

/** The room's members changed: whoever is none any more is gone from every view at once. */
export function onMembers(before: Overlay, members: ReadonlySet<DeviceKey>): Overlay {
  const stays = (device: DeviceKey): boolean => members.has(device) && device !== before.me && members.has(before.me)
  return {
    ...before,
    members,
    active: keep(before.active, stays),
    asked: keep(before.asked, stays),
    guests: keep(before.guests, stays),
    passive: before.passive.filter(stays),
  }
}
