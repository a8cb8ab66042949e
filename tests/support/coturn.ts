/** A real coturn on loopback, for tests that send through it: it may reach loopback, as no installation may. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TurnProbe } from '../../turn-config/probe.ts'

const TURNSERVER = '/usr/bin/turnserver'
const HOST = '127.0.0.1'

export const coturnIsThere = (): boolean => existsSync(TURNSERVER)

export interface Coturn {
  /** As pages take it. */
  readonly url: string
  close(): void
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, HOST)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

/** Resolves when it answers. */
export async function startCoturn(secret: string): Promise<Coturn> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sotto-coturn-'))
  const server: ChildProcess = spawn(
    TURNSERVER,
    [
      ...['--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=test', '--fingerprint', '--no-cli', '--no-tls', '--no-dtls'],
      ...[`--listening-ip=${HOST}`, `--listening-port=${port}`, `--relay-ip=${HOST}`, '--allow-loopback-peers'],
      ...['--no-stdout-log', '--log-file=/dev/null', '--pidfile=/dev/null', `--userdb=${folder}/db`],
    ],
    { stdio: 'ignore' },
  )
  const probe = new TurnProbe(HOST, port, null)
  await probe.allocate(4)
  probe.close()
  return {
    url: `turn:${HOST}:${port}?transport=udp`,
    close: () => {
      server.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
