/** What is known of the open room: asked for when it opens and again when the view changes, for every part that shows it. */
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import type { ChatId, RoomFacts } from '#contracts/ui.ts'
import { useMessenger, useView } from './session.tsx'

/** The view changes with every message; a room is looked at this often at most. */
const PAUSE_MS = 250

export interface Room {
  /** The last that was answered; null until then, and for a chat that is no room. */
  readonly facts: RoomFacts | null
  readonly failed: ErrorCode | null
}
const NO_ROOM: Room = { facts: null, failed: null }
const RoomContext = createContext<Room>(NO_ROOM)

export function RoomProvider({ chat, children }: { readonly chat: ChatId | null; readonly children: ReactNode }) {
  const messenger = useMessenger()
  const isRoom = useView((view) => view.chats.some(({ id, kind }) => id === chat && kind === 'room'))
  const [known, setKnown] = useState<{ readonly chat: ChatId; readonly room: Room } | null>(null)

  useEffect(() => {
    if (chat === null || !isRoom) return
    let current = true
    let asking = false
    let again = false
    let pause: number | null = null
    const ask = async (): Promise<void> => {
      again = asking || pause !== null
      if (again) return
      asking = true
      const answer = await messenger.room(chat)
      asking = false
      if (!current) return
      setKnown((before) => {
        const facts = answer.ok ? answer.value : before?.chat === chat ? before.room.facts : null
        return { chat, room: { facts, failed: answer.ok ? null : answer.code } }
      })
      pause = window.setTimeout(() => {
        pause = null
        if (again) void ask()
      }, PAUSE_MS)
    }
    const stop = messenger.subscribe(() => void ask())
    void ask()
    return () => {
      current = false
      stop()
      if (pause !== null) window.clearTimeout(pause)
    }
  }, [chat, isRoom, messenger])

  const room = useMemo(() => (isRoom && known?.chat === chat ? known.room : NO_ROOM), [isRoom, known, chat])
  return <RoomContext value={room}>{children}</RoomContext>
}

export const useRoom = (): Room => use(RoomContext)
