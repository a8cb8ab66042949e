/**
 * Steps of rooms: one event of one room a step, and what it leads to. A host that a failed transaction spoiled
 * is read again from storage before its next event.
 */
import { codeOf, SottoError } from '#contracts/errors.ts'
import { type DeviceKey, fromHex, type RoomTag, type SessionId, toHex } from '#contracts/ids.ts'
import type { Frame } from '#contracts/wire/frame.ts'
import { Bytes, bytesOf } from '../groups/bytes.ts'
import type { Host, Turn } from '../groups/host.ts'
import { hosting } from '../groups/hosting.ts'
import type { RoomEvent, RoomFrame, TimerName } from '../rooms/room-io.ts'
import type { Tools } from '../tools.ts'
import { acceptedIfShown } from './accepted.ts'
import { withLines } from './conversation-steps.ts'
import { type Group, isServed, type Session, type State, tellsReading, withEntry } from './state.ts'
import { batchesOf, type Effect, nothing, type Outcome, type Step } from './step.ts'

/** After a step that failed. up: a room stands still longer; down: a full disk is asked more often. */
export const MEND_MS = 5_000

/** The live room; read anew if it was spoiled. Throws 'not-found'. */
export async function hostOf(tools: Tools, state: State, slot: number): Promise<Host> {
  const group = state.groups.get(slot)
  if (group === undefined || state.identity === null) throw new SottoError('not-found')
  const host = group.host.spoiled ? await (await hosting()).Host.load(tools, slot, state.identity.device) : group.host
  if (host !== group.host) {
    host.room.resume([...state.sessions.values()].filter(({ groups }) => groups.has(slot)).map(({ peer }) => peer.device))
  }
  host.tellsReading = tellsReading(state)
  return host
}

/** Rooms that a failed step has spoiled are read again at once, for all to see, and go on a little later. */
export const mendRooms: Step<void> = async (before, tools) => {
  let all: Outcome<void> = nothing(before)
  for (const { slot, host, version } of before.groups.values()) {
    if (!host.spoiled) continue
    const group: Group = { slot, host: await hostOf(tools, all.state, slot), version: version + 1 }
    const effects: Effect[] = [...all.effects, { kind: 'room-timer', slot, name: 'sync', delayMs: MEND_MS }]
    all = { ...all, state: { ...all.state, groups: withEntry(all.state.groups, slot, group) }, effects }
  }
  return all
}

/** What a turn of a room leads to: its new state, and its effects. */
export function turned(before: State, host: Host, turn: Turn): Outcome<void> {
  const { slot } = host
  const known = before.groups.get(slot)
  const group: Group = { slot, host, version: (known?.version ?? 0) + 1 }
  const state = acceptedIfShown(
    withLines({ ...before, groups: withEntry(before.groups, slot, group) }, slot, turn.lines, turn.around),
    host,
  )
  const effects: Effect[] = turn.timers.map(({ name, delayMs }) => ({ kind: 'room-timer', slot, name, delayMs }))
  for (const { to, frame } of turn.frames) effects.push(...toDevice(state, host, to, frame))
  if (turn.more) effects.push({ kind: 'room-more', slot })
  if (turn.membersChanged) effects.push({ kind: 'serve-rooms' })
  if (turn.own.length + turn.fresh.length + turn.known.length > 0) {
    const { own, from, pushed, fresh, known } = turn
    effects.push({ kind: 'news', slot, own, from, pushed, fresh, known })
  }
  return { state, changes: turn.changes, effects, value: undefined }
}

function toDevice(state: State, host: Host, to: DeviceKey, frame: RoomFrame): readonly Effect[] {
  for (const session of state.sessions.values()) {
    const tag = session.groups.get(host.slot)
    if (session.peer.device === to && tag !== undefined)
      return framesOf(host, tag, frame).map((one) => ({ kind: 'frame' as const, session: session.id, frame: one }))
  }
  return []
}

function framesOf(host: Host, room: RoomTag, frame: RoomFrame): readonly Frame[] {
  switch (frame.kind) {
    case 'digest':
      return [{ kind: 'digest', room, fingerprint: fromHex(frame.fingerprint) }]
    case 'have':
      return [{ kind: 'tips', room, tips: frame.tips, answer: frame.answer ? 1 : 0 }]
    case 'entries':
      return batchesOf(frame.entries.map(({ id }) => host.bytesOf(id))).map((entries) => ({ kind: 'entries', room, entries }))
    case 'welcome':
      return [{ kind: 'roomWelcome', room, commit: frame.commit, welcome: bytesOf(frame.bytes) }]
    case 'ask':
      return [{ kind: 'ask', room, epoch: frame.epoch, welcomes: frame.welcomes }]
    case 'group-info':
      return [{ kind: 'groupInfo', room, epoch: frame.epoch, info: bytesOf(frame.bytes) }]
  }
}

/** One event of a room. */
export const roomEvent =
  (slot: number, event: RoomEvent): Step<void> =>
  async (state, tools) => {
    if (!state.groups.has(slot)) return nothing(state)
    const host = await hostOf(tools, state, slot)
    return turned(state, host, await host.handle(tools, event))
  }

export const roomTimer = (slot: number, name: TimerName): Step<void> => roomEvent(slot, { kind: 'timer', name })

export type SyncFrame = Extract<Frame, { kind: 'digest' | 'tips' | 'roomWelcome' | 'ask' | 'groupInfo' }>

/** The room that a tag names on a link, if it is a group. */
export function groupAt(state: State, id: SessionId, tag: RoomTag): { readonly session: Session; readonly slot: number } | null {
  const session = state.sessions.get(id)
  const found = [...(session?.groups ?? [])].find(([, known]) => known === tag)
  return session === undefined || found === undefined ? null : { session, slot: found[0] }
}

/** A frame of sync for a group. */
export const roomFrame =
  (id: SessionId, frame: SyncFrame): Step<void> =>
  async (state, tools) => {
    const at = groupAt(state, id, frame.room)
    if (at === null) return nothing(state)
    const host = await hostOf(tools, state, at.slot)
    return turned(state, host, await host.takeFrame(tools, at.session.peer.device, innerOf(frame)))
  }

function innerOf(frame: SyncFrame): Exclude<RoomFrame, { kind: 'entries' }> {
  switch (frame.kind) {
    case 'digest':
      return { kind: 'digest', fingerprint: toHex(frame.fingerprint) }
    case 'tips':
      return { kind: 'have', tips: frame.tips, answer: frame.answer === 1 }
    case 'roomWelcome':
      return { kind: 'welcome', commit: frame.commit, bytes: new Bytes(frame.welcome) }
    case 'ask':
      return { kind: 'ask', epoch: frame.epoch, welcomes: frame.welcomes }
    case 'groupInfo':
      return { kind: 'group-info', epoch: frame.epoch, bytes: new Bytes(frame.info) }
  }
}

/** Entries that came on one link for one room, by sync or pushed: all that have queued up share one transaction. */
export const takeEntries =
  (id: SessionId, tag: RoomTag, encoded: readonly Uint8Array[], pushed: boolean): Step<void> =>
  async (state, tools) => {
    const at = groupAt(state, id, tag)
    if (at === null || encoded.length === 0) return nothing(state)
    const host = await hostOf(tools, state, at.slot)
    return turned(state, host, await host.takeIn(tools, at.session.peer.device, encoded, pushed))
  }

/** Several turns of different rooms as one outcome. */
export async function turns(
  tools: Tools,
  before: State,
  slots: Iterable<number>,
  event: (host: Host) => RoomEvent | null,
): Promise<Outcome<void>> {
  let all: Outcome<void> = nothing(before)
  for (const slot of slots) {
    const host = await hostOf(tools, all.state, slot)
    const one = event(host)
    if (one === null) continue
    const next = turned(all.state, host, await host.handle(tools, one))
    all = { ...next, changes: [...all.changes, ...next.changes], effects: [...all.effects, ...next.effects] }
  }
  return all
}

/** After the start: every room sets its timers. */
export const startRooms: Step<void> = (state, tools) => turns(tools, state, state.groups.keys(), () => ({ kind: 'start' }))

/** True if the room is spoken of with this device: members, those that must learn that they are none, and who let us in. */
function concerns(host: Host, device: DeviceKey): boolean {
  if (host.room.log.first === null) return host.store.record.inviter?.device === device
  const { members, gone } = host.room.memberships.current()
  return members.has(device) || gone.has(device)
}

/** Every link serves every room that its device shares with us. Asks the Worker for the tags. */
export const serveRooms: Step<void> = async (before, tools) => {
  let all: Outcome<void> = nothing(before)
  for (const id of before.sessions.keys()) {
    const session = all.state.sessions.get(id)
    // A link by invite serves rooms once it is promoted.
    if (session === undefined || !isServed(session)) continue
    const fresh = [...all.state.groups.values()].filter(
      ({ slot, host }) => !session.groups.has(slot) && concerns(host, session.peer.device),
    )
    if (fresh.length === 0) continue
    let tags: readonly string[]
    try {
      tags = await tools.cryptography.roomTags(
        id,
        fresh.map(({ host }) => host.id),
      )
    } catch (thrown) {
      // The link went away meanwhile.
      if (codeOf(thrown) === 'worker-ended' || codeOf(thrown) === 'internal') throw thrown
      continue
    }
    const groups = new Map(session.groups)
    for (const [i, { slot }] of fresh.entries()) groups.set(slot, (tags[i] ?? '') as RoomTag)
    const state = { ...all.state, sessions: withEntry(all.state.sessions, id, { ...session, groups }) }
    const linked = await turns(
      tools,
      state,
      fresh.map(({ slot }) => slot),
      () => ({ kind: 'linked', peer: session.peer.device }),
    )
    const crossings = session.as.kind === 'device' ? fresh.flatMap(({ host }) => crossing(state, session, host)) : []
    all = { ...linked, changes: [...all.changes, ...linked.changes], effects: [...all.effects, ...linked.effects, ...crossings] }
  }
  return all
}

/** A chat that we founded and nobody came into: its other one may know nothing of it, or wait for us in one of its own. */
function crossing(state: State, session: Session, host: Host): readonly Effect[] {
  const invite = [...state.invites.values()].find(({ usedBy }) => usedBy === session.peer.device)
  if (host.isShown || host.store.record.inviter !== null || invite === undefined || state.identity === null) return []
  const frame: Frame = { kind: 'admitted', invite: invite.key, room: host.id, record: state.identity.record }
  return [{ kind: 'frame', session: session.id, frame }]
}

/** A link took less than it was sent: its rooms compare once more what they have. */
export const compareAgain =
  (id: SessionId): Step<void> =>
  (state, tools) => {
    const session = state.sessions.get(id)
    return session === undefined
      ? nothing(state)
      : turns(
          tools,
          state,
          [...session.groups.keys()].filter((slot) => state.groups.has(slot)),
          () => ({ kind: 'linked', peer: session.peer.device }),
        )
  }

/** A link is gone: rooms that no other link of the device serves learn of it. */
export const unlinkRooms =
  (device: DeviceKey, slots: readonly number[]): Step<void> =>
  (state, tools) => {
    const still = new Set(
      [...state.sessions.values()].filter(({ peer }) => peer.device === device).flatMap(({ groups }) => [...groups.keys()]),
    )
    return turns(
      tools,
      state,
      slots.filter((slot) => state.groups.has(slot) && !still.has(slot)),
      () => ({ kind: 'unlinked', peer: device }),
    )
  }
