/** Changed copies of small collections, and chance over them. */

export function withEntry<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value)
}

export function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map
  const next = new Map(map)
  next.delete(key)
  return next
}

export function plus<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  return set.has(item) ? set : new Set(set).add(item)
}

export function minus<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  if (!set.has(item)) return set
  const next = new Set(set)
  next.delete(item)
  return next
}

export function keep<K, V>(map: ReadonlyMap<K, V>, wanted: (key: K) => boolean): ReadonlyMap<K, V> {
  return new Map([...map].filter(([key]) => wanted(key)))
}

export function sameKeys<K>(a: ReadonlyMap<K, unknown>, b: ReadonlyMap<K, unknown>): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const key of a.keys()) if (!b.has(key)) return false
  return true
}

/** One of `list`; null if it is empty. `random` gives 0 up to 1. */
export function pick<T>(list: readonly T[], random: () => number): T | null {
  return list[Math.floor(random() * list.length)] ?? null
}

/** Up to `count` of `list`, in random order. */
export function sampleOf<T>(list: readonly T[], count: number, random: () => number): readonly T[] {
  const rest = [...list]
  const out: T[] = []
  while (out.length < count && rest.length > 0) out.push(...rest.splice(Math.floor(random() * rest.length), 1))
  return out
}

/** A random one that `fits`, without a copy: the set may be large. The first that fits from a random place on, round to it again. */
export function pickFrom<T>(set: ReadonlySet<T>, fits: (item: T) => boolean, random: () => number): T | null {
  const start = Math.floor(random() * set.size)
  let index = 0
  let earlier: T | null = null
  for (const item of set) {
    const late = index++ >= start
    if ((late || earlier === null) && fits(item)) {
      if (late) return item
      earlier = item
    }
  }
  return earlier
}
