/** The deliberate faults of `npm run mutations` are put where their rules are: a rule that moved takes its fault along. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MUTATIONS } from '../simulation/mutations.ts'

const ROOT = join(import.meta.dirname, '../..')

test.each(MUTATIONS.map(({ name, file, find }) => [name, file, find] as const))('%s', (_name, file, find) => {
  expect(readFileSync(join(ROOT, file), 'utf8').split(find)).toHaveLength(2)
})
