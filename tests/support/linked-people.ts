/** People with real keys and the real link manager on a simulated network. */
import type { Cryptography, Identity } from '#contracts/cryptography.ts'
import { type DeviceKey, type InviteKey, type SessionId, toHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { frameCodec } from '#contracts/wire/frame.ts'
import type {
  AcceptedInvite,
  IntroductionRules,
  LinkEvent,
  LinkPeer,
  Links,
  LinkTarget,
  OwnInvite,
  RelayFrame,
} from '../../remotes/p2p/core/link/api.ts'
import { createLinks } from '../../remotes/p2p/core/link/manager.ts'
import { idAt } from './broker-keys.ts'
import { createCryptographyForTests } from './cryptography.ts'
import type { FakeBrokerClient } from './fake-broker.ts'
import type { FakeRtc } from './fake-rtc.ts'
import type { FakeNetwork } from './network.ts'

type Proven = LinkEvent & { readonly kind: 'proven' }
type State = LinkEvent & { readonly kind: 'state' }

export class LinkedPerson {
  readonly name: string
  readonly cryptography: Cryptography
  readonly identity: Identity
  private readonly network: FakeNetwork
  private readonly skewMs: number
  private life = 0
  links: Links
  broker: FakeBrokerClient
  rtc: FakeRtc
  events: LinkEvent[] = []
  /** Who may introduce whom, as this person sees it; nobody at first (inRoom). */
  rules: IntroductionRules = { introducers: () => [], mayIntroduce: () => false }
  /** What outlives a reload of the times of signals. */
  readonly kept: ReadonlyMap<DeviceKey, number> = new Map()
  /** Relay frames that came in. */
  readonly relayed: RelayFrame[] = []
  /** What is done with one; a test may be less honest. */
  onRelay: (session: SessionId, frame: RelayFrame) => void = (session, frame) => this.links.relayed(session, frame)

  constructor(network: FakeNetwork, name: string, cryptography: Cryptography, identity: Identity, skewMs: number) {
    this.network = network
    this.name = name
    this.cryptography = cryptography
    this.identity = identity
    this.skewMs = skewMs
    const { links, broker, rtc } = this.begin()
    this.links = links
    this.broker = broker
    this.rtc = rtc
  }

  private begin(): { links: Links; broker: FakeBrokerClient; rtc: FakeRtc } {
    let broker: FakeBrokerClient | null = null
    let rtc: FakeRtc | null = null
    this.life += 1
    const links = createLinks({
      cryptography: this.network.clock.watch(this.cryptography),
      broker: (listener) => {
        broker = this.network.broker.connect(listener)
        return broker
      },
      rtc: (listener) => {
        rtc = this.network.rtc.connect(this.name, listener)
        return rtc
      },
      env: this.network.clock.env(`${this.name}${this.life}`, this.skewMs),
      timers: this.network.clock.timers(),
      identity: this.identity,
      tokenSeed: new TextEncoder().encode(`token seed of ${this.name}`),
      emit: (event) => this.hear(event),
      replay: { kept: this.kept, keep: (latest) => Object.assign(this, { kept: latest }) },
      introductions: {
        introducers: (target) => this.rules.introducers(target),
        mayIntroduce: (from, to) => this.rules.mayIntroduce(from, to),
        admits: (device, busy) => this.rules.admits?.(device, busy) !== false,
      },
    })
    if (broker === null || rtc === null) throw new Error('createLinks made no ports')
    return { links, broker, rtc }
  }

  /** As the engine: frames of introductions go back to the links, all else is kept for the test. */
  private hear(event: LinkEvent): void {
    const frame = event.kind === 'message' && event.channel === 'control' ? relayFrame(event.bytes) : null
    if (event.kind !== 'message' || frame === null) {
      this.events.push(event)
      return
    }
    this.relayed.push(frame)
    this.onRelay(event.session, frame)
  }

  /** Sends a frame as it is, whatever the rules say. `false`: not linked with `over`. */
  sendRelay(over: LinkedPerson, frame: Omit<RelayFrame, 'kind'>): boolean {
    const session = this.sessionWith(over)
    return session !== null && this.links.send(session, 'control', encode(frameCodec, { kind: 'relay', ...frame }))
  }

  /** The page is gone without a word: no events, no goodbye to the peer. */
  crash(): void {
    this.broker.kill()
    this.rtc.kill()
  }

  /** A crash, and a new page with the same identity. */
  reload(): void {
    this.crash()
    this.links.stop()
    this.events = []
    Object.assign(this, this.begin())
  }

  get brokerId() {
    return idAt(this.identity.rendezvous, this.network.clock.env('now').nowMs())
  }

  asPeer(): LinkPeer {
    return { device: this.identity.device, record: this.identity.record }
  }

  /** Sessions that are proven and not closed, oldest first. */
  proven(): Proven[] {
    const closed = new Set(this.events.flatMap((event) => (event.kind === 'closed' ? [event.session] : [])))
    return this.events.filter((event): event is Proven => event.kind === 'proven' && !closed.has(event.session))
  }

  sessionWith(other: LinkedPerson): SessionId | null {
    return this.proven().find((event) => event.peer.device === other.identity.device)?.session ?? null
  }

  states(target?: DeviceKey | InviteKey): State[] {
    const keyOf = (of: LinkTarget): string => (of.kind === 'device' ? of.device : of.invite)
    return this.events.filter((event): event is State => event.kind === 'state' && (target === undefined || keyOf(event.target) === target))
  }

  messages(): string[] {
    return this.events.flatMap((event) => (event.kind === 'message' ? [toHex(event.bytes)] : []))
  }
}

const RELAY_TAG = 30

function relayFrame(bytes: Uint8Array): RelayFrame | null {
  if (bytes[0] !== RELAY_TAG) return null
  const frame = decode(frameCodec, bytes, LIMITS.frameMessageBytes)
  return frame.kind === 'relay' ? frame : null
}

/** All of them are members of these rooms and of no others: each knows it, and introduces accordingly. */
export function inRooms(...rooms: readonly (readonly LinkedPerson[])[]): void {
  for (const person of new Set(rooms.flat())) {
    const own = rooms.filter((room) => room.includes(person)).map((room) => room.map(({ identity }) => identity.device))
    person.rules = {
      introducers: (target) => own.filter((room) => room.includes(target)).flat(),
      mayIntroduce: (from, to) => own.some((room) => room.includes(from) && room.includes(to)),
    }
  }
}

/** One person a name; nobody knows anybody yet. `skewMs`: how far each clock is off. */
export async function people(network: FakeNetwork, names: readonly string[], skewMs: readonly number[] = []): Promise<LinkedPerson[]> {
  return Promise.all(
    names.map(async (name, i) => {
      const cryptography = createCryptographyForTests()
      const nowMs = network.clock.env('start').nowMs()
      const { identity } = await cryptography.createIdentity({ deviceName: name, nowMs })
      return new LinkedPerson(network, name, cryptography, identity, skewMs[i] ?? 0)
    }),
  )
}

/** Two who have each other as peers, the one with the lower device key first. */
export async function couple(network: FakeNetwork): Promise<[LinkedPerson, LinkedPerson]> {
  const [one, two] = await people(network, ['alice', 'bob'])
  if (one === undefined || two === undefined) throw new Error('two people')
  return one.identity.device < two.identity.device ? [one, two] : [two, one]
}

export const areLinked = (a: LinkedPerson, b: LinkedPerson): boolean => {
  const session = a.sessionWith(b)
  return session !== null && session === b.sessionWith(a)
}

/** An invite of `owner`, and the same as its holder sees it. */
export async function makeInvite(
  network: FakeNetwork,
  owner: LinkedPerson,
  lifeMs: number,
): Promise<{ own: OwnInvite; accepted: AcceptedInvite }> {
  const { key, secret, sealed } = await owner.cryptography.createInvite()
  const expiresMs = network.clock.env('start').nowMs() + lifeMs
  return { own: { key, secret, sealed, expiresMs, refuse: null }, accepted: { key, secret, expiresMs } }
}
