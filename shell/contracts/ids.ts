/**
 * Branded identifiers. Above the codec every id is a lower-case hex string, so that ids compare with
 * `===` and serve as map keys; the codec turns them into fixed-length bytes and back.
 */
declare const brand: unique symbol
type Brand<Base, Name extends string> = Base & { readonly [brand]: Name }

/** 32 bytes: the master Ed25519 public key of a person. */
export type UserId = Brand<string, 'UserId'>
/** 32 bytes: a device's Ed25519 public key; also the signature key of its MLS leaves. */
export type DeviceKey = Brand<string, 'DeviceKey'>
/** 16 bytes: names a room. Derived from its first entry, so no second room can take the name. */
export type RoomId = Brand<string, 'RoomId'>
/** 32 bytes: SHA-256 of an entry's canonical encoding without its signature. */
export type EntryId = Brand<string, 'EntryId'>
/** 32 bytes: names an MLS epoch on one branch of a room (see wire/epoch-id.ts). */
export type EpochId = Brand<string, 'EpochId'>
/** 32 bytes: SHA-256 of a signed content; a message keeps it however often it is re-encrypted. */
export type Mid = Brand<string, 'Mid'>
/** 32 bytes: the Ed25519 public key of an invite. */
export type InviteKey = Brand<string, 'InviteKey'>
/** 32 bytes: an X25519 public key that signalling is sealed to. */
export type SignallingKey = Brand<string, 'SignallingKey'>
/** 32 bytes: an Ed25519 public key from which broker ids are derived, by way of its blinded keys. */
export type RendezvousKey = Brand<string, 'RendezvousKey'>
/** 32 bytes: what a rendezvous key, or an invite's, is in one period. The broker may see it. */
export type BlindedKey = Brand<string, 'BlindedKey'>
/** 16 bytes: names one attempt to make a link; both ends use the same. */
export type SessionId = Brand<string, 'SessionId'>
/** 16 bytes: HMAC(linkKey, room), cut; how a frame names a room on one link. */
export type RoomTag = Brand<string, 'RoomTag'>
/** What a PeerJS-compatible broker routes by: `sk1-` and 32 characters of base32. Never an identity. */
export type BrokerId = Brand<string, 'BrokerId'>

const HEX = '0123456789abcdef'

/** Bytes to lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15)
  return out
}

/** Lower-case hex to bytes. Throws RangeError on anything else: ids never come from a person's keyboard. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  if (hex.length % 2 !== 0) throw new RangeError('odd hex length')
  const out = new Uint8Array(hex.length / 2)
  for (let i = 0; i < out.length; i++) {
    const high = HEX.indexOf(hex.charAt(2 * i))
    const low = HEX.indexOf(hex.charAt(2 * i + 1))
    if (high < 0 || low < 0) throw new RangeError('not lower-case hex')
    out[i] = (high << 4) | low
  }
  return out
}

/** The id for these bytes. The caller names the brand; the codec has checked the length. */
export function idOf<Id extends string>(bytes: Uint8Array): Id {
  return toHex(bytes) as Id
}
