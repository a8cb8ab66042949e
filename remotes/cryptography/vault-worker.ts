/// <reference lib="webworker" />
/**
 * The vault's own Worker, bundled into one file without a chunk: it answers one question about the passphrase, and is
 * ended. What it derives is in the memory of nobody else.
 */
import { codeOf } from '#contracts/errors.ts'
import { stretch } from './adapters/hash.ts'
import { keystore } from './adapters/keystore.ts'
import { webcrypto } from './adapters/webcrypto.ts'
import { keeper } from './core/keeper.ts'
import type { FromVault, ToVault } from './core/protocol.ts'

const scope = globalThis as unknown as DedicatedWorkerGlobalScope
const vault = keeper({ primitives: webcrypto, keystore, stretch })

async function answer(question: ToVault): Promise<FromVault> {
  try {
    const key = await (question.kind === 'unlock' ? vault.unlock(question.passphrase) : vault.setPassphrase(question.change))
    return { kind: 'key', key }
  } catch (thrown) {
    return { kind: 'error', code: codeOf(thrown) }
  }
}

scope.addEventListener('message', ({ data }: MessageEvent<ToVault>) => {
  void answer(data).then((message) => scope.postMessage(message))
})
