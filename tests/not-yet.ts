/**
 * The fixed commands whose part of the product has not come yet. Each keeps its name and its options, so that nothing
 * that calls it changes later; until then it says so in one line and ends with 1.
 */
import { readOptions, refuse } from './support/options.mjs'

const text = { type: 'string' } as const

const COMMANDS = {
  soak: {
    line: 'the soak test is not there yet',
    usage: `
npm run soak -- --minutes N

Lets browsers talk for a long time and watches memory and losses. Not there yet: it says so and ends with 1.

  --minutes N      how long
  --help           show this
`,
    options: { minutes: text },
  },
}

const name = process.argv[2] ?? ''
if (!(name in COMMANDS)) refuse('tests/not-yet.ts', `no command '${name}'`)
const { line, usage, options } = COMMANDS[name as keyof typeof COMMANDS]
const command = `npm run ${name}`
readOptions({ command, usage, options, args: process.argv.slice(3) })
process.stderr.write(`${command}: ${line}\n`)
process.exitCode = 1
