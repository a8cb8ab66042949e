/** Where the keyboard is after something came or went. */
import { type RefObject, useEffect, useRef } from 'react'

/** A new pane's heading takes the focus, unless something in the pane already has it. */
export function useArrivalFocus(heading: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    if (focusIsNowhere()) heading.current?.focus({ preventScroll: true })
  }, [heading])
}

/** When `open` becomes false and the focus went with what closed, `target` takes it. */
export function useReturnFocus(open: boolean, target: () => HTMLElement | null | undefined): void {
  const before = useRef(open)
  const latest = useRef(target)
  latest.current = target
  useEffect(() => {
    const closed = before.current && !open
    before.current = open
    if (closed && focusIsNowhere()) latest.current()?.focus()
  }, [open])
}

/** For a list: when what had the focus in it goes with a change of `drawn`, the list itself takes it. */
export function useKeptFocus(list: RefObject<HTMLElement | null>, drawn: unknown): void {
  const inside = useRef(false)
  useEffect(() => {
    const element = list.current
    const enter = (): void => {
      inside.current = true
    }
    // A browser may say 'focusout' of what is removed too; then the focus goes to nothing.
    const leave = (event: FocusEvent): void => {
      if (event.relatedTarget !== null) inside.current = false
    }
    // Not by React's handlers: those are silent while a closing dialog gives the focus back.
    element?.addEventListener('focusin', enter)
    element?.addEventListener('focusout', leave)
    return () => {
      element?.removeEventListener('focusin', enter)
      element?.removeEventListener('focusout', leave)
    }
  }, [list])
  useEffect(() => {
    if (drawn && inside.current && focusIsNowhere()) list.current?.focus({ preventScroll: true })
  }, [list, drawn])
}

/** What had the focus is gone, or not drawn any more. */
function focusIsNowhere(): boolean {
  const { activeElement } = document
  return activeElement === null || activeElement === document.body || !activeElement.checkVisibility()
}
