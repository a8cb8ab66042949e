/**
 * `npm run mutations`: builds the simulator with each deliberate fault put into the rooms, and lets it look for it.
 * Prints the seed that caught each; ends with 1 if one was not caught.
 */
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'esbuild'
import { readOptions, refuse, wholeNumber } from '../support/options.mjs'
import { type Mutation, MUTATIONS } from './mutations.ts'
import { playAll, SeedError } from './pool.ts'

const COMMAND = 'npm run mutations'
const USAGE = `
npm run mutations -- [--seeds N] [--members M] [--only TEXT] [--jobs N]

  --seeds N      seeds a fault may take to be found (2000)
  --members M    devices in the room at the start (5)
  --only TEXT    faults whose name has this in it
  --jobs N       processes that play seeds (as many as there are cores)
  --help         show this
`
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Puts the fault in when the file is read. */
function faulty({ file, find, put }: Mutation): Plugin {
  const path = `${ROOT}${file}`
  return {
    name: 'fault',
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.ts$/ }, async (args) => {
        if (args.path !== path) return undefined
        return { contents: (await readFile(path, 'utf8')).replace(find, () => put), loader: 'ts' }
      }),
  }
}

async function checkPlaces(): Promise<void> {
  for (const { name, file, find } of MUTATIONS) {
    const text = await readFile(`${ROOT}${file}`, 'utf8')
    if (text.split(find).length !== 2) refuse(COMMAND, `the place of the fault '${name}' is not there exactly once`)
  }
}

interface Found {
  readonly seed: number
  readonly invariant: string
}

async function hunt(mutation: Mutation, seeds: number, members: number, jobs: number): Promise<Found | null> {
  const run = { members, engine: 'toy', adversary: mutation.adversary === true } as const
  try {
    for await (const { seed, violation } of playAll(run, 1, seeds, { jobs, plugins: [faulty(mutation)] })) {
      if (violation !== null) return { seed, invariant: violation.invariant }
    }
    return null
  } catch (thrown) {
    if (!(thrown instanceof SeedError)) throw thrown
    return { seed: thrown.seed, invariant: 'an exception' }
  }
}

const text = { type: 'string' } as const
const { values } = readOptions({ command: COMMAND, usage: USAGE, options: { seeds: text, members: text, only: text, jobs: text } })
const seeds = wholeNumber(COMMAND, 'seeds', values.seeds ?? '2000', 1, 1_000_000)
const members = wholeNumber(COMMAND, 'members', values.members ?? '5', 2, 32)
const jobs = wholeNumber(COMMAND, 'jobs', values.jobs ?? String(availableParallelism()), 1, 256)
await checkPlaces()
const chosen = MUTATIONS.filter((mutation) => mutation.name.includes(values.only ?? ''))
let missed = 0
for (const mutation of chosen) {
  const found = await hunt(mutation, seeds, members, jobs)
  if (found === null) missed++
  console.log(
    `${found === null ? 'NOT FOUND' : `seed ${found.seed}`.padEnd(9)}  ${mutation.name}${found === null ? '' : `  (${found.invariant})`}`,
  )
}
console.log(`${chosen.length} faults, ${missed} not found`)
process.exitCode = missed > 0 ? 1 : 0
