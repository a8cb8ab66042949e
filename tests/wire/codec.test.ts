/** The combinators, each against RFC 9420 section 2 or against what it promises. */
import { describe, expect, test } from 'vitest'
import { codeOf } from '#contracts/errors.ts'
import {
  type Codec,
  constant,
  decode,
  encode,
  fixed,
  id,
  list,
  oneOf,
  opaque,
  optional,
  struct,
  u16,
  u32,
  u48,
  u8,
  union,
  utf8,
} from '#contracts/wire/codec.ts'

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')
const from = (text: string): Uint8Array => Buffer.from(text.replace(/ /g, ''), 'hex')
const read = <T>(codec: Codec<T>, text: string): T => decode(codec, from(text), 1 << 20)
function code(work: () => unknown): string {
  try {
    work()
    return 'none'
  } catch (thrown) {
    return codeOf(thrown)
  }
}

test('integers are big-endian and of fixed width; what does not fit is our own fault', () => {
  expect(hex(encode(u8, 0x12))).toBe('12')
  expect(hex(encode(u16, 0x1234))).toBe('1234')
  expect(hex(encode(u32, 0xffffffff))).toBe('ffffffff')
  expect(hex(encode(u48, 2 ** 48 - 1))).toBe('ffffffffffff')
  expect(read(u48, '0000 0000 0001')).toBe(1)
  for (const [codec, value] of [
    [u8, 256],
    [u8, -1],
    [u8, 0.5],
    [u32, 2 ** 32],
    [u48, 2 ** 48],
    [u16, Number.NaN],
  ] as const)
    expect(code(() => encode(codec, value))).toBe('internal')
})

describe('vector lengths (RFC 9420 section 2.1.2)', () => {
  const blob = opaque(1 << 19)
  test('the shortest of 1, 2 and 4 bytes', () => {
    for (const [length, prefix] of [
      [0, '00'],
      [63, '3f'],
      [64, '4040'],
      [16_383, '7fff'],
      [16_384, '80004000'],
    ] as const) {
      const bytes = encode(blob, new Uint8Array(length))
      expect(hex(bytes.subarray(0, prefix.length / 2))).toBe(prefix)
      expect(decode(blob, bytes, 1 << 20)).toHaveLength(length)
    }
  })
  test('a longer form of a short length is refused', () => {
    for (const text of ['4000', '403f', '80000000', `80003fff ${'00'.repeat(16_383)}`, 'c000000000000000'])
      expect(
        code(() => read(blob, text)),
        text,
      ).toBe('malformed')
  })
  test('a length beyond the bound or beyond the bytes is refused before anything is made', () => {
    expect(code(() => read(opaque(2), '03 000000'))).toBe('malformed')
    expect(code(() => read(blob, 'bfffffff'))).toBe('malformed')
    expect(code(() => encode(opaque(2), new Uint8Array(3)))).toBe('too-large')
  })
})

test('text is well-formed UTF-8, kept as it is, a byte order mark too', () => {
  expect(read(utf8(100), hex(encode(utf8(100), '\ufeffä👋')))).toBe('\ufeffä👋')
  for (const bad of ['01 80', '02 c3 28', '03 ed a0 80', '02 c0 80', '04 f4 90 80 80'])
    expect(
      code(() => read(utf8(100), bad)),
      bad,
    ).toBe('malformed')
  expect(code(() => encode(utf8(3), 'ää'))).toBe('too-large')
})

test('lists count their items, within their bound', () => {
  const two = list(u8, 2)
  expect(hex(encode(two, [7, 8]))).toBe('020708')
  expect(read(two, '00')).toEqual([])
  expect(code(() => read(two, '03 010203'))).toBe('malformed')
  expect(code(() => encode(two, [1, 2, 3]))).toBe('too-large')
})

test('an optional is a presence octet of 0 or 1', () => {
  expect(hex(encode(optional(u8), null))).toBe('00')
  expect(hex(encode(optional(u8), 5))).toBe('0105')
  expect(code(() => read(optional(u8), '0205'))).toBe('malformed')
})

test('words, constants, ids and fixed bytes', () => {
  const word = oneOf(['a', 'b'])
  expect(read(word, '01')).toBe('b')
  expect(code(() => read(word, '02'))).toBe('malformed')
  expect(code(() => read(constant(1), '02'))).toBe('malformed')
  expect(read(id<string & { readonly none: never }>(2), 'abcd')).toBe('abcd')
  expect(code(() => encode(id<string & { readonly none: never }>(2), 'ab' as never))).toBe('internal')
  expect(code(() => encode(fixed(2), new Uint8Array(3)))).toBe('internal')
})

test('a union is one octet and its struct; unknown octets are refused, also the names of prototypes', () => {
  const either = union({ number: [1, struct({ value: u8 })], none: [9, struct({})] })
  expect(hex(encode(either, { kind: 'number', value: 3 }))).toBe('0103')
  expect(read(either, '09')).toEqual({ kind: 'none' })
  expect(code(() => read(either, '02'))).toBe('malformed')
  expect(code(() => encode(either, { kind: 'toString' } as never))).toBe('internal')
  expect(code(() => encode(either, { kind: '__proto__' } as never))).toBe('internal')
})

test('all bytes are used, and none is read twice', () => {
  expect(code(() => read(u8, '0102'))).toBe('malformed')
  expect(code(() => read(u16, '01'))).toBe('malformed')
  expect(code(() => decode(u16, from('0102'), 1))).toBe('too-large')
})

test('what was decoded does not change with the buffer it came from', () => {
  const source = from('02 0102')
  const value = decode(opaque(10), source, 10)
  source.fill(9)
  expect(hex(value)).toBe('0102')
})

test('a codec that reads more than it writes is caught by encoding again', () => {
  const sloppy: Codec<number> = { write: (to) => to.uint(0, 1), read: (reader) => reader.uint(1) }
  expect(code(() => read(sloppy, '07'))).toBe('malformed')
})
