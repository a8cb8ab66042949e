/**
 * A fake Messenger: no network, no storage, no keys. Its view is whatever a test sets, its commands do the
 * obvious thing to that view or answer with an error that the test asked for. Passes messenger-acceptance.ts.
 */
import { codeOf, type ErrorCode, type Result, SottoError } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Life } from '#contracts/lives.ts'
import type {
  Arrangement,
  ChatItem,
  ChatSummary,
  Conversation,
  InviteView,
  LockAfter,
  MemberView,
  MessageInfo,
  MessageView,
  Messenger,
  NoticeView,
  QuoteView,
  ReactionView,
  Role,
  RoomFacts,
  RoomInviteView,
  TrustFacts,
  View,
} from '#contracts/ui.ts'

export const EMPTY_VIEW: View = {
  phase: 'welcome',
  me: null,
  chats: [],
  conversation: null,
  invites: [],
  openedInvite: null,
  broker: 'up',
  fenced: false,
  storageProblem: null,
  unheld: 0,
  theme: 'system',
  language: 'system',
  readTicks: false,
  relayOnly: false,
  notifications: false,
  passphrase: false,
  lockAfter: 0,
}

const ok = <T>(value: T): Result<T> => ({ ok: true, value })

const ALONE = { kind: 'offline', lastHeardMs: null, problem: null } as const
const NEW_CHAT = {
  standing: 'open',
  members: null,
  picture: null,
  hue: 290,
  last: null,
  unread: 0,
  link: { kind: 'connected', path: 'direct' },
  verified: false,
} as const

/** A room of nobody yet, as its owner sees it. */
export const newRoom = (name: string, topic: string): RoomFacts => ({
  name,
  topic,
  picture: null,
  role: 'owner',
  may: { invite: true, settings: true },
  members: [],
  invites: [],
  requests: [],
  roomCode: '30481 99274 11850',
  suite: 'classic',
  epoch: 1,
  unheld: 0,
  waitingFor: [],
})
export const newMember = (id: string, name: string, role: Role, change: Partial<MemberView> = {}): MemberView => ({
  id,
  name,
  hue: 40,
  role,
  mine: false,
  link: { kind: 'connected', path: 'direct' },
  waiting: 0,
  may: { remove: false, roles: [] },
  ...change,
})

/** What is stored for one chat: the whole history, of which `openChat` shows the newest `pageSize` items. */
type Histories = Readonly<Record<string, { readonly items: readonly ChatItem[]; readonly firstUnread?: string | null }>>

/** A scene, as plain data: it crosses from the test process into the page. */
export interface FakeScene {
  readonly view?: Partial<View>
  readonly histories?: Histories
  readonly trust?: TrustFacts | null
  readonly rooms?: Readonly<Record<string, RoomFacts>>
  readonly words?: readonly string[]
  /** The one that opens what is stored. */
  readonly passphrase?: string
  /** Commands that fail, with what. */
  readonly failing?: Readonly<Partial<Record<FakeCommand, ErrorCode>>>
  /** Commands that never answer. */
  readonly hanging?: readonly FakeCommand[]
  readonly pageSize?: number
}
export type FakeCommand = keyof Omit<Messenger, 'view' | 'subscribe'>

export class FakeMessenger implements Messenger {
  /** Every command given, in order, with its arguments. */
  readonly calls: { readonly command: FakeCommand; readonly args: readonly unknown[] }[] = []
  #view: View
  #scene: FakeScene
  #histories: Record<string, { readonly items: readonly ChatItem[]; readonly firstUnread?: string | null }>
  #rooms: Record<string, RoomFacts>
  readonly #listeners = new Set<() => void>()
  #made = 0

  constructor(scene: FakeScene = {}) {
    this.#scene = scene
    this.#histories = { ...scene.histories }
    this.#rooms = { ...scene.rooms }
    this.#view = { ...EMPTY_VIEW, ...scene.view }
  }

  // --- what a test does

  /** Changes the view, as the engine would. */
  patch(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change }
    for (const listener of [...this.#listeners]) listener()
  }
  patchChat(id: string, change: Partial<ChatSummary>): void {
    this.patch({ chats: this.#view.chats.map((chat) => (chat.id === id ? { ...chat, ...change } : chat)) })
  }
  /** Changes what is known of a room, and lets the view change so that it is asked for again. */
  patchRoom(chat: string, change: Partial<RoomFacts>): void {
    const facts = this.#rooms[chat]
    if (!facts) throw new TypeError(`no room ${chat}`)
    this.#rooms[chat] = { ...facts, ...change }
    const { name, picture, members } = this.#rooms[chat]
    const online = members.filter(({ link }) => link.kind === 'connected').length
    this.patchChat(chat, { name, picture, members: { online, all: members.length } })
  }
  fail(command: FakeCommand, code: ErrorCode | null): void {
    const { [command]: _, ...others } = this.#scene.failing ?? {}
    this.#scene = { ...this.#scene, failing: code === null ? others : { ...others, [command]: code } }
  }
  /** A message or notice arrives at the end of a chat. */
  arrive(chat: string, ...items: readonly ChatItem[]): void {
    const known = this.#histories[chat]?.items ?? []
    this.#histories[chat] = { ...this.#histories[chat], items: [...known, ...items] }
    const { conversation } = this.#view
    if (conversation?.chat === chat) this.patch({ conversation: { ...conversation, items: [...conversation.items, ...items] } })
  }
  /** The tick of an own message moves. */
  tick(chat: string, id: string, tick: 'written' | 'held' | 'delivered' | 'read'): void {
    const moved = (items: readonly ChatItem[]): readonly ChatItem[] =>
      items.map((item) => (item.kind === 'message' && item.id === id ? { ...item, tick } : item))
    this.#histories[chat] = { ...this.#histories[chat], items: moved(this.#histories[chat]?.items ?? []) }
    const { conversation } = this.#view
    if (conversation?.chat === chat) this.patch({ conversation: { ...conversation, items: moved(conversation.items) } })
  }

  /** A message is other than before, wherever it is shown. */
  change(chat: string, id: string, change: Partial<MessageView>): void {
    const changed = (items: readonly ChatItem[]): readonly ChatItem[] =>
      items.map((item) => (item.kind === 'message' && item.id === id ? { ...item, ...change } : item))
    this.#histories[chat] = { ...this.#histories[chat], items: changed(this.#histories[chat]?.items ?? []) }
    const { conversation } = this.#view
    if (conversation?.chat === chat) this.patch({ conversation: { ...conversation, items: changed(conversation.items) } })
  }

  // --- the port

  view(): View {
    return this.#view
  }
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  restore(name: string, words: readonly string[]): Promise<Result<void>> {
    return this.#command('restore', [name, words.length], () => this.patch({ phase: 'ready', me: { name, hue: 250 } }))
  }
  start(name: string): Promise<Result<void>> {
    return this.#command('start', [name], () => this.patch({ phase: 'ready', me: { name, hue: 250 } }))
  }
  rename(name: string): Promise<Result<void>> {
    return this.#command('rename', [name], () => this.patch({ me: { name, hue: this.#view.me?.hue ?? 250 } }))
  }
  setReadTicks(on: boolean): Promise<Result<void>> {
    return this.#command('setReadTicks', [on], () => this.patch({ readTicks: on }))
  }
  setNotifications(on: boolean): Promise<Result<void>> {
    return this.#command('setNotifications', [on], () => this.patch({ notifications: on }))
  }

  setRelayOnly(on: boolean): Promise<Result<void>> {
    return this.#command('setRelayOnly', [on], () => this.patch({ relayOnly: on }))
  }
  setTheme(theme: View['theme']): Promise<Result<void>> {
    return this.#command('setTheme', [theme], () => this.patch({ theme }))
  }
  setLanguage(language: View['language']): Promise<Result<void>> {
    return this.#command('setLanguage', [language], () => this.patch({ language }))
  }

  createInvite(): Promise<Result<InviteView>> {
    return this.#command('createInvite', [], () => {
      const createdMs = Date.now()
      const id = `invite-${++this.#made}`
      const url = `https://sotto.example/#i=${'AQEfake'.repeat(16)}${this.#made}`
      const invite: InviteView = { id, url, createdMs, expiresMs: createdMs + 7 * 86_400_000, state: 'open' }
      this.patch({ invites: [...this.#view.invites, invite] })
      return invite
    })
  }
  revokeInvite(id: string): Promise<Result<void>> {
    return this.#command('revokeInvite', [id], () =>
      this.patch({ invites: this.#view.invites.map((invite) => (invite.id === id ? { ...invite, state: 'revoked' } : invite)) }),
    )
  }
  async openInvite(text: string): Promise<void> {
    await this.#command('openInvite', [text], () =>
      this.patch({ openedInvite: { name: text, for: 'contact', state: { kind: 'offered' } } }),
    )
  }
  acceptInvite(): Promise<Result<string>> {
    return this.#command('acceptInvite', [], () => {
      const { name = '', for: kind = 'contact' } = this.#view.openedInvite ?? {}
      const chat: ChatSummary = { ...NEW_CHAT, id: 'accepted', kind: kind === 'room' ? 'room' : 'direct', name }
      this.#histories[chat.id] = { items: [] }
      if (kind === 'room') this.#rooms[chat.id] = { ...newRoom(name, ''), role: 'member', may: { invite: false, settings: false } }
      this.patch({ chats: [...this.#view.chats, chat], openedInvite: { name, for: kind, state: { kind: 'accepted', chat: chat.id } } })
      return chat.id
    })
  }
  dismissInvite(): void {
    this.calls.push({ command: 'dismissInvite', args: [] })
    this.patch({ openedInvite: null })
  }

  openChat(chat: string): Promise<Result<void>> {
    if (!this.#view.chats.some(({ id }) => id === chat)) {
      this.calls.push({ command: 'openChat', args: [chat] })
      return Promise.resolve({ ok: false, code: 'not-found' })
    }
    return this.#command('openChat', [chat], () => {
      const { items, firstUnread = null } = this.#histories[chat] ?? { items: [] }
      const size = this.#scene.pageSize ?? 100
      this.patch({ conversation: { chat, items: items.slice(-size), hasOlder: items.length > size, firstUnread, pins: [] } })
      this.#showPins()
    })
  }
  closeChat(): void {
    this.calls.push({ command: 'closeChat', args: [] })
    this.patch({ conversation: null })
  }
  loadOlder(): Promise<Result<void>> {
    return this.#command('loadOlder', [], () => {
      const { conversation } = this.#view
      if (!conversation) return
      const all = this.#histories[conversation.chat]?.items ?? []
      const size = conversation.items.length + (this.#scene.pageSize ?? 100)
      this.patch({ conversation: { ...conversation, items: all.slice(-size), hasOlder: all.length > size } })
    })
  }
  send(chat: string, text: string): Promise<Result<string>> {
    return this.#command('send', [chat, text], () => {
      const id = `sent-${++this.#made}`
      const sentAtMs = Date.now()
      this.arrive(chat, { kind: 'message', id, mine: true, authorName: this.#view.me?.name ?? '', sentAtMs, text, tick: 'written' })
      this.patchChat(chat, { last: { text, atMs: sentAtMs, mine: true, tick: 'written' }, draft: '' })
      return id
    })
  }
  loadBack(id: string): Promise<Result<void>> {
    return this.#command('loadBack', [id], () => {
      const { conversation } = this.#view
      const all = this.#histories[conversation?.chat ?? '']?.items ?? []
      const at = all.findIndex((item) => item.id === id)
      if (!conversation || at < 0) throw new SottoError('not-found')
      const from = Math.min(at, all.length - conversation.items.length)
      this.patch({ conversation: { ...conversation, items: all.slice(from), hasOlder: from > 0 } })
    })
  }
  reply(chat: string, to: string, text: string): Promise<Result<string>> {
    return this.#onMessage('reply', chat, [to, text], (about) => {
      const id = `sent-${++this.#made}`
      const { mine, authorName } = about
      const message = { kind: 'message', id, mine: true, authorName: this.#view.me?.name ?? '', sentAtMs: Date.now(), text } as const
      const quote: QuoteView = { id: to, mine, authorName, text: about.text, state: 'there' }
      this.arrive(chat, { ...message, tick: 'written', reply: quote })
      this.patchChat(chat, { draft: '' })
      return id
    })
  }
  react(chat: string, id: string, emoji: string): Promise<Result<void>> {
    return this.#onMessage('react', chat, [id, emoji], ({ reactions = [] }) => {
      if (/^[\x20-\x7e]*$/.test(emoji)) throw new SottoError('malformed')
      const known = reactions.find((one) => one.emoji === emoji)
      const others = reactions.filter((one) => one !== known)
      const mine: ReactionView = { emoji, mine: true, names: known?.names ?? [] }
      this.change(chat, id, { reactions: known ? reactions.map((one) => (one === known ? mine : one)) : [...others, mine] })
    })
  }
  unreact(chat: string, id: string, emoji: string): Promise<Result<void>> {
    return this.#onMessage('unreact', chat, [id, emoji], ({ reactions = [] }) => {
      const left = reactions.map((one) => (one.emoji === emoji ? { ...one, mine: false } : one))
      this.change(chat, id, { reactions: left.filter((one) => one.mine || one.names.length > 0) })
    })
  }
  edit(chat: string, id: string, text: string): Promise<Result<void>> {
    return this.#onMessage('edit', chat, [id, text], ({ mine }) => {
      if (!mine) throw new SottoError('unexpected')
      if (text === '') throw new SottoError('malformed')
      this.change(chat, id, { text, edited: true })
    })
  }
  remove(chat: string, id: string, from: 'all' | 'me'): Promise<Result<void>> {
    if (from === 'me') {
      return this.#command('remove', [chat, id, from], () => {
        const items = (this.#histories[chat]?.items ?? []).filter((item) => item.id !== id)
        this.#histories[chat] = { ...this.#histories[chat], items }
        const { conversation } = this.#view
        if (conversation?.chat !== chat || !conversation.items.some((item) => item.id === id)) throw new SottoError('not-found')
        this.patch({ conversation: { ...conversation, items: conversation.items.filter((item) => item.id !== id) } })
        this.#showPins()
      })
    }
    return this.#onMessage('remove', chat, [id, from], (message) => {
      if (!message.mine) throw new SottoError('unexpected')
      const { reply: _, ...left } = message
      this.change(chat, id, { ...left, text: '', deleted: true, tick: null, reactions: [], edited: false, pinned: false })
      this.#showPins()
    })
  }
  info(chat: string, id: string): Promise<Result<MessageInfo>> {
    return this.#onMessage('info', chat, [id], ({ sentAtMs, mine }) => ({
      sentAtMs,
      epoch: 42,
      people: (this.#rooms[chat]?.members ?? [])
        .filter((member) => !member.mine)
        .map(({ id: member, name, waiting, link }) => ({
          id: member,
          name,
          state: waiting > 0 ? 'waiting' : link.kind !== 'connected' ? 'held' : mine ? 'delivered' : 'held',
        })),
    }))
  }
  pin(chat: string, id: string): Promise<Result<void>> {
    return this.#onMessage('pin', chat, [id], () => {
      this.change(chat, id, { pinned: true })
      this.#showPins()
    })
  }
  unpin(chat: string, id: string): Promise<Result<void>> {
    return this.#onMessage('unpin', chat, [id], () => {
      this.change(chat, id, { pinned: false })
      this.#showPins()
    })
  }
  setLife(chat: string, life: Life): Promise<Result<void>> {
    return this.#command('setLife', [chat, life], () => {
      this.patch({
        chats: this.#view.chats.map(({ life: _, ...rest }) =>
          rest.id !== chat ? { ...rest, ...(_ ? { life: _ } : {}) } : { ...rest, ...(life === 'off' ? {} : { life }) },
        ),
      })
      this.#tell(chat, { kind: 'timer', life, by: this.#view.me?.name ?? '' })
    })
  }
  arrange(chat: string, change: Arrangement): Promise<Result<void>> {
    return this.#command('arrange', [chat, change], () => {
      const ends = change.pinned ? { archived: false } : change.archived ? { pinned: false } : {}
      this.patchChat(chat, { ...ends, ...change })
      const chats = this.#view.chats
      this.patch({ chats: [...chats.filter(({ pinned }) => pinned), ...chats.filter(({ pinned }) => !pinned)] })
    })
  }
  keepDraft(chat: string, text: string): Promise<Result<void>> {
    return this.#command('keepDraft', [chat, text], () => this.patchChat(chat, { draft: text }))
  }
  markRead(chat: string): Promise<Result<void>> {
    return this.#command('markRead', [chat], () => this.patchChat(chat, { unread: 0 }))
  }

  createRoom(options: { readonly name: string; readonly topic: string; readonly suite: string }): Promise<Result<string>> {
    return this.#command('createRoom', [options], () => {
      const id = `room-${++this.#made}`
      const facts = newRoom(options.name, options.topic)
      const me = newMember('me', this.#view.me?.name ?? '', 'owner', { mine: true, hue: this.#view.me?.hue ?? 0 })
      this.#rooms[id] = { ...facts, members: [me] }
      this.#histories[id] = { items: [{ kind: 'notice', id: `${id}-made`, atMs: Date.now(), notice: { kind: 'created' } }] }
      const chat: ChatSummary = { ...NEW_CHAT, id, kind: 'room', name: options.name, members: { online: 1, all: 1 }, link: ALONE }
      this.patch({ chats: [chat, ...this.#view.chats] })
      return id
    })
  }
  room(chat: string): Promise<Result<RoomFacts>> {
    return this.#inRoom('room', chat, [], (facts) => facts)
  }
  createRoomInvite(
    chat: string,
    options: { readonly uses: number; readonly days: number; readonly approval: boolean },
  ): Promise<Result<RoomInviteView>> {
    return this.#inRoom('createRoomInvite', chat, [options], ({ invites }) => {
      const createdMs = Date.now()
      const { uses, days, approval } = options
      const invite: RoomInviteView = {
        id: `room-invite-${++this.#made}`,
        url: `https://sotto.example/#i=${'AgEfake'.repeat(16)}${this.#made}`,
        createdMs,
        expiresMs: createdMs + days * 86_400_000,
        uses,
        used: 0,
        approval,
        mine: true,
        state: 'open',
      }
      this.patchRoom(chat, { invites: [invite, ...invites] })
      return invite
    })
  }
  revokeRoomInvite(chat: string, id: string): Promise<Result<void>> {
    return this.#inRoom('revokeRoomInvite', chat, [id], ({ invites }) =>
      this.patchRoom(chat, { invites: invites.map((invite) => (invite.id === id ? { ...invite, state: 'revoked' } : invite)) }),
    )
  }
  answerRequest(chat: string, id: string, agree: boolean): Promise<Result<void>> {
    return this.#inRoom('answerRequest', chat, [id, agree], ({ requests, members }) => {
      const asker = requests.find((request) => request.id === id)
      const others = requests.filter((request) => request.id !== id)
      if (!asker || !agree) return this.patchRoom(chat, { requests: others })
      this.patchRoom(chat, { requests: others, members: [...members, newMember(id, asker.name, 'member', { hue: asker.hue })] })
      this.#tell(chat, { kind: 'added', name: asker.name, by: this.#view.me?.name ?? '' })
    })
  }
  removeMember(chat: string, member: string): Promise<Result<void>> {
    return this.#inRoom('removeMember', chat, [member], ({ members }) => {
      this.patchRoom(chat, { members: members.filter(({ id }) => id !== member) })
      const { name = '' } = members.find(({ id }) => id === member) ?? {}
      this.#tell(chat, { kind: 'removed', name, by: this.#view.me?.name ?? '' })
    })
  }
  setRole(chat: string, member: string, role: Role): Promise<Result<void>> {
    return this.#inRoom('setRole', chat, [member, role], ({ members }) =>
      this.patchRoom(chat, { members: members.map((each) => (each.id === member ? { ...each, role } : each)) }),
    )
  }
  setRoom(
    chat: string,
    change: { readonly name: string | null; readonly topic: string | null; readonly picture: Uint8Array | 'none' | null },
  ): Promise<Result<void>> {
    return this.#inRoom('setRoom', chat, [change], (facts) => {
      const picture =
        change.picture === null
          ? facts.picture
          : change.picture === 'none'
            ? null
            : URL.createObjectURL(new Blob([change.picture as Uint8Array<ArrayBuffer>]))
      this.patchRoom(chat, { name: change.name ?? facts.name, topic: change.topic ?? facts.topic, picture })
    })
  }
  leaveRoom(chat: string): Promise<Result<void>> {
    return this.#inRoom('leaveRoom', chat, [], () => this.patchChat(chat, { standing: 'left' }))
  }

  trust(chat: string): Promise<Result<TrustFacts>> {
    const facts = this.#scene.trust
    if (!facts) {
      this.calls.push({ command: 'trust', args: [chat] })
      return Promise.resolve({ ok: false, code: 'not-found' })
    }
    return this.#command('trust', [chat], () => facts)
  }
  unlock(passphrase: string): Promise<Result<void>> {
    return this.#command('unlock', [passphrase], () => {
      if (this.#view.phase !== 'locked') throw new SottoError('unexpected')
      if (passphrase !== this.#scene.passphrase) throw new SottoError('wrong-passphrase')
      this.patch({ phase: 'ready', me: { name: 'Eva', hue: 150 } })
    })
  }
  setPassphrase(current: string | null, next: string | null): Promise<Result<void>> {
    return this.#command('setPassphrase', [current, next], () => {
      if ((current === null) === this.#view.passphrase) throw new SottoError('unexpected')
      if (current !== null && current !== this.#scene.passphrase) throw new SottoError('wrong-passphrase')
      if (next !== null && [...next].length < LIMITS.passphraseLength) throw new SottoError('malformed')
      this.#scene = { ...this.#scene, passphrase: next ?? '' }
      this.patch({ passphrase: next !== null, lockAfter: next === null ? 0 : this.#view.lockAfter })
    })
  }
  setLockAfter(minutes: LockAfter): Promise<Result<void>> {
    return this.#command('setLockAfter', [minutes], () => {
      if (!this.#view.passphrase) throw new SottoError('unexpected')
      this.patch({ lockAfter: minutes })
    })
  }
  lock(): Promise<Result<void>> {
    return this.#command('lock', [], () => {
      if (!this.#view.passphrase) throw new SottoError('unexpected')
      this.patch({ phase: 'locked', me: null, chats: [], conversation: null })
    })
  }
  revealPhrase(): Promise<Result<readonly string[]>> {
    return this.#command('revealPhrase', [], () => this.#scene.words ?? [])
  }
  deleteEverything(): Promise<Result<void>> {
    return this.#command('deleteEverything', [], () => {
      this.#histories = {}
      this.#rooms = {}
      this.patch(EMPTY_VIEW)
    })
  }
  async close(): Promise<void> {
    this.calls.push({ command: 'close', args: [] })
  }

  #inRoom<T>(command: FakeCommand, chat: string, args: readonly unknown[], run: (facts: RoomFacts) => T): Promise<Result<T>> {
    if (!this.#rooms[chat]) {
      this.calls.push({ command, args: [chat, ...args] })
      return Promise.resolve({ ok: false, code: 'not-found' })
    }
    return this.#command(command, [chat, ...args], () => run(this.#rooms[chat] ?? newRoom('', '')))
  }
  /** About a message of the open conversation that was not deleted. */
  #onMessage<T>(command: FakeCommand, chat: string, args: readonly unknown[], run: (message: MessageView) => T): Promise<Result<T>> {
    return this.#command(command, [chat, ...args], () => {
      const { conversation } = this.#view
      const found = conversation?.chat === chat ? conversation.items.find((item) => item.id === args[0]) : undefined
      if (found?.kind !== 'message' || found.deleted) throw new SottoError('not-found')
      return run(found)
    })
  }
  #showPins(): void {
    const { conversation } = this.#view
    if (!conversation) return
    const pinned = (this.#histories[conversation.chat]?.items ?? []).filter((item) => item.kind === 'message' && item.pinned === true)
    const pins = pinned.flatMap((item): readonly QuoteView[] =>
      item.kind === 'message' ? [{ id: item.id, mine: item.mine, authorName: item.authorName, text: item.text, state: 'there' }] : [],
    )
    this.patch({ conversation: { ...conversation, pins } })
  }
  #tell(chat: string, notice: NoticeView['notice']): void {
    this.arrive(chat, { kind: 'notice', id: `notice-${++this.#made}`, atMs: Date.now(), notice })
  }

  async #command<T>(command: FakeCommand, args: readonly unknown[], run: () => T): Promise<Result<T>> {
    this.calls.push({ command, args })
    if (this.#scene.hanging?.includes(command)) return new Promise(() => undefined)
    // Not in the same turn, as with a Worker behind it.
    await Promise.resolve()
    const code = this.#scene.failing?.[command]
    if (code !== undefined) return { ok: false, code }
    try {
      return ok(run())
    } catch (thrown) {
      return { ok: false, code: codeOf(thrown) }
    }
  }
}

/** An empty conversation, to patch in by hand. */
export const emptyConversation = (chat: string): Conversation => ({ chat, items: [], hasOlder: false, firstUnread: null })
