/**
 * Frames on their way out: kept in order while a link is over its high-water mark. What piles up beyond a
 * bound is not kept, for the log has it: the link is told to sync again once it has drained.
 */
import type { SessionId } from '#contracts/ids.ts'
import { encode } from '#contracts/wire/codec.ts'
import { type Frame, frameCodec } from '#contracts/wire/frame.ts'
import type { Links } from '../link/api.ts'

/** Bytes that wait for one link. up: memory for a slow peer; down: more rounds of sync. */
const WAITING_BYTES = 1024 * 1024

interface Waiting {
  readonly frames: Uint8Array<ArrayBuffer>[]
  bytes: number
  /** Something was left out. */
  behind: boolean
}

export class Wire {
  private readonly waiting = new Map<SessionId, Waiting>()
  private readonly links: () => Links | null
  private readonly resync: (session: SessionId) => void

  constructor(links: () => Links | null, resync: (session: SessionId) => void) {
    this.links = links
    this.resync = resync
  }

  send(session: SessionId, frame: Frame): void {
    const bytes = encode(frameCodec, frame)
    const held = this.waiting.get(session)
    if (held === undefined) {
      if (this.links()?.send(session, 'control', bytes) !== false) return
      this.waiting.set(session, { frames: [bytes], bytes: bytes.length, behind: false })
    } else if (frame.kind === 'entries' && held.bytes + bytes.length > WAITING_BYTES) held.behind = true
    else {
      held.frames.push(bytes)
      held.bytes += bytes.length
    }
  }

  drained(session: SessionId): void {
    const held = this.waiting.get(session)
    if (held === undefined) return
    for (let next = held.frames[0]; next !== undefined; next = held.frames[0]) {
      if (this.links()?.send(session, 'control', next) === false) return
      held.frames.shift()
      held.bytes -= next.length
    }
    this.waiting.delete(session)
    if (held.behind) this.resync(session)
  }

  closed(session: SessionId): void {
    this.waiting.delete(session)
  }
}
