/** A chat's link in words. The names of the three states are fixed: Connected, Connecting, Offline. */
import type { ChatSummary, LinkState } from '#contracts/ui.ts'
import { t } from '../text/index.ts'
import { moment } from '../text/time.ts'
import { Hidden } from './Hidden.tsx'
import css from './LinkStatus.module.css'

/** The state in one line. */
export function linkText(link: LinkState, nowMs: number): string {
  switch (link.kind) {
    case 'connected':
      return link.path === 'direct' ? t.connectedDirect : link.path === 'relayed' ? t.connectedRelayed : t.connected
    case 'connecting':
      return t.connecting[link.step]
    case 'offline':
      return link.lastHeardMs === null ? t.offline : t.offlineSince(moment(link.lastHeardMs, nowMs))
  }
}

/**
 * The one element of role status on the page. It is not announced at every step of reconnecting; the
 * conversation announces arrivals and departures by itself.
 */
export function LinkStatus({ link, nowMs }: { readonly link: LinkState; readonly nowMs: number }) {
  return (
    <p className={`${css.status} ${css[link.kind]}`} role="status" aria-live="off">
      <span className={css.dot} aria-hidden="true" />
      <span className={css.words}>{linkText(link, nowMs)}</span>
    </p>
  )
}

/** A room in one line: how many are in it and, while anybody is reached, online; or that this device is no part of it. */
export function roomText({ link, members, standing }: ChatSummary): string {
  if (standing !== 'open') return t.standing[standing]
  if (!members) return ''
  return link.kind === 'connected' ? t.membersOnline(members.all, members.online) : t.membersAll(members.all)
}

/** The same behind one of the three words. That of a connected room is said by its dot alone. */
export function RoomStatus({ summary }: { readonly summary: ChatSummary }) {
  const { kind } = summary.link
  const word = { connected: t.connected, connecting: t.connecting.word, offline: t.offline }[kind]
  return (
    <p className={`${css.status} ${css[kind]}`} role="status" aria-live="off">
      <span className={css.dot} aria-hidden="true" />
      <span className={css.words}>
        {kind === 'connected' || summary.standing !== 'open' ? <Hidden>{word}, </Hidden> : `${word}, `}
        {roomText(summary)}
      </span>
    </p>
  )
}
