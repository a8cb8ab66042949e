/** The recovery phrase, behind a step that says what it is. The words live only as long as the dialog. */
import { type FormEvent, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Field } from '../../components/Field.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { numbered } from '../../text/lists.ts'
import css from './PhraseDialog.module.css'

export function PhraseDialog({ onClose }: { readonly onClose: () => void }) {
  const messenger = useMessenger()
  const [words, setWords] = useState<readonly string[] | null>(null)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  const [checking, setChecking] = useState(false)
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
        {words && checking ? (
          <Check words={words} onAgain={() => setChecking(false)} onClose={onClose} />
        ) : words ? (
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
            <Button look="primary" wide onClick={() => setChecking(true)}>
              {t.phraseCheck}
            </Button>
            <Button wide onClick={onClose}>
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

const ASKED = 3

/** Three places, in their order. */
function places(count: number): readonly number[] {
  const all = Array.from({ length: count }, (_, i) => ({ place: i, by: crypto.getRandomValues(new Uint32Array(1))[0] ?? 0 }))
  const drawn = all.sort((a, b) => a.by - b.by).slice(0, ASKED)
  return drawn.map(({ place }) => place).sort((a, b) => a - b)
}

/** Three of the words, from paper: it is there, and it is right. */
function Check({
  words,
  onAgain,
  onClose,
}: {
  readonly words: readonly string[]
  readonly onAgain: () => void
  readonly onClose: () => void
}) {
  const [asked] = useState(() => places(words.length))
  const [given, setGiven] = useState<Readonly<Record<number, string>>>({})
  const [tried, setTried] = useState(false)
  const isRight = (place: number): boolean => (given[place] ?? '').trim().toLowerCase() === words[place]
  const done = tried && asked.every(isRight)
  const check = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
  }
  if (done)
    return (
      <>
        <p className={css.text} role="status">
          {t.phraseChecked}
        </p>
        <Button look="primary" wide onClick={onClose}>
          {t.phraseDone}
        </Button>
      </>
    )
  return (
    <form className={css.content} onSubmit={check} noValidate>
      <p className={css.text}>{t.phraseCheckLead}</p>
      {asked.map((place) => (
        <Field
          key={place}
          label={t.phraseWord(place + 1)}
          error={tried && !isRight(place) ? t.phraseCheckWrong : null}
          value={given[place] ?? ''}
          onChange={({ target }) => {
            setTried(false)
            setGiven({ ...given, [place]: target.value })
          }}
          dir="ltr"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      ))}
      <Button type="submit" look="primary" wide>
        {t.phraseCheckDo}
      </Button>
      <Button wide onClick={onAgain}>
        {t.phraseAgain}
      </Button>
    </form>
  )
}
