/** What the hostile tests judge by: the code of a refusal, and the work that it cost. */
import { expect } from 'vitest'
import { codeOf, type ErrorCode } from '#contracts/errors.ts'

/** What bytes may cost at most, in milliseconds of this process's own time. */
export const SLOW_MS = 50

/** Codes that the gate and what follows it may answer. */
export const GATE_CODES: readonly string[] = [
  'malformed',
  'too-large',
  'wrong-suite',
  'unexpected',
  'bad-signature',
  'bad-certificate',
  'expired-certificate',
  'cannot-decrypt',
  'replayed',
] satisfies readonly ErrorCode[]

export type Outcome = ErrorCode | 'accepted'

/** The code, or 'accepted'; fails for an error that is not typed. */
export async function outcome(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    await run()
    return 'accepted'
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'SottoError' })
    return codeOf(thrown)
  }
}

/** The process's own time so far: others who keep the machine busy do not count. */
const workMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Runs once, and again if that took long: a collection of garbage is slow once, costly bytes are slow each time. */
export async function timed(run: () => Promise<unknown>): Promise<{ readonly code: Outcome; readonly tookMs: number }> {
  let tookMs = Number.POSITIVE_INFINITY
  let code: Outcome = 'accepted'
  for (let tries = 0; tries < 3 && tookMs > SLOW_MS; tries++) {
    const startMs = workMs()
    code = await outcome(run)
    tookMs = Math.min(tookMs, workMs() - startMs)
  }
  return { code, tookMs }
}

export const unwrap = <T>(value: T | null | undefined): T => {
  if (value === null || value === undefined) throw new Error('nothing there')
  return value
}
