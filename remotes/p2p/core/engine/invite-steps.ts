/** Steps of invites, as the person commands them. */
import { codeOf, SottoError } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import { DEFAULT_PROFILE } from '#contracts/wire/entry.ts'
import { decodeInviteLink, type InviteLink } from '#contracts/wire/invite-link.ts'
import type { InviteRecord } from '../storage/invite.ts'
import { gaveUp } from './link-steps.ts'
import { nextSlot, type Opened, type State, withEntry } from './state.ts'
import { only, type Outcome, type Step } from './step.ts'

/** A new invite of this person; the answer is its local number. Throws 'too-large' when too many are open. */
export const createInvite: Step<number> = async (state, tools) => {
  const { profile } = state
  if (profile === null) throw new SottoError('identity-missing')
  const nowMs = tools.env.nowMs()
  const open = [...state.invites.values()].filter((invite) => invite.state === 'open' && invite.expiresMs > nowMs)
  if (open.length >= LIMITS.invitesListening) throw new SottoError('too-large')
  const { key, secret, sealed } = await tools.cryptography.createInvite()
  const slot = nextSlot(state.invites)
  const invite: InviteRecord = {
    v: 2,
    key,
    secret,
    sealed,
    name: profile.name,
    createdMs: nowMs,
    expiresMs: nowMs + LIMITS.inviteLifeMs,
    state: 'open',
    room: 0,
    usedBy: null,
    profile: DEFAULT_PROFILE,
  }
  return { ...only({ ...state, invites: withEntry(state.invites, slot, invite), clockMs: nowMs }), value: slot }
}

/** Takes an open invite back. Throws 'not-found', 'invite-used'. */
export const revokeInvite =
  (slot: number): Step<void> =>
  (state) => {
    const invite = state.invites.get(slot)
    if (invite === undefined) throw new SottoError('not-found')
    if (invite.state === 'used') throw new SottoError('invite-used')
    return only({ ...state, invites: withEntry(state.invites, slot, { ...invite, state: 'revoked' }) })
  }

/** What the page was opened with. Never fails: a link that is none is shown as refused. */
export const openInvite =
  (text: string): Step<void> =>
  (state, tools): Outcome<void> => {
    let link: InviteLink
    try {
      link = decodeInviteLink(text, tools.env.sha256)
    } catch (thrown) {
      return only({ ...state, accepting: null, opened: { link: null, text: '', state: { kind: 'refused', code: codeOf(thrown) } } })
    }
    return only({ ...state, ...openedAs(state, text, link, tools.env.nowMs()) })
  }

function openedAs(state: State, text: string, link: InviteLink, nowMs: number): Pick<State, 'opened' | 'accepting'> {
  const as = (kind: Opened['state'], accepting: State['accepting'] = null): Pick<State, 'opened' | 'accepting'> => ({
    opened: { link, text, state: kind },
    accepting,
  })
  if ([...state.invites.values()].some(({ key }) => key === link.key)) return as({ kind: 'refused', code: 'invite-own' })
  const room = roomBy(state, link)
  if (room !== null) return as({ kind: 'accepted', room })
  if (state.accepting === link.key && state.opened !== null) return { opened: state.opened, accepting: link.key }
  if (link.expiresMs <= nowMs) return as({ kind: 'refused', code: 'invite-expired' })
  if ([...state.joinings.values()].some(({ key }) => key === link.key)) return as({ kind: 'accepting', step: 'finding' }, link.key)
  return as({ kind: 'offered' })
}

/** The chat that this very invite led to before. */
function roomBy(state: State, link: InviteLink): number | null {
  const byInvite = [...state.groups.values()].find(({ host }) => host.store.record.inviter?.invite === link.key && host.isShown)
  if (byInvite !== undefined) return byInvite.slot
  const contact = [...state.contacts].find(([, { accepted }]) => accepted === link.key)
  const chat = [...state.groups.values()].find(({ host }) => host.isDirect && host.isShown && host.store.record.contact === contact?.[0])
  return chat?.slot ?? null
}

/** Begins to accept the opened invite: the KeyPackage is stored before anybody is called. */
export const acceptInvite: Step<void> = async (state, tools) => {
  const { opened } = state
  if (state.identity === null) throw new SottoError('identity-missing')
  if (opened === null || opened.link === null) throw new SottoError('not-found')
  if (opened.state.kind === 'accepted' || opened.state.kind === 'accepting') return only(state)
  if (opened.state.kind === 'refused' && opened.state.code !== 'invite-unreachable') throw new SottoError(opened.state.code)
  const { link, text } = opened
  const nowMs = tools.env.nowMs()
  if (link.expiresMs <= nowMs) throw new SottoError('invite-expired')
  const accepting: State = { ...state, opened: { ...opened, state: { kind: 'accepting', step: 'finding' } }, accepting: link.key }
  if ([...state.joinings.values()].some(({ key }) => key === link.key)) return { ...only(accepting), effects: [{ kind: 'call-again' }] }
  const made = await tools.cryptography.createKeyPackage(link.profile, nowMs)
  const joining = {
    v: 1 as const,
    link: text,
    key: link.key,
    secret: link.secret,
    expiresMs: link.expiresMs,
    keyPackage: made.keyPackage,
    sealedKeyPackage: made.sealed,
    startedMs: nowMs,
  }
  return only({ ...accepting, joinings: withEntry(state.joinings, nextSlot(state.joinings), joining) })
}

export const dismissInvite: Step<void> = (state) => only({ ...(state.accepting === null ? state : gaveUp(state)), opened: null })
