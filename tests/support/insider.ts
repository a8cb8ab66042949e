/**
 * A hostile member: it holds real keys of a real room and writes whatever it likes. It is made of a person
 * whose page is closed; from then on only what the test says is sent in that person's name.
 */
import type { Cryptography, Identity } from '#contracts/cryptography.ts'
import { type DeviceKey, type EntryId, type EpochId, idOf, type RoomId, type RoomTag, type SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { type Content, contentCodec, type ContentTbs, contentTbsCodec } from '#contracts/wire/content.ts'
import { type Entry, type EntryBody, entryCodec, entryIdOf, type EntryTbs, entryTbsCodec } from '#contracts/wire/entry.ts'
import { type Frame, frameCodec } from '#contracts/wire/frame.ts'
import type { Links } from '../../remotes/p2p/core/link/api.ts'
import { createLinks } from '../../remotes/p2p/core/link/manager.ts'
import { groupEntry, groupKey, type GroupRecord, groupRecord } from '../../remotes/p2p/core/storage/group.ts'
import { epochKey, within } from '../../remotes/p2p/core/storage/keys.ts'
import { contactRecord } from '../../remotes/p2p/core/storage/contact.ts'
import { Vault } from '../../remotes/p2p/core/storage/vault.ts'
import { MemoryStore } from '../../remotes/p2p/adapters/memory.ts'
import { createCryptographyForTests } from './cryptography.ts'
import type { FakeNetwork } from './network.ts'
import { type TestPerson, until } from './people.ts'

export class Insider {
  readonly identity: Identity
  readonly cryptography: Cryptography
  readonly network: FakeNetwork
  readonly room: RoomId
  readonly epoch: EpochId
  readonly victim: DeviceKey
  links: Links | null = null
  session: SessionId | null = null
  /** Every frame that came. */
  readonly heard: Frame[] = []
  closed = 0
  private tag: RoomTag | null = null
  private seq: number
  private prev: EntryId | null
  /** The newest entry of the victim, as far as this member cares. */
  dep: EntryId | null
  lamport = 10

  private constructor(
    network: FakeNetwork,
    cryptography: Cryptography,
    identity: Identity,
    record: GroupRecord,
    entries: readonly { readonly id: EntryId; readonly tbs: EntryTbs }[],
  ) {
    this.network = network
    this.cryptography = cryptography
    this.identity = identity
    this.room = record.id
    this.epoch = record.epochs.at(-1)?.id ?? ('' as EpochId)
    const victim = record.people.map(({ device }) => device).find((device) => device !== identity.device)
    if (victim === undefined) throw new Error('nobody else is in the room')
    this.victim = victim
    const chainOf = (device: DeviceKey) => entries.filter(({ tbs }) => tbs.author === device).sort((a, b) => a.tbs.seq - b.tbs.seq)
    const own = chainOf(identity.device)
    this.seq = own.length
    this.prev = own.at(-1)?.id ?? null
    this.dep = chainOf(victim).at(-1)?.id ?? null
  }

  /** Closes the person's page and speaks for it from now on. */
  static async from(network: FakeNetwork, one: TestPerson): Promise<Insider> {
    one.crash()
    await network.clock.settle()
    const cryptography = network.clock.watch(createCryptographyForTests({ keystore: one.keystore }))
    const store = new MemoryStore(one.disk)
    const vault = new Vault(store, cryptography)
    const identity = await cryptography.openIdentity((await store.get('meta', 'identity')) ?? new Uint8Array())
    const record = await vault.read('rooms', groupKey(1), groupRecord)
    if (record === null) throw new Error('no room')
    const env = network.clock.env('sha')
    const entries = (await Insider.entriesOf(one)).map((bytes) => {
      const { tbs } = decode(entryCodec, bytes, LIMITS.entryBytes)
      return { id: entryIdOf(tbs, (input) => env.sha256(input)), tbs }
    })
    const insider = new Insider(network, cryptography, identity, record, entries)
    const held = record.epochs.at(-1)
    if (held === undefined) throw new Error('no epoch')
    const sealed = await store.get('epochs', epochKey(1, held.number))
    await cryptography.loadEpoch(record.id, insider.epoch, sealed ?? new Uint8Array())
    const [contact] = await vault.range('contacts', contactRecord, { ...within('c'), limit: 1 })
    if (contact === undefined) throw new Error('no contact')
    insider.links = createLinks({
      cryptography,
      broker: (listener) => network.broker.connect(listener),
      rtc: (listener) => network.rtc.connect(`${one.name} the insider`, listener),
      env: network.clock.env(`${one.name} the insider`),
      timers: network.clock.timers(),
      identity,
      tokenSeed: new Uint8Array(16),
      emit: (event) => {
        if (event.kind === 'proven') insider.session = event.session
        if (event.kind === 'closed' && event.session === insider.session) {
          insider.session = null
          insider.tag = null
          insider.closed += 1
        }
        if (event.kind === 'message') insider.heard.push(decode(frameCodec, event.bytes, LIMITS.frameMessageBytes))
      },
    })
    insider.links.setPeers([{ device: contact.value.device, record: contact.value.record }])
    await insider.untilLinked()
    return insider
  }

  /** What this member has stored of the room: entries as they travelled. */
  static async entriesOf(one: TestPerson): Promise<readonly Uint8Array[]> {
    const vault = new Vault(new MemoryStore(one.disk), createCryptographyForTests({ keystore: one.keystore }))
    return (await vault.range('entries', groupEntry, { ...within('r00001/e'), limit: 10_000 })).map(({ value }) => value.bytes)
  }

  async untilLinked(): Promise<void> {
    await until(this.network, 'the insider is linked', () => this.session !== null, 120_000)
    if (this.session === null) return
    const [tag] = await this.cryptography.roomTags(this.session, [this.room])
    this.tag = (tag ?? '') as RoomTag
  }

  get roomTag(): RoomTag {
    if (this.tag === null) throw new Error('not linked')
    return this.tag
  }

  send(frame: Frame): void {
    this.sendRaw(encode(frameCodec, frame))
  }

  sendRaw(bytes: Uint8Array): void {
    if (this.session !== null) this.links?.send(this.session, 'control', bytes)
  }

  sendEntries(...entries: readonly Uint8Array[]): void {
    this.send({ kind: 'entries', room: this.roomTag, entries })
  }

  /** The next content of this member; `change` is where it lies. */
  async content(text: string, change: Partial<ContentTbs> = {}): Promise<Content> {
    const tbs: ContentTbs = {
      v: 1,
      room: this.room,
      author: this.identity.device,
      lamport: ++this.lamport,
      sentAtMs: 0,
      nonce: this.network.clock.env(text).random(8),
      deps: [],
      body: { kind: 'text', text },
      ...change,
    }
    return { tbs, signature: await this.cryptography.sign('content', encode(contentTbsCodec, tbs)) }
  }

  async encrypt(plaintext: Uint8Array): Promise<EntryBody> {
    const { token, message } = await this.cryptography.encrypt(this.room, this.epoch, plaintext)
    await this.cryptography.adopt(token)
    return { kind: 'app', epoch: this.epoch, message }
  }

  /** A message as it should be, but for what `change` says of its content. */
  async message(text: string, change: Partial<ContentTbs> = {}): Promise<EntryBody> {
    return this.encrypt(encode(contentCodec, await this.content(text, change)))
  }

  /** An entry; it takes the next place in the chain unless `change` says another. */
  async entry(
    body: EntryBody,
    change: Partial<EntryTbs> = {},
  ): Promise<{ readonly bytes: Uint8Array; readonly id: EntryId; readonly entry: Entry }> {
    const tbs: EntryTbs = {
      v: 1,
      room: this.room,
      author: this.identity.device,
      seq: this.seq,
      prev: this.prev,
      deps: this.dep === null ? [] : [this.dep],
      vote: this.epoch,
      body,
      ...change,
    }
    const entry = { tbs, signature: await this.cryptography.sign('entry', encode(entryTbsCodec, tbs)) }
    const id = entryIdOf(tbs, (bytes) => this.network.clock.env('sha').sha256(bytes))
    if (change.seq === undefined && change.author === undefined && change.room === undefined) {
      this.seq += 1
      this.prev = id
    }
    return { bytes: encode(entryCodec, entry), id, entry }
  }

  /** Sends the next honest message. */
  async say(text: string): Promise<void> {
    this.sendEntries((await this.entry(await this.message(text))).bytes)
  }

  get place(): { readonly seq: number; readonly prev: EntryId | null } {
    return { seq: this.seq, prev: this.prev }
  }
}

/** Some id of an entry that nobody has. */
export const unknownEntry = (start: number): EntryId => idOf(Uint8Array.from({ length: 32 }, (_, i) => (start + i) % 256))
