/**
 * Simulated peer connections behind the Rtc port. A connection forms only as a real one would: both ends
 * have the other's description, at least one candidate has passed, and each end's certificate is the one the
 * other's description names (DTLS). So a liar in the middle needs a connection of its own to each end.
 */
import { SottoError } from '#contracts/errors.ts'
import type { SessionId } from '#contracts/ids.ts'
import { fromHex, toHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Channel, LinkStats, Rtc, RtcEvent } from '#contracts/p2p.ts'
import { CHUNK_BYTES } from '#contracts/wire/padding.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'
import { type FakeClock, seededBytes, seededNumbers } from './fake-clock.ts'

/** The largest message of each channel. */
const MESSAGE_BYTES = { control: LIMITS.frameMessageBytes, live: CHUNK_BYTES, bulk: LIMITS.bulkFrameBytes }
const DISCONNECTED_MS = 5000
const FAILED_MS = 30_000

interface FakePeerConnection {
  readonly page: FakeRtcPage
  readonly session: SessionId
  readonly initiator: boolean
  readonly fingerprint: string
  ufrag: string
  remote: { readonly ufrag: string; readonly fingerprint: string } | null
  /** An own offer is not answered yet. */
  offering: boolean
  readonly early: SignalBody[]
  candidates: number
  connection: FakeConnection | null
  /** Bytes queued for each channel. */
  readonly buffered: Map<Channel, number>
  readonly full: Set<Channel>
}

interface FakeConnection {
  readonly ends: readonly [FakePeerConnection, FakePeerConnection]
  blocked: boolean
  /** An address changed: nothing passes until ICE restarts. */
  moved: boolean
  readonly waiting: (() => void)[]
  cancelWatch: (() => void)[]
}

export interface FakeRtcPage {
  readonly name: string
  readonly listener: (event: RtcEvent) => void
  alive: boolean
  readonly connections: Map<SessionId, FakePeerConnection>
  /** How many connections were ever made here. */
  opened: number
  /** Relays only: there are none here. */
  relayOnly: boolean
}

export type FakeRtc = Rtc & {
  readonly page: FakeRtcPage
  /** The page is gone without a word. */
  kill(): void
}

/** What a fake description says; the fields that a real SDP would hold. */
export function readFakeSdp(sdp: string): { readonly ufrag: string; readonly fingerprint: string } | null {
  const found = /^fake-sdp ufrag=([0-9a-f]+) fingerprint=([0-9a-f]{64})$/.exec(sdp)
  return found === null ? null : { ufrag: found[1] ?? '', fingerprint: found[2] ?? '' }
}
export const writeFakeSdp = (facts: { readonly ufrag: string; readonly fingerprint: string }): string =>
  `fake-sdp ufrag=${facts.ufrag} fingerprint=${facts.fingerprint}`

export class FakeRtcNetwork {
  private readonly clock: FakeClock
  private readonly pages: FakeRtcPage[] = []
  private readonly random: (length: number) => Uint8Array<ArrayBuffer>
  private readonly jitter: (min: number, max: number) => number
  private readonly cuts = new Set<string>()
  latencyMs = { min: 1, max: 4 }
  /** Every message that crossed a connection, as the sender gave it. */
  readonly recorded: {
    readonly from: string
    readonly session: SessionId
    readonly channel: Channel
    readonly bytes: Uint8Array<ArrayBuffer>
  }[] = []
  /** What becomes of a message on its way; a test may alter or drop it. */
  carry: (message: {
    readonly from: string
    readonly channel: Channel
    readonly bytes: Uint8Array<ArrayBuffer>
  }) => readonly Uint8Array<ArrayBuffer>[] = (message) => [message.bytes]

  constructor(clock: FakeClock) {
    this.clock = clock
    this.random = seededBytes(`${clock.seed}/rtc`)
    this.jitter = seededNumbers(`${clock.seed}/rtc-latency`)
  }

  connect(name: string, listener: (event: RtcEvent) => void): FakeRtc {
    const page: FakeRtcPage = { name, listener, alive: true, connections: new Map(), opened: 0, relayOnly: false }
    this.pages.push(page)
    return {
      page,
      open: (session, initiator) => {
        if (!page.relayOnly) this.open(page, session, initiator)
        else this.clock.after(0, () => page.alive && page.listener({ kind: 'closed', session, reason: 'no-relay' }))
      },
      setRelayOnly: (on) => {
        page.relayOnly = on
      },
      signal: (session, body) => {
        const pc = page.connections.get(session)
        if (pc !== undefined) this.signal(pc, body)
      },
      send: (session, channel, message) => {
        const pc = page.connections.get(session)
        return pc !== undefined && this.send(pc, channel, message)
      },
      restartIce: (session) => {
        const pc = page.connections.get(session)
        if (pc !== undefined) this.offer(pc)
      },
      stats: async (session): Promise<LinkStats | null> => {
        if (page.connections.get(session)?.connection == null) return null
        return {
          path: 'direct',
          localCandidate: 'host',
          remoteCandidate: 'host',
          protocol: 'udp',
          roundTripMs: 1,
          bytesSent: 0,
          bytesReceived: 0,
        }
      },
      close: (session) => {
        const pc = page.connections.get(session)
        if (pc === undefined) return
        const other = this.otherEnd(pc)
        this.drop(pc, 'closed')
        if (other !== null && this.passes(pc, other)) this.clock.after(this.delay(), () => this.drop(other, 'closed'))
      },
      kill: () => {
        page.alive = false
        for (const pc of page.connections.values()) if (pc.connection !== null) this.watch(pc.connection)
      },
    }
  }

  /** The way between two pages is down, in both directions, for connections of now and to come. */
  cut(a: string, b: string): void {
    this.cuts.add(pairOf(a, b))
    for (const connection of this.connectionsBetween(a, b)) {
      connection.blocked = true
      this.watch(connection)
    }
  }

  heal(a: string, b: string): void {
    this.cuts.delete(pairOf(a, b))
    for (const connection of this.connectionsBetween(a, b)) {
      connection.blocked = false
      this.revive(connection)
    }
  }

  /** This page's address changes: its connections need an ICE restart. */
  move(name: string): void {
    for (const page of this.pages) {
      if (page.name !== name) continue
      for (const { connection } of page.connections.values()) {
        if (connection === null) continue
        connection.moved = true
        this.watch(connection)
      }
    }
  }

  private open(page: FakeRtcPage, session: SessionId, initiator: boolean): void {
    if (page.connections.has(session)) return
    page.opened += 1
    const pc: FakePeerConnection = {
      page,
      session,
      initiator,
      fingerprint: toHex(this.random(32)),
      ufrag: toHex(this.random(4)),
      remote: null,
      offering: false,
      early: [],
      candidates: 0,
      connection: null,
      buffered: new Map(),
      full: new Set(),
    }
    page.connections.set(session, pc)
    if (initiator) this.offer(pc)
  }

  private offer(pc: FakePeerConnection): void {
    pc.ufrag = toHex(this.random(4))
    pc.offering = true
    this.describe(pc, 'offer')
  }

  private describe(pc: FakePeerConnection, type: 'offer' | 'answer'): void {
    const { session, ufrag } = pc
    this.emit(pc, 1, { kind: 'signal', session, body: { kind: 'description', session, type, sdp: writeFakeSdp(pc) } })
    for (const afterMs of [2, 6]) {
      this.emit(pc, afterMs, {
        kind: 'signal',
        session,
        body: { kind: 'candidate', session, candidate: `fake-candidate ${ufrag}`, mid: '0', mLineIndex: 0 },
      })
    }
  }

  private signal(pc: FakePeerConnection, body: SignalBody): void {
    if (body.kind === 'description') this.onDescription(pc, body.type, body.sdp)
    else if (body.kind === 'candidate') this.onCandidate(pc, body)
  }

  private onDescription(pc: FakePeerConnection, type: 'offer' | 'answer', sdp: string): void {
    const remote = readFakeSdp(sdp)
    if (remote === null) {
      this.drop(pc, 'protocol')
      return
    }
    if (type === 'answer' && !pc.offering) return
    if (type === 'offer' && pc.offering && pc.initiator) return // impolite: our own offer stands
    if (pc.remote !== null && pc.remote.fingerprint !== remote.fingerprint) {
      this.drop(pc, 'fingerprint')
      return
    }
    const first = pc.remote === null
    pc.remote = remote
    pc.offering = false
    if (type === 'offer') {
      if (!first) pc.ufrag = toHex(this.random(4))
      this.describe(pc, 'answer')
    }
    for (const body of pc.early.splice(0)) this.signal(pc, body)
    this.tryConnect(pc)
    if (first) {
      this.clock.after(FAILED_MS, () => {
        if (pc.connection === null && isHere(pc)) {
          pc.page.listener({ kind: 'ice', session: pc.session, state: 'failed' })
        }
      })
    }
  }

  private onCandidate(pc: FakePeerConnection, body: SignalBody & { readonly kind: 'candidate' }): void {
    if (pc.remote === null) {
      pc.early.push(body)
      return
    }
    if (body.candidate === `fake-candidate ${pc.remote.ufrag}`) pc.candidates += 1
    this.tryConnect(pc)
  }

  private tryConnect(pc: FakePeerConnection): void {
    const other = this.find(pc.remote?.ufrag)
    if (other === null || pc.remote === null || other.remote === null) return
    if (other.remote.ufrag !== pc.ufrag || pc.candidates + other.candidates === 0) return
    if (this.cuts.has(pairOf(pc.page.name, other.page.name))) return
    if (pc.connection !== null) {
      pc.connection.moved = false
      this.revive(pc.connection)
      return
    }
    if (pc.remote.fingerprint !== other.fingerprint || other.remote.fingerprint !== pc.fingerprint) {
      for (const end of [pc, other]) this.drop(end, 'failed') // DTLS: not the certificate that was announced
      return
    }
    const connection: FakeConnection = { ends: [pc, other], blocked: false, moved: false, waiting: [], cancelWatch: [] }
    for (const end of connection.ends) {
      end.connection = connection
      this.emit(end, this.delay(), { kind: 'ice', session: end.session, state: 'connected' })
    }
    const [offerer, answerer] = pc.initiator ? [pc, other] : [other, pc]
    for (const end of connection.ends) {
      const role = end === offerer ? 'offerer' : 'answerer'
      const fingerprints = { offerer: fromHex(offerer.fingerprint), answerer: fromHex(answerer.fingerprint) }
      // Later than ICE, and before anything that the other end sends: it opens there first.
      this.emit(end, 6, { kind: 'open', session: end.session, role, fingerprints })
    }
  }

  private send(pc: FakePeerConnection, channel: Channel, message: Uint8Array): boolean {
    const { connection } = pc
    if (message.length > MESSAGE_BYTES[channel]) throw new SottoError('too-large')
    if (connection === null) return false
    const queued = pc.buffered.get(channel) ?? 0
    if (queued > LIMITS.highWaterBytes) {
      pc.full.add(channel)
      return false
    }
    const bytes = message.slice()
    this.recorded.push({ from: pc.page.name, session: pc.session, channel, bytes })
    pc.buffered.set(channel, queued + bytes.length)
    const other = this.otherEnd(pc)
    if (other === null) return true
    const go = (): void => {
      this.clock.after(this.latencyMs.max, () => {
        if (!this.passes(pc, other)) {
          connection.waiting.push(go)
          return
        }
        this.drained(pc, channel, bytes.length)
        for (const one of this.carry({ from: pc.page.name, channel, bytes })) {
          if (isHere(other)) other.page.listener({ kind: 'message', session: other.session, channel, bytes: one.slice() })
        }
      })
    }
    go()
    return true
  }

  private drained(pc: FakePeerConnection, channel: Channel, length: number): void {
    const left = (pc.buffered.get(channel) ?? 0) - length
    pc.buffered.set(channel, left)
    if (left > LIMITS.highWaterBytes / 2 || !pc.full.delete(channel) || !isHere(pc)) return
    pc.page.listener({ kind: 'drained', session: pc.session, channel })
  }

  private passes(pc: FakePeerConnection, other: FakePeerConnection): boolean {
    const { connection } = pc
    return connection !== null && !connection.blocked && !connection.moved && pc.page.alive && other.page.alive
  }

  /** Tells both ends what ICE would, unless the way comes back before. */
  private watch(connection: FakeConnection): void {
    if (connection.cancelWatch.length > 0) return
    const tell = (state: 'disconnected' | 'failed'): void => {
      for (const end of connection.ends) if (isHere(end)) end.page.listener({ kind: 'ice', session: end.session, state })
    }
    connection.cancelWatch = [
      this.clock.after(DISCONNECTED_MS, () => tell('disconnected')),
      this.clock.after(FAILED_MS, () => tell('failed')),
    ]
  }

  private revive(connection: FakeConnection): void {
    if (connection.blocked || connection.moved) return
    for (const cancel of connection.cancelWatch.splice(0)) cancel()
    for (const end of connection.ends) this.emit(end, this.delay(), { kind: 'ice', session: end.session, state: 'connected' })
    for (const go of connection.waiting.splice(0)) go()
  }

  private drop(pc: FakePeerConnection, reason: 'closed' | 'failed' | 'fingerprint' | 'protocol'): void {
    if (!isHere(pc)) return
    pc.page.connections.delete(pc.session)
    if (pc.page.alive) this.clock.after(0, () => pc.page.alive && pc.page.listener({ kind: 'closed', session: pc.session, reason }))
  }

  private emit(pc: FakePeerConnection, afterMs: number, event: RtcEvent): void {
    this.clock.after(afterMs, () => {
      if (isHere(pc)) pc.page.listener(event)
    })
  }

  private otherEnd(pc: FakePeerConnection): FakePeerConnection | null {
    if (pc.connection === null) return null
    const [a, b] = pc.connection.ends
    return a === pc ? b : a
  }

  private find(ufrag: string | undefined): FakePeerConnection | null {
    for (const page of this.pages) {
      for (const pc of page.connections.values()) if (pc.ufrag === ufrag && page.alive) return pc
    }
    return null
  }

  private *connectionsBetween(a: string, b: string): Generator<FakeConnection> {
    const seen = new Set<FakeConnection>()
    for (const page of this.pages) {
      for (const { connection } of page.connections.values()) {
        if (connection === null || seen.has(connection)) continue
        seen.add(connection)
        const [one, two] = connection.ends
        if (pairOf(one.page.name, two.page.name) === pairOf(a, b)) yield connection
      }
    }
  }

  private delay(): number {
    return this.jitter(this.latencyMs.min, this.latencyMs.max)
  }
}

const pairOf = (a: string, b: string): string => [a, b].sort().join('|')
const isHere = (pc: FakePeerConnection): boolean => pc.page.alive && pc.page.connections.get(pc.session) === pc
