/** The Messenger port and the release, handed to every component; and the one way to read the view. */
import { createContext, type ReactNode, use, useCallback, useSyncExternalStore } from 'react'
import type { Messenger, ReleaseInfo, View } from '#contracts/ui.ts'

export interface Session {
  readonly messenger: Messenger
  readonly release: ReleaseInfo
  readonly takeOver: () => void
}
const SessionContext = createContext<Session | null>(null)

export function SessionProvider({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>
}

export function useSession(): Session {
  const session = use(SessionContext)
  if (!session) throw new TypeError('outside of SessionProvider')
  return session
}

export const useMessenger = (): Messenger => useSession().messenger

/** A part of the view. `select` must give the same object for the same view: it may pick, not build. */
export function useView<T>(select: (view: View) => T): T {
  const messenger = useMessenger()
  const subscribe = useCallback((listener: () => void) => messenger.subscribe(listener), [messenger])
  return useSyncExternalStore(subscribe, () => select(messenger.view()))
}
