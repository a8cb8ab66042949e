/** `npm run simulate`: seeds through the simulated world. The last line counts seeds and violations. */
import { readOptions, refuse, wholeNumber } from '../support/options.mjs'
import type { EngineKind } from './engine.ts'
import { ENGINES, type EngineName, isEngine } from './engines.ts'
import { type Outcome, runSeed, type ScenarioOptions } from './scenario.ts'

const USAGE = `
npm run simulate -- [--from SEED] [--seeds N] [--members M] [--engine toy|fake|real] [--adversary] [--json] [--keep-going]

  --from SEED     the first seed (1)
  --seeds N       how many seeds, one after the other (100)
  --members M     devices in the room at the start, 2 to 32 (5)
  --engine NAME   what stands behind the room in place of MLS (toy)
  --adversary     one member does not keep to the rules
  --json          one line of JSON a seed that fails, and one at the end
  --keep-going    do not stop after ten seeds that fail
  --help          show this

Ends with 0 if nothing failed. A seed that fails is told with how to run it again and the shortest prefix that still fails.
`
const COMMAND = 'npm run simulate'
const STOP_AFTER = 10
const PROGRESS_MS = 60_000

interface Options {
  readonly from: number
  readonly seeds: number
  readonly members: number
  readonly engineName: EngineName
  readonly adversary: boolean
  readonly json: boolean
  readonly keepGoing: boolean
}

function optionsOfCommand(): Options {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const { values } = readOptions({
    command: COMMAND,
    usage: USAGE,
    options: { from: text, seeds: text, members: text, engine: text, adversary: flag, json: flag, 'keep-going': flag },
  })
  const engineName = values.engine ?? 'toy'
  if (!isEngine(engineName)) refuse(COMMAND, `there is no engine '${engineName}'`)
  return {
    from: wholeNumber(COMMAND, 'from', values.from ?? '1', 0, Number.MAX_SAFE_INTEGER),
    seeds: wholeNumber(COMMAND, 'seeds', values.seeds ?? '100', 1, 10_000_000),
    members: wholeNumber(COMMAND, 'members', values.members ?? '5', 2, 32),
    engineName,
    adversary: values.adversary === true,
    json: values.json === true,
    keepGoing: values['keep-going'] === true,
  }
}

/** The fewest events after which the seed has failed already. What fails only at the end needs them all. */
async function shortestPrefix(failed: Outcome, options: ScenarioOptions): Promise<number> {
  let fails = failed.violation?.step ?? failed.steps
  let passes = 0
  while (fails - passes > 1) {
    const middle = Math.floor((fails + passes) / 2)
    const { violation } = await runSeed(failed.seed, { ...options, maxSteps: middle })
    if (violation === null) passes = middle
    else fails = middle
  }
  return fails
}

async function tell(failed: Outcome, options: Options, scenario: ScenarioOptions): Promise<void> {
  const { violation, seed } = failed
  if (violation === null) return
  const prefix = await shortestPrefix(failed, scenario)
  const replay = `npm run simulate -- --from ${seed} --seeds 1 --members ${options.members} --engine ${options.engineName}${options.adversary ? ' --adversary' : ''}`
  const { invariant, message, atMs } = violation
  if (options.json) console.log(JSON.stringify({ seed, invariant, message, atMs, prefix, replay, trace: failed.trace }))
  else {
    console.log(`seed ${seed}: ${invariant}: ${message}`)
    console.log(`  at ${(atMs / 1000).toFixed(1)} virtual seconds; shortest prefix that still fails: ${prefix} of ${failed.steps} events`)
    console.log(`  again: ${replay}`)
  }
}

async function main(options: Options, engine: EngineKind): Promise<void> {
  const scenario: ScenarioOptions = { members: options.members, engine, adversary: options.adversary }
  const startedMs = performance.now()
  let toldMs = startedMs
  let done = 0
  let violations = 0
  let events = 0
  let trace = ''
  for (let seed = options.from; seed < options.from + options.seeds; seed++) {
    const outcome = await runSeed(seed, scenario)
    done++
    events += outcome.steps
    trace = outcome.trace
    if (performance.now() - toldMs > PROGRESS_MS) {
      toldMs = performance.now()
      process.stderr.write(`${done} seeds, ${violations} violations so far\n`)
    }
    if (outcome.violation === null) continue
    violations++
    await tell(outcome, options, scenario)
    if (violations >= STOP_AFTER && !options.keepGoing) break
  }
  const seconds = (performance.now() - startedMs) / 1000
  if (options.json) console.log(JSON.stringify({ seeds: done, violations, events, seconds: Number(seconds.toFixed(1)), trace }))
  else {
    console.log(`${events} events, ${seconds.toFixed(1)} s, last trace ${trace}`)
    console.log(`${done} seeds, ${violations} violations`)
  }
  process.exitCode = violations > 0 ? 1 : 0
}

const options = optionsOfCommand()
await main(options, ENGINES[options.engineName])
