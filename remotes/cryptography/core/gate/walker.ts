/**
 * Walks bytes by the TLS presentation language (RFC 9420 section 2) without building anything: it only
 * counts. Each rule bounds its lengths and counts, so the time is linear in the bytes with a small factor.
 */
import { SottoError } from '#contracts/errors.ts'

/** A window of the message; `end` is where the vector that is being walked ends. */
export interface Cursor {
  readonly bytes: Uint8Array
  at: number
  end: number
}

/** Moves the cursor over one thing, or throws. */
export type Rule = (cursor: Cursor) => void

const malformed = (): SottoError => new SottoError('malformed')

function number(cursor: Cursor, width: number): number {
  if (width > cursor.end - cursor.at) throw malformed()
  let value = 0
  for (let i = 0; i < width; i++) value = value * 256 + (cursor.bytes[cursor.at + i] ?? 0)
  cursor.at += width
  return value
}

/** A vector's length: 1, 2 or 4 bytes, the shortest that holds it, and no more than is there. */
function vectorLength(cursor: Cursor): number {
  const first = number(cursor, 1)
  const prefix = first >> 6
  if (prefix === 3) throw malformed()
  const width = prefix === 0 ? 1 : prefix === 1 ? 2 : 4
  let length = first & 0x3f
  for (let i = 1; i < width; i++) length = length * 256 + number(cursor, 1)
  if (width > 1 && length < (width === 2 ? 0x40 : 0x4000)) throw malformed()
  if (length > cursor.end - cursor.at) throw malformed()
  return length
}

/** `width` bytes of any value. */
export const uint =
  (width: number): Rule =>
  (cursor) => {
    if (width > cursor.end - cursor.at) throw malformed()
    cursor.at += width
  }

/** A number of `width` bytes that `judge` looks at. */
export const judged =
  (width: number, judge: (value: number) => void): Rule =>
  (cursor) =>
    judge(number(cursor, width))

/** A number that must be one of these, by the code that is thrown otherwise. */
export const exactly = (width: number, value: number, code: 'malformed' | 'wrong-suite' | 'unexpected' = 'malformed'): Rule =>
  judged(width, (found) => {
    if (found !== value) throw new SottoError(code)
  })

/** opaque<V> of `min` to `max` bytes. */
export const opaque =
  (min: number, max: number): Rule =>
  (cursor) => {
    const length = vectorLength(cursor)
    if (length < min || length > max) throw malformed()
    cursor.at += length
  }

/** opaque<V> of exactly `length` bytes that `judge` looks at. */
export const opaqueJudged =
  (length: number, judge: (bytes: Uint8Array) => void): Rule =>
  (cursor) => {
    if (vectorLength(cursor) !== length) throw malformed()
    judge(cursor.bytes.subarray(cursor.at, cursor.at + length))
    cursor.at += length
  }

/** opaque<V> whose content follows a rule of its own, to its last byte. */
export const inside =
  (rule: Rule): Rule =>
  (cursor) => {
    const length = vectorLength(cursor)
    const { end } = cursor
    cursor.end = cursor.at + length
    rule(cursor)
    if (cursor.at !== cursor.end) throw malformed()
    cursor.end = end
  }

/** A vector of at most `max` items; `item` is told which one it walks. */
export const vector = (item: (index: number) => Rule, max: number): Rule =>
  inside((cursor) => {
    for (let index = 0; cursor.at < cursor.end; index++) {
      if (index >= max) throw malformed()
      item(index)(cursor)
    }
  })

/** optional<T>: a presence octet of 0 or 1. */
export const optional =
  (rule: Rule): Rule =>
  (cursor) => {
    const present = number(cursor, 1)
    if (present > 1) throw malformed()
    if (present === 1) rule(cursor)
  }

export const sequence =
  (...rules: readonly Rule[]): Rule =>
  (cursor) => {
    for (const rule of rules) rule(cursor)
  }

/** A number of `width` bytes, then the rule that it selects. What `select` does not know, it throws. */
export const selected =
  (width: number, select: (value: number) => Rule): Rule =>
  (cursor) =>
    select(number(cursor, width))(cursor)

/** The rest of the window, every byte zero: padding. */
export const zeros: Rule = (cursor) => {
  for (; cursor.at < cursor.end; cursor.at++) if (cursor.bytes[cursor.at] !== 0) throw malformed()
}

/** Throws unless the rule walks over exactly these bytes. */
export function walk(rule: Rule, bytes: Uint8Array): void {
  const cursor: Cursor = { bytes, at: 0, end: bytes.length }
  rule(cursor)
  if (cursor.at !== bytes.length) throw malformed()
}
