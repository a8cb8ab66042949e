/**
 * The overlay of one room, as a step: who is to be linked with, and how entries go from neighbour to neighbour.
 * It makes things fast and keeps them cheap; that everybody gets everything is the word of sync.
 */
import type { DeviceKey } from '#contracts/ids.ts'
import type { Step } from '#contracts/machine.ts'
import { minus, plus, sameKeys } from './collections.ts'
import { onMessage } from './control.ts'
import { beginPeriod, needsRepair, onLink, repair, seek } from './hyparview.ts'
import { meet } from './mesh.ts'
import { OVERLAY } from './parameters.ts'
import { announce, graftDue, hasQueued, onDuplicate, onOwn, onPushed, onSynced } from './plumtree.ts'
import {
  isMember,
  isMesh,
  type Overlay,
  type OverlayEffect,
  type OverlayEnv,
  type OverlayEvent,
  type OverlayTimer,
  wishesOf,
} from './state.ts'
import { avoid, changeMode, forget, lose, onMembers, onUnlinked } from './views.ts'

/** Throws nothing: what is wrong, late or not meant for us changes nothing. */
export function step(before: Overlay, event: OverlayEvent, env: OverlayEnv): Step<Overlay, OverlayEffect> {
  const effects: OverlayEffect[] = []
  let state = handle(before, event, env, effects)
  if (isMesh(state) !== isMesh(before)) state = changeMode(state)
  state = isMesh(state) ? meet(state, effects) : seek(state, env, effects)
  state = arm(state, env, effects)
  tellWishes(before, state, effects)
  return { state, effects }
}

function handle(o: Overlay, event: OverlayEvent, env: OverlayEnv, out: OverlayEffect[]): Overlay {
  switch (event.kind) {
    case 'members':
      return onMembers(o, event.members)
    case 'allowance':
      return { ...o, allowance: event.links }
    case 'linked': {
      if (event.peer === o.me) return o
      const linked = { ...o, linked: plus(o.linked, event.peer) }
      return isMesh(o) || !isMember(o) || !o.members.has(event.peer) ? linked : onLink(linked, event.peer, out)
    }
    case 'unlinked':
      return onUnlinked(o, event.peer)
    case 'unreachable':
      return isMesh(o) || o.linked.has(event.peer) ? o : avoid(lose(forget(o, event.peer), event.peer), event.peer)
    case 'control':
      return onMessage(o, event.from, event.message, env, out)
    case 'timer':
      return onTimer({ ...o, armed: minus(o.armed, event.name) }, event.name, env, out)
    case 'own':
      return onOwn(o, event.entry, out)
    case 'pushed':
      return onPushed(o, event.entry, event.from, out)
    case 'duplicate':
      return onDuplicate(o, event.entry, event.from, out)
    case 'synced':
      return onSynced(o, event.entry, event.from, out)
  }
}

function onTimer(o: Overlay, name: OverlayTimer, env: OverlayEnv, out: OverlayEffect[]): Overlay {
  if (!isMember(o)) return o
  switch (name) {
    case 'repair':
      return isMesh(o) ? o : repair(o, env, out)
    case 'shuffle':
      return beginPeriod(o, env, out)
    case 'announce':
      return announce(o, out)
    case 'graft':
      return graftDue(o, env, out)
  }
}

/** Every timer that has something to do runs; none is ever stopped, one that finds nothing ends. */
function arm(o: Overlay, env: OverlayEnv, out: OverlayEffect[]): Overlay {
  if (!isMember(o)) return o
  let armed = o.armed
  const run = (name: OverlayTimer, delayMs: number): void => {
    if (armed.has(name)) return
    armed = plus(armed, name)
    out.push({ kind: 'timer', name, delayMs })
  }
  // A mesh shuffles nothing: its periods need not differ.
  if (!armed.has('shuffle')) run('shuffle', OVERLAY.shuffleMs + (isMesh(o) ? 0 : env.random() * OVERLAY.shuffleJitterMs))
  if (needsRepair(o)) run('repair', OVERLAY.repairMs)
  if (o.awaited.size > 0) run('graft', OVERLAY.graftStepMs)
  if (hasQueued(o)) run('announce', OVERLAY.announceMs)
  return armed === o.armed ? o : { ...o, armed }
}

/** Last of the effects, so that a farewell leaves before its link goes. */
function tellWishes(before: Overlay, after: Overlay, out: OverlayEffect[]): void {
  const same =
    before.members === after.members &&
    isMesh(before) === isMesh(after) &&
    before.declined === after.declined &&
    sameKeys(before.active, after.active) &&
    sameKeys(before.asked, after.asked) &&
    sameKeys(before.guests, after.guests)
  if (same) return
  const listed = (o: Overlay): ReadonlySet<DeviceKey> => {
    const { peers, guests } = wishesOf(o)
    return new Set([...peers, ...guests])
  }
  const [was, is] = [listed(before), listed(after)]
  for (const peer of is) if (!was.has(peer)) out.push({ kind: 'link', peer })
  for (const peer of was) if (!is.has(peer)) out.push({ kind: 'unlink', peer })
}
