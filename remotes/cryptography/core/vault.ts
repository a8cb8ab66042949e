/**
 * Sealing at rest: one AES-256-GCM under the vault key for each record, with its purpose and name as
 * associated data, so that it opens as nothing else (docs/protocol.md, "At rest").
 */
import { SottoError } from '#contracts/errors.ts'
import { encode, oneOf, struct, utf8 } from '#contracts/wire/codec.ts'
import { labelled } from '#contracts/wire/labels.ts'
import { wipe } from './bytes.ts'
import type { Keystore } from './ports.ts'
import type { Bytes, Primitives, SealingKey, VaultKey } from './primitives.ts'
import { openVaultKey, saltOf, VAULT_KEY_BYTES, wrapVaultKey } from './vault-key.ts'

/** Purposes may be appended, never moved. */
const bindingCodec = struct({
  purpose: oneOf(['identity', 'entropy', 'record', 'invite', 'keypackage', 'epoch']),
  name: utf8(512),
})
const LABEL = 'sotto sealed v1'

export type Purpose = 'identity' | 'entropy' | 'record' | 'invite' | 'keypackage' | 'epoch'

const binding = (purpose: Purpose, name: string): Bytes => labelled(LABEL, encode(bindingCodec, { purpose, name }))

export class Vault {
  private readonly keystore: Keystore
  private readonly primitives: Primitives
  private key: SealingKey | null = null

  constructor(keystore: Keystore, primitives: Primitives) {
    this.keystore = keystore
    this.primitives = primitives
  }

  async exists(): Promise<boolean> {
    return this.key !== null || (await this.keystore.load()) !== null
  }

  /** Makes the vault key if there is none. */
  async create(): Promise<void> {
    if (await this.exists()) return
    const raw = this.primitives.random(VAULT_KEY_BYTES)
    await this.keystore.replace(null, await wrapVaultKey(this.primitives, raw, null))
    wipe(raw)
  }

  /** Whether it opens with a passphrase only. */
  async hasPassphrase(): Promise<boolean> {
    const stored = await this.keystore.load()
    return stored !== null && (await saltOf(this.primitives, stored)) !== null
  }

  /** The vault key, as the passphrase opened it. */
  use(key: VaultKey): void {
    this.key = this.primitives.vault(key)
  }

  async seal(purpose: Purpose, name: string, plaintext: Uint8Array): Promise<Bytes> {
    const key = await this.unlocked()
    return key.seal(binding(purpose, name), plaintext)
  }

  /** Rejects 'malformed' for what was altered, or sealed under another name, purpose or key. */
  async open(purpose: Purpose, name: string, sealed: Uint8Array): Promise<Bytes> {
    const key = await this.unlocked()
    const plaintext = await key.open(binding(purpose, name), sealed)
    if (plaintext === null) throw new SottoError('malformed')
    return plaintext
  }

  async destroy(): Promise<void> {
    this.key = null
    await this.keystore.destroy()
  }

  private async unlocked(): Promise<SealingKey> {
    if (this.key === null) {
      const stored = await this.keystore.load()
      if (stored === null) throw new SottoError('identity-missing')
      this.use(await openVaultKey(this.primitives, stored))
    }
    if (this.key === null) throw new SottoError('locked')
    return this.key
  }
}
