/**
 * Both ends may call at the same time. The attempt of the lower device key wins, and both ends know that
 * without another message. The one exception heals a lost memory: an end that reloaded calls although the
 * winner's attempt is under way, because it does not know of it any more.
 */
import type { DeviceKey } from '#contracts/ids.ts'

/** How long the winner waits for an answer before it takes the crossing call instead. */
export const GLARE_WAIT_MS = 1000

export type Crossing =
  /** Give up the own attempt and answer theirs. */
  | 'take'
  /** The own attempt wins: keep theirs aside until ours is answered. */
  | 'hold'

/**
 * What to do with an offer from `them` while an unproven attempt with them is under way.
 * `answered`: they have said something about our attempt, so they knew of it before they called.
 */
export function crossing(me: DeviceKey, them: DeviceKey, own: { readonly initiator: boolean; readonly answered: boolean }): Crossing {
  if (!own.initiator) return 'take'
  if (them < me) return 'take'
  return own.answered ? 'take' : 'hold'
}
