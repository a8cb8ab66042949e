/** One message. Its text is a text node, whole, with its own direction; nothing in it is ever markup. */
import { memo } from 'react'
import type { Tick as TickState } from '#contracts/ui.ts'
import { t } from '../text/index.ts'
import { clockTime, fullTime } from '../text/time.ts'
import { Hidden } from './Hidden.tsx'
import css from './Message.module.css'
import { NameLine } from './Name.tsx'
import { Tick } from './Tick.tsx'

/** One to three pictographs and nothing else are drawn large. */
const PICTOGRAPHS =
  /^(?:\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}\ufe0f]*(?:\u200d\p{Extended_Pictographic}[\u{1f3fb}-\u{1f3ff}\ufe0f]*)*){1,3}$/u

export const Message = memo(function Message({
  id,
  mine,
  authorName,
  text,
  sentAtMs,
  tick,
  place,
  named,
  fresh,
}: {
  readonly id: string
  readonly mine: boolean
  readonly authorName: string
  readonly text: string
  readonly sentAtMs: number
  readonly tick: TickState | null
  readonly place: 'only' | 'first' | 'middle' | 'last'
  /** In a room: the author's name stands over the first message of a run. */
  readonly named: boolean
  /** Came in while the chat was open. */
  readonly fresh: boolean
}) {
  const large = text.length < 40 && PICTOGRAPHS.test(text)
  return (
    <article
      className={`${css.message} ${mine ? css.mine : css.theirs} ${css[place]} ${fresh ? css.fresh : ''} ${large ? css.large : ''}`}
      data-anchor={id}
    >
      <div className={css.bubble} dir="auto">
        {named && !mine && (place === 'only' || place === 'first') ? (
          <span className={css.author}>
            <NameLine>{authorName}</NameLine>
          </span>
        ) : (
          <bdi>
            <Hidden>{mine ? t.you : authorName}: </Hidden>
          </bdi>
        )}
        <span className={css.text}>{text}</span>
        <span className={css.meta}>
          <time dateTime={new Date(sentAtMs).toISOString()} title={fullTime(sentAtMs)}>
            {clockTime(sentAtMs)}
          </time>
          {tick && <Tick tick={tick} room={named} />}
        </span>
      </div>
    </article>
  )
})
