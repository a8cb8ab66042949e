/** An invite for one person: the newest link that is still open, or a new one; its code, how long it holds, and the others. */
import { useEffect, useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { InviteView } from '#contracts/ui.ts'
import { useAnnounce } from '../components/Announcer.tsx'
import { Button } from '../components/Button.tsx'
import { Dialog } from '../components/Dialog.tsx'
import { ErrorLine } from '../components/ErrorLine.tsx'
import { Hidden } from '../components/Hidden.tsx'
import { ShareLink } from '../components/ShareLink.tsx'
import { useNow } from '../state/clock.ts'
import { useRouter, useStack } from '../state/route.tsx'
import { without } from '../state/router.ts'
import { useMessenger, useView } from '../state/session.tsx'
import { t } from '../text/index.ts'
import { moment } from '../text/time.ts'
import css from './InviteDialog.module.css'

export function InviteDialog() {
  const router = useRouter()
  const stack = useStack()
  const { invite, again, failed, busy, make } = useInvite()
  const invites = useView((view) => view.invites)
  const now = useNow()
  const close = (): void => router.go(without(stack, 'invite'))
  useFollowUse(invite)
  const others = invites.filter(({ id, state }) => state === 'open' && id !== invite?.id)

  return (
    <Dialog title={t.newInvite} onClose={close}>
      <div className={css.content}>
        <p className={css.lead}>{t.inviteLead}</p>
        {(invite || busy) && (
          <ShareLink url={invite?.url ?? null} hint={invite ? hintOf(invite, again, now) : t.makingInvite} copiedHint={t.copied} />
        )}
        {failed && <ErrorLine code={failed} words={{ 'too-large': t.tooManyInvites(LIMITS.invitesListening) }} />}
        <div className={css.instead}>
          <Button look="plain" disabled={busy} onClick={make}>
            {t.anotherLink}
          </Button>
          {invite?.state === 'open' && <Revoke invite={invite} now={now} />}
        </div>
        {others.length > 0 && (
          <section className={css.others}>
            <h3 className={css.heading}>{t.otherInvites}</h3>
            <ul>
              {others.map((other) => (
                <OpenInvite key={other.id} invite={other} now={now} />
              ))}
            </ul>
          </section>
        )}
      </div>
    </Dialog>
  )
}

function hintOf({ state, createdMs, expiresMs }: InviteView, again: boolean, now: number): string {
  if (state === 'used') return t.inviteUsed
  const until = moment(expiresMs, now)
  return again ? t.holdsFrom(moment(createdMs, now), until) : t.holdsUntil(until)
}

/**
 * The invite on show. When the dialog opens it is the newest that is still open, `again`: looking twice makes no second
 * door. Only if there is none, or when asked, one is made.
 */
function useInvite() {
  const messenger = useMessenger()
  const invites = useView((view) => view.invites)
  const now = useNow()
  const [first] = useState(() => newestOpen(invites, now))
  const [made, setMade] = useState<InviteView | null>(null)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(first === null)

  const ask = useRef(async (): Promise<void> => {
    setBusy(true)
    setFailed(null)
    const result = await messenger.createInvite()
    setBusy(false)
    if (result.ok) setMade(result.value)
    else setFailed(result.code)
  })
  useEffect(() => {
    if (first === null) void ask.current()
  }, [first])

  const chosen = made ?? first
  const invite = invites.find(({ id }) => id === chosen?.id) ?? chosen
  return {
    invite: invite?.state === 'open' || invite?.state === 'used' ? invite : null,
    again: made === null,
    failed,
    busy,
    make: (): void => void ask.current(),
  }
}

function newestOpen(invites: readonly InviteView[], now: number): InviteView | null {
  const open = invites.filter(({ state, expiresMs }) => state === 'open' && expiresMs > now)
  return open.reduce<InviteView | null>((newest, each) => (newest !== null && newest.createdMs >= each.createdMs ? newest : each), null)
}

/** Once somebody uses the invite on show, the dialog gives way to the chat with them. */
function useFollowUse(invite: InviteView | null): void {
  const router = useRouter()
  const announce = useAnnounce()
  const invites = useView((view) => view.invites)
  const chats = useView((view) => view.chats)
  const before = useRef(new Set(chats.map(({ id }) => id)))
  const used = invite !== null && invites.some(({ id, state }) => id === invite.id && state === 'used')
  useEffect(() => {
    if (!used) return
    const fresh = chats.filter(({ id, kind }) => kind === 'direct' && !before.current.has(id))
    const [only] = fresh
    if (!only || fresh.length > 1) return
    announce(t.inviteUsed)
    router.go([{ kind: 'chat', chat: only.id }])
  }, [used, chats, router, announce])
}

function OpenInvite({ invite, now }: { readonly invite: InviteView; readonly now: number }) {
  return (
    <li className={css.other}>
      <span className={css.otherText}>
        {t.inviteFrom(moment(invite.createdMs, now))}
        <span className={css.otherUntil}>{t.inviteUntil(moment(invite.expiresMs, now))}</span>
      </span>
      <Revoke invite={invite} now={now} />
    </li>
  )
}

function Revoke({ invite, now }: { readonly invite: InviteView; readonly now: number }) {
  const messenger = useMessenger()
  const announce = useAnnounce()
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const revoke = async (): Promise<void> => {
    const result = await messenger.revokeInvite(invite.id)
    if (result.ok) announce(t.revoked)
    else setFailed(result.code)
  }
  return (
    <>
      <Button look="plain" onClick={() => void revoke()}>
        <span aria-hidden="true">{t.revoke}</span>
        <Hidden>{t.revokeFrom(moment(invite.createdMs, now))}</Hidden>
      </Button>
      {failed && <ErrorLine code={failed} />}
    </>
  )
}
