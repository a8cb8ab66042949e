/**
 * The coturn configuration against a real coturn: who gets an allocation, and whom it may reach. Every address is asked
 * for as a permission only; no packet goes to a peer. Skipped where coturn is not installed (apt-get install coturn).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createSocket } from 'node:dgram'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { turnGrant } from '../../signaling/turn.ts'
import { TurnProbe } from '../../turn-config/probe.ts'

const TURNSERVER = '/usr/bin/turnserver'
const CONF = fileURLToPath(new URL('../../turn-config/turnserver.conf', import.meta.url))
const HOST = '127.0.0.1'
const TURN = { secret: 'a secret of the test, long enough', urls: [] }
const HOUR_MS = 3_600_000
const UNAUTHORIZED = 401
const FORBIDDEN = 403
const QUOTA = 486

/** First and last address of each range of the IANA special-purpose registry that is not global, and of multicast. */
const IPV4: readonly (readonly [string, string])[] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.1', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '239.255.255.255'],
  ['240.0.0.0', '255.255.255.255'],
]
const IPV6: readonly (readonly [string, string])[] = [
  ['::', '::1'],
  ['64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['100::', '100::ffff:ffff:ffff:ffff'],
  ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
]
/** How an IPv4 address is said in IPv6: mapped, compatible, NAT64. */
const FORMS = ['::ffff:', '::', '64:ff9b::'] as const

let server: ChildProcess | null = null
let port = 0
let folder = ''
let probes: TurnProbe[] = []

const probe = (id: string, nowMs = Date.now()): TurnProbe => withLogin(turnGrant(TURN, id, nowMs))
function withLogin(login: { readonly username: string; readonly credential: string } | null): TurnProbe {
  const made = new TurnProbe(HOST, port, login)
  probes.push(made)
  return made
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, HOST)
  await once(socket, 'listening')
  const { port: found } = socket.address()
  socket.close()
  return found
}

describe.skipIf(!existsSync(TURNSERVER))(
  'coturn as turn-config/turnserver.conf has it (skipped without coturn: apt-get install coturn)',
  () => {
    beforeAll(async () => {
      port = await freePort()
      folder = mkdtempSync(join(tmpdir(), 'sotto-turn-'))
      const own = [`--listening-ip=${HOST}`, `--listening-port=${port}`, `--relay-ip=${HOST}`, '--relay-ip=::1', '--realm=test']
      const args = [
        '-c',
        CONF,
        ...own,
        `--static-auth-secret=${TURN.secret}`,
        '--no-tls',
        '--no-dtls',
        '--pidfile=/dev/null',
        `--userdb=${folder}/db`,
      ]
      server = spawn(TURNSERVER, args, { stdio: 'ignore' })
      await withLogin(null).allocate(4)
    }, 30_000)
    afterAll(() => {
      for (const one of probes) one.close()
      probes = []
      server?.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    })

    test('a credential of the broker gets an allocation, and may reach public addresses', async () => {
      const four = probe('public4')
      expect(await four.allocate(4)).toBe(0)
      expect(await four.permit('198.41.0.4')).toBe(0)
      const six = probe('public6')
      expect(await six.allocate(6)).toBe(0)
      expect(await six.permit('2001:503:ba3e::2:30')).toBe(0)
    })

    test('missing, wrong, altered and expired credentials get none', async () => {
      const grant = turnGrant(TURN, 'somebody', Date.now())
      expect(await withLogin(null).allocate(4)).toBe(UNAUTHORIZED)
      expect(await withLogin({ ...grant, credential: 'wrong' }).allocate(4)).toBe(UNAUTHORIZED)
      const later = `${Number(grant.username.split(':')[0]) + 60}:${grant.username.split(':')[1]}`
      expect(await withLogin({ ...grant, username: later }).allocate(4)).toBe(UNAUTHORIZED)
      expect(await probe('somebody', Date.now() - HOUR_MS - 60_000).allocate(4)).toBe(UNAUTHORIZED)
      expect(await withLogin(grant).allocate(4)).toBe(0)
    })

    test('the quota holds for a client, whichever of its credentials it uses, and for no other', async () => {
      const codes: number[] = []
      for (let nth = 0; nth < 6; nth += 1) codes.push(await probe('greedy', Date.now() - nth * 60_000).allocate(4))
      expect(codes).toEqual([0, 0, 0, 0, QUOTA, QUOTA])
      expect(await probe('modest').allocate(4)).toBe(0)
    })

    test('no permission for any address that is not global, in any form', async () => {
      const four = probe('probe4')
      const six = probe('probe6')
      expect([await four.allocate(4), await six.allocate(6)]).toEqual([0, 0])
      const allowed: string[] = []
      const ask = async (by: TurnProbe, address: string): Promise<void> => {
        const code = await by.permit(address)
        if (code !== FORBIDDEN) allowed.push(`${address}: ${code}`)
      }
      for (const address of IPV4.flat()) {
        await ask(four, address)
        for (const form of FORMS) await ask(six, form + address)
      }
      for (const address of IPV6.flat()) await ask(six, address)
      expect(allowed).toEqual([])
    }, 60_000)
  },
)
