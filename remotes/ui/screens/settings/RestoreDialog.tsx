/** The way back with the 24 words: the same person, on this device too. The words live only as long as the dialog. */
import { useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Content, Lead } from '../../components/DialogParts.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Field, LongField } from '../../components/Field.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { nameProblem } from '../../text/names.ts'

const WORDS = 24

/** Words as people type them: any case, any space, numbers in front. */
const wordsIn = (text: string): readonly string[] => text.toLowerCase().match(/[a-z]+/g) ?? []

export function RestoreDialog({ onClose }: { readonly onClose: () => void }) {
  const messenger = useMessenger()
  const field = useRef<HTMLInputElement>(null)
  const [name, setName] = useState('')
  const [text, setText] = useState('')
  const [problems, setProblems] = useState<{ readonly name: string | null; readonly words: string | null }>({ name: null, words: null })
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)

  const restore = async (): Promise<void> => {
    const words = wordsIn(text)
    const wrong = { name: nameProblem(name), words: words.length === WORDS ? null : t.phraseCount(words.length) }
    setProblems(wrong)
    setFailed(null)
    if (wrong.name) return field.current?.focus()
    if (wrong.words || busy) return
    setBusy(true)
    const result = await messenger.restore(name.trim(), words)
    setBusy(false)
    if (result.ok) return
    if (result.code === 'malformed') setProblems({ name: null, words: t.phraseWrong })
    else setFailed(result.code)
  }

  return (
    <Dialog title={t.restoreTitle} onClose={onClose}>
      <Content onSubmit={() => void restore()}>
        <Lead>{t.restoreLead}</Lead>
        <Field
          ref={field}
          label={t.yourName}
          hint={t.yourNameHint}
          error={problems.name}
          value={name}
          onChange={(event) => setName(event.target.value)}
          dir="auto"
          autoComplete="nickname"
          spellCheck={false}
        />
        <LongField
          label={t.recovery}
          hint={t.restoreHint}
          error={problems.words}
          value={text}
          onChange={(event) => setText(event.target.value)}
          dir="ltr"
          rows={5}
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
        />
        {failed && <ErrorLine code={failed} />}
        <Button type="submit" look="primary" wide disabled={busy}>
          {busy ? t.restoring : t.restore}
        </Button>
      </Content>
    </Dialog>
  )
}
