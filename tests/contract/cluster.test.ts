/**
 * Three brokers in processes of their own that share clients over a real Redis, with no stickiness anywhere. Skipped where
 * Redis is not installed (apt-get install redis-server).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type BrokerKey, brokerKey, claimOf } from '../support/broker-keys.ts'
import { type Redis, redisIsThere, startRedis } from '../support/redis.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HOST = '127.0.0.1'
const CLIENTS = 3_000
const MESSAGES = 20_000
/** Sockets that are being opened at one time, and messages on their way. */
const AT_ONCE = 50

interface Node {
  readonly child: ChildProcess
  readonly port: number
}

interface Said {
  readonly type: string
  readonly src?: string
  readonly payload?: { readonly nonce?: string; readonly n?: number }
}

let folder = ''
let redis: Redis
let nodes: Node[] = []

async function startNode(): Promise<Node> {
  const file = join(folder, 'broker.json')
  const many = { burst: 1_000_000, aSecond: 1_000_000 }
  const limits = { connects: many, messagesAnId: many, messagesAnAddress: many, socketsAnAddress: 100_000, queueMs: 1_500 }
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, 's'.repeat(32))
  writeFileSync(file, JSON.stringify({ port: 0, host: HOST, proofs: true, limits, turn: { secretFile, urls: ['turn:turn.example.org'] } }))
  const env = { ...process.env, SOTTO_CLUSTER_REDIS_URL: redis.url }
  const child = spawn(process.execPath, ['--import', 'tsx', 'signaling/main.ts', '--config', file], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  const port = await new Promise<number>((resolve) => {
    child.stdout?.on('data', (data) => {
      out += String(data)
      const found = /:(\d+)\/signal /.exec(out)?.[1]
      if (found !== undefined) resolve(Number(found))
    })
  })
  return { child, port }
}

class Raw {
  readonly socket: WebSocket
  readonly got: Said[] = []
  readonly closed: Promise<number>

  constructor(node: Node, id: string, token = 't') {
    this.socket = new WebSocket(`ws://${HOST}:${node.port}/signal/peerjs?key=peerjs&id=${id}&token=${token}`)
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)))
    this.socket.on('error', () => undefined)
    this.socket.on('message', (data) => this.got.push(JSON.parse(String(data))))
  }

  async heard(type: string): Promise<Said> {
    const find = (): Said | undefined => this.got.find((said) => said.type === type)
    await expect.poll(find, { timeout: 20_000, interval: 10 }).toBeDefined()
    return find() ?? { type }
  }

  say(dst: string, n: number): void {
    this.socket.send(JSON.stringify({ type: 'OFFER', dst, payload: { n } }))
  }
}

const at = (nth: number): Node => {
  const node = nodes[nth % nodes.length]
  if (node === undefined) throw new Error('no node')
  return node
}
async function registered(node: Node, id: string, token?: string): Promise<Raw> {
  const one = new Raw(node, id, token)
  await one.heard('OPEN')
  return one
}
async function proven(node: Node, key: BrokerKey): Promise<Raw> {
  const one = new Raw(node, key.id)
  one.socket.send(claimOf(key, (await one.heard('CHALLENGE')).payload?.nonce ?? '', HOST))
  await one.heard('OPEN')
  return one
}

describe.skipIf(!redisIsThere())('three brokers and a Redis (skipped without it: apt-get install redis-server)', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sotto-cluster-'))
    redis = await startRedis('a-password-of-the-test')
    nodes = await Promise.all([startNode(), startNode(), startNode()])
  })
  afterAll(async () => {
    for (const { child } of nodes) child.kill('SIGKILL')
    await redis?.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  test('what is said on one node arrives on another, in order; nobody anywhere is EXPIRE', async () => {
    const [ann, bob] = [await registered(at(0), 'ann'), await registered(at(1), 'bob')]
    for (let n = 0; n < 100; n += 1) ann.say('bob', n)
    await expect.poll(() => bob.got.length, { timeout: 20_000 }).toBe(101)
    expect(bob.got.slice(1).map(({ payload }) => payload?.n)).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(bob.got[1]?.src).toBe('ann')
    ann.say('nobody', 0)
    expect((await ann.heard('EXPIRE')).src).toBe('nobody')
    for (const one of [ann, bob]) one.socket.terminate()
  })

  test('what waits on one node is given to whoever comes on another', async () => {
    const ann = await registered(at(0), 'ann2')
    ann.say('late', 7)
    // said and not taken: it waits
    await expect
      .poll(async () => (await (await fetch(`http://${HOST}:${at(0).port}/signal/health`)).json()).counters.queued, { interval: 10 })
      .toBeGreaterThanOrEqual(2)
    const late = await registered(at(2), 'late')
    expect((await late.heard('OFFER')).payload?.n).toBe(7)
    for (const one of [ann, late]) one.socket.terminate()
  })

  test('an id is one over all nodes: another token is refused, the same takes it over, and a key takes its own', async () => {
    const held = await registered(at(0), 'dora', 'own')
    const thief = new Raw(at(1), 'dora', 'other')
    await thief.heard('ID-TAKEN')
    expect(held.socket.readyState).toBe(WebSocket.OPEN)
    const back = await registered(at(2), 'dora', 'own')
    expect(await held.closed).toBe(4001)
    const key = brokerKey()
    const first = await proven(at(0), key)
    const robber = new Raw(at(1), key.id)
    robber.socket.send(claimOf(brokerKey(), (await robber.heard('CHALLENGE')).payload?.nonce ?? '', HOST))
    expect(await robber.closed).toBe(1008)
    expect(first.socket.readyState).toBe(WebSocket.OPEN)
    const second = await proven(at(1), key)
    expect(await first.closed).toBe(4001)
    for (const one of [back, second]) one.socket.terminate()
  })

  test('a relay’s credential is given by whichever node is asked', async () => {
    const one = await registered(at(0), 'erin', 'own')
    const ask = (node: Node, token: string): Promise<Response> =>
      fetch(`http://${HOST}:${node.port}/signal/turn`, { headers: { authorization: `Basic ${btoa(`erin:${token}`)}` } })
    for (const node of nodes) expect((await ask(node, 'own')).status).toBe(200)
    for (const node of nodes) expect((await ask(node, 'other')).status).toBe(401)
    one.socket.terminate()
  })

  test(`${CLIENTS} clients over three nodes, ${MESSAGES} messages across: all arrive; a node dies, its clients are back elsewhere; the bus dies and comes back`, async () => {
    const clients = new Map<string, Raw>()
    const open = async (ids: readonly string[], nodeOf: (nth: number) => Node): Promise<void> => {
      let next = 0
      const worker = async (): Promise<void> => {
        while (next < ids.length) {
          const nth = next++
          const id = ids[nth] ?? ''
          const one = new Raw(nodeOf(nth), id)
          clients.set(id, one)
          await once(one.socket, 'message')
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, worker))
    }
    const ids = Array.from({ length: CLIENTS }, (_, nth) => `c${nth}`)
    await open(ids, at)

    // each to one on the next node
    const received = (): number =>
      ids.reduce((sum, id) => sum + (clients.get(id)?.got.filter(({ type }) => type === 'OFFER').length ?? 0), 0)
    const from = performance.now()
    for (let n = 0; n < MESSAGES; n += 1) {
      const nth = n % CLIENTS
      clients.get(`c${nth}`)?.say(`c${(nth + 1) % CLIENTS}`, n)
      if (n % (20 * AT_ONCE) === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(received, { timeout: 60_000 }).toBe(MESSAGES)
    console.log(`${MESSAGES} messages across three nodes: ${Math.round((MESSAGES * 1000) / (performance.now() - from))} a second`)
    for (const one of clients.values()) one.got.length = 0

    // a node dies: its clients come back on the others, and nobody else notices
    const dead = nodes.shift()
    const orphans = ids.filter((_, nth) => nth % 3 === 0)
    const others = ids.filter((_, nth) => nth % 3 !== 0)
    dead?.child.kill('SIGKILL')
    await Promise.all(orphans.map((id) => clients.get(id)?.closed))
    await open(orphans, at)
    expect(others.every((id) => clients.get(id)?.socket.readyState === WebSocket.OPEN)).toBe(true)
    for (const one of clients.values()) one.got.length = 0
    for (const [nth, id] of ids.entries()) clients.get(id)?.say(`c${(nth + 1) % CLIENTS}`, nth)
    await expect.poll(received, { timeout: 60_000 }).toBe(CLIENTS)

    // the bus dies: who shares a node still reaches each other; it comes back: so do all
    await redis.kill()
    const [ann, bob, far] = [await registered(at(0), 'ann3'), await registered(at(0), 'bob3'), await registered(at(1), 'far3')]
    ann.say('bob3', 1)
    expect((await bob.heard('OFFER')).payload?.n).toBe(1)
    ann.say('far3', 2)
    expect((await ann.heard('EXPIRE')).src).toBe('far3')
    await redis.start()
    await expect
      .poll(
        () => {
          ann.say('far3', 3)
          return far.got.some(({ type }) => type === 'OFFER')
        },
        { timeout: 30_000, interval: 200 },
      )
      .toBe(true)
    for (const one of [...clients.values(), ann, bob, far]) one.socket.terminate()
  }, 240_000)
})
