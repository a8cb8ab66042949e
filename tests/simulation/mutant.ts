/** Runs seeds until one fails, in a copy of the project that has a fault put in. One line of JSON. */
import { ENGINES } from './engines.ts'
import { runSeed } from './scenario.ts'

const [seedsText, membersText, adversaryText] = process.argv.slice(2)
const { toy } = ENGINES
let found: { readonly seed: number; readonly invariant: string } | null = null
for (let seed = 1; found === null && seed <= Number(seedsText); seed++) {
  try {
    const { violation } = await runSeed(seed, { members: Number(membersText), engine: toy, adversary: adversaryText === 'adversary' })
    if (violation !== null) found = { seed, invariant: violation.invariant }
  } catch {
    found = { seed, invariant: 'an exception' }
  }
}
process.stdout.write(`${JSON.stringify(found)}\n`)
