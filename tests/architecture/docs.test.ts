/** Papers that point nowhere, or that nobody finds, are not read. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { expect, test } from 'vitest'
import { filesBelow, ROOT } from './support/source.ts'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const papers = ['README.md', 'CHANGELOG.md', ...filesBelow('docs').filter((path) => path.endsWith('.md'))]
const code = [
  ...filesBelow('shell'),
  ...filesBelow('remotes'),
  ...filesBelow('signaling'),
  ...filesBelow('tests'),
  'webpack.config.ts',
].filter((path) => path !== 'tests/architecture/docs.test.ts')

/** Targets of relative links, from the root, without their fragments. */
const linksIn = (path: string, text: string): string[] =>
  [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/gu)].map((match) => posix.join(posix.dirname(path), match[1] ?? ''))

/** Papers that code names in its comments, as `docs/x.md`. */
const papersNamedIn = (text: string): string[] => [...text.matchAll(/\bdocs\/[\w/-]+\.md\b/gu)].map((match) => match[0])

test('every relative link in a paper leads to a file', () => {
  const broken = papers.flatMap((path) =>
    linksIn(path, read(path)).flatMap((link) => (existsSync(join(ROOT, link)) ? [] : [`${path}: ${link}`])),
  )
  expect(broken).toEqual([])
})

test('every paper that code names is there', () => {
  const broken = code
    .filter((path) => /\.(?:tsx?|mjs|css|html)$/u.test(path))
    .flatMap((path) => papersNamedIn(read(path)).flatMap((paper) => (existsSync(join(ROOT, paper)) ? [] : [`${path}: ${paper}`])))
  expect(broken).toEqual([])
})

test('every paper is found from docs/README.md, every decision has a number of its own', () => {
  const index = linksIn('docs/README.md', read('docs/README.md'))
  const inDocs = papers.filter((path) => path.startsWith('docs/') && path !== 'docs/README.md')
  expect(inDocs.filter((path) => !index.includes(path))).toEqual([])
  const decisions = inDocs.filter((path) => dirname(path) === 'docs/decisions').map((path) => posix.basename(path))
  expect(decisions.filter((name) => !/^\d{4}-[a-z0-9-]+\.md$/u.test(name))).toEqual([])
  const numbers = decisions.map((name) => name.slice(0, 4))
  expect(new Set(numbers).size).toBe(numbers.length)
})

test('links and names are seen', () => {
  expect(linksIn('docs/a.md', '[b](b.md) [c](../c.md#d) [e](https://example.org) [f](#f)')).toEqual(['docs/b.md', 'c.md'])
  // put together here, so that this file names no paper itself
  expect(papersNamedIn(`// see ${'docs'}/a/b-c.md, "D"`)).toEqual([`${'docs'}/a/b-c.md`])
})
