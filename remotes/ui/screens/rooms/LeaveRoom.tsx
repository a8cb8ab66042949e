/** Leaving a room: what that means, and who is owner then. */
import { useState } from 'react'
import type { ErrorCode } from '#contracts/errors.ts'
import type { ChatId, RoomFacts } from '#contracts/ui.ts'
import { Button } from '../../components/Button.tsx'
import { Actions, Content, ContentWaiting, Lead } from '../../components/DialogParts.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { Fill, Name } from '../../components/Name.tsx'
import { useRoom } from '../../state/room.tsx'
import { useMessenger } from '../../state/session.tsx'
import { t } from '../../text/index.ts'

export function LeaveRoom({ chat, onDone }: { readonly chat: ChatId; readonly onDone: () => void }) {
  const messenger = useMessenger()
  const { facts, failed: unknown } = useRoom()
  const [failed, setFailed] = useState<ErrorCode | null>(null)
  const [busy, setBusy] = useState(false)
  if (!facts && !unknown) return <ContentWaiting />
  const leave = async (): Promise<void> => {
    setBusy(true)
    const result = await messenger.leaveRoom(chat)
    setBusy(false)
    if (result.ok) onDone()
    else setFailed(result.code)
  }
  const heir = facts && whatOfOwnership(facts)
  return (
    <Content>
      <Lead>{t.leaveLead}</Lead>
      {heir && (
        <Lead>
          <strong>
            <Fill text={heir} name={<Name>{facts.heir ?? ''}</Name>} />
          </strong>
        </Lead>
      )}
      {failed && <ErrorLine code={failed} />}
      <Actions>
        <Button wide onClick={onDone}>
          {t.stay}
        </Button>
        <Button look="danger" wide disabled={busy} onClick={() => void leave()}>
          {busy ? t.leaving : t.leave}
        </Button>
      </Actions>
    </Content>
  )
}

/** What the last owner is told; null for anybody else. */
function whatOfOwnership({ role, members, heir }: RoomFacts): string | null {
  if (members.length === 1) return t.leaveAlone
  if (role !== 'owner' || members.some((member) => member.role === 'owner' && !member.mine)) return null
  return heir ? t.leaveHeir : t.leaveHeirUnknown
}
