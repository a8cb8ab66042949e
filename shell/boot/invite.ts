/** The invite in the address: `#i=` and its text. It is handed on once and does not stay in the address bar or the history. */
import type { Messenger } from '../contracts/ui.ts'

const PREFIX = '#i='

/** The page's address without query and fragment: what invite links start with. */
export const pageUrl = (): string => new URL('./', document.baseURI).href

/** Hands the invite to the messenger, now and whenever the fragment changes. Returns the way to stop. */
export function watchInvites(messenger: Messenger): () => void {
  const take = (): void => {
    const { hash } = location
    if (!hash.startsWith(PREFIX)) return
    history.replaceState(null, '', pageUrl())
    void messenger.openInvite(hash.slice(PREFIX.length))
  }
  take()
  addEventListener('hashchange', take)
  return () => removeEventListener('hashchange', take)
}
