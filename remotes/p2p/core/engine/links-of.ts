/** What the links should be, as a function of the state: whom to reach, which invites to listen on, whom to call. */
import type { DeviceKey } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { Refusal } from '#contracts/errors.ts'
import type { AcceptedInvite, LinkPeer, OwnInvite } from '../link/api.ts'
import type { Host } from '../groups/host.ts'
import type { InviteRecord } from '../storage/invite.ts'
import { directWith, type State } from './state.ts'

/** Let into a room at the same time by one invite. up: connections for whoever holds the link; down: twenty who open it at once wait in line. */
const ROOM_CALLERS = 6

/** Whom one room asks for: passive ones are answered, and not called. */
export function roomPeersOf(state: State, host: Host): readonly Pick<LinkPeer, 'device' | 'passive'>[] {
  const { inviter } = host.store.record
  const first = host.room.log.first === null && inviter !== null ? [{ device: inviter.device, passive: false }] : []
  // Whoever has not shown that they came in is answered, and not called.
  // Two who accept each other's invites at one moment must find out by a call which chat stays.
  const passive = !host.isShown && inviter === null && state.accepting === null
  return [...first, ...host.peers(state.clockMs).map((peer) => ({ device: peer.device, passive: passive || peer.passive }))]
}

/**
 * The members of rooms that this device is in, and who let it in: each device once, by its newest record. Those that
 * have no place among `links` are answered, and not called.
 */
export function peersOf(state: State, links: ReadonlySet<DeviceKey>): readonly LinkPeer[] {
  const peers = new Map<DeviceKey, LinkPeer>()
  const add = (device: DeviceKey, record: LinkPeer['record'], passive = false): void => {
    const known = peers.get(device)
    if (device === state.identity?.device) return
    const newest = known === undefined || known.record.tbs.serial < record.tbs.serial ? record : known.record
    // Called if any room asks for it.
    peers.set(
      device,
      passive && known?.passive !== false ? { device, record: newest, passive } : { device, record: newest, passive: false },
    )
  }
  for (const { host } of state.groups.values()) {
    const { inviter } = host.store.record
    for (const { device, passive } of roomPeersOf(state, host)) {
      const record = host.people.introduction(device)?.record ?? (device === inviter?.device ? inviter.record : undefined)
      if (record !== undefined) add(device, record, passive === true || !links.has(device))
    }
  }
  return [...peers.values()]
}

export const linkOf = (state: State, device: DeviceKey): LinkPeer | null =>
  peersOf(state, new Set([device])).find((peer) => peer.device === device) ?? null

/**
 * Own invites that are not expired, the newest of them as many as may be listened on; open ones first. A used
 * one is answered as long as its joiner may still have to fetch its Welcome.
 */
export function invitesOf(state: State, nowMs: number): readonly OwnInvite[] {
  const alive = [...state.invites.values()].filter(({ expiresMs }) => expiresMs > nowMs)
  const rank = (invite: InviteRecord): number => (refusalOf(state, invite) === null ? 1 : 0)
  return alive
    .sort((a, b) => rank(b) - rank(a) || b.createdMs - a.createdMs)
    .slice(0, LIMITS.invitesListening)
    .map((invite) => ({
      key: invite.key,
      secret: invite.secret,
      sealed: new Uint8Array(invite.sealed),
      expiresMs: invite.expiresMs,
      refuse: refusalOf(state, invite),
      // Into a room many come at once; in a chat of two the second is to learn that it is taken.
      atOnce: invite.room === 0 ? 1 : ROOM_CALLERS,
    }))
}

function refusalOf(state: State, invite: InviteRecord): Refusal | null {
  if (invite.state === 'revoked') return 'invite-revoked'
  if (invite.state === 'open' || invite.usedBy === null) return null
  return directWith(state, invite.usedBy)?.isShown === false ? null : 'invite-used'
}

export function acceptedOf(state: State): AcceptedInvite | null {
  const joining = [...state.joinings.values()].find(({ key }) => key === state.accepting)
  return joining === undefined ? null : { key: joining.key, secret: joining.secret, expiresMs: joining.expiresMs }
}
