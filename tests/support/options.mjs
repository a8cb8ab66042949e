/**
 * The options of a command: the same manners for each. Plain Node, for `npm test` reads its own before
 * anything is installed. `--help` prints and ends; what is not known is refused in one line.
 */
import { parseArgs } from 'node:util'

/** Ends the command with a line for the person on stderr and exit code 2: it was called wrongly. */
export function refuse(command, line) {
  process.stderr.write(`${command}: ${line} (--help shows what there is)\n`)
  process.exit(2)
}

/** See options.d.mts. */
export function readOptions({ command, usage, options = {}, positionals = false, args = process.argv.slice(2) }) {
  let parsed
  try {
    parsed = parseArgs({ args, options: { ...options, help: { type: 'boolean' } }, allowPositionals: positionals, strict: true })
  } catch (error) {
    // Node's own message names the option; its hints about quoting come after the first sentence
    return refuse(
      command,
      String(error.message)
        .split(/\. |\n/u)[0]
        .replace(/^./u, (first) => first.toLowerCase()),
    )
  }
  if (parsed.values.help === true) {
    process.stdout.write(`${usage.trim()}\n`)
    process.exit(0)
  }
  return parsed
}

/** See options.d.mts. */
export function wholeNumber(command, name, text, min, max) {
  const value = Number(text)
  if (!/^\d+$/u.test(text) || value < min || value > max) return refuse(command, `--${name} takes a whole number from ${min} to ${max}`)
  return value
}
