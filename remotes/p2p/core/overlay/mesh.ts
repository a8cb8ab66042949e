/**
 * A room so small that all are neighbours of all. It says so to each, because the other end may not be able to: its pool
 * of links is too small for a full mesh here, or it knows of more members.
 */
import type { DeviceKey } from '#contracts/ids.ts'
import { minus, plus } from './collections.ts'
import type { Request } from './messages.ts'
import { isMember, type Overlay, type OverlayEffect } from './state.ts'
import { befriend, lose } from './views.ts'

/** Every linked member is a neighbour. */
export function meet(before: Overlay, out: OverlayEffect[]): Overlay {
  let o = before
  if (!isMember(o)) return o
  for (const peer of o.linked) {
    if (o.active.has(peer) || o.declined.has(peer) || !o.members.has(peer)) continue
    o = befriend(o, peer, false, out)
    out.push({ kind: 'send', to: peer, message: { kind: 'neighbour', urgent: false, few: false } })
  }
  return o
}

/** From a linked member. */
export function onMeshRequest(o: Overlay, from: DeviceKey, message: Request, out: OverlayEffect[]): Overlay {
  switch (message.kind) {
    case 'join':
    case 'neighbour':
      out.push({ kind: 'send', to: from, message: { kind: 'accept', few: false } })
      return befriend({ ...o, declined: minus(o.declined, from) }, from, message.few, out)
    case 'accept':
      return o
    case 'reject':
    case 'disconnect':
      return lose({ ...o, declined: plus(o.declined, from) }, from)
  }
}
