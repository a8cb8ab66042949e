/** The chats: search, the list, and the way to a new one. Arrow keys move between the rows. */
import { type KeyboardEvent, type MouseEvent, useDeferredValue, useEffect, useId, useRef, useState } from 'react'
import type { ChatId, ChatSummary } from '#contracts/ui.ts'
import { Avatar } from '../components/Avatar.tsx'
import { Badge } from '../components/Badge.tsx'
import { Button, IconButton } from '../components/Button.tsx'
import { Hidden } from '../components/Hidden.tsx'
import { Icon } from '../components/Icon.tsx'
import { linkText, roomText } from '../components/LinkStatus.tsx'
import { Mark } from '../components/Mark.tsx'
import { NameLine } from '../components/Name.tsx'
import { Tick } from '../components/Tick.tsx'
import { VerifiedBadge } from '../components/VerifiedBadge.tsx'
import { CHOICES } from '../state/choices.ts'
import { useNow } from '../state/clock.ts'
import { useDraft } from '../state/drafts.ts'
import { useKeptFocus, useReturnFocus } from '../state/focus.ts'
import { useLongPress } from '../state/long-press.ts'
import { useRouter, useStack } from '../state/route.tsx'
import { chatOf, has } from '../state/router.ts'
import { useView } from '../state/session.tsx'
import { t } from '../text/index.ts'
import { plain } from '../text/lists.ts'
import { fullTime, listTime } from '../text/time.ts'
import css from './ChatList.module.css'
import { ChatMenu } from './ChatMenu.tsx'

export const SEARCH_FIELD_ID = 'chat-search'
/** Names nothing: ids stay out of the address bar (see state/router.ts). */
const CHAT_HREF = '#chat'
/** More than any line shows; a message may be 64 KiB. */
const PREVIEW_CHARS = 200

const rowAt = (target: Element): HTMLElement | null => target.closest('a')

/** Chats whose name holds `query`, whatever its case or accents. */
export function filterChats(chats: readonly ChatSummary[], query: string): readonly ChatSummary[] {
  const wanted = plain(query.trim())
  return wanted === '' ? chats : chats.filter((chat) => plain(chat.name).includes(wanted))
}

export function ChatList() {
  const chats = useView((view) => view.chats)
  const broker = useView((view) => view.broker)
  const unheld = useView((view) => view.unheld)
  const router = useRouter()
  const stack = useStack()
  const open = chatOf(stack)
  const now = useNow()
  const [query, setQuery] = useState('')
  const found = filterChats(chats, useDeferredValue(query))
  // What is looked for is found wherever it is.
  const archived = query.trim() === '' ? found.filter((chat) => chat.archived) : []
  const listed = archived.length === 0 ? found : found.filter((chat) => !chat.archived)
  const [unfolded, setUnfolded] = useState(false)
  const [menu, setMenu] = useState<{ readonly id: ChatId; readonly beside: DOMRect } | null>(null)
  const chosen = menu && chats.find(({ id }) => id === menu.id)
  const press = useLongPress((row) => setMenu({ id: row.dataset.chat ?? '', beside: row.getBoundingClientRect() }), rowAt)
  const list = useRef<HTMLUListElement>(null)
  const hint = useId()
  const settings = has(stack, 'settings')
  const settingsButton = useRef<HTMLButtonElement>(null)
  const left = useRef(open)
  useReturnFocus(open !== null, () => [...(list.current?.querySelectorAll('a') ?? [])].find((link) => link.dataset.chat === left.current))
  useReturnFocus(settings, () => settingsButton.current)
  useKeptFocus(list, chats)
  useEffect(() => {
    if (open !== null) left.current = open
  }, [open])

  const step = (event: KeyboardEvent): void => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
    const at = links.findIndex((link) => link.matches(':focus'))
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key]
    if (to === undefined || (at < 0 && event.key !== 'ArrowDown')) return
    event.preventDefault()
    if (to < 0) document.getElementById(SEARCH_FIELD_ID)?.focus()
    else links[Math.min(to, links.length - 1)]?.focus()
  }

  const invite = (): void => router.go([...stack, { kind: 'invite' }])
  const newRoom = (): void => router.go([...stack, { kind: 'new-room' }])

  return (
    <nav className={css.sidebar} aria-label={t.chats} onKeyDown={step}>
      <header className={css.head}>
        <Mark size="small" />
        <h1 className={css.product}>{t.product}</h1>
        <IconButton
          ref={settingsButton}
          name={t.settings}
          icon="settings"
          aria-current={settings ? 'page' : undefined}
          onClick={() => !settings && router.go([...stack.filter(({ kind }) => kind !== 'details'), { kind: 'settings' }])}
        />
      </header>

      {chats.length > 0 && (
        <search className={css.search}>
          <Icon name="search" />
          <input
            id={SEARCH_FIELD_ID}
            className={css.query}
            type="search"
            aria-label={t.search}
            aria-describedby={hint}
            placeholder={t.searchHint}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && found[0]) router.go([{ kind: 'chat', chat: found[0].id }])
              if (event.key === 'Escape' && query !== '') {
                event.stopPropagation()
                setQuery('')
              }
            }}
            autoComplete="off"
            spellCheck={false}
            enterKeyHint="search"
          />
          <span id={hint} hidden>
            {t.matches(found.length)}
          </span>
        </search>
      )}

      {broker === 'down' && (
        <p className={css.broker}>
          <Icon name="warning" />
          <span>{t.brokerDown}</span>
        </p>
      )}

      {chats.length === 0 ? (
        <div className={css.empty}>
          <EmptyDrawing />
          <h2 className={css.emptyTitle}>{t.noChatsTitle}</h2>
          <p className={css.emptyText}>{t.noChats}</p>
          <Button look="primary" icon="invite" onClick={invite}>
            {t.newInvite}
          </Button>
          <Button look="plain" icon="room" onClick={newRoom}>
            {t.newRoom}
          </Button>
        </div>
      ) : (
        <>
          <ul className={css.list} ref={list} tabIndex={-1} {...press}>
            {listed.map((chat) => (
              <li key={chat.id}>
                <Row chat={chat} now={now} open={chat.id === open} />
              </li>
            ))}
            {archived.length > 0 && (
              <li>
                <button type="button" className={css.fold} aria-expanded={unfolded} data-row onClick={() => setUnfolded(!unfolded)}>
                  <Icon name="archive" />
                  <span>{t.archived(archived.length)}</span>
                </button>
              </li>
            )}
            {unfolded &&
              archived.map((chat) => (
                <li key={chat.id}>
                  <Row chat={chat} now={now} open={chat.id === open} />
                </li>
              ))}
            {found.length === 0 && <li className={css.none}>{t.noMatches}</li>}
          </ul>
          {unheld > 0 && <p className={css.unheld}>{t.unheld(unheld)}</p>}
          <footer className={css.foot}>
            <Button icon="room" wide onClick={newRoom}>
              {t.newRoom}
            </Button>
            <Button look="primary" icon="invite" wide onClick={invite}>
              {t.newInvite}
            </Button>
          </footer>
        </>
      )}
      {menu && chosen && <ChatMenu chat={chosen} beside={menu.beside} onClose={() => setMenu(null)} />}
    </nav>
  )
}

function Row({ chat, now, open }: { readonly chat: ChatSummary; readonly now: number; readonly open: boolean }) {
  const router = useRouter()
  const stack = useStack()
  const typed = useDraft(chat)
  const draft = open ? '' : typed.trim()
  const follow = (event: MouseEvent): void => {
    event.preventDefault()
    const details = has(stack, 'details') && chatOf(stack) !== null
    router.go([{ kind: 'chat', chat: chat.id }, ...(details ? [{ kind: 'details' } as const] : [])])
  }
  return (
    <a
      className={css.row}
      href={CHAT_HREF}
      data-row
      data-chat={chat.id}
      aria-current={open ? 'page' : undefined}
      onClick={follow}
      draggable={false}
    >
      <Avatar
        name={chat.name}
        hue={chat.hue}
        present={chat.link.kind === 'connected' && chat.standing === 'open'}
        room={chat.kind === 'room'}
        picture={chat.picture}
      />
      <span className={css.name}>
        <NameLine>{chat.name}</NameLine>
        {chat.verified && <VerifiedBadge />}
        {CHOICES.map(
          ({ what, icon }) => chat[what] === true && what !== 'archived' && <Badge key={what} icon={icon} name={t.choices[what].so} />,
        )}
      </span>
      <Hidden>{chat.kind === 'room' ? roomText(chat) : linkText(chat.link, now)}</Hidden>
      {chat.last && (
        <time className={css.time} dateTime={new Date(chat.last.atMs).toISOString()} title={fullTime(chat.last.atMs)}>
          {listTime(chat.last.atMs, now)}
        </time>
      )}
      <span className={css.preview}>
        <Preview chat={chat} draft={draft} />
      </span>
      {chat.unread > 0 && (
        <span className={chat.muted ? `${css.unread} ${css.quiet}` : css.unread}>
          <span aria-hidden="true">{chat.unread > 99 ? '99+' : chat.unread}</span>
          <Hidden>{t.unread(chat.unread)}</Hidden>
        </span>
      )}
    </a>
  )
}

/** One line of what was last: a draft, a message, or a word for a chat without any. */
function Preview({ chat: { last, standing }, draft }: { readonly chat: ChatSummary; readonly draft: string }) {
  if (draft !== '') {
    return (
      <>
        <span className={css.fresh}>{t.draft}</span>
        <NameLine>{draft.slice(0, PREVIEW_CHARS)}</NameLine>
      </>
    )
  }
  if (standing !== 'open') return <span className={standing === 'joining' ? css.fresh : undefined}>{t.standing[standing]}</span>
  if (!last) return <span className={css.fresh}>{t.newChat}</span>
  return (
    <>
      {last.mine && last.tick && <Tick tick={last.tick} />}
      <NameLine>
        {last.by !== undefined && (
          <>
            <bdi className={css.by}>{last.mine ? t.you : last.by.slice(0, PREVIEW_CHARS)}</bdi>
            {': '}
          </>
        )}
        {last.text === '' ? (last.mine ? t.deletedOwn : t.deletedMessage) : last.text.slice(0, PREVIEW_CHARS)}
      </NameLine>
    </>
  )
}

function EmptyDrawing() {
  return (
    <svg className={css.drawing} viewBox="0 0 160 96" aria-hidden="true" focusable="false">
      <path
        className={css.bubbleFar}
        d="M84 12h46a18 18 0 0 1 18 18v18a18 18 0 0 1-18 18v14L116 66H84a18 18 0 0 1-18-18V30a18 18 0 0 1 18-18Z"
      />
      <path
        className={css.bubbleNear}
        d="M30 24h40a18 18 0 0 1 18 18v14a18 18 0 0 1-18 18H44L30 88V74a18 18 0 0 1-18-18V42a18 18 0 0 1 18-18Z"
      />
      <path className={css.whisper} d="M32 52c4-6 8-6 12 0s8 6 12 0 8-6 12 0" />
    </svg>
  )
}
