/**
 * Contents: what an MLS application message carries. Signed by the author's device key, so that nobody can
 * re-encrypt something else under the same name.  mid = SHA-256(canonical encoding without the signature).
 */
import { toHex, type DeviceKey, type Mid, type RoomId } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { LIVES } from '../lives.ts'
import { constant, type Decoded, encode, fixed, id, list, oneOf, optional, struct, u48, union, utf8 } from './codec.ts'

/**
 * Where a content stands in the conversation. With the Lamport time a device finds it without an index, and knows
 * how old it is before it has it; one that does not belong to the mid names nothing.
 */
export const placeCodec = struct({ lamport: u48, mid: id<Mid>(32) })

/** A register's two values. */
const mark = oneOf(['unset', 'set'])

/**
 * Kinds 3 to 7 are about another content, which may come later than that or never. All are merged so
 * that the order of arrival does not matter (docs/decisions/0050): of two that set the same thing, the later one by
 * Lamport time counts, then the higher mid.
 */
export const contentBodyCodec = union({
  text: [1, struct({ text: utf8(LIMITS.textBytes) })],
  /** How the author wishes to be called. The newest in a room counts. */
  profile: [2, struct({ name: utf8(LIMITS.nameBytes) })],
  /** A text that answers another. */
  reply: [3, struct({ about: placeCodec, text: utf8(LIMITS.textBytes) })],
  /** One register for each person and emoji. */
  reaction: [4, struct({ about: placeCodec, emoji: utf8(LIMITS.emojiBytes), mark })],
  /** What a text of the same author says from now on. */
  edit: [5, struct({ about: placeCodec, text: utf8(LIMITS.textBytes) })],
  /** Takes a text of the same author away from everybody, for good. */
  erase: [6, struct({ about: placeCodec })],
  /** One register for each message, whoever sets it. */
  pin: [7, struct({ about: placeCodec, mark })],
  /** How long what is said in the chat from now on stays. One register for the chat, whoever sets it. */
  timer: [8, struct({ life: oneOf(LIVES) })],
  /** A text with more to it. It says itself how long it stays: whoever opens it keeps to that, whatever the chat's timer says. */
  message: [9, struct({ text: utf8(LIMITS.textBytes), about: optional(placeCodec), life: oneOf(LIVES) })],
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
