/**
 * A man in the middle for tests: serves the whole site of `upstream` from one port of its own and relays
 * every broker message through a hook that may record, change, hold back or invent messages.
 */
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

export type Direction = 'to-broker' | 'to-client'

export interface BrokerProxy {
  readonly url: string
  /** Everything that crossed, in order. */
  readonly recorded: { readonly direction: Direction; readonly text: string }[]
  /** Broker ids that registered through this proxy, in order of registration. */
  readonly ids: () => readonly string[]
  /** Sends `text` to the client that registered `id`, as if the broker had. */
  inject(id: string, text: string): void
  /** Cuts every broker socket and refuses new ones, or serves them again. */
  setBroker(up: boolean): void
  close(): Promise<void>
}

export interface BrokerProxyOptions {
  readonly upstream: string
  /** The text to pass on, or null to drop it. */
  readonly onMessage?: (direction: Direction, text: string) => string | null
}

/** Starts the proxy on a free loopback port. */
export async function startBrokerProxy(options: BrokerProxyOptions): Promise<BrokerProxy> {
  const upstream = new URL(options.upstream)
  const recorded: { direction: Direction; text: string }[] = []
  const clients = new Map<string, WebSocket>()
  const registered: string[] = []
  const open = new Set<Socket>()
  let up = true

  const server = createServer((req, res) => {
    const forward = httpRequest(
      { host: upstream.hostname, port: upstream.port, path: req.url, method: req.method, headers: { ...req.headers, host: upstream.host } },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(res)
      },
    )
    forward.on('error', () => {
      if (!res.headersSent) res.writeHead(502)
      res.end()
    })
    req.pipe(forward)
  })
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })

  const acceptor = new WebSocketServer({ noServer: true })
  server.on('upgrade', (req: IncomingMessage, socket: Socket, head) => {
    if (!up) {
      socket.destroy()
      return
    }
    acceptor.handleUpgrade(req, socket, head, (client) => {
      const id = new URL(req.url ?? '/', options.upstream).searchParams.get('id') ?? ''
      const target = new WebSocket(`ws://${upstream.host}${req.url}`, { origin: upstream.origin })
      const waiting: string[] = []
      const relay = (direction: Direction, text: string, deliver: (text: string) => void) => {
        recorded.push({ direction, text })
        const passed = options.onMessage === undefined ? text : options.onMessage(direction, text)
        if (passed !== null) deliver(passed)
      }
      const toBroker = (text: string) => {
        if (target.readyState === WebSocket.OPEN) target.send(text)
        else waiting.push(text)
      }
      clients.set(id, client)
      registered.push(id)
      target.on('open', () => {
        for (const text of waiting.splice(0)) target.send(text)
      })
      client.on('message', (data) => relay('to-broker', String(data), toBroker))
      target.on('message', (data) =>
        relay('to-client', String(data), (text) => {
          if (client.readyState === WebSocket.OPEN) client.send(text)
        }),
      )
      client.on('close', () => target.terminate())
      target.on('close', () => client.terminate())
      client.on('error', () => target.terminate())
      target.on('error', () => client.terminate())
    })
  })

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://localhost:${port}/`,
    recorded,
    ids: () => registered,
    inject: (id, text) => clients.get(id)?.send(text),
    setBroker: (next) => {
      up = next
      if (!up) for (const client of clients.values()) client.terminate()
    },
    close: async () => {
      for (const client of clients.values()) client.terminate()
      acceptor.close()
      for (const socket of open) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
