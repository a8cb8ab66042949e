/** The time as far as words on the screen need it. */
import { useEffect, useState } from 'react'

/** Unix milliseconds, renewed every minute so that 'Today' becomes 'Yesterday' by itself. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
