/** The recovery phrase, behind a step that says what it is. The words live only as long as the dialog. */
import { useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { numbered } from '../../text/lists.ts'
import css from './PhraseDialog.module.css'

export function PhraseDialog({ onClose }: { readonly onClose: () => void }) {
  const messenger = useMessenger()
  const [words, setWords] = useState<readonly string[] | null>(null)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  const reveal = async (): Promise<void> => {
    setBusy(true)
    const result = await messenger.revealPhrase()
    setBusy(false)
    if (result.ok) setWords(result.value)
    else setFailed(result.code)
  }
  return (
    <Dialog title={t.recovery} onClose={onClose}>
      <div className={css.content}>
        {words ? (
          <>
            <ol className={css.words} aria-label={t.phraseLabel} dir="ltr">
              {numbered(words).map(({ number, text }) => (
                <li key={number}>
                  <span className={css.number} aria-hidden="true">
                    {number}
                  </span>
                  {text}
                </li>
              ))}
            </ol>
            <p className={css.text}>{t.recoveryHint}</p>
            <Button look="primary" wide onClick={onClose}>
              {t.phraseDone}
            </Button>
          </>
        ) : (
          <>
            <p className={css.text}>{t.recoveryHint}</p>
            <p className={css.warning}>{t.phraseWarning}</p>
            {failed && <ErrorLine code={failed} />}
            <Button look="primary" icon="key" wide disabled={busy} onClick={() => void reveal()}>
              {busy ? t.readingPhrase : t.showWords}
            </Button>
          </>
        )}
      </div>
    </Dialog>
  )
}
