/** Certificates: making one, and judging a chain (wire/certificate.ts; docs/protocol.md, "Identity"). */
import { SottoError } from '#contracts/errors.ts'
import { type DeviceKey, fromHex, type UserId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { type Certificate, type CertificateTbs, certificateTbsCodec, type Chain, chainCodec } from '#contracts/wire/certificate.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { labelled, SIGN_LABELS } from '#contracts/wire/labels.ts'
import type { Bytes, Primitives, SigningKey } from './primitives.ts'

const MAX_CHAIN_BYTES = LIMITS.certificateBytes * LIMITS.chainLength

/** `tbs.user` must be the master's key. */
export async function certify(master: SigningKey, tbs: CertificateTbs): Promise<Certificate> {
  return { tbs, signature: await master.sign(labelled(SIGN_LABELS.certificate, encode(certificateTbsCodec, tbs))) }
}

export const encodeChain = (chain: Chain): Bytes => encode(chainCodec, chain)

/** Throws 'bad-certificate'. */
export function decodeChain(bytes: Uint8Array): Chain {
  try {
    return decode(chainCodec, bytes, MAX_CHAIN_BYTES)
  } catch {
    throw new SottoError('bad-certificate')
  }
}

/**
 * Whose device `device` is, by the chain. Asks no clock: whether a commit is valid must not depend on one,
 * and certificates are judged by date where a device is let in. Rejects 'bad-certificate'.
 */
export async function userOf(chain: Chain, device: DeviceKey, primitives: Primitives): Promise<UserId> {
  const [certificate] = chain
  // A chain of one is all that is defined. Sub-authorities would be a decision of their own.
  if (certificate === undefined || chain.length !== 1) throw new SottoError('bad-certificate')
  const { tbs, signature } = certificate
  if (tbs.device !== device || tbs.createdMs >= tbs.expiresMs) throw new SottoError('bad-certificate')
  const signed = labelled(SIGN_LABELS.certificate, encode(certificateTbsCodec, tbs))
  if (!(await primitives.verify(fromHex(tbs.user), signed, signature))) throw new SottoError('bad-certificate')
  return tbs.user
}

/**
 * Whether the chain is in its dates. A clock may be off by `signalWindowMs`, as in signalling: else a
 * device whose clock runs ahead could not be spoken to on its first day. Throws 'expired-certificate'.
 */
export function checkDates(chain: Chain, nowMs: number): void {
  for (const { tbs } of chain) {
    if (nowMs + LIMITS.signalWindowMs < tbs.createdMs || nowMs - LIMITS.signalWindowMs >= tbs.expiresMs)
      throw new SottoError('expired-certificate')
  }
}
