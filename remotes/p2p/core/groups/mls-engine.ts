/**
 * The engine of a room over the port to the Worker: MLS as `rooms/engine.ts` asks for it. What a peer made
 * and does not hold is an answer (null, 'failed'); what is our own fault rejects, so that no commit is ever
 * called bad because this device was in trouble: a wrong 'bad' vote could split the room.
 */
import type { CommitMade, Cryptography, Decrypted, EpochInfo, Pending, Sealed } from '#contracts/cryptography.ts'
import type { Env } from '#contracts/env.ts'
import { codeOf, type ErrorCode, SottoError } from '#contracts/errors.ts'
import { type DeviceKey, type EpochId, type Mid, type RoomId, toHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import {
  type ContentBody,
  contentCodec,
  type ContentTbs,
  contentTbsCodec,
  midOf,
  type Content as WireContent,
} from '#contracts/wire/content.ts'
import type { Profile } from '#contracts/wire/entry.ts'
import { CAPACITIES, type Capacity } from '../rooms/capacity.ts'
import type { Content, EpochEngine, Joiner, MadeCommit, Moved, Opened } from '../rooms/engine.ts'
import type { Opaque } from '../rooms/entry-view.ts'
import type { Roster } from '../rooms/roster.ts'
import { Suspects } from '../suspects.ts'
import { Bytes, bytesOf, itemOf } from './bytes.ts'

/** A content with its author's signature: the body of what rooms call a content, the same however often it is encrypted. */
export class SignedContent implements Opaque {
  readonly content: WireContent
  constructor(content: WireContent) {
    this.content = content
  }

  get length(): number {
    return encode(contentCodec, this.content).length
  }
}

/** The signed content inside. Anything else is our own fault. */
export function signedContentOf(body: Opaque): WireContent {
  if (!(body instanceof SignedContent)) throw new SottoError('internal')
  return body.content
}

/** A KeyPackage of this device, encoded as MLSMessage, and its sealed private keys. */
export interface OwnKeyPackage {
  readonly keyPackage: Uint8Array
  readonly sealed: Sealed
}

export interface MlsEngineOptions {
  readonly cryptography: Cryptography
  readonly env: Env
  readonly room: RoomId
  readonly profile: Profile
  /**
   * Gets every token that the Worker hands out and that is not given back at once, before anything else can
   * fail: the loop adopts them all if its transaction succeeds, and drops them all if it does not.
   */
  readonly note: (pending: { readonly token: number }) => void
  /** The leaves of a known epoch, as the log tells them; null for an unknown one. */
  readonly rosterOf: (epoch: EpochId) => Roster | null
  /** The confirmation tag of the commit that made the epoch; null for the first, and for unknown ones. */
  readonly epochTag: (epoch: EpochId) => Uint8Array | null
  /** A generation was used: one of our own for a message, or one of another's that was opened. */
  readonly used?: (author: DeviceKey, epoch: EpochId, generation: number) => void
  /** What has ended the Worker before. */
  readonly suspects?: Suspects
  /** What this device may be welcomed by. Those that the engine makes are added to it. */
  readonly keyPackages: readonly OwnKeyPackage[]
}

/** Codes that judge the bytes of a peer. All others are trouble of this device's own. */
const PEERS_FAULT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'malformed',
  'too-large',
  'bad-signature',
  'bad-certificate',
  'expired-certificate',
  'wrong-suite',
  'wrong-version',
  'replayed',
  'unexpected',
  'cannot-decrypt',
  'removed',
])

/** null if what a peer made does not hold. Rejects what is our own fault. */
async function judged<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (thrown) {
    if (PEERS_FAULT.has(codeOf(thrown))) return null
    throw thrown
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array | null): boolean =>
  b !== null && a.length === b.length && a.every((byte, i) => byte === b[i])

/** Whether MLS has the very leaves that the log gives to the epoch, in the room's own suite. */
function fits(info: EpochInfo, roster: Roster, profile: Profile): boolean {
  if (info.profile !== profile) return false
  const leaves = new Map<number, DeviceKey>(info.roster.map(({ leafIndex, device }) => [leafIndex, device]))
  const filled = roster.filter((device) => device !== null).length
  return filled === leaves.size && roster.every((device, leaf) => device === (leaves.get(leaf) ?? null))
}

const movedOf = ({ token, sealed }: Pending): Moved => ({ token, sealed: new Bytes(sealed) })

export class MlsEngine implements EpochEngine {
  private readonly options: MlsEngineOptions
  private readonly keyPackages: OwnKeyPackage[]
  private readonly suspects: Suspects
  /** What own commits lead to, until they are named. */
  private readonly made = new Map<number, EpochInfo>()

  /** What a room of this profile holds, and what one commit of it may add. */
  get capacity(): Capacity {
    return CAPACITIES[this.options.profile]
  }

  constructor(options: MlsEngineOptions) {
    this.options = options
    this.keyPackages = [...options.keyPackages]
    this.suspects = options.suspects ?? new Suspects(options.env.sha256)
  }

  async found(epoch: EpochId): Promise<Moved> {
    const { cryptography, env, room, profile } = this.options
    return movedOf(this.noted(await cryptography.createGroup(room, epoch, profile, env.nowMs())))
  }

  async commit(
    parent: EpochId,
    { adds, removedLeaves }: { readonly adds: readonly Joiner[]; readonly removedLeaves: readonly number[] },
  ): Promise<MadeCommit> {
    const { cryptography, env, room } = this.options
    const roster = this.rosterOf(parent)
    const removeDevices = removedLeaves.map((leaf) => {
      const device = roster[leaf] ?? null
      if (device === null) throw new SottoError('internal')
      return device
    })
    const addKeyPackages = adds.map(({ keyPackage }) => bytesOf(keyPackage))
    return this.madeOf(this.noted(await cryptography.createCommit(room, parent, { addKeyPackages, removeDevices, nowMs: env.nowMs() })))
  }

  async rejoin(parent: EpochId, groupInfo: Opaque): Promise<MadeCommit | null> {
    const { cryptography, env, room, profile, epochTag } = this.options
    const confirmationTag = epochTag(parent)
    // The first epoch has one member, which made it and has nothing to come back to.
    if (confirmationTag === null) return null
    const call = cryptography.externalCommit({ room, profile, groupInfo: bytesOf(groupInfo), confirmationTag, nowMs: env.nowMs() })
    const made = await judged(call)
    return made === null ? null : this.madeOf(this.noted(made))
  }

  async refound(adds: readonly Joiner[]): Promise<MadeCommit> {
    const { cryptography, env, room, profile } = this.options
    const keyPackages = adds.map(({ keyPackage }) => bytesOf(keyPackage))
    return this.madeOf(this.noted(await cryptography.refound(room, profile, keyPackages, env.nowMs())))
  }

  async usable({ device, keyPackage }: Joiner): Promise<boolean> {
    const { cryptography, env, profile } = this.options
    const owner = await judged(cryptography.inspectKeyPackage(bytesOf(keyPackage), profile, env.nowMs()))
    return owner?.device === device
  }

  async process(parent: EpochId, epoch: EpochId, message: Opaque): Promise<Moved | null> {
    const { cryptography, env, room } = this.options
    const roster = this.rosterOf(epoch)
    const result = await this.looked(message, () => cryptography.processCommit(room, parent, bytesOf(message), env.nowMs()))
    return result === null ? null : this.settle(result, epoch, roster)
  }

  async join(epoch: EpochId, welcome: Opaque): Promise<Moved | null> {
    const { cryptography, env, room, profile } = this.options
    const roster = this.rosterOf(epoch)
    for (const { keyPackage, sealed } of this.keyPackages) {
      const input = { room, profile, welcome: bytesOf(welcome), keyPackage, sealedKeyPackage: sealed, nowMs: env.nowMs() }
      const result = await this.looked(welcome, () => cryptography.join(input))
      const moved = result === null ? null : await this.settle(result, epoch, roster)
      if (moved !== null) return moved
    }
    return null
  }

  async name(token: number, epoch: EpochId): Promise<Moved> {
    const info = this.made.get(token)
    this.made.delete(token)
    // The log says what the commit did; MLS must have done that and nothing else.
    if (info === undefined || !fits(info, this.rosterOf(epoch), this.options.profile)) throw new SottoError('internal')
    return movedOf(await this.options.cryptography.nameCommit(token, epoch))
  }

  async encrypt(epoch: EpochId, content: Content): Promise<Moved & { readonly message: Opaque; readonly generation: number }> {
    const { cryptography, room } = this.options
    const plaintext = encode(contentCodec, signedContentOf(content.body))
    const sent = this.noted(await cryptography.encrypt(room, epoch, plaintext))
    this.options.used?.(content.author, epoch, sent.generation)
    return { ...movedOf(sent), message: new Bytes(sent.message), generation: sent.generation }
  }

  async decrypt(
    epoch: EpochId,
    messages: readonly Opaque[],
  ): Promise<{ readonly results: readonly Opened[]; readonly moved: Moved | null }> {
    const { cryptography, env, room } = this.options
    const items = messages.map(itemOf)
    const when = this.suspects.sort(items)
    const now = items.filter((_, i) => when[i] === 'now')
    const call = (): ReturnType<typeof cryptography.decrypt> =>
      cryptography.decrypt(
        room,
        epoch,
        now.map(({ bytes }) => bytes),
      )
    const { results, pending } = now.length === 0 ? { results: [], pending: null } : await this.suspects.watch(now, call)
    if (pending !== null) this.noted(pending)
    let next = 0
    const decrypted = when.map((kind) => (kind === 'now' ? results[next++] : undefined))
    const contents = messages.map((_, i) => this.contentIn(decrypted[i]))
    const candidates = contents.filter((content) => content !== null)
    const signed = await cryptography.verify(
      candidates.map(({ tbs, signature }) => ({
        label: 'content' as const,
        key: tbs.author,
        bytes: encode(contentTbsCodec, tbs),
        signature,
      })),
    )
    const good = new Set(candidates.filter((_, i) => signed[i] === true))
    const opened = contents.map((content, i): Opened => {
      const result = decrypted[i]
      if (when[i] === 'later') return { kind: 'later' }
      if (content === null || !good.has(content) || result === undefined || !result.ok) return { kind: 'failed' }
      this.options.used?.(result.sender, epoch, result.generation)
      return { kind: 'opened', content: contentOf(content, env), sender: result.sender, generation: result.generation }
    })
    return { results: opened, moved: pending === null ? null : movedOf(pending) }
  }

  async groupInfo(epoch: EpochId): Promise<Opaque> {
    return new Bytes(await this.options.cryptography.exportGroupInfo(this.options.room, epoch))
  }

  async keyPackage(): Promise<{ readonly keyPackage: Opaque; readonly sealed: Opaque }> {
    const { cryptography, env, profile } = this.options
    const made = await cryptography.createKeyPackage(profile, env.nowMs())
    this.keyPackages.push(made)
    return { keyPackage: new Bytes(made.keyPackage), sealed: new Bytes(made.sealed) }
  }

  adopt(token: number): Promise<void> {
    return this.options.cryptography.adopt(token)
  }

  prune(epoch: EpochId): Promise<void> {
    return this.options.cryptography.dropEpoch(this.options.room, epoch)
  }

  /** One thing that a peer made, if it does not end the Worker. */
  private async looked<T>(what: Opaque, call: () => Promise<T>): Promise<T | null> {
    const item = itemOf(what)
    return this.suspects.isPoison(item) ? null : judged(this.suspects.watch([item], call))
  }

  private noted<P extends { readonly token: number }>(pending: P): P {
    this.options.note(pending)
    return pending
  }

  private rosterOf(epoch: EpochId): Roster {
    const roster = this.options.rosterOf(epoch)
    if (roster === null) throw new SottoError('internal')
    return roster
  }

  /** Names the epoch that a peer's commit or Welcome led to, if it is that epoch; else gives it up. */
  private async settle(result: Omit<CommitMade, 'commit' | 'welcome'>, epoch: EpochId, roster: Roster): Promise<Moved | null> {
    const { cryptography, epochTag, profile } = this.options
    if (sameBytes(result.confirmationTag, epochTag(epoch)) && fits(result.info, roster, profile)) {
      this.noted(result)
      return movedOf(await cryptography.nameCommit(result.token, epoch))
    }
    await cryptography.drop(result.token)
    return null
  }

  private madeOf({ token, commit, confirmationTag, welcome, info }: CommitMade): MadeCommit {
    this.made.set(token, info)
    return {
      token,
      message: new Bytes(commit),
      welcome: welcome === null ? null : new Bytes(welcome),
      welcomeHash: welcome === null ? null : toHex(this.options.env.sha256(welcome)),
      confirmationTag: toHex(confirmationTag),
    }
  }

  /** The content, if it is of this room and by the member that encrypted it. Its signature is still to be checked. */
  private contentIn(result: Decrypted | undefined): WireContent | null {
    if (result === undefined || !result.ok) return null
    try {
      const content = decode(contentCodec, result.plaintext, LIMITS.entryBytes)
      return content.tbs.author === result.sender && content.tbs.room === this.options.room ? content : null
    } catch (thrown) {
      if (codeOf(thrown) === 'internal') throw thrown
      return null
    }
  }
}

/** A signed wire content as rooms see it. */
export function contentOf(content: WireContent, env: Pick<Env, 'sha256'>): Content {
  const { tbs } = content
  return { mid: midOf(tbs, env.sha256), author: tbs.author, lamport: tbs.lamport, body: new SignedContent(content) }
}

/** Bytes that make two equal texts two messages. */
const NONCE_BYTES = 8

/** Makes and signs a content of this device: what RoomEnv.compose needs. Rejects what the Worker rejects. */
export async function createContent(
  { cryptography, env }: { readonly cryptography: Pick<Cryptography, 'sign'>; readonly env: Env },
  content: {
    readonly room: RoomId
    readonly author: DeviceKey
    readonly lamport: number
    readonly deps: readonly Mid[]
    readonly body: ContentBody
  },
): Promise<Content> {
  const tbs: ContentTbs = { v: 1, ...content, sentAtMs: env.nowMs(), nonce: env.random(NONCE_BYTES) }
  const signature = await cryptography.sign('content', encode(contentTbsCodec, tbs))
  return contentOf({ tbs, signature }, env)
}
