/** The least that any messenger over WebRTC could take: a bare data channel between the same two pages, no product code. */
import type { Page } from 'playwright-core'

const MESSAGE_BYTES = 1024
const CHANNEL_MS = 10_000

interface BarePeer {
  readonly connection: RTCPeerConnection
  channel: RTCDataChannel | null
}
type WithPeer = typeof globalThis & { barePeer: BarePeer }

/**
 * Milliseconds of each of `count` round trips, one at a time, by the clock of `from`. No named functions inside what
 * runs in a page: tsx would wrap them in a helper that the page has not.
 */
export async function rawRoundTrips(from: Page, to: Page, count: number): Promise<readonly number[]> {
  const offer = await from.evaluate(async () => {
    const connection = new RTCPeerConnection()
    const channel = connection.createDataChannel('bench')
    channel.binaryType = 'arraybuffer'
    Object.assign(globalThis, { barePeer: { connection, channel } satisfies BarePeer })
    await connection.setLocalDescription()
    await new Promise<void>((resolve) => {
      connection.addEventListener('icegatheringstatechange', () => connection.iceGatheringState === 'complete' && resolve())
      if (connection.iceGatheringState === 'complete') resolve()
    })
    return connection.localDescription?.sdp ?? ''
  })
  const answer = await to.evaluate(async (sdp) => {
    const connection = new RTCPeerConnection()
    Object.assign(globalThis, { barePeer: { connection, channel: null } satisfies BarePeer })
    connection.addEventListener('datachannel', ({ channel }) => {
      channel.binaryType = 'arraybuffer'
      channel.addEventListener('message', ({ data }) => channel.send(data))
    })
    await connection.setRemoteDescription({ type: 'offer', sdp })
    await connection.setLocalDescription()
    await new Promise<void>((resolve) => {
      connection.addEventListener('icegatheringstatechange', () => connection.iceGatheringState === 'complete' && resolve())
      if (connection.iceGatheringState === 'complete') resolve()
    })
    return connection.localDescription?.sdp ?? ''
  }, offer)
  return from.evaluate(
    async ({ sdp, trips, bytes, limitMs }) => {
      const { connection, channel } = (globalThis as WithPeer).barePeer
      if (channel === null) throw new Error('no channel')
      await connection.setRemoteDescription({ type: 'answer', sdp })
      if (channel.readyState !== 'open') {
        await new Promise((resolve, reject) => {
          channel.addEventListener('open', resolve, { once: true })
          setTimeout(() => reject(new Error('the bare channel did not open')), limitMs)
        })
      }
      const times: number[] = []
      for (let i = 0; i < trips; i++) {
        const startedMs = performance.now()
        const back = new Promise((resolve) => channel.addEventListener('message', resolve, { once: true }))
        channel.send(new Uint8Array(bytes))
        await back
        times.push(performance.now() - startedMs)
      }
      connection.close()
      return times
    },
    { sdp: answer, trips: count, bytes: MESSAGE_BYTES, limitMs: CHANNEL_MS },
  )
}
