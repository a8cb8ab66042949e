/**
 * The certificate's fingerprint in a session description (RFC 8122). The handshake binds to it, so there must
 * be no doubt which one the browser will hold the connection to: anything but one is refused.
 */
import { SottoError } from '#contracts/errors.ts'

/** Any line that some SDP parser might take for a fingerprint, however it is written. */
const LOOKS_LIKE_ONE = /^\s*a\s*=\s*fingerprint/i
const STRICT = /^a=fingerprint:sha-256 ([0-9A-F]{2}(?::[0-9A-F]{2}){31})$/i

/**
 * The 32 bytes of the one SHA-256 fingerprint that every m-section of `sdp` has, once each (or the session
 * level for all). Throws 'malformed' for none, several, another hash, or lines that parsers may split differently.
 */
export function fingerprintOf(sdp: string): Uint8Array<ArrayBuffer> {
  const lines = sdp.split('\r\n')
  // They must be the same lines for every parser: printable ASCII, each ended by CRLF.
  if (lines.pop() !== '' || !lines.every((line) => /^[ -~]+$/.test(line))) throw new SottoError('malformed')
  const [session = [], ...media] = sectionsOf(lines)
  const ofSession = inSection(session)
  const ofMedia = media.map(inSection)
  const all = [ofSession, ...ofMedia].filter((one) => one !== null)
  const [first] = all
  if (first === undefined || media.length === 0 || all.some((one) => one !== first)) throw new SottoError('malformed')
  if (ofSession === null && ofMedia.includes(null)) throw new SottoError('malformed')
  return Uint8Array.from(first.split(':'), (pair) => Number.parseInt(pair, 16))
}

/** The lines before the first m-line, then those of each m-section. */
function sectionsOf(lines: readonly string[]): string[][] {
  const sections: string[][] = [[]]
  for (const line of lines) {
    if (line.startsWith('m=')) sections.push([])
    sections.at(-1)?.push(line)
  }
  return sections
}

/** The section's one fingerprint in upper case; null if it has none. */
function inSection(lines: readonly string[]): string | null {
  const found = lines.filter((line) => LOOKS_LIKE_ONE.test(line))
  if (found.length === 0) return null
  const value = found.length === 1 ? STRICT.exec(found[0] ?? '')?.[1] : undefined
  if (value === undefined) throw new SottoError('malformed')
  return value.toUpperCase()
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])
