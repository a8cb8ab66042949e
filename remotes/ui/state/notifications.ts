/**
 * Tells of new messages while the person looks elsewhere: that there are some, never whose or what. A notification
 * is kept by the system and seen on locked screens, so nothing that a message says may stand in it.
 */
import { useEffect, useRef } from 'react'
import type { View } from '#contracts/ui.ts'
import { t } from '../text/index.ts'
import { isLookedAt, onLook } from './looked-at.ts'
import { useView } from './session.tsx'

/** Messages that the badges count, and that are told of: those of chats that are not muted. */
export const unreadOf = ({ chats }: View): number => chats.reduce((sum, { unread, muted }) => (muted ? sum : sum + unread), 0)

/** One at a time: a newer one takes its place. */
const TAG = 'sotto-new'

/** missing: this browser has none, or only for an installed app. */
export const permission = (): NotificationPermission | 'missing' => ('Notification' in globalThis ? Notification.permission : 'missing')

/** True if the person allows it. Browsers ask only after a click. */
export async function askPermission(): Promise<boolean> {
  return permission() !== 'missing' && (await Notification.requestPermission()) === 'granted'
}

/** Phones show what comes from a service worker only. */
async function registration(): Promise<ServiceWorkerRegistration | null> {
  const found = await navigator.serviceWorker?.getRegistration()
  return found?.active == null ? null : found
}

/** Those that a page without a service worker has shown. */
let shown: Notification | null = null

async function tell(body: string): Promise<void> {
  const options = { body, tag: TAG, lang: t.language, dir: t.direction as NotificationDirection }
  const worker = await registration()
  if (worker !== null) return worker.showNotification(t.product, options)
  shown = new Notification(t.product, options)
  shown.onclick = () => window.focus()
}

async function takeBack(): Promise<void> {
  shown?.close()
  shown = null
  for (const one of (await (await registration())?.getNotifications({ tag: TAG })) ?? []) one.close()
}

/** What the browser refuses here is no news to anybody. */
const quietly = (work: Promise<unknown> | undefined): void => void work?.catch(() => undefined)

export function useNotifications(): void {
  const wanted = useView((view) => view.notifications)
  const phase = useView((view) => view.phase)
  const unread = useView(unreadOf)
  const known = useRef<number | null>(null)
  useEffect(() => {
    if (phase !== 'ready') return
    // What was unread when the page opened is no news.
    const isMore = known.current !== null && unread > known.current
    known.current = unread
    quietly(unread > 0 ? navigator.setAppBadge?.(unread) : navigator.clearAppBadge?.())
    if (unread === 0) quietly(takeBack())
    else if (isMore && wanted && !isLookedAt() && permission() === 'granted') quietly(tell(t.notice(unread)))
  }, [phase, unread, wanted])
  useEffect(
    () =>
      onLook(() => {
        if (isLookedAt()) quietly(takeBack())
      }),
    [],
  )
}
