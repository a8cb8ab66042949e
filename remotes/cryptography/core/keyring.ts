/** The page's end of the passphrase: it holds the opened vault key's handle, so that a Worker after the watchdog's can go on. */
import type { Cryptography } from '#contracts/cryptography.ts'
import type { CryptographyCore } from './cryptography.ts'
import type { Keeper } from './keeper.ts'
import type { VaultKey } from './primitives.ts'

/** Calls that a passphrase changes, over those of the Worker. The handle can't be exported; it is gone with the page. */
export function keyring(
  worker: Pick<CryptographyCore, 'takeKey' | 'openIdentity'>,
  keeper: Keeper,
): Pick<Cryptography, 'unlock' | 'setPassphrase' | 'openIdentity'> {
  let held: VaultKey | null = null
  return {
    async unlock(passphrase) {
      held = await keeper.unlock(passphrase)
      await worker.takeKey(held)
    },
    async setPassphrase(change) {
      held = await keeper.setPassphrase(change)
      // The running Worker has this key already, and a later one gets it with the identity.
      await worker.takeKey(held).catch(() => undefined)
    },
    async openIdentity(sealed) {
      if (held !== null) await worker.takeKey(held)
      return worker.openIdentity(sealed)
    },
  }
}
