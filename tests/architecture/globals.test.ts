/**
 * Cores and contracts do no I/O: time, chance, timers, storage and network come in as arguments or through ports.
 * Only so do the simulator and the browser run the same code. What would let a global in by another door
 * (`globalThis`, `eval`) is banned with them. Types may name what they like: they run nothing.
 */
import { expect, test } from 'vitest'
import { readProject, readSource, type Source } from './support/source.ts'

const BANNED = new Set([
  // Math itself is pure; what leaves it unnamed may be chance
  ...['Math.random', 'Math.*'],
  ...['Date', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'requestAnimationFrame', 'requestIdleCallback', 'queueMicrotask'],
  ...['crypto', 'Crypto', 'SubtleCrypto'],
  ...[
    'fetch',
    'XMLHttpRequest',
    'WebSocket',
    'EventSource',
    'WebTransport',
    'BroadcastChannel',
    'MessageChannel',
    'Worker',
    'SharedWorker',
    'postMessage',
  ],
  ...['indexedDB', 'IDBKeyRange', 'localStorage', 'sessionStorage', 'caches', 'cookieStore'],
  ...[
    'console',
    'alert',
    'confirm',
    'prompt',
    'navigator',
    'window',
    'document',
    'location',
    'history',
    'self',
    'global',
    'globalThis',
    'process',
  ],
  ...['eval', 'Function', 'require', 'importScripts', 'addEventListener', 'removeEventListener', 'dispatchEvent'],
])
const isPure = (path: string): boolean => /^(?:shell\/contracts|(?:remotes\/)?(?!tests\/)[^/]+\/core)\//u.test(path)

function violations(sources: readonly Source[]): string[] {
  return sources
    .filter((source) => isPure(source.path))
    .flatMap((source) =>
      [...source.words].filter((word) => BANNED.has(word) || /^RTC\w+$/u.test(word)).map((word) => `${source.path} uses ${word}`),
    )
}

test('cores and contracts use no clock, chance, timer, network, storage or console', () => {
  expect(violations(readProject())).toEqual([])
})

test.each([
  'Date.now()',
  'new Date()',
  'Math.random()',
  'Math["random"]()',
  'const { random } = Math',
  'const m = Math',
  'crypto.getRandomValues(a)',
  'function f(crypto) {}',
  'setTimeout(f, 1)',
  'const later = setInterval',
  'new RTCPeerConnection()',
  'x instanceof RTCDataChannel',
  'indexedDB.open("a")',
  'fetch("a")',
  'console.log(1)',
  'globalThis.fetch("a")',
  'self["fetch"]("a")',
  'window.x',
  'document.title',
  'navigator.locks',
  'localStorage.a',
  'eval("Date")',
  'new Function("return Date")()',
])('%s is refused in a core and in contracts', (text) => {
  for (const path of ['remotes/p2p/core/a.ts', 'shell/contracts/a.ts', 'signaling/core/a.ts']) {
    expect(violations([readSource(path, text)]), path).not.toEqual([])
  }
  expect(violations([readSource('remotes/p2p/adapters/a.ts', text)])).toEqual([])
})

test.each([
  '// Date.now()',
  "throw new Error('no crypto here')",
  'type State = RTCIceConnectionState',
  'interface A { readonly iceServers: readonly RTCIceServer[]; fetch(): Promise<Date> }',
  'cryptography.sign(bytes)',
  'Math.floor(1.5)',
  'timers.setTimeout(1)',
  'new TextEncoder()',
])('%s is none of it', (text) => {
  expect(violations([readSource('remotes/p2p/core/a.ts', text)])).toEqual([])
})
