/** The browser's Worker and timers, as the client sees them. */
import type { ClientPorts } from '../core/client.ts'
import type { FromWorker } from '../core/protocol.ts'

export function workerPorts(startWorker: () => Promise<Worker>): ClientPorts {
  return {
    async start(hear, broken) {
      const worker = await startWorker()
      worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => hear(data))
      worker.addEventListener('error', broken)
      worker.addEventListener('messageerror', broken)
      return { post: (message) => worker.postMessage(message), end: () => worker.terminate() }
    },
    after(delayMs, fire) {
      const timer = setTimeout(fire, delayMs)
      return () => clearTimeout(timer)
    },
  }
}
