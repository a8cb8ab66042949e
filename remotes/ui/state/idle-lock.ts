/** Locks after so many minutes without a touch or a key. By the clock, for timers sleep with the machine. */
import { useEffect } from 'react'
import type { Messenger } from '#contracts/ui.ts'
import { leaveKnowingly } from './leaving.ts'
import { useMessenger, useView } from './session.tsx'

const SIGNS_OF_LIFE = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'visibilitychange'] as const

/** The page loads anew, and the browser shall not ask whether it may. */
export async function lockNow(messenger: Messenger): Promise<void> {
  leaveKnowingly(true)
  const { ok } = await messenger.lock()
  if (!ok) leaveKnowingly(false)
}

export function useIdleLock(): void {
  const messenger = useMessenger()
  const minutes = useView((view) => view.lockAfter)
  useEffect(() => {
    if (minutes === 0) return
    let seenMs = Date.now()
    let timer = 0
    const look = (): void => {
      window.clearTimeout(timer)
      const leftMs = seenMs + minutes * 60_000 - Date.now()
      if (leftMs <= 0) void lockNow(messenger)
      else timer = window.setTimeout(look, leftMs)
    }
    // Who comes back too late finds it locked: the first touch is looked at before it counts.
    const touched = (event: Event): void => {
      look()
      if (event.type !== 'visibilitychange') seenMs = Date.now()
    }
    look()
    for (const name of SIGNS_OF_LIFE) document.addEventListener(name, touched, true)
    return () => {
      window.clearTimeout(timer)
      for (const name of SIGNS_OF_LIFE) document.removeEventListener(name, touched, true)
    }
  }, [minutes, messenger])
}
