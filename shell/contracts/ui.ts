/**
 * The port between the engine and the ui. The ui reads one immutable view and gives commands; it holds no
 * protocol state and no keys, and every string that came from a peer is a text node.
 */
import type { ErrorCode, Result } from './errors.ts'
import type { Life } from './lives.ts'

export { LIVES, type Life } from './lives.ts'

/** Opaque handles of the ui's world. Not protocol ids. */
export type ChatId = string
export type MessageId = string
export type InviteId = string
/** A device that is a member of a room. */
export type MemberId = string
/** Somebody who came by an invite and waits for an admin. */
export type RequestId = string

export type Role = 'owner' | 'admin' | 'member'

/** What a room's encryption is made of, by name. The first is chosen where nobody chooses. */
export const SUITES = ['hybrid', 'classic', 'nist'] as const
export type Suite = (typeof SUITES)[number]

/** written: this device only · held: another device has it · delivered: decrypted by every recipient · read. */
export type Tick = 'written' | 'held' | 'delivered' | 'read'

/** A chat's link in words. finding, connecting, proving are the steps of 'Connecting'. */
export type LinkState =
  | { readonly kind: 'connected'; readonly path: 'direct' | 'relayed' | 'unknown' }
  | { readonly kind: 'connecting'; readonly step: 'finding' | 'connecting' | 'proving' }
  /** `problem` only when the person should know: somebody who is not the contact answered, and the like. */
  | { readonly kind: 'offline'; readonly lastHeardMs: number | null; readonly problem: ErrorCode | null }

/** One emoji under a message, and whose it is. */
export interface ReactionView {
  readonly emoji: string
  /** One of them is this person's. */
  readonly mine: boolean
  /** Of everybody else, who reacted first comes first. */
  readonly names: readonly string[]
}

/** A message as it is quoted over an answer, or pinned: told from what is stored here, never from what a peer claims of it. */
export interface QuoteView {
  readonly id: MessageId
  readonly mine: boolean
  readonly authorName: string
  /** Its beginning. '' where it is not there. */
  readonly text: string
  /** there · deleted: by its author, or on this device · missing: not (yet) on this device. */
  readonly state: 'there' | 'deleted' | 'missing'
}

export interface MessageView {
  readonly id: MessageId
  readonly mine: boolean
  readonly authorName: string
  readonly sentAtMs: number
  /** '' where it was deleted. */
  readonly text: string
  /** Own messages only. */
  readonly tick: Tick | null
  /** In rooms: who wrote it, as among RoomFacts.members; two people may bear one name. */
  readonly author?: { readonly id: MemberId; readonly hue: number }
  /** What it answers. */
  readonly reply?: QuoteView
  /** In the order in which each emoji was first used; at most LIMITS.emojiShown. */
  readonly reactions?: readonly ReactionView[]
  readonly edited?: boolean
  /** Its author has taken it back, from everybody. */
  readonly deleted?: boolean
  readonly pinned?: boolean
  /** How long it stays: after it was read; of own messages, after it was sent. Left out: for good. */
  readonly life?: Life
}

/** What this device knows of one message. */
export interface MessageInfo {
  /** By its author's clock. */
  readonly sentAtMs: number
  /** The epoch of the keys that it was encrypted with; null where it was not yet, or where the group was founded anew before it. */
  readonly epoch: number | null
  /**
   * Who was in the chat when it was sent and still is, but for its author and this person. waiting: is not known to have anything of it · held: keeps
   * it, encrypted · delivered, read: said so to this device, which the others do of its own messages only.
   */
  readonly people: readonly {
    readonly id: MemberId
    readonly name: string
    readonly state: 'waiting' | 'held' | 'delivered' | 'read'
  }[]
}

/** What happened, told in the chat; worded by the ui. */
export interface NoticeView {
  readonly id: MessageId
  readonly atMs: number
  readonly notice:
    | { readonly kind: 'created' }
    | { readonly kind: 'joined'; readonly name: string }
    | { readonly kind: 'renamed'; readonly from: string; readonly to: string }
    // In rooms: who did it to whom; null for `by` where nobody is known to have.
    | { readonly kind: 'added'; readonly name: string; readonly by: string }
    | { readonly kind: 'left'; readonly name: string }
    | { readonly kind: 'removed'; readonly name: string; readonly by: string }
    | { readonly kind: 'role'; readonly name: string; readonly role: Role; readonly by: string }
    | { readonly kind: 'room-named'; readonly to: string; readonly by: string }
    | { readonly kind: 'topic'; readonly to: string; readonly by: string }
    | { readonly kind: 'picture'; readonly by: string }
    /** Somebody set how long messages stay from now on. */
    | { readonly kind: 'timer'; readonly life: Life; readonly by: string }
    /** A new MLS group in the same room: the room's code changed. */
    | { readonly kind: 'refounded' }
    /** Messages from before can't be had any more: nobody kept them. */
    | { readonly kind: 'gap' }
}
export type ChatItem = ({ readonly kind: 'message' } & MessageView) | ({ readonly kind: 'notice' } & NoticeView)

export interface ChatSummary {
  readonly id: ChatId
  /** direct: with one person · room: a group. */
  readonly kind: 'direct' | 'room'
  /**
   * Of a room: joining (let in, but nobody who could hand over the keys is reachable yet), open, removed, left.
   * A direct chat is always open.
   */
  readonly standing: 'joining' | 'open' | 'removed' | 'left'
  /** Members of a room that are linked now, this device included, and all of them. null for a direct chat. */
  readonly members: { readonly online: number; readonly all: number } | null
  /** A room's picture as a blob: or data: URL of this page; null for none. */
  readonly picture: string | null
  readonly name: string
  /** 0 to 359: the hue of the avatar, the same on every device. */
  readonly hue: number
  readonly last: {
    /** '' for a message that its author has taken back. */
    readonly text: string
    readonly atMs: number
    readonly mine: boolean
    readonly tick: Tick | null
    /** In rooms: the name of whoever wrote it. */
    readonly by?: string
  } | null
  readonly unread: number
  /** What the person has typed and not sent, as of the last `keepDraft`. */
  readonly draft?: string
  /** Nobody is told of its messages while they look elsewhere, and they count in no badge. */
  readonly muted?: boolean
  /** Stands before all others. */
  readonly pinned?: boolean
  /** Out of the list, until something is said in it. */
  readonly archived?: boolean
  /** How long what is said from now on stays; left out: for good. */
  readonly life?: Life
  readonly link: LinkState
  readonly verified: boolean
}

/** Where a chat stands in the list; what is left out stays as it is. Pinned and archived exclude each other: the one that is set ends the other. */
export type Arrangement = Partial<Record<'muted' | 'pinned' | 'archived', boolean>>

/** An open conversation. `items` is the newest part of the history, oldest first. */
export interface Conversation {
  readonly chat: ChatId
  readonly items: readonly ChatItem[]
  /** More history is stored on this device. */
  readonly hasOlder: boolean
  /** The first item not read when the chat was opened; null if none. */
  readonly firstUnread: MessageId | null
  /** Pinned messages that are here, the newest pin last. */
  readonly pins?: readonly QuoteView[]
}

export interface InviteView {
  readonly id: InviteId
  readonly url: string
  readonly createdMs: number
  readonly expiresMs: number
  readonly state: 'open' | 'used' | 'revoked' | 'expired'
}

/** The invite that this page was opened with. */
export interface OpenedInvite {
  /** The name in the link, a person's or a room's: a claim until the link is proven. */
  readonly name: string
  readonly for: 'contact' | 'room'
  readonly state:
    | { readonly kind: 'offered' }
    | { readonly kind: 'accepting'; readonly step: 'finding' | 'connecting' | 'proving' | 'joining' | 'approval' }
    | { readonly kind: 'accepted'; readonly chat: ChatId }
    | { readonly kind: 'refused'; readonly code: ErrorCode }
}

/** Languages of the interface, by BCP 47. */
export const LANGUAGES = ['en', 'de', 'es', 'ar', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

/** Minutes; 0 is never. */
export const LOCK_AFTER = [0, 5, 15, 60] as const
export type LockAfter = (typeof LOCK_AFTER)[number]

export interface View {
  /**
   * loading: storage is being read · welcome: nobody is here yet · ready · lost: see identity-missing · locked: until
   * `unlock` · newer: see storage-newer.
   */
  readonly phase: 'loading' | 'welcome' | 'ready' | 'lost' | 'locked' | 'newer'
  readonly me: { readonly name: string; readonly hue: number } | null
  readonly chats: readonly ChatSummary[]
  readonly conversation: Conversation | null
  readonly invites: readonly InviteView[]
  readonly openedInvite: OpenedInvite | null
  /** The broker: needed to make connections, not to keep them. */
  readonly broker: 'connecting' | 'up' | 'down'
  /** Another tab took over: nothing can be written here any more. */
  readonly fenced: boolean
  readonly storageProblem: 'storage-full' | 'storage-failed' | null
  /** Own messages that only this device holds, over all chats: closing now would keep them from everybody. */
  readonly unheld: number
  readonly theme: 'system' | 'light' | 'dark'
  /** system: the first of the browser's languages that there is. */
  readonly language: 'system' | Language
  /** Whether the person wants to be told of new messages while they look elsewhere. Off until they choose it. */
  readonly notifications: boolean
  /** Off, the default: how far one has read is neither told nor shown. */
  readonly readTicks: boolean
  /** Connections are made by way of a relay only; where there is none, not at all ('no-relay'). Off by default. */
  readonly relayOnly: boolean
  /** Whether what is stored opens with a passphrase only. */
  readonly passphrase: boolean
  /** Minutes without a touch or a key after which the ui calls `lock`; 0: never. */
  readonly lockAfter: LockAfter
}

/** The live facts behind the trust panel. Each is measured, or null: never guessed. */
export interface TrustFacts {
  readonly link: LinkState
  readonly roundTripMs: number | null
  readonly localCandidate: string | null
  readonly remoteCandidate: string | null
  readonly bytesSent: number | null
  readonly bytesReceived: number | null
  readonly lastHeardMs: number | null
  /** MLS profile, epoch number, when the epoch began (by this device's clock), a short code of its authenticator. */
  readonly suite: string
  readonly epoch: number
  readonly epochSinceMs: number
  readonly roomCode: string
  /** Own messages that only this device holds; messages kept here that others have not fetched. */
  readonly undelivered: number
  readonly storedMessages: number
  /** 60 digits, in 12 groups of 5. */
  readonly safetyNumber: string
  readonly infrastructure: {
    readonly signalling: { readonly host: string; readonly connected: boolean; readonly selfHosted: boolean }
    readonly staticHost: { readonly host: string }
    readonly relay: { readonly configured: boolean; readonly inUse: boolean }
  }
}

export interface MemberView {
  readonly id: MemberId
  readonly name: string
  readonly hue: number
  readonly role: Role
  readonly mine: boolean
  readonly link: LinkState
  /** Own messages in this room that this member has not fetched yet. */
  readonly waiting: number
  /** What this person may do to that member now, by the room's rules. */
  readonly may: { readonly remove: boolean; readonly roles: readonly Role[] }
}

export interface RoomInviteView {
  readonly id: InviteId
  readonly url: string
  readonly createdMs: number
  readonly expiresMs: number
  readonly uses: number
  readonly used: number
  readonly approval: boolean
  /** Made on this device: only there can it be called, so only then has it a `url` that works. */
  readonly mine: boolean
  readonly state: 'open' | 'used' | 'revoked' | 'expired'
}

/** All that *Details* of a room shows. */
export interface RoomFacts {
  readonly name: string
  readonly topic: string
  readonly picture: string | null
  readonly role: Role
  readonly may: { readonly invite: boolean; readonly settings: boolean }
  readonly members: readonly MemberView[]
  readonly invites: readonly RoomInviteView[]
  readonly requests: readonly { readonly id: RequestId; readonly name: string; readonly hue: number; readonly askedMs: number }[]
  /** 15 digits in 3 groups; null while this device is not in the newest epoch. */
  readonly roomCode: string | null
  readonly suite: string
  readonly epoch: number
  /** Own messages that nobody else holds, that somebody lacks, and the names of those they wait for. */
  readonly unheld: number
  readonly waitingFor: readonly string[]
  /** For the last owner among others: the name of whoever becomes owner if this person leaves. */
  readonly heir?: string | null
}

export interface Messenger {
  /** The view now. The same object until something changed. */
  view(): View
  /** Calls back after each change; returns the way to stop. */
  subscribe(listener: () => void): () => void

  start(name: string): Promise<Result<void>>
  /** In place of `start`: the person whose 24 words these are, on a new device. 'malformed' if they are not, and nothing is made. */
  restore(name: string, words: readonly string[]): Promise<Result<void>>
  rename(name: string): Promise<Result<void>>
  setTheme(theme: View['theme']): Promise<Result<void>>
  setLanguage(language: View['language']): Promise<Result<void>>
  setReadTicks(on: boolean): Promise<Result<void>>
  setRelayOnly(on: boolean): Promise<Result<void>>
  setNotifications(on: boolean): Promise<Result<void>>

  createInvite(): Promise<Result<InviteView>>
  revokeInvite(id: InviteId): Promise<Result<void>>
  /** What stood behind `#i=` in a URL. Shows up in `openedInvite`, also when it is refused. */
  openInvite(text: string): Promise<void>
  acceptInvite(): Promise<Result<ChatId>>
  dismissInvite(): void

  openChat(chat: ChatId): Promise<Result<void>>
  closeChat(): void
  loadOlder(): Promise<Result<void>>
  /** Loads older history of the open chat until the message is among `items`. 'not-found' if it is not here. */
  loadBack(id: MessageId): Promise<Result<void>>
  /** What is said is no draft any more. */
  send(chat: ChatId, text: string): Promise<Result<MessageId>>
  /** Keeps what is typed, sealed, on this device; '' forgets it. */
  keepDraft(chat: ChatId, text: string): Promise<Result<void>>
  /** How long what is said from now on stays, for everybody here. */
  setLife(chat: ChatId, life: Life): Promise<Result<void>>
  /** Of this device alone. */
  arrange(chat: ChatId, change: Arrangement): Promise<Result<void>>
  // About a message of the open conversation; 'not-found' for any other, and for one that was deleted.
  reply(chat: ChatId, to: MessageId, text: string): Promise<Result<MessageId>>
  /** One reaction for each emoji. 'malformed' if it is not one emoji, 'too-large' if there are LIMITS.reactionsAPerson. */
  react(chat: ChatId, id: MessageId, emoji: string): Promise<Result<void>>
  unreact(chat: ChatId, id: MessageId, emoji: string): Promise<Result<void>>
  /** Own messages only: else 'unexpected'. */
  edit(chat: ChatId, id: MessageId, text: string): Promise<Result<void>>
  /** all: from everybody, and only what is one's own ('unexpected') · me: from this device. Both erase it. */
  remove(chat: ChatId, id: MessageId, from: 'all' | 'me'): Promise<Result<void>>
  info(chat: ChatId, id: MessageId): Promise<Result<MessageInfo>>
  pin(chat: ChatId, id: MessageId): Promise<Result<void>>
  unpin(chat: ChatId, id: MessageId): Promise<Result<void>>
  /** The person has seen the chat up to its end. */
  markRead(chat: ChatId): Promise<Result<void>>

  /** `suite`: what the room's encryption is made of, for good (docs/protocol.md, "Suites"). */
  createRoom(options: { readonly name: string; readonly topic: string; readonly suite: Suite }): Promise<Result<ChatId>>
  /** Facts of a room as they are now; asked again when the view changes. 'not-found' for a direct chat. */
  room(chat: ChatId): Promise<Result<RoomFacts>>
  /** `uses` 1 to 256, `days` 1 to 30. */
  createRoomInvite(
    chat: ChatId,
    options: { readonly uses: number; readonly days: number; readonly approval: boolean },
  ): Promise<Result<RoomInviteView>>
  revokeRoomInvite(chat: ChatId, id: InviteId): Promise<Result<void>>
  answerRequest(chat: ChatId, id: RequestId, agree: boolean): Promise<Result<void>>
  removeMember(chat: ChatId, member: MemberId): Promise<Result<void>>
  setRole(chat: ChatId, member: MemberId, role: Role): Promise<Result<void>>
  /** null keeps what is there; `picture` at most LIMITS.pictureBytes of image/jpeg, image/png or image/webp, or 'none'. */
  setRoom(
    chat: ChatId,
    change: { readonly name: string | null; readonly topic: string | null; readonly picture: Uint8Array | 'none' | null },
  ): Promise<Result<void>>
  /** Tells the others, then forgets nothing: the chat stays readable until it is deleted. */
  leaveRoom(chat: ChatId): Promise<Result<void>>

  trust(chat: ChatId): Promise<Result<TrustFacts>>
  revealPhrase(): Promise<Result<readonly string[]>>
  /** In phase 'locked'. 'wrong-passphrase', and all is as it was. */
  unlock(passphrase: string): Promise<Result<void>>
  /** Sets (`current` null), changes or removes (`next` null) the passphrase. 'wrong-passphrase', 'malformed' if shorter than LIMITS.passphraseLength. */
  setPassphrase(current: string | null, next: string | null): Promise<Result<void>>
  setLockAfter(minutes: LockAfter): Promise<Result<void>>
  /** Ends the engine and the Worker, and loads the page anew: what was open is out of memory. 'unexpected' without a passphrase. */
  lock(): Promise<Result<void>>
  deleteEverything(): Promise<Result<void>>
  /** Stops everything and lets go of storage (another tab takes over). */
  close(): Promise<void>
}

/** What the ui remote exposes to the shell. */
export interface UiRemote {
  readonly CONTRACT_VERSION: number
  /** Draws the product into `root`. `takeOver` is what "Use it here" does after this tab was fenced. */
  mount(
    root: HTMLElement,
    options: { readonly messenger: Messenger; readonly takeOver: () => void; readonly release: ReleaseInfo },
  ): () => void
}

/** What the ui may say of the running release. */
export interface ReleaseInfo {
  readonly version: string
  /** A new release is installed and waits: the person decides when to reload. */
  readonly update: { readonly subscribe: (listener: (waiting: boolean) => void) => () => void; readonly apply: () => void }
}
