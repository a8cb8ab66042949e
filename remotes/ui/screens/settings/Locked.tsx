/** What is stored opens with a passphrase. A wrong one changes nothing; who forgot it can only delete everything. */
import { useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { Button } from '../../components/Button.tsx'
import { Content } from '../../components/DialogParts.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Field } from '../../components/Field.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { Notice } from '../Notice.tsx'
import { DeleteDialog } from './DeleteDialog.tsx'

export function Locked() {
  const messenger = useMessenger()
  const field = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const unlock = async (): Promise<void> => {
    if (busy) return
    setBusy(true)
    setFailed(null)
    const result = await messenger.unlock(typed)
    // Opened: another screen takes the place of this one.
    if (result.ok) return
    setBusy(false)
    setFailed(result.code)
    field.current?.select()
  }
  const wrong = failed === 'wrong-passphrase'
  return (
    <Notice icon="lock" title={t.lockedTitle} paragraphs={[t.lockedBody]}>
      <Content onSubmit={() => void unlock()}>
        <Field
          ref={field}
          label={t.passphrase}
          type="password"
          error={wrong ? t.errors['wrong-passphrase'] : null}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="current-password"
          enterKeyHint="go"
          autoFocus
        />
        {failed && !wrong && <ErrorLine code={failed} />}
        <Button type="submit" look="primary" wide>
          {busy ? t.working : t.unlock}
        </Button>
        <Button look="plain" wide onClick={() => setDeleting(true)}>
          {t.deleteEverything}
        </Button>
      </Content>
      {deleting && <DeleteDialog onClose={() => setDeleting(false)} />}
    </Notice>
  )
}
