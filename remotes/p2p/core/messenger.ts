/** The Messenger port over the engine: commands become steps, the state becomes the view. */
import { codeOf, type ErrorCode, type Result } from '#contracts/errors.ts'
import type { DeviceKey } from '#contracts/ids.ts'
import type { ChatId, InviteId, InviteView, MessageId, Messenger, RoomFacts, RoomInviteView, TrustFacts, View } from '#contracts/ui.ts'
import { type Making, start } from './engine/boot.ts'
import {
  createRoom,
  createRoomInvite,
  leaveRoom,
  readRoom,
  removeMember,
  revokeRoomInvite,
  sayInRoom,
  setRole,
  setRoom,
} from './engine/group-commands.ts'
import { answerRequest } from './engine/group-contact.ts'
import { closeChat, loadBack, loadOlder, openChat } from './engine/conversation-steps.ts'
import { Engine, type EngineOptions } from './engine/engine.ts'
import { acceptInvite, createInvite, dismissInvite, openInvite, revokeInvite } from './engine/invite-steps.ts'
import { rename, setLook, setSwitch } from './engine/settings-steps.ts'
import { emptyState, type State } from './engine/state.ts'
import { slotOf, roomKey } from './storage/keys.ts'
import { type Infrastructure, trustFacts } from './view/trust.ts'
import { roomFacts, roomInvite } from './view/groups.ts'
import { Views } from './view/view.ts'

export interface MessengerOptions extends EngineOptions {
  /** The page's URL without fragment. */
  readonly pageUrl: string
  readonly infrastructure: Infrastructure
}

/** What is done to messages is loaded when it is first done: nobody does it on the first screen. */
const acts = (): Promise<typeof import('./engine/message-commands.ts')> => import('./engine/message-commands.ts')

/** And what is done about a passphrase: few have one. */
const locking = (): Promise<typeof import('./engine/lock-steps.ts')> => import('./engine/lock-steps.ts')

/** From *Lock now* to the end of the keys, at most. */
const LOCKING_MS = 3000

/** Takes over the storage and begins to read it; the view says when it is ready. */
export function createMessenger(options: MessengerOptions): Messenger {
  const { cryptography, env, page, store } = options
  const engine = new Engine(options)
  const views = new Views(env, options.pageUrl)
  const making: Making = { made: null, from: '' }
  const listeners = new Set<() => void>()
  let gone = false
  let view = views.view(engine.state)

  const refresh = (state: State): void => {
    const next = views.view(state)
    if (next === view) return
    view = next
    for (const listener of [...listeners]) listener()
  }
  engine.subscribe(() => {
    if (!gone) refresh(engine.state)
  })
  void engine.begin()

  /** Whatever a command throws is a code to the ui. */
  const guarded = async <T>(work: () => Promise<Result<T>>): Promise<Result<T>> => {
    if (gone) return { ok: false, code: 'unexpected' }
    try {
      return await work()
    } catch (thrown) {
      return { ok: false, code: codeOf(thrown) }
    }
  }

  const started = async (name: string, words: readonly string[] | null): Promise<Result<void>> => {
    const result = await engine.run(start(name, page, making, words))
    if (result.ok) {
      making.made = null
      making.from = ''
      page.setMark('made')
    }
    return result
  }

  const inviteMade = async (): Promise<Result<InviteView>> => {
    const result = await engine.run(createInvite)
    if (!result.ok) return result
    const invite = engine.state.invites.get(result.value)
    if (invite === undefined) return { ok: false, code: 'internal' }
    return { ok: true, value: views.viewInvite(result.value, invite, env.nowMs()) }
  }

  const asChat = (result: Result<number>): Result<ChatId> => (result.ok ? { ok: true, value: roomKey(result.value) } : result)

  /** What is shown of a room now; its head's facts come from the Worker. */
  const factsOf = async (slot: number): Promise<Result<RoomFacts>> => {
    const group = engine.state.groups.get(slot)
    if (group === undefined || group.host.isDirect) return { ok: false, code: 'not-found' }
    const sources = { sha256: env.sha256, pageUrl: options.pageUrl, nowMs: env.nowMs(), info: await group.host.headInfo(engine.tools()) }
    return { ok: true, value: roomFacts(engine.state, group.host, sources) }
  }

  const roomInviteMade = async (
    slot: number,
    wanted: { readonly uses: number; readonly days: number; readonly approval: boolean },
  ): Promise<Result<RoomInviteView>> => {
    const made = await engine.run(createRoomInvite(slot, wanted))
    const host = engine.state.groups.get(slot)?.host
    if (!made.ok) return made
    if (host === undefined) return { ok: false, code: 'internal' }
    const sources = { sha256: env.sha256, pageUrl: options.pageUrl, nowMs: env.nowMs() }
    return { ok: true, value: roomInvite(engine.state, host, made.value, sources) }
  }

  /** Resolves when the opened invite led somewhere, or nowhere. */
  const settled = (): Promise<Result<ChatId>> =>
    new Promise((resolve) => {
      const look = (): void => {
        const state = engine.state.fenced
          ? { kind: 'refused' as const, code: 'fenced' as const }
          : (engine.state.opened?.state ?? { kind: 'refused' as const, code: 'not-found' as const })
        if (state.kind === 'accepted') finish({ ok: true, value: roomKey(state.room) })
        else if (state.kind === 'refused') finish({ ok: false, code: state.code })
      }
      const stop = engine.subscribe(look)
      const finish = (result: Result<ChatId>): void => {
        stop()
        resolve(result)
      }
      look()
    })

  const accepted = async (): Promise<Result<ChatId>> => {
    const begun = await engine.run(acceptInvite)
    return begun.ok ? settled() : begun
  }

  /** The page is loaded anew, so that nothing of what was open is left in memory. */
  const locked = async (): Promise<Result<void>> => {
    const { passphrase, theme, language } = engine.state
    if (!passphrase) return { ok: false, code: 'unexpected' }
    gone = true
    refresh({ ...emptyState(env.nowMs()), phase: 'locked', passphrase, theme, language })
    // What the person has just said is written before; a step that hangs keeps nobody's words open for longer than this.
    await Promise.race([engine.close(), new Promise<void>((resolve) => options.timers.set('lock', LOCKING_MS, () => resolve()))])
    options.timers.clear('lock')
    await cryptography.end()
    page.renew()
    return { ok: true, value: undefined }
  }

  const everythingDeleted = async (): Promise<Result<void>> => {
    gone = true
    await engine.close()
    const problems: ErrorCode[] = []
    // Each of the three is tried, whatever becomes of the others.
    await store.destroy().catch((thrown: unknown) => problems.push(codeOf(thrown)))
    await cryptography.destroy().catch((thrown: unknown) => problems.push(codeOf(thrown)))
    page.setMark(null)
    refresh({ ...emptyState(env.nowMs()), phase: 'welcome' })
    const [problem] = problems
    if (problem === undefined) page.renew()
    return problem === undefined ? { ok: true, value: undefined } : { ok: false, code: problem }
  }

  return {
    view: () => view,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start: (name) => guarded(() => started(name, null)),
    restore: (name, words) => guarded(() => started(name, words)),
    rename: (name) => guarded(() => engine.run(rename(name))),
    createRoom: ({ name, topic, suite }) => guarded(async () => asChat(await engine.run(createRoom(name, topic, suite)))),
    room: (chat) => guarded(() => factsOf(slotOf(chat))),
    createRoomInvite: (chat, wanted) => guarded(() => roomInviteMade(slotOf(chat), wanted)),
    revokeRoomInvite: (chat, id) =>
      guarded(async () => {
        const invite = engine.state.invites.get(slotOf(id))
        if (invite === undefined) return { ok: false, code: 'not-found' }
        return engine.run(revokeRoomInvite(slotOf(chat), invite.key))
      }),
    answerRequest: (chat, id, agree) => guarded(() => engine.run(answerRequest(slotOf(chat), id, agree))),
    removeMember: (chat, member) => guarded(() => engine.run(removeMember(slotOf(chat), member as DeviceKey))),
    setRole: (chat, member, role) => guarded(() => engine.run(setRole(slotOf(chat), member as DeviceKey, role))),
    setRoom: (chat, change) => guarded(() => engine.run(setRoom(slotOf(chat), change))),
    leaveRoom: (chat) => guarded(() => engine.run(leaveRoom(slotOf(chat)))),
    setReadTicks: (on) => guarded(() => engine.run(setSwitch('readTicks', on))),
    setRelayOnly: (on) => guarded(() => engine.run(setSwitch('relayOnly', on))),
    setNotifications: (on) => guarded(() => engine.run(setSwitch('notifications', on))),
    setTheme: (theme) => guarded(() => engine.run(setLook({ theme }))),
    setLanguage: (language) => guarded(() => engine.run(setLook({ language }))),
    createInvite: () => guarded(inviteMade),
    revokeInvite: (id: InviteId) => guarded(() => engine.run(revokeInvite(slotOf(id)))),
    openInvite: async (text) => {
      await engine.run(openInvite(text))
    },
    acceptInvite: () => guarded(accepted),
    dismissInvite: () => {
      void engine.run(dismissInvite)
    },
    openChat: (chat) => guarded(() => engine.run(openChat(slotOf(chat)))),
    closeChat: () => {
      void engine.run(closeChat)
    },
    loadOlder: () => guarded(() => engine.run(loadOlder)),
    loadBack: (id) => guarded(() => engine.run(loadBack(id))),
    reply: (chat, to, text): Promise<Result<MessageId>> => guarded(async () => engine.run((await acts()).replyTo(slotOf(chat), to, text))),
    react: (chat, id, emoji) => guarded(async () => engine.run((await acts()).reactTo(slotOf(chat), id, emoji, 'set'))),
    unreact: (chat, id, emoji) => guarded(async () => engine.run((await acts()).reactTo(slotOf(chat), id, emoji, 'unset'))),
    edit: (chat, id, text) => guarded(async () => engine.run((await acts()).editMessage(slotOf(chat), id, text))),
    remove: (chat, id, from) => guarded(async () => engine.run((await acts()).removeMessage(slotOf(chat), id, from))),
    info: (chat, id) => guarded(async () => engine.run((await acts()).messageInfoOf(slotOf(chat), id))),
    pin: (chat, id) => guarded(async () => engine.run((await acts()).pinMessage(slotOf(chat), id, 'set'))),
    unpin: (chat, id) => guarded(async () => engine.run((await acts()).pinMessage(slotOf(chat), id, 'unset'))),
    keepDraft: (chat, text) => guarded(async () => engine.run((await acts()).keepDraft(slotOf(chat), text))),
    arrange: (chat, change) => guarded(async () => engine.run((await acts()).arrange(slotOf(chat), change))),
    setLife: (chat, life) => guarded(async () => engine.run((await acts()).setLife(slotOf(chat), life))),
    send: (chat, text): Promise<Result<MessageId>> => guarded(() => engine.run(sayInRoom(slotOf(chat), text))),
    markRead: (chat) => guarded(() => engine.run(readRoom(slotOf(chat)))),
    trust: (chat): Promise<Result<TrustFacts>> =>
      guarded(async () => {
        const sources = {
          vault: engine.vault,
          cryptography,
          env,
          infrastructure: options.infrastructure,
          stats: async (session: Parameters<Parameters<typeof trustFacts>[2]['stats']>[0]) =>
            (await engine.link?.stats(session.id)) ?? null,
          lastHeardMs: (device: Parameters<Parameters<typeof trustFacts>[2]['lastHeardMs']>[0]) => engine.link?.lastHeardMs(device) ?? null,
        }
        return { ok: true, value: await trustFacts(engine.state, slotOf(chat), sources) }
      }),
    revealPhrase: () => guarded(async () => ({ ok: true, value: await cryptography.revealPhrase() })),
    unlock: (passphrase) =>
      guarded(async () => {
        if (engine.state.phase !== 'locked') return { ok: false, code: 'unexpected' }
        await cryptography.unlock(passphrase)
        return engine.begin()
      }),
    setPassphrase: (current, next) =>
      guarded(async () => {
        // Loaded first: nothing may fail between the change and its being known.
        const { passphraseSet } = await locking()
        await cryptography.setPassphrase({ current, next })
        return engine.run(passphraseSet(next !== null))
      }),
    setLockAfter: (minutes) => guarded(async () => engine.run((await locking()).setLockAfter(minutes))),
    lock: () => guarded(locked),
    deleteEverything: () => guarded(everythingDeleted),
    close: () => engine.close(),
  } satisfies Messenger & { view: () => View }
}
