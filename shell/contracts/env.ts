/** Time, chance and hashing, as the cores see them. Injected, so that a simulator can own all three. */
export interface Env {
  /** Unix time in milliseconds. May jump: nothing safe may depend on it. */
  nowMs(): number
  /** `length` fresh random bytes from a CSPRNG. */
  random(length: number): Uint8Array<ArrayBuffer>
  /** SHA-256 (FIPS 180-4), synchronous: the log's ids are computed inside pure functions. */
  sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer>
}

/** One-shot timers, by name: setting a name again replaces it. */
export interface Timers {
  set(name: string, delayMs: number, fire: () => void): void
  clear(name: string): void
}
