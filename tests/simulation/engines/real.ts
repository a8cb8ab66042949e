/**
 * Real cryptography that can be replayed: chance comes from the seed, and what HPKE seals to is met by an
 * ephemeral key derived from all that is sealed. A counter would not do: ts-mls seals inside Promise.all.
 */
import { hpke } from '../../../remotes/cryptography/adapters/hpke.ts'
import { CLASSIC, providerOf } from '../../../remotes/cryptography/adapters/provider.ts'
import { webcrypto } from '../../../remotes/cryptography/adapters/webcrypto.ts'
import type { Ports } from '../../../remotes/cryptography/core/ports.ts'
import { sha256 } from '../../../remotes/p2p/adapters/hash.ts'
import { mlsPorts, type RandomBytes } from './ports.ts'

function ephemeral(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length + 4, 0))
  let at = 0
  for (const part of parts) {
    new DataView(all.buffer).setUint32(at, part.length)
    all.set(part, at + 4)
    at += part.length + 4
  }
  return sha256(all)
}

const provider = (random: RandomBytes) =>
  providerOf(CLASSIC, (length, ...sealed) => (sealed.length === 0 ? random(length) : ephemeral(sealed)))

export const realMls = (random: RandomBytes): Ports => mlsPorts({ ...webcrypto, random }, hpke, provider(random))

export { sha256 as realSha256 }
