/** What a room of the product keeps, and how: from the writes of its steps to records, and back at the start. */
import { SottoError } from '#contracts/errors.ts'
import type { EntryId, EpochId, Mid } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { contentCodec } from '#contracts/wire/content.ts'
import { entryCodec } from '#contracts/wire/entry.ts'
import { saidOf } from '../content/marks.ts'
import type { Content } from '../rooms/engine.ts'
import type { LogEntry, Opaque } from '../rooms/entry-view.ts'
import type { Outgoing, RoomWrite, StoredRoom } from '../rooms/room-io.ts'
import {
  type GroupRecord,
  groupEntry,
  groupEntryKey,
  groupKey,
  groupRecord,
  keptKeyPackage,
  keptKeyPackageKey,
  keptWelcome,
  keptWelcomeKey,
  openedKey,
  openedRecord,
  outgoingKey,
  outgoingRecord,
} from '../storage/group.ts'
import { epochKey, messageKey, roomKey, within } from '../storage/keys.ts'
import { type MessageRecord, messageRecord } from '../storage/message.ts'
import { type Change, put, putSealed, remove, type Vault } from '../storage/vault.ts'
import type { Tools } from '../tools.ts'
import { Bytes, bytesOf } from './bytes.ts'
import { hosted, type Hosted } from './entries.ts'
import { comparePlaces, lastOf } from './places.ts'
import { contentOf, type OwnKeyPackage, signedContentOf } from './mls-engine.ts'

/** Everything of one room that storage holds, decoded. */
interface Loaded {
  readonly entries: readonly ReturnType<typeof groupEntry.read>[]
  readonly opened: ReadonlyMap<EntryId, Mid>
  readonly outgoing: readonly { readonly number: number; readonly message: Outgoing }[]
  readonly welcomes: ReadonlyMap<EntryId, Opaque>
}

const NOTHING: Loaded = { entries: [], opened: new Map(), outgoing: [], welcomes: new Map() }

/** The number at the end of a key like `r00001/e0000000012`. */
const numberOf = (key: string): number => Number(key.slice(key.indexOf('/') + 2))

export class GroupStore {
  readonly slot: number
  readonly keyPackages: readonly OwnKeyPackage[]
  private current: GroupRecord
  private stored_: GroupRecord | null
  private loaded: Loaded
  private readonly orders = new Map<EntryId, number>()
  private readonly outgoing = new Map<Mid, number>()
  private readonly welcomes = new Set<EntryId>()

  private constructor(
    slot: number,
    record: GroupRecord,
    stored: GroupRecord | null,
    loaded: Loaded,
    keyPackages: readonly OwnKeyPackage[],
  ) {
    this.slot = slot
    this.current = record
    this.stored_ = stored
    this.loaded = loaded
    this.keyPackages = keyPackages
  }

  get record(): GroupRecord {
    return this.current
  }

  /** Changes the record; it is written with the step's transaction. */
  change(change: Partial<GroupRecord>): void {
    this.current = { ...this.current, ...change }
  }

  static fresh(
    slot: number,
    {
      id,
      profile,
      shape,
      contact,
      inviter,
      keyPackages,
    }: Pick<GroupRecord, 'id' | 'profile' | 'shape' | 'contact' | 'inviter'> & { readonly keyPackages: readonly OwnKeyPackage[] },
    nowMs: number,
  ): GroupStore {
    const record: GroupRecord = {
      v: 1,
      id,
      profile,
      shape,
      contact,
      left: 0,
      cloned: 0,
      createdMs: nowMs,
      activeMs: nowMs,
      lamport: 0,
      unread: 0,
      messages: 0,
      next: { entry: 0, epoch: 1, kept: keyPackages.length },
      epochs: [],
      people: [],
      last: null,
      inviter,
    }
    return new GroupStore(slot, record, null, NOTHING, keyPackages)
  }

  /** Reads a room. Throws 'malformed' if its record is not there. */
  static async load({ vault, env }: Pick<Tools, 'vault' | 'env'>, slot: number): Promise<GroupStore> {
    const record = await vault.read('rooms', groupKey(slot), groupRecord)
    if (record === null) throw new SottoError('malformed')
    const rows = await vault.all('entries', within(`${roomKey(slot)}/e`))
    const opened = await vault.all('entries', within(`${roomKey(slot)}/o`))
    const outgoing = await vault.all('outbox', within(`${roomKey(slot)}/s`))
    const welcomes = await vault.all('outbox', within(`${roomKey(slot)}/w`))
    const keys = await vault.all('outbox', within(`${roomKey(slot)}/k`))
    const max = LIMITS.entryBytes * 2
    const loaded: Loaded = {
      entries: rows.map(({ value }) => decode(groupEntry, value, max)),
      opened: new Map(
        opened.map(({ value }) => {
          const { entry, mid } = decode(openedRecord, value, max)
          return [entry, mid] as const
        }),
      ),
      outgoing: outgoing.map(({ key, value }) => {
        const { content, entries } = decode(outgoingRecord, value, max)
        return { number: numberOf(key), message: { content: contentOf(decode(contentCodec, content, LIMITS.entryBytes), env), entries } }
      }),
      welcomes: new Map(
        welcomes.map(({ value }) => {
          const { commit, welcome } = decode(keptWelcome, value, max)
          return [commit, new Bytes(welcome)] as const
        }),
      ),
    }
    const own = keys.map(({ value }) => {
      const { keyPackage, sealed } = decode(keptKeyPackage, value, max)
      return { keyPackage, sealed: new Uint8Array(sealed) }
    })
    return new GroupStore(slot, record, record, loaded, own)
  }

  /** The sealed state of a held epoch. Throws 'malformed' if it is not there. */
  async sealedEpoch(vault: Vault, number: number): Promise<Uint8Array<ArrayBuffer>> {
    const sealed = await vault.readSealed('epochs', epochKey(this.slot, number))
    if (sealed === null) throw new SottoError('malformed')
    return sealed
  }

  /** What the room of the layers starts from. `keep` gets every entry, in order. */
  stored(keep: (item: Hosted) => void, sha256: (bytes: Uint8Array) => Uint8Array): StoredRoom {
    const { entries, opened, outgoing, welcomes } = this.loaded
    const items = entries.map(({ bytes, facts }) => {
      const own = new Uint8Array(bytes)
      const known =
        facts === null ? null : { ...facts, external: facts.external === 1, confirmationTag: new Uint8Array(facts.confirmationTag) }
      return hosted(decode(entryCodec, own, LIMITS.entryBytes), own, known, sha256)
    })
    for (const [order, item] of items.entries()) {
      this.orders.set(item.view.id, order)
      keep(item)
    }
    for (const { number, message } of outgoing) this.outgoing.set(message.content.mid, number)
    for (const commit of welcomes.keys()) this.welcomes.add(commit)
    this.loaded = NOTHING
    return {
      entries: items.map(({ view }) => view),
      epochs: this.current.epochs.map(({ id }) => id),
      opened,
      queued: outgoing.filter(({ message }) => message.entries.length === 0).map(({ message }) => message.content),
      outgoing: outgoing.filter(({ message }) => message.entries.length > 0).map(({ message }) => message),
      welcomes,
      lamport: this.current.lamport,
      silenced: this.current.cloned === 1,
    }
  }

  /** The KeyPackages that a joiner begins with are stored with its first step. */
  firstChanges(): readonly Change[] {
    return this.keyPackages.map((own, number) => this.keptKeyPackage(number, own))
  }

  private keptKeyPackage(number: number, { keyPackage, sealed }: OwnKeyPackage): Change {
    return put('outbox', keptKeyPackageKey(this.slot, number), keptKeyPackage, { v: 1, keyPackage, sealed })
  }

  /** What is to be written for these writes of a step and its lines. */
  changes(
    writes: readonly RoomWrite[],
    itemOf: (entry: LogEntry) => Hosted,
    lines: readonly MessageRecord[],
    nowMs: number,
  ): readonly Change[] {
    const changes: Change[] = []
    for (const write of writes) changes.push(...this.changeOf(write, itemOf, nowMs))
    for (const line of lines) changes.push(put('messages', messageKey(this.slot, line.lamport, line.mid), messageRecord, line))
    return changes
  }

  private changeOf(write: RoomWrite, itemOf: (entry: LogEntry) => Hosted, nowMs: number): readonly Change[] {
    switch (write.kind) {
      case 'entry':
        return [this.entryChange(itemOf(write.entry))]
      case 'epoch':
        return [this.epochChange(write.epoch, bytesOf(write.sealed), nowMs)]
      case 'prune': {
        const gone = this.current.epochs.find(({ id }) => id === write.epoch)
        this.change({ epochs: this.current.epochs.filter(({ id }) => id !== write.epoch) })
        return gone === undefined ? [] : [remove('epochs', epochKey(this.slot, gone.number))]
      }
      case 'opened': {
        const order = this.orders.get(write.entry)
        if (order === undefined) throw new SottoError('internal')
        return [put('entries', openedKey(this.slot, order), openedRecord, { v: 1, entry: write.entry, mid: write.mid })]
      }
      case 'message':
      case 'unqueued':
        return []
      case 'queued':
        return [this.outgoingChange(write.content, [])]
      case 'outgoing':
        return [this.outgoingChange(write.message.content, write.message.entries)]
      case 'delivered': {
        const number = this.outgoing.get(write.mid)
        this.outgoing.delete(write.mid)
        return number === undefined ? [] : [remove('outbox', outgoingKey(this.slot, number))]
      }
      case 'welcome': {
        if (this.welcomes.has(write.commit)) return []
        this.welcomes.add(write.commit)
        const kept = { v: 1 as const, commit: write.commit, welcome: bytesOf(write.bytes) }
        return [put('outbox', keptWelcomeKey(this.slot, this.nextKept()), keptWelcome, kept)]
      }
      case 'keypackage': {
        const own = { keyPackage: bytesOf(write.keyPackage), sealed: bytesOf(write.sealed) }
        return [this.keptKeyPackage(this.nextKept(), own)]
      }
    }
  }

  /** A generation of this device was used. */
  sent(id: EpochId, generation: number): void {
    const epochs = this.current.epochs.map((epoch) =>
      epoch.id === id && epoch.sent <= generation ? { ...epoch, sent: generation + 1 } : epoch,
    )
    this.change({ epochs })
  }

  private nextKept(): number {
    const { next } = this.current
    this.change({ next: { ...next, kept: next.kept + 1 } })
    return next.kept
  }

  private entryChange({ view, bytes, facts }: Hosted): Change {
    const { next } = this.current
    this.change({ next: { ...next, entry: next.entry + 1 } })
    this.orders.set(view.id, next.entry)
    const kept = facts === null ? null : { ...facts, external: facts.external ? 1 : 0 }
    return put('entries', groupEntryKey(this.slot, next.entry), groupEntry, { v: 1, bytes, facts: kept })
  }

  private epochChange(id: GroupRecord['epochs'][number]['id'], sealed: Uint8Array, nowMs: number): Change {
    const known = this.current.epochs.find((epoch) => epoch.id === id)
    const { next } = this.current
    const number = known?.number ?? next.epoch
    if (known === undefined) {
      this.change({ next: { ...next, epoch: number + 1 }, epochs: [...this.current.epochs, { number, id, sinceMs: nowMs, sent: 0 }] })
    }
    return putSealed('epochs', epochKey(this.slot, number), sealed)
  }

  private outgoingChange(content: Content, entries: readonly EntryId[]): Change {
    let number = this.outgoing.get(content.mid)
    if (number === undefined) {
      number = this.nextKept()
      this.outgoing.set(content.mid, number)
    }
    const bytes = encode(contentCodec, signedContentOf(content.body))
    return put('outbox', outgoingKey(this.slot, number), outgoingRecord, { v: 1, content: bytes, entries: entries.slice(-1024) })
  }

  /** Takes over what lines mean for the chat list that were not here before. `me`: this device's local number. */
  follow(lines: readonly MessageRecord[], lamport: number, me: number, nowMs: number): void {
    if (lamport > this.current.lamport) this.change({ lamport })
    for (const line of lines) {
      const { author } = line
      const said = saidOf(line)
      this.change({ messages: this.current.messages + 1 })
      if (author !== me || said !== null) this.change({ activeMs: nowMs })
      if (said === null) continue
      const { last } = this.current
      if (author !== me) this.change({ unread: this.current.unread + 1 })
      if (last === null || comparePlaces(line, last) >= 0) this.change({ last: lastOf(line, said.text) })
    }
  }

  /** The record, if it changed since it was last written. */
  recordChange(): readonly Change[] {
    if (this.stored_ === this.current) return []
    this.stored_ = this.current
    return [put('rooms', groupKey(this.slot), groupRecord, this.current)]
  }
}
