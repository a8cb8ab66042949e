/**
 * One tab at a time. The lock says which; a message asks its holder to stop; a holder that does not answer (frozen in
 * the background) loses the lock by force. The fencing number inside the store is what keeps it from writing then.
 */
const LOCK = 'sotto-tab'
const YIELD = 'yield'
/** How long the other tab has to close its engine. */
const YIELD_MS = 3000

export interface Tab {
  /** Resolves when another tab wants, or already has, the lock. Call `release` when nothing is written any more. */
  readonly lost: Promise<void>
  readonly release: () => void
}

function hold(options: LockOptions): Promise<Tab | null> {
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(LOCK, options, (lock) => {
      if (lock === null) return resolve(null)
      return new Promise<void>((release) => {
        const lost = new Promise<void>((lose) => {
          const channel = new BroadcastChannel(LOCK)
          channel.onmessage = (event: MessageEvent) => {
            if (event.data === YIELD) lose()
          }
          // the request ends by itself only when somebody has stolen the lock
          queueMicrotask(() => held.catch(() => lose()))
        })
        resolve({ lost, release })
      })
    })
    held.catch(reject)
  })
}

/** The lock if it is free; null if another tab has it. */
export const takeTab = (): Promise<Tab | null> => hold({ ifAvailable: true })

/** Asks the other tab to stop and takes the lock: as soon as it is free, or by force. */
export async function takeOverTab(): Promise<Tab> {
  const channel = new BroadcastChannel(LOCK)
  channel.postMessage(YIELD)
  channel.close()
  const tab = await hold({ signal: AbortSignal.timeout(YIELD_MS) }).catch(() => hold({ steal: true }))
  if (tab === null) throw new Error('a lock that was waited for is never null')
  return tab
}
