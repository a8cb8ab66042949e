/** The passphrase, in Settings: to set, change or remove it, and when it is asked for again. */
import { useState } from 'react'
import { LOCK_AFTER, type LockAfter } from '#contracts/ui.ts'
import { Button } from '../../components/Button.tsx'
import { Actions } from '../../components/DialogParts.tsx'
import { Choice } from '../../components/Field.tsx'
import { lockNow } from '../../state/idle-lock.ts'
import { useMessenger, useView } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { PassphraseDialog } from './PassphraseDialog.tsx'

export function Locking() {
  const messenger = useMessenger()
  const isSet = useView((view) => view.passphrase)
  const lockAfter = useView((view) => view.lockAfter)
  const [asked, setAsked] = useState<'setPassphrase' | 'changePassphrase' | 'removePassphrase' | null>(null)
  return (
    <>
      {isSet ? (
        <>
          <Button icon="lock" look="primary" onClick={() => void lockNow(messenger)}>
            {t.lockNow}
          </Button>
          <Choice
            label={t.lockAfter}
            hint={t.lockAfterHint}
            value={lockAfter}
            onChange={(event) => void messenger.setLockAfter(Number(event.target.value) as LockAfter)}
          >
            {LOCK_AFTER.map((minutes) => (
              <option key={minutes} value={minutes}>
                {t.lockTimes[minutes]}
              </option>
            ))}
          </Choice>
          <Actions>
            <Button onClick={() => setAsked('changePassphrase')}>{t.changePassphrase}</Button>
            <Button look="wary" onClick={() => setAsked('removePassphrase')}>
              {t.removePassphrase}
            </Button>
          </Actions>
        </>
      ) : (
        <Actions>
          <Button onClick={() => setAsked('setPassphrase')}>{t.setPassphrase}</Button>
        </Actions>
      )}
      {asked && <PassphraseDialog act={asked} onClose={() => setAsked(null)} />}
    </>
  )
}
