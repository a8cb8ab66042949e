/** The conversation on the screen: a window on the stored lines, oldest first. */
import { SottoError } from '#contracts/errors.ts'
import { isWritten, nameOf, saidOf } from '../content/marks.ts'
import type { Host } from '../groups/host.ts'
import { comparePlaces } from '../groups/places.ts'
import { messageKey, roomKey, within } from '../storage/keys.ts'
import { type MessageRecord, messageRecord } from '../storage/message.ts'
import type { Tools } from '../tools.ts'
import type { Open, State } from './state.ts'
import { nothing, only, type Outcome, type Step } from './step.ts'

/** Lines that are read at once. up: a slower start of a chat; down: more steps on the way back. */
export const WINDOW = 200

/** Lines that a jump reads at once, and how many times. up: more memory for one press; down: far away is out of reach. */
const JUMP = { lines: 2_000, reads: 10 } as const

async function linesBefore(
  tools: Tools,
  slot: number,
  to: string,
  count = WINDOW,
): Promise<{ readonly lines: readonly MessageRecord[]; readonly hasOlder: boolean }> {
  const rows = await tools.vault.range('messages', messageRecord, { from: `${roomKey(slot)}/`, to, limit: count + 1, reverse: true })
  const lines = rows.slice(0, count).map(({ value }) => value)
  return { lines: lines.reverse(), hasOlder: rows.length > count }
}

/** What these lines, and the room's pins, are about, where it is not among them and not known. */
async function withAround(tools: Tools, host: Host, open: Open): Promise<Open> {
  const here = new Set(open.lines.map(nameOf))
  const about = [...open.lines.flatMap((line) => saidOf(line)?.about ?? []), ...host.contents.pins]
  const wanted = about.filter((place) => !here.has(nameOf(place)) && !open.around.has(nameOf(place)))
  if (wanted.length === 0) return open
  return { ...open, around: new Map([...open.around, ...(await host.contents.read(tools.vault, wanted))]) }
}

/** Puts a chat's newest lines on the screen. Throws 'not-found'. */
export const openChat =
  (slot: number): Step<void> =>
  async (state, tools): Promise<Outcome<void>> => {
    const host = chatOf(state, slot)
    const { lines, hasOlder } = await linesBefore(tools, slot, within(`${roomKey(slot)}/`).to)
    const me = host.people.numberOf(host.me)
    const theirs = lines.filter((line) => isWritten(line) && line.author !== me)
    const { unread } = host.store.record
    const first = unread === 0 ? undefined : theirs.at(-Math.min(unread, theirs.length))
    const open: Open = { room: slot, lines, hasOlder, firstUnread: first?.mid ?? null, around: new Map() }
    return only({ ...state, open: await withAround(tools, host, open) })
  }

export const closeChat: Step<void> = (state) => only({ ...state, open: null })

/** The window with `count` lines more before it. */
async function back(tools: Tools, host: Host, open: Open, count: number): Promise<Open> {
  const [oldest] = open.lines
  if (oldest === undefined || !open.hasOlder) return open
  const older = await linesBefore(tools, host.slot, messageKey(host.slot, oldest.lamport, oldest.mid), count)
  return withAround(tools, host, { ...open, lines: [...older.lines, ...open.lines], hasOlder: older.hasOlder })
}

/** More of the past, if there is any. */
export const loadOlder: Step<void> = async (state, tools) => {
  const { open } = state
  const room = open === null ? undefined : state.groups.get(open.room)
  if (open === null || room === undefined || !open.hasOlder) return nothing(state)
  return only({ ...state, open: await back(tools, room.host, open, WINDOW) })
}

/** As much of the past as it takes to have a line in the window, and a little before it. Throws 'not-found'. */
export const loadBack =
  (mid: string): Step<void> =>
  async (state, tools) => {
    let { open } = state
    const room = open === null ? undefined : state.groups.get(open.room)
    if (open === null || room === undefined) throw new SottoError('not-found')
    const has = (lines: readonly MessageRecord[]): boolean => lines.some((line) => line.mid === mid)
    for (let reads = 0; !has(open.lines) && open.hasOlder && reads < JUMP.reads; reads++)
      open = await back(tools, room.host, open, JUMP.lines)
    if (!has(open.lines)) throw new SottoError('not-found')
    if (open.lines.findIndex((line) => line.mid === mid) < WINDOW / 4) open = await back(tools, room.host, open, WINDOW)
    return only({ ...state, open })
  }

/** The line of the open chat that goes by this name. Throws 'not-found'. */
export function openLine(state: State, slot: number, mid: string): MessageRecord {
  const { open } = state
  const found =
    open?.room === slot ? (open.lines.find((line) => line.mid === mid) ?? [...open.around.values()].find((line) => line.mid === mid)) : null
  if (found == null) throw new SottoError('not-found')
  return found
}

/**
 * The state with new lines in the window, each in its place. What belongs before the window is read later, unless it is
 * quoted: so `around` holds what those lines, and pins, are about.
 */
export function withLines(state: State, slot: number, lines: readonly MessageRecord[], about: readonly MessageRecord[] = []): State {
  const { open } = state
  if (open === null || open.room !== slot || lines.length + about.length === 0) return state
  const oldest = open.lines[0]
  const fresh = lines.filter((line) => !open.hasOlder || oldest === undefined || comparePlaces(line, oldest) >= 0)
  const quoted = new Set(open.lines.flatMap((line) => saidOf(line)?.about ?? []).map(nameOf))
  const beside = lines.filter((line) => !fresh.includes(line) && (open.around.has(nameOf(line)) || quoted.has(nameOf(line))))
  const entries = [...about, ...beside].map((line) => [nameOf(line), line] as const)
  const around = entries.length === 0 ? open.around : new Map([...open.around, ...entries])
  return { ...state, open: { ...open, lines: fresh.length === 0 ? open.lines : merged(open.lines, fresh), around } }
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
