/** Details of a room: what it is, who is in it and who asks to be, its invites, what waits for whom, and the way out. */
import type { ChatSummary, RoomFacts } from '#contracts/ui.ts'
import { Avatar } from '../../components/Avatar.tsx'
import { Button } from '../../components/Button.tsx'
import { Card, Digits, Fact, Facts, Note } from '../../components/Card.tsx'
import { ErrorLine } from '../../components/ErrorLine.tsx'
import { roomText } from '../../components/LinkStatus.tsx'
import { PanelSkeleton } from '../../components/PanelSkeleton.tsx'
import { Who, WhoLine } from '../../components/Who.tsx'
import { useNow } from '../../state/clock.ts'
import { useRoom } from '../../state/room.tsx'
import { useRouter, useStack } from '../../state/route.tsx'
import { useTrust } from '../../state/trust.ts'
import { t } from '../../text/index.ts'
import { named, numbered } from '../../text/lists.ts'
import { ChatChoices } from '../ChatChoices.tsx'
import { Infrastructure } from '../Infrastructure.tsx'
import css from './RoomDetails.module.css'
import { RoomInvites } from './RoomInvites.tsx'
import { RoomMembers } from './RoomMembers.tsx'
import { RoomRequests } from './RoomRequests.tsx'

export function RoomDetails({ summary }: { readonly summary: ChatSummary }) {
  const { facts, failed } = useRoom()
  const router = useRouter()
  const stack = useStack()
  const open = summary.standing === 'open'
  const { name, hue, picture } = summary
  return (
    <>
      <div>
        <Who face={<Avatar name={name} hue={hue} size="large" room picture={picture} />} name={name}>
          <WhoLine>{roomText(summary)}</WhoLine>
        </Who>
        {facts && facts.topic !== '' && (
          <p className={css.topic} dir="auto">
            {facts.topic}
          </p>
        )}
        {open && facts?.may.settings && (
          <div className={css.edit}>
            <Button look="plain" icon="pencil" onClick={() => router.go([...stack, { kind: 'room-edit' }])}>
              {t.editRoom}
            </Button>
          </div>
        )}
      </div>
      <ChatChoices chat={summary} />
      {failed && <ErrorLine code={failed} />}
      {facts ? <Known chat={summary.id} facts={facts} open={open} /> : !failed && <PanelSkeleton />}
      {open && (
        <Button look="wary" icon="leave" wide onClick={() => router.go([...stack, { kind: 'leave' }])}>
          {t.leaveRoom}
        </Button>
      )}
    </>
  )
}

function Known({ chat, facts, open }: { readonly chat: string; readonly facts: RoomFacts; readonly open: boolean }) {
  const now = useNow()
  const trust = useTrust(chat)
  return (
    <>
      {open && facts.requests.length > 0 && <RoomRequests chat={chat} requests={facts.requests} now={now} />}
      <RoomMembers facts={facts} open={open} now={now} />
      {open && facts.may.invite && <RoomInvites chat={chat} invites={facts.invites} now={now} />}
      <Card title={t.roomWaits}>
        <Facts>
          <Fact term={t.undelivered}>{t.undeliveredValue(facts.unheld)}</Fact>
          {facts.waitingFor.length > 0 && (
            <Fact term={t.waitsFor}>
              <span className={css.awaited}>
                {numbered(facts.waitingFor).map(({ number, text }) => (
                  <bdi key={number}>{text}</bdi>
                ))}
              </span>
            </Fact>
          )}
        </Facts>
      </Card>
      <Card title={t.encryption}>
        <Facts>
          <Fact term={t.suite}>{named(t.suites, facts.suite)}</Fact>
          <Fact term={t.epoch}>{t.epochNumber(facts.epoch)}</Fact>
          <Fact term={t.roomCode}>{facts.roomCode === null ? t.roomCodeLater : <Digits>{facts.roomCode}</Digits>}</Fact>
        </Facts>
        <Note>{t.roomCodeHintAll}</Note>
      </Card>
      {trust.facts && <Infrastructure facts={trust.facts} />}
    </>
  )
}
