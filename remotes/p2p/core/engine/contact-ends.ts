/** How first contact ends for a link: refused in words, or serving its device from now on. */
import { type Refusal, SottoError } from '#contracts/errors.ts'
import type { InviteKey } from '#contracts/ids.ts'
import { linkOf } from './links-of.ts'
import { type Session, type State, withEntry } from './state.ts'
import { type Effect, nothing, type Outcome } from './step.ts'

/** What a peer that came by an invite is told when it is refused. */
export const refusal = (state: State, session: Session, invite: InviteKey, code: Refusal): Outcome<void> => ({
  ...nothing(state),
  effects: [{ kind: 'frame', session: session.id, frame: { kind: 'refuse', invite, code } }],
})

/** The link serves its device from now on. `first` goes out before. */
export function promotion(before: State, session: Session, first: readonly Effect[]): Outcome<void> {
  const state = { ...before, sessions: withEntry(before.sessions, session.id, { ...session, promoted: true }) }
  const peer = linkOf(state, session.peer.device)
  if (peer === null) throw new SottoError('internal')
  return { ...nothing(state), effects: [...first, { kind: 'promote', session: session.id, peer }, { kind: 'serve-rooms' }] }
}
