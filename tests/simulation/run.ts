/** What is asked for when seeds are run, in plain data: it crosses processes, and a replay can be typed from it. */
import { ENGINES, type EngineName } from './engines.ts'
import { type Fault, type Outcome, runSeed, type ScenarioOptions } from './scenario.ts'

export interface Run {
  readonly members: number
  readonly engine: EngineName
  readonly adversary: boolean
  readonly without?: readonly Fault[]
  /** See `ScenarioOptions`. */
  readonly healAfter?: number
}

/** An outcome without its world: what is told of a seed. */
export interface Told extends Omit<Outcome, 'violation'> {
  readonly violation: { readonly invariant: string; readonly message: string; readonly atMs: number; readonly step: number } | null
}

export const scenarioOf = (run: Run): ScenarioOptions => ({ ...run, engine: ENGINES[run.engine] })

export async function play(seed: number, run: Run): Promise<Told> {
  const { violation, ...outcome } = await runSeed(seed, scenarioOf(run))
  if (violation === null) return { ...outcome, violation }
  const { invariant, message, atMs, step } = violation
  return { ...outcome, violation: { invariant, message, atMs, step } }
}

/** How to type this run again. */
export const commandOf = (seed: number, { members, engine, adversary, without = [], healAfter }: Run): string =>
  [
    `npm run simulate -- --from ${seed} --seeds 1 --members ${members} --engine ${engine}`,
    ...(adversary ? ['--adversary'] : []),
    ...(without.length === 0 ? [] : [`--without ${without.join()}`]),
    ...(healAfter === undefined ? [] : [`--heal-after ${healAfter}`]),
  ].join(' ')

export interface Prefix {
  /** Events until it fails, or, if it fails only when all has healed, events of the storm that are enough for that. */
  readonly events: number
  readonly replay: string
}

/**
 * The shortest prefix of a failed seed that still fails. One that fails under way needs the events up to there. One
 * that fails after healing is played with ever shorter storms: found is a storm that is enough where one event less
 * is not.
 */
export async function shortestPrefix(failed: Told, run: Run): Promise<Prefix> {
  const { seed, violation, healedAfter } = failed
  if (healedAfter === null || violation === null) return { events: violation?.step ?? 0, replay: commandOf(seed, run) }
  let fails = healedAfter
  let passes = 0
  while (fails - passes > 1) {
    const healAfter = Math.floor((fails + passes) / 2)
    const { violation: still } = await play(seed, { ...run, healAfter })
    if (still === null) passes = healAfter
    else fails = healAfter
  }
  return { events: fails, replay: commandOf(seed, fails === healedAfter ? run : { ...run, healAfter: fails }) }
}
