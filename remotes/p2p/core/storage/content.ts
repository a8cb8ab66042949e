/** What is kept of a conversation beside its lines: what was said about messages that have not come, pins, and what this person chose for it. */
import type { Mid } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { LIVES } from '#contracts/lives.ts'
import { type Decoded, list, oneOf, optional, struct, u16, u48, u8, utf8 } from '#contracts/wire/codec.ts'
import { placeCodec } from '#contracts/wire/content.ts'
import { roomKey } from './keys.ts'
import { reactionCodec } from './message.ts'
import { version } from './record.ts'

/** What one person said about one message that is not here. It counts once the message is, if it is theirs to say. */
export const awaitedRecord = struct({
  v: version,
  /** Local number. */
  author: u16,
  about: placeCodec,
  erased: u8,
  edit: optional(struct({ at: placeCodec, text: utf8(LIMITS.textBytes) })),
  reactions: list(reactionCodec, LIMITS.reactionsAPerson),
})
export type Awaited = Decoded<typeof awaitedRecord>

const pin = struct({ about: placeCodec, at: placeCodec, mark: oneOf(['unset', 'set']) })
export type Pin = Decoded<typeof pin>

/** In the order of `at`. */
export const pinsRecord = struct({ v: version, pins: list(pin, LIMITS.pins) })

const digits = (value: number, count: number): string => value.toString().padStart(count, '0')

/** What all keys of a room's awaited records begin with. */
export const awaitedKeys = (slot: number): string => `${roomKey(slot)}/m`
export const awaitedKey = (slot: number, { author, about }: Pick<Awaited, 'author' | 'about'>): string =>
  `${awaitedKeys(slot)}${digits(author, 5)}/${digits(about.lamport, 15)}/${about.mid}`

/** What such a key says. */
export function awaitedIn(key: string): Pick<Awaited, 'author' | 'about'> {
  const [author = '', lamport, mid] = key.slice(key.indexOf('/') + 2).split('/')
  return { author: Number(author), about: { lamport: Number(lamport), mid: mid as Mid } }
}

/** What the person has typed and not sent. */
export const draftRecord = struct({ v: version, text: utf8(LIMITS.textBytes) })

export const draftKey = (slot: number): string => `${roomKey(slot)}/d`
export const pinsKey = (slot: number): string => `${roomKey(slot)}/p`

const onOff = oneOf(['off', 'on'])

/** Where a chat stands in this person's list. Of this device alone: nobody is told. */
export const choicesRecord = struct({
  v: version,
  muted: onOff,
  archived: onOff,
  /** When it was pinned to the top; 0: it is not. */
  pinnedMs: u48,
})
export type Choices = Decoded<typeof choicesRecord>

export const NO_CHOICES: Choices = { v: 1, muted: 'off', archived: 'off', pinnedMs: 0 }

export const choicesKey = (slot: number): string => `${roomKey(slot)}/c`

/** The chat's timer and where that was said. seen: nobody told this device; a message came that was sent so. */
export const timerRecord = struct({ v: version, at: placeCodec, by: oneOf(['seen', 'set']), life: oneOf(LIVES) })
export type Timer = Decoded<typeof timerRecord>

/** A message that is here and goes again. */
export const fleetingRecord = struct({
  v: version,
  about: placeCodec,
  /** Local number. */
  author: u16,
  life: oneOf(LIVES),
  /** When it goes, by this device's clock; 0: it was not read, or not sent, yet. */
  untilMs: u48,
})
export type Fleet = Decoded<typeof fleetingRecord>

export const timerKey = (slot: number): string => `${roomKey(slot)}/t`
/** What all keys of a room's fleeting records begin with. */
export const fleetingKeys = (slot: number): string => `${roomKey(slot)}/f`
export const fleetingKey = (slot: number, { lamport, mid }: Fleet['about']): string => `${fleetingKeys(slot)}${digits(lamport, 15)}/${mid}`
