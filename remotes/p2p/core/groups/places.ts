/** Places in a conversation: Lamport time, then mid. And the newest text, as the chat list shows it. */
import type { Mid } from '#contracts/ids.ts'
import { LAST_CHARS, type Last } from '../storage/group.ts'
import type { MessageRecord } from '../storage/message.ts'

export interface Place {
  readonly lamport: number
  readonly mid: Mid
}

/** Negative if `a` comes before `b` in the conversation. */
export function comparePlaces(a: Place, b: Place): number {
  return a.lamport - b.lamport || (a.mid < b.mid ? -1 : a.mid > b.mid ? 1 : 0)
}

/** The line as the chat list shows it. */
export function lastOf({ sentAtMs, lamport, mid, author, seq }: MessageRecord, whole: string): Last {
  const text = [...whole.slice(0, 2 * LAST_CHARS)].slice(0, LAST_CHARS).join('')
  return { text, sentAtMs, lamport, mid, author, seq }
}
