/** App and broker on one port. `npm start` and `npm run dev` end here, the browser tests start here. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AttachedBroker, attachBroker, type BrokerOptions } from './server.ts'
import type { StaticHandler } from './static.ts'

export interface AppOptions {
  readonly site: StaticHandler
  /** 0 for a free one. */
  readonly port: number
  readonly host?: string
  /** null: the site without a broker. */
  readonly broker?: BrokerOptions | null
}

export interface App {
  readonly port: number
  readonly server: Server
  close(): Promise<void>
}

/** Listens, and resolves when requests are taken. Rejects if the port can't be had. */
export async function startApp({ site, port, host, broker: brokerOptions = {} }: AppOptions): Promise<App> {
  let broker: AttachedBroker | null = null
  const server = createServer((req, res) => {
    if (broker?.handleRequest(req, res) === true || site(req, res)) return
    res.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': 0 })
    res.end()
  })
  if (brokerOptions !== null) broker = attachBroker(server, brokerOptions)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    server,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      await broker?.close()
      server.closeAllConnections()
      await closed
    },
  }
}
