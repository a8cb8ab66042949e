/**
 * Who may be answered. Decided before anything is made or sent: no RTCPeerConnection, no candidate, no
 * refusal goes to anybody who is not in the list of peers and does not hold an invite.
 */
import type { DeviceKey, InviteKey } from '#contracts/ids.ts'
import type { Refusal } from '#contracts/errors.ts'
import type { SignalTarget, SignalTbs } from '#contracts/wire/signal.ts'

/** How the blob was opened, which says what the sender must have known. */
export type Opened =
  | { readonly kind: 'device' }
  /** At an own invite's id, under its secret. */
  | { readonly kind: 'own-invite'; readonly invite: InviteKey }
  /** At the device's id, under the secret of the invite that this device accepts. */
  | { readonly kind: 'accepted-invite'; readonly invite: InviteKey }

export interface ConsentFacts {
  readonly me: DeviceKey
  isPeer(device: DeviceKey): boolean
  isOwnInvite(invite: InviteKey): boolean
}

export type Verdict =
  /** Nothing is answered. */
  | { readonly kind: 'ignore' }
  /** `owner` answers for this blob's nonce (replay.ts). */
  | { readonly kind: 'hear'; readonly owner: string }

const IGNORE: Verdict = { kind: 'ignore' }

function isFor(target: SignalTarget, opened: Opened, me: DeviceKey): boolean {
  if (opened.kind === 'device') return target.kind === 'device' && target.device === me
  return target.kind === 'invite' && target.invite === opened.invite
}

/** Judges an opened blob by whom it is for, who signed it and what it was opened with. */
export function judge(tbs: SignalTbs, opened: Opened, facts: ConsentFacts): Verdict {
  if (tbs.sender === facts.me || !isFor(tbs.target, opened, facts.me)) return IGNORE
  if (opened.kind === 'device') return facts.isPeer(tbs.sender) ? { kind: 'hear', owner: tbs.sender } : IGNORE
  if (opened.kind === 'accepted-invite') return { kind: 'hear', owner: opened.invite }
  return facts.isOwnInvite(opened.invite) ? { kind: 'hear', owner: opened.invite } : IGNORE
}

/** Why the holder of an invite is refused, in words; null while it may be used. */
export function refusalOf(invite: { readonly expiresMs: number; readonly refuse: Refusal | null }, nowMs: number): Refusal | null {
  return invite.refuse ?? (invite.expiresMs <= nowMs ? 'invite-expired' : null)
}
