/** Every server that can take part, whether it does, and what it sees. */
import type { TrustFacts } from '#contracts/ui.ts'
import { Card } from '../components/Card.tsx'
import { t } from '../text/index.ts'
import css from './Infrastructure.module.css'

export function Infrastructure({ facts }: { readonly facts: TrustFacts }) {
  const { signalling, staticHost, relay } = facts.infrastructure
  const yesNo = (is: boolean): string => (is ? t.yes : t.no)
  // Who runs a host can't be known from here: only whether it is the one that this page came from.
  const where = (here: boolean): string => (here ? t.whereHere : t.whereElse)
  return (
    <Card title={t.infrastructure}>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t.infraServer}</th>
            <th scope="col">{t.infraUsed}</th>
            <th scope="col">{t.infraWhere}</th>
            <th scope="col">{t.infraPlain}</th>
          </tr>
        </thead>
        <tbody>
          <Server name={t.signalling} host={signalling.host} used={yesNo(signalling.connected)} where={where(signalling.selfHosted)} />
          <Server name={t.staticHost} host={staticHost.host} used={t.staticUsed} where={t.whereHere} />
          <Server name={t.relay} used={yesNo(relay.inUse)} where={relay.configured ? t.whereSet : t.noneExists} />
          <Server name={t.messageStore} used={t.no} where={t.noneExists} />
        </tbody>
      </table>
      <dl className={css.sees}>
        <dt>{t.signalling}</dt>
        <dd>{t.signallingSees}</dd>
        <dt>{t.staticHost}</dt>
        <dd>{t.staticHostSees}</dd>
        <dt>{t.relay}</dt>
        <dd>{relay.configured ? t.relaySees : t.relayNone}</dd>
        <dt>{t.messageStore}</dt>
        <dd>{t.messageStoreSees}</dd>
      </dl>
    </Card>
  )
}

function Server({
  name,
  host,
  used,
  where,
}: {
  readonly name: string
  readonly host?: string
  readonly used: string
  readonly where: string
}) {
  return (
    <tr>
      <th scope="row">
        {name}
        {host && <bdi className={css.host}>{host}</bdi>}
      </th>
      <td>{used}</td>
      <td>{where}</td>
      <td className={css.good}>{t.never}</td>
    </tr>
  )
}
