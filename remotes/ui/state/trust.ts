/** The facts behind the trust panel: measured at once and then regularly, but not behind a hidden tab. */
import { useEffect, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import type { ChatId, TrustFacts } from '#contracts/ui.ts'
import { useMessenger } from './session.tsx'

/** How often the facts are measured while the panel is on the screen. */
const REFRESH_MS = 2000

export function useTrust(chat: ChatId): { readonly facts: TrustFacts | null; readonly failed: ErrorCode | null } {
  const messenger = useMessenger()
  const [facts, setFacts] = useState<TrustFacts | null>(null)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  useEffect(() => {
    let current = true
    const measure = async (): Promise<void> => {
      if (document.visibilityState === 'hidden') return
      const result = await messenger.trust(chat)
      if (!current) return
      if (result.ok) setFacts(result.value)
      setFailed(result.ok ? null : result.code)
    }
    setFacts(null)
    void measure()
    const timer = setInterval(() => void measure(), REFRESH_MS)
    return () => {
      current = false
      clearInterval(timer)
    }
  }, [chat, messenger])
  return { facts, failed }
}
