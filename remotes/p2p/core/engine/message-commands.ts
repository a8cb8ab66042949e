/** What a person does to a message of the open conversation, and to the chat itself. Each is refused with a code, or stored as a whole. */
import { SottoError } from '#contracts/errors.ts'
import type { Mid } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { LIVES, type Life } from '#contracts/lives.ts'
import type { Arrangement, MessageInfo } from '#contracts/ui.ts'
import { isEmoji } from '../content/emoji.ts'
import { isWritten, saidOf, type SaidBody } from '../content/marks.ts'
import type { Host } from '../groups/host.ts'
import type { Place } from '../groups/places.ts'
import { type MessageRecord, UNSENT } from '../storage/message.ts'
import type { Tools } from '../tools.ts'
import { messageInfo } from '../view/message-info.ts'
import { chatOf, openLine } from './conversation-steps.ts'
import { checkText, say, sayText } from './group-commands.ts'
import { hostOf, turned } from './group-steps.ts'
import type { State } from './state.ts'
import { nothing, type Outcome, type Step } from './step.ts'

interface Target {
  readonly host: Host
  readonly line: MessageRecord
  readonly said: SaidBody
  readonly about: Place
  readonly mine: boolean
}

/** Throws 'not-found' for what is not on the screen, is no message, or was deleted. */
async function targetOf(tools: Tools, state: State, slot: number, mid: string): Promise<Target> {
  const host = await hostOf(tools, state, slot)
  const line = openLine(state, slot, mid)
  const said = saidOf(line)
  if (said === null) throw new SottoError('not-found')
  const { lamport } = line
  return { host, line, said, about: { lamport, mid: line.mid }, mine: line.author === host.people.numberOf(host.me) }
}

/** What is typed, well formed and within the bound of a text. */
export const keepDraft =
  (slot: number, text: string): Step<void> =>
  async (state, tools) => {
    const host = await hostOf(tools, state, slot)
    const kept = text === '' ? '' : checkText(text, LIMITS.textBytes)
    return kept === host.contents.draft ? nothing(state) : turned(state, host, await host.keepDraft(tools, kept))
  }

const quietly = async (saying: Promise<Outcome<Mid>>): Promise<Outcome<void>> => ({ ...(await saying), value: undefined })

export const replyTo =
  (slot: number, mid: string, text: string): Step<Mid> =>
  async (state, tools) => {
    const { about } = await targetOf(tools, state, slot, mid)
    return sayText(tools, state, slot, text, about)
  }

/** Sets or takes back; nothing is written if it is so already. */
export const reactTo =
  (slot: number, mid: string, emoji: string, mark: 'set' | 'unset'): Step<void> =>
  async (state, tools) => {
    if (!isEmoji(emoji)) throw new SottoError('malformed')
    const { host, said, about } = await targetOf(tools, state, slot, mid)
    const me = host.people.numberOf(host.me)
    const own = said.reactions.filter((one) => one.by === me && one.mark === 'set')
    const isSet = own.some((one) => one.emoji === emoji)
    if (isSet === (mark === 'set')) return nothing(state)
    if (mark === 'set' && own.length >= LIMITS.reactionsAPerson) throw new SottoError('too-large')
    return quietly(say(tools, state, slot, { kind: 'reaction', about, emoji, mark }))
  }

export const editMessage =
  (slot: number, mid: string, text: string): Step<void> =>
  async (state, tools) => {
    const { said, about, mine } = await targetOf(tools, state, slot, mid)
    if (!mine) throw new SottoError('unexpected')
    const checked = checkText(text, LIMITS.textBytes)
    return checked === said.text ? nothing(state) : quietly(say(tools, state, slot, { kind: 'edit', about, text: checked }))
  }

export const removeMessage =
  (slot: number, mid: string, from: 'all' | 'me'): Step<void> =>
  async (state, tools) => {
    // What its author has deleted leaves a line, which may go as well.
    const line = openLine(state, slot, mid)
    const host = await hostOf(tools, state, slot)
    if (from === 'me' && isWritten(line)) return turned(state, host, await host.hide(tools, line))
    const { about, mine } = await targetOf(tools, state, slot, mid)
    if (!mine) throw new SottoError('unexpected')
    // Nobody has it yet: there is nothing to tell, and no place to keep.
    if (line.seq === UNSENT) return turned(state, host, await host.hide(tools, line, true))
    return quietly(say(tools, state, slot, { kind: 'erase', about }))
  }

export const pinMessage =
  (slot: number, mid: string, mark: 'set' | 'unset'): Step<void> =>
  async (state, tools) => {
    const { host, about } = await targetOf(tools, state, slot, mid)
    if (host.contents.isPinned(about) === (mark === 'set')) return nothing(state)
    return quietly(say(tools, state, slot, { kind: 'pin', about, mark }))
  }

/** Where a chat stands in the list. What is put away is at the top of nothing, and what is pinned is not put away. */
export const arrange =
  (slot: number, { muted, pinned, archived }: Arrangement): Step<void> =>
  async (state, tools) => {
    chatOf(state, slot)
    const host = await hostOf(tools, state, slot)
    const { pinnedMs } = host.contents.choices
    const isPinned = archived === true ? false : pinned
    const isArchived = pinned === true ? false : archived
    const change = {
      ...(muted === undefined ? {} : { muted: muted ? ('on' as const) : ('off' as const) }),
      ...(isPinned === undefined ? {} : { pinnedMs: isPinned ? pinnedMs || tools.env.nowMs() : 0 }),
      ...(isArchived === undefined ? {} : { archived: isArchived ? ('on' as const) : ('off' as const) }),
    }
    return turned(state, host, await host.choose(tools, change))
  }

/** How long what is said from now on stays, for everybody in the chat. Nothing is said if it is so already. */
export const setLife =
  (slot: number, life: Life): Step<void> =>
  async (state, tools) => {
    if (!LIVES.includes(life)) throw new SottoError('malformed')
    const host = await hostOf(tools, state, slot)
    return host.contents.fleeting.life === life ? nothing(state) : quietly(say(tools, state, slot, { kind: 'timer', life }))
  }

/** What is known of a message of the open chat. Nothing changes by it. */
export const messageInfoOf =
  (slot: number, mid: string): Step<MessageInfo> =>
  (state) => ({ ...nothing(state), value: messageInfo(state, slot, mid) })
