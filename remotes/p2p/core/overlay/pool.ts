/**
 * One pool of links over all rooms. It decides which of the wished links to hold and to try, and how many neighbours
 * each room may have. Order: open conversations, rooms that had no link for long, direct chats, then groups by how few
 * links they have: a link counts less the more its room has already. What is linked stays unless something clearly dearer
 * needs the place, and then until that is up: links do not flap. Where rooms are more than links, they take turns.
 */
import type { DeviceKey } from '#contracts/ids.ts'
import type { Wishes } from './state.ts'

export interface RoomWishes extends Wishes {
  /** The person looks at it. */
  readonly open: boolean
  /** It wishes links and had none for a minute. */
  readonly starving: boolean
  /** A chat of two people. */
  readonly direct: boolean
}

export interface Pool {
  readonly links: number
  readonly spare: number
}

export interface PoolInput {
  readonly rooms: readonly RoomWishes[]
  readonly linked: ReadonlySet<DeviceKey>
  /** Being connected now. */
  readonly trying: ReadonlySet<DeviceKey>
  /** Could not be reached a moment ago: not tried again yet. */
  readonly failed: ReadonlySet<DeviceKey>
}

export interface PoolDecision {
  /** Links to hold and to try, never more than the pool's; all others are to be closed. */
  readonly peers: ReadonlySet<DeviceKey>
  /** How many neighbours each room may have, in the order of `rooms`. */
  readonly allowances: readonly number[]
}

const OPEN = -2
const STARVING = -1
/** Of a group that has so many links already. Its first is worth a direct chat: nobody is cut off from a group by many chats. */
const groupRank = (linksBefore: number): number => 1 + linksBefore
/** Of the direct chats together, half of the pool comes first; the rest stand in line like the links of a group. */
const directRank = (linksBefore: number, pool: Pool): number => 1 + Math.max(0, linksBefore - Math.floor((pool.links - pool.spare) / 2))

interface Candidate {
  readonly device: DeviceKey
  /** Lower is dearer. */
  readonly rank: number
  /** Rooms that it serves. */
  readonly rooms: number
  readonly lot: number
}

/** The dearest first; among equals what is linked, what is being tried, what serves more rooms, then chance. */
function candidates(pool: Pool, { rooms, linked, trying }: PoolInput, random: () => number): readonly Candidate[] {
  const state = (device: DeviceKey): number => (linked.has(device) ? 0 : trying.has(device) ? 1 : 2)
  const inOrder = (devices: readonly DeviceKey[]): readonly DeviceKey[] => [...devices].sort((a, b) => state(a) - state(b))
  const found = new Map<DeviceKey, { rank: number; rooms: number }>()
  const wish = (device: DeviceKey, rank: number): void => {
    const known = found.get(device)
    found.set(device, { rank: Math.min(rank, known?.rank ?? rank), rooms: (known?.rooms ?? 0) + 1 })
  }
  const chats = new Set(inOrder(rooms.flatMap(({ direct, peers }) => (direct ? peers : []))))
  for (const [index, device] of [...chats].entries()) wish(device, directRank(index, pool))
  for (const { open, starving, direct, peers } of rooms) {
    for (const [index, device] of inOrder(peers).entries()) {
      if (open) wish(device, OPEN)
      else if (starving) wish(device, STARVING)
      else if (!direct) wish(device, groupRank(index))
    }
  }
  return [...found]
    .map(([device, { rank, rooms: serves }]) => ({ device, rank, rooms: serves, lot: random() }))
    .sort((a, b) => a.rank - b.rank || state(a.device) - state(b.device) || b.rooms - a.rooms || a.lot - b.lot)
}

/** `random` gives 0 up to 1; it only decides between equals. */
export function chooseLinks(pool: Pool, input: PoolInput, random: () => number): PoolDecision {
  const steady = pool.links - pool.spare
  const wished = candidates(pool, input, random)
  const held = wished.filter(({ device }) => input.linked.has(device)).slice(0, steady)
  const peers = new Set(held.map(({ device }) => device))

  let free = steady - held.length
  /** The cheapest links held, each to be given up once something clearly dearer is up. */
  const cheapest = [...held].reverse()
  for (const { device, rank } of wished) {
    if (peers.size >= pool.links) break
    if (input.linked.has(device) || isResting(input, device)) continue
    if (free > 0) free--
    else if (isDearer(rank, cheapest[0]?.rank)) cheapest.shift()
    else continue
    peers.add(device)
  }
  for (const { guests } of input.rooms) {
    for (const device of guests) if (!isResting(input, device) && peers.size < pool.links) peers.add(device)
  }
  return { peers, allowances: allowances(input, held, steady) }
}

const isResting = ({ linked, trying, failed }: PoolInput, device: DeviceKey): boolean =>
  failed.has(device) && !trying.has(device) && !linked.has(device)

/** By so much that the two do not change places again afterwards. */
function isDearer(rank: number, than: number | undefined): boolean {
  if (than === undefined) return false
  return rank < 1 ? than > rank : than - rank >= 2
}

/** What a room has, and what is free, and one more if that is dearer than what another room has. */
function allowances({ rooms }: PoolInput, held: readonly Candidate[], steady: number): readonly number[] {
  const devices = new Set(held.map(({ device }) => device))
  const cheapest = held.at(-1)?.rank
  return rooms.map(({ open, starving, peers }) => {
    const has = peers.filter((device) => devices.has(device)).length
    const more = isDearer(open ? OPEN : starving ? STARVING : groupRank(has), cheapest) ? 1 : 0
    return Math.max(1, has + Math.max(steady - held.length, more))
  })
}

/** Whether a call from this device would be answered: there is a place, and its link would be kept, be it for a moment (a guest's). */
export function admits(pool: Pool, input: PoolInput, device: DeviceKey, random: () => number): boolean {
  const begun = input.linked.size + input.trying.size - (input.trying.has(device) ? 1 : 0)
  if (begun >= pool.links) return false
  if (!input.rooms.some(({ peers }) => peers.includes(device))) return true
  const linked = new Set(input.linked).add(device)
  return chooseLinks(pool, { ...input, linked }, random).peers.has(device)
}
