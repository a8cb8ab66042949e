/** The reader that the rules stand on: what it sees, and what must not fool it. */
import { expect, test } from 'vitest'
import { readSource } from './support/source.ts'

const read = (text: string, path = 'remotes/p2p/core/a.ts') => readSource(path, text)

test('every way to import is seen, types too', () => {
  const { imports } = read(`
    import type { A } from './a.ts'
    import { b } from '#contracts/wire/b.ts'
    export { c } from '../c.ts'
    export * from '@scope/package/deep'
    const d = () => import('ts-mls/deep.js')
    type E = import('node:fs').Stats
    new Worker(new URL('./worker.ts', import.meta.url))
    const f = require('left-pad')
  `)
  expect(imports).toEqual([
    { kind: 'file', path: 'remotes/p2p/core/a.ts' },
    { kind: 'file', path: 'shell/contracts/wire/b.ts' },
    { kind: 'file', path: 'remotes/p2p/c.ts' },
    { kind: 'package', name: '@scope/package' },
    { kind: 'package', name: 'ts-mls' },
    { kind: 'node', name: 'fs' },
    { kind: 'file', path: 'remotes/p2p/core/worker.ts' },
    { kind: 'package', name: 'left-pad' },
  ])
})

test('imports in comments and strings are not imports', () => {
  expect(read(`// import 'a'\n/* import('b') */ const s = "import 'c'"; const t = \`import('d')\``).imports).toEqual([])
})

test('words in value position are seen wherever they hide', () => {
  for (const text of [
    'fetch()',
    'const f = fetch',
    'g({ fetch })',
    'g({ [fetch]: 1 })',
    'const { fetch } = g',
    'function g(fetch) {}',
    'const g = (a = fetch) => a',
    'g(...fetch)',
    'g[fetch]',
    'fetch as unknown',
    'fetch satisfies X',
    'fetch!',
    'fetch<string>',
    'class A extends fetch {}',
    'class A { x = fetch }',
    `const s = \`\${fetch}\``,
    'fetch`x`',
    'typeof fetch',
    'export { fetch }',
    'enum E { A = fetch }',
    'g?.(fetch)',
    'g?.[fetch]',
    'async () => { for await (const x of fetch) {} }',
    'switch (fetch) {}',
    'throw fetch',
    'new fetch()',
    'a ? b : fetch',
    'fetch = 1',
    'label: while (fetch) {}',
  ]) {
    expect(read(text).words.has('fetch'), text).toBe(true)
  }
})

test('property names, types, comments and strings are not words', () => {
  for (const text of [
    'a.fetch()',
    'a?.fetch()',
    'const a = { fetch: 1 }',
    'const { fetch: b } = a',
    'const a = { fetch() {} }',
    'class A { fetch() {} }',
    'interface A { fetch: typeof fetch }',
    'type A = fetch',
    'const a: fetch = 1',
    'a as fetch',
    'f<fetch>()',
    'class A implements fetch {}',
    '// fetch()',
    '/* fetch() */',
    "'fetch()'",
    '`fetch()`',
    '/fetch/u',
  ]) {
    expect(read(text).words.has('fetch'), text).toBe(false)
  }
})

test('every exported name is listed', () => {
  const { exports } = read(`
    export const a = 1, { b, c: [d, ...e], f = 2 } = x
    export function g() {}
    export class H {}
    export interface I {}
    export type J = 1
    export { k as l, m }
    export type { N } from './n.ts'
    export * from './o.ts'
    export default 1
    const p = 1
  `)
  expect(exports).toEqual(['*', 'H', 'I', 'J', 'N', 'a', 'b', 'd', 'default', 'e', 'f', 'g', 'l', 'm'].sort())
})
