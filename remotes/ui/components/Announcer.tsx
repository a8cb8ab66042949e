/** Says one thing to screen readers, politely. It has no role: the page's one status is the link's. */
import { createContext, type ReactNode, use, useCallback, useState } from 'react'
import { Hidden } from './Hidden.tsx'

const AnnounceContext = createContext<(text: ReactNode) => void>(() => undefined)

export function Announcer({ children }: { readonly children: ReactNode }) {
  const [said, setSaid] = useState<{ readonly text: ReactNode; readonly turn: number }>({ text: null, turn: 0 })
  const announce = useCallback((text: ReactNode) => setSaid(({ turn }) => ({ text, turn: turn + 1 })), [])
  return (
    <AnnounceContext value={announce}>
      {children}
      <div aria-live="polite">
        {/* A new element each time: the same words twice are said twice. */}
        <Hidden key={said.turn}>{said.text}</Hidden>
      </div>
    </AnnounceContext>
  )
}

export const useAnnounce = (): ((text: ReactNode) => void) => use(AnnounceContext)
