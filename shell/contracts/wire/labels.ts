/**
 * Domain separation: what is signed is `label | 0x00 | bytes`, so that a signature made for one purpose
 * is worth nothing for another. The Worker signs under these labels only.
 */
export const SIGN_LABELS = {
  certificate: 'sotto certificate v1',
  record: 'sotto device record v1',
  entry: 'sotto entry v1',
  content: 'sotto content v1',
  signal: 'sotto signal v1',
  handshake: 'sotto handshake v1',
  inviteHandshake: 'sotto invite handshake v1',
  claim: 'sotto broker claim v1',
  /** The device key's word for the P-384 key of its leaves. */
  nistLeaf: 'sotto nist leaf v1',
} as const
export type SignLabel = keyof typeof SIGN_LABELS

const encoder = new TextEncoder()

/** `label | 0x00 | bytes`. */
export function labelled(label: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(label)
  let length = head.length + 1
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  out.set(head)
  let offset = head.length + 1
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}
