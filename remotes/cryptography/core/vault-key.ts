/**
 * The vault key as it is stored: wrapped by the device key, and inside of that, where there is a passphrase, by a key
 * that Argon2id makes of it (docs/protocol.md, "At rest"). Two layers, so that what was altered and what was typed
 * wrong are told apart, and so that guessing takes this browser's key too.
 */
import { SottoError } from '#contracts/errors.ts'
import { constant, decode, encode, fixed, opaque, optional, struct } from '#contracts/wire/codec.ts'
import { labelled } from '#contracts/wire/labels.ts'
import { wipe } from './bytes.ts'
import type { StoredVault } from './ports.ts'
import type { Bytes, Primitives, SealingKey, VaultKey } from './primitives.ts'

export const VAULT_KEY_BYTES = 32
export const SALT_BYTES = 16
/** Of one layer: nonce and tag. */
const LAYER_BYTES = 28
const VERSION = 1
const LABEL = 'sotto vault key v1'

/** Version 1 is Argon2id with 64 MiB, 3 passes, 1 lane, 32 bytes: other costs are another version. */
const head = { v: constant(VERSION), salt: optional(fixed(SALT_BYTES)) }
const headCodec = struct(head)
/** `salt` is null where there is no passphrase. */
export const vaultRecord = struct({ ...head, wrapped: opaque(VAULT_KEY_BYTES + 2 * LAYER_BYTES) })
const MAX_BYTES = 128

/** What a passphrase has become. */
export interface Stretched {
  readonly salt: Uint8Array
  readonly key: SealingKey
}

const binding = (salt: Uint8Array | null): Bytes => labelled(LABEL, encode(headCodec, { v: VERSION, salt }))

/** Takes off the device key's layer: the vault key where there is no passphrase, else what its key opens. Throws 'storage-newer', 'malformed'. */
async function unwrapped(primitives: Primitives, key: VaultKey, record: Bytes) {
  if ((record[0] ?? 0) > VERSION) throw new SottoError('storage-newer')
  const { salt, wrapped } = decode(vaultRecord, record, MAX_BYTES)
  const inner = await primitives.vault(key).open(binding(salt), wrapped)
  if (inner === null) throw new SottoError('malformed')
  return { salt, inner }
}

/** The salt of what is stored; null where there is no passphrase. Throws 'storage-newer', 'malformed'. */
export async function saltOf(primitives: Primitives, { key, record }: StoredVault): Promise<Uint8Array | null> {
  return record === null ? null : (await unwrapped(primitives, key, record)).salt
}

/**
 * The raw vault key; the caller wipes it. Throws 'locked' without `by` where it takes a passphrase, 'wrong-passphrase'
 * if `by` is of another, 'storage-newer', 'malformed' if altered.
 */
export async function unwrapVaultKey(primitives: Primitives, key: VaultKey, record: Bytes, by: Stretched | null): Promise<Bytes> {
  const { salt, inner } = await unwrapped(primitives, key, record)
  if (salt === null) return inner
  if (by === null) throw new SottoError('locked')
  const raw = await by.key.open(binding(salt), inner)
  if (raw === null) throw new SottoError('wrong-passphrase')
  return raw
}

/** Wraps a raw vault key, under a device key made for it: what an older record said is no use with it. */
export async function wrapVaultKey(primitives: Primitives, raw: Uint8Array, by: Stretched | null): Promise<StoredVault> {
  const salt = by?.salt ?? null
  const inner = by === null ? raw : await by.key.seal(binding(salt), raw)
  const key = await primitives.newVaultKey()
  const wrapped = await primitives.vault(key).seal(binding(salt), inner)
  return { key, record: encode(vaultRecord, { v: VERSION, salt, wrapped }) }
}

/** The vault key of what is stored, if no passphrase is needed. Throws 'locked', 'storage-newer', 'malformed'. */
export async function openVaultKey(primitives: Primitives, { key, record }: StoredVault): Promise<VaultKey> {
  if (record === null) return key
  const raw = await unwrapVaultKey(primitives, key, record, null)
  const opened = await primitives.vaultKey(raw)
  wipe(raw)
  return opened
}
