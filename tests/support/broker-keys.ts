/** Keys, the broker ids that are their hashes, and their answers to a challenge, for tests that speak to a broker themselves. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type BlindedKey, type BrokerId, fromHex, type InviteKey, type RendezvousKey, toHex } from '#contracts/ids.ts'
import { claimBytes } from '#contracts/wire/broker-claim.ts'
import { brokerIdOf, periodAt } from '#contracts/wire/broker-id.ts'
import { blinding } from '../../remotes/cryptography/adapters/blinding.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

const known = new Map<string, BrokerId>()

/** Where the holder of this key is called at that time. */
export function idAt(key: RendezvousKey | InviteKey, nowMs: number): BrokerId {
  const name = `${periodAt(nowMs)} ${key}`
  const blinded = known.has(name) ? null : blinding.blind(fromHex(key), periodAt(nowMs))
  if (blinded !== null) known.set(name, brokerIdOf(toHex(blinded) as BlindedKey, sha256))
  const id = known.get(name)
  if (id === undefined) throw new Error('no key')
  return id
}

export interface BrokerKey {
  readonly id: BrokerId
  /** The public key, in hex. */
  readonly key: string
  readonly privateKey: KeyObject
}

export function brokerKey(): BrokerKey {
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = Buffer.from(privateKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
  return { id: brokerIdOf(key as BlindedKey, sha256), key, privateKey }
}

/** The CLAIM message that answers this challenge, as text. */
export function claimOf({ key, privateKey }: BrokerKey, nonce: string, host: string): string {
  const signature = sign(null, claimBytes(host, Buffer.from(nonce, 'hex')), privateKey).toString('hex')
  return JSON.stringify({ type: 'CLAIM', payload: { key, host, signature } })
}
