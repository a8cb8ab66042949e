/**
 * Contents: what an MLS application message carries. Signed by the author's device key, so that nobody can
 * re-encrypt something else under the same name.  mid = SHA-256(canonical encoding without the signature).
 */
import { toHex, type DeviceKey, type Mid, type RoomId } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { constant, type Decoded, encode, fixed, id, list, struct, u48, union, utf8 } from './codec.ts'

export const contentBodyCodec = union({
  text: [1, struct({ text: utf8(LIMITS.textBytes) })],
  /** How the author wishes to be called. The newest in a room counts. */
  profile: [2, struct({ name: utf8(LIMITS.nameBytes) })],
})
export type ContentBody = Decoded<typeof contentBodyCodec>

/** What the author's device key signs (label 'content'). */
export const contentTbsCodec = struct({
  v: constant(1),
  room: id<RoomId>(16),
  author: id<DeviceKey>(32),
  /** Lamport time: one more than the highest the author had seen in the room. Orders the chat, ties by mid. */
  lamport: u48,
  /** The author's clock, shown and believed for nothing. */
  sentAtMs: u48,
  /** Makes two equal texts two messages. */
  nonce: fixed(8),
  deps: list(id<Mid>(32), LIMITS.deps),
  body: contentBodyCodec,
})
export type ContentTbs = Decoded<typeof contentTbsCodec>

export const contentCodec = struct({ tbs: contentTbsCodec, signature: fixed(64) })
export type Content = Decoded<typeof contentCodec>

export const midOf = (tbs: ContentTbs, sha256: (bytes: Uint8Array) => Uint8Array): Mid => toHex(sha256(encode(contentTbsCodec, tbs))) as Mid
