/** The cryptography remote, as the shell loads it: the page's end of the Worker. No key is ever on this side. */
import { CONTRACT_VERSION } from '#contracts/version.ts'
import type { Cryptography, CryptographyRemote } from '#contracts/cryptography.ts'
import { SottoError } from '#contracts/errors.ts'
import { englishWords } from './adapters/words.ts'
import { keeperIn, workerPorts } from './adapters/worker.ts'
import { Client } from './core/client.ts'
import type { CryptographyCore } from './core/cryptography.ts'
import { keyring } from './core/keyring.ts'
import { CALLS, type CallName } from './core/protocol.ts'

export { CONTRACT_VERSION }

/**
 * Starts the Worker and resolves to the port. `startWorker` is called again after a restart; it must make
 * the Worker from bytes that the shell has checked; `startVaultWorker` makes the vault's own, once for each question
 * about the passphrase. Rejects 'unsupported' if the Worker can't be started.
 */
export const create: CryptographyRemote['create'] = async ({ startWorker, startVaultWorker }): Promise<Cryptography> => {
  const listeners: (() => void)[] = []
  const client = new Client(workerPorts(startWorker), () => {
    for (const listener of listeners) listener()
  })
  try {
    await client.start()
  } catch {
    throw new SottoError('unsupported')
  }
  const calls = Object.fromEntries(
    (Object.keys(CALLS) as CallName[]).map((name) => [name, (...args: readonly unknown[]) => client.call(name, args)]),
  ) as unknown as CryptographyCore
  return {
    ...calls,
    ...keyring(calls, keeperIn(startVaultWorker)),
    onRestart: (listener) => {
      listeners.push(listener)
    },
    restoreIdentity: async (options) => calls.restoreIdentity(options, await englishWords()),
    revealPhrase: async () => calls.revealPhrase(await englishWords()),
    async destroy() {
      await calls.destroy()
      await client.close()
    },
    end: () => client.close(),
  }
}
