/**
 * Own invites: one caller at a time, or so many as the invite says. Others wait, so that the second of two who hold the
 * same link learns at once that it is used; a caller that hangs does not keep the invite for ever.
 */
import { LIMITS } from '#contracts/limits.ts'
import type { OwnInvite } from './api.ts'
import type { Heard } from './receiver.ts'
import type { Session } from './session.ts'

/** Callers that wait behind the one in progress. up: memory for whoever holds the link; down: they call again. */
const WAITING_MAX = 24

/** From a proven link by invite to its promotion; then it is closed and the next caller comes. */
export const FIRST_CONTACT_MS = 30_000

export interface Listening {
  invite: OwnInvite
  /** Callers that are being let in. */
  readonly active: Set<Session>
  waiting: { readonly offer: Heard; readonly sinceMs: number }[]
}

export const newListening = (invite: OwnInvite): Listening => ({ invite, active: new Set(), waiting: [] })

/** True if no further caller is answered before one of those is through. */
export const isBusy = ({ invite, active }: Listening): boolean => active.size >= (invite.atOnce ?? 1)

/** Lets a caller wait; its newer call takes the place of its older one. */
export function wait(slot: Listening, offer: Heard, nowMs: number): void {
  slot.waiting = slot.waiting.filter((one) => one.offer.sender !== offer.sender)
  if (slot.waiting.length < WAITING_MAX) slot.waiting.push({ offer, sinceMs: nowMs })
}

/** The next caller who has not given up yet by our reckoning. */
export function nextWaiting(slot: Listening, nowMs: number): Heard | null {
  for (let next = slot.waiting.shift(); next !== undefined; next = slot.waiting.shift()) {
    if (nowMs - next.sinceMs < LIMITS.connectMs) return next.offer
  }
  return null
}
