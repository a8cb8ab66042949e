/** The trust panel: what is so right now about a chat with one person, measured. Nothing here is a slogan. */
import type { ChatSummary, TrustFacts } from '#contracts/ui.ts'
import { Avatar } from '../components/Avatar.tsx'
import { Card, Digits, Fact, Facts, Note } from '../components/Card.tsx'
import { ErrorLine } from '../components/ErrorLine.tsx'
import { linkText } from '../components/LinkStatus.tsx'
import { Fill, Name } from '../components/Name.tsx'
import { PanelSkeleton } from '../components/PanelSkeleton.tsx'
import { Qr } from '../components/Qr.tsx'
import { VerifiedBadge } from '../components/VerifiedBadge.tsx'
import { Who, WhoLine } from '../components/Who.tsx'
import { useNow } from '../state/clock.ts'
import { useTrust } from '../state/trust.ts'
import { amount } from '../text/bytes.ts'
import { t } from '../text/index.ts'
import { named, numbered } from '../text/lists.ts'
import { moment } from '../text/time.ts'
import { ChatChoices } from './ChatChoices.tsx'
import css from './DirectDetails.module.css'
import { Infrastructure } from './Infrastructure.tsx'

export function DirectDetails({ summary }: { readonly summary: ChatSummary }) {
  const { facts, failed } = useTrust(summary.id)
  const now = useNow()
  return (
    <>
      <Who
        face={<Avatar name={summary.name} hue={summary.hue} size="large" />}
        name={summary.name}
        badge={summary.verified && <VerifiedBadge />}
      >
        <WhoLine good={summary.verified}>{summary.verified ? t.verified : t.notVerified}</WhoLine>
        <WhoLine>{linkText(summary.link, now)}</WhoLine>
      </Who>
      <ChatChoices chat={summary} />
      {failed && <ErrorLine code={failed} />}
      {facts ? <Measured facts={facts} name={summary.name} now={now} /> : !failed && <PanelSkeleton />}
    </>
  )
}

function Measured({ facts, name, now }: { readonly facts: TrustFacts; readonly name: string; readonly now: number }) {
  const groups = facts.safetyNumber.split(/\s+/)
  return (
    <>
      <Card title={t.verification}>
        <div className={css.safety}>
          <p className={css.digits} dir="ltr">
            {numbered(groups).map(({ number, text }) => (
              <span key={number}>{text} </span>
            ))}
          </p>
          <Qr text={groups.join(' ')} name={t.safetyQr} small />
        </div>
        <Note>
          <Fill text={t.verificationHint} name={<Name>{name}</Name>} />
        </Note>
      </Card>
      <Card title={t.connection}>
        <Facts>
          <Fact term={t.path}>{pathText(facts)}</Fact>
          {facts.roundTripMs !== null && <Fact term={t.roundTrip}>{t.milliseconds(Math.round(facts.roundTripMs))}</Fact>}
          {facts.lastHeardMs !== null && <Fact term={t.lastHeard}>{moment(facts.lastHeardMs, now)}</Fact>}
          {facts.bytesSent !== null && <Fact term={t.dataSent}>{amount(facts.bytesSent)}</Fact>}
          {facts.bytesReceived !== null && <Fact term={t.dataReceived}>{amount(facts.bytesReceived)}</Fact>}
          {facts.localCandidate !== null && <Fact term={t.addressHere}>{named(t.candidates, facts.localCandidate)}</Fact>}
          {facts.remoteCandidate !== null && <Fact term={t.addressThere}>{named(t.candidates, facts.remoteCandidate)}</Fact>}
        </Facts>
        {facts.link.kind !== 'connected' && <Note>{t.measuredLater}</Note>}
      </Card>
      <Card title={t.encryption}>
        <Facts>
          <Fact term={t.suite}>{named(t.suites, facts.suite)}</Fact>
          <Fact term={t.epoch}>{t.epochValue(facts.epoch, moment(facts.epochSinceMs, now))}</Fact>
          <Fact term={t.roomCode}>
            <Digits>{facts.roomCode}</Digits>
          </Fact>
        </Facts>
        <Note>{t.roomCodeHint}</Note>
      </Card>
      <Card title={t.storage}>
        <Facts>
          <Fact term={t.undelivered}>{t.undeliveredValue(facts.undelivered)}</Fact>
          <Fact term={t.stored}>{t.storedValue(facts.storedMessages)}</Fact>
        </Facts>
      </Card>
      <Infrastructure facts={facts} />
    </>
  )
}

function pathText({ link }: TrustFacts): string {
  if (link.kind !== 'connected') return t.pathNone
  return { direct: t.pathDirect, relayed: t.pathRelayed, unknown: t.pathUnknown }[link.path]
}
