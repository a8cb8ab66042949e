/** The broker's rules, apart from any socket. Time is a number here. */
import { describe, expect, test } from 'vitest'
import { Buckets } from '../../signaling/buckets.ts'
import { type Client, CLOSE, Hub } from '../../signaling/hub.ts'
import { parseMessage, relayText } from '../../signaling/message.ts'
import { Metrics } from '../../signaling/metrics.ts'
import { addressKey, idKind, isFull, isToken, originAllowed, POLICY, type Policy, take } from '../../signaling/policy.ts'
import { Queues } from '../../signaling/queues.ts'

const KEY_ID = `sk1-${'a'.repeat(32)}`

describe('token buckets', () => {
  const rate = { burst: 2, aSecond: 1 }

  test('a burst, then as much as flows back', () => {
    const one = take(undefined, rate, 0)
    const two = take(one.bucket, rate, 0)
    const three = take(two.bucket, rate, 999)
    expect([one.allowed, two.allowed, three.allowed]).toEqual([true, true, false])
    expect(take(three.bucket, rate, 1000).allowed).toBe(true)
  })

  test('never more than the burst, however long it rested', () => {
    const rested = take(take(undefined, rate, 0).bucket, rate, 1_000_000)
    expect(rested.bucket.tokens).toBe(rate.burst - 1)
  })

  test('a clock that runs backwards refills nothing, and a refusal costs nothing', () => {
    const empty = take(take(undefined, rate, 1000).bucket, rate, 1000).bucket
    expect(take(empty, rate, 0).allowed).toBe(false)
    const refused = take(empty, rate, 0).bucket
    expect(take(refused, rate, 1999).allowed).toBe(false)
    expect(take(refused, rate, 2000).allowed).toBe(true)
  })

  test('a bucket may be forgotten only when it is full', () => {
    const { bucket } = take(undefined, rate, 0)
    expect(isFull(bucket, rate, 999)).toBe(false)
    expect(isFull(bucket, rate, 1000)).toBe(true)
  })

  test('a flood of names is bounded, and the busiest name is not what is forgotten', () => {
    const buckets = new Buckets(rate, 3)
    for (let i = 0; i < 100; i++) {
      buckets.take('busy', 0)
      buckets.take(`other ${i}`, 0)
    }
    expect(buckets.take('busy', 0)).toBe(false)
  })
})

describe('ids and tokens', () => {
  test('an id that is a key’s hash, and only in exactly that form', () => {
    expect(idKind(KEY_ID)).toBe('key')
    for (const id of [
      `${KEY_ID}a`,
      KEY_ID.slice(0, -1),
      KEY_ID.toUpperCase(),
      `sk1-${'1'.repeat(32)}`,
      `${KEY_ID}\n`,
      `sk2-${'a'.repeat(32)}`,
      'sk1',
      'sk1-x',
    ]) {
      expect(idKind(id), id).toBeNull()
    }
  })

  test('the ids of stock clients', () => {
    for (const id of ['0f8fad5b-d9cb-469f-a165-70867728950e', 'alice', 'Alice_1', 'a b']) expect(idKind(id), id).toBe('stock')
    for (const id of ['', ' ', '-a', 'a--b', 'a/b', '../x', 'ä', 'a'.repeat(65), '<b>', 'a\u0000']) expect(idKind(id), id).toBeNull()
  })

  test('tokens', () => {
    for (const token of ['a', 'k3j5h2', '0'.repeat(128)]) expect(isToken(token)).toBe(true)
    for (const token of ['', '0'.repeat(129), 'a b', 'a\n', 'ä']) expect(isToken(token)).toBe(false)
  })
})

describe('origins', () => {
  test.each([
    ['http://localhost:8080', 'localhost:8080', true],
    ['https://chat.example', 'chat.example', true],
    ['https://chat.example', 'chat.example:443', false], // a browser writes no default port, and neither does its host header
    ['http://localhost:8081', 'localhost:8080', false],
    ['https://evil.example', 'chat.example', false],
    ['https://chat.example.evil.example', 'chat.example', false],
    ['null', 'chat.example', false],
    ['nonsense', 'chat.example', false],
    ['https://chat.example', undefined, false],
    [undefined, 'chat.example', true],
  ])('%s asking %s', (origin, host, allowed) => {
    expect(originAllowed('same', origin, host)).toBe(allowed)
  })

  test('a list is taken literally', () => {
    expect(originAllowed(['https://a.example'], 'https://a.example', 'b.example')).toBe(true)
    expect(originAllowed(['https://a.example'], 'https://b.example', 'b.example')).toBe(false)
    expect(originAllowed(['https://a.example'], 'https://a.example:8443', undefined)).toBe(false)
    expect(originAllowed(['*'], 'https://b.example', undefined)).toBe(true)
    expect(originAllowed([], 'https://b.example', 'b.example')).toBe(false)
  })
})

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::1', '2001:db8:1:2'],
  ['2001:0db8:0001:0002::1', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s counts as %s', (address, key) => {
  expect(addressKey(address)).toBe(key)
})

describe('messages', () => {
  test('the known ones', () => {
    expect(parseMessage('{"type":"HEARTBEAT"}')).toEqual({ kind: 'heartbeat' })
    expect(parseMessage('{"type":"LEAVE"}')).toEqual({ kind: 'leave' })
    expect(parseMessage('{"type":"OFFER","src":"forged","dst":"b","payload":{"x":1}}')).toEqual({
      kind: 'relay',
      type: 'OFFER',
      dst: 'b',
      payload: { x: 1 },
    })
  })

  test.each([
    '',
    'x',
    '{',
    'null',
    '1',
    '[]',
    '{}',
    '{"type":"OPEN"}',
    '{"type":"EXPIRE","dst":"b"}',
    '{"type":"offer","dst":"b"}',
    '{"type":"OFFER"}',
    '{"type":"OFFER","dst":1}',
    '{"type":["OFFER"],"dst":"b"}',
  ])('%s is none', (text) => {
    expect(parseMessage(text)).toBeNull()
  })

  test('a payload nested deeper than can be written is none either', () => {
    const deep = (levels: number): string => `{"type":"OFFER","dst":"b","payload":${'['.repeat(levels)}${']'.repeat(levels)}}`
    const said = parseMessage(deep(8000))
    const text = said?.kind === 'relay' ? relayText('OFFER', 'a', 'b', said.payload) : null
    // Whichever way the engine decides, nothing is thrown.
    expect(text === null || text.length > 8000).toBe(true)
  })
})

describe('queues', () => {
  const policy = { queueMessages: 2, queueBytes: 100, queueBytesAnAddress: 150, queueBytesTotal: 200, queueMs: 50 }
  const message = (src: string, dst: string, bytes: number, address = 'x') => ({ src, dst, address, text: 'a'.repeat(bytes) })

  test('each bound holds by itself', () => {
    const queues = new Queues(policy)
    expect(queues.add(message('a', 'b', 10), 0)).toBe(true)
    expect(queues.add(message('a', 'b', 91), 0)).toBe(false) // bytes of one queue
    expect(queues.add(message('a', 'b', 10), 0)).toBe(true)
    expect(queues.add(message('a', 'b', 1), 0)).toBe(false) // messages of one queue
    expect(queues.add(message('a', 'c', 100), 0)).toBe(true)
    expect(queues.add(message('a', 'd', 31), 0)).toBe(false) // bytes of one address
    expect(queues.add(message('a', 'd', 31, 'y'), 0)).toBe(true)
    expect(queues.add(message('a', 'e', 50, 'y'), 0)).toBe(false) // bytes of all
    expect(queues.bytes).toBe(151)
  })

  test('bytes are bytes, not characters', () => {
    expect(new Queues(policy).add({ src: 'a', dst: 'b', address: 'x', text: '€'.repeat(34) }, 0)).toBe(false)
  })

  test('what is taken or expired frees its place', () => {
    const queues = new Queues(policy)
    queues.add(message('a', 'b', 90), 0)
    queues.add(message('a', 'c', 60), 10)
    expect(queues.takeFor('b').map((one) => one.bytes)).toEqual([90])
    expect(queues.takeExpired(59)).toEqual([])
    expect(queues.takeExpired(60).map((one) => one.dst)).toEqual(['c'])
    expect(queues.bytes).toBe(0)
    expect(queues.add(message('a', 'b', 100), 60)).toBe(true)
  })

  test('only the late part of a queue expires', () => {
    const queues = new Queues(policy)
    queues.add(message('a', 'b', 10), 0)
    queues.add(message('c', 'b', 10), 30)
    expect(queues.takeExpired(50).map((one) => one.src)).toEqual(['a'])
    expect(queues.takeFor('b').map((one) => one.src)).toEqual(['c'])
  })
})

describe('the hub', () => {
  interface Seat extends Client {
    readonly got: { readonly type: string; readonly src?: string; readonly payload?: unknown }[]
    closed: number | null
    slow: boolean
  }

  const seat = (id: string, token = 't', address = '192.0.2.1'): Seat => {
    const one: Seat = {
      id,
      token,
      proven: false,
      address,
      got: [],
      closed: null,
      slow: false,
      send: (text) => {
        if (one.slow) return false
        one.got.push(JSON.parse(text))
        return true
      },
      close: (code) => {
        one.closed = code
      },
    }
    return one
  }
  const types = (one: Seat): string[] => one.got.map((message) => message.type)
  const offer = (dst: string, extra: object = {}): string => JSON.stringify({ type: 'OFFER', dst, payload: { x: 1 }, ...extra })

  const hubWith = (policy: Partial<Policy> = {}) => {
    const metrics = new Metrics()
    return { hub: new Hub({ ...POLICY, ...policy }, metrics), metrics }
  }

  test('src is ours to write', () => {
    const { hub } = hubWith()
    const [a, b] = [seat('a'), seat('b')]
    hub.register(a, 0)
    hub.register(b, 0)
    hub.receive(a, offer('b', { src: 'c' }), 0)
    expect(b.got.at(-1)).toEqual({ type: 'OFFER', src: 'a', dst: 'b', payload: { x: 1 } })
  })

  test('another token does not get a taken id, and the holder keeps it', () => {
    const { hub } = hubWith()
    const [a, thief, b] = [seat('a', 'mine'), seat('a', 'other'), seat('b')]
    hub.register(a, 0)
    hub.register(b, 0)
    expect(hub.register(thief, 0)).toBe(false)
    expect(types(thief)).toEqual(['ID-TAKEN'])
    expect(thief.closed).not.toBeNull()
    hub.receive(thief, offer('b'), 0)
    hub.remove(thief)
    expect(types(b)).toEqual(['OPEN'])
    hub.receive(b, offer('a'), 0)
    expect(types(a)).toEqual(['OPEN', 'OFFER'])
  })

  test('the same token displaces; the old socket says and takes nothing any more', () => {
    const { hub } = hubWith()
    const [old, fresh, b] = [seat('a'), seat('a'), seat('b')]
    hub.register(old, 0)
    hub.register(b, 0)
    hub.register(fresh, 0)
    expect(old.closed).toBe(CLOSE.displaced)
    hub.receive(old, offer('b'), 0)
    hub.remove(old)
    expect(types(b)).toEqual(['OPEN'])
    hub.receive(b, offer('a'), 0)
    expect(types(fresh)).toEqual(['OPEN', 'OFFER'])
    expect(types(old)).toEqual(['OPEN'])
  })

  test.each([{}, { dst: 'b' }])('LEAVE %j ends the sender, and frees the id', (extra) => {
    const { hub } = hubWith()
    const [a, b, heir] = [seat('a'), seat('b'), seat('a', 'another')]
    hub.register(a, 0)
    hub.register(b, 0)
    hub.receive(a, JSON.stringify({ type: 'LEAVE', ...extra }), 0)
    expect(a.closed).toBe(CLOSE.normal)
    expect(hub.register(heir, 0)).toBe(true)
    hub.receive(a, offer('b'), 0)
    expect(types(b)).toEqual(['OPEN'])
  })

  test('what waited is delivered once, in order, and what nobody took comes back as one EXPIRE', () => {
    const { hub } = hubWith()
    const a = seat('a')
    hub.register(a, 0)
    for (const n of [1, 2]) hub.receive(a, offer('b', { payload: n }), 0)
    for (const n of [1, 2]) hub.receive(a, offer('c', { payload: n }), 0)
    hub.tick(POLICY.queueMs - 1)
    const b = seat('b')
    hub.register(b, POLICY.queueMs - 1)
    expect(b.got.slice(1).map((message) => message.payload)).toEqual([1, 2])
    hub.tick(POLICY.queueMs)
    expect(a.got.filter((message) => message.type === 'EXPIRE')).toEqual([{ type: 'EXPIRE', src: 'c', dst: 'a' }])
  })

  test('a queue that is full says so at once', () => {
    const { hub } = hubWith({ queueMessages: 1 })
    const a = seat('a')
    hub.register(a, 0)
    hub.receive(a, offer('b'), 0)
    hub.receive(a, offer('b'), 0)
    expect(types(a)).toEqual(['OPEN', 'EXPIRE'])
  })

  test('an id over its rate is cut, and coming back does not refill it', () => {
    const { hub, metrics } = hubWith({ messagesAnId: { burst: 3, aSecond: 1 } })
    const [a, b] = [seat('a'), seat('b')]
    hub.register(a, 0)
    hub.register(b, 0)
    for (let i = 0; i < 5; i++) hub.receive(a, offer('b'), 0)
    expect(types(b)).toEqual(['OPEN', 'OFFER', 'OFFER', 'OFFER'])
    expect(a.closed).toBe(CLOSE.policy)
    const again = seat('a')
    hub.register(again, 10)
    hub.receive(again, offer('b'), 10)
    expect(again.closed).toBe(CLOSE.policy)
    expect(metrics.get('cutFlood')).toBe(2)
    hub.receive(b, offer('b'), 10)
    expect(b.closed).toBeNull()
  })

  test('an address over its rate loses messages, not sockets', () => {
    const { hub, metrics } = hubWith({ messagesAnAddress: { burst: 2, aSecond: 1 } })
    const [a, neighbour, far] = [seat('a'), seat('n'), seat('f', 't', '198.51.100.1')]
    for (const one of [a, neighbour, far]) hub.register(one, 0)
    for (let i = 0; i < 3; i++) hub.receive(a, offer('f'), 0)
    hub.receive(neighbour, offer('f'), 0)
    hub.receive(far, offer('a'), 0)
    expect(types(far)).toEqual(['OPEN', 'OFFER', 'OFFER'])
    expect(types(a)).toEqual(['OPEN', 'OFFER'])
    expect([a.closed, neighbour.closed]).toEqual([null, null])
    expect(metrics.get('dropped')).toBe(2)
  })

  test('who is silent is cut; a heartbeat is enough not to be', () => {
    const { hub } = hubWith()
    const [silent, beating] = [seat('s'), seat('b')]
    hub.register(silent, 0)
    hub.register(beating, 0)
    hub.receive(beating, '{"type":"HEARTBEAT"}', 1)
    hub.tick(POLICY.idleMs)
    expect([silent.closed, beating.closed]).toEqual([CLOSE.idle, null])
    expect(hub.size).toBe(1)
  })

  test('who does not read is forgotten, and what it missed waits for its next socket', () => {
    const { hub } = hubWith()
    const [a, b] = [seat('a'), seat('b')]
    hub.register(a, 0)
    hub.register(b, 0)
    b.slow = true
    hub.receive(a, offer('b'), 0)
    const again = seat('b')
    hub.register(again, 0)
    expect(types(again)).toEqual(['OPEN', 'OFFER'])
  })

  test('an unknown type, or a receiver that is no id, cuts the sender only', () => {
    for (const text of ['{"type":"EXPIRE","dst":"b"}', '{"type":"OPEN"}', '{"type":"OFFER","dst":"../b"}', 'not json']) {
      const { hub } = hubWith()
      const [a, b] = [seat('a'), seat('b')]
      hub.register(a, 0)
      hub.register(b, 0)
      hub.receive(a, text, 0)
      expect(a.closed, text).toBe(CLOSE.policy)
      expect(types(b)).toEqual(['OPEN'])
      expect(b.closed).toBeNull()
    }
  })
})
