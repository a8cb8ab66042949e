/**
 * Who may have an id that is a key's hash: the key's holder. Everybody else here knows all that a contact knows, the
 * public key included, and is refused; the holder, and who speaks with it, notice nothing.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { type BrokerOptions, type BrokerServer, createBrokerServer } from '../../signaling/server.ts'
import { isOurName } from '../../signaling/claims.ts'
import { type BrokerKey, brokerKey, claimOf } from '../support/broker-keys.ts'

interface Said {
  readonly type: string
  readonly src?: string
  readonly payload?: { readonly nonce?: string; readonly msg?: string; readonly text?: string }
}

const HOST = '127.0.0.1'
let broker: BrokerServer
let port = 0
let sockets: Raw[] = []

/** One socket for an id, and what it was told. */
class Raw {
  readonly socket: WebSocket
  readonly got: Said[] = []
  readonly closed: Promise<number>

  constructor(id: string, token: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`ws://${HOST}:${port}/signal/peerjs?key=peerjs&id=${id}&token=${token}`, { headers })
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)))
    this.socket.on('error', () => undefined)
    this.socket.on('message', (data) => this.got.push(JSON.parse(String(data))))
    sockets.push(this)
  }

  types(): readonly string[] {
    return this.got.map(({ type }) => type)
  }

  async heard(type: string): Promise<Said> {
    await expect.poll(() => this.types(), { timeout: 20_000, interval: 5 }).toContain(type)
    return this.got.find((said) => said.type === type) ?? { type }
  }

  async nonce(): Promise<string> {
    return (await this.heard('CHALLENGE')).payload?.nonce ?? ''
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message))
  }

  /** Refused: told so, cut, and never registered. */
  async refused(): Promise<void> {
    expect(await this.closed).toBe(1008)
    expect(this.types()).toEqual(['CHALLENGE', 'ERROR'])
    expect(this.got[1]?.payload?.msg).toBe('Id is not proven')
  }
}

const start = async (options: BrokerOptions = {}): Promise<void> => {
  broker = createBrokerServer({ proofs: true, ...options })
  port = await broker.listen(0, HOST)
}

async function registered(key: BrokerKey, token = 'own', host = HOST): Promise<Raw> {
  const one = new Raw(key.id, token)
  one.socket.send(claimOf(key, await one.nonce(), host))
  await one.heard('OPEN')
  return one
}

const stop = async (): Promise<void> => {
  for (const one of sockets) one.socket.terminate()
  sockets = []
  await broker.close()
}
afterEach(stop)

describe('beside a holder', () => {
  let holder: BrokerKey
  let held: Raw
  let friend: Raw

  beforeEach(async () => {
    await start()
    holder = brokerKey()
    held = await registered(holder)
    friend = await registered(brokerKey())
  })
  afterEach(async () => {
    // whatever was tried: what is sent to the id comes to its holder, and to nobody else
    friend.say({ type: 'OFFER', dst: holder.id, payload: { text: 'for the holder' } })
    expect((await held.heard('OFFER')).payload?.text).toBe('for the holder')
    expect(held.socket.readyState).toBe(WebSocket.OPEN)
    expect(broker.broker.metrics.get('opened')).toBe(2)
    expect(broker.broker.metrics.get('displaced')).toBe(0)
  })

  test('a contact with a key of its own is refused', async () => {
    const thief = new Raw(holder.id, 'guess')
    thief.socket.send(claimOf(brokerKey(), await thief.nonce(), HOST))
    await thief.refused()
  })

  test('a contact that shows the holder’s public key and signs with its own is refused', async () => {
    const thief = new Raw(holder.id, 'guess')
    thief.socket.send(claimOf({ ...brokerKey(), key: holder.key }, await thief.nonce(), HOST))
    await thief.refused()
  })

  test('the holder’s token is worth nothing without the key', async () => {
    const thief = new Raw(holder.id, 'own')
    thief.socket.send(claimOf(brokerKey(), await thief.nonce(), HOST))
    await thief.refused()
  })

  test('an answer to another challenge is refused: each socket has its own', async () => {
    const [one, other] = [new Raw(holder.id, 'own'), new Raw(holder.id, 'own')]
    const [first, second] = [await one.nonce(), await other.nonce()]
    expect(first).not.toBe(second)
    other.socket.send(claimOf(holder, first, HOST))
    await other.refused()
  })

  test.each([
    ['nothing', {}],
    ['no payload', { payload: null }],
    ['a key that is no hex', { payload: { key: 'x'.repeat(64), host: HOST, signature: '0'.repeat(128) } }],
    ['a signature of zeros', { payload: { host: HOST, signature: '0'.repeat(128) } }],
    ['a short signature', { payload: { host: HOST, signature: '00' } }],
    ['a host of 16,000 characters', { payload: { host: 'a'.repeat(16_000), signature: '0'.repeat(128) } }],
  ])('%s is no proof', async (_, said) => {
    const thief = new Raw(holder.id, 'guess')
    await thief.nonce()
    const payload = 'payload' in said && said.payload !== null ? { key: holder.key, ...said.payload } : undefined
    thief.say({ type: 'CLAIM', payload })
    await thief.refused()
  })

  test('what is said before the proof reaches nobody, and too much of it ends the socket', async () => {
    const thief = new Raw(holder.id, 'guess')
    await thief.nonce()
    for (let nth = 0; nth < 40; nth += 1) thief.say({ type: 'OFFER', dst: holder.id, payload: { text: 'as myself' } })
    await thief.refused()
    expect(held.types()).toEqual(['CHALLENGE', 'OPEN'])
    expect(broker.broker.metrics.get('relayed')).toBe(0)
  })

  test.each([
    ['malformed', '{"type":'],
    ['LEAVE', '{"type":"LEAVE"}'],
  ])('%s in place of a proof ends the socket', async (_, text) => {
    const thief = new Raw(holder.id, 'guess')
    await thief.nonce()
    thief.socket.send(text)
    await thief.refused()
  })

  test('one try: after a wrong answer a right one does not count', async () => {
    const third = brokerKey()
    const one = new Raw(third.id, 't')
    const nonce = await one.nonce()
    one.socket.send(claimOf(third, nonce, 'another.example'))
    one.socket.send(claimOf(third, nonce, HOST))
    await one.refused()
  })

  test('a broker in the middle that passes our challenge on gets an answer for its own name, which is none', async () => {
    const evil = new Raw(holder.id, 'passed-on')
    evil.socket.send(claimOf(holder, await evil.nonce(), 'evil.example'))
    await evil.refused()
  })
})

test('the key displaces a dead socket of its own, whatever the token', async () => {
  await start()
  const key = brokerKey()
  const old = await registered(key, 'before')
  const fresh = await registered(key, 'after')
  expect(await old.closed).toBe(4001)
  const friend = await registered(brokerKey())
  friend.say({ type: 'OFFER', dst: key.id, payload: { text: 'hello' } })
  expect((await fresh.heard('OFFER')).payload?.text).toBe('hello')
  expect(old.types()).toEqual(['CHALLENGE', 'OPEN'])
})

test('what waits for an id is given to who proves it, and not to who only asks', async () => {
  await start()
  const key = brokerKey()
  const friend = await registered(brokerKey())
  friend.say({ type: 'OFFER', dst: key.id, payload: { text: 'waits' } })
  await expect.poll(() => broker.broker.metrics.get('queued')).toBe(1)
  const thief = new Raw(key.id, 'guess')
  thief.socket.send(claimOf(brokerKey(), await thief.nonce(), HOST))
  await thief.refused()
  const own = await registered(key)
  expect((await own.heard('OFFER')).payload?.text).toBe('waits')
})

test('who never answers is cut, and was nobody', async () => {
  await start({ policy: { claimMs: 200 }, turn: { secret: 'x'.repeat(32), urls: ['turn:turn.example.org'] } })
  const { id } = brokerKey()
  const silent = new Raw(id, 'silent')
  await silent.nonce()
  const asked = await fetch(`http://${HOST}:${port}/signal/turn`, { headers: { authorization: `Basic ${btoa(`${id}:silent`)}` } })
  expect(asked.status).toBe(401)
  await silent.refused()
  expect(broker.broker.metrics.get('opened')).toBe(0)
  expect(broker.broker.metrics.get('claimRefused')).toBe(1)
})

test('with names set, the Host header of a request is not believed', async () => {
  await start({ names: ['chat.example.org'] })
  const key = brokerKey()
  const wrong = new Raw(key.id, 't', { host: 'evil.example' })
  wrong.socket.send(claimOf(key, await wrong.nonce(), 'evil.example'))
  await wrong.refused()
  await registered(key, 't', 'chat.example.org')
})

test.each([
  ['chat.example.org', 'same', 'chat.example.org', true],
  ['chat.example.org', 'same', 'chat.example.org:8443', true],
  ['CHAT.example.org', 'same', 'chat.example.org', true],
  ['::1', 'same', '[::1]:8080', true],
  ['[::1]', 'same', '[::1]:8080', true],
  ['evil.example', 'same', 'chat.example.org', false],
  ['chat.example.org', 'same', undefined, false],
  ['', 'same', '', false],
  ['chat.example.org', ['https://chat.example.org'], '10.0.0.1:9000', true],
  ['evil.example', ['https://chat.example.org', '*'], '10.0.0.1:9000', false],
] as const)('the name %j of a broker for %j that is asked as %j: %s', (name, origins, asked, is) => {
  expect(isOurName(name, { origins }, asked)).toBe(is)
})
