/** What a person commands in rooms. Each is refused with a code before anything is written, or written as a whole. */
import { SottoError } from '#contracts/errors.ts'
import type { DeviceKey, Mid } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { ContentBody } from '#contracts/wire/content.ts'
import { type Op, PROFILES, type Profile, type Role, roomIdOf } from '#contracts/wire/entry.ts'
import { Bytes, Words } from '../groups/bytes.ts'
import { opView } from '../groups/entries.ts'
import type { Host } from '../groups/host.ts'
import { hosting } from '../groups/hosting.ts'
import type { Place } from '../groups/places.ts'
import { cleanName } from '../names.ts'
import { permits } from '../rooms/roles.ts'
import type { RoomOp } from '../rooms/entry-view.ts'
import type { InviteRecord } from '../storage/invite.ts'
import type { Tools } from '../tools.ts'
import { hostOf, turned } from './group-steps.ts'
import { nextChat, nextSlot, type State, tellsReading, withEntry } from './state.ts'
import { nothing, only, type Outcome, type Step } from './step.ts'

const NONCE_BYTES = 16
const DAY_MS = 24 * 60 * 60 * 1000

const encoder = new TextEncoder()

/** A topic of at most LIMITS.topicBytes. Throws 'too-large'. */
function checkTopic(topic: string): string {
  const trimmed = topic.trim()
  if (encoder.encode(trimmed).length > LIMITS.topicBytes) throw new SottoError('too-large')
  return trimmed
}

/** Founds a room in a suite, for good; the answer is its local number. The name and topic follow as its second entry. */
export const createRoom =
  (wantedName: string, wantedTopic: string, suite: Profile): Step<number> =>
  async (state, tools) => {
    const { identity, profile } = state
    if (identity === null || profile === null) throw new SottoError('identity-missing')
    if (!PROFILES.includes(suite)) throw new SottoError('malformed')
    const name = cleanName(wantedName)
    if (name === '') throw new SottoError('malformed')
    const topic = checkTopic(wantedTopic)
    const nonce = tools.env.random(NONCE_BYTES)
    const id = roomIdOf({ author: identity.device, nonce, profile: suite, shape: 'group' }, tools.env.sha256)
    const slot = nextChat(state)
    const { Host } = await hosting()
    const host = Host.make(tools, slot, identity, { id, profile: suite, shape: 'group', contact: 0, inviter: null, keyPackages: [] })
    const create: Op = {
      kind: 'create',
      nonce,
      profile: suite,
      shape: 'group',
      user: identity.user,
      chain: identity.chain,
      record: identity.record,
      name: profile.name,
    }
    const view = opView(create)
    if (view.kind !== 'create') throw new SottoError('internal')
    const first = turned(state, host, await host.create(tools, view))
    const second = turned(
      first.state,
      host,
      await host.handle(tools, { kind: 'operate', op: { kind: 'settings', name, topic, picture: null } }),
    )
    const third = turned(second.state, host, await host.handle(tools, { kind: 'start' }))
    return {
      state: third.state,
      changes: [...first.changes, ...second.changes, ...third.changes],
      effects: [...first.effects, ...second.effects, ...third.effects],
      value: slot,
    }
  }

/** Throws 'removed' if this device is no member (any more), 'unexpected' if there is a copy of it. */
function checkWritable(host: Host): void {
  if (host.store.record.cloned === 1) throw new SottoError('unexpected')
  if (!host.canWrite) throw new SottoError('removed')
}

/** One operation of this person. Throws 'removed' if this device may not write, 'unexpected' if its role may not do that. */
async function operate(tools: Tools, state: State, slot: number, op: RoomOp): Promise<Outcome<void>> {
  const host = await hostOf(tools, state, slot)
  checkWritable(host)
  if (host.isDirect) throw new SottoError('not-found')
  return turned(state, host, await host.handle(tools, { kind: 'operate', op }))
}

/** A member that this person may do this to. Throws 'not-found', 'unexpected'. */
function checkReach(host: Host, kind: 'remove' | 'role', device: DeviceKey): void {
  const { members } = host.room.memberships.current()
  const me = members.get(host.me)
  const target = members.get(device)
  if (me === undefined || target === undefined) throw new SottoError('not-found')
  if (!permits(kind, me, target)) throw new SottoError('unexpected')
}

export const removeMember =
  (slot: number, device: DeviceKey): Step<void> =>
  async (state, tools) => {
    checkReach(await hostOf(tools, state, slot), 'remove', device)
    return operate(tools, state, slot, { kind: 'remove', device })
  }

export const setRole =
  (slot: number, device: DeviceKey, role: Role): Step<void> =>
  async (state, tools) => {
    checkReach(await hostOf(tools, state, slot), 'role', device)
    return operate(tools, state, slot, { kind: 'role', device, role })
  }

/** Throws 'unexpected' without the right to. */
function checkMay(host: Host, kind: 'invite' | 'settings' | 'revoke'): void {
  const me = host.room.memberships.current().members.get(host.me)
  if (me === undefined) throw new SottoError('removed')
  if (!permits(kind, me, me)) throw new SottoError('unexpected')
}

export const setRoom =
  (
    slot: number,
    change: { readonly name: string | null; readonly topic: string | null; readonly picture: Uint8Array | 'none' | null },
  ): Step<void> =>
  async (state, tools) => {
    const host = await hostOf(tools, state, slot)
    checkMay(host, 'settings')
    const { settings } = host.room.memberships.current()
    const name = change.name === null ? settings.name : cleanName(change.name)
    if (name === '') throw new SottoError('malformed')
    const topic = change.topic === null ? settings.topic : checkTopic(change.topic)
    if (change.picture instanceof Uint8Array && !isPicture(change.picture)) throw new SottoError('malformed')
    if (change.picture instanceof Uint8Array && change.picture.length > LIMITS.pictureBytes) throw new SottoError('too-large')
    const picture = change.picture === null ? settings.picture : change.picture === 'none' ? null : new Bytes(change.picture)
    const same = name === settings.name && topic === settings.topic && picture === settings.picture
    return same ? nothing(state) : operate(tools, state, slot, { kind: 'settings', name, topic, picture })
  }

/** The types that are shown, by their first bytes. */
export function pictureType(bytes: Uint8Array): 'image/jpeg' | 'image/png' | 'image/webp' | null {
  const starts = (...head: readonly number[]): boolean => head.every((byte, i) => bytes[i] === byte)
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg'
  if (starts(0x89, 0x50, 0x4e, 0x47)) return 'image/png'
  return starts(0x52, 0x49, 0x46, 0x46) && bytes[8] === 0x57 && bytes[9] === 0x45 ? 'image/webp' : null
}
const isPicture = (bytes: Uint8Array): boolean => pictureType(bytes) !== null

/** Tells the others; the chat stays readable. */
export const leaveRoom =
  (slot: number): Step<void> =>
  async (state, tools) => {
    const host = await hostOf(tools, state, slot)
    checkWritable(host)
    if (host.isDirect) throw new SottoError('not-found')
    host.willLeave()
    return turned(state, host, await host.handle(tools, { kind: 'operate', op: { kind: 'leave' } }))
  }

/** An invite into a room; the answer is its local number. Throws 'malformed' on numbers out of bounds. */
export const createRoomInvite =
  (slot: number, options: { readonly uses: number; readonly days: number; readonly approval: boolean }): Step<number> =>
  async (before, tools) => {
    const { uses, days, approval } = options
    if (!Number.isInteger(uses) || uses < 1 || uses > LIMITS.inviteUses) throw new SottoError('malformed')
    if (!Number.isInteger(days) || days < 1 || days > 30) throw new SottoError('malformed')
    const host = await hostOf(tools, before, slot)
    checkMay(host, 'invite')
    const nowMs = tools.env.nowMs()
    const open = [...before.invites.values()].filter((one) => one.state === 'open' && one.expiresMs > nowMs)
    if (open.length >= LIMITS.invitesListening) throw new SottoError('too-large')
    const made = await tools.cryptography.createInvite()
    const expiresMs = nowMs + days * DAY_MS
    const op: Op = { kind: 'invite', invite: made.key, secret: made.secret, uses, expiresMs, approval: approval ? 1 : 0 }
    const turn = await operate(tools, before, slot, opView(op))
    const invite: InviteRecord = {
      v: 2,
      ...made,
      name: host.room.memberships.current().settings.name,
      createdMs: nowMs,
      expiresMs,
      state: 'open',
      room: slot,
      usedBy: null,
      profile: host.store.record.profile,
    }
    const number = nextSlot(turn.state.invites)
    return { ...turn, state: { ...turn.state, invites: withEntry(turn.state.invites, number, invite), clockMs: nowMs }, value: number }
  }

/** Takes an invite back, for everybody. */
export const revokeRoomInvite =
  (slot: number, key: InviteRecord['key']): Step<void> =>
  async (before, tools) => {
    const host = await hostOf(tools, before, slot)
    checkMay(host, 'revoke')
    if (host.invite(key) === null) throw new SottoError('not-found')
    const own = [...before.invites].find(([, invite]) => invite.key === key)
    const invites = own === undefined ? before.invites : withEntry(before.invites, own[0], { ...own[1], state: 'revoked' as const })
    return operate(tools, { ...before, invites }, slot, { kind: 'revoke', invite: key })
  }

/** A content of this person in a room. Throws 'removed' where this device may not write. */
export async function say(tools: Tools, state: State, slot: number, body: ContentBody): Promise<Outcome<Mid>> {
  const host = await hostOf(tools, state, slot)
  checkWritable(host)
  const turn = await host.handle(tools, { kind: 'say', body: new Words(body) })
  return { ...turned(state, host, turn), value: turn.said ?? ('' as Mid) }
}

/** `text` as it is sent: well-formed UTF-8. Throws 'malformed' if it is empty, 'too-large' above `maxBytes`. */
export function checkText(text: string, maxBytes: number): string {
  const bytes = encoder.encode(text)
  if (bytes.length === 0) throw new SottoError('malformed')
  if (bytes.length > maxBytes) throw new SottoError('too-large')
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

/** A text of this person, `about` what it answers. It stays as long as the chat's timer says. */
export async function sayText(tools: Tools, state: State, slot: number, text: string, about: Place | null): Promise<Outcome<Mid>> {
  const checked = checkText(text, LIMITS.textBytes)
  const { life } = (await hostOf(tools, state, slot)).contents.fleeting
  if (life !== 'off') return say(tools, state, slot, { kind: 'message', text: checked, about, life })
  return say(tools, state, slot, about === null ? { kind: 'text', text: checked } : { kind: 'reply', about, text: checked })
}

export const sayInRoom =
  (slot: number, text: string): Step<Mid> =>
  (state, tools) =>
    sayText(tools, state, slot, text, null)

/** A new name, told in every room. */
export const renameInRooms =
  (name: string): Step<void> =>
  async (before, tools) => {
    let all: Outcome<void> = nothing(before)
    for (const { slot, host } of before.groups.values()) {
      if (!host.canWrite) continue
      const next = await say(tools, all.state, slot, { kind: 'profile', name })
      all = { state: next.state, changes: [...all.changes, ...next.changes], effects: [...all.effects, ...next.effects], value: undefined }
    }
    return all
  }

/** The person has seen the room to its end. */
export const readRoom =
  (slot: number): Step<void> =>
  async (state, tools) => {
    const host = await hostOf(tools, state, slot)
    if (host.store.record.unread === 0) return only(state)
    host.seen()
    const event = tellsReading(state) && host.canWrite ? ({ kind: 'tell' } as const) : ({ kind: 'continue' } as const)
    return turned(state, host, await host.handle(tools, event))
  }
