/** DHKEM over P-256 and P-384 (RFC 9180 section 4.1) by WebCrypto; apart from kem.ts, so that only who speaks them loads them. */
import { concat } from '../core/bytes.ts'
import type { Bytes } from '../core/primitives.ts'
import { type Curve, NIST_CURVES, publicPoint } from './curves.ts'
import type { HashName } from './hash.ts'
import { dhKem, type Group, type Kem } from './kem.ts'

const source = (bytes: Uint8Array): Bytes => bytes as Bytes

export function nistGroup(curve: Curve): Group {
  const algorithm = { name: 'ECDH', namedCurve: curve.name } as const
  const agree = async (secret: Uint8Array, publicKey: Uint8Array): Promise<Bytes> => {
    const [own, theirs] = await Promise.all([
      crypto.subtle.importKey('pkcs8', concat(curve.pkcs8, secret), algorithm, false, ['deriveBits']),
      crypto.subtle.importKey('raw', source(publicKey), algorithm, false, []),
    ])
    return new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, own, 8 * curve.bytes))
  }
  return { agree, publicKey: (secret) => publicPoint(curve, secret, agree) }
}

const nistKem = (id: number, hash: HashName, curve: Curve): Kem =>
  dhKem({
    id,
    hash,
    group: nistGroup(curve),
    publicBytes: 2 * curve.bytes + 1,
    secretBytes: curve.bytes,
    toSecret(expand) {
      for (let counter = 0; counter < 256; counter++) {
        const candidate = expand('candidate', Uint8Array.of(counter), curve.bytes)
        if (curve.isSecret(candidate)) return candidate
      }
      throw new Error('256 candidates are no keys')
    },
  })

export const dhKemP256 = nistKem(0x10, 'SHA-256', NIST_CURVES['P-256'])
export const dhKemP384 = nistKem(0x11, 'SHA-384', NIST_CURVES['P-384'])
