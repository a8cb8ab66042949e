/** Who has a message, and how it was sent: asked again whenever the message changes, as when somebody gets it. */
import { useEffect, useState } from 'react'
import type { ChatId, MessageInfo, MessageView } from '#contracts/ui.ts'
import { Fact, Facts } from '../../components/Card.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { fullTime } from '../../text/time.ts'

export function MessageFacts({
  chat,
  message,
  onKnown,
}: {
  readonly chat: ChatId
  readonly message: MessageView
  readonly onKnown: (known: boolean) => void
}) {
  const messenger = useMessenger()
  const [info, setInfo] = useState<MessageInfo | null>(null)
  useEffect(() => {
    let current = true
    void messenger.info(chat, message.id).then((result) => current && result.ok && setInfo(result.value))
    return () => {
      current = false
    }
  }, [messenger, chat, message])
  useEffect(() => onKnown(info !== null), [info, onKnown])
  return (
    <Facts>
      <Fact term={t.sentAt}>{fullTime(message.sentAtMs)}</Fact>
      {info && <Fact term={t.epoch}>{info.epoch === null ? t.epochUnknown : t.epochNumber(info.epoch)}</Fact>}
      {info?.people.map(({ id, name, state }) => (
        <Fact key={id} term={name}>
          {t.has[state]}
        </Fact>
      ))}
    </Facts>
  )
}
