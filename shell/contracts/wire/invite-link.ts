/**
 * What an invite link carries, behind `#i=` in base64url. The fragment never reaches a server.
 * The holder can call (public half, secret) but not pose as the inviter (no private half). The check makes
 * an altered or cut link a clear refusal instead of a call that finds nobody.
 */
import { SottoError } from '../errors.ts'
import type { InviteKey } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { type Codec, constant, decode, type Decoded, encode, fixed, id, oneOf, struct, u48, utf8 } from './codec.ts'
import { PROFILES } from './entry.ts'
import { labelled } from './labels.ts'

const fields = {
  for: oneOf(['contact', 'room']),
  key: id<InviteKey>(32),
  secret: fixed(LIMITS.inviteSecretBytes),
  expiresMs: u48,
  /** Who invites, or the room's name: shown before the link is proven, so it is a claim, and said so. */
  name: utf8(LIMITS.nameBytes),
}
/** Version 1 said no suite: it leads to `classic`, the one there was. */
const firstCodec = struct({ v: constant(1), ...fields })
/** Version 2 names the suite: whoever comes brings keys for it, and takes no other. */
const secondCodec = struct({ v: constant(2), ...fields, profile: oneOf(PROFILES) })

/** As it is read; one of version 1 stays what it was, so that an old link is the same text again. */
export type InviteLink = Omit<Decoded<typeof secondCodec>, 'v'> & { readonly v: 1 | 2 }

const bodyCodec: Codec<InviteLink> = {
  write(to, link) {
    if (link.v === 2) secondCodec.write(to, { ...link, v: 2 })
    else if (link.profile === 'classic') firstCodec.write(to, { ...link, v: 1 })
    else throw new SottoError('internal')
  },
  read: (from) => (from.peek() === 1 ? { ...firstCodec.read(from), profile: 'classic' } : secondCodec.read(from)),
}

const CHECK_BYTES = 16
const linkCodec = struct({ body: bodyCodec, check: fixed(CHECK_BYTES) })
const LABEL = 'sotto invite link v1'
const MAX_CHARS = 700
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

type Sha256 = (bytes: Uint8Array) => Uint8Array
const checkOf = (body: InviteLink, sha256: Sha256): Uint8Array => sha256(labelled(LABEL, encode(bodyCodec, body))).slice(0, CHECK_BYTES)

/** The text behind `#i=`. */
export function encodeInviteLink(body: InviteLink, sha256: Sha256): string {
  const bytes = encode(linkCodec, { body, check: checkOf(body, sha256) })
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    for (let j = 0; j < Math.min(4, left + 1); j++) out += ALPHABET.charAt((word >> (18 - 6 * j)) & 63)
  }
  return out
}

/** Reads the text behind `#i=`. Throws 'invite-malformed' for whatever is not exactly a link we wrote. */
export function decodeInviteLink(text: string, sha256: Sha256): InviteLink {
  try {
    if (text.length > MAX_CHARS || text.length % 4 === 1) throw new SottoError('malformed')
    const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
    let bits = 0
    let held = 0
    let at = 0
    for (const char of text) {
      const value = ALPHABET.indexOf(char)
      if (value < 0) throw new SottoError('malformed')
      held = (held << 6) | value
      bits += 6
      if (bits >= 8) {
        bits -= 8
        bytes[at++] = held >> bits
        held &= (1 << bits) - 1
      }
    }
    if (held !== 0) throw new SottoError('malformed') // stray bits: a second spelling of the same bytes
    const { body, check } = decode(linkCodec, bytes, MAX_CHARS)
    if (!checkOf(body, sha256).every((byte, i) => byte === check[i])) throw new SottoError('malformed')
    return body
  } catch {
    throw new SottoError('invite-malformed')
  }
}
