/** The page around the engine: localStorage for one marker, and the events after which links should try again now. */
import type { Mark, Page } from '../core/page.ts'

const KEY = 'sotto'

/** Asks the browser, and in some the person, not to evict what this origin stores. Never rejects. */
async function askToKeep(): Promise<void> {
  try {
    await navigator.storage.persist()
  } catch {
    // A browser without it evicts as it likes; the README says so.
  }
}

/** A small device: it holds fewer links. A browser that says otherwise only gets more of them. */
export const isPhone = (): boolean => /Mobi/.test(navigator.userAgent)

export const browserPage: Page = {
  mark: () => {
    const found = localStorage.getItem(KEY)
    return found === 'starting' || found === 'made' ? found : null
  },
  setMark: (mark: Mark | null) => {
    if (mark === null) localStorage.removeItem(KEY)
    else {
      // An identity has just been made: the browser is asked to keep it. Where it refuses, all works as before.
      if (mark === 'made' && localStorage.getItem(KEY) !== 'made') void askToKeep()
      localStorage.setItem(KEY, mark)
    }
  },
  onWake: (listener) => {
    const shown = (): void => {
      if (document.visibilityState === 'visible') listener()
    }
    window.addEventListener('online', listener)
    window.addEventListener('pageshow', listener)
    document.addEventListener('visibilitychange', shown)
    return () => {
      window.removeEventListener('online', listener)
      window.removeEventListener('pageshow', listener)
      document.removeEventListener('visibilitychange', shown)
    }
  },
  renew: () => {
    // Where the person was (history.state) is forgotten too, and so is a link in the address.
    history.replaceState(null, '', location.pathname)
    location.reload()
  },
}
