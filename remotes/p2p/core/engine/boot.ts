/** The start: what storage holds, and whether this is a first visit, a return, or a loss. */
import type { Identity } from '#contracts/cryptography.ts'
import { codeOf, SottoError } from '#contracts/errors.ts'
import { type Codec, decode } from '#contracts/wire/codec.ts'
import { decodeInviteLink } from '#contracts/wire/invite-link.ts'
import type { Host } from '../groups/host.ts'
import { hosting } from '../groups/hosting.ts'
import { cleanName } from '../names.ts'
import type { Page } from '../page.ts'
import { contactRecord } from '../storage/contact.ts'
import { inviteRecord } from '../storage/invite.ts'
import { type JoiningRecord, joiningRecord } from '../storage/joining.ts'
import { IDENTITY_KEY, PROFILE_KEY, slotOf, within } from '../storage/keys.ts'
import { profileRecord, TOKEN_SEED_BYTES } from '../storage/profile.ts'
import { RECORD_BYTES } from '../storage/record.ts'
import { type Opened as Row, putSealed } from '../storage/vault.ts'
import type { Tools } from '../tools.ts'
import type { Group, Opened, State } from './state.ts'
import { nothing, only, type Outcome, type Step } from './step.ts'

/** Only who has a passphrase needs it. */
const locking = (): Promise<typeof import('./lock-steps.ts')> => import('./lock-steps.ts')

/**
 * Reads everything. Without an identity this is a first visit only if nothing says that there was one: a lost
 * identity is shown as lost, a locked one as locked, and neither is ever replaced in silence.
 */
export async function boot(tools: Tools, page: Page, state: State): Promise<State> {
  try {
    return await read(tools, page, state)
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code === 'locked') return { ...state, phase: 'locked', passphrase: true }
    if (code === 'storage-newer') return { ...state, phase: 'newer' }
    if (code === 'malformed' || code === 'identity-missing') return { ...state, phase: 'lost' }
    throw thrown
  }
}

async function read(tools: Tools, page: Page, state: State): Promise<State> {
  const { cryptography, vault } = tools
  const sealed = await vault.readSealed('meta', IDENTITY_KEY)
  const hasKey = await cryptography.hasVaultKey()
  if (sealed === null) {
    const wasHere = page.mark() === 'made' || (hasKey && page.mark() !== 'starting')
    return { ...state, phase: wasHere ? 'lost' : 'welcome' }
  }
  if (!hasKey) return { ...state, phase: 'lost' }
  const loaded = await load(tools, state, await cryptography.openIdentity(sealed))
  return (await cryptography.hasPassphrase()) ? { ...loaded, ...(await (await locking()).lockOf(tools)) } : loaded
}

/** Removes what has expired while nobody was here. */
export const tidy: Step<void> = (state, tools) => {
  const nowMs = tools.env.nowMs()
  const alive = new Map([...state.joinings].filter(([, { expiresMs }]) => expiresMs > nowMs))
  return alive.size === state.joinings.size ? nothing(state) : only({ ...state, joinings: alive })
}

/** What has expired by now is shown so. */
export const clockRead: Step<void> = (state, tools) => only({ ...state, clockMs: tools.env.nowMs() })

async function load(tools: Tools, state: State, identity: Identity): Promise<State> {
  const { vault, env } = tools
  const profile = await vault.read('meta', PROFILE_KEY, profileRecord)
  if (profile === null) throw new SottoError('malformed')
  const nowMs = env.nowMs()
  const groups: [number, Group][] = []
  for (const { key } of await vault.all('rooms', within('g'))) {
    const slot = slotOf(key)
    const host = await (await hosting()).Host.load(tools, slot, identity.device)
    await fadeUnseen(tools, host)
    groups.push([slot, { slot, host, version: 0 }])
  }
  const joinings = await table(tools, 'j', joiningRecord)
  const contacts = new Map((await vault.all('contacts', within('c'))).map((row) => rowOf(row, contactRecord)))
  return {
    ...state,
    phase: 'ready',
    identity,
    profile,
    theme: profile.theme,
    language: profile.language,
    contacts,
    invites: await table(tools, 'i', inviteRecord),
    joinings,
    groups: new Map(groups),
    ...resumed(
      tools,
      [...joinings.values()].filter(({ expiresMs }) => expiresMs > nowMs),
    ),
  }
}

/** What should have gone while nobody was here is gone before anything is shown. What storage does not let go of is tried again later. */
async function fadeUnseen(tools: Tools, host: Host): Promise<void> {
  const turn = await host.fade(tools)
  if (turn !== null) await tools.vault.commit(turn.changes).catch(() => undefined)
}

const rowOf = <T>({ key, value }: Row<Uint8Array>, codec: Codec<T>): readonly [number, T] => [
  slotOf(key),
  decode(codec, value, RECORD_BYTES),
]

const table = async <T>(tools: Tools, prefix: string, codec: Codec<T>): Promise<ReadonlyMap<number, T>> =>
  new Map((await tools.vault.all('invites', within(prefix))).map((row) => rowOf(row, codec)))

/** An acceptance that was under way goes on: the newest. */
function resumed(tools: Tools, joinings: readonly JoiningRecord[]): Partial<Pick<State, 'opened' | 'accepting'>> {
  const newest = joinings.reduce<JoiningRecord | null>((best, one) => (best === null || one.startedMs > best.startedMs ? one : best), null)
  // An invite that the page was opened with while it was locked stays.
  if (newest === null) return {}
  const opened: Opened = {
    link: decodeInviteLink(newest.link, tools.env.sha256),
    text: newest.link,
    state: { kind: 'accepting', step: 'finding' },
  }
  return { opened, accepting: newest.key }
}

/** What `start` needs to keep between two attempts: the Worker makes an identity once. */
export interface Making {
  made: { readonly identity: Identity; readonly sealed: Uint8Array<ArrayBuffer> } | null
  /** The words that it was made from; '' for a new person. Forgotten with `made`. */
  from: string
}

/** The name of every device so far: nothing about this one is told to anybody. */
const DEVICE_NAME = 'browser'

/** A new person; with words, a new device of the person that they are of. Throws 'identity-exists', 'identity-missing', 'malformed', 'unexpected' while storage is read. */
export const start =
  (wanted: string, page: Page, making: Making, words: readonly string[] | null = null): Step<void> =>
  async (state, tools): Promise<Outcome<void>> => {
    if (state.phase === 'lost') throw new SottoError('identity-missing')
    if (state.phase !== 'welcome') throw new SottoError(state.phase === 'ready' ? 'identity-exists' : 'unexpected')
    const name = cleanName(wanted)
    if (name === '') throw new SottoError('malformed')
    page.setMark('starting')
    const from = words?.join(' ') ?? ''
    // Made, and then not stored: another person can't take its place before the page was loaded anew.
    if (making.made !== null && making.from !== from) throw new SottoError('identity-exists')
    const options = { deviceName: DEVICE_NAME, nowMs: tools.env.nowMs() }
    making.made ??= await (words === null
      ? tools.cryptography.createIdentity(options)
      : tools.cryptography.restoreIdentity({ ...options, words }))
    making.from = from
    const { identity, sealed } = making.made
    const { theme, language } = state
    const off = 'off' as const
    const tokenSeed = tools.env.random(TOKEN_SEED_BYTES)
    const profile = { v: 1 as const, name, theme, language, readTicks: off, relayOnly: off, notifications: off, tokenSeed }
    return { ...only({ ...state, phase: 'ready', identity, profile }), changes: [putSealed('meta', IDENTITY_KEY, sealed)] }
  }
