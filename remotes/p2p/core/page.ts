/** The port to the page around the engine: what tells it to wake, and the marker that outlives a lost database. */

/**
 * A mark outside the database. 'starting': an identity is being made. 'made': there was one. With the vault
 * key and the database it tells a first visit from a loss.
 */
export type Mark = 'starting' | 'made'

export interface Page {
  mark(): Mark | null
  /** null removes it. */
  setMark(mark: Mark | null): void
  /** Calls back when the network is back or the page is shown again; returns the way to stop. */
  onWake(listener: () => void): () => void
  /** Loads the page anew: nothing of what was is left in memory either. */
  renew(): void
}
