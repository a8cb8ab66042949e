/** `npm run simulate`: seeds through the simulated world. The last line counts seeds and violations. */
import { availableParallelism } from 'node:os'
import { readOptions, refuse, wholeNumber } from '../support/options.mjs'
import { isEngine } from './engines.ts'
import { playAll } from './pool.ts'
import { FAULTS, isFault } from './scenario.ts'
import { type Run, shortestPrefix, type Told } from './run.ts'

const USAGE = `
npm run simulate -- [--from SEED] [--seeds N] [--members M] [--engine toy|fake|real] [--adversary] [--without FAULT,...] [--heal-after N] [--jobs N] [--json] [--keep-going]

  --from SEED     the first seed (1)
  --seeds N       how many seeds, one after the other (100)
  --members M     devices in the room at the start, 2 to 32 (5)
  --engine NAME   what stands behind the room in place of MLS (toy)
  --adversary     one member does not keep to the rules
  --without ...   leave these faults out, of ${FAULTS.join(', ')}
  --heal-after N  end the storm after so many events
  --jobs N        processes that play seeds (as many as there are cores)
  --json          one line of JSON a seed that fails, and one at the end
  --keep-going    do not stop after ten seeds that fail
  --help          show this

Ends with 0 if nothing failed. A seed that fails is told with how to run it again and the shortest prefix that still fails.
What is printed on the output, but for seconds, is the same for any number of jobs.
`
const COMMAND = 'npm run simulate'
const STOP_AFTER = 10
const PROGRESS_MS = 60_000

interface Options {
  readonly from: number
  readonly seeds: number
  readonly jobs: number
  readonly run: Run
  readonly json: boolean
  readonly keepGoing: boolean
}

function optionsOfCommand(): Options {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const { values } = readOptions({
    command: COMMAND,
    usage: USAGE,
    options: {
      from: text,
      seeds: text,
      members: text,
      engine: text,
      adversary: flag,
      without: text,
      'heal-after': text,
      jobs: text,
      json: flag,
      'keep-going': flag,
    },
  })
  const engine = values.engine ?? 'toy'
  if (!isEngine(engine)) refuse(COMMAND, `there is no engine '${engine}'`)
  const healAfter = values['heal-after']
  const without = values.without?.split(',') ?? []
  if (!without.every(isFault)) refuse(COMMAND, `--without takes faults of ${FAULTS.join(', ')}`)
  return {
    from: wholeNumber(COMMAND, 'from', values.from ?? '1', 0, Number.MAX_SAFE_INTEGER),
    seeds: wholeNumber(COMMAND, 'seeds', values.seeds ?? '100', 1, 10_000_000),
    jobs: wholeNumber(COMMAND, 'jobs', values.jobs ?? String(availableParallelism()), 1, 256),
    run: {
      members: wholeNumber(COMMAND, 'members', values.members ?? '5', 2, 32),
      engine,
      adversary: values.adversary === true,
      without,
      ...(healAfter === undefined ? {} : { healAfter: wholeNumber(COMMAND, 'heal-after', healAfter, 1, 10_000_000) }),
    },
    json: values.json === true,
    keepGoing: values['keep-going'] === true,
  }
}

async function tell(failed: Told, { run, json }: Options): Promise<void> {
  const { violation, seed, steps, trace, healedAfter } = failed
  if (violation === null) return
  const { events, replay } = await shortestPrefix(failed, run)
  const { invariant, message, atMs } = violation
  if (json) console.log(JSON.stringify({ seed, invariant, message, atMs, prefix: events, replay, trace }))
  else {
    const prefix = healedAfter === null ? `${events} of ${steps} events` : `${events} events, then healing`
    console.log(`seed ${seed}: ${invariant}: ${message}`)
    console.log(`  at ${(atMs / 1000).toFixed(1)} virtual seconds; shortest prefix that still fails: ${prefix}`)
    console.log(`  again: ${replay}`)
  }
}

async function main(options: Options): Promise<void> {
  const { from, seeds, jobs, run, json, keepGoing } = options
  const startedMs = performance.now()
  let toldMs = startedMs
  let done = 0
  let violations = 0
  let events = 0
  let trace = ''
  const happened = new Map<string, number>()
  for await (const outcome of playAll(run, from, seeds, { jobs })) {
    done++
    events += outcome.steps
    trace = outcome.trace
    for (const [what, times] of Object.entries(outcome.happened)) happened.set(what, (happened.get(what) ?? 0) + times)
    if (performance.now() - toldMs > PROGRESS_MS) {
      toldMs = performance.now()
      process.stderr.write(`${done} seeds, ${violations} violations so far\n`)
    }
    if (outcome.violation === null) continue
    violations++
    await tell(outcome, options)
    if (violations >= STOP_AFTER && !keepGoing) break
  }
  const seconds = (performance.now() - startedMs) / 1000
  const counts = [...happened].sort(([a], [b]) => (a < b ? -1 : 1))
  if (json)
    console.log(
      JSON.stringify({ seeds: done, violations, events, seconds: Number(seconds.toFixed(1)), trace, happened: Object.fromEntries(counts) }),
    )
  else {
    console.log(counts.map(([what, times]) => `${what}: ${times}`).join(' · '))
    console.log(`${events} events, ${seconds.toFixed(1)} s, last trace ${trace}`)
    console.log(`${done} seeds, ${violations} violations`)
  }
  process.exitCode = violations > 0 ? 1 : 0
}

await main(optionsOfCommand())
