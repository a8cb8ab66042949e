/** A client of either broker, as the bench speaks to them. */
import { WebSocket } from 'ws'

/** A client that is registered. */
export function connect(port: number, id: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/signal/peerjs?key=peerjs&id=${id}&token=t`, { perMessageDeflate: false })
  return new Promise((resolve, reject) => {
    socket.once('message', () => resolve(socket))
    socket.once('error', reject)
    socket.once('close', (code) => reject(new Error(`closed with ${code} before it was registered`)))
  })
}
