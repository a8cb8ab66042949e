/** The opened invite led to a chat. */
import type { Host } from '../groups/host.ts'
import { type State, withoutEntry } from './state.ts'

/** The state in which the opened invite led to `host`. */
export function accepted(before: State, host: Pick<Host, 'slot'>): State {
  if (before.opened === null) return { ...before, accepting: null }
  const { text } = before.opened
  const joining = [...before.joinings].find(([, one]) => one.link === text)
  return {
    ...before,
    joinings: joining === undefined ? before.joinings : withoutEntry(before.joinings, joining[0]),
    opened: { ...before.opened, state: { kind: 'accepted', room: host.slot } },
    accepting: null,
  }
}

/**
 * The same, if it was for this chat of two that the invite is accepted: the one that the inviter founded, or one
 * that its person came into while we were calling them.
 */
export function acceptedIfShown(state: State, host: Host): State {
  if (state.accepting === null || !host.isDirect || !host.isShown) return state
  if (host.store.record.inviter?.invite === state.accepting) return accepted(state, host)
  const isInviter = state.inviter?.invite === state.accepting && state.inviter.device === host.peer
  return isInviter ? accepted(state, host) : state
}
