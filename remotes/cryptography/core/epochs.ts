/**
 * The epochs that are loaded, and the moves that are not adopted yet. One epoch has one mutable slot: a
 * second move while one is pending is refused, so that no generation is ever used twice.
 */
import type { CommitMade, Decrypted, EpochInfo, Pending, Sealed } from '#contracts/cryptography.ts'
import { codeOf, SottoError } from '#contracts/errors.ts'
import { type DeviceKey, type EpochId, fromHex, idOf, type RoomId, type UserId } from '#contracts/ids.ts'
import type { Profile } from '#contracts/wire/entry.ts'
import { wipe } from './bytes.ts'
import { chainOfLeaf } from './leaves.ts'
import type { Engines, Group, MlsEngine, Moved } from './mls.ts'
import type { Bytes } from './primitives.ts'
import type { Vault } from './vault.ts'

interface Slot {
  group: Group
  /** The pending move's token, or that one is being made, or none. */
  move: number | 'making' | null
  /** Calls that read the group now: it must not be wiped under them. */
  readers: number
}

type PendingState =
  | { readonly kind: 'move'; readonly key: string; readonly moved: Moved }
  /** A new epoch; `key` is null until it is named. */
  | { readonly kind: 'epoch'; readonly room: RoomId; readonly group: Group; readonly key: string | null }

/** Moves that wait for adopt or drop, over all rooms. up: memory; down: busy engines are refused. */
const MAX_PENDING = 256

const keyOf = (room: RoomId, epoch: EpochId): string => `${room}/${epoch}`

type DecryptCode = Extract<Decrypted, { ok: false }>['code']
const DECRYPT_CODES: readonly DecryptCode[] = ['malformed', 'too-large', 'cannot-decrypt', 'replayed', 'bad-certificate', 'unexpected']

export class Epochs {
  private readonly engines: Engines
  private readonly vault: Vault
  private readonly slots = new Map<string, Slot>()
  private readonly pending = new Map<number, PendingState>()
  /** Users by their credential in memory, which one epoch's tree takes over from the last one's. */
  private readonly users = new WeakMap<Uint8Array, UserId>()
  private lastToken = 0

  constructor(engines: Engines, vault: Vault) {
    this.engines = engines
    this.vault = vault
  }

  /** The engine of the group's suite. */
  engineOf(group: Group): MlsEngine {
    return this.engines[this.engines.classic.profileOf(group)]
  }

  infoOf(group: Group): EpochInfo {
    const engine = this.engineOf(group)
    const { number, roster, authenticator, confirmationTag } = engine.factsOf(group)
    return {
      number,
      roster: roster.map(({ leafIndex, identity, device }) => ({
        leafIndex,
        device: idOf<DeviceKey>(device),
        user: this.userOf(engine.profileOf(group), identity),
      })),
      authenticator: new Uint8Array(authenticator),
      confirmationTag: new Uint8Array(confirmationTag),
      profile: engine.profileOf(group),
    }
  }

  async create(room: RoomId, epoch: EpochId, group: Group): Promise<Pending & { readonly info: EpochInfo }> {
    const { token, info } = this.found(room, group)
    try {
      return { ...(await this.name(token, epoch)), info }
    } catch (thrown) {
      this.forget(token)
      throw thrown
    }
  }

  /** Keeps a new epoch until it is named. */
  found(room: RoomId, group: Group): Omit<CommitMade, 'commit' | 'welcome'> {
    const info = this.infoOf(group)
    const token = this.newToken()
    this.pending.set(token, { kind: 'epoch', room, group, key: null })
    return { token, confirmationTag: new Uint8Array(info.confirmationTag), info }
  }

  async name(token: number, epoch: EpochId): Promise<Pending> {
    const held = this.pending.get(token)
    if (held?.kind !== 'epoch' || held.key !== null) throw new SottoError('unexpected')
    const key = keyOf(held.room, epoch)
    if (this.isTaken(key)) throw new SottoError('unexpected')
    this.pending.set(token, { ...held, key })
    return { token, sealed: await this.seal(key, held.group) }
  }

  async load(room: RoomId, epoch: EpochId, sealed: Sealed): Promise<EpochInfo> {
    const key = keyOf(room, epoch)
    const known = this.slots.get(key)
    if (known !== undefined) return this.infoOf(known.group)
    const group = this.engines.classic.decodeGroup(await this.vault.open('epoch', key, sealed))
    const now = this.slots.get(key)
    if (now !== undefined) return this.infoOf(now.group)
    if (this.isTaken(key)) throw new SottoError('unexpected')
    this.slots.set(key, { group, move: null, readers: 0 })
    return this.infoOf(group)
  }

  /** 'unexpected' while a call on the epoch is under way. A pending move of it is dropped. */
  drop(room: RoomId, epoch: EpochId): void {
    const key = keyOf(room, epoch)
    const slot = this.slots.get(key)
    if (slot === undefined) return
    if (slot.readers > 0) throw new SottoError('unexpected')
    this.slots.delete(key)
    if (typeof slot.move === 'number') this.forget(slot.move)
    this.engineOf(slot.group).wipeGroup(slot.group)
  }

  /** Lets `use` read the epoch's group; a commit on it is no move of it. Rejects 'not-found' if it is not loaded. */
  async read<T>(room: RoomId, epoch: EpochId, use: (group: Group) => Promise<T>): Promise<T> {
    const slot = this.slotOf(room, epoch)
    slot.readers++
    try {
      return await use(slot.group)
    } finally {
      slot.readers--
    }
  }

  async encrypt(
    room: RoomId,
    epoch: EpochId,
    plaintext: Uint8Array,
  ): Promise<Pending & { readonly message: Bytes; readonly generation: number }> {
    return this.move(room, epoch, async (key, group) => {
      const { message, generation, ...moved } = await this.engineOf(group).encrypt(group, plaintext)
      return { ...(await this.propose(key, moved)), message, generation }
    })
  }

  async decrypt(
    room: RoomId,
    epoch: EpochId,
    messages: readonly Uint8Array[],
  ): Promise<{ readonly results: readonly Decrypted[]; readonly pending: Pending | null }> {
    return this.move(room, epoch, async (key, start) => {
      let group = start
      const spent: Uint8Array[] = []
      const results: Decrypted[] = []
      for (const message of messages) {
        try {
          const opened = await this.engineOf(group).decrypt(group, message)
          group = opened.group
          spent.push(...opened.spent)
          results.push({ ok: true, plaintext: opened.plaintext, sender: idOf<DeviceKey>(opened.device), generation: opened.generation })
        } catch (thrown) {
          const code = codeOf(thrown)
          results.push({ ok: false, code: DECRYPT_CODES.find((known) => known === code) ?? 'cannot-decrypt' })
        }
      }
      return { results, pending: group === start ? null : await this.propose(key, { group, spent }) }
    })
  }

  adopt(token: number): void {
    const held = this.pending.get(token)
    if (held === undefined) throw new SottoError('unexpected')
    if (held.kind === 'epoch') {
      if (held.key === null) throw new SottoError('unexpected')
      this.slots.set(held.key, { group: held.group, move: null, readers: 0 })
    } else {
      const slot = this.slots.get(held.key)
      if (slot === undefined) throw new SottoError('unexpected')
      slot.group = held.moved.group
      slot.move = null
      wipe(...held.moved.spent)
    }
    this.pending.delete(token)
  }

  /** Dropping what is gone already is no error: a crash may leave the caller unsure. */
  forget(token: number): void {
    const held = this.pending.get(token)
    this.pending.delete(token)
    if (held?.kind === 'epoch') this.engineOf(held.group).wipeGroup(held.group)
    if (held?.kind !== 'move') return
    const slot = this.slots.get(held.key)
    if (slot?.move === token) slot.move = null
  }

  private userOf(profile: Profile, identity: Uint8Array): UserId {
    const known = this.users.get(identity)
    if (known !== undefined) return known
    const [certificate] = chainOfLeaf(profile, identity)
    if (certificate === undefined) throw new SottoError('bad-certificate')
    this.users.set(identity, certificate.tbs.user)
    return certificate.tbs.user
  }

  private slotOf(room: RoomId, epoch: EpochId): Slot {
    const slot = this.slots.get(keyOf(room, epoch))
    if (slot === undefined) throw new SottoError('not-found')
    return slot
  }

  /** Makes one move of one epoch; `make` ends by proposing it, or moves nothing. */
  private async move<T>(room: RoomId, epoch: EpochId, make: (key: string, group: Group) => Promise<T>): Promise<T> {
    const slot = this.slotOf(room, epoch)
    if (slot.move !== null) throw new SottoError('unexpected')
    slot.move = 'making'
    slot.readers++
    try {
      return await make(keyOf(room, epoch), slot.group)
    } finally {
      slot.readers--
      if (slot.move === 'making') slot.move = null
    }
  }

  private async propose(key: string, moved: Moved): Promise<Pending> {
    const sealed = await this.seal(key, moved.group)
    const slot = this.slots.get(key)
    if (slot === undefined) throw new SottoError('unexpected')
    const token = this.newToken()
    this.pending.set(token, { kind: 'move', key, moved })
    slot.move = token
    return { token, sealed }
  }

  private async seal(key: string, group: Group): Promise<Sealed> {
    const plaintext = this.engineOf(group).encodeGroup(group)
    const sealed = await this.vault.seal('epoch', key, plaintext)
    wipe(plaintext)
    return sealed
  }

  private isTaken(key: string): boolean {
    if (this.slots.has(key)) return true
    for (const held of this.pending.values()) if (held.kind === 'epoch' && held.key === key) return true
    return false
  }

  private newToken(): number {
    if (this.pending.size >= MAX_PENDING) throw new SottoError('unexpected')
    return ++this.lastToken
  }
}

/** The group id that a room's MLS groups carry. */
export const groupIdOf = (room: RoomId): Bytes => fromHex(room)
