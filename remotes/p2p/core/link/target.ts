/** Somebody this device wants to be linked with, and what is shown of it. */
import type { BrokerId } from '#contracts/ids.ts'
import type { ErrorCode } from '#contracts/errors.ts'
import type { AcceptedInvite, LinkEvent, LinkPeer, LinkTarget } from './api.ts'
import type { OpenKey } from './ids.ts'
import type { Session } from './session.ts'

export type Shown = (LinkEvent & { readonly kind: 'state' })['state']

interface Common {
  readonly goal: LinkTarget
  /** Where it is called in this period; null until that is known (rendezvous.ts). */
  id: BrokerId | null
  attempt: Session | null
  link: Session | null
  /** Calls in a row that came to nothing. */
  failures: number
  /** The last call was not answered. */
  away: boolean
  /** Told until a link is proven, whatever is tried meanwhile: somebody else has answered. */
  problem: ErrorCode | null
  shown: Shown | null
}
export type DeviceTarget = Common & { readonly kind: 'device'; peer: LinkPeer }
export type InviterTarget = Common & { readonly kind: 'inviter'; readonly invite: AcceptedInvite; unreachableTold: boolean }
export type Target = DeviceTarget | InviterTarget

const idle = { attempt: null, link: null, failures: 0, away: false, problem: null, shown: null } as const

export const deviceTarget = (peer: LinkPeer, id: BrokerId | null = null): DeviceTarget => ({
  ...idle,
  kind: 'device',
  goal: { kind: 'device', device: peer.device },
  id,
  peer,
})

export const inviterTarget = (invite: AcceptedInvite, id: BrokerId | null = null): InviterTarget => ({
  ...idle,
  kind: 'inviter',
  goal: { kind: 'invite', invite: invite.key },
  id,
  invite,
  unreachableTold: false,
})

/** The key that its broker ids follow from. */
export const keyOf = (target: Target): OpenKey => (target.kind === 'device' ? target.peer.record.tbs.rendezvous : target.invite.key)

export const nameOf = (target: Target): string =>
  `${target.goal.kind}:${target.goal.kind === 'device' ? target.goal.device : target.goal.invite}`

/**
 * The event for a new state, or null if nothing changes for the eye. A problem stays until a proven link
 * clears it; calls in the background to somebody who is away are not shown until they are answered.
 */
export function show(target: Target, wanted: Shown, problem: ErrorCode | null = null): (LinkEvent & { readonly kind: 'state' }) | null {
  const before = { shown: target.shown, problem: target.problem }
  if (problem !== null) target.problem = problem
  if (wanted === 'connected') target.problem = null
  if (target.problem !== null) target.shown = 'offline'
  else if (wanted === 'finding' && before.shown === 'offline' && target.kind === 'device' && target.failures > 0) target.shown = 'offline'
  else target.shown = wanted
  if (target.shown === before.shown && target.problem === before.problem) return null
  return { kind: 'state', target: target.goal, state: target.shown, problem: target.problem }
}
