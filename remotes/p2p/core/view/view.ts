/** The view that the ui reads: immutable, and every part of it the same object until it changes. */
import type { Env } from '#contracts/env.ts'
import type { InviteView, OpenedInvite, View } from '#contracts/ui.ts'
import { encodeInviteLink } from '#contracts/wire/invite-link.ts'
import { type Opened, type State, tellsReading, relaysOnly } from '../engine/state.ts'
import { cleanName, hueOf } from '../names.ts'
import type { InviteRecord } from '../storage/invite.ts'
import { inviteKey, roomKey } from '../storage/keys.ts'
import { Chats } from './chats.ts'
import { Conversations } from './conversation.ts'

export class Views {
  private readonly env: Env
  private readonly pageUrl: string
  private readonly chats: Chats
  private readonly conversations: Conversations
  private readonly invites = new Memo<readonly InviteView[]>()
  private readonly opened = new Memo<OpenedInvite | null>()
  private readonly me = new Memo<View['me']>()
  private current: View | null = null

  constructor(env: Env, pageUrl: string) {
    this.env = env
    this.pageUrl = pageUrl
    this.chats = new Chats(env.sha256)
    this.conversations = new Conversations(env.sha256)
  }

  /** The same object as before if nothing changed. */
  view(state: State): View {
    const next: View = {
      phase: state.phase,
      me: this.me.of([state.profile, state.identity], () => this.viewMe(state)),
      chats: this.chats.view(state),
      conversation: this.conversations.view(state),
      invites: this.invites.of([state.invites, state.clockMs], () => this.viewInvites(state)),
      openedInvite: this.opened.of([state.opened], () => openedView(state.opened)),
      broker: state.broker,
      fenced: state.fenced,
      storageProblem: state.storageProblem,
      unheld: unheld(state),
      theme: state.theme,
      language: state.language,
      readTicks: tellsReading(state),
      relayOnly: relaysOnly(state),
      passphrase: state.passphrase,
      lockAfter: state.lockAfter,
      notifications: state.profile?.notifications === 'on',
    }
    const known = this.current
    const same = known !== null && (Object.keys(next) as (keyof View)[]).every((key) => known[key] === next[key])
    this.current = same ? known : next
    return this.current
  }

  /** One invite, as it is shown. */
  viewInvite(slot: number, invite: InviteRecord, nowMs: number): InviteView {
    const { v, key, secret, expiresMs, name, createdMs, profile } = invite
    const url = `${this.pageUrl}#i=${encodeInviteLink({ v, for: 'contact', key, secret, expiresMs, name, profile }, this.env.sha256)}`
    const state = invite.state === 'open' && expiresMs <= nowMs ? 'expired' : invite.state
    return { id: inviteKey(slot), url, createdMs, expiresMs, state }
  }

  private viewMe({ profile, identity }: State): View['me'] {
    return profile === null || identity === null ? null : { name: profile.name, hue: hueOf(identity.user, this.env.sha256) }
  }

  private viewInvites(state: State): readonly InviteView[] {
    return [...state.invites]
      .filter(([, { room }]) => room === 0)
      .map(([slot, invite]) => this.viewInvite(slot, invite, state.clockMs))
      .sort((a, b) => b.createdMs - a.createdMs)
  }
}

/** Own messages that no other device is known to hold, of those that somebody waits for. */
function unheld(state: State): number {
  let count = 0
  for (const { host } of state.groups.values()) {
    for (const { held, lacking } of host.underway().values()) if (!held && lacking.length > 0) count++
  }
  return count
}

function openedView(opened: Opened | null): OpenedInvite | null {
  if (opened === null) return null
  const { state } = opened
  const name = opened.link === null ? '' : cleanName(opened.link.name)
  return {
    name,
    for: opened.link?.for ?? 'contact',
    state: state.kind === 'accepted' ? { kind: 'accepted', chat: roomKey(state.room) } : state,
  }
}

/** One value, made again only when what it was made from is another object. */
class Memo<T> {
  private from: readonly unknown[] | null = null
  private value: T | null = null

  of(from: readonly unknown[], make: () => T): T {
    if (this.from === null || this.from.some((part, i) => part !== from[i])) {
      this.value = make()
      this.from = from
    }
    return this.value as T
  }
}
