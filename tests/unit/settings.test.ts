/** The table of settings: what it takes and refuses, and that the operators' guide says the same. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../../signaling/config.ts'
import { POLICY } from '../../signaling/policy.ts'
import { clientAddress } from '../../signaling/proxies.ts'
import { fromEnvironment, fromFile, SETTINGS, SettingsError, variableOf } from '../../signaling/settings.ts'

const refusalOf = (act: () => unknown): { readonly code: string; readonly setting: string } => {
  try {
    act()
  } catch (thrown) {
    if (thrown instanceof SettingsError) return { code: thrown.code, setting: thrown.setting }
    throw thrown
  }
  return { code: 'taken', setting: '' }
}

test('a nested key is one variable', () => {
  expect(variableOf('turn.secretFile')).toBe('SOTTO_TURN_SECRET_FILE')
  expect(variableOf('limits.messagesAnId.aSecond')).toBe('SOTTO_LIMITS_MESSAGES_AN_ID_A_SECOND')
  const variables = SETTINGS.map(({ key }) => variableOf(key))
  expect(new Set(variables).size).toBe(variables.length)
})

test('every limit of the policy can be set, by its own name', () => {
  const keys = SETTINGS.map(({ key }) => key).filter((key) => key.startsWith('limits.'))
  expect(new Set(keys.map((key) => key.split('.')[1]))).toEqual(new Set(Object.keys(POLICY)))
  const { broker } = readConfig({ env: { SOTTO_LIMITS_SOCKETS: '7', SOTTO_LIMITS_CONNECTS_BURST: '3' } })
  expect(broker.policy).toEqual({ ...POLICY, sockets: 7, connects: { ...POLICY.connects, burst: 3 } })
})

test.each([
  [{ nosuch: 1 }, 'unknown', 'nosuch'],
  [{ turn: { nosuch: 1 } }, 'unknown', 'turn.nosuch'],
  [{ limits: { nosuch: 1 } }, 'unknown', 'limits.nosuch'],
  [{ __proto__x: 1 }, 'unknown', '__proto__x'],
  [{ turn: 1 }, 'bad-value', 'turn'],
  [{ port: 1.5 }, 'bad-value', 'port'],
  [{ port: true }, 'bad-value', 'port'],
  [{ stockIds: 'true' }, 'bad-value', 'stockIds'],
  [{ origins: 'https://a.example' }, 'bad-value', 'origins'],
  [{ origins: ['https://a.example/'] }, 'bad-value', 'origins'],
  [{ origins: ['https://a.example', 7] }, 'bad-value', 'origins'],
  [{ names: ['https://a.example'] }, 'bad-value', 'names'],
  [{ trustedProxies: ['10.0.0.0/33'] }, 'bad-value', 'trustedProxies'],
  [{ trustedProxies: ['proxy.example'] }, 'bad-value', 'trustedProxies'],
  [{ path: 'signal' }, 'bad-value', 'path'],
  [{ path: '/signal/' }, 'bad-value', 'path'],
  [{ turn: { urls: ['https://a.example'] } }, 'bad-value', 'turn.urls'],
  [{ limits: { idleMs: -1 } }, 'bad-value', 'limits.idleMs'],
  [{ origins: [] }, 'bad-value', 'origins'],
  [[], 'bad-value', ''],
  [null, 'bad-value', ''],
])('%j is refused by name', (json, code, setting) => {
  expect(refusalOf(() => fromFile(json))).toEqual({ code, setting })
})

test('what is right is taken as it stands', () => {
  const json = {
    port: 0,
    host: '::1',
    path: '/a/b',
    origins: ['https://a.example', '*'],
    names: ['a.example', '192.0.2.1'],
    stockIds: false,
    trustedProxies: ['127.0.0.1', '::1', 'fd00::/8'],
    limits: { connects: { aSecond: 0.5 } },
  }
  const { port, host, tls, broker } = readConfig({ env: { UNRELATED: 'x', SOTTO_SIGNING_KEY: '/k' }, flags: [] })
  expect([port, host, tls]).toEqual([undefined, undefined, undefined])
  expect(broker).toEqual({ proofs: true, stockIds: true, trustedProxies: [], policy: POLICY })
  expect([...fromFile(json)].length).toBe(8)
})

test('variables: numbers, booleans and lists', () => {
  const found = fromEnvironment({ SOTTO_PORT: '80', SOTTO_STOCK_IDS: 'false', SOTTO_ORIGINS: 'https://a.example, https://b.example' })
  expect(Object.fromEntries(found)).toEqual({ port: 80, stockIds: false, origins: ['https://a.example', 'https://b.example'] })
  for (const [name, text] of [
    ['SOTTO_PORT', '0x50'],
    ['SOTTO_PORT', ''],
    ['SOTTO_STOCK_IDS', 'yes'],
    ['SOTTO_ORIGINS', 'https://a.example,'],
  ] as const)
    expect(
      refusalOf(() => fromEnvironment({ [name]: text })),
      `${name}=${text}`,
    ).toEqual({ code: 'bad-value', setting: name })
  expect(refusalOf(() => fromEnvironment({ SOTTO_PROT: '80' }))).toEqual({ code: 'unknown', setting: 'SOTTO_PROT' })
})

test('the operators’ guide lists every setting as the table has it, and no other', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
  const rows = guide.split('\n').filter((line) => line.startsWith('| `'))
  const expected = SETTINGS.map(({ key, kind, form, what }) => `| \`${key}\` | ${kind === 'list' ? `list: ${form}` : form} | ${what} |`)
  expect(rows).toEqual(expected)
})

describe('whose address it is', () => {
  const ofTrusted = clientAddress(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'])

  test.each([
    ['nobody is trusted unasked', '203.0.113.1', '198.51.100.1', '203.0.113.1'],
    ['one proxy', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a proxy whose address is written as IPv6', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a chain of proxies', '192.0.2.7', '198.51.100.1, 10.1.1.1', '198.51.100.1'],
    ['what a client wrote before its proxy did', '10.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['a client that claims to be a proxy’s', '10.0.0.1', '1.1.1.1, 10.9.9.9, 198.51.100.1', '198.51.100.1'],
    ['IPv6', 'fd00::1', '2001:db8::5', '2001:db8::5'],
    ['no header', '10.0.0.1', undefined, '10.0.0.1'],
    ['no address in the header', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['all of them proxies', '10.0.0.1', '10.0.0.2', '10.0.0.2'],
    ['a peer that is gone', undefined, '198.51.100.1', 'unknown'],
  ])('%s', (_, peer, header, client) => {
    expect(ofTrusted(peer, header)).toBe(client)
  })
})
