/** `npm run fuzz`: seeded damage to the input of every decoder of our own, and through the gate. */
import { readOptions, refuse, wholeNumber } from '../support/options.mjs'
import { inputOf, PAST } from './corpus.ts'
import { feedOnce, fuzz, isClean, type Report } from './run.ts'
import { targets } from './targets.ts'

const text = { type: 'string' } as const
const COMMAND = 'npm run fuzz'
const MOST_RUNS = 1_000_000_000
const MOST_SEED = 2 ** 31

const all = await targets()
const USAGE = `
npm run fuzz -- --target NAME|all --runs N --seed S

Feeds seeded mutations to our decoders, and to MLS behind its gate. Nothing may throw but a typed error, nothing may be read
that is not the one encoding of what it says, and nothing may take longer than 50 ms. The runs are shared out among the
targets if all are asked for; an input is made from its seed alone.

  --target NAME    one of these, or all (default):
${all.map(({ name }) => `                     ${name}`).join('\n')}
  --runs N         mutations in all (default 100,000)
  --seed S         the first seed (default 1)
  --help           show this

Ends with 0 if nothing was found. The last line is the count.
`

const print = (line: string): boolean => process.stdout.write(`${line}\n`)

const { values } = readOptions({ command: COMMAND, usage: USAGE, options: { target: text, runs: text, seed: text } })
const runs = wholeNumber(COMMAND, 'runs', values.runs ?? '100000', 1, MOST_RUNS)
const seed = wholeNumber(COMMAND, 'seed', values.seed ?? '1', 0, MOST_SEED)
const wanted = values.target ?? 'all'
const chosen = wanted === 'all' ? all : all.filter(({ name }) => name === wanted)
if (chosen.length === 0) refuse(COMMAND, `there is no target '${wanted}'`)

function describe(report: Report): void {
  const codes = Object.entries(report.refused).map(([code, count]) => `${code} ${count}`)
  print(`${report.target.padEnd(28)} ${report.runs} runs, ${report.read} read; ${codes.join(', ')}`)
  for (const kind of ['untyped', 'nonCanonical', 'slow'] as const) {
    for (const finding of report[kind]) print(`  FOUND ${kind}: seed ${finding.seed}: ${finding.what}`)
  }
}

let past = 0
for (const one of PAST) {
  const { target, bytes } = inputOf(one, all)
  if (!chosen.includes(target)) continue
  const fed = await feedOnce(target, bytes)
  if (fed.kind === 'refused') continue
  past++
  print(`  FOUND again: ${one.name}: ${fed.kind}`)
}

const reports: Report[] = []
for (const [index, target] of chosen.entries()) {
  const share = Math.floor(runs / chosen.length) + (index < runs % chosen.length ? 1 : 0)
  const report = await fuzz(target, share, seed)
  describe(report)
  reports.push(report)
}
const count = (kind: 'untyped' | 'nonCanonical' | 'slow'): number => reports.reduce((sum, report) => sum + report[kind].length, 0)
print(
  `${reports.length} targets, ${runs} runs: ${count('untyped')} untyped exceptions, ${count('nonCanonical')} non-canonical acceptances, ${count('slow')} slower than 50 ms, ${past} past failures again`,
)
process.exitCode = reports.every(isClean) && past === 0 ? 0 : 1
