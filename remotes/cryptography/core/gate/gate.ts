/**
 * The gate in front of the MLS library (docs/protocol.md, "MLS and the gate"). A message gets past it only
 * if it is not too big for its kind, has a shape that we speak with every vector within its bound, is
 * consumed to its last byte, and is the one encoding of what it says.
 */
import { SottoError } from '#contracts/errors.ts'
import { equal } from '../bytes.ts'
import type { Shape } from './shapes.ts'
import { walk } from './walker.ts'

export interface LibraryCodec<T> {
  /** The value and how many bytes it took. */
  decode(bytes: Uint8Array): readonly [value: T, length: number] | undefined
  encode(value: T): Uint8Array
}

/**
 * What `bytes` say. Throws 'too-large', 'malformed', 'wrong-suite' or 'unexpected' (well formed, but a
 * thing that Sotto does not speak), and nothing else, whatever the library throws.
 */
export function admit<T>({ rule, maxBytes }: Shape, bytes: Uint8Array, codec: LibraryCodec<T>): T {
  if (bytes.length > maxBytes) throw new SottoError('too-large')
  walk(rule, bytes)
  try {
    const decoded = codec.decode(bytes)
    if (decoded !== undefined && decoded[1] === bytes.length && equal(codec.encode(decoded[0]), bytes)) return decoded[0]
  } catch {
    // What the library throws says nothing that a peer or a person should hear.
  }
  throw new SottoError('malformed')
}
