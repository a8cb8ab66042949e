/** The end of everything: said plainly, and typed, so that no stray press does it. */
import { useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Actions, Content, Lead } from '../../components/DialogParts.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Field } from '../../components/Field.tsx'
import { forgetDrafts } from '../../state/drafts.ts'
import { leaveKnowingly } from '../../state/leaving.ts'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'

export function DeleteDialog({ onClose }: { readonly onClose: () => void }) {
  const messenger = useMessenger()
  const [typed, setTyped] = useState('')
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  const sure = typed.trim().toLocaleLowerCase() === t.deleteWord
  const remove = async (): Promise<void> => {
    if (!sure) return
    setBusy(true)
    forgetDrafts()
    leaveKnowingly(true)
    const result = await messenger.deleteEverything()
    // Done: the page is loading anew, from its first screen. Any step in the history now would cancel that.
    if (result.ok) return
    leaveKnowingly(false)
    setBusy(false)
    setFailed(result.code)
  }
  return (
    <Dialog title={t.deleteTitle} onClose={onClose}>
      <Content onSubmit={() => void remove()}>
        <Lead>{t.deleteLead}</Lead>
        <Field
          label={t.deleteType}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        {failed && <ErrorLine code={failed} />}
        <Actions>
          <Button wide onClick={onClose}>
            {t.cancel}
          </Button>
          <Button type="submit" look="danger" wide disabled={!sure || busy}>
            {busy ? t.deleting : t.deleteForever}
          </Button>
        </Actions>
      </Content>
    </Dialog>
  )
}
