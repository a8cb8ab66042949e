/// <reference lib="webworker" />
/**
 * The Worker's entry, bundled into one file without a chunk: the one realm that holds private keys. It
 * answers calls from the page that started it, and nobody else can reach it.
 */
import { codeOf } from '#contracts/errors.ts'
import { blinding } from './adapters/blinding.ts'
import { nistKey } from './adapters/ecdsa.ts'
import { hpke } from './adapters/hpke.ts'
import { keystore } from './adapters/keystore.ts'
import { mls } from './adapters/mls.ts'
import { webcrypto } from './adapters/webcrypto.ts'
import { createCryptographyCore } from './core/cryptography.ts'
import { type FromWorker, ownBytes, type ToWorker } from './core/protocol.ts'

const scope = globalThis as unknown as DedicatedWorkerGlobalScope
const core = createCryptographyCore({ primitives: webcrypto, hpke, blinding, nistKey, mls, keystore })
const post = (message: FromWorker): void => scope.postMessage(message)

async function answer({ id, name, args }: Extract<ToWorker, { kind: 'call' }>): Promise<void> {
  try {
    const call = core[name] as (...given: readonly unknown[]) => Promise<unknown>
    post({ kind: 'value', id, value: ownBytes(await call(...args)) })
  } catch (thrown) {
    post({ kind: 'error', id, code: codeOf(thrown) })
  }
}

scope.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === 'probe') post({ kind: 'alive', id: data.id })
  else void answer(data)
})
post({ kind: 'ready' })
