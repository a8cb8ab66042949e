/**
 * Broker ids: `sk1-` and base32(SHA-256(public key)), cut to 32 characters (160 bits). The prefix keeps
 * them apart from the random ids of stock PeerJS clients. The key is a device's rendezvous key, or an invite's, as it is blinded
 * for a period. A broker of ours lets nobody but the key's holder have the id (wire/broker-claim.ts); a stock one takes it on trust.
 */
import { type BlindedKey, type BrokerId, fromHex } from '../ids.ts'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567' // RFC 4648, lower case
export const BROKER_ID_PATTERN = /^sk1-[a-z2-7]{32}$/

/** How long a blinded key serves. All change at the same moment, so that a change says nothing about who changed. */
export const PERIOD_MS = 4 * 60 * 60 * 1000

/** Periods count from 1970, UTC. */
export const periodAt = (nowMs: number): number => Math.floor(nowMs / PERIOD_MS)

/** The id under which the holder of this key listens. */
export function brokerIdOf(key: BlindedKey, sha256: (bytes: Uint8Array) => Uint8Array): BrokerId {
  const digest = sha256(fromHex(key))
  let bits = 0
  let held = 0
  let out = ''
  for (const byte of digest.subarray(0, 20)) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += BASE32.charAt((held >> bits) & 31)
    }
    held &= (1 << bits) - 1
  }
  return `sk1-${out}` as BrokerId
}
