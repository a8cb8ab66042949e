/**
 * `npm run broker` under all kinds of traffic, honest and not: what it wrote, and what its counters say, holds no id,
 * token, key, address, payload or credential of anybody.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type BrokerKey, brokerKey, claimOf } from '../support/broker-keys.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ADDRESSES = ['203.0.113.77', '2001:db8:77::1']
const SECRET = 'markersecret'.repeat(4)
const PAYLOAD = 'markerpayload'
const TOKEN = 'markertoken'

let folder = ''
let child: ChildProcess
let port = 0
const said = { out: '', err: '' }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-silence-'))
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, SECRET)
  const config = join(folder, 'broker.json')
  const limits = { queueMs: 200, claimMs: 500, drainMs: 200, goodbyeMs: 300, connects: { burst: 60 } }
  const turn = { secretFile, urls: ['turn:turn.example.org'] }
  writeFileSync(config, JSON.stringify({ port: 0, proofs: true, host: '127.0.0.1', trustedProxies: ['127.0.0.1'], turn, limits }))
  child = spawn(process.execPath, ['--import', 'tsx', 'signaling/main.ts', '--config', config], { cwd: ROOT })
  child.stderr?.on('data', (data) => (said.err += String(data)))
  port = await new Promise<number>((resolve) => {
    child.stdout?.on('data', (data) => {
      said.out += String(data)
      const found = /:(\d+)\/signal /.exec(said.out)?.[1]
      if (found !== undefined) resolve(Number(found))
    })
  })
})
afterAll(() => {
  child?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

interface Heard {
  readonly type: string
  readonly payload?: { readonly nonce?: string }
}

/** A socket of one of the marked addresses. */
function open(
  id: string,
  nth: number,
  headers: Record<string, string> = {},
): { socket: WebSocket; heard: Heard[]; ended: Promise<unknown> } {
  const url = `ws://127.0.0.1:${port}/signal/peerjs?key=peerjs&id=${id}&token=${TOKEN}`
  const socket = new WebSocket(url, { headers: { 'x-forwarded-for': ADDRESSES[nth % 2] ?? '', ...headers } })
  const heard: Heard[] = []
  socket.on('message', (data) => heard.push(JSON.parse(String(data))))
  socket.on('error', () => undefined)
  return { socket, heard, ended: new Promise((resolve) => socket.on('close', resolve)) }
}
const offer = (dst: string): string => JSON.stringify({ type: 'OFFER', dst, payload: PAYLOAD })

async function proven(key: BrokerKey, nth: number): Promise<ReturnType<typeof open>> {
  const one = open(key.id, nth)
  await expect.poll(() => one.heard[0]?.type).toBe('CHALLENGE')
  one.socket.send(claimOf(key, one.heard[0]?.payload?.nonce ?? '', '127.0.0.1'))
  await expect.poll(() => one.heard.map(({ type }) => type)).toContain('OPEN')
  return one
}

test('nothing of anybody is written or counted', async () => {
  const [ada, bo] = [brokerKey(), brokerKey()]
  const [one, two] = [await proven(ada, 0), await proven(bo, 1)]
  one.socket.send(offer(bo.id))
  one.socket.send(offer('markerabsent'))
  await expect.poll(() => two.heard.map(({ type }) => type)).toContain('OFFER')
  await expect.poll(() => one.heard.map(({ type }) => type)).toContain('EXPIRE')

  // a credential for a relay; a thief of the id; a wrong token; a page from elsewhere
  const authorization = `Basic ${btoa(`${ada.id}:${TOKEN}`)}`
  const granted = await fetch(`http://127.0.0.1:${port}/signal/turn`, { headers: { authorization } })
  const { username, credential } = (await granted.json()) as { readonly username: string; readonly credential: string }
  const thief = open(ada.id, 1)
  await expect.poll(() => thief.heard[0]?.type).toBe('CHALLENGE')
  thief.socket.send(claimOf(brokerKey(), thief.heard[0]?.payload?.nonce ?? '', 'markerhost.example'))
  await thief.ended
  await open(bo.id, 0).ended // says nothing: its time for a proof runs out
  await fetch(`http://127.0.0.1:${port}/signal/turn`, { headers: { authorization: `Basic ${btoa(`${ada.id}:markerother`)}` } })
  await open('markerstranger', 0, { origin: 'https://markerorigin.example' }).ended

  // stock clients: one that is taken, one malformed, one too large, one that floods, one refused
  const stock = open('markerstock', 0)
  await expect.poll(() => stock.heard[0]?.type).toBe('OPEN')
  await open('marker/bad', 1).ended
  for (const attack of [`{"type":"${PAYLOAD}`, JSON.stringify({ type: 'OFFER', dst: 'x', payload: PAYLOAD.repeat(4000) })]) {
    const mallory = open(`markermallory${attack.length}`, 1)
    await expect.poll(() => mallory.heard[0]?.type).toBe('OPEN')
    mallory.socket.send(attack)
    await mallory.ended
  }
  const flooder = open('markerflooder', 1)
  await expect.poll(() => flooder.heard[0]?.type).toBe('OPEN')
  for (let nth = 0; nth < 600; nth += 1) flooder.socket.send(offer('markerabsent'))
  await flooder.ended
  // more sockets than an address may open
  for (let nth = 0; nth < 70; nth += 1) open(`markerlate${nth}`, 0)
  const counters = async (): Promise<Record<string, number>> =>
    ((await (await fetch(`http://127.0.0.1:${port}/signal/health`)).json()) as { readonly counters: Record<string, number> }).counters
  await expect.poll(async () => (await counters()).refusedSockets).toBeGreaterThan(0)
  const counted = await counters()
  // every kind of thing that is counted here did happen
  for (const name of [
    'opened',
    'claimed',
    'claimRefused',
    'relayed',
    'queued',
    'expired',
    'refusedOrigin',
    'refusedParameters',
    'cutMalformed',
    'cutFlood',
    'turnGranted',
    'turnRefused',
  ])
    expect(counted[name], name).toBeGreaterThan(0)

  const health = await (await fetch(`http://127.0.0.1:${port}/signal/health`)).text()
  const metrics = await (await fetch(`http://127.0.0.1:${port}/signal/metrics`)).text()
  const ended = new Promise((resolve) => child.on('close', resolve))
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(said.err).toBe('')
  // two lines at the start, which name what the operator set, and one at the end, with counters
  const lines = said.out.trimEnd().split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[2]).toMatch(/^stopped; \{("\w+":\d+,?)+\}$/)
  const all = [said.out, health, metrics].join('\n')
  const secrets = [...[ada, bo].flatMap(({ id, key }) => [id, id.slice(4), key]), username, username.split(':')[1] ?? '', credential]
  for (const marker of ['marker', TOKEN, PAYLOAD, SECRET, ...ADDRESSES, '2001:db8', ...secrets]) expect(all).not.toContain(marker)
  expect(`${health}\n${metrics}\n${lines[2]}`).not.toContain('127.0.0.1')
})
