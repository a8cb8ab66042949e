/**
 * The broker on the network: HTTP and WebSocket in front of the hub. Speaks the PeerJS server protocol, so
 * that a stock peerjs client connects to it. Why not the stock server: docs/decisions/0003-own-broker.md.
 *
 *   GET  <path>/peerjs/id                            a free id, for stock clients without one
 *   WS   <path>/peerjs?key=peerjs&id=&token=&version=   with `proofs`, CHALLENGE first if the id is a key's hash (wire/broker-claim.ts)
 *   GET  <path>/health                               { status, sockets, counters }
 *   GET  <path>/metrics                              the same counters for Prometheus
 *   GET  <path>/turn                                 a TurnGrant, to a registered client (Authorization: Basic id:token)
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { CLAIM_NONCE_BYTES } from '#contracts/wire/broker-claim.ts'
import { Buckets } from './buckets.ts'
import type { MakeBus } from './bus.ts'
import { isOurName, isProof } from './claims.ts'
import { Cluster } from './cluster.ts'
import { type Client, CLOSE, Hub } from './hub.ts'
import { challengeText, errorText, INVALID_KEY_TEXT, parseMessage } from './message.ts'
import { Metrics } from './metrics.ts'
import { addressKey, idKind, isToken, originAllowed, type OriginRule, POLICY, type Policy } from './policy.ts'
import { clientAddress } from './proxies.ts'
import { createWebServer, type TlsFiles } from './tls.ts'
import { type TurnConfig, turnGrant, TurnGrants } from './turn.ts'

const KEY = 'peerjs'
/** How often waiting messages and silent sockets are looked at. */
const TICK_MS = 250
/** How often full buckets are forgotten. */
const SWEEP_MS = 10_000
/** Enough for a close frame to leave before the socket is cut. */
const CUT_MS = 250

export interface BrokerOptions {
  /** Where the broker stands. Default '/signal'. */
  readonly path?: string
  /** Which pages may use it. Default 'same': pages of the host that is asked. */
  readonly origins?: OriginRule
  /** The host names that pages know this broker by. Default: the name that is asked, and those of `origins`. */
  readonly names?: readonly string[]
  /**
   * Whether an id that is a key's hash is given to the key's holder only. Default true (docs/decisions/0060).
   */
  readonly proofs?: boolean
  /** Whether ids that are no key's hash are taken. Default true. */
  readonly stockIds?: boolean
  /** Addresses and CIDR ranges of proxies whose X-Forwarded-For is believed. Default none: the header is not read. */
  readonly trustedProxies?: readonly string[]
  /** The TURN servers that registered clients get credentials for. Default: none; `/turn` is not there. */
  readonly turn?: TurnConfig
  /** Other brokers that share clients with this one speak over it. Default: this one is alone. */
  readonly bus?: MakeBus
  /** Bounds other than the defaults. */
  readonly policy?: Partial<Policy>
}

export interface AttachedBroker {
  readonly path: string
  readonly metrics: Metrics
  /** Answers a request under `path` and says true; says false for any other, which is not ours. */
  handleRequest(req: IncomingMessage, res: ServerResponse): boolean
  /**
   * Takes nobody new and sends the others away one by one over `limits.drainMs`, in no order of theirs: whoever is still
   * here is served, and not all come to the next broker at once. Resolves when nobody is left.
   */
  drain(): Promise<void>
  /** Says goodbye to every client at once, waits a little for theirs, then cuts. The HTTP server stays. */
  close(): Promise<void>
}

/**
 * Puts a broker on an HTTP server: takes the upgrades under its path. Requests are the server's own
 * business: its request listener asks `handleRequest` first.
 */
export function attachBroker(server: Server, options: BrokerOptions = {}): AttachedBroker {
  const path = `/${(options.path ?? '/signal').replace(/^\/+|\/+$/g, '')}`.replace(/^\/$/, '')
  const origins = options.origins ?? 'same'
  const stockIds = options.stockIds !== false
  const policy: Policy = { ...POLICY, ...options.policy }
  const metrics = new Metrics()
  const hub = new Hub(policy, metrics, options.turn !== undefined)
  const cluster = options.bus === undefined ? null : new Cluster(options.bus, hub)
  const connects = new Buckets(policy.connects, policy.rememberedBuckets)
  const grants = new TurnGrants(policy.rememberedBuckets)
  const sockets = new Set<WebSocket>()
  const socketsOf = new Map<string, number>()
  const acceptor = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: policy.messageBytes,
    maxFragments: policy.fragments,
    perMessageDeflate: false,
  })
  let draining = false

  const ticker = setInterval(() => hub.tick(Date.now()), TICK_MS)
  const sweeper = setInterval(() => {
    hub.sweep(Date.now())
    connects.sweep(Date.now())
    grants.sweep(Date.now())
  }, SWEEP_MS)
  ticker.unref()
  sweeper.unref()

  const clientOfPeer = clientAddress(options.trustedProxies ?? [])
  const addressOf = (req: IncomingMessage): string => {
    const header = req.headers['x-forwarded-for']
    return addressKey(clientOfPeer(req.socket.remoteAddress, Array.isArray(header) ? header.join(',') : header))
  }

  const onUpgrade = (req: IncomingMessage, stream: Duplex, head: Buffer): void => {
    const url = urlOf(req)
    if (url?.pathname !== `${path}/peerjs`) {
      // Another listener may want it (a development server's reload socket); if there is none, nobody does.
      if (server.listenerCount('upgrade') === 1) refuse(stream, '404 Not Found')
      return
    }
    stream.on('error', () => stream.destroy())
    const address = addressOf(req)
    const status = refusalStatus(req, address)
    if (status !== null) {
      refuse(stream, status)
      return
    }
    acceptor.handleUpgrade(req, stream, head, (socket) => accept(socket, address, url.searchParams, req.headers.host))
  }

  /** Why this address or page gets no socket, as an HTTP status; null if it gets one. */
  const refusalStatus = (req: IncomingMessage, address: string): string | null => {
    if (draining) return '503 Service Unavailable'
    if (!originAllowed(origins, req.headers.origin, req.headers.host)) {
      metrics.count('refusedOrigin')
      return '403 Forbidden'
    }
    const full = sockets.size >= policy.sockets || (socketsOf.get(address) ?? 0) >= policy.socketsAnAddress
    if (!full && connects.take(address, Date.now())) return null
    metrics.count('refusedSockets')
    return '429 Too Many Requests'
  }

  const accept = (socket: WebSocket, address: string, query: URLSearchParams, host: string | undefined): void => {
    sockets.add(socket)
    socketsOf.set(address, (socketsOf.get(address) ?? 0) + 1)
    const client = clientOf(socket, address, query)
    socket.on('error', () => {
      // ws is closing it: a frame too large or out of order. It would read on for half a minute, and throw away what it reads.
      metrics.count('cutMalformed')
      socket.pause()
      setTimeout(() => socket.terminate(), CUT_MS).unref()
    })
    socket.on('close', () => {
      hub.remove(client)
      sockets.delete(socket)
      const left = (socketsOf.get(address) ?? 1) - 1
      if (left > 0) socketsOf.set(address, left)
      else socketsOf.delete(address)
    })
    const refusal = refusalOf(query, client, stockIds)
    if (refusal !== null) {
      metrics.count('refusedParameters')
      client.send(refusal)
      client.close(CLOSE.policy)
      return
    }
    const enter = (): void => {
      if (cluster === null) {
        begin()
        return
      }
      void cluster.admit(client).then((free) => {
        if (socket.readyState !== socket.OPEN) return
        if (free) begin()
        else hub.refuseTaken(client)
      })
    }
    const begin = (): void => {
      socket.on('message', (data, isBinary) => hub.receive(client, isBinary ? '' : String(data), Date.now()))
      socket.on('ping', () => hub.charge(client, Date.now()))
      hub.register(client, Date.now())
    }
    if (client.proven) challenge(socket, client, host, enter)
    else enter()
  }

  /** Calls `enter` once the client has shown that its id is its own; until then it is heard in nothing else. */
  const challenge = (socket: WebSocket, client: Client, host: string | undefined, enter: () => void): void => {
    const nonce = randomBytes(CLAIM_NONCE_BYTES)
    let heard = 0
    const end = (): void => {
      clearTimeout(late)
      socket.off('message', onMessage)
      socket.off('ping', onPing)
    }
    const refuseIt = (): void => {
      end()
      metrics.count('claimRefused')
      client.send(errorText('Id is not proven'))
      client.close(CLOSE.policy)
    }
    /** Counts what is said. `false`: it was too much. */
    const counted = (): boolean => {
      heard += 1
      if (heard > policy.claimMessages) refuseIt()
      return heard <= policy.claimMessages
    }
    const onPing = (): void => void counted()
    const onMessage = (data: RawData, isBinary: boolean): void => {
      if (!counted()) return
      const message = isBinary ? null : parseMessage(String(data))
      if (message === null || message.kind === 'leave') refuseIt()
      else if (message.kind !== 'claim') return
      else if (isOurName(message.claim.host, { ...options, origins }, host) && isProof(message.claim, client.id, nonce)) {
        end()
        metrics.count('claimed')
        enter()
      } else refuseIt()
    }
    const late = setTimeout(refuseIt, policy.claimMs)
    late.unref()
    socket.on('close', end)
    socket.on('message', onMessage)
    socket.on('ping', onPing)
    client.send(challengeText(nonce.toString('hex')))
  }

  const clientOf = (socket: WebSocket, address: string, query: URLSearchParams): Client => ({
    id: query.get('id') ?? '',
    token: query.get('token') ?? '',
    // true only behind the challenge: no other id of a key comes to the hub then
    proven: options.proofs !== false && idKind(query.get('id') ?? '') === 'key',
    address,
    send: (text) => {
      if (socket.readyState !== socket.OPEN) return false
      if (socket.bufferedAmount > policy.bufferedBytes) {
        metrics.count('cutSlow')
        socket.terminate()
        return false
      }
      socket.send(text)
      return true
    },
    close: (code) => {
      socket.close(code)
      // Who broke the rules is not read any more; the others have a moment for their own goodbye.
      if (code === CLOSE.policy) socket.pause()
      setTimeout(() => socket.terminate(), code === CLOSE.policy ? CUT_MS : policy.goodbyeMs).unref()
    },
  })

  const handleRequest = (req: IncomingMessage, res: ServerResponse): boolean => {
    const url = urlOf(req)
    if (url === null || (url.pathname !== path && !url.pathname.startsWith(`${path}/`))) return false
    const answer = (status: number, type: string, body: string): true => {
      res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      res.end(req.method === 'HEAD' ? '' : body)
      return true
    }
    const forPages = (stockIds && url.pathname === `${path}/${KEY}/id`) || (options.turn !== undefined && url.pathname === `${path}/turn`)
    if (req.method !== 'GET' && req.method !== 'HEAD' && !(forPages && req.method === 'OPTIONS'))
      return answer(405, 'text/plain', 'method not allowed')
    if (url.pathname === `${path}/health`) {
      const status = draining ? 'draining' : 'ok'
      return answer(draining ? 503 : 200, 'application/json', JSON.stringify({ status, sockets: hub.size, counters: metrics.snapshot() }))
    }
    if (url.pathname === `${path}/metrics`) return answer(200, 'text/plain; version=0.0.4', metrics.prometheus(hub.size))
    if (!forPages) return answer(404, 'text/plain', 'not found')
    if (!originAllowed(origins, req.headers.origin, req.headers.host)) {
      metrics.count('refusedOrigin')
      return answer(403, 'text/plain', 'forbidden')
    }
    if (!connects.take(addressOf(req), Date.now())) {
      metrics.count('refusedSockets')
      return answer(429, 'text/plain', 'too many requests')
    }
    if (req.headers.origin !== undefined) {
      res.setHeader('access-control-allow-origin', req.headers.origin)
      res.setHeader('access-control-allow-headers', 'authorization')
      res.setHeader('vary', 'origin')
    }
    if (req.method === 'OPTIONS') return answer(204, 'text/plain', '')
    if (options.turn === undefined || url.pathname !== `${path}/turn`) return answer(200, 'text/plain', randomUUID())
    const asker = basicOf(req.headers.authorization)
    const { turn } = options
    const grant = (registered: boolean): true => {
      if (asker === null || !registered || !grants.take(asker.id, Date.now())) {
        metrics.count('turnRefused')
        return registered ? answer(429, 'text/plain', 'too many requests') : answer(401, 'text/plain', 'not registered')
      }
      metrics.count('turnGranted')
      return answer(200, 'application/json', JSON.stringify(turnGrant(turn, asker.id, Date.now())))
    }
    if (asker === null || cluster === null || hub.holdsToken(asker.id, asker.token))
      return grant(asker !== null && hub.holdsToken(asker.id, asker.token))
    void cluster.holds(asker.id, asker.token).then(grant)
    return true
  }

  server.on('upgrade', onUpgrade)
  return {
    path,
    metrics,
    handleRequest,
    drain: async () => {
      draining = true
      const leaving = shuffled([...sockets])
      const timers = leaving.map((socket, nth) =>
        setTimeout(() => socket.close(CLOSE.restart), (nth / leaving.length) * policy.drainMs).unref(),
      )
      await allGone(leaving, policy.drainMs + policy.goodbyeMs)
      for (const timer of timers) clearTimeout(timer)
    },
    close: async () => {
      draining = true
      clearInterval(ticker)
      clearInterval(sweeper)
      for (const socket of sockets) socket.close(CLOSE.restart)
      await allGone([...sockets], policy.goodbyeMs)
      server.off('upgrade', onUpgrade)
      cluster?.close()
    },
  }
}

/** Waits for all these sockets to close, and cuts those that are left after `mostMs`. */
async function allGone(sockets: readonly WebSocket[], mostMs: number): Promise<void> {
  const gone = sockets.map((socket) =>
    socket.readyState === socket.CLOSED ? undefined : new Promise((done) => socket.once('close', done)),
  )
  const cut = setTimeout(() => {
    for (const socket of sockets) socket.terminate()
  }, mostMs)
  await Promise.all(gone)
  clearTimeout(cut)
}

/** In the order of chance (Fisher and Yates). */
function shuffled<T>(items: readonly T[]): readonly T[] {
  const out = [...items]
  for (let last = out.length - 1; last > 0; last--) {
    const other = randomInt(last + 1)
    const [a, b] = [out[last] as T, out[other] as T]
    out[last] = b
    out[other] = a
  }
  return out
}

export interface BrokerServer {
  readonly server: Server
  readonly broker: AttachedBroker
  /** Reads certificate and key again. Throws SettingsError, and then all stays as it was. */
  reloadTls(): void
  /** Resolves with the port in use. Port 0 takes a free one. Rejects when the port can't be had. */
  listen(port: number, host?: string): Promise<number>
  close(): Promise<void>
}

/** A broker with an HTTP server of its own. */
export function createBrokerServer(options: BrokerOptions = {}, tls?: TlsFiles): BrokerServer {
  const { server, reloadTls } = createWebServer(tls, (req, res) => {
    if (broker.handleRequest(req, res)) return
    res.writeHead(404, { 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' })
    res.end('not found')
  })
  const broker = attachBroker(server, options)
  return {
    server,
    broker,
    reloadTls,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          const address = server.address()
          resolve(typeof address === 'object' && address !== null ? address.port : port)
        })
      }),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      await broker.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function refusalOf(query: URLSearchParams, client: Client, stockIds: boolean): string | null {
  if (query.get('key') !== KEY) return INVALID_KEY_TEXT
  const kind = idKind(client.id)
  if (kind === null || (kind === 'stock' && !stockIds)) return errorText('Invalid id')
  if (!isToken(client.token)) return errorText('Invalid token provided')
  return null
}

/** An id and its token from an Authorization header (RFC 7617), or null. */
function basicOf(header: string | undefined): { readonly id: string; readonly token: string } | null {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(header ?? '')?.[1]
  if (encoded === undefined) return null
  const [id = '', token = ''] = Buffer.from(encoded, 'base64').toString('latin1').split(':')
  return idKind(id) !== null && isToken(token) ? { id, token } : null
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function urlOf(req: IncomingMessage): URL | null {
  try {
    return new URL(req.url ?? '/', 'http://broker.invalid')
  } catch {
    return null
  }
}
