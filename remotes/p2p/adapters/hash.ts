/** SHA-256 as a synchronous function: WebCrypto only has an asynchronous one. The one importer of @noble/hashes in this remote. */
import { sha256 as noble } from '@noble/hashes/sha2.js'

/** SHA-256 (FIPS 180-4): 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(noble(bytes))
}
