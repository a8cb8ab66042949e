/** A client in a process of its own that says `count` messages of `chars` to an id that nobody has. Prints what became of it. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { connect } from './broker-client.ts'

const [port = 0, count = 0, chars = 0] = process.argv.slice(2).map(Number)
const socket = await connect(port, 'flooder')
socket.on('error', () => undefined)
const text = Buffer.from(JSON.stringify({ type: 'OFFER', dst: 'absent', payload: 'x'.repeat(chars) }))
const from = performance.now()
let cutAfterMs: number | null = null
const cut = once(socket, 'close').then(() => {
  cutAfterMs = performance.now() - from
})
for (let nth = 0; nth < count && socket.readyState === WebSocket.OPEN; nth += 1)
  await Promise.race([cut, new Promise((sent) => socket.send(text, { binary: false }, sent))])
// the last of it is on its way, or the socket is ending
await Promise.race([cut, new Promise((resolve) => setTimeout(resolve, 2000))])
console.log(JSON.stringify({ cutAfterMs }))
process.exit(0)
