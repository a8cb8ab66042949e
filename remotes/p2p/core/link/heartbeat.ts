/**
 * Whether the other end still lives. Silence is counted in ticks of a running timer, not by the clock: a
 * clock may jump, and while a page is frozen nothing can be heard, so that time must not count as silence.
 */
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { frameCodec } from '#contracts/wire/frame.ts'

export const TICK_MS = 1000
const PING_TICKS = LIMITS.heartbeatMs / TICK_MS
const DEAD_TICKS = LIMITS.deadMs / TICK_MS

/** Ticks since the last frame was heard. */
export type Silence = number

export type Beat = 'quiet' | 'ping' | 'dead'

/** One tick more of silence, and what to do now. */
export function tick(silence: Silence): { readonly silence: Silence; readonly beat: Beat } {
  const next = silence + 1
  if (next >= DEAD_TICKS) return { silence: next, beat: 'dead' }
  return { silence: next, beat: next % PING_TICKS === 0 ? 'ping' : 'quiet' }
}

/** The first octet of ping and pong in frameCodec. */
const PING_TAG = 1
const PONG_TAG = 2
const BEAT_MAX_BYTES = 5

export const pingFrame = (nonce: number): Uint8Array<ArrayBuffer> => encode(frameCodec, { kind: 'ping', nonce })

/** The answer if `bytes` are a ping, 'heard' for a pong, null for any other frame. Throws 'malformed', 'too-large'. */
export function answerBeat(bytes: Uint8Array): Uint8Array<ArrayBuffer> | 'heard' | null {
  if (bytes[0] !== PING_TAG && bytes[0] !== PONG_TAG) return null
  const frame = decode(frameCodec, bytes, BEAT_MAX_BYTES)
  return frame.kind === 'ping' ? encode(frameCodec, { kind: 'pong', nonce: frame.nonce }) : 'heard'
}
