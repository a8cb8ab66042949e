/** The invites into a room that still hold: how much of each is used, its link again, and its end. */
import { useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import type { ChatId, RoomInviteView } from '#contracts/ui.ts'
import { useAnnounce } from '../../components/Announcer.tsx'
import { Button } from '../../components/Button.tsx'
import { Card } from '../../components/Card.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Hidden } from '../../components/Hidden.tsx'
import { useRouter, useStack } from '../../state/route.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { moment } from '../../text/time.ts'
import css from './RoomInvites.module.css'

export function RoomInvites({
  chat,
  invites,
  now,
}: {
  readonly chat: ChatId
  readonly invites: readonly RoomInviteView[]
  readonly now: number
}) {
  const open = invites.filter(({ state }) => state === 'open')
  if (open.length === 0) return null
  return (
    <Card title={t.openInvites}>
      <ul className={css.list} aria-label={t.openInvites}>
        {open.map((invite) => (
          <Invite key={invite.id} chat={chat} invite={invite} now={now} />
        ))}
      </ul>
    </Card>
  )
}

function Invite({ chat, invite, now }: { readonly chat: ChatId; readonly invite: RoomInviteView; readonly now: number }) {
  const messenger = useMessenger()
  const announce = useAnnounce()
  const router = useRouter()
  const stack = useStack()
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const made = moment(invite.createdMs, now)
  const revoke = async (): Promise<void> => {
    setBusy(true)
    const result = await messenger.revokeRoomInvite(chat, invite.id)
    setBusy(false)
    if (result.ok) announce(t.revoked)
    setFailed(result.ok ? null : result.code)
  }
  return (
    <li className={css.invite}>
      <div className={css.words}>
        <p className={css.used}>{t.inviteUsedOf(invite.used, invite.uses)}</p>
        <p className={css.more}>{t.inviteUntil(moment(invite.expiresMs, now))}</p>
        {invite.approval && <p className={css.more}>{t.inviteAsks}</p>}
        {!invite.mine && <p className={css.more}>{t.inviteElsewhere}</p>}
      </div>
      <div className={css.actions}>
        {invite.mine && (
          <Button look="plain" onClick={() => router.go([...stack, { kind: 'room-invite', invite: invite.id }])}>
            <span aria-hidden="true">{t.showLink}</span>
            <Hidden>{t.showLinkOf(made)}</Hidden>
          </Button>
        )}
        <Button look="plain" disabled={busy} onClick={() => void revoke()}>
          <span aria-hidden="true">{t.revoke}</span>
          <Hidden>{t.revokeFrom(made)}</Hidden>
        </Button>
      </div>
      {failed && <ErrorLine code={failed} />}
    </li>
  )
}
