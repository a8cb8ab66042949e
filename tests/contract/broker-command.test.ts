/** `npm run broker` as a person runs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type Certificate, certificateFor } from '../support/certificate.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-broker-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
/** A file with this content. */
const fileOf = (name: string, content: string): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

let children: ChildProcess[] = []
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children = []
})

const run = (...args: string[]) => runWith({}, ...args)

function runWith(env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'signaling/main.ts', ...args], { cwd: ROOT, env: { ...process.env, ...env } })
  children.push(child)
  const said = { out: '', err: '' }
  child.stderr.on('data', (data) => (said.err += String(data)))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  /** Resolves with the port once it listens. */
  const listening = new Promise<number>((resolve) => {
    child.stdout.on('data', (data) => {
      said.out += String(data)
      const port = /https?:\/\/[^:]+:(\d+)\/signal/.exec(said.out)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
  })
  return { child, said, ended, listening }
}

test('--help says what it takes', async () => {
  const { ended, said } = run('--help')
  expect(await ended).toBe(0)
  for (const option of ['--port', '--host', '--path', '--origin', '--trusted-proxy', '--config']) expect(said.out).toContain(option)
})

test.each([
  [['--bogus'], '--bogus'],
  [['--port', '99999'], '--port: 99999'],
  [['--port', 'x'], "--port: 'x'"],
  [['--origin', 'example.org/path'], "--origin: 'example.org/path'"],
  [['--trusted-proxy', 'localhost'], "--trusted-proxy: 'localhost'"],
  [['--config', '/nonexistent'], "can't read /nonexistent"],
  [['extra'], 'extra'],
])('%j is refused in one line', async (args, named) => {
  const { ended, said } = run(...args)
  expect(await ended).toBe(2)
  expect(said.err.trim().split('\n')).toHaveLength(1)
  expect(said.err).toContain(named)
  expect(said.out).toBe('')
})

test.each([
  [{ SOTTO_TURN_SECRET_FILE: '/nonexistent' }, 'go together'],
  [{ SOTTO_TURN_URLS: 'turn:a.example' }, 'go together'],
  [{ SOTTO_TURN_URL: 'turn:a.example' }, 'there is no setting SOTTO_TURN_URL\n'],
  [{ SOTTO_TURN_SECRET_FILE: '/nonexistent', SOTTO_TURN_URLS: 'turn:a.example' }, "can't read /nonexistent"],
  [{ SOTTO_TURN_SECRET_FILE: '/dev/null', SOTTO_TURN_URLS: 'turn:a.example' }, 'fewer than 32'],
  [{ SOTTO_TURN_SECRET_FILE: '/dev/null', SOTTO_TURN_URLS: 'https://a.example' }, 'is not a URL such as turn:'],
])('the environment %j is refused in one line', async (env, named) => {
  const { ended, said } = runWith(env, '--port', '0')
  expect(await ended).toBe(2)
  expect(said.err.trim().split('\n')).toHaveLength(1)
  expect(said.err).toContain(named)
})

test.each([
  ['{ "port": 0, "prot": 1 }', "there is no setting 'prot'"],
  ['{ "tls": { "certFile": "/a", "keyFile": "/b" } }', "tls.certFile: can't read /a"],
  ['{ "secret": "marker', 'is not JSON'],
])('a file that says %s is refused in one line', async (content, named) => {
  const { ended, said } = run('--config', fileOf('bad.json', content))
  expect(await ended).toBe(2)
  expect(said.err.trim().split('\n')).toHaveLength(1)
  expect(said.err).toContain(named)
  expect(said.err).not.toContain('marker')
  expect(said.out).toBe('')
})

test('the command line goes before the environment, and that before the file', async () => {
  const file = fileOf('good.json', '{ "port": 1, "path": "/file", "host": "192.0.2.1", "stockIds": false }')
  const { listening, said } = runWith(
    { SOTTO_CONFIG_FILE: file, SOTTO_PATH: '/signal', SOTTO_PORT: '2', SOTTO_HOST: '127.0.0.1' },
    '--port',
    '0',
  )
  const port = await listening
  expect(said.out).toContain(`http://127.0.0.1:${port}/signal `)
  expect((await fetch(`http://127.0.0.1:${port}/signal/peerjs/id`)).status).toBe(404)
})

/** What a TLS server on this port shows. */
const fingerprintAt = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
    socket.on('error', reject)
  })

test('TLS from two files, read again on SIGHUP; what does not fit is not taken', async () => {
  const write = ({ cert, key }: Certificate) => [fileOf('cert.pem', cert), fileOf('key.pem', key)] as const
  const [first, second] = [certificateFor('localhost'), certificateFor('localhost')]
  const [certFile, keyFile] = write(first)
  const file = fileOf('tls.json', JSON.stringify({ host: '127.0.0.1', port: 0, tls: { certFile, keyFile } }))
  const { child, listening, said, ended } = run('--config', file)
  const port = await listening
  expect(said.out).toContain('broker: https://')
  expect(await fingerprintAt(port)).toBe(first.fingerprint)
  const client = new WebSocket(`wss://127.0.0.1:${port}/signal/peerjs?key=peerjs&id=somebody&token=secret`, { rejectUnauthorized: false })
  await new Promise((resolve) => client.once('message', resolve))

  fileOf('cert.pem', second.cert)
  child.kill('SIGHUP')
  await expect.poll(() => said.err).toContain('kept the certificate')
  expect(await fingerprintAt(port)).toBe(first.fingerprint)

  write(second)
  child.kill('SIGHUP')
  await expect.poll(() => said.out).toContain('read again')
  expect(await fingerprintAt(port)).toBe(second.fingerprint)
  expect(client.readyState).toBe(WebSocket.OPEN)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})

test('a port that is taken is said in one line', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  const { ended, said } = run('--host', '127.0.0.1', '--port', String(port))
  expect(await ended).toBe(2)
  expect(said.err.trim()).toBe(`broker: can't listen on port ${port}: EADDRINUSE`)
  await new Promise((resolve) => other.close(resolve))
})

test.each(['SIGINT', 'SIGTERM'] as const)('it serves, and ends cleanly on %s with numbers only', async (signal) => {
  const { child, ended, listening, said } = run('--host', '127.0.0.1', '--port', '0', '--origin', 'https://chat.example')
  const port = await listening
  expect(await (await fetch(`http://127.0.0.1:${port}/signal/health`)).json()).toMatchObject({ status: 'ok' })
  const client = new WebSocket(`ws://127.0.0.1:${port}/signal/peerjs?key=peerjs&id=somebody&token=secret`, {
    origin: 'https://chat.example',
  })
  await new Promise((resolve) => client.once('message', resolve))
  const closed = new Promise((resolve) => client.once('close', resolve))
  child.kill(signal)
  expect(await closed).toBe(1012)
  expect(await ended).toBe(0)
  expect(said.err).toBe('')
  expect(said.out).toContain('"opened":1')
  expect(said.out).not.toMatch(/somebody|secret/)
})
