/**
 * What a leaf says of itself: its credential's content, by profile (docs/protocol.md, "Suites"). Where leaves sign with
 * the device's own key, it is the device's chain. In `nist` a leaf signs with a P-384 key: there the device key signs
 * for that one too, so that a leaf is still of a device that its user's master key certified.
 */
import { SottoError } from '#contracts/errors.ts'
import { type DeviceKey, fromHex, idOf, type UserId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { type Chain, chainCodec } from '#contracts/wire/certificate.ts'
import { constant, decode, encode, fixed, struct } from '#contracts/wire/codec.ts'
import type { Profile } from '#contracts/wire/entry.ts'
import { labelled, SIGN_LABELS } from '#contracts/wire/labels.ts'
import { decodeChain, encodeChain, userOf } from './certificates.ts'
import type { Bytes, Primitives, SigningKey } from './primitives.ts'

const boundChainCodec = struct({ v: constant(1), chain: chainCodec, binding: fixed(64) })
const MAX_BYTES = LIMITS.certificateBytes * LIMITS.chainLength

const boundBy = (leafKey: Uint8Array): Bytes => labelled(SIGN_LABELS.nistLeaf, leafKey)

function decodeBound(identity: Uint8Array): { readonly chain: Chain; readonly binding: Uint8Array } {
  try {
    return decode(boundChainCodec, identity, MAX_BYTES)
  } catch {
    throw new SottoError('bad-certificate')
  }
}

/** The credential's content for a leaf of our own. `leafKey` signs with it. */
export async function leafIdentity(profile: Profile, chain: Chain, device: SigningKey, leafKey: Uint8Array): Promise<Bytes> {
  if (profile !== 'nist') return encodeChain(chain)
  return encode(boundChainCodec, { v: 1, chain, binding: await device.sign(boundBy(leafKey)) })
}

/** Throws 'bad-certificate' if it does not decode. Nothing is verified. */
export const chainOfLeaf = (profile: Profile, identity: Uint8Array): Chain =>
  profile === 'nist' ? decodeBound(identity).chain : decodeChain(identity)

/** The device that a leaf says it is of. Throws 'bad-certificate' if that does not decode. */
export function deviceOfLeaf(profile: Profile, identity: Uint8Array, leafKey: Uint8Array): DeviceKey {
  if (profile !== 'nist') return idOf<DeviceKey>(leafKey)
  const [certificate] = decodeBound(identity).chain
  if (certificate === undefined) throw new SottoError('bad-certificate')
  return certificate.tbs.device
}

/** The user of a leaf that signs with `leafKey`. Rejects 'bad-certificate'. */
export async function userOfLeaf(
  identity: Uint8Array,
  leafKey: Uint8Array,
  primitives: Primitives,
  profile: Profile = 'classic',
): Promise<{ readonly user: UserId; readonly chain: Chain }> {
  const device = deviceOfLeaf(profile, identity, leafKey)
  const chain = chainOfLeaf(profile, identity)
  const user = await userOf(chain, device, primitives)
  if (profile === 'nist') {
    const { binding } = decodeBound(identity)
    if (!(await primitives.verify(fromHex(device), boundBy(leafKey), binding))) throw new SottoError('bad-certificate')
  }
  return { user, chain }
}
