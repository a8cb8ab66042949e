/** Whether the person looks at the page: it is on the screen, and the keyboard is in it. */
import { useEffect, useState } from 'react'

export const isLookedAt = (): boolean => document.visibilityState === 'visible' && document.hasFocus()

/** Calls back whenever it may have changed; the way to stop listening. */
export function onLook(changed: () => void): () => void {
  window.addEventListener('focus', changed)
  window.addEventListener('blur', changed)
  document.addEventListener('visibilitychange', changed)
  return () => {
    window.removeEventListener('focus', changed)
    window.removeEventListener('blur', changed)
    document.removeEventListener('visibilitychange', changed)
  }
}

export function useLookedAt(): boolean {
  const [looked, setLooked] = useState(isLookedAt)
  useEffect(() => onLook(() => setLooked(isLookedAt())), [])
  return looked
}
