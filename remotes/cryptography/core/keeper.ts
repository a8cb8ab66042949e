/**
 * What is done with a passphrase, in a Worker of its own that lives for one question: stretching takes seconds and
 * 64 MiB, which would hold up the Worker that serves the links and be taken for a runaway decoder there.
 */
import type { PassphraseChange } from '#contracts/cryptography.ts'
import { SottoError } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import { utf8Bytes, wipe } from './bytes.ts'
import type { Keystore, StoredVault } from './ports.ts'
import type { Bytes, Primitives, VaultKey } from './primitives.ts'
import { SALT_BYTES, saltOf, type Stretched, unwrapVaultKey, wrapVaultKey } from './vault-key.ts'

export interface KeeperPorts {
  readonly primitives: Primitives
  readonly keystore: Keystore
  /** Argon2id (RFC 9106): 64 MiB, 3 passes, 1 lane, 32 bytes. */
  readonly stretch: (passphrase: Uint8Array, salt: Uint8Array) => Promise<Bytes>
}

/** Both resolve to the vault key, as a handle; see Cryptography for what they reject with. */
export interface Keeper {
  unlock(passphrase: string): Promise<VaultKey>
  setPassphrase(change: PassphraseChange): Promise<VaultKey>
}

export const keeper = (ports: KeeperPorts): Keeper => ({
  async unlock(passphrase) {
    const { raw } = await opened(ports, passphrase)
    return handleOf(ports, raw)
  },
  async setPassphrase({ current, next }) {
    if (next !== null && [...next].length < LIMITS.passphraseLength) throw new SottoError('malformed')
    const { raw, stored } = await opened(ports, current)
    const by = next === null ? null : await stretched(ports, next, ports.primitives.random(SALT_BYTES))
    await ports.keystore.replace(stored, await wrapVaultKey(ports.primitives, raw, by))
    return handleOf(ports, raw)
  },
})

/** The raw vault key, by the passphrase that is set, or by none. */
async function opened(ports: KeeperPorts, passphrase: string | null): Promise<{ readonly raw: Bytes; readonly stored: StoredVault }> {
  const stored = await ports.keystore.load()
  if (stored === null) throw new SottoError('identity-missing')
  const salt = await saltOf(ports.primitives, stored)
  // A vault from before there were passphrases has a key that nothing can wrap.
  if (stored.record === null || (salt === null) !== (passphrase === null)) throw new SottoError('unexpected')
  const by = salt === null || passphrase === null ? null : await stretched(ports, passphrase, salt)
  return { raw: await unwrapVaultKey(ports.primitives, stored.key, stored.record, by), stored }
}

/** The same letters may be typed as other code points on another keyboard: they are made one (NFKC). */
async function stretched({ primitives, stretch }: KeeperPorts, passphrase: string, salt: Uint8Array): Promise<Stretched> {
  const bytes = utf8Bytes(passphrase.normalize('NFKC'))
  if (bytes.length > LIMITS.passphraseBytes) throw new SottoError('too-large')
  const raw = await stretch(bytes, salt)
  const key = await primitives.sealingKey(raw)
  wipe(raw, bytes)
  return { salt, key }
}

async function handleOf({ primitives }: KeeperPorts, raw: Bytes): Promise<VaultKey> {
  const key = await primitives.vaultKey(raw)
  wipe(raw)
  return key
}
