/**
 * The bus over Redis' publish and subscribe (RESP2; redis.io/docs/latest/develop/reference/protocol-spec): two connections, for
 * a connection that subscribes says nothing else. No key is ever written. A server that is away is tried again; what
 * was followed is followed again.
 */
import { connect, type Socket } from 'node:net'
import { type Bus, type MakeBus, parseBusMessage } from './bus.ts'

const PREFIX = 'sotto:'
const RETRY_MS = 250
/** An answer that does not come by then never does. */
const ANSWER_MS = 2000
/** One reply of the server. up: a server gone wrong takes memory. */
const REPLY_BYTES = 1024 * 1024

export type Reply = string | number | null | Error | readonly Reply[]

/** One reply at `at`, and where the next begins; null if it is not all there. Throws on what is no RESP. */
export function parseReply(bytes: Buffer, at = 0): { readonly reply: Reply; readonly end: number } | null {
  const line = bytes.indexOf('\r\n', at)
  if (line < 0) return null
  const head = bytes.toString('utf8', at + 1, line)
  const next = line + 2
  switch (String.fromCharCode(bytes[at] ?? 0)) {
    case '+':
      return { reply: head, end: next }
    case '-':
      return { reply: new Error(head), end: next }
    case ':':
      return { reply: Number(head), end: next }
    case '$': {
      const length = Number(head)
      if (length < 0) return { reply: null, end: next }
      if (!(length <= REPLY_BYTES)) throw new Error('a reply that is too long')
      return bytes.length < next + length + 2 ? null : { reply: bytes.toString('utf8', next, next + length), end: next + length + 2 }
    }
    case '*': {
      const items: Reply[] = []
      let end = next
      for (let nth = 0; nth < Number(head); nth += 1) {
        const item = parseReply(bytes, end)
        if (item === null) return null
        items.push(item.reply)
        end = item.end
      }
      return { reply: items, end }
    }
    default:
      throw new Error('no RESP')
  }
}

const command = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`

/** One connection that is made again whenever it ends. */
class Line {
  private readonly url: URL
  private readonly onUp: () => void
  private readonly onReply: (reply: Reply) => void
  private readonly onDown: () => void
  private socket: Socket | null = null
  private closed = false
  private timer: NodeJS.Timeout | undefined
  up = false

  constructor(url: URL, on: { readonly up: () => void; readonly reply: (reply: Reply) => void; readonly down: () => void }) {
    this.url = url
    this.onUp = on.up
    this.onReply = on.reply
    this.onDown = on.down
    this.open()
  }

  write(text: string): void {
    if (this.up) this.socket?.write(text)
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    this.socket?.destroy()
  }

  private open(): void {
    const socket = connect(Number(this.url.port || 6379), this.url.hostname.replace(/^\[|\]$/g, ''))
    this.socket = socket
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 10_000)
    let held = Buffer.alloc(0)
    // the answers to what is said before anything else: AUTH, if there is a password
    let greetings = this.url.password === '' ? 0 : 1
    socket.on('connect', () => {
      if (greetings > 0) socket.write(command('AUTH', decodeURIComponent(this.url.password)))
      this.up = true
      this.onUp()
    })
    socket.on('data', (data) => {
      held = held.length === 0 ? data : Buffer.concat([held, data])
      let at = 0
      try {
        for (let found = parseReply(held, at); found !== null; found = parseReply(held, at)) {
          at = found.end
          if (greetings > 0) greetings -= 1
          else this.onReply(found.reply)
        }
        held = held.subarray(at)
        if (held.length > REPLY_BYTES) socket.destroy()
      } catch {
        socket.destroy()
      }
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.up = false
      this.onDown()
      if (!this.closed) this.timer = setTimeout(() => this.open(), RETRY_MS).unref()
    })
  }
}

/** `url`: redis://[:password@]host[:port]. Begins to connect at once; never throws, never ends the process. */
export const redisBus =
  (url: string): MakeBus =>
  (onMessage): Bus => {
    const at = new URL(url)
    const channels = new Set<string>()
    const waiting: { readonly done: (count: number | null) => void; readonly timer: NodeJS.Timeout }[] = []
    const listener = new Line(at, {
      up: () => {
        if (channels.size > 0) listener.write(command('SUBSCRIBE', ...[...channels].map((channel) => PREFIX + channel)))
      },
      reply: (reply) => {
        if (!Array.isArray(reply)) return
        const [kind, channel, text] = reply as readonly Reply[]
        if (kind !== 'message' || typeof channel !== 'string' || typeof text !== 'string') return
        const message = parseBusMessage(text)
        if (message !== null) onMessage(channel.slice(PREFIX.length), message)
      },
      down: () => undefined,
    })
    const speaker = new Line(at, {
      up: () => undefined,
      reply: (reply) => waiting.shift()?.done(typeof reply === 'number' ? reply : null),
      down: () => {
        for (const { done } of waiting.splice(0)) done(null)
      },
    })
    return {
      follow: (channel) => {
        channels.add(channel)
        listener.write(command('SUBSCRIBE', PREFIX + channel))
      },
      leave: (channel) => {
        channels.delete(channel)
        listener.write(command('UNSUBSCRIBE', PREFIX + channel))
      },
      publish: (channel, message) =>
        new Promise((resolve) => {
          if (!speaker.up) {
            resolve(null)
            return
          }
          // its place is kept, so that a late answer is not taken for another's
          const timer = setTimeout(() => resolve(null), ANSWER_MS).unref()
          waiting.push({
            timer,
            done: (count) => {
              clearTimeout(timer)
              resolve(count)
            },
          })
          speaker.write(command('PUBLISH', PREFIX + channel, JSON.stringify(message)))
        }),
      close: () => {
        listener.close()
        speaker.close()
      },
    }
  }
