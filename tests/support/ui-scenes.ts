/** Every screen and state of the ui as data: for the screenshots, for axe, for the tests of layout. */
import type { ChatItem, ChatSummary, MessageView, NoticeView, QuoteView, RoomFacts, TrustFacts, View } from '#contracts/ui.ts'
import { type FakeScene, newMember } from './messenger.ts'

/** A Saturday. The page's clock stands still here. */
export const NOW_MS = new Date('2026-11-21T09:41:00').getTime()
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 86_400_000

const DIRECT = { kind: 'connected', path: 'direct' } as const
const AWAY = { kind: 'offline', lastHeardMs: NOW_MS - 2 * DAY, problem: null } as const

const DIRECT_CHAT = { kind: 'direct', standing: 'open', members: null, picture: null } as const

export const ADA: ChatSummary = {
  ...DIRECT_CHAT,
  id: 'ada',
  name: 'Ada Moreau',
  hue: 292,
  last: { text: 'At nine. I bring coffee', atMs: NOW_MS, mine: true, tick: 'delivered' },
  unread: 0,
  link: DIRECT,
  verified: true,
}
/** A house by a river at dusk: what a person might choose, in so few bytes that it can stand here. */
export const PICTURE = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><defs><linearGradient id="a" x2="0" y2="1"><stop stop-color="#f6c08a"/><stop offset=".6" stop-color="#e58b7b"/><stop offset="1" stop-color="#7d6a9c"/></linearGradient></defs><path fill="url(#a)" d="M0 0h64v64H0z"/><circle cx="46" cy="20" r="6" fill="#fff3dc"/><path fill="#46527a" d="M0 40 16 27l15 12 13-8 20 14v19H0z"/><path fill="#2d3557" d="M22 33 32 24l10 9v13H22z"/><path fill="#ffd98f" d="M29 36h6v5h-6z"/><path fill="#6f86b5" d="M0 46q16-4 32 0t32 0v18H0z"/></svg>',
)}`
export const RIVER: ChatSummary = {
  id: 'river',
  kind: 'room',
  standing: 'open',
  members: { online: 3, all: 6 },
  picture: PICTURE,
  name: 'River house',
  hue: 168,
  last: {
    text: 'I brought the long ladder, it is behind the shed',
    atMs: NOW_MS - 4 * MINUTE,
    mine: false,
    tick: null,
    by: 'Cy Okafor',
  },
  unread: 0,
  link: DIRECT,
  verified: false,
}
const CHATS: readonly ChatSummary[] = [
  ADA,
  RIVER,
  {
    ...DIRECT_CHAT,
    id: 'cy',
    name: 'Cy Okafor',
    hue: 178,
    last: { text: 'I brought the long ladder, it is behind the shed', atMs: NOW_MS - 9 * MINUTE, mine: false, tick: null },
    unread: 3,
    link: { kind: 'connected', path: 'relayed' },
    verified: false,
  },
  {
    ...DIRECT_CHAT,
    id: 'bo',
    name: 'Bo Lindqvist',
    hue: 40,
    last: { text: 'The train leaves at 16:04', atMs: NOW_MS - DAY, mine: false, tick: null },
    unread: 0,
    link: AWAY,
    verified: false,
  },
  {
    ...DIRECT_CHAT,
    id: 'noor',
    name: 'نور الهاشمي',
    hue: 252,
    last: { text: 'شكرا جزيلا، أراك يوم الأحد', atMs: NOW_MS - 3 * DAY, mine: false, tick: null },
    unread: 0,
    link: { kind: 'connecting', step: 'finding' },
    verified: true,
  },
  {
    ...DIRECT_CHAT,
    id: 'kit',
    name: 'Kit',
    hue: 346,
    last: { text: 'the recipe is in the blue book, page 40, under all the others', atMs: NOW_MS - 5 * DAY, mine: true, tick: 'written' },
    unread: 0,
    link: AWAY,
    verified: false,
  },
  {
    id: 'reading',
    kind: 'room',
    standing: 'open',
    members: { online: 1, all: 12 },
    picture: null,
    name: 'Reading circle',
    hue: 318,
    last: { text: 'Chapter nine for Sunday', atMs: NOW_MS - 4 * DAY, mine: true, tick: 'held', by: 'Eva' },
    unread: 0,
    link: { kind: 'offline', lastHeardMs: NOW_MS - DAY, problem: null },
    verified: false,
  },
  { ...DIRECT_CHAT, id: 'mei', name: '陈美玲', hue: 110, last: null, unread: 0, link: DIRECT, verified: false },
]

export const said = (
  id: string,
  mine: boolean,
  atMs: number,
  text: string,
  tick: 'written' | 'held' | 'delivered' | 'read' = 'read',
): ChatItem => ({
  kind: 'message',
  id,
  mine,
  authorName: mine ? 'Eva' : 'Ada Moreau',
  sentAtMs: atMs,
  text,
  tick: mine ? tick : null,
})

const YESTERDAY = NOW_MS - DAY
const TALK: readonly ChatItem[] = [
  { kind: 'notice', id: 'n1', atMs: YESTERDAY - 40 * MINUTE, notice: { kind: 'created' } },
  said('a1', false, YESTERDAY - 38 * MINUTE, 'Hello from the other side of the river'),
  said('a2', true, YESTERDAY - 36 * MINUTE, 'It works! No sign-up, nothing. I only clicked your link'),
  said('a3', true, YESTERDAY - 36 * MINUTE, '🎉'),
  said('b1', false, NOW_MS - 13 * MINUTE, 'Morning! Did the rain get into the shed?'),
  said('b2', false, NOW_MS - 13 * MINUTE, 'I left the window open, I think'),
  said('b3', true, NOW_MS - 8 * MINUTE, 'A little. The books are fine, I moved them to the top shelf yesterday'),
  said('b4', true, NOW_MS - 8 * MINUTE, 'And the cat was sleeping on them, of course', 'delivered'),
  said('b5', false, NOW_MS - MINUTE, 'You saved my summer, thank you. See you at the bridge at nine?'),
  said('b6', true, NOW_MS, 'At nine. I bring coffee', 'delivered'),
]
/** The same talk, once things were said about what was said. */
const marked = (item: ChatItem, change: Partial<MessageView>): ChatItem => (item.kind === 'message' ? { ...item, ...change } : item)
const quoting = (id: string, mine: boolean, authorName: string, text: string): QuoteView => ({ id, mine, authorName, text, state: 'there' })
const MARKED: readonly ChatItem[] = [
  marked(said('m1', false, NOW_MS - 40 * MINUTE, 'The bridge, nine o’clock, by the ticket booth'), { pinned: true }),
  marked(said('m2', false, NOW_MS - 39 * MINUTE, 'Did the rain get into the shed?'), {
    reactions: [{ emoji: '😮', mine: true, names: [] }],
  }),
  marked(said('m3', true, NOW_MS - 30 * MINUTE, 'A little. The books are fine, I moved them to the top shelf'), {
    edited: true,
    reply: quoting('m2', false, 'Ada Moreau', 'Did the rain get into the shed?'),
    reactions: [
      { emoji: '❤️', mine: false, names: ['Ada Moreau'] },
      { emoji: '🙏', mine: false, names: ['Ada Moreau'] },
    ],
  }),
  marked(said('m4', false, NOW_MS - 12 * MINUTE, ''), { deleted: true }),
  marked(said('m5', true, NOW_MS - 11 * MINUTE, '', 'delivered'), { deleted: true, tick: null }),
  marked(said('m6', false, NOW_MS - 6 * MINUTE, 'You saved my summer'), {
    reply: { id: 'm5', mine: true, authorName: 'Eva', text: '', state: 'deleted' },
    reactions: [{ emoji: '🎉', mine: true, names: ['Ada Moreau'] }],
  }),
  marked(said('m7', false, NOW_MS - 5 * MINUTE, 'And that thing from last year?'), {
    reply: { id: 'gone', mine: false, authorName: '', text: '', state: 'missing' },
  }),
  said('m8', true, NOW_MS, 'At nine. I bring coffee', 'delivered'),
]
const FLEETING: readonly ChatItem[] = [
  said('f1', false, NOW_MS - 20 * MINUTE, 'The code of the gate has changed'),
  { kind: 'notice', id: 'f2', atMs: NOW_MS - 19 * MINUTE, notice: { kind: 'timer', life: '1d', by: 'Ada Moreau' } },
  marked(said('f3', false, NOW_MS - 18 * MINUTE, 'It is the year of the big flood'), { life: '1d', pinned: true }),
  marked(said('f4', true, NOW_MS - 2 * MINUTE, 'Got it. I will not write it down'), { life: '1d', edited: true }),
  { kind: 'notice', id: 'f5', atMs: NOW_MS - MINUTE, notice: { kind: 'timer', life: 'off', by: 'Eva' } },
  said('f6', true, NOW_MS, 'At nine. I bring coffee', 'delivered'),
]
const CROWDED: readonly ChatItem[] = ['👍', '❤️', '😂', '😮', '😢', '🙏', '🔥', '🎉', '👩🏽‍💻', '🏳️‍🌈', '✨', '💯'].map((emoji, i) =>
  marked(said(`c${i}`, i % 2 === 0, NOW_MS - (12 - i) * MINUTE, i % 3 === 0 ? 'Yes' : 'All of us were there, and the boat too'), {
    reactions: ['👍', '❤️', '😂', '😮', '😢', '🙏', '🔥'].slice(0, 1 + (i % 7)).map((one, j) => ({
      emoji: j === 0 ? emoji : one,
      mine: j % 3 === 0,
      names: Array.from({ length: 1 + ((i * 7) % 20) }, (_, k) => `Guest ${k}`),
    })),
  }),
)
const LONG_TALK: readonly ChatItem[] = Array.from({ length: 120 }, (_, i) =>
  said(
    `l${i}`,
    i % 3 === 1,
    NOW_MS - (120 - i) * 7 * MINUTE,
    `Line ${i + 1} of a long talk${i % 4 === 0 ? ', this one a little longer than the others so that it wraps on a phone' : ''}`,
  ),
)
let told = 0
const notice = (atMs: number, what: NoticeView['notice']): ChatItem => ({ kind: 'notice', id: `told-${++told}`, atMs, notice: what })
const PEOPLE = { ada: ['m-ada', 'Ada Moreau', 292], cy: ['m-cy', 'Cy Okafor', 178], noor: ['m-noor', 'نور الهاشمي', 252] } as const
const wrote = (who: keyof typeof PEOPLE, id: string, atMs: number, text: string): ChatItem => {
  const [member, authorName, hue] = PEOPLE[who]
  return { kind: 'message', id, mine: false, authorName, sentAtMs: atMs, text, tick: null, author: { id: member, hue } }
}
const ROOM_TALK: readonly ChatItem[] = [
  notice(YESTERDAY - 90 * MINUTE, { kind: 'created' }),
  notice(YESTERDAY - 90 * MINUTE, { kind: 'room-named', to: 'River house', by: 'Eva' }),
  notice(YESTERDAY - 80 * MINUTE, { kind: 'joined', name: 'Ada Moreau' }),
  notice(YESTERDAY - 79 * MINUTE, { kind: 'role', name: 'Ada Moreau', role: 'admin', by: 'Eva' }),
  notice(YESTERDAY - 60 * MINUTE, { kind: 'added', name: 'Cy Okafor', by: 'Ada Moreau' }),
  wrote('ada', 'r1', YESTERDAY - 58 * MINUTE, 'Welcome! This is for the house only, so that I find things again'),
  wrote('cy', 'r2', YESTERDAY - 57 * MINUTE, 'Good. I have the key until Monday'),
  notice(NOW_MS - 40 * MINUTE, { kind: 'picture', by: 'Ada Moreau' }),
  wrote('noor', 'r3', NOW_MS - 30 * MINUTE, 'صباح الخير، متى نلتقي؟'),
  said('r4', true, NOW_MS - 28 * MINUTE, 'At ten, if the rain stops'),
  wrote('cy', 'r5', NOW_MS - 6 * MINUTE, 'The gutter is full of leaves again'),
  wrote(
    'cy',
    'r6',
    NOW_MS - 4 * MINUTE,
    'I brought the long ladder, it is behind the shed. Somebody has to hold it, I do not trust the ground there',
  ),
  wrote('ada', 'r7', NOW_MS - 3 * MINUTE, 'Me'),
  said('r8', true, NOW_MS - 2 * MINUTE, 'Thank you both', 'delivered'),
  said('r9', true, NOW_MS, 'Coffee is ready', 'held'),
]
/** One of each, as it happens in a room that lives long. */
const ROOM_TOLD: readonly ChatItem[] = [
  notice(NOW_MS - HOUR, { kind: 'gap' }),
  notice(NOW_MS - HOUR, { kind: 'added', name: 'Fay', by: '' }),
  notice(NOW_MS - HOUR, { kind: 'removed', name: 'Fay', by: 'Ada Moreau' }),
  notice(NOW_MS - HOUR, { kind: 'removed', name: 'Dee', by: '' }),
  notice(NOW_MS - HOUR, { kind: 'left', name: 'Bo Lindqvist' }),
  notice(NOW_MS - HOUR, { kind: 'role', name: 'Cy Okafor', role: 'owner', by: '' }),
  notice(NOW_MS - HOUR, { kind: 'topic', to: 'The house, the boat and the garden', by: 'Eva' }),
  notice(NOW_MS - HOUR, { kind: 'topic', to: '', by: 'Eva' }),
  notice(NOW_MS - HOUR, { kind: 'renamed', from: 'Cy', to: 'Cy Okafor' }),
  notice(NOW_MS - HOUR, { kind: 'refounded' }),
  wrote('cy', 't1', NOW_MS - MINUTE, 'So many things'),
]
const WAITING: readonly ChatItem[] = [
  ...TALK,
  said('w1', true, NOW_MS, 'The ferry does not run today', 'written'),
  said('w2', true, NOW_MS, 'Take the bridge', 'written'),
]

export const TRUST: TrustFacts = {
  link: DIRECT,
  roundTripMs: 18.3,
  localCandidate: 'host',
  remoteCandidate: 'prflx',
  bytesSent: 48_213,
  bytesReceived: 1_204_550,
  lastHeardMs: NOW_MS,
  suite: 'classic',
  epoch: 42,
  epochSinceMs: NOW_MS - 80 * MINUTE,
  roomCode: '48213 00417 90655',
  undelivered: 0,
  storedMessages: 9,
  safetyNumber: '30481 99274 11850 64412 73906 25518 08137 46620 55190 82743 31086 97425',
  infrastructure: {
    signalling: { host: 'sotto.example', connected: true, selfHosted: true },
    staticHost: { host: 'sotto.example' },
    relay: { configured: false, inUse: false },
  },
}

const heard = (ms: number) => ({ kind: 'offline', lastHeardMs: ms, problem: null }) as const
const MAY_ALL = { remove: true, roles: ['owner', 'admin', 'member'] } as const
export const RIVER_FACTS: RoomFacts = {
  name: 'River house',
  topic: 'The house, the boat and the garden: who does what, and when',
  picture: PICTURE,
  role: 'owner',
  may: { invite: true, settings: true },
  members: [
    newMember('eva', 'Eva', 'owner', { mine: true, hue: 150 }),
    newMember('m-ada', 'Ada Moreau', 'admin', { hue: 292, may: MAY_ALL }),
    newMember('m-cy', 'Cy Okafor', 'member', { hue: 178, link: { kind: 'connected', path: 'relayed' }, may: MAY_ALL }),
    newMember('m-bo', 'Bo Lindqvist', 'member', { hue: 40, link: heard(NOW_MS - 3 * HOUR), waiting: 2, may: MAY_ALL }),
    newMember('m-noor', 'نور الهاشمي', 'member', { hue: 252, link: heard(NOW_MS - 2 * DAY), waiting: 1, may: MAY_ALL }),
    newMember('m-long', 'Wilhelmina Featherstonehaugh-Cholmondeley van der Westhuizen', 'member', {
      hue: 84,
      link: { kind: 'connecting', step: 'finding' },
      may: MAY_ALL,
    }),
  ],
  invites: [
    {
      id: 'ri-1',
      url: `https://sotto.example/#i=${'AgEroom'.repeat(20)}`,
      createdMs: NOW_MS - DAY,
      expiresMs: NOW_MS + 6 * DAY,
      uses: 10,
      used: 3,
      approval: false,
      mine: true,
      state: 'open',
    },
    {
      id: 'ri-2',
      url: '',
      createdMs: NOW_MS - 2 * DAY,
      expiresMs: NOW_MS + DAY,
      uses: 100,
      used: 0,
      approval: true,
      mine: false,
      state: 'open',
    },
    { id: 'ri-3', url: '', createdMs: 0, expiresMs: 1, uses: 1, used: 1, approval: false, mine: true, state: 'used' },
  ],
  requests: [],
  roomCode: '48213 00417 90655',
  suite: 'classic',
  epoch: 17,
  unheld: 0,
  waitingFor: ['Bo Lindqvist', 'نور الهاشمي'],
  heir: 'Ada Moreau',
}
const ASKED: RoomFacts = {
  ...RIVER_FACTS,
  requests: [
    { id: 'dee', name: 'Dee Whitaker', hue: 20, askedMs: NOW_MS - 6 * MINUTE },
    { id: 'fay', name: 'Fay', hue: 220, askedMs: NOW_MS - DAY },
  ],
}
/** As many as a room may hold, by names of every length. */
export const CROWD: RoomFacts = {
  ...RIVER_FACTS,
  topic: '',
  members: Array.from({ length: 256 }, (_, i) =>
    newMember(`c${i}`, i === 0 ? 'Eva' : `Guest ${String(i).padStart(3, '0')}`, i === 0 ? 'owner' : i < 4 ? 'admin' : 'member', {
      mine: i === 0,
      hue: (i * 47) % 360,
      link: i % 3 === 0 ? DIRECT : heard(NOW_MS - i * HOUR),
      waiting: i % 17 === 5 ? 1 : 0,
      may: MAY_ALL,
    }),
  ),
}

export const WORDS =
  'cinnamon shoe owner ladder quiet bronze fiber orbit lemon tunnel arrive velvet garden wisdom juice pepper maple rookie stove hidden planet cargo unveil zebra'.split(
    ' ',
  )

const ready = (change: Partial<View> = {}): Partial<View> => ({ phase: 'ready', me: { name: 'Eva', hue: 150 }, chats: CHATS, ...change })
const HISTORIES = { ada: { items: TALK }, river: { items: ROOM_TALK }, cy: { items: TALK, firstUnread: 'b5' }, mei: { items: [] } }
const home: FakeScene = { view: ready(), histories: HISTORIES, trust: TRUST, words: WORDS, rooms: { river: RIVER_FACTS } }
const locking: FakeScene = { ...home, view: ready({ passphrase: true, lockAfter: 15 }), passphrase: 'correct horse battery' }
const marks: FakeScene = { ...home, histories: { ...HISTORIES, ada: { items: MARKED } } }
/** Some pinned, muted, put away. */
const arranged: FakeScene = {
  ...home,
  view: ready({
    chats: CHATS.map((chat) => ({
      ...chat,
      ...({ ada: { pinned: true }, cy: { muted: true }, reading: { archived: true, muted: true, unread: 2 }, kit: { archived: true } }[
        chat.id
      ] ?? {}),
    })),
  }),
}
const inRiver: readonly unknown[] = [{ kind: 'chat', chat: 'river' }]
const riverDetails: readonly unknown[] = [...inRiver, { kind: 'details' }]
const riverIs = (change: Partial<ChatSummary>): Partial<View> =>
  ready({ chats: CHATS.map((chat) => (chat.id === 'river' ? { ...chat, ...change } : chat)) })
const inChat: readonly unknown[] = [{ kind: 'chat', chat: 'ada' }]

export interface UiScene {
  readonly name: string
  readonly scene: FakeScene
  readonly stack?: readonly unknown[]
  /** A role and name that is there once the scene has settled. */
  readonly ready: readonly [role: 'heading' | 'button' | 'log' | 'dialog' | 'img' | 'alert', name: string]
  /** Buttons and items of menus that are pressed, in order, after that. */
  readonly press?: readonly (string | RegExp)[]
  /** A chat of the list whose menu is opened then. */
  readonly menuOf?: string
  /** The release waits to be applied. */
  readonly update?: boolean
}

const opened = (name: string, state: NonNullable<View['openedInvite']>['state'], phase: View['phase'] = 'welcome'): FakeScene => ({
  view: { phase, openedInvite: { name, for: 'contact', state } },
})
const refused = (
  code: Parameters<typeof opened>[1] extends infer S ? (S extends { kind: 'refused'; code: infer C } ? C : never) : never,
): FakeScene => opened('Ada', { kind: 'refused', code })
const adaIs = (change: Partial<ChatSummary>): readonly ChatSummary[] => [{ ...ADA, ...change }, ...CHATS.slice(1)]

/** For tests that start where a scene does. */
export const HOME: FakeScene = home

export const SCENES: readonly UiScene[] = [
  { name: 'loading', scene: { view: { phase: 'loading' } }, ready: ['heading', 'Sotto'] },
  { name: 'welcome', scene: {}, ready: ['button', 'Start'] },
  { name: 'welcome-no-name', scene: {}, ready: ['button', 'Start'], press: ['Start'] },
  { name: 'restore', scene: {}, ready: ['button', 'Start'], press: ['I have a recovery phrase'] },
  { name: 'restore-no-words', scene: {}, ready: ['button', 'Start'], press: ['I have a recovery phrase', 'Come back'] },
  { name: 'locked', scene: { view: { phase: 'locked', passphrase: true } }, ready: ['button', 'Unlock'] },
  { name: 'locked-wrong', scene: { view: { phase: 'locked', passphrase: true } }, ready: ['button', 'Unlock'], press: ['Unlock'] },
  {
    name: 'locked-working',
    scene: { view: { phase: 'locked', passphrase: true }, hanging: ['unlock'] },
    ready: ['button', 'Unlock'],
    press: ['Unlock'],
  },
  {
    name: 'locked-delete',
    scene: { view: { phase: 'locked', passphrase: true } },
    ready: ['button', 'Unlock'],
    press: ['Delete everything'],
  },
  { name: 'newer', scene: { view: { phase: 'newer' } }, ready: ['heading', 'Written by a newer Sotto'] },
  { name: 'empty', scene: { view: ready({ chats: [] }) }, ready: ['heading', 'Nobody here yet'] },
  { name: 'list', scene: home, ready: ['heading', 'Sotto'] },
  { name: 'list-arranged', scene: arranged, ready: ['heading', 'Sotto'], press: [/[(（]2[)）]/] },
  { name: 'list-menu', scene: arranged, ready: ['heading', 'Sotto'], menuOf: 'Bo Lindqvist' },
  { name: 'list-broker-down', scene: { ...home, view: ready({ broker: 'down' }) }, ready: ['heading', 'Sotto'] },
  {
    name: 'list-banners',
    scene: { ...home, view: ready({ storageProblem: 'storage-full' }) },
    update: true,
    ready: ['heading', 'Sotto'],
  },
  { name: 'chat', scene: home, stack: inChat, ready: ['log', 'Messages'] },
  {
    name: 'chat-unread',
    scene: { ...home, histories: { cy: { items: LONG_TALK, firstUnread: 'l90' } } },
    stack: [{ kind: 'chat', chat: 'cy' }],
    ready: ['log', 'Messages'],
  },
  { name: 'chat-marked', scene: marks, stack: inChat, ready: ['log', 'Messages'] },
  {
    name: 'chat-disappearing',
    scene: { ...home, view: ready({ chats: adaIs({ life: '1d' }) }), histories: { ada: { items: FLEETING } } },
    stack: inChat,
    ready: ['log', 'Messages'],
  },
  { name: 'chat-menu', scene: marks, stack: inChat, ready: ['log', 'Messages'], press: ['Message actions'] },
  { name: 'chat-emoji', scene: marks, stack: inChat, ready: ['log', 'Messages'], press: ['Message actions', 'More emoji'] },
  { name: 'chat-info', scene: home, stack: inRiver, ready: ['log', 'Messages'], press: ['Message actions', 'Info'] },
  { name: 'chat-delete', scene: marks, stack: inChat, ready: ['log', 'Messages'], press: ['Message actions', 'Delete'] },
  { name: 'chat-reply', scene: marks, stack: inChat, ready: ['log', 'Messages'], press: ['Message actions', 'Reply'] },
  { name: 'chat-edit', scene: marks, stack: inChat, ready: ['log', 'Messages'], press: ['Message actions', 'Edit'] },
  {
    name: 'chat-not-done',
    scene: { ...marks, failing: { pin: 'storage-full' } },
    stack: inChat,
    ready: ['log', 'Messages'],
    press: ['Message actions', 'Pin'],
  },
  {
    name: 'chat-crowded',
    scene: { ...home, histories: { ada: { items: CROWDED } } },
    stack: inChat,
    ready: ['log', 'Messages'],
  },
  { name: 'chat-empty', scene: home, stack: [{ kind: 'chat', chat: 'mei' }], ready: ['log', 'Messages'] },
  {
    name: 'chat-offline',
    scene: { ...home, view: ready({ chats: adaIs({ link: AWAY }) }), histories: { ada: { items: WAITING } } },
    stack: inChat,
    ready: ['log', 'Messages'],
  },
  {
    name: 'chat-connecting',
    scene: {
      ...home,
      view: ready({ chats: adaIs({ link: { kind: 'connecting', step: 'proving' } }) }),
      histories: { ada: { items: WAITING } },
    },
    stack: inChat,
    ready: ['log', 'Messages'],
  },
  {
    name: 'chat-wrong-peer',
    scene: {
      ...home,
      view: ready({ chats: adaIs({ link: { kind: 'offline', lastHeardMs: NOW_MS - 3 * MINUTE, problem: 'wrong-transcript' } }) }),
    },
    stack: inChat,
    ready: ['log', 'Messages'],
  },
  { name: 'chat-loading', scene: { ...home, hanging: ['openChat'] }, stack: inChat, ready: ['heading', 'Ada Moreau'] },
  { name: 'details', scene: home, stack: [...inChat, { kind: 'details' }], ready: ['img', 'Safety number QR code'] },
  {
    name: 'details-loading',
    scene: { ...home, hanging: ['trust'] },
    stack: [...inChat, { kind: 'details' }],
    ready: ['heading', 'Details'],
  },
  {
    name: 'details-offline',
    scene: {
      ...home,
      view: ready({ chats: adaIs({ link: AWAY, verified: false }) }),
      trust: {
        ...TRUST,
        link: AWAY,
        roundTripMs: null,
        localCandidate: null,
        remoteCandidate: null,
        bytesSent: null,
        bytesReceived: null,
        lastHeardMs: NOW_MS - 2 * DAY,
        undelivered: 2,
        infrastructure: { ...TRUST.infrastructure, signalling: { host: 'sotto.example', connected: false, selfHosted: true } },
      },
    },
    stack: [...inChat, { kind: 'details' }],
    ready: ['img', 'Safety number QR code'],
  },
  { name: 'invite', scene: home, press: ['New invite'], ready: ['heading', 'Sotto'] },
  {
    name: 'invite-others',
    scene: {
      ...home,
      view: ready({
        invites: [
          { id: 'o1', url: 'https://sotto.example/#i=one', createdMs: NOW_MS - DAY, expiresMs: NOW_MS + 6 * DAY, state: 'open' },
          { id: 'o2', url: 'https://sotto.example/#i=two', createdMs: NOW_MS - 2 * DAY, expiresMs: NOW_MS + 5 * DAY, state: 'open' },
        ],
      }),
    },
    press: ['New invite', 'Copy link'],
    ready: ['heading', 'Sotto'],
  },
  { name: 'invite-loading', scene: { ...home, hanging: ['createInvite'] }, press: ['New invite'], ready: ['heading', 'Sotto'] },
  {
    name: 'invite-failed',
    scene: { ...home, failing: { createInvite: 'storage-full' } },
    press: ['New invite'],
    ready: ['heading', 'Sotto'],
  },
  {
    name: 'invite-limit',
    scene: {
      ...home,
      view: ready({
        invites: Array.from({ length: 16 }, (_, i) => ({
          id: `o${i}`,
          url: `https://sotto.example/#i=${i}`,
          createdMs: NOW_MS - (i + 1) * HOUR,
          expiresMs: NOW_MS + 6 * DAY,
          state: 'open' as const,
        })),
      }),
      failing: { createInvite: 'too-large' },
    },
    press: ['New invite', 'New link'],
    ready: ['heading', 'Sotto'],
  },
  { name: 'opened-new', scene: opened('Ada', { kind: 'offered' }), ready: ['button', 'Accept invite'] },
  {
    name: 'opened-known',
    scene: { view: ready({ openedInvite: { name: 'Ada', for: 'contact', state: { kind: 'offered' } } }) },
    ready: ['button', 'Accept invite'],
  },
  { name: 'opened-finding', scene: opened('Ada', { kind: 'accepting', step: 'finding' }, 'ready'), ready: ['heading', 'Ada invites you'] },
  { name: 'opened-proving', scene: opened('Ada', { kind: 'accepting', step: 'proving' }, 'ready'), ready: ['heading', 'Ada invites you'] },
  { name: 'opened-used', scene: refused('invite-used'), ready: ['alert', ''] },
  { name: 'opened-altered', scene: opened('', { kind: 'refused', code: 'invite-malformed' }), ready: ['alert', ''] },
  { name: 'opened-unreachable', scene: refused('invite-unreachable'), ready: ['alert', ''] },
  {
    name: 'opened-room',
    scene: { view: ready({ openedInvite: { name: 'River house', for: 'room', state: { kind: 'offered' } } }) },
    ready: ['button', 'Accept invite'],
  },
  {
    name: 'opened-approval',
    scene: { view: ready({ openedInvite: { name: 'River house', for: 'room', state: { kind: 'accepting', step: 'approval' } } }) },
    ready: ['heading', 'Join River house'],
  },
  {
    name: 'opened-declined',
    scene: { view: ready({ openedInvite: { name: 'River house', for: 'room', state: { kind: 'refused', code: 'unexpected' } } }) },
    ready: ['alert', ''],
  },
  { name: 'list-unheld', scene: { ...home, view: ready({ unheld: 2 }) }, ready: ['heading', 'Sotto'] },
  { name: 'new-room', scene: home, press: ['New room'], ready: ['heading', 'Sotto'] },
  { name: 'new-room-no-name', scene: home, press: ['New room', 'Create'], ready: ['heading', 'Sotto'] },
  { name: 'room', scene: home, stack: inRiver, ready: ['log', 'Messages'] },
  {
    name: 'room-told',
    scene: { ...home, histories: { river: { items: ROOM_TOLD } }, rooms: { river: ASKED } },
    stack: inRiver,
    ready: ['button', 'Review'],
  },
  {
    name: 'room-alone',
    scene: {
      ...home,
      view: riverIs({ members: { online: 1, all: 1 }, link: AWAY, last: null, picture: null }),
      histories: { river: { items: ROOM_TALK.slice(0, 2) } },
      rooms: { river: { ...RIVER_FACTS, members: RIVER_FACTS.members.slice(0, 1) } },
    },
    stack: inRiver,
    ready: ['log', 'Messages'],
  },
  {
    name: 'room-joining',
    scene: {
      ...home,
      view: riverIs({ standing: 'joining', link: { kind: 'connecting', step: 'finding' }, last: null }),
      histories: { river: { items: [] } },
    },
    stack: inRiver,
    ready: ['log', 'Messages'],
  },
  {
    name: 'room-removed',
    scene: { ...home, view: riverIs({ standing: 'removed', link: AWAY }) },
    stack: inRiver,
    ready: ['log', 'Messages'],
  },
  { name: 'room-details', scene: { ...home, rooms: { river: ASKED } }, stack: riverDetails, ready: ['heading', 'Members'] },
  {
    name: 'room-details-member',
    scene: {
      ...home,
      view: riverIs({ picture: null, link: AWAY, members: { online: 1, all: 6 } }),
      rooms: {
        river: {
          ...RIVER_FACTS,
          role: 'member',
          may: { invite: false, settings: false },
          members: RIVER_FACTS.members.map((member) => ({ ...member, may: { remove: false, roles: [] } })),
          roomCode: null,
          unheld: 2,
        },
      },
    },
    stack: riverDetails,
    ready: ['heading', 'Members'],
  },
  {
    name: 'room-details-crowd',
    scene: { ...home, view: riverIs({ members: { online: 86, all: 256 } }), rooms: { river: CROWD } },
    stack: riverDetails,
    ready: ['button', 'Show all 256 members'],
  },
  { name: 'room-details-loading', scene: { ...home, hanging: ['room'] }, stack: riverDetails, ready: ['heading', 'Details'] },
  { name: 'room-details-failed', scene: { ...home, failing: { room: 'storage-failed' } }, stack: riverDetails, ready: ['alert', ''] },
  { name: 'room-edit', scene: home, stack: riverDetails, ready: ['heading', 'Members'], press: ['Edit room'] },
  { name: 'room-invite', scene: home, stack: riverDetails, ready: ['heading', 'Members'], press: ['New invite'] },
  {
    name: 'room-invite-again',
    scene: home,
    stack: riverDetails,
    ready: ['heading', 'Members'],
    press: [/^Show the invite made/],
  },
  { name: 'room-member', scene: home, stack: riverDetails, ready: ['heading', 'Members'], press: [/^Bo Lindqvist/] },
  { name: 'room-remove', scene: home, stack: riverDetails, ready: ['heading', 'Members'], press: [/^Bo Lindqvist/, 'Remove'] },
  { name: 'room-leave', scene: home, stack: riverDetails, ready: ['heading', 'Members'], press: ['Leave room'] },
  { name: 'settings', scene: home, press: ['Settings'], ready: ['heading', 'Sotto'] },
  { name: 'settings-passphrase', scene: locking, press: ['Settings'], ready: ['heading', 'Sotto'] },
  { name: 'passphrase-set', scene: home, press: ['Settings', 'Set a passphrase'], ready: ['heading', 'Sotto'] },
  {
    name: 'passphrase-set-short',
    scene: home,
    press: ['Settings', 'Set a passphrase', 'Set a passphrase'],
    ready: ['heading', 'Sotto'],
  },
  { name: 'passphrase-change', scene: locking, press: ['Settings', 'Change passphrase'], ready: ['heading', 'Sotto'] },
  {
    name: 'passphrase-remove-wrong',
    scene: locking,
    press: ['Settings', 'Remove passphrase', 'Remove passphrase'],
    ready: ['heading', 'Sotto'],
  },
  { name: 'phrase-warning', scene: home, press: ['Settings', 'Show recovery phrase'], ready: ['heading', 'Sotto'] },
  { name: 'phrase', scene: home, press: ['Settings', 'Show recovery phrase', 'Show the 24 words'], ready: ['heading', 'Sotto'] },
  {
    name: 'phrase-check',
    scene: home,
    press: ['Settings', 'Show recovery phrase', 'Show the 24 words', 'I wrote them down: check'],
    ready: ['heading', 'Sotto'],
  },
  { name: 'delete', scene: home, press: ['Settings', 'Delete everything'], ready: ['heading', 'Sotto'] },
  { name: 'lost', scene: { view: { phase: 'lost' } }, ready: ['heading', 'Your keys are not here any more'] },
  { name: 'fenced', scene: { view: ready({ fenced: true }) }, ready: ['heading', 'Sotto is open in another tab'] },
]
