/** Seeded damage to bytes: the same seed, the same damage. Forty lines that found three defects in ts-mls. */

/** mulberry32: small, fast, good enough to choose where to hit. */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const EXTREMES = [0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff]

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = bytes.subarray(0, at)
  const tail = bytes.subarray(at + remove)
  const out = new Uint8Array(head.length + insert.length + tail.length)
  out.set(head)
  out.set(insert, head.length)
  out.set(tail, head.length + insert.length)
  return out
}

/** One to three hits: bits, extremes, cuts, repeats, insertions, other people's bytes. Never the same bytes again. */
export function mutate(original: Uint8Array, others: readonly Uint8Array[], seed: number): Uint8Array<ArrayBuffer> {
  const below = generator(seed)
  let bytes = new Uint8Array(original)
  for (let hits = 1 + below(3); hits > 0; hits--) {
    const at = below(bytes.length + 1)
    const length = 1 + below(below(4) === 0 ? 200 : 8)
    const other = others[below(others.length)] ?? original
    const from = below(other.length)
    switch (below(7)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8))
        break
      case 1:
        bytes[at] = EXTREMES[below(EXTREMES.length)] ?? 0
        break
      case 2:
        bytes = splice(bytes, at, length, new Uint8Array())
        break
      case 3:
        bytes = splice(bytes, at, 0, bytes.subarray(at, at + length))
        break
      case 4:
        bytes = splice(
          bytes,
          at,
          0,
          Uint8Array.from({ length }, () => below(256)),
        )
        break
      case 5:
        bytes = splice(bytes, at, length, other.subarray(from, from + length))
        break
      case 6:
        bytes = splice(
          bytes,
          bytes.length,
          0,
          Uint8Array.from({ length }, () => below(256)),
        )
    }
  }
  const same = bytes.length === original.length && bytes.every((byte, i) => byte === original[i])
  return same ? splice(bytes, bytes.length, 0, Uint8Array.of(0)) : bytes
}
