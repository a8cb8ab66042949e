/** The top level is given; what stands beside it is tool files and papers. A new folder there is a decision. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesBelow, ROOT } from './support/source.ts'

const GIVEN = ['package.json', 'shell', 'remotes', 'signaling', 'turn-config', 'public', 'tests', 'webpack.config.ts', 'README.md']
const BESIDE = [
  ...['LICENSE', 'CHANGELOG.md', 'docs', '.ci', 'patches'],
  ...['package-lock.json', 'tsconfig.json', 'biome.json', 'vitest.config.ts', '.npmrc', '.gitignore', '.gitattributes'],
]

/** What git would hold if all were committed now: so that a scratch file is found before it is, too. */
function topLevel(): string[] {
  // a checkout may belong to another user than the one who runs the tests
  const listed = execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return [...new Set(listed.split('\n').flatMap((path) => (path === '' ? [] : [path.split('/')[0] ?? ''])))]
}

test('nothing stands at the top level that is not on the list', () => {
  expect(topLevel().filter((name) => !GIVEN.includes(name) && !BESIDE.includes(name))).toEqual([])
})

test('all that is given is there', () => {
  const found = topLevel()
  expect(GIVEN.filter((name) => !found.includes(name))).toEqual([])
})

/** Ways to silence a tool, and notes that put work off. In two halves each, so that this file is clean itself. */
const SILENCERS = [
  ...[`@ts-${'ignore'}`, `@ts-${'expect-error'}`, `@ts-${'nocheck'}`, `biome-${'ignore'}`, `eslint-${'disable'}`],
  ...[`TO${'DO'}`, `FIX${'ME'}`, `XX${'X'}`],
]
const silencedIn = (text: string): string[] => SILENCERS.filter((word) => new RegExp(`(?<![A-Za-z])${word}(?![A-Za-z])`, 'u').test(text))

test('no tool is silenced in any file, and no work is put off in a comment', () => {
  const found = filesBelow('')
    .filter((path) => /\.(?:tsx?|mts|mjs|css|html|json|ya?ml|sh|conf)$/u.test(path) && path !== 'package-lock.json')
    .flatMap((path) => silencedIn(readFileSync(join(ROOT, path), 'utf8')).map((word) => `${path}: ${word}`))
  expect(found).toEqual([])
})

test('a silencer is found', () => {
  for (const word of SILENCERS) expect(silencedIn(`const a = 1 // ${word}: why`), word).toEqual([word])
  expect(silencedIn('const methodOdo = 1')).toEqual([])
})
