/** What is known of a chat, in a panel of its own. What it holds is loaded when it is first opened. */
import { useRef } from 'react'
import type { ChatId } from '#contracts/ui.ts'
import { IconButton } from '../components/Button.tsx'
import { Later, part } from '../components/Later.tsx'
import { PanelSkeleton } from '../components/PanelSkeleton.tsx'
import { SCROLLABLE } from '../components/scrollable.ts'
import { useArrivalFocus, useReturnFocus } from '../state/focus.ts'
import { useRouter, useStack } from '../state/route.tsx'
import { has, without } from '../state/router.ts'
import { useView } from '../state/session.tsx'
import { t } from '../text/index.ts'
import css from './Details.module.css'

const DIRECT = part(() => import('./DirectDetails.tsx').then((its) => its.DirectDetails))
const ROOM = part(() => import('./rooms/index.ts').then((its) => its.RoomDetails))

export function Details({ chat }: { readonly chat: ChatId }) {
  const summary = useView((view) => view.chats.find(({ id }) => id === chat) ?? null)
  const router = useRouter()
  const stack = useStack()
  const heading = useRef<HTMLHeadingElement>(null)
  useArrivalFocus(heading)
  // Whoever was shown may be gone from the list of members, and with them what had the focus.
  useReturnFocus(has(stack, 'member'), () => heading.current)
  return (
    <section className={css.panel} aria-label={t.detailsOf}>
      <header className={css.head}>
        <h1 ref={heading} className={css.heading} tabIndex={-1}>
          {t.details}
        </h1>
        <IconButton name={t.closeDetails} icon="close" onClick={() => router.go(without(stack, 'details'))} />
      </header>
      <div className={css.scroll} {...SCROLLABLE}>
        {summary && (
          <Later key={summary.id} part={summary.kind === 'room' ? ROOM : DIRECT} props={{ summary }} waiting={<PanelSkeleton />} />
        )}
      </div>
    </section>
  )
}
