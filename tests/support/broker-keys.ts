/** A key, the broker id that is its hash, and its answer to a challenge, for tests that speak to a broker themselves. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { BrokerId, RendezvousKey } from '#contracts/ids.ts'
import { claimBytes } from '#contracts/wire/broker-claim.ts'
import { brokerIdOf } from '#contracts/wire/broker-id.ts'

export interface BrokerKey {
  readonly id: BrokerId
  /** The public key, in hex. */
  readonly key: string
  readonly privateKey: KeyObject
}

export function brokerKey(): BrokerKey {
  const { privateKey } = generateKeyPairSync('ed25519')
  const key = Buffer.from(privateKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
  return { id: brokerIdOf(key as RendezvousKey, (bytes) => createHash('sha256').update(bytes).digest()), key, privateKey }
}

/** The CLAIM message that answers this challenge, as text. */
export function claimOf({ key, privateKey }: BrokerKey, nonce: string, host: string): string {
  const signature = sign(null, claimBytes(host, Buffer.from(nonce, 'hex')), privateKey).toString('hex')
  return JSON.stringify({ type: 'CLAIM', payload: { key, host, signature } })
}
