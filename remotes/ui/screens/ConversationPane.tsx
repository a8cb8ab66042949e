/** An open chat: who it is and how the link stands, what was said, and where to answer. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { ErrorCode, Result } from '#contracts/errors.ts'
import type { ChatId, ChatSummary, Conversation, MessageId } from '#contracts/ui.ts'
import { useAnnounce } from '../components/Announcer.tsx'
import { Avatar } from '../components/Avatar.tsx'
import { Badge } from '../components/Badge.tsx'
import { Button, IconButton } from '../components/Button.tsx'
import { Composer, MESSAGE_FIELD_ID } from '../components/Composer.tsx'
import { ErrorLine } from '../components/ErrorLine.tsx'
import { Hidden } from '../components/Hidden.tsx'
import { Icon } from '../components/Icon.tsx'
import { Later, part } from '../components/Later.tsx'
import { LinkStatus, RoomStatus } from '../components/LinkStatus.tsx'
import { MessageLog } from '../components/MessageLog.tsx'
import { Fill, Name, NameLine } from '../components/Name.tsx'
import { PinnedBar } from '../components/PinnedBar.tsx'
import { VerifiedBadge } from '../components/VerifiedBadge.tsx'
import { type Acting, type Acts, ActsContext } from '../state/acts.ts'
import { useNow } from '../state/clock.ts'
import { useArrivalFocus, useReturnFocus } from '../state/focus.ts'
import { useRoom } from '../state/room.tsx'
import { useRouter, useStack } from '../state/route.tsx'
import { has, without } from '../state/router.ts'
import { useLookedAt } from '../state/looked-at.ts'
import { useMessenger, useView } from '../state/session.tsx'
import { waiting } from '../state/timeline.ts'
import { t } from '../text/index.ts'
import css from './ConversationPane.module.css'

export function ConversationPane({ chat }: { readonly chat: ChatId }) {
  const messenger = useMessenger()
  const summary = useView((view) => view.chats.find(({ id }) => id === chat) ?? null)
  const open = useView((view) => view.conversation)
  const conversation = open?.chat === chat ? open : null
  const room = summary?.kind === 'room'
  const now = useNow()
  useAnnouncedLink(summary)
  const seen = useMarkRead(summary, conversation)
  const older = useCallback(() => messenger.loadOlder().then(({ ok }) => ok), [messenger])
  const announce = useAnnounce()
  const [acting, setActing] = useState<Acting | null>(null)
  const [menu, setMenu] = useState<{ readonly id: MessageId; readonly beside: DOMRect } | null>(null)
  const [target, setTarget] = useState<{ readonly id: MessageId } | null>(null)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const tried = useCallback(async (result: Promise<Result<unknown>>): Promise<boolean> => {
    setFailed(null)
    const answer = await result
    if (!answer.ok) setFailed(answer.code)
    return answer.ok
  }, [])
  const acts = useMemo(
    (): Acts => ({
      menu: (id, beside) => setMenu({ id, beside: beside.getBoundingClientRect() }),
      jump: async (id) => {
        const { ok } = await messenger.loadBack(id)
        if (ok) setTarget({ id })
        else announce(t.notHereAnyMore)
      },
      react: (id, emoji, on) => void tried(on ? messenger.react(chat, id, emoji) : messenger.unreact(chat, id, emoji)),
    }),
    [chat, messenger, announce, tried],
  )
  const canWrite = summary === null || summary.standing === 'open'
  const chosen = menu && conversation?.items.find((item) => item.kind === 'message' && item.id === menu.id)
  // What is gone is neither answered nor edited, and its words do not stay over the field.
  const stillHere = conversation?.items.some((item) => item.kind === 'message' && item.id === acting?.message.id && !item.deleted)
  const pins = conversation?.pins ?? []
  const editLast = (): void => {
    const last = conversation?.items.findLast((item) => item.kind === 'message' && item.mine && !item.deleted)
    if (last?.kind === 'message') setActing({ kind: 'edit', message: last })
  }

  return (
    <ActsContext value={acts}>
      <div className={css.pane}>
        <Head summary={summary} now={now} />
        {summary?.link.kind === 'offline' && summary.link.problem && (
          <div className={css.problem}>
            <ErrorLine code={summary.link.problem} />
          </div>
        )}
        {room && <Requests />}
        {pins.length > 0 && (
          <PinnedBar
            pins={pins}
            onUnpin={canWrite ? (id) => void tried(messenger.unpin(chat, id)).then((ok) => ok && announce(t.wasUnpinned)) : null}
          />
        )}
        {conversation ? (
          <MessageLog
            conversation={conversation}
            room={room}
            beginning={summary?.standing === 'joining' ? null : room ? t.roomBeginning : t.beginning}
            now={now}
            foot={summary && <Waiting conversation={conversation} summary={summary} />}
            target={target}
            onOlder={older}
            onSeen={seen}
            onLeave={focusField}
          />
        ) : (
          <LogSkeleton />
        )}
        {failed && (
          <div className={css.failed}>
            <ErrorLine code={failed} before={t.notDone} />
          </div>
        )}
        {canWrite ? (
          <Composer chat={chat} acting={stillHere ? acting : null} onActed={() => setActing(null)} onEditLast={editLast} />
        ) : (
          <p className={css.closed}>{t.standingText[summary.standing]}</p>
        )}
        {menu && chosen?.kind === 'message' && (
          <Later
            part={MESSAGE_MENU}
            props={{
              chat,
              message: chosen,
              beside: menu.beside,
              canWrite,
              tried,
              onAct: (kind) => setActing({ kind, message: chosen }),
              onClose: () => setMenu(null),
            }}
            waiting={null}
          />
        )}
      </div>
    </ActsContext>
  )
}

const MESSAGE_MENU = part(() => import('./message/index.ts').then((its) => its.MessageMenu))

const focusField = (): void => document.getElementById(MESSAGE_FIELD_ID)?.focus()

function Head({ summary, now }: { readonly summary: ChatSummary | null; readonly now: number }) {
  const router = useRouter()
  const stack = useStack()
  const details = has(stack, 'details')
  const heading = useRef<HTMLHeadingElement>(null)
  const detailsButton = useRef<HTMLButtonElement>(null)
  useArrivalFocus(heading)
  useReturnFocus(details, () => detailsButton.current)
  return (
    <header className={css.head}>
      <span className={css.back}>
        <IconButton name={t.back} icon="back" turns onClick={() => router.go(without(stack, 'chat'))} />
      </span>
      {summary && (
        <>
          <span className={css.face}>
            <Avatar name={summary.name} hue={summary.hue} size="small" room={summary.kind === 'room'} picture={summary.picture} />
          </span>
          <div className={css.who}>
            <div className={css.name}>
              <h1 ref={heading} className={css.title} tabIndex={-1}>
                <NameLine>{summary.name}</NameLine>
              </h1>
              {summary.verified && <VerifiedBadge />}
              {summary.life && <Badge icon="timer" name={t.disappears(t.lives[summary.life])} />}
            </div>
            {summary.kind === 'room' ? <RoomStatus summary={summary} /> : <LinkStatus link={summary.link} nowMs={now} />}
          </div>
          <IconButton
            ref={detailsButton}
            name={t.details}
            icon="info"
            aria-expanded={details}
            onClick={() => router.go(details ? without(stack, 'details') : [...stack, { kind: 'details' }])}
          />
        </>
      )}
    </header>
  )
}

/** What messages that are not delivered wait for. */
function Waiting({ conversation, summary }: { readonly conversation: Conversation; readonly summary: ChatSummary }) {
  const state = waiting(conversation.items)
  const alone = summary.members?.all === 1 && summary.standing === 'open'
  const text = state === null || alone ? null : waitingText(state, summary)
  return (
    <>
      {text !== null && (
        <p className={css.waiting}>
          <Fill text={text} name={<Name>{summary.name}</Name>} />
        </p>
      )}
      {alone && <Alone />}
    </>
  )
}

function waitingText({ count, tick }: NonNullable<ReturnType<typeof waiting>>, { kind, link }: ChatSummary): string | null {
  if (link.kind === 'connected') return null
  // In a room somebody is nearly always away: the tick says 'Held', and Details who waits.
  if (kind === 'room') return tick === 'held' ? null : t.waitsForMembers(count)
  if (tick === 'held') return t.waitsHeld
  return link.kind === 'connecting' ? t.waitsConnecting(count) : t.waitsOffline(count)
}

/** A room of one: the way to more. */
function Alone() {
  const { facts } = useRoom()
  const router = useRouter()
  const stack = useStack()
  if (!facts?.may.invite) return null
  return (
    <div className={css.alone}>
      <p>{t.nobodyElse}</p>
      <Button look="primary" icon="invite" onClick={() => router.go([...stack, { kind: 'room-invite', invite: null }])}>
        {t.newInvite}
      </Button>
    </div>
  )
}

/** Somebody waits to be let in: told where an admin looks, answered in Details. */
function Requests() {
  const { facts } = useRoom()
  const router = useRouter()
  const stack = useStack()
  const [first] = facts?.requests ?? []
  if (!facts || !first || has(stack, 'details')) return null
  return (
    <div className={css.requests}>
      <Icon name="knock" />
      <p className={css.asks}>
        <Fill text={t.requestsBar(facts.requests.length)} name={<Name>{first.name}</Name>} />
      </p>
      <Button look="plain" onClick={() => router.go([...stack, { kind: 'details' }])}>
        {t.review}
      </Button>
    </div>
  )
}

/** Tells a screen reader when the person arrives or leaves, and nothing of the steps between. */
function useAnnouncedLink(summary: ChatSummary | null): void {
  const announce = useAnnounce()
  const kind = summary?.link.kind
  const name = summary?.name
  const before = useRef(kind)
  useEffect(() => {
    if (kind === undefined || kind === 'connecting' || name === undefined) return
    if (before.current !== undefined && before.current !== kind) {
      announce(<Fill text={kind === 'connected' ? t.nowConnected : t.nowOffline} name={<bdi>{name}</bdi>} />)
    }
    before.current = kind
  }, [kind, name, announce])
}

/** Marks the chat read while its end is on the screen and the person looks at it. Returns what to call when that changes. */
function useMarkRead(summary: ChatSummary | null, conversation: Conversation | null): (seen: boolean) => void {
  const messenger = useMessenger()
  const [seen, setSeen] = useState(false)
  const looked = useLookedAt()
  const chat = summary?.id
  const unread = summary?.unread ?? 0
  const drawn = conversation !== null
  useEffect(() => {
    // A failure leaves the chat unread; the next look tries again.
    if (chat !== undefined && drawn && seen && looked && unread > 0) void messenger.markRead(chat)
  }, [chat, drawn, seen, looked, unread, messenger])
  return setSeen
}

function LogSkeleton() {
  return (
    <div className={css.skeleton}>
      <Hidden>{t.loadingMessages}</Hidden>
      {['a', 'b', 'c', 'd', 'e'].map((key) => (
        <div key={key} className={css.ghost} />
      ))}
    </div>
  )
}
