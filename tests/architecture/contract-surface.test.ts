/**
 * The names that the contracts export, kept in a reviewed file: every part is written against them, so a new, lost or
 * renamed one is a decision and not a side effect. After deciding, run with `UPDATE_CONTRACT_SURFACE=1` and commit.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesBelow, ROOT, readSource } from './support/source.ts'

const SURFACE = join(ROOT, 'tests/architecture/contract-surface.json')

function surface(): Record<string, readonly string[]> {
  const files = filesBelow('shell/contracts').sort()
  return Object.fromEntries(
    files.map((path) => [path.slice('shell/contracts/'.length), readSource(path, readFileSync(join(ROOT, path), 'utf8')).exports]),
  )
}

test('the contracts export the names that were decided', () => {
  const found = surface()
  if (process.env.UPDATE_CONTRACT_SURFACE === '1') writeFileSync(SURFACE, `${JSON.stringify(found, null, 2)}\n`)
  expect(found).toEqual(JSON.parse(readFileSync(SURFACE, 'utf8')))
})

test('the contracts name each export: no star, no default', () => {
  for (const [file, names] of Object.entries(surface()))
    expect(
      names.filter((name) => name === '*' || name === 'default'),
      file,
    ).toEqual([])
})
