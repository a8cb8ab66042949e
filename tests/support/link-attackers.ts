/** Those whom the link manager must withstand: a broker in the middle, and a contact that does not keep to the rules. */
import { type BrokerId, idOf, type SessionId } from '#contracts/ids.ts'
import type { Channel, RtcEvent } from '#contracts/p2p.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { type SignalBody, signalBodyCodec } from '#contracts/wire/signal.ts'
import type { FakeMessage } from './fake-broker.ts'
import type { FakeRtc } from './fake-rtc.ts'
import type { LinkedPerson } from './linked-people.ts'
import type { FakeNetwork } from './network.ts'

const BODY_BYTES = 9 * 1024

/**
 * Whoever carries the signals of both ends, swaps their certificates and passes their bytes on. It may open and seal
 * signals in both names (else it could not even try), but holds no key that the handshake asks for.
 */
abstract class Middle {
  protected readonly network: FakeNetwork
  protected readonly people: readonly LinkedPerson[]
  /** For each person, the middle's connections to that person. */
  private readonly legs = new Map<LinkedPerson, FakeRtc>()
  private readonly work: { run(task: () => Promise<void>): Promise<void> }
  private queue: Promise<void> = Promise.resolve()
  lies = true
  /** Calls that it has put itself into. */
  swapped = 0
  /** Handshake and other messages that it has passed on. */
  passed = 0

  constructor(network: FakeNetwork, people: readonly [LinkedPerson, LinkedPerson]) {
    this.network = network
    this.people = people
    this.work = network.clock.watch({ run: (task: () => Promise<void>) => task() })
    for (const person of people) {
      this.legs.set(
        person,
        network.rtc.connect(`middle-${person.name}`, (event) => this.later(() => this.onLeg(person, event))),
      )
    }
  }

  /** Brings a blob to its end, by the way that this middle is in charge of. */
  protected abstract bring(from: LinkedPerson, to: LinkedPerson, blob: Uint8Array<ArrayBuffer>): void

  /** One after the other, as they came. */
  protected later(task: () => Promise<void>): void {
    this.queue = this.queue.then(() => this.work.run(task))
  }

  private otherOf(person: LinkedPerson): LinkedPerson {
    const other = this.people.find((one) => one !== person)
    if (other === undefined) throw new Error('two people')
    return other
  }

  private legOf(person: LinkedPerson): FakeRtc {
    const leg = this.legs.get(person)
    if (leg === undefined) throw new Error('no leg')
    return leg
  }

  /** A blob on its way from one to the other: its connection ends here, and another begins. */
  protected async onBlob(from: LinkedPerson, to: LinkedPerson, blob: Uint8Array<ArrayBuffer>): Promise<void> {
    const { tbs } = await to.cryptography.openSignal(blob, { kind: 'device' })
    const body = decode(signalBodyCodec, tbs.body, BODY_BYTES)
    if (body.kind === 'refuse') {
      this.bring(from, to, blob)
      return
    }
    if (body.kind === 'description' && body.type === 'offer') {
      this.swapped += 1
      this.legOf(from).open(body.session, false)
      this.legOf(to).open(body.session, true)
    }
    this.legOf(from).signal(body.session, body)
  }

  private async onLeg(person: LinkedPerson, event: RtcEvent): Promise<void> {
    const other = this.otherOf(person)
    if (event.kind === 'message') {
      this.passed += 1
      this.legOf(other).send(event.session, event.channel, event.bytes)
    }
    if (event.kind === 'closed') this.legOf(other).close(event.session)
    if (event.kind === 'signal') await this.sendAs(other, person, event.body)
  }

  /** In the name of `from`: the one thing that the test gives to this middle. */
  private async sendAs(from: LinkedPerson, to: LinkedPerson, body: SignalBody): Promise<void> {
    const blob = await from.cryptography.sealSignal({
      to: { kind: 'device', device: to.identity.device, signalling: to.identity.signalling },
      replyTo: from.brokerId,
      nowMs: this.network.clock.env('middle').nowMs(),
      body: encode(signalBodyCodec, body),
    })
    this.bring(from, to, blob)
  }
}

export class LyingBroker extends Middle {
  constructor(network: FakeNetwork, people: readonly [LinkedPerson, LinkedPerson]) {
    super(network, people)
    network.broker.relay = (message) => {
      if (!this.lies) return [message]
      this.later(() => this.onMessage(message))
      return []
    }
  }

  private async onMessage(message: FakeMessage): Promise<void> {
    const [from, to] = [message.from, message.to].map((id) => this.people.find((person) => person.brokerId === id))
    if (from === undefined || to === undefined) this.network.broker.deliver(message)
    else await this.onBlob(from, to, message.blob)
  }

  protected bring(from: LinkedPerson, to: LinkedPerson, blob: Uint8Array<ArrayBuffer>): void {
    this.network.broker.deliver({ from: from.brokerId, to: to.brokerId, kind: 'candidate', blob })
  }
}

/** The same as a member of the room, whom both ends ask to introduce them. */
export class LyingIntroducer extends Middle {
  private readonly self: LinkedPerson

  constructor(network: FakeNetwork, self: LinkedPerson, people: readonly [LinkedPerson, LinkedPerson]) {
    super(network, people)
    this.self = self
    self.onRelay = (session, frame) => {
      const [from, to] = [frame.from, frame.to].map((device) => people.find(({ identity }) => identity.device === device))
      if (!this.lies || from === undefined || to === undefined) self.links.relayed(session, frame)
      else this.later(() => this.onBlob(from, to, frame.blob.slice()))
    }
  }

  protected bring(from: LinkedPerson, to: LinkedPerson, blob: Uint8Array<ArrayBuffer>): void {
    this.self.sendRelay(to, { from: from.identity.device, to: to.identity.device, blob })
  }
}

/** A contact with true keys whose program does what the test says: it calls, and then speaks out of turn. */
export class RudeContact {
  private readonly network: FakeNetwork
  private readonly self: LinkedPerson
  private readonly victim: LinkedPerson
  private readonly work: { run(task: () => Promise<void>): Promise<void> }
  private readonly rtc: FakeRtc
  private calls = 0
  readonly events: RtcEvent[] = []
  /** What it does with each event of its connections. */
  on: (event: RtcEvent) => void = () => undefined

  /** `self` has its link manager stopped; only its keys and its broker id are used. */
  constructor(network: FakeNetwork, self: LinkedPerson, victim: LinkedPerson) {
    this.network = network
    this.self = self
    this.victim = victim
    self.links.stop()
    this.work = network.clock.watch({ run: (task: () => Promise<void>) => task() })
    this.rtc = network.rtc.connect(self.name, (event) => {
      this.events.push(event)
      if (event.kind === 'signal') void this.work.run(async () => void (await this.tell(event.body)))
      this.on(event)
    })
    const broker = network.broker.connect((event) => {
      if (event.kind === 'blob') void this.work.run(() => this.hear(event.blob))
    })
    broker.listen(self.brokerId, 'rude', () => Promise.reject(new Error('asks for no proof')))
  }

  get device() {
    return this.self.identity.device
  }

  get record() {
    return this.self.identity.record
  }

  call(): SessionId {
    this.calls += 1
    const session = idOf<SessionId>(new Uint8Array(16).fill(this.calls))
    this.rtc.open(session, true)
    return session
  }

  say(session: SessionId, channel: Channel, bytes: Uint8Array): void {
    this.rtc.send(session, channel, bytes)
  }

  /** Seals and sends any signal. */
  async tell(body: SignalBody, changes: { readonly from?: string; readonly to?: BrokerId } = {}): Promise<FakeMessage> {
    const { identity } = this.victim
    const blob = await this.self.cryptography.sealSignal({
      to: { kind: 'device', device: identity.device, signalling: identity.signalling },
      replyTo: this.self.brokerId,
      nowMs: this.network.clock.env('rude').nowMs(),
      body: encode(signalBodyCodec, body),
    })
    const message = { from: changes.from ?? this.self.brokerId, to: changes.to ?? this.victim.brokerId, kind: 'offer', blob } as const
    this.network.broker.deliver(message)
    return message
  }

  private async hear(blob: Uint8Array): Promise<void> {
    const { tbs } = await this.self.cryptography.openSignal(blob, { kind: 'device' })
    const body = decode(signalBodyCodec, tbs.body, BODY_BYTES)
    this.rtc.signal(body.session, body)
  }
}
