/** What another device says about neighbours and entries: who may say what, and how much of it. */
import type { DeviceKey } from '#contracts/ids.ts'
import { withEntry } from './collections.ts'
import { onRequest, onWalk } from './hyparview.ts'
import { type Gossip, isWellFormed, type OverlayMessage, type Request, type Walk } from './messages.ts'
import { onMeshRequest } from './mesh.ts'
import { OVERLAY } from './parameters.ts'
import { onGraft, onIhave, onPrune } from './plumtree.ts'
import { isHeard, isMesh, type Overlay, type OverlayEffect, type OverlayEnv } from './state.ts'

/** A message from a device: nothing happens unless both are members and linked, and it is within its bounds. */
export function onMessage(before: Overlay, from: DeviceKey, message: OverlayMessage, env: OverlayEnv, out: OverlayEffect[]): Overlay {
  if (!isHeard(before, from) || !isWellFormed(message)) return before
  const o = charge(before, from, message)
  if (o === null) return before
  if (isRequest(message)) return isMesh(o) ? onMeshRequest(o, from, message, out) : onRequest(o, from, message, env, out)
  if (!o.active.has(from)) {
    // it takes us for a neighbour
    out.push({ kind: 'send', to: from, message: { kind: 'disconnect' } })
    return o
  }
  if (isWalk(message)) return isMesh(o) ? o : onWalk(o, from, message, env, out)
  return onGossip(o, from, message, env, out)
}

const isRequest = (message: OverlayMessage): message is Request =>
  ['join', 'neighbour', 'accept', 'reject', 'disconnect'].includes(message.kind)

const isWalk = (message: Walk | Gossip): message is Walk => ['forward-join', 'shuffle', 'shuffled'].includes(message.kind)

/** What a device can make us do to others in a period is bounded (null: it is used up); all else is answered one to one. */
function charge(o: Overlay, from: DeviceKey, message: OverlayMessage): Overlay | null {
  const price = priceOf(o, from, message)
  if (price === 0) return o
  const spent = (o.spent.get(from) ?? 0) + price
  return spent > OVERLAY.budget ? null : { ...o, spent: withEntry(o.spent, from, spent) }
}

function priceOf(o: Overlay, from: DeviceKey, message: OverlayMessage): number {
  switch (message.kind) {
    case 'join':
      return o.active.has(from) ? 0 : OVERLAY.requestCost
    case 'neighbour':
      return message.urgent && !o.active.has(from) ? OVERLAY.requestCost : 0
    case 'forward-join':
    case 'shuffle':
    case 'shuffled':
      return 1
    case 'accept':
    case 'reject':
    case 'disconnect':
    case 'ihave':
    case 'graft':
    case 'prune':
      return 0
  }
}

function onGossip(o: Overlay, from: DeviceKey, message: Gossip, env: OverlayEnv, out: OverlayEffect[]): Overlay {
  switch (message.kind) {
    case 'ihave':
      return onIhave(o, message.entries, from, env, out)
    case 'graft':
      return onGraft(o, message.entries, from, env, out)
    case 'prune':
      return onPrune(o, from)
  }
}
