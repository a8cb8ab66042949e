/** The first screen: one question, one button. */
import { type FormEvent, useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { Button } from '../components/Button.tsx'
import { ErrorLine } from '../components/ErrorLine.tsx'
import { Field } from '../components/Field.tsx'
import { Mark } from '../components/Mark.tsx'
import { useMessenger } from '../state/session.tsx'
import { t } from '../text/index.ts'
import { nameProblem } from '../text/names.ts'
import { RestoreDialog } from './settings/RestoreDialog.tsx'
import css from './Welcome.module.css'

export function Welcome() {
  const messenger = useMessenger()
  const field = useRef<HTMLInputElement>(null)
  const [name, setName] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  const [restoring, setRestoring] = useState(false)

  const start = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    const wrong = nameProblem(name)
    setProblem(wrong)
    if (wrong) return field.current?.focus()
    setBusy(true)
    const result = await messenger.start(name.trim())
    setBusy(false)
    setFailed(result.ok ? null : result.code)
  }

  return (
    <main className={css.page}>
      <form className={css.card} onSubmit={(event) => void start(event)} noValidate>
        <Mark size="large" />
        <div>
          <p className={css.product}>{t.product}</p>
          <h1 className={css.title}>{t.tagline}</h1>
          <p className={css.sentence}>{t.sentence}</p>
        </div>
        <Field
          ref={field}
          label={t.yourName}
          hint={t.yourNameHint}
          error={problem}
          value={name}
          onChange={(event) => setName(event.target.value)}
          dir="auto"
          autoComplete="nickname"
          autoCapitalize="words"
          spellCheck={false}
          enterKeyHint="go"
          autoFocus
        />
        {failed && <ErrorLine code={failed} />}
        <Button type="submit" look="primary" wide disabled={busy}>
          {busy ? t.starting : t.start}
        </Button>
        <Button look="plain" wide onClick={() => setRestoring(true)}>
          {t.haveWords}
        </Button>
      </form>
      {restoring && <RestoreDialog onClose={() => setRestoring(false)} />}
    </main>
  )
}
