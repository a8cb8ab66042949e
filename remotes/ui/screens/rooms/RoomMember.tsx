/** A member of a room: who that is, and what this person may do about it. Removing asks once more, in words. */
import { type ReactNode, useId, useRef, useState } from 'react'
import type { ErrorCode, Result } from '#contracts/errors.ts'
import type { ChatId, MemberId, MemberView, Role } from '#contracts/ui.ts'
import { useAnnounce } from '../../components/Announcer.tsx'
import { Avatar } from '../../components/Avatar.tsx'
import { Button } from '../../components/Button.tsx'
import { Actions, Content, ContentWaiting, Lead } from '../../components/DialogParts.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { linkText } from '../../components/LinkStatus.tsx'
import { Fill, Name } from '../../components/Name.tsx'
import { Who, WhoLine } from '../../components/Who.tsx'
import { useNow } from '../../state/clock.ts'
import { useReturnFocus } from '../../state/focus.ts'
import { useRoom } from '../../state/room.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import css from './RoomMember.module.css'

/** What is asked for most stands first. */
const ORDER: readonly Role[] = ['admin', 'member', 'owner']

export function RoomMember({
  chat,
  member: id,
  onDone,
}: {
  readonly chat: ChatId
  readonly member: MemberId
  readonly onDone: () => void
}) {
  const { facts } = useRoom()
  const now = useNow()
  const [removing, setRemoving] = useState(false)
  const removeButton = useRef<HTMLButtonElement>(null)
  useReturnFocus(removing, () => removeButton.current)
  const { busy, failed, run } = useCommand()
  const messenger = useMessenger()
  const member = facts?.members.find((each) => each.id === id)
  if (!facts) return <ContentWaiting />
  if (!member) return <Lead>{t.memberGone}</Lead>
  const { name } = member

  const setRole = (role: Role): void =>
    void run(() => messenger.setRole(chat, id, role), <Fill text={t.roleChanged[role]} name={<bdi>{name}</bdi>} />)
  const remove = (): void =>
    void run(() => messenger.removeMember(chat, id), <Fill text={t.wasRemoved} name={<bdi>{name}</bdi>} />).then((done) => done && onDone())

  return (
    <Content>
      <Head member={member} now={now} />
      {failed && <ErrorLine code={failed} />}
      {removing ? (
        <>
          <div className={css.sure}>
            <h3 className={css.question}>{t.removeTitle}</h3>
            <Lead>
              <Fill text={t.removeLead} name={<Name>{name}</Name>} />
            </Lead>
          </div>
          <Actions>
            <Button wide onClick={() => setRemoving(false)} autoFocus>
              {t.cancel}
            </Button>
            <Button look="danger" wide disabled={busy} onClick={remove}>
              {busy ? t.removing : t.remove}
            </Button>
          </Actions>
        </>
      ) : (
        <div className={css.choices}>
          {ORDER.filter((role) => role !== member.role && member.may.roles.includes(role)).map((role) => (
            <RoleButton key={role} role={role} disabled={busy} onClick={() => setRole(role)} />
          ))}
          {member.may.remove && (
            <Button ref={removeButton} look="wary" icon="leave" wide disabled={busy} onClick={() => setRemoving(true)}>
              {t.remove}
            </Button>
          )}
        </div>
      )}
    </Content>
  )
}

function RoleButton({ role, disabled, onClick }: { readonly role: Role; readonly disabled: boolean; readonly onClick: () => void }) {
  const about = useId()
  return (
    <div className={css.choice}>
      <button type="button" className={css.label} aria-describedby={about} disabled={disabled} onClick={onClick}>
        {t.makeRole[role]}
      </button>
      <p id={about} className={css.about}>
        {t.roleTexts[role]}
      </p>
    </div>
  )
}

function Head({ member, now }: { readonly member: MemberView; readonly now: number }) {
  const { name, hue, role, link, waiting, mine } = member
  return (
    <Who
      face={<Avatar name={name} hue={hue} size="large" />}
      name={name}
      badge={role !== 'member' && <span className={css.role}>{t.roles[role]}</span>}
    >
      <WhoLine>{mine ? t.you : linkText(link, now)}</WhoLine>
      {waiting > 0 && (
        <WhoLine>
          <Fill text={t.waitsForMember(waiting)} name={<Name>{name}</Name>} />
        </WhoLine>
      )}
    </Who>
  )
}

/** Runs one command at a time; what came of it is told. */
function useCommand() {
  const announce = useAnnounce()
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const run = async (command: () => Promise<Result<void>>, told: ReactNode): Promise<boolean> => {
    setBusy(true)
    setFailed(null)
    const result = await command()
    setBusy(false)
    if (result.ok) announce(told)
    else setFailed(result.code)
    return result.ok
  }
  return { busy, failed, run }
}
