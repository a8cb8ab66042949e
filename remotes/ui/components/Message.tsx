/**
 * One message. Its text is a text node, whole, with its own direction; nothing in it is ever markup. What can be done to
 * it is behind the button beside it; the log opens the same by a long press, the context menu, or Enter on the message.
 */
import { memo, useRef, useState } from 'react'
import type { MessageView } from '#contracts/ui.ts'
import { useActs } from '../state/acts.ts'
import { t } from '../text/index.ts'
import { clockTime, fullTime } from '../text/time.ts'
import { Badge } from './Badge.tsx'
import { Hidden } from './Hidden.tsx'
import { Icon } from './Icon.tsx'
import css from './Message.module.css'
import { NameLine } from './Name.tsx'
import { Quote } from './Quote.tsx'
import { Reactions } from './Reactions.tsx'
import { Tick } from './Tick.tsx'
import { Words } from './Words.tsx'

/** One to three pictographs and nothing else are drawn large. */
const PICTOGRAPHS =
  /^(?:\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}\ufe0f]*(?:\u200d\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}\ufe0f]*)*){1,3}$/u

export const Message = memo(function Message({
  message,
  place,
  named,
  fresh,
  found,
}: {
  readonly message: MessageView
  readonly place: 'only' | 'first' | 'middle' | 'last'
  /** In a room: the author's name stands over the first message of a run. */
  readonly named: boolean
  /** Came in while the chat was open. */
  readonly fresh: boolean
  /** Was jumped to. */
  readonly found: boolean
}) {
  const {
    id,
    mine,
    authorName,
    text,
    sentAtMs,
    tick,
    reply,
    reactions = [],
    edited = false,
    deleted = false,
    pinned = false,
    life,
  } = message
  const { menu } = useActs()
  const bubble = useRef<HTMLDivElement>(null)
  // What is inside is on the way of Tab only while the keyboard is here: a long log must not be a thousand stops.
  const [inside, setInside] = useState(false)
  const open = (): void => {
    if (bubble.current) menu(id, bubble.current)
  }
  const large = !deleted && !reply && text.length < 40 && PICTOGRAPHS.test(text)
  const looks = [
    css.message,
    mine ? css.mine : css.theirs,
    css[place],
    fresh && css.fresh,
    large && css.large,
    deleted && css.deleted,
    found && css.found,
  ]
  return (
    <article
      className={looks.filter(Boolean).join(' ')}
      data-anchor={id}
      tabIndex={-1}
      onFocus={() => setInside(true)}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) setInside(false)
      }}
    >
      <div className={css.line}>
        <div ref={bubble} className={css.bubble} dir="auto" data-bubble>
          {named && !mine && (place === 'only' || place === 'first') ? (
            <span className={css.author}>
              <NameLine>{authorName}</NameLine>
            </span>
          ) : (
            <bdi>
              <Hidden>{mine ? t.you : authorName}: </Hidden>
            </bdi>
          )}
          {reply && <Quote quote={reply} stop={inside} />}
          {deleted ? (
            <span className={css.gone}>{mine ? t.deletedOwn : t.deletedMessage}</span>
          ) : (
            <span className={css.text}>
              <Words text={text} stop={inside} />
            </span>
          )}
          <span className={css.meta}>
            {pinned && <Badge icon="pin" name={t.pinned} />}
            {life && <Badge icon="timer" name={t.disappears(t.lives[life])} />}
            {edited && <span>{t.edited}</span>}
            <time dateTime={new Date(sentAtMs).toISOString()} title={fullTime(sentAtMs)}>
              {clockTime(sentAtMs)}
            </time>
            {tick && <Tick tick={tick} room={named} />}
          </span>
        </div>
        <button
          type="button"
          className={css.actions}
          aria-label={t.messageActions}
          title={t.messageActions}
          aria-haspopup="menu"
          tabIndex={inside ? 0 : -1}
          onClick={open}
        >
          <Icon name="dots" />
        </button>
      </div>
      {reactions.length > 0 && <Reactions message={message} stop={inside} />}
    </article>
  )
})
