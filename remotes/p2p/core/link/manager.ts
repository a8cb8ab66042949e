/**
 * The link manager: every input (a command, an event of a port, a timer) waits its turn in one queue and goes
 * to the part that knows what to do with it. It does not know rooms, entries or storage.
 */
import type { Identity } from '#contracts/cryptography.ts'
import type { Env, Timers } from '#contracts/env.ts'
import { type BrokerId, type DeviceKey, type SessionId, toHex } from '#contracts/ids.ts'
import type { Broker, BrokerEvent, LinkStats, Rtc, RtcEvent } from '#contracts/p2p.ts'
import type { DeviceRecord } from '#contracts/wire/device-record.ts'
import { labelled } from '#contracts/wire/labels.ts'
import { Alarms } from './alarms.ts'
import type { IntroductionRules, LinkEvent, Links, ReplayKeeper } from './api.ts'
import { Book } from './book.ts'
import { Commands } from './commands.ts'
import { Courier } from './courier.ts'
import { Incoming } from './incoming.ts'
import { Introductions, NO_INTRODUCTIONS } from './introductions.ts'
import { Liveness } from './liveness.ts'
import { Proving } from './proving.ts'
import { createQueue } from './queue.ts'
import { Rendezvous } from './rendezvous.ts'
import { ReplayMemory } from './replay.ts'
import type { Session } from './session.ts'
import type { Target } from './target.ts'
import { Switchboard, type SwitchboardPorts } from './switchboard.ts'

export interface LinksOptions {
  readonly cryptography: SwitchboardPorts['cryptography']
  /** Makes the port that reports to `listener`. */
  readonly broker: (listener: (event: BrokerEvent) => void) => Broker
  readonly rtc: (listener: (event: RtcEvent) => void) => Rtc
  readonly env: Env
  readonly timers: Timers
  readonly identity: Pick<Identity, 'device' | 'rendezvous'>
  /** At least 16 secret bytes that outlive a reload: the broker's tokens are derived from them. */
  readonly tokenSeed: Uint8Array
  /** Links by way of a relay only, from the first one on. */
  readonly relayOnly?: boolean
  readonly emit: (event: LinkEvent) => void
  /** Who may introduce whom; without it, nobody anybody. */
  readonly introductions?: IntroductionRules
  /** Without it, what was recorded before a reload can be played again after it: it makes a connection, and proves nothing. */
  readonly replay?: ReplayKeeper
}

/** From a signal that is taken to the storing of its time. up: a crash forgets more; down: more writes. */
const KEEP_MS = 1000
const TOKEN_LABEL = 'sotto broker token v1'
const TOKEN_CHARS = 32

/** Begins to listen at once. Events are emitted outside of any call of the caller's. */
export function createLinks(options: LinksOptions): Links {
  const { cryptography, env, emit, identity } = options
  const sha256 = (bytes: Uint8Array): Uint8Array => env.sha256(bytes)
  /** Stable for each id, so that the broker knows who comes back; says nothing of the id's owner. */
  const tokenOf = (id: BrokerId): string =>
    toHex(sha256(labelled(TOKEN_LABEL, options.tokenSeed, new TextEncoder().encode(id)))).slice(0, TOKEN_CHARS)

  let stopped = false
  // A handler that failed was our own fault; its session times out by itself. Nothing is logged.
  const queue = createQueue(() => undefined)
  const input = (handler: () => void | Promise<void>): void => queue.push(() => (stopped ? undefined : handler()))
  const alarms = new Alarms(options.timers, { push: input })
  const broker = options.broker((event) => input(() => onBroker(event)))
  const rtc = options.rtc((event) => input(() => onRtc(event)))
  rtc.setRelayOnly(options.relayOnly === true)

  const book = new Book(identity.device)
  const introductions = new Introductions({ rtc, env, rules: options.introductions ?? NO_INTRODUCTIONS }, book)
  const rendezvous: Rendezvous = new Rendezvous(
    { cryptography, broker, env, alarms, input, tokenOf, moved: () => onMoved(), found: (targets, isFirst) => onFound(targets, isFirst) },
    book,
    identity.rendezvous,
  )
  const board = new Switchboard({ cryptography, broker, rtc, introductions, env, alarms, emit, input }, book, rendezvous)
  const recordOf = (device: DeviceKey): DeviceRecord | null => book.devices.get(device)?.peer.record ?? null
  const courier = new Courier({ cryptography, broker, introductions, env, recordOf })
  const keepLater = (): void => {
    if (options.replay !== undefined && !alarms.isSet('replay')) alarms.set('replay', KEEP_MS, keep)
  }
  const keep = (): void => {
    const latest = replay.latest(env.nowMs())
    const ofPeers = [...book.devices.keys()].map((device) => [device, latest.get(device) ?? 0] as const)
    options.replay?.keep(new Map(ofPeers.filter(([, ms]) => ms > 0)))
  }
  const replay = new ReplayMemory(undefined, options.replay?.kept, keepLater)
  const incoming = new Incoming(board, courier, replay)
  const proving = new Proving(board)
  const liveness = new Liveness(board)
  const commands = new Commands(board, liveness)

  const onBroker = async (event: BrokerEvent): Promise<void> => {
    if (event.kind === 'blob') await incoming.onBlob(event)
    else if (event.kind === 'listening') await onListening(event.id)
    else if (event.kind === 'absent') onAbsent(event.to)
    else {
      rendezvous.note(event.id, false)
      if (event.id === book.ownId) onDown()
    }
  }

  const onUp = (): void => {
    board.brokerState = 'up'
    for (const target of book.targets()) board.callNow(target)
  }

  /** Calls leave from another id now. What is being made is finished between the ids that it began with. */
  const onMoved = (): void => {
    if (rendezvous.isUp === (board.brokerState === 'up')) return
    if (rendezvous.isUp) onUp()
    else board.brokerState = 'connecting'
  }

  /** A link that stands goes over to the ids of now, both ends at once: what is signalled on it may come hours later. */
  const onFound = (targets: readonly Target[], isFirst: boolean): void => {
    for (const target of targets) {
      if (target.link !== null) Object.assign(target.link, { from: book.ownId, to: target.id ?? target.link.to })
      // Who had an id is called when its turn comes: else all pages would call all who are away at the same second.
      else if (isFirst && target.attempt === null) board.callNow(target)
    }
  }

  const onListening = async (id: BrokerId): Promise<void> => {
    rendezvous.note(id, true)
    if (id === book.ownId) onUp()
    for (const session of [...board.sessions.values()]) {
      if (session.from === id) await board.guarded(session, () => courier.flush(session))
    }
  }

  const onDown = (): void => {
    board.brokerState = 'down'
    for (const target of book.targets()) {
      if (board.isCutOff(target) && target.link === null && target.attempt?.answered !== true) board.tell(target, 'offline')
    }
  }

  const onAbsent = (to: BrokerId): void => {
    for (const session of [...board.sessions.values()]) {
      // Its introducers may still bring an answer.
      if (session.phase === 'calling' && session.to === to && !session.introduced) board.end(session, { kind: 'absent' })
    }
  }

  const onRtc = async (event: RtcEvent): Promise<void> => {
    const session = board.sessions.get(event.session)
    if (session === undefined) return
    if (event.kind === 'closed') board.end(session, { kind: event.reason === 'no-relay' ? 'no-relay' : 'failed' })
    else if (event.kind === 'ice') liveness.onIce(session, event.state)
    else if (event.kind !== 'drained') await board.guarded(session, () => onSessionEvent(session, event))
    else if (session.phase === 'proven') emit({ kind: 'drained', session: session.id, channel: event.channel })
  }

  const onSessionEvent = async (session: Session, event: RtcEvent & { readonly kind: 'signal' | 'open' | 'message' }): Promise<void> => {
    if (event.kind === 'signal') await courier.send(session, event.body)
    else if (event.kind === 'open') {
      board.answered(session)
      await proving.onOpen(session, event)
    } else if (session.phase === 'proven') liveness.onFrame(session, event.channel, event.bytes)
    else if (await proving.onMessage(session, event.channel, event.bytes)) liveness.begin(session)
  }

  const provenSession = (id: SessionId): Session | null => {
    const session = board.sessions.get(id)
    return session?.phase === 'proven' ? session : null
  }

  // The keys of all sessions are gone, those of proven ones included: new links, new keys.
  cryptography.onRestart(() =>
    input(() => {
      for (const session of [...board.sessions.values()]) board.end(session, { kind: 'failed' })
    }),
  )
  input(() => emit({ kind: 'broker', state: board.brokerState }))
  input(() => rendezvous.refresh())

  return {
    setPeers: (peers) => input(() => commands.setPeers(peers)),
    setInvites: (invites) => input(() => commands.setInvites(invites)),
    acceptInvite: (invite) => input(() => commands.accept(invite)),
    promote: (id, peer) => input(() => commands.promote(id, peer)),
    send: (id, channel, bytes) => {
      const session = provenSession(id)
      return session !== null && liveness.send(session, channel, bytes)
    },
    close: (id) =>
      input(() => {
        const session = board.sessions.get(id)
        if (session !== undefined) board.end(session, { kind: 'failed' })
      }),
    relayed: (id, frame) =>
      input(async () => {
        const session = provenSession(id)
        const introduced = session === null ? null : introductions.take(session, frame)
        if (introduced !== null) await incoming.onIntroduced(introduced)
      }),
    stats: async (id): Promise<LinkStats | null> => (provenSession(id) === null ? null : rtc.stats(id)),
    lastHeardMs: (device) => liveness.lastHeardMs(device),
    setRelayOnly: (on) =>
      input(() => {
        rtc.setRelayOnly(on)
        // What stands may be direct, and what is being made has told addresses. Off, it may stay as it is.
        if (on) for (const session of [...board.sessions.values()]) board.end(session, { kind: 'failed' })
      }),
    wake: () =>
      input(async () => {
        // The machine may have slept through a change.
        await rendezvous.refresh()
        commands.wake()
      }),
    stop: () => {
      stopped = true
      alarms.clearAll()
      board.stop()
      broker.close()
    },
  }
}
