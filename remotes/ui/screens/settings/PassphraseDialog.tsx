/** Sets, changes or removes the passphrase. What is typed lives only as long as the dialog. */
import { useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Content, Lead } from '../../components/DialogParts.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Field } from '../../components/Field.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'

export function PassphraseDialog({
  act,
  onClose,
}: {
  readonly act: 'setPassphrase' | 'changePassphrase' | 'removePassphrase'
  readonly onClose: () => void
}) {
  const messenger = useMessenger()
  const [typed, setTyped] = useState({ now: '', next: '', again: '' })
  const [problem, setProblem] = useState<keyof typeof typed | ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  const removes = act === 'removePassphrase'
  const asksNow = act !== 'setPassphrase'

  const save = async (): Promise<void> => {
    if (busy) return
    if (!removes && [...typed.next].length < LIMITS.passphraseLength) return setProblem('next')
    if (typed.next !== typed.again) return setProblem('again')
    setProblem(null)
    setBusy(true)
    const result = await messenger.setPassphrase(asksNow ? typed.now : null, removes ? null : typed.next)
    setBusy(false)
    if (result.ok) onClose()
    else setProblem(result.code === 'wrong-passphrase' ? 'now' : result.code)
  }
  const field = (name: keyof typeof typed) => ({
    type: 'password',
    value: typed[name],
    onChange: ({ target }: { readonly target: { readonly value: string } }) => setTyped({ ...typed, [name]: target.value }),
    autoComplete: name === 'now' ? 'current-password' : 'new-password',
  })

  return (
    <Dialog title={t[act]} onClose={onClose}>
      <Content onSubmit={() => void save()}>
        <Lead>{removes ? t.passphraseOff : t.passphraseWarning}</Lead>
        {asksNow && <Field label={t.passphraseNow} error={problem === 'now' ? t.errors['wrong-passphrase'] : null} {...field('now')} />}
        {!removes && (
          <>
            <Field
              label={t.passphraseNew}
              hint={t.passphraseHint}
              error={problem === 'next' ? t.passphraseHint : null}
              {...field('next')}
            />
            <Field label={t.passphraseAgain} error={problem === 'again' ? t.passphraseDiffers : null} {...field('again')} />
          </>
        )}
        {problem !== null && !(problem in typed) && <ErrorLine code={problem as ErrorCode} />}
        <Button type="submit" look={removes ? 'danger' : 'primary'} wide>
          {busy ? t.working : t[act]}
        </Button>
      </Content>
    </Dialog>
  )
}
