/** Where a chat stands in this person's list, in Details: the same as in the menu of its row. */
import { useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import type { ChatSummary } from '#contracts/ui.ts'
import { Card } from '../components/Card.tsx'
import { ErrorLine } from '../components/ErrorLine.tsx'
import { Switch } from '../components/Switch.tsx'
import { CHOICES } from '../state/choices.ts'
import { useMessenger } from '../state/session.tsx'
import { t } from '../text/index.ts'

export function ChatChoices({ chat }: { readonly chat: ChatSummary }) {
  const messenger = useMessenger()
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  return (
    <Card title={t.yourList}>
      {CHOICES.map(({ what }) => (
        <Switch
          key={what}
          label={t.choices[what].do}
          hint={t.choices[what].hint}
          on={chat[what] === true}
          onChange={(on) => void messenger.arrange(chat.id, { [what]: on }).then((result) => setFailed(result.ok ? null : result.code))}
        />
      ))}
      {failed && <ErrorLine code={failed} before={t.notDone} />}
    </Card>
  )
}
