/**
 * First contact that leads into a room, on a link proven by one of its invites (docs/protocol.md, "Invites"):
 *   joiner  introduce -> the inviter writes the add -> admitted -> the joiner asks for the log, as always
 * With approval: introduce -> waiting, until an admin agrees. Whoever is a member already is only told so again;
 * whoever was removed does not come back under the same device.
 */
import { codeOf, type Refusal, SottoError } from '#contracts/errors.ts'
import type { DeviceRecord } from '#contracts/wire/device-record.ts'
import type { Op } from '#contracts/wire/entry.ts'
import type { Frame } from '#contracts/wire/frame.ts'
import { inviteProof, opView } from '../groups/entries.ts'
import type { Host } from '../groups/host.ts'
import { hosting } from '../groups/hosting.ts'
import { nameOrId } from '../names.ts'
import { checkRecord } from '../groups/people.ts'
import type { InviteRecord } from '../storage/invite.ts'
import type { Tools } from '../tools.ts'
import { accepted } from './accepted.ts'
import { promotion, refusal } from './contact-ends.ts'
import { hostOf, turned } from './group-steps.ts'
import { type JoinRequest, nextChat, type Session, type State, withoutEntry } from './state.ts'
import { closed, type Effect, nothing, only, type Outcome, type Step } from './step.ts'

type FrameOf<Kind extends Frame['kind']> = Extract<Frame, { kind: Kind }>

const to = (session: Session, frame: Frame): Effect => ({ kind: 'frame', session: session.id, frame })

// --- the inviter

/** Somebody comes by an invite of a room. */
export async function onIntroduceToRoom(
  tools: Tools,
  state: State,
  session: Session,
  value: FrameOf<'introduce'>,
  invite: InviteRecord,
): Promise<Outcome<void>> {
  if (!state.groups.has(invite.room)) return refusal(state, session, invite.key, 'invite-revoked')
  const host = await hostOf(tools, state, invite.room)
  const { members, gone } = host.room.memberships.current()
  const { device } = session.peer
  if (members.has(device)) return admitted(state, session, host, invite)
  if (gone.has(device)) return refusal(state, session, invite.key, 'declined')
  const why = closedFor(host, invite, tools.env.nowMs())
  if (why !== null) return refusal(state, session, invite.key, why)
  try {
    await checkIntroduction(tools, session, host, value)
  } catch (thrown) {
    if (codeOf(thrown) === 'worker-ended' || codeOf(thrown) === 'internal') throw thrown
    return refusal(state, session, invite.key, 'declined')
  }
  return host.needsApproval(invite.key)
    ? asked(tools, state, session, host, value, false)
    : letIn(tools, state, session, host, value, invite)
}

/** Why the invite lets nobody in any more; null if it does. */
function closedFor(host: Host, invite: InviteRecord, nowMs: number): Refusal | null {
  const left = host.room.memberships.current().invites.get(invite.key)
  if (invite.state === 'revoked' || !host.canWrite || left === undefined) return 'invite-revoked'
  if (invite.expiresMs <= nowMs) return 'invite-expired'
  if (host.isFull) return 'invite-used'
  return left > 0 ? null : 'invite-used'
}

/** Record and KeyPackage must be the proven peer's own. */
async function checkIntroduction(tools: Tools, session: Session, host: Host, value: FrameOf<'introduce'>): Promise<void> {
  await checkRecord(tools, value.record, session.peer.device)
  const owner = await tools.cryptography.inspectKeyPackage(value.keyPackage, host.store.record.profile, tools.env.nowMs())
  if (owner.device !== session.peer.device || owner.user !== session.peer.user) throw new SottoError('wrong-peer')
}

async function letIn(
  tools: Tools,
  state: State,
  session: Session,
  host: Host,
  value: FrameOf<'introduce'>,
  invite: InviteRecord,
): Promise<Outcome<void>> {
  const { device, user, chain } = session.peer
  const op: Op = {
    kind: 'add',
    user,
    device,
    chain,
    record: value.record,
    name: nameOrId(value.name, user),
    keyPackage: value.keyPackage,
    role: 'member',
    invite: { invite: invite.key, proof: inviteProof(invite.secret, host.id, device, tools.env.sha256) },
  }
  const turn = turned(state, host, await host.handle(tools, { kind: 'operate', op: opView(op) }))
  // The room had something else to do first: whoever comes is told as soon as the add is written.
  if (!host.room.memberships.current().members.has(device)) {
    const waiting = asked(tools, turn.state, session, host, value, true)
    return { ...turn, state: waiting.state }
  }
  const next = admitted(turn.state, session, host, invite)
  return { ...next, changes: [...turn.changes, ...next.changes], effects: [...turn.effects, ...next.effects] }
}

function admitted(state: State, session: Session, host: Host, invite: Pick<InviteRecord, 'key'>): Outcome<void> {
  const { identity } = state
  if (identity === null) throw new SottoError('internal')
  const frame: FrameOf<'admitted'> = { kind: 'admitted', invite: invite.key, room: host.id, record: identity.record }
  const requests = state.requests.filter((request) => request.session !== session.id)
  return promotion({ ...state, requests }, session, [to(session, frame)])
}

function asked(tools: Tools, state: State, session: Session, host: Host, introduce: FrameOf<'introduce'>, agreed: boolean): Outcome<void> {
  const request: JoinRequest = {
    id: session.peer.device.slice(0, 16) + host.slot.toString(),
    room: host.slot,
    session: session.id,
    introduce,
    askedMs: tools.env.nowMs(),
    agreed,
  }
  const others = state.requests.filter(({ id }) => id !== request.id)
  return {
    ...nothing({ ...state, requests: [...others, request] }),
    effects: [to(session, { kind: 'waiting', invite: introduce.invite })],
  }
}

/** Those whose add has been written meanwhile are told. */
export const admitAgreed: Step<void> = (before) => {
  let all: Outcome<void> = nothing(before)
  for (const { agreed, room, session: id, introduce } of before.requests) {
    const session = all.state.sessions.get(id)
    const host = all.state.groups.get(room)?.host
    if (!agreed || session === undefined || host === undefined) continue
    if (!host.room.memberships.current().members.has(session.peer.device)) continue
    const next = admitted(all.state, session, host, { key: introduce.invite })
    all = { ...next, effects: [...all.effects, ...next.effects] }
  }
  return all
}

/** The person agrees to a request, or does not. Throws 'not-found' if whoever asked is gone. */
export const answerRequest =
  (slot: number, id: string, agree: boolean): Step<void> =>
  async (before, tools) => {
    const request = before.requests.find((one) => one.id === id && one.room === slot && !one.agreed)
    const session = request === undefined ? undefined : before.sessions.get(request.session)
    const invite = [...before.invites.values()].find(({ key }) => key === request?.introduce.invite)
    if (request === undefined || session === undefined || invite === undefined) throw new SottoError('not-found')
    const state = { ...before, requests: before.requests.filter((one) => one !== request) }
    if (!agree) return refusal(state, session, invite.key, 'declined')
    const host = await hostOf(tools, state, slot)
    const why = closedFor(host, invite, tools.env.nowMs())
    return why === null ? letIn(tools, state, session, host, request.introduce, invite) : refusal(state, session, invite.key, why)
  }

// --- the joiner

export const onWaiting = (state: State): Outcome<void> =>
  state.opened === null ? nothing(state) : only({ ...state, opened: { ...state.opened, state: { kind: 'accepting', step: 'approval' } } })

/** The inviter wrote the add: the room is ours to ask for. */
export async function onAdmittedToRoom(tools: Tools, before: State, session: Session, value: FrameOf<'admitted'>): Promise<Outcome<void>> {
  const { identity, opened } = before
  const joining = [...before.joinings].find(([, { key }]) => key === value.invite)
  if (identity === null || opened === null || opened.link?.for !== 'room' || joining === undefined) return closed(before, session.id)
  await checkRecord(tools, value.record, session.peer.device)
  const known = [...before.groups.values()].find(({ host }) => host.id === value.room)
  if (known !== undefined) return promotion(accepted(before, known.host), session, [])
  const [joiningSlot, { keyPackage, sealedKeyPackage }] = joining
  const slot = nextChat(before)
  const { Host } = await hosting()
  const host = Host.make(tools, slot, identity, {
    id: value.room,
    profile: opened.link.profile,
    shape: 'group',
    contact: 0,
    inviter: { device: session.peer.device, record: value.record as DeviceRecord, invite: value.invite, name: opened.link.name },
    keyPackages: [{ keyPackage, sealed: new Uint8Array(sealedKeyPackage) }],
  })
  const first = host.store.firstChanges()
  const started = turned(before, host, await host.handle(tools, { kind: 'start' }))
  const state = accepted({ ...started.state, joinings: withoutEntry(started.state.joinings, joiningSlot) }, { slot })
  const next = promotion(state, session, started.effects)
  return { ...next, changes: [...first, ...started.changes, ...next.changes] }
}
