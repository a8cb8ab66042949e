/** App and broker on one port. `npm start` and `npm run dev` end here, the browser tests start here. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AttachedBroker, attachBroker, type BrokerOptions } from './server.ts'
import type { StaticHandler } from './static.ts'
import { createWebServer, type TlsFiles } from './tls.ts'

export interface AppOptions {
  readonly site: StaticHandler
  /** 0 for a free one. */
  readonly port: number
  readonly host?: string
  /** null: the site without a broker. */
  readonly broker?: BrokerOptions | null
  readonly tls?: TlsFiles | undefined
}

export interface App {
  readonly port: number
  readonly server: Server
  /** Reads certificate and key again. Throws SettingsError, and then all stays as it was. */
  reloadTls(): void
  /** Takes no new client, and sends those that are there away bit by bit (AttachedBroker). */
  drain(): Promise<void>
  close(): Promise<void>
}

/** Listens, and resolves when requests are taken. Rejects if the port can't be had. */
export async function startApp({ site, port, host, broker: brokerOptions = {}, tls }: AppOptions): Promise<App> {
  let broker: AttachedBroker | null = null
  const { server, reloadTls } = createWebServer(tls, (req, res) => {
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
    reloadTls,
    drain: async () => broker?.drain(),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      await broker?.close()
      server.closeAllConnections()
      await closed
    },
  }
}
