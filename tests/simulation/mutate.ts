/**
 * `npm run mutations`: puts each deliberate fault into a copy of the rooms and lets the simulator look for it.
 * Prints the seed that caught each; ends with 1 if one was not caught.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readOptions, refuse, wholeNumber } from '../support/options.mjs'
import { type Mutation, MUTATIONS } from './mutations.ts'

const COMMAND = 'npm run mutations'
const USAGE = `
npm run mutations -- [--seeds N] [--members M] [--only TEXT]

  --seeds N      seeds a fault may take to be found (2000)
  --members M    devices in the room at the start (5)
  --only TEXT    faults whose name has this in it
  --help         show this
`
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COPIED = [
  'package.json',
  'tsconfig.json',
  'shell/contracts',
  'remotes/cryptography',
  'remotes/p2p',
  'tests/simulation',
  'tests/support',
]

/** The project's rooms and simulator with one fault put in. The caller deletes it. */
function copyWith(mutation: Mutation): string {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-mutant-'))
  for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const file = join(folder, mutation.file)
  const before = readFileSync(file, 'utf8')
  if (before.split(mutation.find).length !== 2) refuse(COMMAND, `the place of the fault '${mutation.name}' is not there exactly once`)
  writeFileSync(
    file,
    before.replace(mutation.find, () => mutation.put),
  )
  return folder
}

function hunt(mutation: Mutation, seeds: number, members: number): { readonly seed: number; readonly invariant: string } | null {
  const folder = copyWith(mutation)
  try {
    const args = [
      '--import',
      'tsx',
      'tests/simulation/mutant.ts',
      String(seeds),
      String(members),
      mutation.adversary === true ? 'adversary' : 'honest',
    ]
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`the simulator did not run with the fault '${mutation.name}'`)
    return JSON.parse(stdout) as { seed: number; invariant: string } | null
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const text = { type: 'string' } as const
const { values } = readOptions({ command: COMMAND, usage: USAGE, options: { seeds: text, members: text, only: text } })
const seeds = wholeNumber(COMMAND, 'seeds', values.seeds ?? '2000', 1, 1_000_000)
const members = wholeNumber(COMMAND, 'members', values.members ?? '5', 2, 32)
const chosen = MUTATIONS.filter((mutation) => mutation.name.includes(values.only ?? ''))
let missed = 0
for (const mutation of chosen) {
  const found = hunt(mutation, seeds, members)
  if (found === null) missed++
  console.log(
    `${found === null ? 'NOT FOUND' : `seed ${found.seed}`.padEnd(9)}  ${mutation.name}${found === null ? '' : `  (${found.invariant})`}`,
  )
}
console.log(`${chosen.length} faults, ${missed} not found`)
process.exitCode = missed > 0 ? 1 : 0
