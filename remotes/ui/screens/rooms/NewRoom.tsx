/** A new room: its name, and what it is about. Then at once the way to bring people in. */
import { useRef, useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import { SUITES, type Suite } from '#contracts/ui.ts'
import { Button } from '../../components/Button.tsx'
import { Content, Lead, More } from '../../components/DialogParts.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Choice } from '../../components/Field.tsx'
import { useRouter } from '../../state/route.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'
import { NameAndTopic, type Named, problemsOf } from './NameAndTopic.tsx'

export function NewRoom() {
  const messenger = useMessenger()
  const router = useRouter()
  const field = useRef<HTMLInputElement>(null)
  const [named, setNamed] = useState<Named>({ name: '', topic: '' })
  const [suite, setSuite] = useState<Suite>(SUITES[0])
  const [asked, setAsked] = useState(false)
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  const problems = problemsOf(named)

  const create = async (): Promise<void> => {
    setAsked(true)
    if (problems.name) return field.current?.focus()
    if (problems.topic || busy) return
    setBusy(true)
    const result = await messenger.createRoom({ name: named.name.trim(), topic: named.topic.trim(), suite })
    setBusy(false)
    if (result.ok)
      router.go([
        { kind: 'chat', chat: result.value },
        { kind: 'room-invite', invite: null },
      ])
    else setFailed(result.code)
  }

  return (
    <Content onSubmit={() => void create()}>
      <Lead>{t.roomLead}</Lead>
      <NameAndTopic named={named} problems={asked ? problems : null} onChange={setNamed} field={field} />
      <More label={t.advanced}>
        <Choice label={t.encryption} hint={t.suiteHints[suite]} value={suite} onChange={({ target }) => setSuite(target.value as Suite)}>
          {SUITES.map((one) => (
            <option key={one} value={one}>
              {t.suiteNames[one]}
            </option>
          ))}
        </Choice>
      </More>
      {failed && <ErrorLine code={failed} />}
      <Button type="submit" look="primary" wide disabled={busy}>
        {busy ? t.creating : t.create}
      </Button>
    </Content>
  )
}
