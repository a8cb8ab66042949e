/** How a passphrase is stretched and a vault key is wrapped: bytes that must stay, or nobody can open what they have. */
import { expect, test } from 'vitest'
import { fromHex, toHex } from '#contracts/ids.ts'
import { stretch } from '../../remotes/cryptography/adapters/hash.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { saltOf, unwrapVaultKey } from '../../remotes/cryptography/core/vault-key.ts'

const SALT = Uint8Array.from({ length: 16 }, (_, i) => i)
/** Argon2id, 64 MiB, 3 passes, 1 lane, of 'correct horse' and SALT; hash-wasm 4.12.0 says the same. */
const STRETCHED = 'e3c889ca40ed01e6b6771fc8a5bf16e35ad60b41c9bd5d7e6d63adf51e50b0fd'
/** The vault key 00 01 02 ... 1f, wrapped with the above under the device key 20 21 22 ... 3f. */
const GOLDEN = {
  none: '01003c71b2dedcaf3b4b68256cb58d8a0692c4b0d5d1dabc56c3517fba4afd7f702fde7023d4714b40e5849db0f3387dd85ed1515da00b385fc445ad046e6b',
  passphrase:
    '0101000102030405060708090a0b0c0d0e0f4058ca1a929534471a28f12ae973087dd9097647c8d001aaf53bba9956be706338ada50b1f42c49cc686dc05d1d5602eb1cb8d90fa55cfadc757be23bff316ca1055f01b30d3fc8c7aa27ab4cf2f98066b410c174435eac46071',
}
const VAULT_KEY = toHex(Uint8Array.from({ length: 32 }, (_, i) => i))
const deviceKey = () => webcrypto.vaultKey(Uint8Array.from({ length: 32 }, (_, i) => 0x20 + i))

test('Argon2id with the costs of version 1', { timeout: 180_000 }, async () => {
  expect(toHex(await stretch(new TextEncoder().encode('correct horse'), SALT))).toBe(STRETCHED)
})

test('a vault key that was wrapped when this was written opens', async () => {
  const key = await deviceKey()
  expect(toHex(await unwrapVaultKey(webcrypto, key, fromHex(GOLDEN.none), null))).toBe(VAULT_KEY)
  const record = fromHex(GOLDEN.passphrase)
  const salt = await saltOf(webcrypto, { key, record })
  expect(salt).toEqual(SALT)
  const by = { salt: SALT, key: await webcrypto.sealingKey(fromHex(STRETCHED)) }
  expect(toHex(await unwrapVaultKey(webcrypto, key, record, by))).toBe(VAULT_KEY)
})
