/** A device's link in words, from the session that serves it or from what the links report. */
import type { DeviceKey } from '#contracts/ids.ts'
import type { LinkState } from '#contracts/ui.ts'
import type { Session, State } from '../engine/state.ts'

/** The session that serves a room to this device, the newest if there are several. */
export const sessionOf = (state: State, slot: number, device: DeviceKey): Session | null =>
  [...state.sessions.values()].reverse().find(({ peer, groups }) => peer.device === device && groups.has(slot)) ?? null

export function linkState(state: State, session: Session | null, device: DeviceKey): LinkState {
  if (session !== null) return { kind: 'connected', path: session.path }
  const shown = state.shown.get(device)
  if (shown === undefined || shown.state === 'offline') {
    const contact = [...state.contacts.values()].find((one) => one.device === device)
    const lastHeardMs = contact === undefined || contact.lastHeardMs === 0 ? null : contact.lastHeardMs
    return { kind: 'offline', lastHeardMs, problem: shown?.problem ?? null }
  }
  // Proven a moment ago: the rooms come next.
  return { kind: 'connecting', step: shown.state === 'connected' ? 'proving' : shown.state }
}
