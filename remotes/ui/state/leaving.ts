/** Whether closing the page now is worth a question: only while it would keep messages from everybody. */
import { useEffect } from 'react'
import { useView } from './session.tsx'

let meant = false

/** The person asked for what makes the page go away: the browser shall not ask again. */
export function leaveKnowingly(is: boolean): void {
  meant = is
}

export function useLeaveWarning(): void {
  const warns = useView((view) => view.unheld > 0 && !view.fenced)
  useEffect(() => {
    if (!warns) return
    const ask = (event: BeforeUnloadEvent): void => {
      if (!meant) event.preventDefault()
    }
    // Not there while nothing waits: a page with a listener is kept out of the browser's back cache.
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [warns])
}
