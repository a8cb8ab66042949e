/** A finger that rests on a message or a chat, and the browser's own wish for a menu: both open ours. By the log or list, for all in it. */
import { type MouseEvent, type PointerEvent, useEffect, useMemo, useRef } from 'react'

/** A finger that rests for this long asks for the menu. */
const LONG_MS = 450
/** A finger that moves further than this scrolls. */
const SLACK_PX = 10

/** Only on what was said, and on no button in it. */
const messageAt = (target: Element): HTMLElement | null =>
  target.closest('[data-bubble]') && !target.closest('button') ? target.closest('article') : null

/** What the log listens with; `open` gets what `find` finds around the place that is pressed. */
export function useLongPress(open: (pressed: HTMLElement) => void, find = messageAt) {
  const latest = useRef(open)
  latest.current = open
  const timer = useRef<{ readonly id: number; readonly x: number; readonly y: number } | null>(null)
  const handlers = useMemo(() => {
    const stop = (): void => {
      if (timer.current) window.clearTimeout(timer.current.id)
      timer.current = null
    }
    const at = (target: EventTarget): HTMLElement | null => (target instanceof Element ? find(target) : null)
    return {
      onPointerDown: ({ pointerType, isPrimary, clientX, clientY, target }: PointerEvent): void => {
        stop()
        const pressed = at(target)
        if (pointerType !== 'touch' || !isPrimary || !pressed) return
        const id = window.setTimeout(() => {
          timer.current = null
          swallowClick()
          latest.current(pressed)
        }, LONG_MS)
        timer.current = { id, x: clientX, y: clientY }
      },
      onPointerMove: ({ clientX, clientY }: PointerEvent): void => {
        const from = timer.current
        if (from && Math.hypot(clientX - from.x, clientY - from.y) > SLACK_PX) stop()
      },
      onPointerUp: stop,
      onPointerCancel: stop,
      onContextMenu: (event: MouseEvent): void => {
        const pressed = at(event.target)
        // Whoever has selected something wants the browser's own menu.
        if (!pressed || document.getSelection()?.isCollapsed === false) return
        event.preventDefault()
        stop()
        latest.current(pressed)
      },
    }
  }, [find])
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
