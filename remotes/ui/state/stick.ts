/**
 * Scrolling of a chat's log. At the end it stays at the end whatever grows; elsewhere the message at the
 * top of the window stays where it is, whether older ones come in above or newer ones below.
 */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** Closer to the end than this counts as being there. */
const END_PX = 48
/** Older messages are asked for this far before the start is reached. */
const AHEAD_PX = 800
const ANCHORS = '[data-anchor]'

/** Where the log was when last looked at: `anchor` is the message at the top of the window, null at the end. */
interface Place {
  readonly scrollTop: number
  readonly scrollHeight: number
  readonly anchor: { readonly id: string; readonly top: number } | null
}

export interface Stick {
  readonly atEnd: boolean
  readonly onScroll: () => void
  readonly toEnd: (smooth: boolean) => void
  /** Puts something of the log in the middle of the window. */
  readonly to: (element: HTMLElement) => void
}

export function useStick(
  log: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  /** Changes with whatever is drawn inside. */
  drawn: unknown,
  options: { readonly start: () => HTMLElement | null; readonly onNearTop: () => void },
): Stick {
  // Not until it was looked at: what is marked read was on the screen.
  const [atEnd, setAtEnd] = useState(false)
  const sticking = useRef(true)
  const placed = useRef(false)
  const place = useRef<Place>({ scrollTop: 0, scrollHeight: 0, anchor: null })
  const latest = useRef(options)
  latest.current = options

  const note = useCallback((): void => {
    const box = log.current
    if (!box) return
    const { scrollTop, scrollHeight, clientHeight } = box
    sticking.current = scrollHeight - clientHeight - scrollTop < END_PX
    setAtEnd(sticking.current)
    const element = sticking.current
      ? undefined
      : firstBelow([...box.querySelectorAll<HTMLElement>(ANCHORS)], box.getBoundingClientRect().top)
    const id = element?.dataset.anchor
    place.current = {
      scrollTop,
      scrollHeight,
      anchor: element && id !== undefined ? { id, top: element.getBoundingClientRect().top } : null,
    }
    if (scrollTop < AHEAD_PX) latest.current.onNearTop()
  }, [log])

  const hold = useCallback((): void => {
    const box = log.current
    if (!box) return
    const { scrollTop, scrollHeight, anchor } = place.current
    // The person may have scrolled since, with the event still to come: that way is theirs.
    const scrolled = box.scrollTop - scrollTop
    if (sticking.current && (scrolled >= 0 || box.scrollHeight < scrollHeight)) {
      box.scrollTop = box.scrollHeight
    } else if (anchor) {
      // By its id: what is drawn again is another element.
      const element = box.querySelector(`[data-anchor="${CSS.escape(anchor.id)}"]`)
      if (element) box.scrollTop += element.getBoundingClientRect().top - (anchor.top - scrolled)
    }
    note()
  }, [log, note])

  useLayoutEffect(() => {
    const box = log.current
    if (!placed.current && box && drawn) {
      placed.current = true
      const start = latest.current.start()
      if (start) {
        sticking.current = false
        box.scrollTop += start.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3
        note()
        return
      }
    }
    hold()
  }, [drawn, hold, note, log])

  useEffect(() => {
    const observer = new ResizeObserver(hold)
    if (log.current) observer.observe(log.current)
    if (content.current) observer.observe(content.current)
    return () => observer.disconnect()
  }, [log, content, hold])

  const toEnd = useCallback(
    (smooth: boolean): void => {
      const box = log.current
      if (!box) return
      if (!smooth) sticking.current = true
      box.scrollTo({ top: box.scrollHeight, behavior: smooth ? 'smooth' : 'instant' })
      if (!smooth) note()
    },
    [log, note],
  )

  const to = useCallback(
    (element: HTMLElement): void => {
      const box = log.current
      if (!box) return
      sticking.current = false
      const { top, height } = element.getBoundingClientRect()
      box.scrollTop += top - box.getBoundingClientRect().top - Math.max(0, (box.clientHeight - height) / 2)
      note()
    },
    [log, note],
  )

  return { atEnd, onScroll: note, toEnd, to }
}

/** The first element whose end is below `y`; they stand in order, so half of them is looked at each time. */
function firstBelow(elements: readonly HTMLElement[], y: number): HTMLElement | undefined {
  let low = 0
  let high = elements.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((elements[middle]?.getBoundingClientRect().bottom ?? 0) > y) high = middle
    else low = middle + 1
  }
  return elements[low]
}
