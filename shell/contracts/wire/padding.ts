/**
 * Padded frames: every frame on `control` and `live` is one of four sizes, so that its length says little.
 *   frame = mask[4] | (more:1, length:31) XOR mask | body[length] | random padding
 * A body above the largest bucket is chunked; all chunks but the last set `more`.
 * The mask only keeps the header from standing out; secrecy is DTLS's and MLS's.
 */
import { SottoError } from '../errors.ts'
import { LIMITS } from '../limits.ts'

export const PADDING_BUCKETS = [256, 1024, 4096, 16_384] as const
const HEADER_BYTES = 8
/** The most that one frame carries: 16,376 bytes. */
export const CHUNK_BYTES = 16_384 - HEADER_BYTES
const MORE = 0x80000000

/** The frames for `message`, in order. `random` gives fresh bytes (mask and padding). */
export function pad(message: Uint8Array, random: (length: number) => Uint8Array): Uint8Array<ArrayBuffer>[] {
  const frames: Uint8Array<ArrayBuffer>[] = []
  let offset = 0
  do {
    const body = message.subarray(offset, offset + CHUNK_BYTES)
    offset += body.length
    const more = offset < message.length
    const size = PADDING_BUCKETS.find((bucket) => bucket >= body.length + HEADER_BYTES) ?? 16_384
    const frame = new Uint8Array(size)
    frame.set(random(size))
    const view = new DataView(frame.buffer)
    view.setUint32(4, ((body.length + (more ? MORE : 0)) ^ view.getUint32(0)) >>> 0)
    frame.set(body, HEADER_BYTES)
    frames.push(frame)
  } while (offset < message.length)
  return frames
}

export interface Unpadded {
  readonly body: Uint8Array<ArrayBuffer>
  readonly more: boolean
}

/** One frame's body. Throws 'malformed' unless the frame is a bucket and the smallest that its body fits. */
export function unpad(frame: Uint8Array): Unpadded {
  const index = PADDING_BUCKETS.indexOf(frame.length as (typeof PADDING_BUCKETS)[number])
  if (index < 0) throw new SottoError('malformed')
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const header = (view.getUint32(4) ^ view.getUint32(0)) >>> 0
  const more = header >= MORE
  const length = more ? header - MORE : header
  if (length + HEADER_BYTES > frame.length) throw new SottoError('malformed')
  if (index > 0 && length + HEADER_BYTES <= (PADDING_BUCKETS[index - 1] ?? 0)) throw new SottoError('malformed')
  if (more && length !== CHUNK_BYTES) throw new SottoError('malformed')
  return { body: frame.slice(HEADER_BYTES, HEADER_BYTES + length), more }
}

/** Puts chunks together again. Throws 'too-large' beyond LIMITS.frameMessageBytes. One per channel. */
export class Reassembler {
  private chunks: Uint8Array[] = []
  private size = 0

  /** The whole message when `frame` completes one, else null. */
  take(frame: Uint8Array): Uint8Array<ArrayBuffer> | null {
    const { body, more } = unpad(frame)
    this.size += body.length
    if (this.size > LIMITS.frameMessageBytes) throw new SottoError('too-large')
    if (!more && this.chunks.length === 0) {
      this.size = 0
      return body
    }
    this.chunks.push(body)
    if (more) return null
    const whole = new Uint8Array(this.size)
    let offset = 0
    for (const chunk of this.chunks) {
      whole.set(chunk, offset)
      offset += chunk.length
    }
    this.chunks = []
    this.size = 0
    return whole
  }
}
