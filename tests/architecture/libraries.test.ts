/**
 * One importer a library: what it can and can't be trusted with is known in one place, and it can be replaced there.
 * A new dependency is a decision: it needs a line here.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, readProject, readSource, type Source } from './support/source.ts'

/** Library to the one place that may import it: a file, or a folder (ends with a slash). One place in each remote. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  // cryptography
  'ts-mls': ['remotes/cryptography/adapters/mls.ts'],
  '@noble/post-quantum': ['remotes/cryptography/adapters/xwing.ts'],
  '@scure/bip39': ['remotes/cryptography/adapters/words.ts'],
  // SHA-256 in step: the log's ids are computed inside pure functions, in two remotes that never import each other
  '@noble/hashes': ['remotes/p2p/adapters/hash.ts', 'remotes/cryptography/adapters/hash.ts'],
  // the engine
  peerjs: ['remotes/p2p/adapters/broker.ts'],
  idb: ['remotes/p2p/adapters/indexeddb.ts'],
  // the ui
  react: ['remotes/ui/'],
  'react-dom': ['remotes/ui/index.tsx'],
  qr: ['remotes/ui/components/qr-matrix.ts'],
  // the shell
  'workbox-precaching': ['shell/service-worker.ts'],
  // the broker
  ws: ['signaling/server.ts'],
}

/** Imported by nobody here: exact peers that ts-mls asks for. */
const PEERS = ['@noble/ciphers', '@noble/curves']

/** Tools of the build, and who may use them. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  webpack: ['webpack.config.ts', 'shell/build/'],
  'mini-css-extract-plugin': ['webpack.config.ts'],
  'workbox-webpack-plugin': ['webpack.config.ts'],
  vitest: ['vitest.config.ts'],
  tsx: ['signaling/start.mjs'],
}

/** The names under which the shell reaches the remotes at run time; not packages. */
const FEDERATED: Readonly<Record<string, readonly string[]>> = {
  cryptography: ['shell/boot/remotes.ts'],
  p2p: ['shell/boot/remotes.ts'],
  ui: ['shell/boot/remotes.ts'],
}

/** Node is there when building and on the server, never in a page. */
const NODE_PLACES = ['signaling/', 'turn-config/', 'shell/build/', 'webpack.config.ts', 'vitest.config.ts', '.ci/']

const within = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)))

function violations(sources: readonly Source[]): string[] {
  const allowed = { ...PLACES, ...TOOLS, ...FEDERATED }
  return sources.flatMap((source) => {
    if (source.path.startsWith('tests/')) return []
    const packages = [...new Set(source.imports.flatMap((target) => (target.kind === 'package' ? [target.name] : [])))]
    const misplaced = packages.filter((name) => !within(source.path, allowed[name] ?? [])).map((name) => `${source.path} imports ${name}`)
    if (/\/core\/|^shell\/contracts\//u.test(source.path) && packages.length > 0) misplaced.push(`${source.path} imports a library`)
    if (source.path.includes('/adapters/') && packages.length > 1) misplaced.push(`${source.path} adapts ${packages.join(' and ')}`)
    const usesNode = source.imports.some((target) => target.kind === 'node')
    if (usesNode && !within(source.path, NODE_PLACES)) misplaced.push(`${source.path} imports a module of Node`)
    return misplaced
  })
}

test('every library is imported in its one place', () => {
  expect(violations(readProject())).toEqual([])
})

test('no place stands in the table for nothing', () => {
  const sources = readProject()
  const unused = Object.entries({ ...PLACES, ...FEDERATED }).flatMap(([name, places]) =>
    places
      .filter(
        (place) =>
          !sources.some(({ path, imports }) => within(path, [place]) && imports.some((to) => to.kind === 'package' && to.name === name)),
      )
      .map((place) => `${place} imports no ${name}`),
  )
  expect(unused).toEqual([])
})

test('every dependency that ships is in the table', () => {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const known = [...Object.keys(PLACES), ...PEERS]
  expect(Object.keys(dependencies).sort()).toEqual(known.sort())
})

test('every version is pinned', () => {
  const manifest: Record<string, Record<string, string>> = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/u.test(version))).toEqual([])
})

test.each([
  ['remotes/p2p/adapters/rtc.ts', 'ts-mls'],
  ['remotes/cryptography/adapters/hpke.ts', 'ts-mls/deep.js'],
  ['remotes/cryptography/core/mls.ts', 'ts-mls'],
  ['shell/boot/index.ts', 'react'],
  ['shell/boot/index.ts', 'p2p/index'],
  ['remotes/p2p/index.ts', 'left-pad'],
  ['remotes/p2p/adapters/env.ts', 'node:crypto'],
  ['shell/boot/index.ts', 'node:fs'],
])('%s must not import %s', (path, specifier) => {
  expect(violations([readSource(path, `const a = () => import('${specifier}')`)])).not.toEqual([])
})

test('an adapter of two libraries, and a core with one, are refused wherever the table lets them stand', () => {
  expect(violations([readSource('remotes/ui/core/a.ts', `import 'react'`)])).not.toEqual([])
  expect(violations([readSource('remotes/ui/adapters/a.ts', `import 'react'; import 'react-dom'`)])).not.toEqual([])
})
