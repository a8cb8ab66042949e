/** A conversation's items laid out: days, and in them runs of messages by one author. Pure; order is the engine's. */
import type { ChatItem, MessageId, MessageView, NoticeView } from '#contracts/ui.ts'
import { daysAgo, dayStart } from '../text/time.ts'

export interface Run {
  readonly kind: 'run'
  readonly key: string
  readonly mine: boolean
  readonly authorName: string
  /** Known in rooms. */
  readonly author: MessageView['author'] | null
  readonly messages: readonly MessageView[]
}
export type Row = Run | ({ readonly kind: 'notice'; readonly key: string } & NoticeView) | { readonly kind: 'unread'; readonly key: string }
export interface Day {
  readonly key: string
  readonly atMs: number
  readonly rows: readonly Row[]
}

/** A pause longer than this starts a new run. */
const PAUSE_MS = 5 * 60_000

export function layOut(items: readonly ChatItem[], firstUnread: MessageId | null): readonly Day[] {
  const days: { key: string; atMs: number; rows: Row[] }[] = []
  const seen = new Map<number, number>()
  let run: (Omit<Run, 'messages'> & { messages: MessageView[] }) | null = null
  for (const item of items) {
    const atMs = item.kind === 'message' ? item.sentAtMs : item.atMs
    let day = days.at(-1)
    if (!day || daysAgo(day.atMs, atMs) !== 0) {
      // By its date, so that older messages coming in above do not make another day of it; a clock may come back to one.
      const start = dayStart(atMs)
      const times = seen.get(start) ?? 0
      seen.set(start, times + 1)
      day = { key: `${start}-${times}`, atMs, rows: [] }
      days.push(day)
      run = null
    }
    if (item.id === firstUnread) {
      day.rows.push({ kind: 'unread', key: 'unread' })
      run = null
    }
    if (item.kind === 'notice') {
      day.rows.push({ ...item, key: item.id })
      run = null
      continue
    }
    const last = run?.messages.at(-1)
    const joins = run && last && sameAuthor(last, item) && Math.abs(atMs - last.sentAtMs) <= PAUSE_MS
    if (run && joins) {
      run.messages.push(item)
    } else {
      const { id, mine, authorName, author = null } = item
      run = { kind: 'run', key: id, mine, authorName, author, messages: [item] }
      day.rows.push(run)
    }
  }
  return days
}

/** Two members may bear one name: whoever is known by more than a name goes by that. */
const sameAuthor = (a: MessageView, b: MessageView): boolean =>
  a.mine === b.mine && a.authorName === b.authorName && a.author?.id === b.author?.id

/** Own messages at the end of the history that nobody else has opened yet, and how far the furthest behind is. */
export function waiting(items: readonly ChatItem[]): { readonly count: number; readonly tick: 'written' | 'held' } | null {
  const own = items.filter((item) => item.kind === 'message' && item.mine && (item.tick === 'written' || item.tick === 'held'))
  if (own.length === 0) return null
  const written = own.filter((item) => item.kind === 'message' && item.tick === 'written').length
  return written > 0 ? { count: written, tick: 'written' } : { count: own.length, tick: 'held' }
}
