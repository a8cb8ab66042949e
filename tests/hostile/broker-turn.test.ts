/** `/turn` and `/metrics` from the outside: who gets credentials, how many, and what the counters tell of anybody. */
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type BrokerServer, createBrokerServer } from '../../signaling/server.ts'
import { TURN_GRANTS_AN_HOUR, TurnGrants, turnGrant } from '../../signaling/turn.ts'

const TURN = { secret: 'marker-secret', urls: ['turn:turn.example.org:3478?transport=udp'] }
const HOUR_MS = 3_600_000
const ID = 'markerid'
const TOKEN = 'markertoken'

let broker: BrokerServer
let base = ''
let sockets: WebSocket[] = []

beforeEach(async () => {
  broker = createBrokerServer({ turn: TURN })
  base = `127.0.0.1:${await broker.listen(0, '127.0.0.1')}/signal`
})
afterEach(async () => {
  for (const socket of sockets) socket.terminate()
  sockets = []
  await broker.close()
})

async function register(id = ID, token = TOKEN): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${base}/peerjs?key=peerjs&id=${id}&token=${token}&version=1.5.5`)
  sockets.push(socket)
  await new Promise((resolve) => socket.once('message', resolve))
  return socket
}
const ask = (id = ID, token = TOKEN, more: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://${base}/turn`, { headers: { authorization: `Basic ${btoa(`${id}:${token}`)}`, ...more } })

test('the registered get what coturn checks, for an hour at most, and no id in it', async () => {
  await register()
  const beforeMs = Date.now()
  const answer = await ask()
  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const grant = (await answer.json()) as ReturnType<typeof turnGrant>
  expect(grant.urls).toEqual(TURN.urls)
  expect(grant.credential).toBe(createHmac('sha1', TURN.secret).update(grant.username).digest('base64'))
  expect(Number(grant.username.split(':')[0]) * 1000).toBe(grant.expiresMs)
  expect(grant.expiresMs).toBeGreaterThan(beforeMs + HOUR_MS - 2_000)
  expect(grant.expiresMs).toBeLessThanOrEqual(Date.now() + HOUR_MS)
  expect(JSON.stringify(grant)).not.toContain(ID)
})

test('one client has one name for the quota, two have two', () => {
  const name = (id: string, nowMs: number) => turnGrant(TURN, id, nowMs).username.split(':')[1]
  expect(name('a', 0)).toBe(name('a', HOUR_MS))
  expect(name('a', 0)).not.toBe(name('b', 0))
})

test('the unregistered, a wrong token, no header and a page of another origin get nothing', async () => {
  expect((await ask()).status).toBe(401)
  const socket = await register()
  expect((await ask(ID, 'another')).status).toBe(401)
  expect((await ask('otherid', TOKEN)).status).toBe(401)
  expect((await fetch(`http://${base}/turn`)).status).toBe(401)
  expect((await fetch(`http://${base}/turn`, { headers: { authorization: 'Basic ====' } })).status).toBe(401)
  expect((await ask(ID, TOKEN, { origin: 'https://evil.example' })).status).toBe(403)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.send(JSON.stringify({ type: 'LEAVE' }))
  await closed
  expect((await ask()).status).toBe(401)
  expect(broker.broker.metrics.get('turnGranted')).toBe(0)
})

test('an id gets its share of the hour; registering again wins no more; another id has its own', async () => {
  await register()
  for (let nth = 0; nth < TURN_GRANTS_AN_HOUR; nth += 1) expect((await ask()).status).toBe(200)
  expect((await ask()).status).toBe(429)
  await register()
  expect((await ask()).status).toBe(429)
  await register('otherid', 'othertoken')
  expect((await ask('otherid', 'othertoken')).status).toBe(200)
})

test('no hour holds more than six, whenever they were taken, and no flood of ids wins a seventh', () => {
  const grants = new TurnGrants(2)
  const taken: number[] = []
  for (let nowMs = 0; nowMs < 5 * HOUR_MS; nowMs += 60_000) if (grants.take('a', nowMs)) taken.push(nowMs)
  for (const from of taken)
    expect(taken.filter((atMs) => atMs >= from && atMs < from + HOUR_MS).length).toBeLessThanOrEqual(TURN_GRANTS_AN_HOUR)
  expect(taken).toHaveLength(30)
  const nowMs = 5 * HOUR_MS
  while (grants.take('a', nowMs));
  expect(grants.take('b', nowMs)).toBe(true)
  expect(grants.take('c', nowMs)).toBe(false)
  grants.sweep(nowMs)
  expect(grants.take('a', nowMs)).toBe(false)
  grants.sweep(nowMs + HOUR_MS)
  expect(grants.take('c', nowMs + HOUR_MS)).toBe(true)
})

test('a broker without TURN has no /turn', async () => {
  const plain = createBrokerServer()
  const port = await plain.listen(0, '127.0.0.1')
  expect((await fetch(`http://127.0.0.1:${port}/signal/turn`)).status).toBe(404)
  await plain.close()
})

test('metrics and health count, and hold no id, token, address or payload', async () => {
  const socket = await register()
  const expired = new Promise((resolve) => socket.once('message', resolve))
  socket.send(JSON.stringify({ type: 'OFFER', dst: 'markerabsent', payload: 'markerpayload' }))
  await expired
  await ask()
  const metrics = await (await fetch(`http://${base}/metrics`)).text()
  const health = await (await fetch(`http://${base}/health`)).text()
  expect(metrics).toContain('sotto_broker_turn_granted_total 1\n')
  expect(metrics).toContain('sotto_broker_registered 1\n')
  for (const line of metrics.trimEnd().split('\n')) expect(line).toMatch(/^(# TYPE [a-z_]+ (counter|gauge)|[a-z_]+ \d+)$/)
  for (const text of [metrics, health]) {
    expect(text).not.toMatch(/marker/)
    expect(text).not.toContain('127.0.0.1')
  }
}, 15_000)
