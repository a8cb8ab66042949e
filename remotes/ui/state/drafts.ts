/**
 * What was typed and not sent, by chat: here at once, and a moment later with the engine, which keeps it sealed over a
 * reload. What is known here is newer than what the engine tells.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { ChatId, ChatSummary } from '#contracts/ui.ts'
import { useMessenger } from './session.tsx'

/** After the last key. up: more is lost with a page that dies; down: more is written. */
const PAUSE_MS = 600

const drafts = new Map<ChatId, string>()
const listeners = new Set<() => void>()

const changed = (): void => {
  for (const listener of listeners) listener()
}
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const draftOf = (chat: ChatId, kept: ChatSummary['draft']): string => drafts.get(chat) ?? kept ?? ''

function note(chat: ChatId, text: string): void {
  if (text === drafts.get(chat)) return
  drafts.set(chat, text)
  changed()
}

export function forgetDrafts(): void {
  drafts.clear()
  changed()
}

export const useDraft = ({ id, draft }: Pick<ChatSummary, 'id' | 'draft'>): string =>
  useSyncExternalStore(subscribe, () => draftOf(id, draft))

/** Keeps what is typed: here now, with the engine once the person pauses, or leaves the chat or the page. */
export function useKeptDraft(chat: ChatId, text: string): void {
  const messenger = useMessenger()
  const asked = useRef(text)
  const keep = useRef<(() => void) | null>(null)
  keep.current = () => {
    if (asked.current === text) return
    asked.current = text
    // What can't be kept is still here, and the message itself will say what is wrong.
    void messenger.keepDraft(chat, text)
  }
  useEffect(() => {
    note(chat, text)
    const timer = window.setTimeout(() => keep.current?.(), PAUSE_MS)
    return () => window.clearTimeout(timer)
  }, [chat, text])
  useEffect(() => {
    const leave = (): void => keep.current?.()
    document.addEventListener('visibilitychange', leave)
    return () => {
      document.removeEventListener('visibilitychange', leave)
      leave()
    }
  }, [])
}
