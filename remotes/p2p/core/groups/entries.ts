/**
 * Entries between the wire and the layers of a room: what the layers see of an entry, and the entry that a
 * draft of theirs becomes. What an entry says of itself is checked here, the same on every device and by no
 * clock; what it does is decided by the layers.
 */
import type { CommitFacts } from '#contracts/cryptography.ts'
import { codeOf, SottoError } from '#contracts/errors.ts'
import { type DeviceKey, type EntryId, type EpochId, fromHex, type RoomId, toHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import {
  type Entry,
  entryCodec,
  type EntryBody as WireBody,
  entryIdOf,
  type EntryTbs,
  entryTbsCodec,
  epochIdOf,
  NO_EPOCH,
  type Op,
  type Profile,
  roomIdOf,
} from '#contracts/wire/entry.ts'
import { labelled } from '#contracts/wire/labels.ts'
import type { EntryBody, LogEntry, RoomOp } from '../rooms/entry-view.ts'
import type { Tools } from '../tools.ts'
import { Bytes, bytesOf, Card, cardOf } from './bytes.ts'
import { checkRecord } from './people.ts'

type Sha256 = (bytes: Uint8Array) => Uint8Array

/** SHA-256("sotto invite proof v1" | secret | room | joiner): shows the holder of the secret to who knows it. */
export const inviteProof = (secret: Uint8Array, room: RoomId, joiner: DeviceKey, sha256: Sha256): Uint8Array =>
  sha256(labelled('sotto invite proof v1', secret, fromHex(room), fromHex(joiner)))

/** The epoch that a room starts in: before its first commit. */
export const firstEpochOf = (room: RoomId, create: EntryId, sha256: Sha256): EpochId =>
  epochIdOf({ room, parent: NO_EPOCH, entry: create, confirmationTag: new Uint8Array(0) }, sha256)

/** What the layers ask of a commit, kept with its entry so that no stored commit is parsed twice. */
export type Facts = Pick<CommitFacts, 'external' | 'senderLeaf' | 'adds' | 'removedLeaves' | 'confirmationTag'>

/** An entry in its three forms. */
export interface Hosted {
  readonly view: LogEntry
  readonly tbs: EntryTbs
  /** Canonical, with the signature: what is stored and served. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Of commits only. */
  readonly facts: Facts | null
}

/** The form in which the layers see an entry whose signature was checked. */
export function hosted(entry: Entry, bytes: Uint8Array<ArrayBuffer>, facts: Facts | null, sha256: Sha256): Hosted {
  const { tbs } = entry
  const id = entryIdOf(tbs, sha256)
  const { author, seq, prev, deps, vote } = tbs
  return { view: { id, author, seq, prev, deps, vote, body: bodyView(tbs, id, facts, sha256) }, tbs, bytes, facts }
}

function bodyView({ room, author, body }: EntryTbs, id: LogEntry['id'], facts: Facts | null, sha256: Sha256): EntryBody {
  switch (body.kind) {
    case 'op':
      return { kind: 'op', op: opView(body.op) }
    case 'commit':
      if (facts === null) throw new SottoError('internal')
      return {
        kind: 'commit',
        parent: body.parent,
        epoch: epochIdOf({ room, parent: body.parent, entry: id, confirmationTag: facts.confirmationTag }, sha256),
        form: body.form,
        senderLeaf: body.form === 'member' ? facts.senderLeaf : null,
        adds: facts.adds,
        removedLeaves: facts.removedLeaves,
        message: new Bytes(body.message, author),
        welcome: body.welcomeHash === null ? null : toHex(body.welcomeHash),
      }
    case 'app':
      return { kind: 'app', epoch: body.epoch, message: new Bytes(body.message, author) }
    case 'ack': {
      const { holds, delivered, cant, bad, generations } = body
      return { kind: 'ack', holds: holds === 1, delivered, cant, bad, generations }
    }
    case 'keypackage':
      return { kind: 'keypackage', keyPackage: new Bytes(body.keyPackage) }
  }
}

/** An operation as the layers see it. */
export function opView(op: Op): RoomOp {
  switch (op.kind) {
    case 'create':
      return { kind: 'create', user: op.user, card: new Card(op) }
    case 'add':
      return {
        kind: 'add',
        device: op.device,
        user: op.user,
        role: op.role,
        invite: op.invite?.invite ?? null,
        keyPackage: new Bytes(op.keyPackage),
        card: new Card(op),
      }
    case 'invite':
      return { kind: 'invite', invite: op.invite, uses: op.uses, card: new Card(op) }
    case 'settings':
      return { kind: 'settings', name: op.name, topic: op.topic, picture: op.picture === null ? null : new Bytes(op.picture) }
    case 'mute':
      return { kind: 'mute', device: op.device, muted: op.muted === 1 }
    default:
      return op
  }
}

/** The same back, for an entry of our own. */
function opOf(op: RoomOp): Op {
  switch (op.kind) {
    case 'create':
    case 'add':
    case 'invite':
      return cardOf(op.card, op.kind)
    case 'settings':
      return { ...op, picture: op.picture === null ? null : bytesOf(op.picture) }
    case 'mute':
      return { ...op, muted: op.muted ? 1 : 0 }
    default:
      return op
  }
}

/** What an own ack says beyond what the layers know. */
export type AckExtras = Pick<Extract<WireBody, { kind: 'ack' }>, 'read' | 'generations'>

/** The body that travels for a draft of the layers. */
export function bodyOf(body: EntryBody, extras: AckExtras): WireBody {
  switch (body.kind) {
    case 'op':
      return { kind: 'op', op: opOf(body.op) }
    case 'commit':
      return {
        kind: 'commit',
        parent: body.parent,
        form: body.form,
        message: bytesOf(body.message),
        welcomeHash: body.welcome === null ? null : fromHex(body.welcome),
      }
    case 'app':
      return { kind: 'app', epoch: body.epoch, message: bytesOf(body.message) }
    case 'ack':
      return { kind: 'ack', holds: body.holds ? 1 : 0, delivered: body.delivered, cant: body.cant, bad: body.bad, ...extras }
    case 'keypackage':
      return { kind: 'keypackage', keyPackage: bytesOf(body.keyPackage) }
  }
}

/** Signs an entry of this device. `commit`: what its message says of itself. Throws 'too-large'. */
export async function signed(tools: Tools, tbs: EntryTbs, commit: CommitFacts | null): Promise<Hosted> {
  const signature = await tools.cryptography.sign('entry', encode(entryTbsCodec, tbs))
  const entry = { tbs, signature }
  const bytes = encode(entryCodec, entry)
  if (bytes.length > LIMITS.entryBytes) throw new SottoError('too-large')
  return hosted(entry, bytes, commit, tools.env.sha256)
}

export interface Judge {
  readonly room: RoomId
  readonly profile: Profile
  /** Of a chat of two: who founded it, and whom it is with (null where this device chose). null for a group. */
  readonly two: { readonly founder: DeviceKey; readonly joiner: DeviceKey | null } | null
  /** True for entries that the log has. */
  readonly knows: (id: LogEntry['id']) => boolean
  /** The secret of an invite that the log names; null if it names none. */
  readonly inviteSecret: (invite: Extract<Op, { kind: 'invite' }>['invite']) => Uint8Array | null
}

/**
 * Those of these entries that are new, of this room, signed by their authors, and true to themselves. Throws
 * 'malformed' or 'too-large' if one does not decode: then its sender is no honest peer.
 */
export async function judged(tools: Tools, judge: Judge, encoded: readonly Uint8Array[]): Promise<readonly Hosted[]> {
  const { cryptography, env } = tools
  const decoded = encoded.map((bytes) => ({ entry: decode(entryCodec, bytes, LIMITS.entryBytes), bytes: new Uint8Array(bytes) }))
  const fresh = decoded.filter(({ entry }) => entry.tbs.room === judge.room && !judge.knows(entryIdOf(entry.tbs, env.sha256)))
  if (fresh.length === 0) return []
  const good = await cryptography.verify(
    fresh.map(({ entry }) => ({
      label: 'entry' as const,
      key: entry.tbs.author,
      bytes: encode(entryTbsCodec, entry.tbs),
      signature: entry.signature,
    })),
  )
  const secrets = new Map<string, Uint8Array>()
  for (const { entry } of fresh) {
    const { body } = entry.tbs
    if (body.kind === 'op' && body.op.kind === 'invite') secrets.set(body.op.invite, body.op.secret)
  }
  const secretOf: Judge['inviteSecret'] = (invite) => judge.inviteSecret(invite) ?? secrets.get(invite) ?? null
  const out: Hosted[] = []
  for (const [i, { entry, bytes }] of fresh.entries()) {
    if (good[i] !== true) continue
    const item = { bytes, from: entry.tbs.author }
    if (tools.suspects.isPoison(item)) continue
    const facts = await tools.suspects.watch([item], () => factsIfTrue(tools, { ...judge, inviteSecret: secretOf }, entry.tbs))
    if (facts !== false) out.push(hosted(entry, bytes, facts, env.sha256))
  }
  return out
}

/** A peer's fault makes the entry void; ours, or the Worker's end, is no judgement. */
const OURS = new Set(['internal', 'worker-ended', 'identity-missing'])

/** The commit's facts, null for what is no commit; false if the entry is not what it says. */
async function factsIfTrue(tools: Tools, judge: Judge, tbs: EntryTbs): Promise<Facts | null | false> {
  try {
    const { body } = tbs
    if (body.kind === 'commit') return await commitFacts(tools, judge, body)
    if (body.kind === 'op' && !(await isTrue(tools, judge, tbs, body.op))) return false
    return null
  } catch (thrown) {
    if (OURS.has(codeOf(thrown))) throw thrown
    return false
  }
}

async function commitFacts(tools: Tools, { room, profile }: Judge, body: Extract<WireBody, { kind: 'commit' }>): Promise<Facts | false> {
  const facts = await tools.cryptography.inspectCommit(body.message, profile)
  if (toHex(facts.mlsGroup) !== room || facts.external !== (body.form === 'external')) return false
  return facts
}

async function isTrue(tools: Tools, judge: Judge, tbs: EntryTbs, op: Op): Promise<boolean> {
  const { env } = tools
  if (judge.two !== null && !isOfTwo(judge.two, tbs, op)) return false
  switch (op.kind) {
    case 'create': {
      const named = roomIdOf({ author: tbs.author, nonce: op.nonce, profile: op.profile, shape: op.shape }, env.sha256)
      if (named !== judge.room || op.shape !== (judge.two === null ? 'group' : 'direct')) return false
      // The suite that this device came for, or founded with: a room of another is not let in.
      if (op.profile !== judge.profile) return false
      await checkPerson(tools, op, tbs.author)
      return true
    }
    case 'add': {
      if (op.invite !== null) {
        const secret = judge.inviteSecret(op.invite.invite)
        if (secret === null || !isProof(op.invite.proof, inviteProof(secret, judge.room, op.device, env.sha256))) return false
      }
      await checkPerson(tools, op, op.device)
      return isOwnKeyPackage(tools, op, judge.profile)
    }
    case 'invite':
      return op.uses >= 1 && op.uses <= LIMITS.inviteUses && op.approval <= 1
    case 'mute':
      return op.muted <= 1
    default:
      return true
  }
}

/** A chat of two is founded, its other one is added with the founder's second entry, and that is all that ever happens to it. */
function isOfTwo({ founder, joiner }: NonNullable<Judge['two']>, tbs: EntryTbs, op: Op): boolean {
  if (tbs.author !== founder) return false
  if (op.kind === 'create') return tbs.seq === 0
  const isJoiner = op.kind === 'add' && (joiner === null || op.device === joiner)
  return isJoiner && tbs.seq === 1 && op.role === 'owner' && op.invite === null
}

const isProof = (given: Uint8Array, right: Uint8Array): boolean => right.every((byte, i) => byte === given[i])

/** Chain and record must be this device's own. Dates are not asked: no clock may decide what a valid entry is. */
async function checkPerson(
  tools: Tools,
  op: Extract<Op, { kind: 'create' | 'add' }>,
  device: Extract<Op, { kind: 'add' }>['device'],
): Promise<void> {
  const nowMs = op.chain[0]?.tbs.createdMs ?? 0
  await tools.cryptography.checkChain(op.chain, { user: op.user, device, nowMs })
  await checkRecord(tools, op.record, device)
}

/** An expired KeyPackage was judged when it was let in; whether a commit may use it is the committer's to say. */
async function isOwnKeyPackage(tools: Tools, op: Extract<Op, { kind: 'add' }>, profile: Profile): Promise<boolean> {
  try {
    const owner = await tools.cryptography.inspectKeyPackage(op.keyPackage, profile, tools.env.nowMs())
    return owner.device === op.device && owner.user === op.user
  } catch (thrown) {
    if (codeOf(thrown) === 'expired-certificate') return true
    throw thrown
  }
}
