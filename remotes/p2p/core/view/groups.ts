/** What is shown of chats: the line in the list, the conversation's items, and the facts of a room's *Details*. */
import type { EpochInfo } from '#contracts/cryptography.ts'
import type { Env } from '#contracts/env.ts'
import { SottoError } from '#contracts/errors.ts'
import type { DeviceKey, UserId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type {
  ChatItem,
  ChatSummary,
  LinkState,
  MemberView,
  NoticeView,
  QuoteView,
  ReactionView,
  RoomFacts,
  RoomInviteView,
  Tick,
} from '#contracts/ui.ts'
import { encodeInviteLink } from '#contracts/wire/invite-link.ts'
import type { Role } from '#contracts/wire/entry.ts'
import { pictureType } from '../engine/group-commands.ts'
import { type Group, type Session, type State, tellsReading } from '../engine/state.ts'
import { bytesOf } from '../groups/bytes.ts'
import { isWritten, saidOf } from '../content/marks.ts'
import type { Host } from '../groups/host.ts'
import type { Place } from '../groups/places.ts'
import { cleanName, hueOf, nameOrId } from '../names.ts'
import { bySeniority, permits } from '../rooms/roles.ts'
import { inviteKey, roomKey } from '../storage/keys.ts'
import { type MessageRecord, type Reaction, UNSENT } from '../storage/message.ts'
import { base64 } from './base64.ts'
import { linkState, sessionOf } from './links.ts'
import { roomCode } from './trust.ts'

type Sha256 = Env['sha256']

const ROLES: readonly Role[] = ['owner', 'admin', 'member']

/** The room's name; before the log is here, what the link claimed. */
const nameOf = (host: Host): string =>
  cleanName(host.room.memberships.current().settings.name) || cleanName(host.store.record.inviter?.name ?? '')

function pictureOf(host: Host): string | null {
  const { picture } = host.room.memberships.current().settings
  if (picture === null) return null
  const bytes = bytesOf(picture)
  const type = pictureType(bytes)
  return type === null ? null : `data:${type};base64,${base64(bytes)}`
}

const hueOfDevice = (host: Host, device: DeviceKey, sha256: Sha256): number => {
  const user = host.people.introduction(device)?.user
  return user === undefined ? 0 : hueOf(user, sha256)
}

/** Links of this room, by device. */
function linked(state: State, slot: number): ReadonlyMap<DeviceKey, Session> {
  const out = new Map<DeviceKey, Session>()
  for (const session of state.sessions.values()) if (session.groups.has(slot)) out.set(session.peer.device, session)
  return out
}

/** One word for the whole room: the best of its links. */
function roomLink(state: State, host: Host): LinkState {
  const sessions = [...linked(state, host.slot).values()]
  const best = sessions.find(({ path }) => path === 'direct') ?? sessions[0]
  if (best !== undefined) return { kind: 'connected', path: best.path }
  const others = [...host.room.memberships.current().members.keys()].filter((device) => device !== host.me)
  const links = others.map((device) => linkState(state, null, device))
  return links.find(({ kind }) => kind === 'connecting') ?? links[0] ?? { kind: 'offline', lastHeardMs: null, problem: null }
}

/** How far an own message has come. */
export function tickOf(
  host: Host,
  line: Pick<MessageRecord, 'mid' | 'seq'>,
  underway: ReturnType<Host['underway']>,
  reading: boolean,
): Tick {
  const way = underway.get(line.mid)
  if (way !== undefined && (way.lacking.length > 0 || line.seq === UNSENT)) return way.held ? 'held' : 'written'
  const node = host.room.log.chain(host.me)[line.seq]
  if (node === undefined) return 'written'
  const then = [...host.room.memberships.before(node).members.keys()].filter((device) => device !== host.me)
  if (then.length === 0) return 'written'
  const { members } = host.room.memberships.current()
  return reading && then.every((device) => !members.has(device) || host.people.of(device).read > line.seq) ? 'read' : 'delivered'
}

export const chatSummary = (state: State, group: Group, sha256: Sha256): ChatSummary =>
  group.host.isDirect ? directSummary(state, group, sha256) : roomSummary(state, group, sha256)

/** The newest text, as the list shows it. */
function lastOf(state: State, host: Host): ChatSummary['last'] {
  const { last } = host.store.record
  if (last === null) return null
  const mine = last.author === host.people.numberOf(host.me)
  const tick = mine && last.text !== '' ? tickOf(host, last, host.underway(), tellsReading(state)) : null
  return { text: last.text, atMs: last.sentAtMs, mine, tick }
}

const draftOf = ({ contents: { draft } }: Host): Pick<ChatSummary, 'draft'> => (draft === '' ? {} : { draft })

const choicesOf = ({ contents: { choices, fleeting } }: Host): Pick<ChatSummary, 'muted' | 'pinned' | 'archived' | 'life'> => ({
  ...(choices.muted === 'on' ? { muted: true } : {}),
  ...(choices.pinnedMs > 0 ? { pinned: true } : {}),
  ...(choices.archived === 'on' ? { archived: true } : {}),
  ...(fleeting.life === 'off' ? {} : { life: fleeting.life }),
})

function directSummary(state: State, { slot, host }: Group, sha256: Sha256): ChatSummary {
  const { contact, unread } = host.store.record
  const known = state.contacts.get(contact)
  const device = host.peer ?? known?.device ?? host.me
  return {
    id: roomKey(slot),
    kind: 'direct',
    standing: 'open',
    members: null,
    picture: null,
    name: host.people.nameOf(device),
    hue: known === undefined ? hueOfDevice(host, device, sha256) : hueOf(known.user, sha256),
    last: lastOf(state, host),
    unread,
    ...draftOf(host),
    ...choicesOf(host),
    link: linkState(state, sessionOf(state, slot, device), device),
    verified: false,
  }
}

function roomSummary(state: State, { slot, host }: Group, sha256: Sha256): ChatSummary {
  const { record } = host.store
  const { members } = host.room.memberships.current()
  const online = linked(state, slot)
  const last = lastOf(state, host)
  const by = record.last === null ? '' : (host.people.byNumber(record.last.author)?.name ?? '')
  return {
    id: roomKey(slot),
    kind: 'room',
    standing: host.standing,
    members: { online: 1 + [...online.keys()].filter((device) => members.has(device)).length, all: Math.max(1, members.size) },
    picture: pictureOf(host),
    name: nameOf(host),
    hue: hueOf(host.id as string as UserId, sha256),
    last: last === null ? null : { ...last, by },
    unread: record.unread,
    ...draftOf(host),
    ...choicesOf(host),
    link: roomLink(state, host),
    verified: false,
  }
}

/** A line by its place, if it is in the window or around it. */
export type LineAt = (place: Place) => MessageRecord | null

/** Code points of a message that a quote of it shows. */
const QUOTE_CHARS = 160

/** A message as it is quoted. */
export function quoteOf(host: Host, line: MessageRecord): QuoteView {
  const author = host.people.byNumber(line.author)
  const said = saidOf(line)
  const text = said === null ? '' : [...said.text.slice(0, 2 * QUOTE_CHARS)].slice(0, QUOTE_CHARS).join('')
  const state = said === null ? 'deleted' : 'there'
  return { id: line.mid, mine: author?.device === host.me, authorName: author?.name ?? '', text, state }
}

function reactionsOf(host: Host, reactions: readonly Reaction[]): readonly ReactionView[] {
  const out = new Map<string, { readonly emoji: string; mine: boolean; readonly names: string[] }>()
  for (const { by, emoji, mark } of reactions) {
    if (mark !== 'set') continue
    const person = host.people.byNumber(by)
    const one = out.get(emoji) ?? { emoji, mine: false, names: [] }
    out.set(emoji, one)
    if (person?.device === host.me) one.mine = true
    else one.names.push(person?.name ?? '')
  }
  return [...out.values()].slice(0, LIMITS.emojiShown)
}

/** The line as it is shown; null for one that is not. */
export function chatItem(
  host: Host,
  line: MessageRecord,
  {
    underway,
    reading,
    sha256,
    lineAt,
    pinned,
  }: {
    readonly underway: ReturnType<Host['underway']>
    readonly reading: boolean
    readonly sha256: Sha256
    readonly lineAt: LineAt
    readonly pinned: boolean
  },
): ChatItem | null {
  const { mid, sentAtMs, body } = line
  const author = host.people.byNumber(line.author)
  if (isWritten(line)) {
    if (body.kind === 'erased' && body.by !== 'author') return null
    const said = saidOf(line)
    const mine = author?.device === host.me
    const reactions = reactionsOf(host, said?.reactions ?? [])
    const quoted = said?.about == null ? null : lineAt(said.about)
    return {
      kind: 'message' as const,
      id: mid,
      mine,
      authorName: author?.name ?? '',
      sentAtMs,
      text: said?.text ?? '',
      tick: mine && said !== null ? tickOf(host, line, underway, reading) : null,
      ...(author === null ? {} : { author: { id: author.device, hue: hueOfDevice(host, author.device, sha256) } }),
      ...(said === null ? { deleted: true } : {}),
      ...(said?.about == null ? {} : { reply: quoted === null ? missing(said.about) : quoteOf(host, quoted) }),
      ...(reactions.length === 0 ? {} : { reactions }),
      ...(said?.edited == null ? {} : { edited: true }),
      ...(pinned && said !== null ? { pinned: true } : {}),
      ...(said?.kind === 'message' && said.life !== 'off' ? { life: said.life } : {}),
    }
  }
  if (body.kind === 'renamed' && body.from === body.to) return null
  const notice = noticeOf(body, author?.name ?? '')
  return notice === null ? null : { kind: 'notice', id: mid, atMs: sentAtMs, notice }
}

function noticeOf(body: MessageRecord['body'], by: string): NoticeView['notice'] | null {
  switch (body.kind) {
    case 'text':
    case 'said':
    case 'message':
    case 'erased':
      return null
    case 'roomNamed':
      return { kind: 'room-named', to: body.to, by: body.by }
    case 'timer':
      return { ...body, by }
    default:
      return body
  }
}

const missing = ({ mid }: Place): QuoteView => ({ id: mid, mine: false, authorName: '', text: '', state: 'missing' })

export interface RoomSources {
  readonly sha256: Sha256
  readonly pageUrl: string
  readonly nowMs: number
  /** Of the head, if its state is held. */
  readonly info: EpochInfo | null
}

/** Throws 'not-found'. */
export function roomFacts(state: State, host: Host, sources: RoomSources): RoomFacts {
  const membership = host.room.memberships.current()
  const me = membership.members.get(host.me)
  const underway = host.underway()
  const waiting = new Map<DeviceKey, number>()
  for (const { lacking } of underway.values()) for (const device of lacking) waiting.set(device, (waiting.get(device) ?? 0) + 1)
  const online = linked(state, host.slot)
  const members = [...membership.members.values()].sort(bySeniority).map((member): MemberView => {
    const mine = member.device === host.me
    const reach = me !== undefined && host.canWrite && !mine
    return {
      id: member.device,
      name: host.people.nameOf(member.device),
      hue: hueOf(member.user, sources.sha256),
      role: member.role,
      mine,
      link: mine ? { kind: 'connected', path: 'direct' } : linkState(state, online.get(member.device) ?? null, member.device),
      waiting: waiting.get(member.device) ?? 0,
      may: {
        remove: reach && permits('remove', me, member),
        roles: reach ? ROLES.filter((role) => role !== member.role && permits('role', me, member)) : [],
      },
    }
  })
  const unheld = [...underway.values()].filter(({ held, lacking }) => !held && lacking.length > 0).length
  const may = (kind: 'invite' | 'settings'): boolean => me !== undefined && host.canWrite && permits(kind, me, me)
  return {
    name: nameOf(host),
    topic: membership.settings.topic,
    picture: pictureOf(host),
    role: me?.role ?? 'member',
    may: { invite: may('invite'), settings: may('settings') },
    members,
    invites: invites(state, host, sources),
    requests: state.requests
      .filter(({ room, agreed }) => room === host.slot && !agreed)
      .map(({ id, introduce, askedMs, session }) => {
        const user = state.sessions.get(session)?.peer.user
        return {
          id,
          name: nameOrId(introduce.name, user ?? ('' as UserId)),
          hue: user === undefined ? 0 : hueOf(user, sources.sha256),
          askedMs,
        }
      }),
    roomCode: sources.info === null ? null : roomCode(sources.info.authenticator, sources.sha256),
    suite: host.store.record.profile,
    epoch: sources.info?.number ?? 0,
    unheld,
    waitingFor: [...waiting.keys()].map((device) => host.people.nameOf(device)),
    heir: heirOf(host),
  }
}

/** Who owns the room once this person, its last owner, is gone; null if that changes nothing. */
function heirOf(host: Host): string | null {
  const members = [...host.room.memberships.current().members.values()].sort(bySeniority)
  const owners = members.filter(({ role }) => role === 'owner')
  if (owners.length !== 1 || owners[0]?.device !== host.me) return null
  const next = members.find(({ device }) => device !== host.me)
  return next === undefined ? null : host.people.nameOf(next.device)
}

/** The room's invites that this device made, newest first. */
export function roomInvite(
  state: State,
  host: Host,
  slot: number,
  sources: Pick<RoomSources, 'sha256' | 'pageUrl' | 'nowMs'>,
): RoomInviteView {
  const invite = state.invites.get(slot)
  const op = invite === undefined ? null : host.invite(invite.key)
  if (invite === undefined || op === null) throw new SottoError('not-found')
  const { v, key, secret, expiresMs, name, createdMs, profile } = invite
  const left = host.room.memberships.current().invites.get(key)
  const ended =
    invite.state === 'revoked' || left === undefined ? 'revoked' : left <= 0 ? 'used' : expiresMs <= sources.nowMs ? 'expired' : 'open'
  return {
    id: inviteKey(slot),
    url: `${sources.pageUrl}#i=${encodeInviteLink({ v, for: 'room', key, secret, expiresMs, name, profile }, sources.sha256)}`,
    createdMs,
    expiresMs,
    uses: op.uses,
    used: op.uses - (left ?? op.uses),
    approval: op.approval === 1,
    mine: true,
    state: ended,
  }
}

function invites(state: State, host: Host, sources: RoomSources): readonly RoomInviteView[] {
  return [...state.invites]
    .filter(([, { room, key }]) => room === host.slot && host.invite(key) !== null)
    .map(([slot]) => roomInvite(state, host, slot, sources))
    .sort((a, b) => b.createdMs - a.createdMs)
}
