/** Steps for what the links report, frames aside. */
import type { InviteKey, SessionId } from '#contracts/ids.ts'
import type { ErrorCode } from '#contracts/errors.ts'
import type { LinkStats } from '#contracts/p2p.ts'

import { greet } from './first-contact.ts'
import type { LinkEvent } from '../link/api.ts'
import { contactOf, type Opened, type Session, type State, withEntry, withoutEntry } from './state.ts'
import { nothing, only, type Outcome, type Step } from './step.ts'

type Proven = Extract<LinkEvent, { kind: 'proven' }>

/** A link is proven: sync with a device, or the first words of first contact. */
export const proven =
  ({ session: id, peer, as }: Proven): Step<void> =>
  (before): Outcome<void> => {
    const session: Session = { id, peer, as, groups: new Map(), promoted: false, path: 'unknown' }
    const state = { ...before, sessions: withEntry(before.sessions, id, session) }
    const measure = { kind: 'measure' as const, session: id }
    if (as.kind === 'joiner') return { ...nothing(state), effects: [measure] }
    if (as.kind === 'inviter') {
      const greeted = greet(state, session, as.invite)
      return { ...greeted, effects: [...greeted.effects, measure] }
    }
    return { ...nothing(state), effects: [{ kind: 'serve-rooms' }, measure] }
  }

/** A link is gone. When its device was last heard is kept. */
export const linkClosed =
  (id: SessionId, lastHeardMs: (session: Session) => number | null): Step<void> =>
  (before): Outcome<void> => {
    const session = before.sessions.get(id)
    if (session === undefined) return nothing(before)
    const requests = before.requests.filter(({ session: asked }) => asked !== id)
    const state = { ...before, sessions: withoutEntry(before.sessions, id), requests }
    const known = contactOf(state, session.peer.device)
    const heardMs = lastHeardMs(session)
    if (known === null || heardMs === null) return only(state)
    const [slot, contact] = known
    return only({ ...state, contacts: withEntry(state.contacts, slot, { ...contact, lastHeardMs: heardMs }) })
  }

/** What the person is shown of a link that is being made. */
export const linkState =
  (event: Extract<LinkEvent, { kind: 'state' }>): Step<void> =>
  (before): Outcome<void> => {
    const { target, state, problem } = event
    if (target.kind === 'device') return only({ ...before, shown: withEntry(before.shown, target.device, { state, problem }) })
    if (before.opened === null || before.accepting !== target.invite || state === 'offline') return nothing(before)
    const step = state === 'connected' ? 'joining' : state
    return only({ ...before, opened: { ...before.opened, state: { kind: 'accepting', step } } })
  }

/** The inviter refused, or is not there. Only a refusal is final: somebody who is away may come back. */
export const inviteRefused =
  (invite: InviteKey, code: ErrorCode): Step<void> =>
  (before): Outcome<void> => {
    if (before.opened === null || before.accepting !== invite) return nothing(before)
    const opened: Opened = { ...before.opened, state: { kind: 'refused', code } }
    if (code === 'invite-unreachable') return only({ ...before, opened })
    return only(gaveUp({ ...before, opened }))
  }

/** The state in which the opened invite is not pursued any more; what was kept for it is let go. */
export function gaveUp(before: State): State {
  const joining = [...before.joinings].find(([, one]) => one.link === before.opened?.text)
  return { ...before, accepting: null, joinings: joining === undefined ? before.joinings : withoutEntry(before.joinings, joining[0]) }
}

export const brokerState =
  (broker: State['broker']): Step<void> =>
  (before) =>
    only({ ...before, broker })

export const measured =
  (id: SessionId, path: LinkStats['path']): Step<void> =>
  (before) => {
    const session = before.sessions.get(id)
    return session === undefined ? nothing(before) : only({ ...before, sessions: withEntry(before.sessions, id, { ...session, path }) })
  }
