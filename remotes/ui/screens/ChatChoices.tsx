/** What is chosen for a chat, in Details: where it stands in this person's list, as in the menu of its row, and how long its messages stay. */
import { useState } from 'react'
import type { ErrorCode, Result } from '#contracts/errors.ts'
import { type ChatSummary, LIVES, type Life } from '#contracts/ui.ts'
import { Card } from '../components/Card.tsx'
import { ErrorLine } from '../components/ErrorLine.tsx'
import { Choice } from '../components/Field.tsx'
import { Switch } from '../components/Switch.tsx'
import { CHOICES } from '../state/choices.ts'
import { useMessenger } from '../state/session.tsx'
import { t } from '../text/index.ts'
import css from './ChatChoices.module.css'

export function ChatChoices({ chat }: { readonly chat: ChatSummary }) {
  const messenger = useMessenger()
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const tried = async (asked: Promise<Result<void>>): Promise<void> => {
    const result = await asked
    setFailed(result.ok ? null : result.code)
  }
  return (
    <Card title={t.yourList}>
      {CHOICES.map(({ what }) => (
        <Switch
          key={what}
          label={t.choices[what].do}
          hint={t.choices[what].hint}
          on={chat[what] === true}
          onChange={(on) => void tried(messenger.arrange(chat.id, { [what]: on }))}
        />
      ))}
      <div className={css.life}>
        <Choice
          label={t.disappearing}
          hint={t.disappearingHint}
          value={chat.life ?? 'off'}
          disabled={chat.standing !== 'open'}
          onChange={({ target }) => void tried(messenger.setLife(chat.id, target.value as Life))}
        >
          {LIVES.map((life) => (
            <option key={life} value={life}>
              {t.lives[life]}
            </option>
          ))}
        </Choice>
      </div>
      {failed && <ErrorLine code={failed} before={t.notDone} />}
    </Card>
  )
}
