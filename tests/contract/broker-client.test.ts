/** What the browser's Broker adapter does beyond its port: whom it contacts, what it never does, and what a lying broker gets. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { BrokerId } from '#contracts/ids.ts'
import { type BrokerServer, createBrokerServer } from '../../signaling/server.ts'
import { freshId } from './broker-suite.ts'
import { clientIn, type PageBroker } from './network/page-broker.ts'
import { launch, type Opened, openPage, type Site, startSite } from './network/pages.ts'
import { printOf, seenAs } from './network/recorder.ts'

let site: Site
let browser: Awaited<ReturnType<typeof launch>>
let opened: Opened
beforeAll(async () => {
  site = await startSite()
  browser = await launch()
  opened = await openPage(browser, site.url)
})
afterAll(async () => {
  await browser.close()
  await site.close()
})

const clientOn = (port: number): Promise<PageBroker> => clientIn(opened, { host: 'localhost', port, path: '/signal', secure: false })

describe('a stranger at an honest broker', () => {
  let broker: BrokerServer
  let port: number
  beforeAll(async () => {
    broker = createBrokerServer({ origins: [site.url], policy: { messagesAnId: { burst: 10_000, aSecond: 1 } } })
    port = await broker.listen(0, '127.0.0.1')
  })
  afterAll(() => broker.close())

  test('1,000 offers of a stock client are not answered and make no connection', async () => {
    const id = freshId()
    const client = await clientOn(port)
    await client.listen(id, 'token')
    await client.next({ kind: 'listening', id })
    const stranger = new WebSocket(`ws://127.0.0.1:${port}/signal/peerjs?key=peerjs&id=stranger&token=t`)
    const heard: string[] = []
    stranger.on('message', (data) => heard.push(String(data)))
    await new Promise((resolve) => stranger.once('message', resolve))
    for (let i = 0; i < 1000; i++) {
      const type = i % 2 === 0 ? 'data' : 'media'
      const payload = { type, connectionId: `dc_${i}`, serialization: 'binary', sdp: { type: 'offer', sdp: 'v=0\r\n' } }
      stranger.send(JSON.stringify({ type: 'OFFER', dst: id, payload }))
    }
    // Messages keep their order: when this one is there, the offers were.
    const last = freshId()
    const friend = await clientOn(port)
    await friend.listen(last, 'token')
    await friend.next({ kind: 'listening', id: last })
    await expect.poll(() => broker.broker.metrics.get('relayed')).toBeGreaterThanOrEqual(1000)
    await friend.send(last, id, 'offer', { length: 5, seed: 1 })
    await client.next({ kind: 'blob', from: last, blob: seenAs({ length: 5, seed: 1 }) })
    expect(heard).toHaveLength(1)
    expect(await client.count({ kind: 'blob' })).toBe(1)
    expect(await opened.connections()).toBe(0)
    stranger.terminate()
    await client.close()
    await friend.close()
  })

  test('nobody but the site and its broker is contacted', () => {
    const hosts = new Set(opened.contacted.map((one) => new URL(one).host))
    expect([...hosts].sort()).toEqual([`localhost:${port}`, `localhost:${site.port}`].sort())
  })
})

/** A broker that does what the test says, with every socket that came. */
interface Liar {
  readonly port: number
  readonly sockets: WebSocket[]
  next(): Promise<WebSocket>
  close(): Promise<void>
}
async function startLiar(): Promise<Liar> {
  const server = createServer()
  const acceptor = new WebSocketServer({ server })
  const sockets: WebSocket[] = []
  let waiting: ((socket: WebSocket) => void) | null = null
  acceptor.on('connection', (socket) => {
    sockets.push(socket)
    waiting?.(socket)
    waiting = null
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    next: () => new Promise((resolve) => (waiting = resolve)),
    close: async () => {
      for (const socket of sockets) socket.terminate()
      await stop(server)
    },
  }
}
const stop = async (server: Server): Promise<void> => {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

describe('a lying broker', () => {
  const from = `sk1-${'m'.repeat(32)}`
  const sealed = (blob: unknown, extra: object = {}) => ({ type: 'OFFER', src: from, payload: { type: 'sealed', blob }, ...extra })
  const lies: [what: string, text: string][] = [
    ['no JSON', 'hello'],
    ['no object', '"OPEN"'],
    ['null', 'null'],
    ['an empty payload', JSON.stringify({ type: 'OFFER', src: from })],
    ['another payload', JSON.stringify({ type: 'OFFER', src: from, payload: [1] })],
    ['a blob that is no text', JSON.stringify(sealed({ length: 4 }))],
    ['a blob that is no base64', JSON.stringify(sealed('!!!!'))],
    ['base64 without its padding', JSON.stringify(sealed('AA'))],
    ['base64 with loose bits', JSON.stringify(sealed('AB=='))],
    ['base64 with spaces', JSON.stringify(sealed('AA ==='))],
    ['a blob above the bound', JSON.stringify(sealed('A'.repeat(14_000)))],
    ['a sender that is no id', JSON.stringify(sealed('AAAA', { src: 'stranger' }))],
    ['no sender', JSON.stringify(sealed('AAAA', { src: undefined }))],
    ['EXPIRE of nobody', JSON.stringify({ type: 'EXPIRE' })],
    ['an unknown type', JSON.stringify(sealed('AAAA', { type: 'GOSSIP' }))],
    ['LEAVE', JSON.stringify({ type: 'LEAVE', src: from })],
    [
      'a stock offer',
      JSON.stringify({ type: 'OFFER', src: from, payload: { type: 'data', connectionId: 'x', serialization: 'binary', sdp: {} } }),
    ],
    ['a stock call', JSON.stringify({ type: 'OFFER', src: from, payload: { type: 'media', connectionId: 'x', sdp: {} } })],
    ['an echo of somebody else', JSON.stringify({ type: 'CANDIDATE', src: from, payload: { type: 'echo' } })],
  ]

  test('what it invents is not heard, and what it relays is', async () => {
    const liar = await startLiar()
    const id = freshId()
    const client = await clientOn(liar.port)
    const arrived = liar.next()
    await client.listen(id, 'token')
    const socket = await arrived
    socket.send(JSON.stringify({ type: 'OPEN' }))
    await client.next({ kind: 'listening', id })
    for (const [, text] of lies) socket.send(text)
    socket.send(Buffer.from([1, 2, 3]))
    socket.send(JSON.stringify(sealed('AAAA')))
    await client.next({ kind: 'blob', from, blob: { length: 3, print: printOf(new Uint8Array(3)) } })
    expect(await client.count({ kind: 'blob' })).toBe(1)
    expect((await client.count({ kind: 'absent' })) + (await client.count({ kind: 'down' }))).toBe(0)
    expect(await opened.connections()).toBe(0)
    await client.close()
    await liar.close()
  })

  test.concurrent.each([
    ['ERROR without a payload', { type: 'ERROR' }, 'refused'],
    ['INVALID-KEY', { type: 'INVALID-KEY', payload: null }, 'refused'],
    ['ID-TAKEN', { type: 'ID-TAKEN', payload: { msg: 7 } }, 'id-taken'],
  ] as const)('%s is a reason, and asked again later', async (_, message, reason) => {
    const liar = await startLiar()
    const id = freshId()
    const client = await clientOn(liar.port)
    const arrived = liar.next()
    await client.listen(id, 'token')
    ;(await arrived).send(JSON.stringify(message))
    await client.next({ kind: 'down', id, reason })
    const again = await liar.next()
    again.send(JSON.stringify({ type: 'OPEN' }))
    await client.next({ kind: 'listening', id })
    await client.close()
    await liar.close()
  })

  test.concurrent('one that answers nobody is found out when the page wakes', async () => {
    const liar = await startLiar()
    const id = freshId()
    const client = await clientOn(liar.port)
    const arrived = liar.next()
    await client.listen(id, 'token')
    ;(await arrived).send(JSON.stringify({ type: 'OPEN' }))
    await client.next({ kind: 'listening', id })
    await client.wake()
    await client.next({ kind: 'down', id, reason: 'closed' })
    await client.close()
    await liar.close()
  })

  test.concurrent('one that accepts and says nothing is given up', async () => {
    const liar = await startLiar()
    const id = freshId()
    const client = await clientOn(liar.port)
    await client.listen(id, 'token')
    await client.next({ kind: 'down', id, reason: 'unreachable' })
    await client.close()
    await liar.close()
  })

  test('the page complained of nothing', () => {
    expect(opened.complaints).toEqual([])
  })
})

test('waking tries again at once, however long the back-off had grown', async () => {
  const page = await openPage(browser, site.url)
  const broker = createBrokerServer({ origins: [site.url] })
  const port = await broker.listen(0, '127.0.0.1')
  await broker.close()
  const client = await clientIn(page, { host: 'localhost', port, path: '/signal', secure: false })
  const id = freshId()
  await client.listen(id, 'token')
  for (let i = 0; i < 4; i++) await client.next({ kind: 'down', id, reason: 'unreachable' })
  const back = createBrokerServer({ origins: [site.url] })
  await back.listen(port, '127.0.0.1')
  const from = performance.now()
  await client.wake()
  await client.next({ kind: 'listening', id })
  // The fifth delay is 8 s, jittered down to 4 at the least.
  expect(performance.now() - from).toBeLessThan(3500)
  await client.close()
  await back.close()
  await page.close()
})

describe('unmodified peerjs clients', () => {
  let broker: BrokerServer
  let port: number
  let pages: readonly [Opened, Opened]
  beforeAll(async () => {
    broker = createBrokerServer({ origins: [site.url] })
    port = await broker.listen(0, '127.0.0.1')
    pages = [await openPage(browser, `${site.url}/stock`), await openPage(browser, `${site.url}/stock`)]
  })
  afterAll(() => broker.close())

  /** The global of the client's own build, as far as it is used here. */
  interface StockPeer {
    on(event: string, listen: (value: never) => void): void
    connect(id: string): StockConnection
  }
  interface StockConnection {
    on(event: string, listen: (value: never) => void): void
    send(data: unknown): void
  }
  interface StockGlobals {
    Peer: new (id: string | undefined, options: object) => StockPeer
    peer: StockPeer
  }

  const register = ({ page }: Opened, id: string | undefined): Promise<string> =>
    page.evaluate(
      ([id, port]) =>
        new Promise<string>((resolve, reject) => {
          const globals = globalThis as unknown as StockGlobals
          const peer = new globals.Peer(id, { host: 'localhost', port, path: '/signal', secure: false, config: { iceServers: [] } })
          globals.peer = peer
          peer.on('open', resolve)
          peer.on('error', (error: Error) => reject(error))
        }),
      [id, port] as const,
    )

  test('get an id, find each other through our broker, and talk', async () => {
    const [alice, bob] = pages
    const id = await register(bob, undefined)
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    await register(alice, 'alice')
    const received = bob.page.evaluate(
      () =>
        new Promise((resolve) => {
          const { peer } = globalThis as unknown as StockGlobals
          peer.on('connection', (connection: StockConnection) => connection.on('data', resolve))
        }),
    )
    await alice.page.evaluate(
      (id) =>
        new Promise<void>((resolve) => {
          const connection = (globalThis as unknown as StockGlobals).peer.connect(id)
          connection.on('open', () => {
            connection.send({ text: 'hello' })
            resolve()
          })
        }),
      id,
    )
    expect(await received).toEqual({ text: 'hello' })
  })

  test('are told when nobody is there', async () => {
    const type = await pages[0].page.evaluate(
      () =>
        new Promise((resolve) => {
          const { peer } = globalThis as unknown as StockGlobals
          peer.on('error', (error: { readonly type: string }) => resolve(error.type))
          peer.connect('nobody')
        }),
    )
    expect(type).toBe('peer-unavailable')
  })

  test('are not upset by our sealed blobs', async () => {
    const client = await clientOn(port)
    const id = freshId()
    await client.listen(id, 'token')
    await client.next({ kind: 'listening', id })
    const before = broker.broker.metrics.get('relayed')
    for (const kind of ['offer', 'answer', 'candidate'] as const)
      await client.send(id, 'alice' as BrokerId, kind, { length: 2048, seed: 1 })
    await expect.poll(() => broker.broker.metrics.get('relayed')).toBe(before + 3)
    expect(pages[0].complaints).toEqual([])
    await client.close()
  })
})
