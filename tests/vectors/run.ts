/**
 * `npm run vectors -- FILE...`: the MLS working group's passive-client vectors, through the patched library, with
 * ts-mls's own provider and with ours. A vector passes if it passes with both. The last line is the count.
 */
import { existsSync, readFileSync } from 'node:fs'
import { readOptions, refuse } from '../support/options.mjs'
import { isFamily, play, type Vector } from './passive-client.ts'
import { isPlayed, PROVIDERS } from './suites.ts'

const print = (line: string): boolean => process.stdout.write(`${line}\n`)

const COMMAND = 'npm run vectors'
const USAGE = `
npm run vectors -- FILE...

Plays passive-client vectors of the MLS working group (JSON files: welcome, handling-commit, random) through our MLS, by two
providers: the one that ts-mls comes with, and the one that we ship.

  FILE       a file of vectors; those of suites other than 1, 2, 3 and 7 are counted as skipped
  --help     show this

Ends with 0 if one passed and none failed. The last line is "N passed, M failed, K skipped".
`

function readVectors(file: string): readonly Vector[] {
  if (!existsSync(file)) return refuse(COMMAND, `there is no file '${file}'`)
  let content: unknown
  try {
    content = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return refuse(COMMAND, `'${file}' is not JSON`)
  }
  return isFamily(content) ? content : refuse(COMMAND, `'${file}' holds no passive-client vectors`)
}

async function failures(vector: Vector): Promise<string[]> {
  const failed: string[] = []
  for (const [name, suiteOf] of Object.entries(PROVIDERS)) {
    if (!isPlayed(vector.cipher_suite)) continue
    try {
      await play(vector, await suiteOf(vector.cipher_suite))
    } catch (thrown) {
      failed.push(`${name} provider: ${thrown instanceof Error ? thrown.message : 'unknown'}`)
    }
  }
  return failed
}

async function main(): Promise<number> {
  const { positionals: files } = readOptions({ command: COMMAND, usage: USAGE, positionals: true })
  if (files.length === 0) refuse(COMMAND, 'which files?')
  const total = { passed: 0, failed: 0, skipped: 0 }
  const bySuite = new Map<number, number>()
  for (const { file, vectors } of files.map((name) => ({ file: name, vectors: readVectors(name) }))) {
    for (const [index, vector] of vectors.entries()) {
      if (!isPlayed(vector.cipher_suite)) {
        total.skipped++
        continue
      }
      const failed = await failures(vector)
      for (const reason of failed) print(`FAILED ${file} [${index}], suite ${vector.cipher_suite}, ${reason}`)
      if (failed.length > 0) total.failed++
      else {
        total.passed++
        bySuite.set(vector.cipher_suite, (bySuite.get(vector.cipher_suite) ?? 0) + 1)
      }
    }
  }
  for (const [suite, passed] of [...bySuite].sort(([a], [b]) => a - b)) print(`suite ${suite}: ${passed} passed with both providers`)
  print(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  return total.failed === 0 && total.passed > 0 ? 0 : 1
}

process.exitCode = await main()
