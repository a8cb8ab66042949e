/** Who may import whom. The directions are what keeps a part readable, testable and replaceable on its own. */
import { expect, test } from 'vitest'
import { readProject, readSource, type Source } from './support/source.ts'

/** The part that a file belongs to: its folder in the layout. */
function partOf(path: string): string {
  if (path.startsWith('shell/contracts/')) return 'contracts'
  const inner = /^((?:remotes\/[^/]+|[^/]+)\/(?:core|adapters))\//u.exec(path)
  if (inner?.[1] !== undefined && !path.startsWith('tests/')) return inner[1]
  return /^(?:remotes\/[^/]+|[^/]+)(?=\/)/u.exec(path)?.[0] ?? 'tools'
}

/** Of the contracts, the ui knows the Messenger port and the words it is written in. */
const UI_CONTRACTS = new Set(['ui', 'errors', 'limits', 'version'].map((name) => `shell/contracts/${name}.ts`))

/** Where `npm start` meets what it needs before it can serve: the installer and the build. */
const MEETINGS = new Set(['signaling/start.mjs .ci/install.mjs', 'signaling/serve.ts shell/build/fresh.ts'])

/** Why `from` must not import `to`; null if it may. Both are paths from the root. */
function objection(from: string, to: string): string | null {
  const part = partOf(from)
  const target = partOf(to)
  if (part === 'tests') return null
  if (target === 'tests') return 'nothing imports tests'
  if (part === 'tools' || part === '.ci' || MEETINGS.has(`${from} ${to}`)) return null
  if (to.startsWith('shell/build/') && !from.startsWith('shell/build/')) return 'what builds the page is not part of the page'
  if (part === 'contracts') return target === 'contracts' ? null : 'contracts import nothing outside themselves'
  const whole = part.replace(/\/(?:core|adapters)$/u, '')
  if (target === 'contracts') return whole === 'remotes/ui' && !UI_CONTRACTS.has(to) ? 'the ui knows the Messenger port only' : null
  if (part.endsWith('/core')) return target === part ? null : 'a core imports contracts and itself only'
  if (part.endsWith('/adapters'))
    return target === part || target === `${whole}/core` ? null : 'an adapter imports its own core and contracts only'
  if (target === whole || target === `${whole}/core` || target === `${whole}/adapters`) return null
  if (target.startsWith('remotes/'))
    return part === 'shell' ? 'the shell reaches remotes through federation' : 'a remote is imported by nobody'
  return 'a part imports itself and contracts only'
}

function violations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    source.imports.flatMap((target) => {
      if (target.kind !== 'file') return []
      const why = objection(source.path, target.path)
      return why === null ? [] : [`${source.path} imports ${target.path}: ${why}`]
    }),
  )
}

test('every import goes in an allowed direction', () => {
  expect(violations(readProject())).toEqual([])
})

test.each([
  ['shell/contracts/ids.ts', '../boot/main.ts'],
  ['shell/contracts/wire/frame.ts', '../../../remotes/p2p/core/a.ts'],
  ['remotes/p2p/core/link/a.ts', '../../adapters/rtc.ts'],
  ['remotes/p2p/core/link/a.ts', '../../index.ts'],
  ['remotes/p2p/adapters/rtc.ts', '../index.ts'],
  ['remotes/p2p/adapters/rtc.ts', '../../cryptography/core/a.ts'],
  ['remotes/p2p/index.ts', '../cryptography/index.ts'],
  ['remotes/p2p/index.ts', '../../shell/boot/main.ts'],
  ['remotes/ui/index.ts', '#contracts/p2p.ts'],
  ['remotes/ui/screens/a.tsx', '#contracts/wire/content.ts'],
  ['shell/boot/main.ts', '../../remotes/p2p/index.ts'],
  ['shell/boot/index.ts', '../build/release.ts'],
  ['signaling/server.ts', '../shell/build/fresh.ts'],
  ['shell/service-worker.ts', '../tests/support/a.ts'],
  ['signaling/server.ts', '../remotes/p2p/core/a.ts'],
  ['signaling/core/policy.ts', '../server.ts'],
  ['webpack.config.ts', './tests/support/a.ts'],
])('%s must not import %s', (path, specifier) => {
  expect(violations([readSource(path, `import '${specifier}'`)])).toHaveLength(1)
})

test.each([
  ['shell/contracts/p2p.ts', './wire/signal.ts'],
  ['remotes/p2p/core/link/a.ts', '#contracts/ids.ts'],
  ['remotes/p2p/core/link/a.ts', '../log/b.ts'],
  ['remotes/p2p/adapters/rtc.ts', '../core/link/a.ts'],
  ['remotes/p2p/index.ts', './adapters/rtc.ts'],
  ['remotes/ui/screens/a.tsx', '#contracts/ui.ts'],
  ['shell/boot/main.ts', '#contracts/p2p.ts'],
  ['tests/unit/a.test.ts', '../../remotes/p2p/core/link/a.ts'],
])('%s may import %s', (path, specifier) => {
  expect(violations([readSource(path, `import '${specifier}'`)])).toEqual([])
})
