/**
 * First contact, on a link proven by an invite (docs/protocol.md, "Invites"):
 *   joiner  introduce -> the inviter founds a chat of two and adds the joiner -> admitted -> the joiner asks for
 *   the chat's log, as for every room
 * Whoever is interrupted begins again: as long as the joiner has not shown that it came in, the same device gets
 * the same chat, or a new one if it lost the keys for it. Two devices never get two chats: if there is one,
 * `joined` says so; if each founded one at the same moment, the one of the lower device key stays.
 */
import { codeOf, SottoError } from '#contracts/errors.ts'
import type { InviteKey, SessionId } from '#contracts/ids.ts'
import { type Op, roomIdOf } from '#contracts/wire/entry.ts'
import type { Frame } from '#contracts/wire/frame.ts'
import { decodeInviteLink, type InviteLink } from '#contracts/wire/invite-link.ts'
import { bytesOf } from '../groups/bytes.ts'
import { opView } from '../groups/entries.ts'
import type { Host } from '../groups/host.ts'
import { hosting } from '../groups/hosting.ts'
import { nameOrId } from '../names.ts'
import { checkRecord } from '../groups/people.ts'
import type { ContactRecord } from '../storage/contact.ts'
import type { InviteRecord } from '../storage/invite.ts'
import type { Change } from '../storage/vault.ts'
import type { Tools } from '../tools.ts'
import { accepted } from './accepted.ts'
import { promotion, refusal } from './contact-ends.ts'
import { erased } from './erasing.ts'
import { onAdmittedToRoom, onIntroduceToRoom, onWaiting } from './group-contact.ts'
import { hostOf, turned } from './group-steps.ts'
import { contactOf, directWith, nextChat, nextSlot, type Session, type State, withEntry, withoutEntry } from './state.ts'
import { closed, type Effect, nothing, only, type Outcome, type Step } from './step.ts'

type FrameOf<Kind extends Frame['kind']> = Extract<Frame, { kind: Kind }>
type FirstFrame = FrameOf<'introduce' | 'joined' | 'refuse' | 'admitted' | 'waiting'>

const NONCE_BYTES = 16

const frame = (session: Session, value: Frame): Effect => ({ kind: 'frame', session: session.id, frame: value })

/** The joiner's first word on a link to an inviter. */
export function greet(state: State, session: Session, invite: InviteKey): Outcome<void> {
  const { profile, identity, opened } = state
  if (profile === null || identity === null || opened === null || state.accepting !== invite) return closed(state, session.id)
  const known = directWith(state, session.peer.device)
  if (known?.isShown === true && opened.link?.for === 'contact') return settle(state, session, known, invite)
  const joining = [...state.joinings.values()].find(({ link }) => link === opened.text)
  if (joining === undefined) return closed(state, session.id)
  const { name } = profile
  const introduce: Frame = { kind: 'introduce', invite, name, record: identity.record, keyPackage: joining.keyPackage }
  return {
    ...only({
      ...state,
      opened: { ...opened, state: { kind: 'accepting', step: 'joining' } },
      inviter: { invite, device: session.peer.device },
    }),
    effects: [frame(session, introduce)],
  }
}

/** Both have the chat: tell the other end, and let the link serve it. */
function settle(before: State, session: Session, host: Host, invite: InviteKey): Outcome<void> {
  const isMine = before.accepting === invite && session.as.kind === 'inviter'
  return promotion(isMine ? accepted(before, host) : before, session, [frame(session, { kind: 'joined', invite })])
}

/** A frame of first contact. */
export const firstContact =
  (id: SessionId, value: FirstFrame): Step<void> =>
  async (state, tools) => {
    const session = state.sessions.get(id)
    if (session === undefined) return nothing(state)
    if (session.as.kind === 'device' && value.kind === 'admitted') return onCrossing(tools, state, session, value)
    // After its promotion a link may still carry the last word of first contact.
    if (session.as.kind === 'device' || session.as.invite !== value.invite) return closed(state, id)
    if (value.kind === 'joined') return onJoined(state, session, value)
    if (value.kind === 'introduce') return session.as.kind === 'joiner' ? onIntroduce(tools, state, session, value) : closed(state, id)
    if (session.as.kind !== 'inviter' || state.accepting !== value.invite) return nothing(state)
    if (value.kind === 'refuse') return onRefuse(state, value)
    if (value.kind === 'waiting') return onWaiting(state)
    return state.opened?.link?.for === 'room' ? onAdmittedToRoom(tools, state, session, value) : onAdmitted(tools, state, session, value)
  }

// --- the inviter

async function onIntroduce(tools: Tools, before: State, session: Session, value: FrameOf<'introduce'>): Promise<Outcome<void>> {
  const { device } = session.peer
  const entry = [...before.invites].find(([, { key }]) => key === value.invite)
  if (entry !== undefined && entry[1].room !== 0) return onIntroduceToRoom(tools, before, session, value, entry[1])
  const known = directWith(before, device)
  if (known?.isShown === true) return settle(spend(before, value.invite, device), session, known, value.invite)
  // We are on our way into theirs: that one will be the chat.
  if (known !== null && known.store.record.inviter !== null) return promotion(spend(before, value.invite, device), session, [])
  if (known !== null && isFor(known, value)) return admittedTo(before, session, known, value.invite)
  if (entry === undefined) return refusal(before, session, value.invite, 'invite-revoked')
  const [slot, invite] = entry
  if (invite.state === 'revoked') return refusal(before, session, value.invite, 'invite-revoked')
  if (invite.state === 'used' && invite.usedBy !== device) return refusal(before, session, value.invite, 'invite-used')
  if (invite.expiresMs <= tools.env.nowMs()) return refusal(before, session, value.invite, 'invite-expired')
  try {
    // It gave up, and has lost the keys for the chat that it never came into: it gets another.
    const gone = known === null ? { state: before, changes: [] } : await withoutChat(tools, before, known)
    const next = await admit(tools, gone.state, session, value, slot, invite)
    return { ...next, changes: [...gone.changes, ...next.changes] }
  } catch (thrown) {
    if (!isTheirFault(thrown)) throw thrown
    return refusal(before, session, value.invite, 'declined')
  }
}

/** Whether a chat that nobody came into was made for this very KeyPackage. */
function isFor(host: Host, value: FrameOf<'introduce'>): boolean {
  return host.room.log.ops().some(({ entry: { body } }) => {
    if (body.kind !== 'op' || body.op.kind !== 'add') return false
    const added = bytesOf(body.op.keyPackage)
    return added.length === value.keyPackage.length && added.every((byte, i) => byte === value.keyPackage[i])
  })
}

/** Bad input of a peer is refused; a fault of this device is not blamed on the peer. */
const THEIRS = new Set([
  'malformed',
  'too-large',
  'bad-signature',
  'bad-certificate',
  'expired-certificate',
  'wrong-suite',
  'wrong-version',
  'wrong-peer',
  'unexpected',
])
const isTheirFault = (thrown: unknown): boolean => THEIRS.has(codeOf(thrown))

/** Founds the chat: contact, room, first entries and the spent invite are one transaction. */
async function admit(
  tools: Tools,
  before: State,
  session: Session,
  value: FrameOf<'introduce'>,
  inviteSlot: number,
  invite: InviteRecord,
): Promise<Outcome<void>> {
  const { identity, profile } = before
  if (identity === null || profile === null) throw new SottoError('internal')
  const { peer } = session
  // The invite said which suite its chat would speak: a KeyPackage of another is refused.
  const { profile: suite } = invite
  await checkRecord(tools, value.record, peer.device)
  const owner = await tools.cryptography.inspectKeyPackage(value.keyPackage, suite, tools.env.nowMs())
  if (owner.device !== peer.device || owner.user !== peer.user) throw new SottoError('wrong-peer')
  const nonce = tools.env.random(NONCE_BYTES)
  const id = roomIdOf({ author: identity.device, nonce, profile: suite, shape: 'direct' }, tools.env.sha256)
  const contact = contactOf(before, peer.device)?.[0] ?? nextSlot(before.contacts)
  const { Host } = await hosting()
  const host = Host.make(tools, nextChat(before), identity, {
    id,
    profile: suite,
    shape: 'direct',
    contact,
    inviter: null,
    keyPackages: [],
  })
  const { user, chain, record } = identity
  const create: Op = { kind: 'create', nonce, profile: suite, shape: 'direct', user, chain, record, name: profile.name }
  // The joiner owns the chat as much as its founder: nobody is a guest in a chat of two.
  const add: Op = {
    kind: 'add',
    user: peer.user,
    device: peer.device,
    chain: peer.chain,
    record: value.record,
    name: nameOrId(value.name, peer.user),
    keyPackage: value.keyPackage,
    role: 'owner',
    invite: null,
  }
  const first = opView(create)
  if (first.kind !== 'create') throw new SottoError('internal')
  const state: State = {
    ...before,
    contacts: withEntry(before.contacts, contact, contactFrom(tools, session, value.record, add.name, null)),
    invites: withEntry(before.invites, inviteSlot, { ...invite, state: 'used', usedBy: peer.device }),
  }
  const created = turned(state, host, await host.create(tools, first))
  const added = turned(created.state, host, await host.handle(tools, { kind: 'operate', op: opView(add) }))
  const started = turned(added.state, host, await host.handle(tools, { kind: 'start' }))
  const next = admittedTo(started.state, session, host, invite.key)
  return {
    ...next,
    changes: [...created.changes, ...added.changes, ...started.changes, ...next.changes],
    effects: [...created.effects, ...added.effects, ...started.effects, ...next.effects],
  }
}

function admittedTo(state: State, session: Session, host: Host, invite: InviteKey): Outcome<void> {
  if (state.identity === null) throw new SottoError('internal')
  return promotion(state, session, [frame(session, { kind: 'admitted', invite, room: host.id, record: state.identity.record })])
}

/** An open invite that led to a chat which is there already is spent all the same: it was used. */
function spend(state: State, key: InviteKey, usedBy: Session['peer']['device']): State {
  const entry = [...state.invites].find(([, invite]) => invite.key === key && invite.state === 'open')
  if (entry === undefined) return state
  return { ...state, invites: withEntry(state.invites, entry[0], { ...entry[1], state: 'used', usedBy }) }
}

// --- both

/** The other end has a chat with us already. */
function onJoined(state: State, session: Session, value: FrameOf<'joined'>): Outcome<void> {
  const host = directWith(state, session.peer.device)
  if (host === null) return closed(state, session.id)
  const spent = spend(state, value.invite, session.peer.device)
  const isMine = session.as.kind === 'inviter' && spent.accepting === value.invite && host.isShown
  return promotion(isMine ? accepted(spent, host) : spent, session, [])
}

// --- the joiner

/** The inviter founded the chat: it is ours to ask for. */
async function onAdmitted(tools: Tools, before: State, session: Session, value: FrameOf<'admitted'>): Promise<Outcome<void>> {
  const { identity, opened } = before
  if (identity === null || opened?.link == null) return closed(before, session.id)
  const { device } = session.peer
  const known = directWith(before, device)
  if (known?.id === value.room) return promotion(before, session, [])
  if (known?.isShown === true) return settle(before, session, known, value.invite)
  // Each founded one at the same moment. Ours stays: what we told them will make them come.
  if (known !== null && known.store.record.inviter === null && identity.device < device) return nothing(before)
  try {
    await checkRecord(tools, value.record, device)
  } catch (thrown) {
    if (!isTheirFault(thrown)) throw thrown
    const refused = { ...before, accepting: null, opened: { ...opened, state: { kind: 'refused' as const, code: codeOf(thrown) } } }
    return { ...only(refused), effects: [{ kind: 'close', session: session.id }] }
  }
  const taken = await take(tools, before, session, value, known, opened.link)
  const next = promotion(taken.state, session, taken.effects)
  return { ...next, changes: [...taken.changes, ...next.changes] }
}

/**
 * Each founded a chat at the same moment, and the links by invite are gone: on a device's link the one whose
 * chat nobody came into says so, and the lower device key's stays.
 */
async function onCrossing(tools: Tools, state: State, session: Session, value: FrameOf<'admitted'>): Promise<Outcome<void>> {
  const known = directWith(state, session.peer.device)
  const isOurs = known !== null && !known.isShown && known.store.record.inviter === null && known.id !== value.room
  if (!isOurs || state.identity === null || state.identity.device < session.peer.device) return nothing(state)
  await checkRecord(tools, value.record, session.peer.device)
  // What was accepted there names the suite; without it there are no keys to come in by.
  const joining = [...state.joinings.values()].find(({ key }) => key === value.invite)
  if (joining === undefined) return nothing(state)
  const { profile } = decodeInviteLink(joining.link, tools.env.sha256)
  const taken = await take(tools, state, session, value, known, { name: '', profile })
  return { ...taken, effects: [...taken.effects, { kind: 'serve-rooms' }] }
}

/** The room that the inviter let us into, in place of one of ours that nobody came into. */
async function take(
  tools: Tools,
  before: State,
  session: Session,
  value: FrameOf<'admitted'>,
  known: Host | null,
  link: Pick<InviteLink, 'name' | 'profile'>,
): Promise<Outcome<void>> {
  const { identity } = before
  const { device, user } = session.peer
  if (identity === null) throw new SottoError('internal')
  const gone = known === null ? { state: before, changes: [] } : await withoutChat(tools, before, known)
  const contact = contactOf(before, device)?.[0] ?? nextSlot(before.contacts)
  const { Host } = await hosting()
  const host = Host.make(tools, nextChat(gone.state), identity, {
    id: value.room,
    profile: link.profile,
    shape: 'direct',
    contact,
    inviter: { device, record: value.record, invite: value.invite, name: link.name },
    keyPackages: [...before.joinings.values()].map(({ keyPackage, sealedKeyPackage }) => ({
      keyPackage,
      sealed: new Uint8Array(sealedKeyPackage),
    })),
  })
  const name = nameOrId(link.name, user)
  const contacts = withEntry(gone.state.contacts, contact, contactFrom(tools, session, value.record, name, value.invite))
  const started = turned({ ...gone.state, contacts }, host, await host.handle(tools, { kind: 'start' }))
  return { ...started, changes: [...gone.changes, ...host.store.firstChanges(), ...started.changes] }
}

function onRefuse(state: State, value: FrameOf<'refuse'>): Outcome<void> {
  if (state.opened === null) return nothing(state)
  const code = value.code === 'declined' ? 'unexpected' : value.code
  const joining = [...state.joinings].find(([, { link }]) => link === state.opened?.text)
  return only({
    ...state,
    accepting: null,
    opened: { ...state.opened, state: { kind: 'refused', code } },
    joinings: joining === undefined ? state.joinings : withoutEntry(state.joinings, joining[0]),
  })
}

function contactFrom(
  tools: Tools,
  session: Session,
  record: ContactRecord['record'],
  name: string,
  invite: InviteKey | null,
): ContactRecord {
  const nowMs = tools.env.nowMs()
  const { user, device, chain } = session.peer
  return { v: 1, user, device, chain, record, name, addedMs: nowMs, lastHeardMs: nowMs, accepted: invite }
}

// --- chats that nobody came into

/** The state without a chat of two that only one of them has, and what removes it. */
async function withoutChat(
  tools: Tools,
  state: State,
  host: Host,
): Promise<{ readonly state: State; readonly changes: readonly Change[] }> {
  // Its number may be used again: no link may take the next chat for this one.
  const sessions = new Map(
    [...state.sessions].map(([id, session]) => [id, { ...session, groups: withoutEntry(session.groups, host.slot) }]),
  )
  return { state: { ...state, sessions, groups: withoutEntry(state.groups, host.slot) }, changes: await erased(tools, host) }
}

/** Forgets chats that were founded for somebody whose invite has expired meanwhile, and who never came in. */
export const forgetAbsent: Step<void> = async (before, tools) => {
  let state = before
  const changes: Change[] = []
  for (const { host } of before.groups.values()) {
    if (host.isShown || host.store.record.inviter !== null) continue
    const contact = before.contacts.get(host.store.record.contact)
    const isOpen = [...before.invites.values()].some(({ usedBy, expiresMs }) => usedBy === contact?.device && expiresMs > tools.env.nowMs())
    if (isOpen) continue
    const live = await hostOf(tools, state, host.slot)
    const gone = await withoutChat(tools, state, live)
    state = { ...gone.state, contacts: withoutEntry(gone.state.contacts, host.store.record.contact) }
    changes.push(...gone.changes)
  }
  return state === before ? nothing(before) : { ...only(state), changes }
}
