/** The browser's Worker and timers, as the client sees them. */
import { SottoError } from '#contracts/errors.ts'
import type { ClientPorts } from '../core/client.ts'
import type { Keeper } from '../core/keeper.ts'
import type { VaultKey } from '../core/primitives.ts'
import type { FromVault, FromWorker, ToVault } from '../core/protocol.ts'

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

/** The keeper, in a Worker for each question. Rejects 'internal' if it can't be started or breaks. */
export function keeperIn(startWorker: () => Promise<Worker>): Keeper {
  const ask = async (question: ToVault): Promise<VaultKey> => {
    const worker = await startWorker().catch(() => {
      throw new SottoError('internal')
    })
    try {
      const answer = await new Promise<FromVault>((resolve, reject) => {
        worker.addEventListener('message', ({ data }: MessageEvent<FromVault>) => resolve(data))
        worker.addEventListener('error', () => reject(new SottoError('internal')))
        worker.postMessage(question)
      })
      if (answer.kind === 'error') throw new SottoError(answer.code)
      return answer.key
    } finally {
      worker.terminate()
    }
  }
  return {
    unlock: (passphrase) => ask({ kind: 'unlock', passphrase }),
    setPassphrase: (change) => ask({ kind: 'set', change }),
  }
}
