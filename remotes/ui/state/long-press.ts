/** A finger that rests on a message, and the browser's own wish for a menu: both open ours. By the log, for all its messages. */
import { type MouseEvent, type PointerEvent, useEffect, useMemo, useRef } from 'react'

/** A finger that rests for this long asks for the menu. */
const LONG_MS = 450
/** A finger that moves further than this scrolls. */
const SLACK_PX = 10

/** What the log listens with; `open` gets the message. */
export function useLongPress(open: (message: HTMLElement) => void) {
  const latest = useRef(open)
  latest.current = open
  const timer = useRef<{ readonly id: number; readonly x: number; readonly y: number } | null>(null)
  const handlers = useMemo(() => {
    const stop = (): void => {
      if (timer.current) window.clearTimeout(timer.current.id)
      timer.current = null
    }
    /** Only on what was said, and on no button in it. */
    const messageAt = (target: EventTarget): HTMLElement | null =>
      target instanceof Element && target.closest('[data-bubble]') && !target.closest('button') ? target.closest('article') : null
    return {
      onPointerDown: ({ pointerType, isPrimary, clientX, clientY, target }: PointerEvent): void => {
        stop()
        const message = messageAt(target)
        if (pointerType !== 'touch' || !isPrimary || !message) return
        const id = window.setTimeout(() => {
          timer.current = null
          swallowClick()
          latest.current(message)
        }, LONG_MS)
        timer.current = { id, x: clientX, y: clientY }
      },
      onPointerMove: ({ clientX, clientY }: PointerEvent): void => {
        const at = timer.current
        if (at && Math.hypot(clientX - at.x, clientY - at.y) > SLACK_PX) stop()
      },
      onPointerUp: stop,
      onPointerCancel: stop,
      onContextMenu: (event: MouseEvent): void => {
        const message = messageAt(event.target)
        // Whoever has selected something wants the browser's own menu.
        if (!message || document.getSelection()?.isCollapsed === false) return
        event.preventDefault()
        stop()
        latest.current(message)
      },
    }
  }, [])
  useEffect(() => handlers.onPointerUp, [handlers])
  return handlers
}

/** The finger's going may be a click on whatever has come under it meanwhile: nobody meant that. */
function swallowClick(): void {
  const stop = (event: Event): void => {
    event.preventDefault()
    event.stopPropagation()
    done()
  }
  const done = (): void => {
    window.removeEventListener('click', stop, true)
    window.removeEventListener('pointerdown', done, true)
  }
  window.addEventListener('click', stop, true)
  window.addEventListener('pointerdown', done, true)
}
