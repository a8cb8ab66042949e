/**
 * Signatures that verified are remembered: the same leaves and certificates are asked about in every tree, by us
 * and again by the MLS library. What is looked up is all of what was verified, byte for byte, so nothing can stand
 * in for it; what did not verify is asked anew each time.
 */
import type { Primitives } from './primitives.ts'

/** Four rooms of 256 devices, a leaf's signature and a certificate's each. up: memory; down: large rooms verify again. */
const REMEMBERED = 2048
/** Leaves and certificates are shorter; commits are longer, and verified once. */
const LONGEST_BYTES = 2048

export function rememberVerified(verify: Primitives['verify']): Primitives['verify'] {
  /** The oldest first. */
  const verified = new Set<string>()
  return async (publicKey, message, signature) => {
    if (message.length > LONGEST_BYTES) return verify(publicKey, message, signature)
    const lengths = String.fromCharCode(publicKey.length, signature.length)
    const name = lengths + String.fromCharCode(...publicKey, ...signature, ...message)
    if (verified.has(name)) return true
    const good = await verify(publicKey, message, signature)
    if (!good) return false
    if (verified.size >= REMEMBERED) {
      for (const oldest of verified) {
        verified.delete(oldest)
        break
      }
    }
    verified.add(name)
    return true
  }
}
