/** How long a message may stay: for good, or so long after it was read, and after it was sent for its author. */
const SECOND_MS = 1000
const DAY_MS = 24 * 60 * 60 * SECOND_MS

/** A closed list: nobody chooses a time that no one else can read off their screen. Appended to, never moved. */
export const LIVES = ['off', '5s', '1min', '1h', '1d', '1w', '4w'] as const
export type Life = (typeof LIVES)[number]

export const LIFE_MS: Readonly<Record<Life, number>> = {
  off: Number.POSITIVE_INFINITY,
  '5s': 5 * SECOND_MS,
  '1min': 60 * SECOND_MS,
  '1h': 60 * 60 * SECOND_MS,
  '1d': DAY_MS,
  '1w': 7 * DAY_MS,
  '4w': 28 * DAY_MS,
}
