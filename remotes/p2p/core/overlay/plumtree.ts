/**
 * How an entry spreads among neighbours (Plumtree): whole to eager ones, told of to lazy ones. Duplicates prune the
 * eager links to a tree; what was announced and did not come is grafted from who announced it. Every bound that is
 * reached ends in sync, never in a loss.
 *
 * In a full mesh everybody hears the author itself, so nobody passes on more than the announcement.
 */
import type { DeviceKey, EntryId } from '#contracts/ids.ts'
import { without, withEntry } from './collections.ts'
import { OVERLAY } from './parameters.ts'
import { type Awaited, isHeard, isMesh, type Neighbour, type Overlay, type OverlayEffect, type OverlayEnv } from './state.ts'

export const newNeighbour = (eager: boolean, few: boolean): Neighbour => ({ eager, few, queued: [], overflowed: false, graftable: [] })

const change = (o: Overlay, peer: DeviceKey, by: (neighbour: Neighbour) => Neighbour): Overlay => {
  const neighbour = o.active.get(peer)
  if (neighbour === undefined) return o
  const next = by(neighbour)
  return next === neighbour ? o : { ...o, active: withEntry(o.active, peer, next) }
}

const setEager = (o: Overlay, peer: DeviceKey, eager: boolean): Overlay =>
  change(o, peer, (neighbour) => (neighbour.eager === eager ? neighbour : { ...neighbour, eager }))

const queue = (neighbour: Neighbour, entry: EntryId): Neighbour =>
  neighbour.queued.length < OVERLAY.idsAMessage
    ? { ...neighbour, queued: [...neighbour.queued, entry] }
    : { ...neighbour, overflowed: true }

/** It has the entry: it need not be told of it. */
const unqueue = (neighbour: Neighbour, entries: readonly EntryId[]): Neighbour =>
  neighbour.queued.some((queued) => entries.includes(queued))
    ? { ...neighbour, queued: neighbour.queued.filter((queued) => !entries.includes(queued)) }
    : neighbour

/** Each neighbour but `from` is pushed the entry or told of it. */
function spread(
  o: Overlay,
  entry: EntryId,
  from: DeviceKey | null,
  pushes: (neighbour: Neighbour) => boolean,
  out: OverlayEffect[],
): Overlay {
  const active = new Map(o.active)
  for (const [peer, neighbour] of o.active) {
    if (peer === from) continue
    if (pushes(neighbour)) out.push({ kind: 'push', to: peer, entry })
    else active.set(peer, queue(neighbour, entry))
  }
  return { ...o, active, awaited: without(o.awaited, entry) }
}

export function onOwn(o: Overlay, entry: EntryId, out: OverlayEffect[]): Overlay {
  const all = isMesh(o)
  return spread(o, entry, null, (neighbour) => all || neighbour.eager, out)
}

export function onPushed(before: Overlay, entry: EntryId, from: DeviceKey, out: OverlayEffect[]): Overlay {
  const o = isMesh(before) ? before : setEager(before, from, true)
  return spread(o, entry, from, (neighbour) => neighbour.eager, out)
}

/** Sync brings what the neighbours mostly have: they are only told. */
export function onSynced(o: Overlay, entry: EntryId, from: DeviceKey, out: OverlayEffect[]): Overlay {
  const overtook = [...o.overtook, entry].slice(-OVERLAY.overtook)
  return spread({ ...o, overtook }, entry, from, () => false, out)
}

export function onDuplicate(o: Overlay, entry: EntryId, from: DeviceKey, out: OverlayEffect[]): Overlay {
  if (o.overtook.includes(entry)) return onOvertaken(o, entry, from, out)
  if (!o.active.has(from)) {
    if (isHeard(o, from)) out.push({ kind: 'send', to: from, message: { kind: 'disconnect' } })
    return o
  }
  // always, even if it is lazy already: a PRUNE and an entry may have crossed and left the other end eager
  out.push({ kind: 'send', to: from, message: { kind: 'prune' } })
  return change(o, from, (neighbour) => ({ ...unqueue(neighbour, [entry]), eager: false }))
}

/** Sync was faster than the push: that is no reason to cut the tree, and those behind us still wait for the push. */
function onOvertaken(before: Overlay, entry: EntryId, from: DeviceKey, out: OverlayEffect[]): Overlay {
  const o = isMesh(before) ? before : setEager(before, from, true)
  for (const [peer, { eager }] of o.active) if (eager && peer !== from) out.push({ kind: 'push', to: peer, entry })
  return { ...o, overtook: o.overtook.filter((known) => known !== entry) }
}

export const onPrune = (o: Overlay, from: DeviceKey): Overlay => setEager(o, from, false)

export function onIhave(before: Overlay, entries: readonly EntryId[], from: DeviceKey, env: OverlayEnv, out: OverlayEffect[]): Overlay {
  const o = change(before, from, (neighbour) => unqueue(neighbour, entries))
  const lacking = [...new Set(entries)].filter((entry) => !env.holds(entry))
  if (lacking.length === 0) return o
  const awaited = new Map(o.awaited)
  let claimed = [...awaited.values()].filter(({ sources }) => sources.includes(from)).length
  for (const entry of lacking) {
    const known = awaited.get(entry) ?? { sources: [], steps: 0 }
    if (known.sources.includes(from)) continue
    if (claimed >= OVERLAY.awaitedAPeer) {
      out.push({ kind: 'sync', with: from })
      break
    }
    claimed++
    awaited.set(entry, { ...known, sources: [...known.sources, from] })
  }
  return { ...o, awaited }
}

/** Only what it was told of, and each once: else a few bytes would buy any number of large entries. */
export function onGraft(o: Overlay, entries: readonly EntryId[], from: DeviceKey, env: OverlayEnv, out: OverlayEffect[]): Overlay {
  return change(o, from, (neighbour) => {
    const served = new Set(entries.filter((entry) => neighbour.graftable.includes(entry) && env.holds(entry)))
    for (const entry of served) out.push({ kind: 'push', to: from, entry })
    return { ...neighbour, eager: true, graftable: neighbour.graftable.filter((entry) => !served.has(entry)) }
  })
}

/** Somebody is to be told of something. */
export function hasQueued(o: Overlay): boolean {
  for (const { queued } of o.active.values()) if (queued.length > 0) return true
  return false
}

/** Tells lazy neighbours what has gathered for them. */
export function announce(o: Overlay, out: OverlayEffect[]): Overlay {
  const active = new Map(o.active)
  for (const [peer, neighbour] of o.active) {
    const { queued, overflowed } = neighbour
    if (overflowed) out.push({ kind: 'sync', with: peer })
    else if (queued.length > 0) out.push({ kind: 'send', to: peer, message: { kind: 'ihave', entries: queued } })
    else continue
    const graftable = overflowed ? neighbour.graftable : [...neighbour.graftable, ...queued].slice(-OVERLAY.graftable)
    active.set(peer, { ...neighbour, queued: [], overflowed: false, graftable })
  }
  return { ...o, active }
}

/** One step for all that is awaited: who announced it first is asked first. When all were asked, sync is left. */
export function graftDue(before: Overlay, env: OverlayEnv, out: OverlayEffect[]): Overlay {
  const awaited = new Map<EntryId, Awaited>()
  const grafts = new Map<DeviceKey, EntryId[]>()
  for (const [entry, { sources, steps }] of before.awaited) {
    if (env.holds(entry)) continue
    if (steps < OVERLAY.graftSteps) {
      awaited.set(entry, { sources, steps: steps + 1 })
      continue
    }
    const [source, ...rest] = sources.filter((peer) => before.active.has(peer))
    if (source === undefined) continue
    grafts.set(source, [...(grafts.get(source) ?? []), entry])
    awaited.set(entry, { sources: rest, steps: 0 })
  }
  let o: Overlay = { ...before, awaited }
  for (const [source, entries] of grafts) {
    o = setEager(o, source, true)
    for (let i = 0; i < entries.length; i += OVERLAY.idsAMessage) {
      out.push({ kind: 'send', to: source, message: { kind: 'graft', entries: entries.slice(i, i + OVERLAY.idsAMessage) } })
    }
  }
  return o
}
