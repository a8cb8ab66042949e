/**
 * Attacks on the broker over real sockets, each with a bystander: whatever one client does, two others still
 * reach each other, and the process stands.
 */
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { POLICY } from '../../signaling/policy.ts'
import { type BrokerOptions, type BrokerServer, createBrokerServer } from '../../signaling/server.ts'

interface Said {
  readonly type: string
  readonly src?: string
  readonly dst?: string
  readonly payload?: unknown
}

/** One socket and all that it was told. */
class Raw {
  readonly socket: WebSocket
  readonly got: Said[] = []
  readonly closed: Promise<number>
  private readonly waiting = new Set<() => void>()

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers })
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)))
    this.socket.on('error', () => undefined)
    this.socket.on('message', (data) => {
      this.got.push(JSON.parse(String(data)))
      for (const wake of [...this.waiting]) wake()
    })
  }

  /** The nth message of a type, waited for. */
  async heard(type: string, nth = 1): Promise<Said> {
    for (;;) {
      const found = this.got.filter((said) => said.type === type)[nth - 1]
      if (found !== undefined) return found
      await new Promise<void>((resolve, reject) => {
        const wake = (): void => {
          this.waiting.delete(wake)
          resolve()
        }
        this.waiting.add(wake)
        void this.closed.then((code) => reject(new Error(`closed with ${code} before ${type}`)))
      })
    }
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message))
  }
}

/** How a cut looks to who was still writing: the close frame may be lost with the connection. */
const CUT = [1006, 1008, 1009]

let broker: BrokerServer
let port = 0
let open: Raw[] = []

const start = async (options: BrokerOptions = {}): Promise<void> => {
  broker = createBrokerServer(options)
  port = await broker.listen(0, '127.0.0.1')
}
const url = (query: string): string => `ws://127.0.0.1:${port}/signal/peerjs?${query}`
const raw = (query: string, headers?: Record<string, string>): Raw => {
  const one = new Raw(url(query), headers)
  open.push(one)
  return one
}
const client = async (id: string, token = `t-${id}`): Promise<Raw> => {
  const one = raw(`key=peerjs&id=${id}&token=${token}&version=1.5.5`)
  await one.heard('OPEN')
  return one
}
/** HTTP status of an upgrade that was refused. */
const refusal = (query: string, headers?: Record<string, string>): Promise<number> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url(query), { headers: headers ?? {} })
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0))
    socket.on('open', () => resolve(101))
    socket.on('error', () => undefined)
  })

/** Two clients that were there before still reach each other. */
let bystanders: readonly [Raw, Raw]
let greetings = 0
const othersUnaffected = async (): Promise<void> => {
  greetings += 1
  bystanders[0].say({ type: 'OFFER', dst: 'carol', payload: { greetings } })
  expect((await bystanders[1].heard('OFFER', greetings)).payload).toEqual({ greetings })
}

const begin = async (options?: BrokerOptions): Promise<void> => {
  await start(options)
  bystanders = [await client('bob'), await client('carol')]
}
const end = async (): Promise<void> => {
  for (const one of open) one.socket.terminate()
  open = []
  greetings = 0
  await broker.close()
}
afterEach(end)

describe('with the default bounds', () => {
  beforeEach(() => begin())

  test('malformed JSON ends its sender only', async () => {
    const mallory = await client('mallory')
    mallory.socket.send('{"type":"OFFER","dst":')
    expect(await mallory.closed).toBe(1008)
    await othersUnaffected()
  })

  test.each(['{"type":"OPEN"}', '{"type":"EXPIRE","dst":"bob"}', '{"type":"__proto__","dst":"bob"}', '[]', 'null'])(
    'an unknown type ends its sender and reaches nobody: %s',
    async (text) => {
      const mallory = await client('mallory')
      mallory.socket.send(text)
      expect(await mallory.closed).toBe(1008)
      await othersUnaffected()
      expect(bystanders[0].got.map((said) => said.type)).toEqual(['OPEN'])
    },
  )

  test('a frame of 1 MiB is not taken in', async () => {
    const mallory = await client('mallory')
    mallory.say({ type: 'OFFER', dst: 'bob', payload: 'x'.repeat(1024 * 1024) })
    expect(CUT).toContain(await mallory.closed)
    await othersUnaffected()
    expect(bystanders[0].got.map((said) => said.type)).toEqual(['OPEN'])
  })

  test('one byte above the bound is too much, the bound itself is not', async () => {
    const wrap = (length: number): string => JSON.stringify({ type: 'OFFER', dst: 'bob', payload: 'x'.repeat(length) })
    const room = POLICY.messageBytes - wrap(0).length
    const alice = await client('alice')
    alice.socket.send(wrap(room))
    await bystanders[0].heard('OFFER')
    alice.socket.send(wrap(room + 1))
    expect(CUT).toContain(await alice.closed)
    await othersUnaffected()
  })

  test('many small fragments of one message are not collected', async () => {
    const mallory = await client('mallory')
    for (let i = 0; i <= POLICY.fragments; i++) mallory.socket.send('x', { fin: false })
    expect(CUT).toContain(await mallory.closed)
    await othersUnaffected()
  })

  test('binary is no message', async () => {
    const mallory = await client('mallory')
    mallory.socket.send(Buffer.from(JSON.stringify({ type: 'OFFER', dst: 'bob', payload: {} })))
    expect(await mallory.closed).toBe(1008)
    await othersUnaffected()
  })

  test('a payload nested 8,000 deep breaks nothing', async () => {
    const mallory = await client('mallory')
    mallory.socket.send(`{"type":"OFFER","dst":"nobody","payload":${'['.repeat(8000)}${']'.repeat(8000)}}`)
    await othersUnaffected()
  })

  test('a forged src is overwritten', async () => {
    const mallory = await client('mallory')
    mallory.say({ type: 'OFFER', src: 'carol', dst: 'bob', payload: {} })
    expect((await bystanders[0].heard('OFFER')).src).toBe('mallory')
    await othersUnaffected()
  })

  test('an id is not taken over with another token', async () => {
    const thief = raw('key=peerjs&id=bob&token=guess')
    expect((await thief.heard('ID-TAKEN')).type).toBe('ID-TAKEN')
    await thief.closed
    const alice = await client('alice')
    alice.say({ type: 'OFFER', dst: 'bob', payload: 'for bob' })
    expect((await bystanders[0].heard('OFFER')).payload).toBe('for bob')
    expect(thief.got.map((said) => said.type)).toEqual(['ID-TAKEN'])
  })

  test('after LEAVE without dst nothing is said any more, least of all as the next holder of the id', async () => {
    const old = await client('dave', 'old')
    old.say({ type: 'LEAVE' })
    old.say({ type: 'OFFER', dst: 'bob', payload: 'from the grave' })
    await old.closed
    const heir = await client('dave', 'new')
    heir.say({ type: 'ANSWER', dst: 'bob', payload: 'from the heir' })
    expect((await bystanders[0].heard('ANSWER')).payload).toBe('from the heir')
    expect(bystanders[0].got.filter((said) => said.type === 'OFFER')).toEqual([])
  })

  test('a flooder is cut, and stays cut when it comes back', async () => {
    const flooder = await client('flooder')
    for (let i = 0; i < POLICY.messagesAnId.burst * 2; i++) flooder.say({ type: 'OFFER', dst: 'nobody', payload: i })
    expect(CUT).toContain(await flooder.closed)
    const again = await client('flooder')
    for (let i = 0; i < POLICY.messagesAnId.burst; i++) again.say({ type: 'OFFER', dst: 'nobody', payload: i })
    expect(CUT).toContain(await again.closed)
    await othersUnaffected()
  })

  test('a flood of pings is a flood, also one that waits for each answer', async () => {
    const blind = await client('blind')
    for (let i = 0; i < POLICY.messagesAnId.burst * 2; i++) blind.socket.ping()
    expect(CUT).toContain(await blind.closed)
    const patient = await client('patient')
    const cutBefore = broker.broker.metrics.get('cutFlood')
    while (patient.socket.readyState === WebSocket.OPEN) {
      patient.socket.ping()
      await Promise.race([new Promise((resolve) => patient.socket.once('pong', resolve)), patient.closed])
    }
    expect(CUT).toContain(await patient.closed)
    expect(broker.broker.metrics.get('cutFlood')).toBe(cutBefore + 1)
    await othersUnaffected()
  })

  test.each([
    ['key=other&id=x&token=t', 'INVALID-KEY'],
    ['id=x&token=t', 'INVALID-KEY'],
    ['key=peerjs&token=t', 'ERROR'],
    ['key=peerjs&id=&token=t', 'ERROR'],
    ['key=peerjs&id=x', 'ERROR'],
    ['key=peerjs&id=sk1-short&token=t', 'ERROR'],
    [`key=peerjs&id=SK1-${'a'.repeat(32)}&token=t`, 'ERROR'],
    [`key=peerjs&id=${'a'.repeat(65)}&token=t`, 'ERROR'],
    [`key=peerjs&id=x&token=${'t'.repeat(129)}`, 'ERROR'],
    ['key=peerjs&id=%3Cscript%3E&token=t', 'ERROR'],
  ])('%s is told %s and closed', async (query, type) => {
    const one = raw(query)
    await one.heard(type)
    await one.closed
    await othersUnaffected()
    expect(broker.broker.metrics.get('opened')).toBe(2)
  })

  test('another path is no broker', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/other`)
    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode))
      socket.on('error', () => undefined)
    })
    expect(status).toBe(404)
  })

  test('a page of another origin gets no socket and no id', async () => {
    const query = 'key=peerjs&id=eve&token=t'
    expect(await refusal(query, { origin: 'https://evil.example' })).toBe(403)
    expect(await refusal(query, { origin: 'null' })).toBe(403)
    expect(await refusal(query, { origin: `http://127.0.0.1:${port}` })).toBe(101)
    const id = (origin: string) => fetch(`http://127.0.0.1:${port}/signal/peerjs/id`, { headers: { origin } })
    expect((await id('https://evil.example')).status).toBe(403)
    expect((await id(`http://127.0.0.1:${port}`)).status).toBe(200)
    await othersUnaffected()
  })

  test('garbage in place of HTTP leaves the process standing', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /signal/peerjs HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: short\r\n\r\n\u0000\u0001')
    socket.on('error', () => undefined)
    socket.resume()
    await new Promise((resolve) => socket.on('close', resolve))
    await othersUnaffected()
  })

  test('/health tells numbers only', async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/signal/health`)).text()
    expect(text).not.toMatch(/bob|carol|127|token|t-/)
    expect(JSON.parse(text)).toMatchObject({ status: 'ok', sockets: 2, counters: { opened: 2 } })
  })
})

describe('with bounds small enough to reach', () => {
  test('no address holds more sockets than it may; a closed one makes room', async () => {
    await begin({ policy: { socketsAnAddress: 4 } })
    const [first] = [await client('s1'), await client('s2')]
    expect(await refusal('key=peerjs&id=s3&token=t')).toBe(429)
    await othersUnaffected()
    first.say({ type: 'LEAVE' })
    await first.closed
    await expect.poll(() => refusal('key=peerjs&id=s3&token=t')).toBe(101)
  })

  test('the process holds no more sockets than it may', async () => {
    await begin({ policy: { sockets: 3 } })
    await client('s1')
    expect(await refusal('key=peerjs&id=s2&token=t')).toBe(429)
    await othersUnaffected()
  })

  test('new sockets come no faster than they may', async () => {
    await begin({ policy: { connects: { burst: 3, aSecond: 0.001 } } })
    await client('s1')
    expect(await refusal('key=peerjs&id=s2&token=t')).toBe(429)
    expect((await fetch(`http://127.0.0.1:${port}/signal/peerjs/id`)).status).toBe(429)
    await othersUnaffected()
  })

  test('a flood for absent ids is bounded in bytes, and told EXPIRE', async () => {
    await begin({ policy: { queueBytesAnAddress: 100_000, queueMs: 300 } })
    const mallory = await client('mallory')
    for (let i = 0; i < 60; i++) mallory.say({ type: 'OFFER', dst: `absent${i}`, payload: 'x'.repeat(15_000) })
    await mallory.heard('EXPIRE', 60)
    expect(broker.broker.metrics.get('queued')).toBe(6)
    await othersUnaffected()
  })

  test('a reader that does not read is cut', async () => {
    await begin({
      policy: {
        bufferedBytes: 64 * 1024,
        messagesAnId: { burst: 1_000_000, aSecond: 1 },
        messagesAnAddress: { burst: 1_000_000, aSecond: 1 },
      },
    })
    const [sleeper, sender] = [await client('sleeper'), await client('sender')]
    sleeper.socket.pause()
    const payload = 'x'.repeat(15_000)
    // More than the kernel's buffers of a loopback socket ever hold.
    for (let i = 0; i < 2000; i++) sender.say({ type: 'OFFER', dst: 'sleeper', payload })
    await expect.poll(() => broker.broker.metrics.get('cutSlow'), { timeout: 10_000 }).toBe(1)
    await othersUnaffected()
  })

  test('a silent socket is cut', async () => {
    await begin({ policy: { idleMs: 400 } })
    const silent = await client('silent')
    const beat = setInterval(() => {
      for (const one of bystanders) one.say({ type: 'HEARTBEAT' })
    }, 50)
    expect(await silent.closed).toBe(4002)
    clearInterval(beat)
    await othersUnaffected()
  })

  test('an address is the word of a trusted proxy, and of nobody else', async () => {
    const query = (id: string): string => `key=peerjs&id=${id}&token=t`
    await begin({ trustedProxies: ['127.0.0.0/8'], policy: { socketsAnAddress: 2 } })
    expect(await refusal(query('x'), { 'x-forwarded-for': '203.0.113.1' })).toBe(101)
    expect(await refusal(query('y'), { 'x-forwarded-for': '203.0.113.1' })).toBe(101)
    expect(await refusal(query('z'), { 'x-forwarded-for': '198.51.100.7, 203.0.113.1' })).toBe(429)
    await end()
    for (const trustedProxies of [[], ['10.0.0.0/8']]) {
      await begin({ trustedProxies, policy: { socketsAnAddress: 2 } })
      expect(await refusal(query('x'), { 'x-forwarded-for': '203.0.113.1' })).toBe(429)
      await end()
    }
  })

  test('without stock ids, an id that is no key’s hash is refused, and none is given out', async () => {
    await start({ stockIds: false })
    const one = raw('key=peerjs&id=alice&token=t')
    await one.heard('ERROR')
    await one.closed
    expect((await fetch(`http://127.0.0.1:${port}/signal/peerjs/id`)).status).toBe(404)
    expect(broker.broker.metrics.get('opened')).toBe(0)
  })

  test('a draining broker takes nobody new, serves who is still there, and sends all away in its time', async () => {
    await begin({ policy: { drainMs: 1500, goodbyeMs: 300 } })
    const crowd = await Promise.all(Array.from({ length: 18 }, (_, nth) => client(`c${nth}`)))
    const everybody = [...bystanders, ...crowd]
    let left = 0
    let served = 0
    for (const one of everybody) {
      one.socket.on('close', () => (left += 1))
      one.socket.on('message', (data) => {
        if (String(data).includes('"during"')) served += 1
      })
    }
    const drained = broker.broker.drain()
    expect(await refusal('key=peerjs&id=late&token=t')).toBe(503)
    expect((await fetch(`http://127.0.0.1:${port}/signal/health`)).status).toBe(503)
    // after each goodbye, whoever is still there says something to itself
    for (const one of everybody) {
      one.socket.on('close', () => {
        const here = everybody.find(({ socket }) => socket.readyState === WebSocket.OPEN)
        const id = here === undefined ? '' : new URL(here.socket.url).searchParams.get('id')
        here?.say({ type: 'OFFER', dst: id, payload: 'during' })
      })
    }
    expect(new Set(await Promise.all(everybody.map((one) => one.closed)))).toEqual(new Set([1012]))
    await drained
    expect(left).toBe(everybody.length)
    expect(served).toBeGreaterThan(0)
  })

  test('who does not go when a broker drains is cut', async () => {
    await begin({ policy: { drainMs: 100, goodbyeMs: 200 } })
    const deaf = await client('deaf')
    deaf.socket.pause()
    await broker.broker.drain()
    expect(broker.broker.metrics.get('closed')).toBe(3)
  })

  test('a stopping broker says so, takes nobody new, and ends with the last goodbye', async () => {
    await begin({ policy: { goodbyeMs: 200 } })
    const deaf = await client('deaf')
    deaf.socket.pause()
    const closing = broker.close()
    expect(await Promise.all(bystanders.map((one) => one.closed))).toEqual([1012, 1012])
    await closing
    await begin()
  })
})
