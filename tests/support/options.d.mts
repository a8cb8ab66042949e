import type { ParseArgsConfig, parseArgs } from 'node:util'

type Options = NonNullable<ParseArgsConfig['options']>

/** Ends the command with a line for the person on stderr and exit code 2: it was called wrongly. */
export function refuse(command: string, line: string): never

/**
 * Reads the command line strictly. `--help` prints `usage` and ends with 0; an unknown option, a missing value or
 * an argument that no one asked for ends with 2 and one line. `command` is how the person called it.
 */
export function readOptions<const O extends Options = Record<never, never>>(spec: {
  readonly command: string
  readonly usage: string
  readonly options?: O
  readonly positionals?: boolean
  readonly args?: readonly string[]
}): ReturnType<typeof parseArgs<{ options: O; allowPositionals: true; strict: true }>>

/** The whole number in `text`, or ends the command with a line that gives the bounds. */
export function wholeNumber(command: string, name: string, text: string, min: number, max: number): number
