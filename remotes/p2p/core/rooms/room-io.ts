/** What goes into a room's step and what comes out: events, frames, writes, effects. Nothing here acts. */
import type { DeviceKey, EntryId, EpochId, Mid } from '#contracts/ids.ts'
import type { Content } from './engine.ts'
import type { EntryBody, LogEntry, Opaque, RoomOp } from './entry-view.ts'
import type { EpochRules } from './epochs.ts'
import type { Tip } from './log.ts'

/** Between two linked devices of a room. */
export type RoomFrame =
  /** Equal fingerprints need nothing more. */
  | { readonly kind: 'digest'; readonly fingerprint: string }
  /** `answer`: please tell me yours too. */
  | { readonly kind: 'have'; readonly tips: readonly Tip[]; readonly answer: boolean }
  | { readonly kind: 'entries'; readonly entries: readonly LogEntry[] }
  /** A Welcome, kept by every member: whoever is asked serves it. */
  | { readonly kind: 'welcome'; readonly commit: EntryId; readonly bytes: Opaque }
  /** I can't get into `epoch`; `welcomes` are the commits on its chain that added me. */
  | { readonly kind: 'ask'; readonly epoch: EpochId; readonly welcomes: readonly EntryId[] }
  | { readonly kind: 'group-info'; readonly epoch: EpochId; readonly bytes: Opaque }

/** A message of this device and the entries that carry it. */
export interface Outgoing {
  readonly content: Content
  readonly entries: readonly EntryId[]
}

export type RoomWrite =
  | { readonly kind: 'entry'; readonly entry: LogEntry }
  | { readonly kind: 'epoch'; readonly epoch: EpochId; readonly sealed: Opaque }
  | { readonly kind: 'prune'; readonly epoch: EpochId }
  /** An app entry that was opened; it can't be opened twice. */
  | { readonly kind: 'opened'; readonly entry: EntryId; readonly mid: Mid }
  /** A message to show. Written once for each mid. */
  | { readonly kind: 'message'; readonly content: Content }
  | { readonly kind: 'queued'; readonly content: Content }
  | { readonly kind: 'unqueued'; readonly mid: Mid }
  | { readonly kind: 'outgoing'; readonly message: Outgoing }
  | { readonly kind: 'delivered'; readonly mid: Mid }
  | { readonly kind: 'welcome'; readonly commit: EntryId; readonly bytes: Opaque }
  | { readonly kind: 'keypackage'; readonly keyPackage: Opaque; readonly sealed: Opaque }

/** What a room starts from again. Entries with causes first. */
export interface StoredRoom {
  readonly entries: readonly LogEntry[]
  readonly epochs: readonly EpochId[]
  readonly opened: ReadonlyMap<EntryId, Mid>
  readonly queued: readonly Content[]
  readonly outgoing: readonly Outgoing[]
  readonly welcomes: ReadonlyMap<EntryId, Opaque>
  /** The highest lamport time of any message. */
  readonly lamport: number
  /** This device turned out to be a copy (`Room.isSilent`): it stays silent. */
  readonly silenced?: boolean
}

export type TimerName = 'settle' | 'settle-latest' | 'commit' | 'ack' | 'gossip' | 'recover' | 'resend' | 'sync'

export type RoomEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'linked'; readonly peer: DeviceKey }
  | { readonly kind: 'unlinked'; readonly peer: DeviceKey }
  | { readonly kind: 'frame'; readonly from: DeviceKey; readonly frame: RoomFrame }
  | { readonly kind: 'timer'; readonly name: TimerName }
  | { readonly kind: 'say'; readonly body: Opaque }
  | { readonly kind: 'operate'; readonly op: RoomOp }
  /** The next ack has news that the room does not know of (how far the person has read). */
  | { readonly kind: 'tell' }
  /** The batch before asked for it. */
  | { readonly kind: 'continue' }

/** The outcome of one step: store `writes` in one transaction, adopt `tokens`, then run the rest in order. */
export class Batch {
  readonly writes: RoomWrite[] = []
  readonly tokens: number[] = []
  readonly pruned: EpochId[] = []
  readonly frames: { readonly to: DeviceKey; readonly frame: RoomFrame }[] = []
  /** null clears the timer. */
  readonly timers: { readonly name: TimerName; readonly delayMs: number | null }[] = []
  /** There is more to do: step again with 'continue' once this batch is done with. */
  more = false
}

/** An entry before it has an id. */
export interface Draft {
  readonly author: DeviceKey
  readonly seq: number
  readonly prev: EntryId | null
  readonly deps: readonly EntryId[]
  readonly vote: EpochId
  readonly body: EntryBody
  /** For commits: the epoch's id is made from it and the entry's. */
  readonly confirmationTag: string | null
}

export interface RoomEnv {
  readonly rules: EpochRules
  /** SHA-256 as text. */
  hash(text: string): string
  /** 0 up to 1. */
  random(): number
  /** Names and signs. For a commit it also fills in the epoch that it makes. */
  sign(draft: Draft): Promise<LogEntry>
  /** Makes and signs a content of this device. */
  compose(body: Opaque, lamport: number): Promise<Content>
}
