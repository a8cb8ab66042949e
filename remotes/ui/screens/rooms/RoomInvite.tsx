/** An invite into a room: a link and its code at once, with terms that can be changed; or one made before, shown again. */
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import type { ChatId, InviteId, RoomInviteView } from '#contracts/ui.ts'
import { Button } from '../../components/Button.tsx'
import { Content, Lead } from '../../components/DialogParts.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Choice } from '../../components/Field.tsx'
import { Fill, Name } from '../../components/Name.tsx'
import { ShareLink } from '../../components/ShareLink.tsx'
import { Switch } from '../../components/Switch.tsx'
import { useNow } from '../../state/clock.ts'
import { useRoom } from '../../state/room.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { moment } from '../../text/time.ts'
import css from './RoomInvite.module.css'

interface Terms {
  readonly uses: number
  readonly days: number
  readonly approval: boolean
}
const FIRST: Terms = { uses: 10, days: 7, approval: false }
const USES = [1, 5, 10, 25, 50, 100, 256]
const DAYS = [1, 3, 7, 14, 30]

export function RoomInvite({ chat, shown }: { readonly chat: ChatId; readonly shown: InviteId | null }) {
  return shown === null ? <New chat={chat} /> : <Known id={shown} />
}

function New({ chat }: { readonly chat: ChatId }) {
  const [terms, setTerms] = useState(FIRST)
  const { invite, made, failed, busy, make, given } = useInvite(chat)
  const link = useRef<HTMLDivElement>(null)
  const changed = made.uses !== terms.uses || made.days !== terms.days || made.approval !== terms.approval
  return (
    <Content>
      <Words approval={made.approval} />
      <div ref={link} className={css.link} tabIndex={-1}>
        {failed ? <ErrorLine code={failed} /> : <Link invite={invite} onGiven={given} />}
      </div>
      <fieldset className={css.terms}>
        <legend className={css.legend}>{t.inviteTerms}</legend>
        <div className={css.choices}>
          <Choice label={t.inviteUses} value={terms.uses} onChange={(event) => setTerms({ ...terms, uses: Number(event.target.value) })}>
            {USES.map((uses) => (
              <option key={uses} value={uses}>
                {t.people(uses)}
              </option>
            ))}
          </Choice>
          <Choice label={t.inviteDays} value={terms.days} onChange={(event) => setTerms({ ...terms, days: Number(event.target.value) })}>
            {DAYS.map((days) => (
              <option key={days} value={days}>
                {t.days(days)}
              </option>
            ))}
          </Choice>
        </div>
        <Switch label={t.approval} hint={t.approvalWhy} on={terms.approval} onChange={(approval) => setTerms({ ...terms, approval })} />
        {(changed || failed) && (
          <IntoView>
            <Button
              wide
              icon="refresh"
              disabled={busy}
              onClick={() => {
                make(terms)
                // The button goes with the old terms.
                link.current?.focus()
              }}
            >
              {failed ? t.tryAgain : t.newLink}
            </Button>
          </IntoView>
        )}
      </fieldset>
    </Content>
  )
}

/** What comes into being below the edge is scrolled to. */
function IntoView({ children }: { readonly children: ReactNode }) {
  const element = useRef<HTMLDivElement>(null)
  // Newer browsers return a promise, which React would take for a clean-up.
  useEffect(() => void element.current?.scrollIntoView({ block: 'nearest' }), [])
  return <div ref={element}>{children}</div>
}

/**
 * Makes an invite when the dialog opens, and another when other terms are wanted. One that was neither copied nor
 * handed on gives way to the next: nobody has it. One with the same terms that nobody used is not made a second time.
 */
function useInvite(chat: ChatId) {
  const messenger = useMessenger()
  const [invite, setInvite] = useState<RoomInviteView | null>(null)
  const [made, setMade] = useState(FIRST)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  const loose = useRef<InviteId | null>(null)

  const ask = async (terms: Terms): Promise<void> => {
    const last = loose.current
    setBusy(true)
    setFailed(null)
    setInvite(null)
    setMade(terms)
    const result = await messenger.createRoomInvite(chat, terms)
    setBusy(false)
    if (!result.ok) return setFailed(result.code)
    setInvite(result.value)
    loose.current = result.value.id
    if (last !== null) await messenger.revokeRoomInvite(chat, last)
  }
  const open = useRef(async (): Promise<void> => {
    const room = await messenger.room(chat)
    const unused = room.ok ? room.value.invites.find((each) => isUnused(each, FIRST)) : undefined
    if (unused) setInvite(unused)
    else await ask(FIRST)
  })
  useEffect(() => void open.current(), [])

  return {
    invite,
    made,
    failed,
    busy,
    make: (terms: Terms): void => void ask(terms),
    given: (): void => {
      loose.current = null
    },
  }
}

const DAY_MS = 86_400_000
const isUnused = ({ mine, state, used, uses, approval, createdMs, expiresMs }: RoomInviteView, terms: Terms): boolean =>
  mine &&
  state === 'open' &&
  used === 0 &&
  uses === terms.uses &&
  approval === terms.approval &&
  Math.round((expiresMs - createdMs) / DAY_MS) === terms.days

function Known({ id }: { readonly id: InviteId }) {
  const { facts } = useRoom()
  const invite = facts?.invites.find((each) => each.id === id) ?? null
  if (facts && (invite === null || invite.state !== 'open')) return <Lead>{t.inviteGone}</Lead>
  return (
    <Content>
      <Words approval={invite?.approval ?? false} />
      <Link invite={invite} />
      {invite && <p className={css.used}>{t.inviteUsedOf(invite.used, invite.uses)}</p>}
    </Content>
  )
}

function Words({ approval }: { readonly approval: boolean }) {
  const { facts } = useRoom()
  return (
    <Lead>
      <Fill text={approval ? t.roomInviteLeadAsks : t.roomInviteLead} name={<Name>{facts?.name ?? ''}</Name>} />
    </Lead>
  )
}

function Link({ invite, onGiven }: { readonly invite: RoomInviteView | null; readonly onGiven?: () => void }) {
  const now = useNow()
  const hint = invite ? t.roomInviteHolds(invite.uses, moment(invite.expiresMs, now)) : t.makingInvite
  return <ShareLink url={invite?.url ?? null} hint={hint} copiedHint={t.roomInviteCopied} {...(onGiven ? { onGiven } : {})} />
}
