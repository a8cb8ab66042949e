/** A line of a conversation. */
import type { Mid } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { LIVES } from '#contracts/lives.ts'
import { type Decoded, id, list, oneOf, optional, struct, u16, u32, u48, union, utf8 } from '#contracts/wire/codec.ts'
import { placeCodec } from '#contracts/wire/content.ts'
import { ROLES } from '#contracts/wire/entry.ts'
import { version } from './record.ts'

const name = utf8(LIMITS.nameBytes)

/** One register: what somebody last said about one emoji, and where. `by`: their local number. */
export const reactionCodec = struct({ by: u16, emoji: utf8(LIMITS.emojiBytes), at: placeCodec, mark: oneOf(['unset', 'set']) })
export type Reaction = Decoded<typeof reactionCodec>

export const messageRecord = struct({
  v: version,
  /** The content's mid; of a notice made from the log, the entry's id. */
  mid: id<Mid>(32),
  lamport: u48,
  /** Local number of the author, and the place in its chain. */
  author: u16,
  seq: u32,
  sentAtMs: u48,
  body: union({
    text: [1, struct({ text: utf8(LIMITS.textBytes) })],
    renamed: [2, struct({ from: name, to: name })],
    created: [3, struct({})],
    joined: [4, struct({ name })],
    // In rooms: what an operation did, with the names as they were then.
    added: [5, struct({ name, by: name })],
    left: [6, struct({ name })],
    removed: [7, struct({ name, by: name })],
    role: [8, struct({ name, role: oneOf(ROLES), by: name })],
    roomNamed: [9, struct({ to: name, by: name })],
    topic: [10, struct({ to: utf8(LIMITS.topicBytes), by: name })],
    picture: [11, struct({ by: name })],
    refounded: [12, struct({})],
    gap: [13, struct({})],
    /** A text with more to it than its words: it answers one, it was edited, somebody reacted. */
    said: [
      14,
      struct({
        text: utf8(LIMITS.textBytes),
        /** What it answers. */
        about: optional(placeCodec),
        /** Where its newest edit stands; null: it says what it said at first. */
        edited: optional(placeCodec),
        /** In the order of their places. */
        reactions: list(reactionCodec, LIMITS.reactionsAMessage),
      }),
    ],
    /** A text that is gone: for everybody, on this device, or because its time was over. Nothing of it is kept. */
    erased: [15, struct({ by: oneOf(['author', 'me', 'time']) })],
    /** Somebody set how long messages stay. */
    timer: [16, struct({ life: oneOf(LIVES) })],
    /** The same as `said`, of a content that says more itself. */
    message: [
      17,
      struct({
        text: utf8(LIMITS.textBytes),
        about: optional(placeCodec),
        edited: optional(placeCodec),
        reactions: list(reactionCodec, LIMITS.reactionsAMessage),
        life: oneOf(LIVES),
      }),
    ],
  }),
})
export type MessageRecord = Decoded<typeof messageRecord>

/** The `seq` of an own message that no entry carries yet. */
export const UNSENT = 0xffffffff
