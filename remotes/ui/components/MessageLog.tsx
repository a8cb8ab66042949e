/** The conversation itself: days, runs, the unread line, older history on the way up. */
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import type { Conversation, MessageId } from '#contracts/ui.ts'
import { useActs } from '../state/acts.ts'
import { useLongPress } from '../state/long-press.ts'
import { useStick } from '../state/stick.ts'
import { layOut, type Row, type Run } from '../state/timeline.ts'
import { t } from '../text/index.ts'
import { dayName } from '../text/time.ts'
import { Avatar } from './Avatar.tsx'
import { useHue } from './hue.ts'
import { Icon } from './Icon.tsx'
import { Message } from './Message.tsx'
import css from './MessageLog.module.css'
import { NoticeText } from './NoticeText.tsx'
import { SCROLLABLE } from './scrollable.ts'

export function MessageLog({
  conversation,
  room,
  beginning,
  now,
  foot,
  target,
  onOlder,
  onSeen,
  onLeave,
}: {
  readonly conversation: Conversation
  /** Of several people: names and faces stand beside what they wrote. */
  readonly room: boolean
  /** Stands where nothing was written yet. */
  readonly beginning: string | null
  readonly now: number
  /** Stands under the last message. */
  readonly foot: ReactNode
  /** The message to be shown; another object each time. */
  readonly target: { readonly id: MessageId } | null
  /** Asks for older history; resolves to whether it is in `conversation` now. */
  readonly onOlder: () => Promise<boolean>
  /** The end of the chat is on the screen, or left it. */
  readonly onSeen: (seen: boolean) => void
  /** Esc on a message: the keyboard goes back to writing. */
  readonly onLeave: () => void
}) {
  const { items, firstUnread, hasOlder } = conversation
  const days = useMemo(() => layOut(items, firstUnread), [items, firstUnread])
  const log = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const [busy, setBusy] = useState(false)
  const asking = useRef(false)
  const again = useRef(false)

  const older = useCallback((): void => {
    if (!hasOlder || asking.current) return
    asking.current = true
    setBusy(true)
    void onOlder().then((worked) => {
      asking.current = false
      again.current = worked
      setBusy(false)
    })
  }, [hasOlder, onOlder])

  const stick = useStick(log, content, items, { start: () => log.current?.querySelector('[data-unread]') ?? null, onNearTop: older })
  const { onScroll } = stick
  useEffect(() => {
    // What came in may not have filled the window yet. After a failure only the person's next scroll asks again.
    if (busy || !again.current) return
    again.current = false
    onScroll()
  }, [busy, onScroll])
  const missed = useMissed(conversation, stick.atEnd)
  const isFresh = useFresh(conversation)
  useOwnToEnd(conversation, stick.toEnd)

  const { menu } = useActs()
  const open = (message: HTMLElement): void => {
    const id = message.dataset.anchor
    if (id !== undefined) menu(id, message.querySelector('[data-bubble]') ?? message)
  }
  const press = useLongPress(open)
  const found = useTarget(target, log, stick.to)

  useEffect(() => onSeen(stick.atEnd), [stick.atEnd, onSeen])

  const key = (event: KeyboardEvent<HTMLElement>): void => {
    const messages = [...event.currentTarget.querySelectorAll<HTMLElement>('article')]
    const here = event.target instanceof Element ? event.target.closest('article') : null
    const at = here ? messages.indexOf(here) : messages.length
    const isItself = event.target === here
    if (event.key === 'Escape' && here) {
      event.preventDefault()
      onLeave()
    } else if (isItself && (event.key === 'Enter' || event.key === ' ' || event.key === 'ContextMenu')) {
      event.preventDefault()
      if (here) open(here)
    } else {
      const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: messages.length - 1 }[event.key]
      // From the log itself, down and the ends scroll as ever.
      if (to === undefined || (!here && event.key !== 'ArrowUp')) return
      event.preventDefault()
      messages[Math.max(0, Math.min(to, messages.length - 1))]?.focus()
    }
  }

  return (
    <div className={css.frame}>
      <div
        ref={log}
        className={css.log}
        role="log"
        aria-label={t.messages}
        aria-busy={busy}
        {...SCROLLABLE}
        onScroll={onScroll}
        onKeyDown={key}
        {...press}
      >
        <div ref={content} className={css.content}>
          {hasOlder && <p className={css.older}>{busy ? t.loadingOlder : ' '}</p>}
          {!hasOlder && items.length === 0 && beginning !== null && <Beginning text={beginning} />}
          {days.map((day) => (
            <section key={day.key} className={css.day}>
              <h2 className={css.date}>
                <span>{dayName(day.atMs, now)}</span>
              </h2>
              {day.rows.map((row) => (
                <RowView key={row.key} row={row} room={room} isFresh={isFresh} found={found} />
              ))}
            </section>
          ))}
          {foot}
        </div>
      </div>
      {!stick.atEnd && (
        <button
          type="button"
          className={css.jump}
          aria-label={missed > 0 ? `${t.jump}, ${t.jumpNew(missed)}` : t.jump}
          onClick={() => stick.toEnd(true)}
        >
          {missed > 0 && <span className={css.missed}>{t.jumpNew(missed)}</span>}
          <Icon name="down" />
        </button>
      )}
    </div>
  )
}

interface Lit {
  readonly isFresh: (id: string) => boolean
  /** The message that was jumped to. */
  readonly found: MessageId | null
}

function RowView({ row, room, ...lit }: Lit & { readonly row: Row; readonly room: boolean }) {
  if (row.kind === 'run') return room && !row.mine ? <AuthoredRun run={row} {...lit} /> : <RunView run={row} room={room} {...lit} />
  if (row.kind === 'unread') {
    return (
      <div className={css.unread} data-unread>
        <span>{t.newMessages}</span>
      </div>
    )
  }
  if (row.notice.kind === 'created') return <Beginning text={room ? t.roomCreated : t.created} />
  return (
    <p className={`${css.notice} ${room ? css.slight : ''}`} data-anchor={row.id}>
      <NoticeText notice={row.notice} />
    </p>
  )
}

function RunView({ run, room, isFresh, found }: Lit & { readonly run: Run; readonly room: boolean }) {
  const end = run.messages.length - 1
  return (
    <div className={css.run}>
      {run.messages.map((message, i) => (
        <Message
          key={message.id}
          message={message}
          place={end === 0 ? 'only' : i === 0 ? 'first' : i === end ? 'last' : 'middle'}
          named={room}
          fresh={isFresh(message.id)}
          found={found === message.id}
        />
      ))}
    </div>
  )
}

/** What somebody else wrote in a room: beside it a face, which stays on the screen as long as what it said. */
function AuthoredRun({ run, ...lit }: Lit & { readonly run: Run }) {
  const hue = run.author?.hue ?? hueOfName(run.authorName)
  const element = useHue<HTMLDivElement>(hue)
  return (
    <div ref={element} className={css.authored}>
      <span className={css.face}>
        <Avatar name={run.authorName} hue={hue} size="tiny" />
      </span>
      <RunView run={run} room {...lit} />
    </div>
  )
}

/** Until the engine says which: the same for the same name, and no more than that. */
const hueOfName = (name: string): number => [...name].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7)

function Beginning({ text }: { readonly text: string }) {
  return (
    <p className={css.beginning}>
      <Icon name="lock" />
      <span>{text}</span>
    </p>
  )
}

const lastId = (conversation: Conversation): string | null => conversation.items.at(-1)?.id ?? null

/** How many messages came in below while the person was reading further up. */
function useMissed(conversation: Conversation, atEnd: boolean): number {
  const [seen, setSeen] = useState(lastId(conversation))
  const last = lastId(conversation)
  if (atEnd && seen !== last) setSeen(last)
  const at = conversation.items.findLastIndex(({ id }) => id === seen)
  return conversation.items.slice(at + 1).filter((item) => item.kind === 'message' && !item.mine).length
}

/** Whether a message was added at the end since the chat was opened. */
function useFresh(conversation: Conversation): (id: string) => boolean {
  const [known] = useState(() => new Set(conversation.items.map(({ id }) => id)))
  const fresh = useRef(new Set<string>())
  let end = conversation.items.length - 1
  for (let item = conversation.items[end]; item && !known.has(item.id); item = conversation.items[--end]) {
    known.add(item.id)
    fresh.current.add(item.id)
  }
  return useCallback((id) => fresh.current.has(id), [])
}

/** Brings a message into view and gives it the focus; which one it was. */
function useTarget(
  target: { readonly id: MessageId } | null,
  log: RefObject<HTMLElement | null>,
  to: (element: HTMLElement) => void,
): MessageId | null {
  useLayoutEffect(() => {
    const element = target && log.current?.querySelector<HTMLElement>(`[data-anchor="${CSS.escape(target.id)}"]`)
    if (!element) return
    to(element)
    element.focus({ preventScroll: true })
  }, [target, log, to])
  return target?.id ?? null
}

/** Whoever sends wants to see it: an own new message scrolls to the end. */
function useOwnToEnd(conversation: Conversation, toEnd: (smooth: boolean) => void): void {
  const last = conversation.items.at(-1)
  const before = useRef(last?.id)
  useLayoutEffect(() => {
    if (before.current !== last?.id && last?.kind === 'message' && last.mine) toEnd(false)
    before.current = last?.id
  }, [last, toEnd])
}
