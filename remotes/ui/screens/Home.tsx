/** The panes: the list, a chat or the settings, the details; and the dialogs over them. Which is seen where is style. */
import { useEffect, useLayoutEffect } from 'react'
import { fetchSoon, Later, part } from '../components/Later.tsx'
import { Mark } from '../components/Mark.tsx'
import { RoomProvider } from '../state/room.tsx'
import { useRouter, useStack } from '../state/route.tsx'
import { chatOf, has } from '../state/router.ts'
import { useMessenger, useView } from '../state/session.tsx'
import { t } from '../text/index.ts'
import { ChatList, SEARCH_FIELD_ID } from './ChatList.tsx'
import { Details } from './Details.tsx'
import { Dialogs } from './Dialogs.tsx'
import css from './Home.module.css'

const SETTINGS = part(() => import('./settings/index.ts').then((its) => its.Settings))

/** Not on the first screen of all; fetched as soon as there is a list, so that a chat opens at once. */
const CONVERSATION = part(() => import('./ConversationPane.tsx').then((its) => its.ConversationPane))

export function Home() {
  const stack = useStack()
  const chat = chatOf(stack)
  const settings = has(stack, 'settings')
  const details = chat !== null && !settings && has(stack, 'details')
  const alone = useView((view) => view.chats.length === 0) && chat === null && !settings
  useOpenChat(chat)
  useShortcuts()
  useEffect(() => fetchSoon(CONVERSATION), [])
  return (
    <RoomProvider chat={chat}>
      <main className={css.home} data-front={details ? 'details' : settings || chat !== null ? 'main' : 'list'} data-alone={alone}>
        <ChatList />
        <div className={css.pane}>
          {settings ? (
            <Later part={SETTINGS} props={{}} waiting={null} />
          ) : chat === null ? (
            <Nothing />
          ) : (
            <Later key={chat} part={CONVERSATION} props={{ chat }} waiting={null} />
          )}
        </div>
        {details && <Details chat={chat} />}
      </main>
      <Dialogs />
    </RoomProvider>
  )
}

/** Keeps the engine's open chat and ours the same. A chat that is not there leads back to the list. */
function useOpenChat(chat: string | null): void {
  const messenger = useMessenger()
  const router = useRouter()
  useEffect(() => {
    if (chat === null) return
    void messenger.openChat(chat).then((result) => {
      if (!result.ok && chatOf(router.stack()) === chat) router.go([])
    })
    return () => messenger.closeChat()
  }, [chat, messenger, router])
}

/** Ctrl/Cmd+K finds a chat; Esc takes one place off. */
function useShortcuts(): void {
  const router = useRouter()
  // With the screen itself: a key pressed as soon as it is seen counts.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault()
        const field = document.getElementById(SEARCH_FIELD_ID)
        if (!field) return
        if (field.checkVisibility()) {
          field.focus()
          return
        }
        // On a narrow page the list has to come back first.
        router.go([])
        requestAnimationFrame(() => field.focus())
      }
      if (event.key === 'Escape' && router.stack().length > 0) {
        event.preventDefault()
        router.back()
      }
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [router])
}

function Nothing() {
  return (
    <div className={css.nothing}>
      <Mark size="large" />
      <p>{t.pickChat}</p>
    </div>
  )
}
