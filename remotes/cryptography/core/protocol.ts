/** What passes between the page and the Worker. Both are of one release; nothing here is stored or sent to a peer. */
import type { PassphraseChange } from '#contracts/cryptography.ts'
import type { ErrorCode } from '#contracts/errors.ts'
import type { CryptographyCore } from './cryptography.ts'
import type { VaultKey } from './primitives.ts'

/** Calls by name, and whether they feed what a peer made: those are watched. */
export const CALLS = {
  hasVaultKey: 'own',
  hasPassphrase: 'own',
  takeKey: 'own',
  createIdentity: 'own',
  restoreIdentity: 'own',
  openIdentity: 'own',
  revealPhrase: 'own',
  safetyNumber: 'own',
  destroy: 'own',
  sign: 'own',
  verify: 'peer',
  checkChain: 'peer',
  seal: 'own',
  open: 'own',
  createInvite: 'own',
  blindKeys: 'peer',
  claimBrokerId: 'own',
  sealSignal: 'own',
  openSignal: 'peer',
  handshakeHello: 'own',
  handshakeProof: 'peer',
  handshakeVerify: 'peer',
  roomTags: 'own',
  handshakeEnd: 'own',
  createKeyPackage: 'own',
  inspectKeyPackage: 'peer',
  createGroup: 'own',
  loadEpoch: 'own',
  dropEpoch: 'own',
  createCommit: 'peer',
  inspectCommit: 'peer',
  exportGroupInfo: 'own',
  externalCommit: 'peer',
  refound: 'peer',
  processCommit: 'peer',
  nameCommit: 'own',
  join: 'peer',
  encrypt: 'own',
  decrypt: 'peer',
  adopt: 'own',
  drop: 'own',
} as const satisfies Record<keyof CryptographyCore, 'own' | 'peer'>
export type CallName = keyof typeof CALLS

export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly name: CallName; readonly args: readonly unknown[] }
  /** Answered by the Worker's event loop as soon as it gets to it. */
  | { readonly kind: 'probe'; readonly id: number }

export type FromWorker =
  /** Sent once, when the Worker takes calls. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly code: ErrorCode }
  | { readonly kind: 'alive'; readonly id: number }

/** To the vault's own Worker, and back: one question, one answer. */
export type ToVault = { readonly kind: 'unlock'; readonly passphrase: string } | { readonly kind: 'set'; readonly change: PassphraseChange }
export type FromVault = { readonly kind: 'key'; readonly key: VaultKey } | { readonly kind: 'error'; readonly code: ErrorCode }

/**
 * The same value with every view on bytes made whole. Posting a view sends the whole buffer behind it, and
 * the buffer behind a confirmation tag holds an epoch's secrets: no view leaves the Worker.
 */
export function ownBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.byteLength === value.buffer.byteLength ? value : new Uint8Array(value)
  if (Array.isArray(value)) return value.map(ownBytes)
  // a plain object: a key's handle stays what it is
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, ownBytes(inner)]))
  }
  return value
}
