/** No cycles, also not of types: files that need each other are one idea cut in two, or two ideas not yet cut. */
import { expect, test } from 'vitest'
import { readProject, readSource, type Source } from './support/source.ts'

/** One cycle as a path that ends where it began, or null. Depth-first, so it names a shortest way back in. */
function findCycle(sources: readonly Source[]): string[] | null {
  const next = new Map(
    sources.map((source) => [source.path, source.imports.flatMap((target) => (target.kind === 'file' ? [target.path] : []))]),
  )
  const done = new Set<string>()
  const search = (path: string, trail: readonly string[]): string[] | null => {
    const start = trail.indexOf(path)
    if (start >= 0) return [...trail.slice(start), path]
    if (done.has(path)) return null
    for (const target of next.get(path) ?? []) {
      const cycle = search(target, [...trail, path])
      if (cycle !== null) return cycle
    }
    done.add(path)
    return null
  }
  for (const source of sources) {
    const cycle = search(source.path, [])
    if (cycle !== null) return cycle
  }
  return null
}

test('no file imports itself by any way round', () => {
  expect(findCycle(readProject())).toBeNull()
})

test('a cycle is found, of types too, behind others', () => {
  const sources = [
    readSource('a.ts', `import './b.ts'`),
    readSource('b.ts', `import './c.ts'; import './d.ts'`),
    readSource('c.ts', ''),
    readSource('d.ts', `import type { B } from './b.ts'`),
  ]
  expect(findCycle(sources)).toEqual(['b.ts', 'd.ts', 'b.ts'])
})

test('two ways to one file are no cycle', () => {
  const sources = [readSource('a.ts', `import './b.ts'; import './c.ts'`), readSource('b.ts', `import './c.ts'`), readSource('c.ts', '')]
  expect(findCycle(sources)).toBeNull()
})
