/** What was typed and not sent, by chat. In memory only: nothing unsent is written anywhere. */
import { useSyncExternalStore } from 'react'

const drafts = new Map<string, string>()
const listeners = new Set<() => void>()

const changed = (): void => {
  for (const listener of listeners) listener()
}
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const draftOf = (chat: string): string => drafts.get(chat) ?? ''

export function keepDraft(chat: string, text: string): void {
  if (text === draftOf(chat)) return
  if (text === '') drafts.delete(chat)
  else drafts.set(chat, text)
  changed()
}

export function forgetDrafts(): void {
  drafts.clear()
  changed()
}

export const useDraft = (chat: string): string => useSyncExternalStore(subscribe, () => draftOf(chat))
