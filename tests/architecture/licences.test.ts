/** What ships inside the page must be free to ship under GPL-3.0-only: each package's licence, and its text beside it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './support/source.ts'

/** SPDX ids that may be combined into a GPL-3.0-only work (gnu.org/licenses/license-list.html). */
const COMPATIBLE = new Set([
  ...['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'CC0-1.0', 'Unlicense', 'Zlib', 'MPL-2.0'],
  ...['LGPL-2.1-or-later', 'LGPL-3.0-only', 'LGPL-3.0-or-later', 'GPL-2.0-or-later', 'GPL-3.0-only', 'GPL-3.0-or-later'],
])

/** An SPDX expression of ids, AND, OR and brackets. `OR`: one that fits is enough; `AND`: all must fit. */
function isCompatible(expression: string): boolean {
  const either = splitOutside(expression, ' OR ')
  if (either.length > 1) return either.some(isCompatible)
  const both = splitOutside(expression, ' AND ')
  if (both.length > 1) return both.every(isCompatible)
  const inner = /^\((.*)\)$/u.exec(expression.trim())?.[1]
  return inner === undefined ? COMPATIBLE.has(expression.trim()) : isCompatible(inner)
}

/** Splits at `separator` where no bracket is open. */
function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  for (const piece of text.split(separator)) {
    const last = parts.at(-1)
    const open = last === undefined ? 0 : last.split('(').length - last.split(')').length
    if (last === undefined || open === 0) parts.push(piece)
    else parts[parts.length - 1] = last + separator + piece
  }
  return parts
}

interface Locked {
  readonly dev?: boolean
  readonly devOptional?: boolean
}
const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
const shipped = Object.entries(lock.packages).flatMap(([path, entry]) => (path === '' || entry.dev || entry.devOptional ? [] : [path]))

test('every package that ships has a licence that GPL-3.0-only can take in', () => {
  expect(shipped.length).toBeGreaterThan(10)
  const refused = shipped.flatMap((path) => {
    const { license }: { license?: unknown } = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'))
    return typeof license === 'string' && isCompatible(license) ? [] : [`${path}: ${JSON.stringify(license)}`]
  })
  expect(refused).toEqual([])
})

test('every package that ships brings the text of its licence', () => {
  expect(shipped.filter((path) => !readdirSync(join(ROOT, path)).some((file) => /^(?:licen[cs]e|copying)/iu.test(file)))).toEqual([])
})

test('the project is GPL-3.0-only, and says so with the whole text', () => {
  const { license }: { license?: unknown } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  expect(license).toBe('GPL-3.0-only')
  expect(readFileSync(join(ROOT, 'LICENSE'), 'utf8')).toMatch(
    /GNU GENERAL PUBLIC LICENSE\s+Version 3, 29 June 2007[\s\S]+END OF TERMS AND CONDITIONS/u,
  )
})

test.each([
  ['MIT', true],
  ['(MIT OR SSPL-1.0)', true],
  ['Apache-2.0 AND MIT', true],
  ['(MIT AND ISC) OR Elastic-2.0', true],
  ['MIT AND (Elastic-2.0 OR BUSL-1.1)', false],
  ['GPL-2.0-only', false],
  ['Apache-2.0 AND CC-BY-NC-4.0', false],
  ['UNLICENSED', false],
  ['', false],
])('%j: %s', (expression, expected) => {
  expect(isCompatible(expression)).toBe(expected)
})
