/** The browser's Broker adapter, in Chromium, against our broker and against the stock PeerJS server. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PeerServer } from 'peer'
import { createBrokerServer } from '../../signaling/server.ts'
import { type BrokerHarness, brokerSuite } from './broker-suite.ts'
import { clientIn } from './network/page-broker.ts'
import { launch, openPage, startSite } from './network/pages.ts'

interface Running {
  readonly port: number
  stop(): Promise<void>
}

/** Pages of one site and one browser, in front of whatever `run` starts on a port (0: a free one). */
async function harnessOn(run: (port: number, origin: string) => Promise<Running>): Promise<BrokerHarness> {
  const site = await startSite()
  const browser = await launch()
  let running = await run(0, site.url)
  const { port } = running
  const pages = [await openPage(browser, site.url), await openPage(browser, site.url)] as const
  let clients = 0
  return {
    client: () => clientIn(pages[clients++ % 2 === 0 ? 0 : 1], { host: 'localhost', port, path: '/signal', secure: false }),
    down: () => running.stop(),
    up: async () => {
      running = await run(port, site.url)
    },
    end: async () => {
      await browser.close()
      await running.stop()
      await site.close()
    },
  }
}

const runOurs =
  (proofs: boolean) =>
  async (port: number, origin: string): Promise<Running> => {
    const broker = createBrokerServer({ origins: [origin], proofs })
    return { port: await broker.listen(port, '127.0.0.1'), stop: () => broker.close() }
  }

async function runStock(port: number): Promise<Running> {
  const server = await new Promise<Server>((resolve) => {
    PeerServer({ port, host: '127.0.0.1', path: '/signal' }, (listening) => resolve(listening as Server))
  })
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

brokerSuite('peerjs client, our broker', () => harnessOn(runOurs(false)))
brokerSuite('peerjs client, our broker that asks for proofs', () => harnessOn(runOurs(true)), true)
brokerSuite('peerjs client, stock server', () => harnessOn(runStock))
