/**
 * What contents say about other contents, merged: reactions, edits, erasures, pins. Pure, and the same whatever the
 * order of arrival and however often a thing comes. Everything is a register whose newest write counts, by place (Lamport
 * time, then mid). Bounds keep the newest registers: a register's place only grows, so one that fell out comes back only
 * by a write that is newer than those which pushed it out, and what is kept depends on the set of writes alone.
 * See docs/decisions/0050-marks.md.
 */
import { LIMITS } from '#contracts/limits.ts'
import type { ContentBody } from '#contracts/wire/content.ts'
import { comparePlaces, type Place } from '../groups/places.ts'
import type { Awaited, Pin } from '../storage/content.ts'
import type { MessageRecord, Reaction } from '../storage/message.ts'
import { isEmoji } from './emoji.ts'

/** Something that is said about a message. `by`: the author's local number, `at`: where it stands itself. */
export interface Mark {
  readonly by: number
  readonly at: Place
  readonly body: Extract<ContentBody, { kind: 'reaction' | 'edit' | 'erase' }>
}

export type MarkLimits = Pick<typeof LIMITS, 'reactionsAPerson' | 'reactionsAMessage' | 'pins'>
type Limits = { readonly [K in keyof MarkLimits]: number }

export type SaidBody = Extract<MessageRecord['body'], { kind: 'said' | 'message' }>
export type SaidLine = MessageRecord & { readonly body: SaidBody }

/** The line's text with all that belongs to it; null for a notice, and for what was erased. */
export function saidOf({ body }: Pick<MessageRecord, 'body'>): SaidBody | null {
  if (body.kind === 'said' || body.kind === 'message') return body
  return body.kind === 'text' ? { kind: 'said', text: body.text, about: null, edited: null, reactions: [] } : null
}

/** True for lines that somebody wrote, also where nothing is left of it. */
export const isWritten = (line: Pick<MessageRecord, 'body'>): boolean => saidOf(line) !== null || line.body.kind === 'erased'

/** One word for a place. */
export const nameOf = ({ lamport, mid }: Place): string => `${lamport}/${mid}`

/** False for what can't be honest or is no emoji. Judged by the content alone, so that everybody judges alike. */
export const isSound = ({ at, body }: Pick<Mark, 'at' | 'body'>): boolean =>
  at.lamport > body.about.lamport && (body.kind !== 'reaction' || isEmoji(body.emoji))

const isNewer = (a: Place, b: Place): boolean => comparePlaces(a, b) > 0

/** The newest `most`, oldest first. */
function newest<R extends { readonly at: Place }>(registers: readonly R[], most: number): readonly R[] {
  const sorted = [...registers].sort((a, b) => comparePlaces(a.at, b.at))
  return sorted.slice(Math.max(0, sorted.length - most))
}

/** With one register written; the same list if an equal or newer write stands there. */
export function reacted(reactions: readonly Reaction[], write: Reaction, limits: Limits = LIMITS): readonly Reaction[] {
  const known = reactions.find(({ by, emoji }) => by === write.by && emoji === write.emoji)
  if (known !== undefined && !isNewer(write.at, known.at)) return reactions
  const own = newest([...reactions.filter((one) => one.by === write.by && one !== known), write], limits.reactionsAPerson)
  const next = newest([...reactions.filter(({ by }) => by !== write.by), ...own], limits.reactionsAMessage)
  return next.length === reactions.length && next.every((one, i) => one === reactions[i]) ? reactions : next
}

/** The line with the mark; the same line if that changes nothing. Only an author edits and erases. */
export function marked(line: MessageRecord, { by, at, body }: Mark, limits: Limits = LIMITS): MessageRecord {
  const said = saidOf(line)
  if (said === null) return line
  switch (body.kind) {
    case 'reaction': {
      const reactions = reacted(said.reactions, { by, emoji: body.emoji, at, mark: body.mark }, limits)
      return reactions === said.reactions ? line : { ...line, body: { ...said, reactions } }
    }
    case 'edit':
      if (by !== line.author || (said.edited !== null && !isNewer(at, said.edited))) return line
      return { ...line, body: { ...said, text: body.text, edited: at } }
    case 'erase':
      return by === line.author ? { ...line, body: { kind: 'erased', by: 'author' } } : line
  }
}

/** What is kept of a mark whose message is not here. */
export function awaiting(known: Awaited | null, { by, at, body }: Mark, limits: Limits = LIMITS): Awaited {
  const awaited = known ?? { v: 1 as const, author: by, about: body.about, erased: 0, edit: null, reactions: [] }
  switch (body.kind) {
    case 'reaction': {
      const reactions = reacted(awaited.reactions, { by, emoji: body.emoji, at, mark: body.mark }, limits)
      return reactions === awaited.reactions ? awaited : { ...awaited, reactions }
    }
    case 'edit':
      return awaited.edit !== null && !isNewer(at, awaited.edit.at) ? awaited : { ...awaited, edit: { at, text: body.text } }
    case 'erase':
      return awaited.erased === 1 ? awaited : { ...awaited, erased: 1 }
  }
}

/** A message has come, and with it what was said about it before. */
export function settled(line: MessageRecord, all: readonly Awaited[], limits: Limits = LIMITS): MessageRecord {
  let next = line
  for (const { author, about, edit, erased, reactions } of all) {
    for (const { by, at, emoji, mark } of reactions) next = marked(next, { by, at, body: { kind: 'reaction', about, emoji, mark } }, limits)
    if (edit !== null) next = marked(next, { by: author, at: edit.at, body: { kind: 'edit', about, text: edit.text } }, limits)
    if (erased === 1) next = marked(next, { by: author, at: about, body: { kind: 'erase', about } }, limits)
  }
  return next
}

/** With one pin written; the same list if an equal or newer write stands there. */
export function pinned(pins: readonly Pin[], write: Pin, limits: Limits = LIMITS): readonly Pin[] {
  const known = pins.find(({ about }) => comparePlaces(about, write.about) === 0)
  if (known !== undefined && !isNewer(write.at, known.at)) return pins
  const next = newest([...pins.filter((one) => one !== known), write], limits.pins)
  return next.length === pins.length && next.every((one, i) => one === pins[i]) ? pins : next
}
