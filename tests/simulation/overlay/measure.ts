/** What a network of devices did, in figures; and the same messages by plain flooding over the same neighbours. */
import type { DeviceKey, EntryId } from '#contracts/ids.ts'
import type { Network } from './network.ts'

/** How one message came to all the living. */
export interface Spread {
  /** Hops to each that it was pushed to. */
  readonly hops: readonly number[]
  /** From when it was said until the last had it. */
  readonly lastMs: number
  /** Of the living members: has it; has it without sync. */
  readonly reached: number
  readonly pushed: number
}

export function spreadOf(network: Network, room: number, entry: EntryId): Spread {
  const seats = network.living.flatMap((device) => device.seats.get(room) ?? [])
  const got = seats.flatMap((seat) => seat.got.get(entry) ?? [])
  const saidMs = Math.min(...network.devices.map((device) => device.seats.get(room)?.got.get(entry)?.atMs ?? Number.POSITIVE_INFINITY))
  return {
    hops: got.flatMap(({ hops, by }) => (by === 'push' ? [hops] : [])),
    lastMs: Math.max(...got.map(({ atMs }) => atMs)) - saidMs,
    reached: got.length / seats.length,
    pushed: got.filter(({ by }) => by !== 'sync').length / seats.length,
  }
}

/** Who counts whom as a neighbour, both ways, with the time between them. */
export function neighbours(network: Network, room: number): ReadonlyMap<DeviceKey, ReadonlyMap<DeviceKey, number>> {
  const active = (key: DeviceKey) => network.device(key).seats.get(room)?.overlay.active
  return new Map(
    network.living
      .filter((device) => device.seats.has(room))
      .map((device) => [
        device.key,
        new Map(
          [...(active(device.key)?.keys() ?? [])].flatMap((peer) => {
            const link = device.links.get(peer)
            return link !== undefined && network.device(peer).alive && active(peer)?.has(device.key) === true
              ? [[peer, link.latencyMs] as const]
              : []
          }),
        ),
      ]),
  )
}

/** Parts of the room that no neighbour connects with each other. */
export function partsOf(graph: ReadonlyMap<DeviceKey, ReadonlyMap<DeviceKey, number>>): number {
  const seen = new Set<DeviceKey>()
  let parts = 0
  for (const start of graph.keys()) {
    if (seen.has(start)) continue
    parts++
    const stack = [start]
    for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
      if (seen.has(key)) continue
      seen.add(key)
      stack.push(...(graph.get(key)?.keys() ?? []))
    }
  }
  return parts
}

export interface Flood {
  readonly hops: readonly number[]
  readonly lastMs: number
  readonly copies: number
}

/** Everybody passes a new message on to all neighbours but the one it came from. */
export function flood(graph: ReadonlyMap<DeviceKey, ReadonlyMap<DeviceKey, number>>, origin: DeviceKey): Flood {
  const due: { readonly key: DeviceKey; readonly from: DeviceKey | null; readonly hops: number }[][] = [
    [{ key: origin, from: null, hops: 0 }],
  ]
  const hops = new Map<DeviceKey, number>()
  let copies = 0
  let lastMs = 0
  for (let now = 0; now < due.length; now++) {
    for (const arrival of due[now] ?? []) {
      if (hops.has(arrival.key)) continue
      hops.set(arrival.key, arrival.hops)
      lastMs = now
      for (const [key, latencyMs] of graph.get(arrival.key) ?? []) {
        if (key === arrival.from) continue
        copies++
        const at = now + latencyMs
        while (due.length <= at) due.push([])
        due[at]?.push({ key, from: arrival.key, hops: arrival.hops + 1 })
      }
    }
  }
  hops.delete(origin)
  return { hops: [...hops.values()], lastMs, copies }
}
