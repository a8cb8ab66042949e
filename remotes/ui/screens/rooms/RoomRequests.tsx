/** Who asks to come into a room. An answer is given once; the request goes when the room says so. */
import { useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import type { ChatId, RoomFacts } from '#contracts/ui.ts'
import { useAnnounce } from '../../components/Announcer.tsx'
import { Avatar } from '../../components/Avatar.tsx'
import { Button } from '../../components/Button.tsx'
import { Card } from '../../components/Card.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Hidden } from '../../components/Hidden.tsx'
import { Fill, NameLine } from '../../components/Name.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { moment } from '../../text/time.ts'
import css from './RoomRequests.module.css'

type Request = RoomFacts['requests'][number]

export function RoomRequests({
  chat,
  requests,
  now,
}: {
  readonly chat: ChatId
  readonly requests: readonly Request[]
  readonly now: number
}) {
  return (
    <Card title={t.requests}>
      <ul className={css.list} aria-label={t.requests}>
        {requests.map((request) => (
          <Asking key={request.id} chat={chat} request={request} now={now} />
        ))}
      </ul>
    </Card>
  )
}

function Asking({ chat, request, now }: { readonly chat: ChatId; readonly request: Request; readonly now: number }) {
  const messenger = useMessenger()
  const announce = useAnnounce()
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const { id, name, hue, askedMs } = request
  const answer = async (agree: boolean): Promise<void> => {
    setBusy(true)
    setFailed(null)
    const result = await messenger.answerRequest(chat, id, agree)
    setBusy(false)
    if (result.ok) announce(<Fill text={agree ? t.wasLetIn : t.wasDeclined} name={<bdi>{name}</bdi>} />)
    else setFailed(result.code)
  }
  return (
    <li className={css.asking}>
      <div className={css.who}>
        <Avatar name={name} hue={hue} size="small" />
        <div className={css.words}>
          <p className={css.name}>
            <NameLine>{name}</NameLine>
          </p>
          <p className={css.when}>{t.asked(moment(askedMs, now))}</p>
        </div>
      </div>
      <div className={css.actions}>
        <Button disabled={busy} onClick={() => void answer(false)}>
          <Spoken seen={t.decline} said={t.declineWho} name={name} />
        </Button>
        <Button look="primary" disabled={busy} onClick={() => void answer(true)}>
          <Spoken seen={t.letIn} said={t.letInWho} name={name} />
        </Button>
      </div>
      {failed && <ErrorLine code={failed} />}
    </li>
  )
}

/** A short word to the eye, with whom it is about to the ear. */
function Spoken({ seen, said, name }: { readonly seen: string; readonly said: string; readonly name: string }) {
  return (
    <>
      <span aria-hidden="true">{seen}</span>
      <Hidden>
        <Fill text={said} name={<bdi>{name}</bdi>} />
      </Hidden>
    </>
  )
}
