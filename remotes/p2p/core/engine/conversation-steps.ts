/** The conversation on the screen: a window on the stored lines, oldest first. */
import { SottoError } from '#contracts/errors.ts'
import type { Host } from '../groups/host.ts'
import { comparePlaces } from '../groups/places.ts'
import { messageKey, roomKey, within } from '../storage/keys.ts'
import { type MessageRecord, messageRecord } from '../storage/message.ts'
import type { Tools } from '../tools.ts'
import type { State } from './state.ts'
import { nothing, only, type Outcome, type Step } from './step.ts'

/** Lines that are read at once. up: a slower start of a chat; down: more steps on the way back. */
export const WINDOW = 200

async function linesBefore(
  tools: Tools,
  slot: number,
  to: string,
): Promise<{ readonly lines: readonly MessageRecord[]; readonly hasOlder: boolean }> {
  const rows = await tools.vault.range('messages', messageRecord, { from: `${roomKey(slot)}/`, to, limit: WINDOW + 1, reverse: true })
  const lines = rows.slice(0, WINDOW).map(({ value }) => value)
  return { lines: lines.reverse(), hasOlder: rows.length > WINDOW }
}

/** Puts a chat's newest lines on the screen. Throws 'not-found'. */
export const openChat =
  (slot: number): Step<void> =>
  async (state, tools): Promise<Outcome<void>> => {
    const host = chatOf(state, slot)
    const { lines, hasOlder } = await linesBefore(tools, slot, within(`${roomKey(slot)}/`).to)
    const me = host.people.numberOf(host.me)
    const theirs = lines.filter((line) => line.body.kind === 'text' && line.author !== me)
    const { unread } = host.store.record
    const first = unread === 0 ? undefined : theirs.at(-Math.min(unread, theirs.length))
    return only({ ...state, open: { room: slot, lines, hasOlder, firstUnread: first?.mid ?? null } })
  }

export const closeChat: Step<void> = (state) => only({ ...state, open: null })

/** More of the past, if there is any. */
export const loadOlder: Step<void> = async (state, tools) => {
  const { open } = state
  const room = open === null ? undefined : state.groups.get(open.room)
  const oldest = open?.lines[0]
  if (open === null || room === undefined || oldest === undefined || !open.hasOlder) return nothing(state)
  const older = await linesBefore(tools, room.slot, messageKey(room.slot, oldest.lamport, oldest.mid))
  return only({ ...state, open: { ...open, lines: [...older.lines, ...open.lines], hasOlder: older.hasOlder } })
}

/** The state with new lines in the window, each in its place. What belongs before the window is read later. */
export function withLines(state: State, slot: number, lines: readonly MessageRecord[]): State {
  const { open } = state
  if (open === null || open.room !== slot || lines.length === 0) return state
  const oldest = open.lines[0]
  const fresh = lines.filter((line) => !open.hasOlder || oldest === undefined || comparePlaces(line, oldest) >= 0)
  return { ...state, open: { ...open, lines: merged(open.lines, fresh) } }
}

function merged(old: readonly MessageRecord[], fresh: readonly MessageRecord[]): readonly MessageRecord[] {
  const newest = old.at(-1)
  const sorted = [...fresh].sort(comparePlaces)
  const again = new Set(sorted.map(({ mid }) => mid))
  // A line that is written anew (an own message has its entry now) takes its own place.
  if (old.some(({ mid }) => again.has(mid))) return [...old.filter(({ mid }) => !again.has(mid)), ...sorted].sort(comparePlaces)
  const first = sorted[0]
  if (newest === undefined || first === undefined || comparePlaces(first, newest) > 0) return [...old, ...sorted]
  return [...old, ...sorted].sort(comparePlaces)
}

/** The room of a chat that is shown. Throws 'not-found'. */
export function chatOf(state: State, slot: number): Host {
  const host = state.groups.get(slot)?.host
  if (host === undefined || !host.isShown) throw new SottoError('not-found')
  return host
}
