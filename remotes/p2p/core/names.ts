/** Names come from people: shown everywhere, so they are kept to one line of visible text. */
import type { UserId } from '#contracts/ids.ts'
import { fromHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'

/** Controls, line and paragraph separators, and the marks that turn the direction of the text around them. */
const HIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu
const encoder = new TextEncoder()

/** One line, trimmed, of at most LIMITS.nameBytes; '' if nothing is left. */
export function cleanName(name: string): string {
  let out = ''
  let bytes = 0
  for (const char of name.replace(HIDDEN, ' ').replace(/\s+/gu, ' ').trim()) {
    bytes += encoder.encode(char).length
    if (bytes > LIMITS.nameBytes) break
    out += char
  }
  return out.trim()
}

/** A name for whoever sent none: the first characters of their user id. */
export const nameOrId = (name: string, user: UserId): string => cleanName(name) || user.slice(0, 8)

/** 0 to 359: the same on every device. */
export function hueOf(user: UserId, sha256: (bytes: Uint8Array) => Uint8Array): number {
  const digest = sha256(fromHex(user))
  return (((digest[0] ?? 0) << 8) | (digest[1] ?? 0)) % 360
}
