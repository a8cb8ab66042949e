/** Each remote shows its index and nothing else: what is behind it can change without anybody noticing. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Configuration, container } from 'webpack'
import configuration from '../../webpack.config.ts'
import { ROOT, readSource } from './support/source.ts'

const REMOTES: Readonly<Record<string, { readonly index: string; readonly exports: readonly string[] }>> = {
  cryptography: { index: 'remotes/cryptography/index.ts', exports: ['CONTRACT_VERSION', 'create'] },
  p2p: { index: 'remotes/p2p/index.ts', exports: ['CONTRACT_VERSION', 'create'] },
  ui: { index: 'remotes/ui/index.tsx', exports: ['CONTRACT_VERSION', 'mount'] },
}

interface Federation {
  readonly name?: string
  readonly exposes?: Readonly<Record<string, { readonly import: string }>>
}

/** The options of every federation plugin in the configurations. */
function federations(configurations: readonly Configuration[]): Federation[] {
  return configurations
    .flatMap(({ plugins }) => plugins ?? [])
    .flatMap((plugin) => (plugin instanceof container.ModuleFederationPlugin && 'options' in plugin ? [plugin.options as Federation] : []))
}

/** What each container exposes, as `name ./key file`. */
const exposed = (configurations: readonly Configuration[]): string[] =>
  federations(configurations).flatMap(({ name, exposes }) =>
    Object.entries(exposes ?? {}).map(([key, module]) => `${name} ${key} ${module.import.replace(/^\.\//u, '')}`),
  )

test('the build exposes the index of each remote and nothing more', () => {
  const expected = Object.entries(REMOTES).map(([name, { index }]) => `${name} ./index ${index}`)
  expect(exposed(configuration()).sort()).toEqual(expected.sort())
})

test('each index exports its contract version and its one way in', () => {
  for (const { index, exports } of Object.values(REMOTES)) {
    expect(existsSync(join(ROOT, index)), index).toBe(true)
    expect(readSource(index, readFileSync(join(ROOT, index), 'utf8')).exports, index).toEqual(exports)
  }
})

test('a second exposed module is seen', () => {
  const plugin = new container.ModuleFederationPlugin({ name: 'p2p', exposes: { './core': { import: './remotes/p2p/core/a.ts' } } })
  expect(exposed([{ plugins: [plugin] }])).toEqual(['p2p ./core remotes/p2p/core/a.ts'])
})
