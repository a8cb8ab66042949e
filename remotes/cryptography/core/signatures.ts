/** Signing and verifying under labels (wire/labels.ts). */
import { SottoError } from '#contracts/errors.ts'
import { fromHex } from '#contracts/ids.ts'
import { labelled, SIGN_LABELS, type SignLabel } from '#contracts/wire/labels.ts'
import type { Bytes, Primitives, SigningKey } from './primitives.ts'

const ON_REQUEST: readonly SignLabel[] = ['entry', 'content']

/** Signs what the engine asks for. Everything else that the device key signs, this remote composes itself. */
export async function signOnRequest(device: SigningKey, label: SignLabel, bytes: Uint8Array): Promise<Bytes> {
  if (!ON_REQUEST.includes(label)) throw new SottoError('unexpected')
  return device.sign(labelled(SIGN_LABELS[label], bytes))
}

/** `key` is 32 bytes in hex. Anything malformed is `false`. */
export async function verifyLabelled(
  primitives: Primitives,
  item: { readonly label: SignLabel; readonly key: string; readonly bytes: Uint8Array; readonly signature: Uint8Array },
): Promise<boolean> {
  let key: Bytes
  try {
    key = fromHex(item.key)
  } catch {
    return false
  }
  return primitives.verify(key, labelled(SIGN_LABELS[item.label], item.bytes), item.signature)
}
