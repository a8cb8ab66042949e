/**
 * A wall between pages: what is sent on chosen connections goes nowhere, or waits. It stands inside the pages, around what
 * the platform offers; the product is not touched, has no switch for it, and finds out as it would on a bad network.
 */
import type { Page } from 'playwright-core'
import type { RoomTag } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { type Frame, frameCodec } from '#contracts/wire/frame.ts'
import { pad, Reassembler } from '#contracts/wire/padding.ts'
import type { ChromiumPerson } from './chromium-person.ts'

/**
 * open: nothing is done · cut: nothing gets out, not even a sign of life · held: only signs of life get out, the rest waits
 * until the wall opens, as on a path that stands still.
 */
export type WallState = 'open' | 'cut' | 'held'

interface PageWall {
  /** Every connection that this page ever made, by the certificates of its ends. */
  lines(): { readonly local: string; readonly remote: string; readonly alive: boolean }[]
  set(remotes: readonly string[], state: WallState): void
  /** Everything on `control` since it was asked for, as hex, in order; with the other end's fingerprint. */
  record(): void
  recorded(from: number): { readonly remote: string; readonly out: boolean; readonly hex: string }[]
  /** As if the other end had sent it. False if there is no such connection, or nobody listens on it. */
  receive(remote: string, frames: readonly string[]): boolean
}

/** Runs in the page, before any script of the product. */
export function installWall(): void {
  interface Line {
    readonly connection: RTCPeerConnection
    readonly channels: RTCDataChannel[]
    state: WallState
    readonly waiting: (() => void)[]
    /** Certificates: known as soon as described, and kept when the connection is gone. */
    local: string
    remote: string
  }
  const lines: Line[] = []
  const lineOf = new WeakMap<RTCDataChannel, Line>()
  const log: { remote: string; out: boolean; hex: string }[] = []
  let recording = false

  const fingerprint = (description: RTCSessionDescription | null): string =>
    (/a=fingerprint:sha-256 ([0-9A-F:]+)/i.exec(description?.sdp ?? '')?.[1] ?? '').replaceAll(':', '').toLowerCase()
  const learn = (line: Line): Line => {
    line.local = fingerprint(line.connection.localDescription) || line.local
    line.remote = fingerprint(line.connection.remoteDescription) || line.remote
    return line
  }
  const isAlive = ({ connection }: Line): boolean => connection.signalingState !== 'closed'
  const bytesOf = (data: unknown): Uint8Array =>
    data instanceof ArrayBuffer
      ? new Uint8Array(data)
      : ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        : new Uint8Array()
  const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

  /** A whole ping or pong, in its padding (wire/padding.ts): of all that is sent, what says only that one lives. */
  const isSignOfLife = (data: unknown): boolean => {
    const bytes = bytesOf(data)
    if (bytes.length !== 256) return false
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const length = (view.getUint32(4) ^ view.getUint32(0)) >>> 0
    return length === 5 && (bytes[8] === 1 || bytes[8] === 2)
  }

  const Native = globalThis.RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Native {
    private readonly line: Line
    constructor(config?: RTCConfiguration) {
      super(config)
      this.line = { connection: this, channels: [], state: 'open', waiting: [], local: '', remote: '' }
      this.addEventListener('signalingstatechange', () => learn(this.line))
      lines.push(this.line)
    }
    override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
      const channel = super.createDataChannel(label, init)
      const { line } = this
      line.channels.push(channel)
      lineOf.set(channel, line)
      channel.addEventListener('message', ({ data }) => {
        if (recording && label === 'control') log.push({ remote: learn(line).remote, out: false, hex: hexOf(bytesOf(data)) })
      })
      return channel
    }
  }

  const nativeSend = RTCDataChannel.prototype.send
  RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: never) {
    const line = lineOf.get(this)
    const pass = (): void => {
      if (this.readyState !== 'open') return
      if (recording && line !== undefined && this.label === 'control')
        log.push({ remote: learn(line).remote, out: true, hex: hexOf(bytesOf(data)) })
      nativeSend.call(this, data)
    }
    if (line === undefined || line.state === 'open') pass()
    else if (line.state === 'held') {
      if (isSignOfLife(data)) pass()
      else line.waiting.push(pass)
    }
  }

  const wall: PageWall = {
    lines: () => lines.map((line) => ({ local: learn(line).local, remote: line.remote, alive: isAlive(line) })),
    set: (remotes, state) => {
      for (const line of lines) {
        if (!remotes.includes(learn(line).remote)) continue
        line.state = state
        if (state === 'open') for (const pass of line.waiting.splice(0)) pass()
      }
    },
    record: () => {
      recording = true
    },
    recorded: (from) => log.slice(from),
    receive: (remote, frames) => {
      const line = lines.find((each) => isAlive(each) && learn(each).remote === remote)
      const channel = line?.channels.find(({ label }) => label === 'control')
      if (channel === undefined || channel.onmessage === null) return false
      for (const hex of frames) {
        const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
        channel.dispatchEvent(new MessageEvent('message', { data: bytes.buffer }))
      }
      return true
    },
  }
  Object.assign(globalThis, { __wall: wall })
}

/** Runs in the page, after the wall: everything that crosses is kept. */
export const recordAll = (): void => (globalThis as unknown as { readonly __wall: PageWall }).__wall.record()

// --- from the test

type Reach = { readonly __wall: PageWall }

const linesOf = (page: Page) => page.evaluate(() => (globalThis as unknown as Reach).__wall.lines())

/** The certificates by which `one` knows the other end of its connections with `other`: those of now, or all there ever were. */
export async function endsOf(one: ChromiumPerson, other: ChromiumPerson, which: 'alive' | 'all' = 'alive'): Promise<string[]> {
  const [mine, theirs] = await Promise.all([linesOf(one.page), linesOf(other.page)])
  const back = new Set(theirs.map(({ local, remote }) => `${remote} ${local}`))
  return mine
    .filter(({ local, remote, alive }) => local !== '' && back.has(`${local} ${remote}`) && (alive || which === 'all'))
    .map(({ remote }) => remote)
}

/** All connections of now between two pages, both ways. How many there are. */
export async function setWall(one: ChromiumPerson, other: ChromiumPerson, state: WallState): Promise<number> {
  const [there, back] = await Promise.all([endsOf(one, other), endsOf(other, one)])
  await Promise.all([setFor(one, there, state), setFor(other, back, state)])
  return there.length
}

/** One direction: what `one` sends to `other`. */
export async function setWallFrom(one: ChromiumPerson, other: ChromiumPerson, state: WallState): Promise<void> {
  await setFor(one, await endsOf(one, other), state)
}

const setFor = (one: ChromiumPerson, remotes: readonly string[], state: WallState): Promise<void> =>
  one.page.evaluate(([ends, next]) => (globalThis as unknown as Reach).__wall.set(ends, next), [remotes, state] as const)

export interface Crossed {
  readonly remote: string
  readonly out: boolean
  readonly frame: Frame
}

/** Every frame that crossed this page's links since it was loaded; the handshakes' are left out. */
export async function framesOf(one: ChromiumPerson): Promise<readonly Crossed[]> {
  const recorded = await one.page.evaluate(() => (globalThis as unknown as Reach).__wall.recorded(0))
  const whole = new Map<string, Reassembler>()
  return recorded.flatMap(({ remote, out, hex }) => {
    const key = `${remote} ${out}`
    const parts = whole.get(key) ?? new Reassembler()
    whole.set(key, parts)
    const message = parts.take(Uint8Array.from(Buffer.from(hex, 'hex')))
    if (message === null) return []
    try {
      return [{ remote, out, frame: decode(frameCodec, message, LIMITS.frameMessageBytes) }]
    } catch {
      return []
    }
  })
}

/** Hands `one` a frame as if `from` had sent it on the link between them. */
export async function pretend(one: ChromiumPerson, from: ChromiumPerson, frame: Frame): Promise<boolean> {
  const frames = pad(encode(frameCodec, frame), (length) => new Uint8Array(length)).map((each) => Buffer.from(each).toString('hex'))
  for (const remote of await endsOf(one, from)) {
    const taken = await one.page.evaluate(([end, parts]) => (globalThis as unknown as Reach).__wall.receive(end, parts), [
      remote,
      frames,
    ] as const)
    if (taken) return true
  }
  return false
}

/** By which name the room goes on the link between two pages, as seen in what `one` recorded. */
export async function tagBetween(one: ChromiumPerson, other: ChromiumPerson): Promise<RoomTag> {
  const ends = new Set(await endsOf(one, other))
  for (const { remote, frame } of await framesOf(one)) if (ends.has(remote) && frame.kind === 'entries') return frame.room
  throw new Error(`nothing was said between ${one.name} and ${other.name}`)
}
