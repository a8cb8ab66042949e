/**
 * The codec of everything Sotto sends or stores: the TLS presentation language as RFC 9420 section 2 uses
 * it (fixed-width integers, vectors with a minimal variable-size length, optional = presence octet).
 * A codec is a value with `write` and `read`; wire files combine them. Every value has exactly one
 * encoding, and `decode` accepts nothing else. Why not CBOR or protobuf: docs/decisions/0006-codec.md.
 */
import { fromHex, toHex } from '../ids.ts'
import { SottoError } from '../errors.ts'

/** Appends to one growing buffer. */
export class Writer {
  private buffer = new Uint8Array(256)
  private length = 0

  private room(extra: number): void {
    if (this.length + extra <= this.buffer.length) return
    const next = new Uint8Array(Math.max(this.buffer.length * 2, this.length + extra))
    next.set(this.buffer.subarray(0, this.length))
    this.buffer = next
  }

  bytes(value: Uint8Array): void {
    this.room(value.length)
    this.buffer.set(value, this.length)
    this.length += value.length
  }

  /** Big-endian unsigned integer of `width` bytes (1 to 6: exact in a double). */
  uint(value: number, width: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * width)) throw new SottoError('internal')
    this.room(width)
    let rest = value
    for (let i = this.length + width - 1; i >= this.length; i--) {
      this.buffer[i] = rest % 256
      rest = Math.floor(rest / 256)
    }
    this.length += width
  }

  /** Variable-size vector length (RFC 9420 section 2.1.2): 1, 2 or 4 bytes, always the shortest. */
  varint(value: number): void {
    if (value < 0x40) this.uint(value, 1)
    else if (value < 0x4000) this.uint(value + 0x4000, 2)
    else if (value < 0x40000000) this.uint(value + 0x80000000, 4)
    else throw new SottoError('internal')
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length)
  }
}

/** Reads one buffer from front to back. Throws 'malformed' on the first thing that does not fit. */
export class Reader {
  private offset = 0
  private readonly source: Uint8Array
  constructor(source: Uint8Array) {
    this.source = source
  }

  /** A copy, so that nothing decoded pins or aliases a network buffer. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.source.length - this.offset) throw new SottoError('malformed')
    const out = new Uint8Array(length)
    out.set(this.source.subarray(this.offset, this.offset + length))
    this.offset += length
    return out
  }

  uint(width: number): number {
    if (width > this.source.length - this.offset) throw new SottoError('malformed')
    let value = 0
    for (let i = 0; i < width; i++) value = value * 256 + (this.source[this.offset + i] ?? 0)
    this.offset += width
    return value
  }

  /** The next byte, which stays to be read: a version that says how to read on. */
  peek(): number {
    if (this.remaining === 0) throw new SottoError('malformed')
    return this.source[this.offset] ?? 0
  }

  varint(): number {
    const first = this.uint(1)
    const prefix = first >> 6
    if (prefix === 0) return first
    if (prefix === 3) throw new SottoError('malformed')
    const width = prefix === 1 ? 2 : 4
    let value = first & 0x3f
    for (let i = 1; i < width; i++) value = value * 256 + this.uint(1)
    if (value < (width === 2 ? 0x40 : 0x4000)) throw new SottoError('malformed') // not minimal
    return value
  }

  get remaining(): number {
    return this.source.length - this.offset
  }
}

export interface Codec<T> {
  write(to: Writer, value: T): void
  read(from: Reader): T
}

/** The type that a codec encodes. */
export type Decoded<C> = C extends Codec<infer T> ? T : never

/** The one encoding of `value`. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array<ArrayBuffer> {
  const writer = new Writer()
  codec.write(writer, value)
  return writer.finish()
}

/**
 * The value that these bytes are the one encoding of.
 * Throws SottoError 'too-large' before reading if over `maxBytes`, 'malformed' for anything not canonical.
 */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, maxBytes: number): T {
  if (bytes.length > maxBytes) throw new SottoError('too-large')
  const reader = new Reader(bytes)
  const value = codec.read(reader)
  if (reader.remaining !== 0) throw new SottoError('malformed')
  const again = encode(codec, value)
  if (again.length !== bytes.length || !again.every((byte, i) => byte === bytes[i])) throw new SottoError('malformed')
  return value
}

const uintOf = (width: number): Codec<number> => ({
  write: (to, value) => to.uint(value, width),
  read: (from) => from.uint(width),
})
export const u8 = uintOf(1)
export const u16 = uintOf(2)
export const u32 = uintOf(4)
/** Six bytes: holds any time in milliseconds until the year 10889 and stays exact in a double. */
export const u48 = uintOf(6)

/** Exactly `length` bytes, no length prefix. */
export const fixed = (length: number): Codec<Uint8Array> => ({
  write: (to, value) => {
    if (value.length !== length) throw new SottoError('internal')
    to.bytes(value)
  },
  read: (from) => from.bytes(length),
})

/** `length` bytes that are a branded hex id above the codec. */
export const id = <Id extends string>(length: number): Codec<Id> => ({
  write: (to, value) => {
    if (value.length !== 2 * length) throw new SottoError('internal')
    to.bytes(fromHex(value))
  },
  read: (from) => toHex(from.bytes(length)) as Id,
})

/** opaque<V>: at most `max` bytes behind their length. */
export const opaque = (max: number): Codec<Uint8Array> => ({
  write: (to, value) => {
    if (value.length > max) throw new SottoError('too-large')
    to.varint(value.length)
    to.bytes(value)
  },
  read: (from) => {
    const length = from.varint()
    if (length > max) throw new SottoError('malformed')
    return from.bytes(length)
  },
})

const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 text of at most `max` bytes. Ill-formed text is refused in both directions. */
export const utf8 = (max: number): Codec<string> => ({
  write: (to, value) => {
    const bytes = utf8Encoder.encode(value)
    if (bytes.length > max) throw new SottoError('too-large')
    to.varint(bytes.length)
    to.bytes(bytes)
  },
  read: (from) => {
    const length = from.varint()
    if (length > max) throw new SottoError('malformed')
    try {
      return utf8Decoder.decode(from.bytes(length))
    } catch (thrown) {
      throw thrown instanceof SottoError ? thrown : new SottoError('malformed')
    }
  },
})

/** A vector of at most `max` items, behind their count (not their byte length: one number fewer to check). */
export const list = <T>(item: Codec<T>, max: number): Codec<readonly T[]> => ({
  write: (to, value) => {
    if (value.length > max) throw new SottoError('too-large')
    to.varint(value.length)
    for (const one of value) item.write(to, one)
  },
  read: (from) => {
    const count = from.varint()
    if (count > max) throw new SottoError('malformed')
    const out: T[] = []
    for (let i = 0; i < count; i++) out.push(item.read(from))
    return out
  },
})

/** optional<T>: a presence octet of 0 or 1. */
export const optional = <T>(item: Codec<T>): Codec<T | null> => ({
  write: (to, value) => {
    to.uint(value === null ? 0 : 1, 1)
    if (value !== null) item.write(to, value)
  },
  read: (from) => {
    const present = from.uint(1)
    if (present > 1) throw new SottoError('malformed')
    return present === 1 ? item.read(from) : null
  },
})

/** One of a closed list of words, as its index. Words may be appended, never moved. */
export const oneOf = <const Words extends readonly string[]>(words: Words): Codec<Words[number]> => ({
  write: (to, value) => to.uint(words.indexOf(value), 1),
  read: (from) => {
    const word = words[from.uint(1)]
    if (word === undefined) throw new SottoError('malformed')
    return word
  },
})

/** A number that must be exactly this: versions and reserved octets. */
export const constant = <const N extends number>(value: N, width = 1): Codec<N> => ({
  write: (to) => to.uint(value, width),
  read: (from) => {
    if (from.uint(width) !== value) throw new SottoError('malformed')
    return value
  },
})

/** One octet, 0 or 1. */
export const flag: Codec<boolean> = {
  write: (to, value) => to.uint(value ? 1 : 0, 1),
  read: (from) => {
    const value = from.uint(1)
    if (value > 1) throw new SottoError('malformed')
    return value === 1
  },
}

type Fields = Record<string, Codec<never> | Codec<unknown>>
type StructOf<F extends Fields> = { readonly [K in keyof F]: Decoded<F[K]> }

/** Fields in the order they are written down. */
export function struct<F extends Fields>(fields: F): Codec<StructOf<F>> {
  const entries = Object.entries(fields) as [keyof F & string, Codec<unknown>][]
  return {
    write: (to, value) => {
      for (const [name, codec] of entries) codec.write(to, value[name])
    },
    read: (from) => {
      const out: Record<string, unknown> = {}
      for (const [name, codec] of entries) out[name] = codec.read(from)
      return out as StructOf<F>
    },
  }
}

type Variants = Record<string, readonly [tag: number, codec: Codec<never> | Codec<unknown>]>
type VariantOf<V extends Variants> = {
  [K in keyof V]: { readonly kind: K } & Decoded<V[K][1]>
}[keyof V]

/** A tagged union: one octet that names the variant, then its struct. The value carries `kind`. */
export function union<V extends Variants>(variants: V): Codec<VariantOf<V>> {
  const byTag = new Map<number, [string, Codec<unknown>]>()
  for (const [kind, [tag, codec]] of Object.entries(variants)) byTag.set(tag, [kind, codec as Codec<unknown>])
  return {
    write: (to, value) => {
      const variant = variants[value.kind as string]
      if (variant === undefined) throw new SottoError('internal')
      to.uint(variant[0], 1)
      ;(variant[1] as Codec<unknown>).write(to, value)
    },
    read: (from) => {
      const found = byTag.get(from.uint(1))
      if (found === undefined) throw new SottoError('malformed')
      return { kind: found[0], ...(found[1].read(from) as object) } as VariantOf<V>
    },
  }
}
