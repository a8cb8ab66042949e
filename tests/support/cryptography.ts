/** The cryptography remote's core, run in the test's own process with real keys: no Worker, no IndexedDB. */
import { wordlist } from '@scure/bip39/wordlists/english.js'
import type { Cryptography } from '#contracts/cryptography.ts'
import { blinding } from '../../remotes/cryptography/adapters/blinding.ts'
import { nistKey } from '../../remotes/cryptography/adapters/ecdsa.ts'
import { hpke } from '../../remotes/cryptography/adapters/hpke.ts'
import { memoryKeystoreForTests } from '../../remotes/cryptography/adapters/keystore.ts'
import { mls } from '../../remotes/cryptography/adapters/mls.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { createCryptographyCore } from '../../remotes/cryptography/core/cryptography.ts'
import { keeper, type KeeperPorts } from '../../remotes/cryptography/core/keeper.ts'
import { keyring } from '../../remotes/cryptography/core/keyring.ts'
import type { Keystore } from '../../remotes/cryptography/core/ports.ts'

/** In place of Argon2id, which takes seconds: as good to find out what follows from a passphrase. */
export const quickStretch: KeeperPorts['stretch'] = (passphrase, salt) => webcrypto.hmacSha256(salt, passphrase)

/** One device. Hand the same keystore to a second one to play a reload of the page. */
export function createCryptographyForTests(options?: {
  readonly keystore?: Keystore
  readonly stretch?: KeeperPorts['stretch']
}): Cryptography {
  const keystore = options?.keystore ?? memoryKeystoreForTests()
  const core = createCryptographyCore({ primitives: webcrypto, hpke, blinding, nistKey, mls, keystore })
  return {
    ...core,
    ...keyring(core, keeper({ primitives: webcrypto, keystore, stretch: options?.stretch ?? quickStretch })),
    end: () => Promise.resolve(),
    onRestart: () => undefined,
    revealPhrase: () => core.revealPhrase(wordlist),
    restoreIdentity: (options) => core.restoreIdentity(options, wordlist),
  }
}

export { memoryKeystoreForTests }
