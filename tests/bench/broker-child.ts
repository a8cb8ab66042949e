/** One broker in a process of its own, so that its memory is its own: `ours` or `stock`. Writes its port to stdout. */
import type { AddressInfo } from 'node:net'
import { PeerServer } from 'peer'
import { createBrokerServer } from '../../signaling/server.ts'

const MANY = { burst: 1e9, aSecond: 1e9 }

/** `open`: bounds on what one client or address may do are lifted, as the stock server has none. */
const [kind, bounds] = process.argv.slice(2)
if (kind === 'ours') {
  const policy = { socketsAnAddress: 1e6, sockets: 1e6, connects: MANY, messagesAnId: MANY, messagesAnAddress: MANY }
  const broker = createBrokerServer(bounds === 'open' ? { policy } : { policy: { socketsAnAddress: 1e6, sockets: 1e6, connects: MANY } })
  console.log(await broker.listen(0, '127.0.0.1'))
} else {
  PeerServer({ port: 0, host: '127.0.0.1', path: '/signal', concurrent_limit: 1e6 }, (server) =>
    console.log((server.address() as AddressInfo).port),
  )
}
process.once('disconnect', () => process.exit(0))
