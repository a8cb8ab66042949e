/**
 * The engine: commands and reports go in as steps, effects come out to the links, the view follows the state.
 * Everything that happens passes through the one loop.
 */
import type { Cryptography, Identity } from '#contracts/cryptography.ts'
import type { Env, Timers } from '#contracts/env.ts'
import type { Result } from '#contracts/errors.ts'
import type { RoomTag, SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Store } from '#contracts/store.ts'
import { decode } from '#contracts/wire/codec.ts'
import { type Frame, frameCodec } from '#contracts/wire/frame.ts'
import type { IntroductionRules, LinkEvent, Links } from '../link/api.ts'
import type { Page } from '../page.ts'
import { Vault } from '../storage/vault.ts'
import type { Tools } from '../tools.ts'
import { boot, clockRead, tidy } from './boot.ts'
import { fade, nextEndMs } from './fading.ts'
import { firstContact, forgetAbsent } from './first-contact.ts'
import { admitAgreed } from './group-contact.ts'
import {
  compareAgain,
  MEND_MS,
  mendRooms,
  roomEvent,
  roomFrame,
  roomTimer,
  serveRooms,
  startRooms,
  takeEntries,
  unlinkRooms,
} from './group-steps.ts'
import { Inbox } from './inbox.ts'
import { brokerState, inviteRefused, linkClosed, linkState, measured, proven } from './link-steps.ts'
import { introductionsOf } from './introductions-of.ts'
import { acceptedOf, invitesOf, peersOf } from './links-of.ts'
import { Loop } from './loop.ts'
import type { OverlayPorts, Overlays } from './overlays.ts'
import { emptyState, relaysOnly, type State } from './state.ts'
import { batchesOf, type Effect, nothing, type Step } from './step.ts'
import { Wire } from './wire.ts'

export interface EngineOptions {
  readonly cryptography: Cryptography
  readonly store: Store
  readonly env: Env
  readonly timers: Timers
  readonly page: Page
  /** A phone holds fewer links. */
  readonly phone?: boolean
  /** Makes the links of this device; called once, when there is an identity. */
  readonly links: (options: {
    readonly identity: Identity
    readonly tokenSeed: Uint8Array
    readonly relayOnly: boolean
    readonly introductions: IntroductionRules
    readonly emit: (event: LinkEvent) => void
  }) => Links
}

/** Loaded with the first room: the first screen has none. */
const overlaying = (): Promise<typeof import('./overlays.ts')> => import('./overlays.ts')

const SYNC_TIMER = 'sync'
const MEND_TIMER = 'mend'
const FADE_TIMER = 'fade'
/** After a fetch of their code that failed. */
const OVERLAYS_MS = 2000

/** How long a message may outlive its time if the clock jumps or a step fails. up: it stays longer; down: more steps for nothing. */
const FADE_EVERY = { leastMs: 1_000, mostMs: 60_000 } as const

/** Frames of one link that wait for their step, entries aside. up: memory a peer can claim; down: an honest burst ends a link. */
const FRAMES_WAITING = 512

export class Engine {
  readonly vault: Vault
  private readonly options: EngineOptions
  private readonly loop: Loop
  private readonly wire: Wire
  private readonly inbox: Inbox
  private readonly listeners = new Set<() => void>()
  /** Names of timers that run for rooms. */
  private readonly roomTimers = new Set<string>()
  private overlays: Overlays | null = null
  private overlaysComing = false
  private readonly waiting = new Map<SessionId, number>()
  private readonly stopWaking: () => void
  private links: Links | null = null
  private listening = ''
  private reaching = ''
  /** Steps that were asked for before the end are still stored; nothing of them is sent. */
  private silent = false
  private mending = false
  /** The end that a timer is set for. */
  private ending: number | null = null

  constructor(options: EngineOptions) {
    const { cryptography, store, env } = options
    this.options = options
    this.vault = new Vault(store, cryptography)
    this.loop = new Loop(
      { cryptography, vault: this.vault, env, onState: (before, after, effects) => this.follow(before, after, effects) },
      emptyState(env.nowMs()),
    )
    this.wire = new Wire(
      () => this.links,
      (session) => void this.run(compareAgain(session)),
    )
    this.inbox = new Inbox((session, tag, pushed) => void this.takeIn(session, tag, pushed))
    this.stopWaking = options.page.onWake(() => {
      this.links?.wake()
      void this.run(fade)
    })
  }

  get state(): State {
    return this.loop.state
  }

  get link(): Links | null {
    return this.links
  }

  /** To read what the state names; nothing moves by it. */
  tools(): Pick<Tools, 'vault' | 'cryptography'> {
    return { vault: this.vault, cryptography: this.options.cryptography }
  }

  /** Becomes the owner of the storage and reads it. */
  async begin(): Promise<Result<void>> {
    const { store, page, timers } = this.options
    const loaded = await this.loop.load(async (state, tools) => {
      await store.takeOver()
      return boot(tools, page, state)
    })
    if (this.state.phase === 'ready') page.setMark('made')
    await this.run(tidy)
    await this.run(forgetAbsent)
    await this.run(startRooms)
    timers.set(SYNC_TIMER, this.syncDelayMs(), () => this.syncLater())
    return loaded
  }

  async run<T>(step: Step<T>): Promise<Result<T>> {
    const result = await this.loop.run(step)
    if (!result.ok) void this.mend()
    return result
  }

  /** What a failed step left half done in memory is read again. */
  private async mend(): Promise<void> {
    if (this.mending || this.silent || ![...this.state.groups.values()].some(({ host }) => host.spoiled)) return
    this.mending = true
    const { ok } = await this.loop.run(mendRooms)
    this.mending = false
    if (!ok && !this.silent) this.options.timers.set(MEND_TIMER, MEND_MS, () => void this.mend())
  }

  /** Calls back after each change of the state; returns the way to stop. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Stops everything and lets go of storage. */
  async close(): Promise<void> {
    this.silence()
    await this.loop.stop()
    this.options.store.close()
  }

  /** Nothing is sent or called any more. */
  private silence(): void {
    this.silent = true
    this.stopWaking()
    this.options.timers.clear(SYNC_TIMER)
    this.options.timers.clear(MEND_TIMER)
    this.options.timers.clear(FADE_TIMER)
    for (const key of this.roomTimers) this.options.timers.clear(key)
    this.links?.stop()
    this.links = null
  }

  // --- outwards: what follows from a new state

  private follow(before: State, after: State, effects: readonly Effect[]): void {
    if (after.fenced) this.silence()
    if (!this.silent) {
      this.openLinks(after)
      if (before.groups !== after.groups || before.sessions !== after.sessions || before.open?.room !== after.open?.room)
        this.followOverlays(after)
      for (const effect of effects) this.perform(effect)
      this.direct(before, after)
      this.fadeLater(after)
    }
    for (const listener of [...this.listeners]) listener()
  }

  /** Looks again at the next message's end. Never further off than the clock is trusted: it may jump. */
  private fadeLater(state: State): void {
    const { env, timers } = this.options
    const next = nextEndMs(state)
    if (next === this.ending) return
    this.ending = next
    if (next === null) {
      timers.clear(FADE_TIMER)
      return
    }
    const leftMs = next - env.nowMs()
    const delayMs = leftMs > 0 ? Math.min(leftMs, FADE_EVERY.mostMs) : FADE_EVERY.leastMs
    timers.set(FADE_TIMER, delayMs, () => {
      this.ending = null
      void this.run(fade)
    })
  }

  /** null clears it. */
  private setRoomTimer(key: string, delayMs: number | null, fire: () => void): void {
    const { timers } = this.options
    if (delayMs === null) {
      this.roomTimers.delete(key)
      timers.clear(key)
      return
    }
    this.roomTimers.add(key)
    timers.set(key, Math.round(delayMs), () => {
      this.roomTimers.delete(key)
      fire()
    })
  }

  // --- overlays

  private followOverlays(state: State): void {
    if (this.overlays !== null) this.overlays.follow(state)
    else if (state.groups.size > 0 && !this.overlaysComing) void this.loadOverlays()
  }

  /** If it can't be loaded now, it is tried again; until then nobody new is called. */
  private async loadOverlays(): Promise<void> {
    this.overlaysComing = true
    try {
      const { Overlays } = await overlaying()
      this.overlays = new Overlays(this.overlayPorts())
      this.overlays.follow(this.state)
      if (!this.silent) this.setPeers(this.state)
    } catch {
      this.overlaysComing = false
      if (!this.silent) this.setRoomTimer('overlays', OVERLAYS_MS, () => (this.silent ? undefined : this.followOverlays(this.state)))
    }
  }

  private overlayPorts(): OverlayPorts {
    const { env, phone } = this.options
    return {
      phone: phone === true,
      nowMs: () => env.nowMs(),
      random: () => this.chance(),
      stateNow: () => this.state,
      send: (session, room, message) => this.wire.send(session, { kind: 'overlay', room, message }),
      push: (session, room, slot, entries) => {
        const host = this.state.groups.get(slot)?.host
        for (const batch of batchesOf(host === undefined ? [] : entries.map((id) => host.bytesOf(id))))
          this.wire.send(session, { kind: 'push', room, entries: batch })
      },
      compare: (slot, peer) => void this.run(roomEvent(slot, { kind: 'linked', peer })),
      timer: (name, delayMs, fire) => {
        if (!this.silent) this.setRoomTimer(name, delayMs, () => (this.silent ? undefined : fire()))
      },
      chosen: () => this.setPeers(this.state),
    }
  }

  private chance(): number {
    return new DataView(this.options.env.random(4).buffer).getUint32(0) / 2 ** 32
  }

  /** Whom to call, whom to answer only, and which links have no place any more. */
  private setPeers(state: State): void {
    if (this.links === null || (this.overlays === null && state.groups.size > 0)) return
    const chosen = this.overlays?.links ?? new Set()
    const peers = peersOf(state, chosen)
    const reaching = peers.map(({ device, record, passive }) => `${device}:${record.tbs.serial}:${passive}`).join()
    if (reaching !== this.reaching) this.links.setPeers(peers)
    this.reaching = reaching
    for (const { id, peer, groups } of state.sessions.values())
      if (groups.size > 0 && this.overlays?.holds(peer.device) === false) this.links.close(id)
  }

  private openLinks({ identity, profile }: State): void {
    if (this.links !== null || identity === null || profile === null) return
    this.links = this.options.links({
      identity,
      tokenSeed: profile.tokenSeed,
      relayOnly: relaysOnly({ profile }),
      introductions: introductionsOf(
        () => this.state,
        (device, busy) => this.overlays?.admits(device, busy) !== false,
      ),
      emit: (event) => this.hear(event),
    })
  }

  private perform(effect: Effect): void {
    switch (effect.kind) {
      case 'frame':
        this.wire.send(effect.session, effect.frame)
        break
      case 'promote':
        this.links?.promote(effect.session, effect.peer)
        break
      case 'close':
        this.links?.close(effect.session)
        break
      case 'call-again':
        this.links?.acceptInvite(null)
        this.links?.acceptInvite(acceptedOf(this.state))
        break
      case 'measure':
        void this.measure(effect.session)
        break
      case 'room-timer':
        this.setRoomTimer(`room:${effect.slot}:${effect.name}`, effect.delayMs, () => void this.run(roomTimer(effect.slot, effect.name)))
        break
      case 'news':
        this.overlays?.spread(effect.slot, effect)
        break
      case 'room-more':
        void this.run(roomEvent(effect.slot, { kind: 'continue' }))
        break
      case 'serve-rooms':
        void this.run(admitAgreed)
        void this.run(serveRooms)
        break
    }
  }

  /** Tells the links what they should be, where that changed. */
  private direct(before: State, after: State): void {
    if (this.links === null) return
    const first = before.identity === null
    if (first || before.groups !== after.groups || before.sessions !== after.sessions || before.open?.room !== after.open?.room)
      this.setPeers(after)
    const invites = invitesOf(after, this.options.env.nowMs())
    const listening = invites.map(({ key, refuse }) => `${key}:${refuse}`).join()
    if (listening !== this.listening) this.links.setInvites(invites)
    this.listening = listening
    if (relaysOnly(before) !== relaysOnly(after)) this.links.setRelayOnly(relaysOnly(after))
    if (before.accepting !== after.accepting) this.links.acceptInvite(acceptedOf(after))
  }

  private async measure(session: SessionId): Promise<void> {
    const stats = await this.links?.stats(session).catch(() => null)
    if (stats != null) await this.run(measured(session, stats.path))
  }

  /** Jittered, so that not all rooms of all people sync at the same moment. */
  private syncDelayMs(): number {
    return Math.round(LIMITS.syncEveryMs * (0.75 + this.chance() / 2))
  }

  private syncLater(): void {
    this.options.timers.set(SYNC_TIMER, this.syncDelayMs(), () => this.syncLater())
    void this.run(forgetAbsent)
    void this.run(clockRead)
    for (const session of this.state.sessions.keys()) void this.measure(session)
  }

  // --- inwards

  private hear(event: LinkEvent): void {
    switch (event.kind) {
      case 'proven':
        void this.orClose(event.session, proven(event))
        break
      case 'message':
        if (event.channel === 'control') this.hearFrame(event.session, event.bytes)
        break
      case 'drained':
        if (event.channel === 'control') this.wire.drained(event.session)
        break
      case 'closed':
        this.wire.closed(event.session)
        this.inbox.closed(event.session)
        this.overlays?.closed(event.session)
        this.hearClosed(event.session)
        break
      case 'state':
        void this.run(linkState(event))
        break
      case 'unreached':
        this.overlays?.unreachable(event.device)
        break
      case 'refused':
        void this.run(inviteRefused(event.invite, event.code))
        break
      case 'broker':
        void this.run(brokerState(event.state))
        break
    }
  }

  private hearClosed(id: SessionId): void {
    const session = this.state.sessions.get(id)
    void this.run(linkClosed(id, ({ peer }) => this.links?.lastHeardMs(peer.device) ?? null))
    void this.run((state, tools) => {
      // Rooms that it came to serve after this was asked for are unlinked as well.
      const device = session?.peer.device
      return device === undefined ? nothing(state) : unlinkRooms(device, [...state.groups.keys()])(state, tools)
    })
  }

  private hearFrame(session: SessionId, bytes: Uint8Array): void {
    let frame: Frame
    try {
      frame = decode(frameCodec, bytes, LIMITS.frameMessageBytes)
    } catch {
      this.links?.close(session)
      return
    }
    switch (frame.kind) {
      case 'ping':
      case 'pong':
        break
      case 'entries':
      case 'push':
        if (!this.inbox.add(session, frame.room, frame.entries, frame.kind === 'push')) this.links?.close(session)
        break
      case 'overlay':
        this.overlays?.hear(session, frame.room, frame.message)
        break
      case 'digest':
      case 'tips':
      case 'roomWelcome':
      case 'ask':
      case 'groupInfo':
        void this.orClose(session, roomFrame(session, frame))
        break
      case 'introduce':
      case 'joined':
      case 'refuse':
      case 'admitted':
      case 'waiting':
        void this.orClose(session, firstContact(session, frame))
        break
      case 'relay':
        this.links?.relayed(session, frame)
        break
    }
  }

  /**
   * A frame that could not be taken ends its link: the next one begins with a clean sync. So does a peer that sends
   * frames faster than they are taken; an honest one waits for answers.
   */
  private async orClose(session: SessionId, step: Step<void>): Promise<void> {
    const waiting = (this.waiting.get(session) ?? 0) + 1
    if (waiting > FRAMES_WAITING) {
      this.links?.close(session)
      return
    }
    this.waiting.set(session, waiting)
    const result = await this.run(step)
    const left = (this.waiting.get(session) ?? 1) - 1
    if (left > 0) this.waiting.set(session, left)
    else this.waiting.delete(session)
    if (!result.ok) this.links?.close(session)
  }

  private async takeIn(session: SessionId, tag: RoomTag, pushed: boolean): Promise<void> {
    let taken: readonly Uint8Array[] | null = null
    const result = await this.run((state, tools) => {
      // A second try, after a fresh Worker, is for the same entries.
      taken ??= this.inbox.take(session, tag, pushed)
      return takeEntries(session, tag, taken, pushed)(state, tools)
    })
    // What could not be stored is asked for again with the room's next sync.
    if (!result.ok && result.code !== 'storage-full' && result.code !== 'storage-failed') this.links?.close(session)
  }
}
