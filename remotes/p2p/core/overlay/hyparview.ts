/**
 * Who is whose neighbour in a room that is too large for a full mesh (HyParView). What is different here:
 *  - a link costs a WebRTC handshake, so none is made for a message: the answer to a shuffle goes back on the walk's way,
 *    and who is linked already (for another room) is asked first;
 *  - the members are known from the log, so who has nobody left to turn to asks any member, and strangers count for nothing;
 *  - a device is content with one neighbour less than it may have: so those who look find a free place, and nobody knocks for ever.
 */
import type { DeviceKey } from '#contracts/ids.ts'
import { pick, pickFrom, sampleOf, without, withEntry } from './collections.ts'
import type { Request, Walk } from './messages.ts'
import { OVERLAY } from './parameters.ts'
import { enough, hasFew, isMember, isMesh, mostNow, type Overlay, type OverlayEffect, type OverlayEnv } from './state.ts'
import { avoid, befriend, dropOne, forget, lose, makeRoom, note } from './views.ts'

type Out = OverlayEffect[]

const send = (out: Out, to: DeviceKey, message: Request | Walk): void => {
  out.push({ kind: 'send', to, message })
}

// --- looking for neighbours

const wants = (o: Overlay): number => (isMesh(o) || !isMember(o) ? 0 : enough(o) - o.active.size)

function candidate(o: Overlay, env: OverlayEnv): DeviceKey | null {
  const fits = (device: DeviceKey): boolean =>
    device !== o.me && o.members.has(device) && !o.active.has(device) && !o.asked.has(device) && !o.tried.has(device)
  return (
    // a guest has something to say itself
    pickFrom(o.linked, (device) => fits(device) && !o.guests.has(device), env.random) ??
    pick(o.passive.filter(fits), env.random) ??
    pickFrom(o.members, fits, env.random)
  )
}

function attemptsNow(o: Overlay): number {
  if (o.active.size === 0) return OVERLAY.attempts.alone
  return 2 * o.active.size < enough(o) ? OVERLAY.attempts.few : OVERLAY.attempts.half
}

/** Asks others to be neighbours while there are too few, a few at a time and so many in a period. */
export function seek(before: Overlay, env: OverlayEnv, out: Out): Overlay {
  let o = before
  while (o.asked.size < Math.min(OVERLAY.asking, wants(o)) && o.attempts < attemptsNow(o)) {
    const device = candidate(o, env)
    if (device === null) break
    o = ask({ ...o, attempts: o.attempts + 1 }, device, out)
  }
  return o
}

/** The link comes first: `link` follows from `asked`. */
function ask(before: Overlay, device: DeviceKey, out: Out): Overlay {
  const asked = withEntry(before.asked, device, { steps: 0, instead: before.active.size >= mostNow(before) })
  const o = { ...before, asked, guests: without(before.guests, device) }
  return o.linked.has(device) ? request(o, device, out) : o
}

/** Urgent for who has none, and for who gives up another for it: such a change is to succeed. */
function request(o: Overlay, peer: DeviceKey, out: Out): Overlay {
  const urgent = o.active.size === 0 || o.asked.get(peer)?.instead === true
  send(out, peer, o.joined ? { kind: 'neighbour', urgent, few: hasFew(o) } : { kind: 'join', few: hasFew(o) })
  return { ...o, joined: true }
}

/**
 * Who may have few neighbours, and has only such as may have few too, changes one now and then: else two phones that are
 * each other's only neighbour would stay alone together for ever. Rarely, whoever has few: what one knows of others ages.
 */
function wander(o: Overlay, env: OverlayEnv, out: Out): Overlay {
  const among = [...o.active.values()].every(({ few }) => few)
  const periods = among ? OVERLAY.wanderPeriods * mostNow(o) : OVERLAY.wanderPeriodsRarely
  if (!hasFew(o) || o.active.size < enough(o) || env.random() * periods >= 1) return o
  const device = candidate(o, env)
  return device === null ? o : ask(o, device, out)
}

/** A new link. Its maker says what for; if that was neither this room here nor there, it is a guest and soon none. */
export function onLink(o: Overlay, peer: DeviceKey, out: Out): Overlay {
  if (o.active.has(peer)) return o
  if (o.asked.has(peer)) return request(o, peer, out)
  return { ...o, guests: withEntry(o.guests, peer, 0) }
}

/** Something waits for a repair step. */
export const needsRepair = (o: Overlay): boolean =>
  !isMesh(o) && isMember(o) && (wants(o) > 0 || o.asked.size > 0 || o.guests.size > 0 || o.active.size > mostNow(o))

export function repair(before: Overlay, env: OverlayEnv, out: Out): Overlay {
  const asked = new Map([...before.asked].map(([device, one]) => [device, { ...one, steps: one.steps + 1 }]))
  const guests = new Map([...before.guests].flatMap(([device, steps]) => (steps < OVERLAY.guestSteps ? [[device, steps + 1]] : [])))
  let o: Overlay = { ...before, asked, guests }
  for (const [device, { steps }] of asked) if (steps > OVERLAY.askedSteps) o = avoid(lose(forget(o, device), device), device)
  // one a step, so that both ends of all links do not choose at once when a room outgrows the mesh
  return o.active.size > mostNow(o) ? dropOne(o, env, out) : o
}

// --- what others want

const others = (o: Overlay, ...not: readonly DeviceKey[]): readonly DeviceKey[] =>
  [...o.active.keys()].filter((device) => !not.includes(device))

/** Takes it as a neighbour if there is a place, or if it is owed one. */
function admit(before: Overlay, peer: DeviceKey, few: boolean, owed: boolean, env: OverlayEnv, out: Out): Overlay {
  if (before.active.has(peer)) {
    send(out, peer, { kind: 'accept', few: hasFew(before) })
    return before
  }
  if (!owed && before.active.size >= mostNow(before)) {
    send(out, peer, { kind: 'reject' })
    const o = { ...before, guests: without(before.guests, peer), asked: without(before.asked, peer) }
    return note(o, [peer], env)
  }
  send(out, peer, { kind: 'accept', few: hasFew(before) })
  return befriend(makeRoom(before, env, out), peer, few, out)
}

function forwardJoin(o: Overlay, from: DeviceKey, device: DeviceKey, hops: number, env: OverlayEnv, out: Out): Overlay {
  if (device === o.me || !o.members.has(device)) return o
  const next = pick(others(o, from, device), env.random)
  if (hops === 0 || next === null) {
    return o.active.has(device) || o.asked.has(device) || o.asked.size >= mostNow(o) ? o : ask(o, device, out)
  }
  send(out, next, { kind: 'forward-join', device, hops: hops - 1 })
  return hops === OVERLAY.passiveWalk ? note(o, [device], env) : o
}

/** From a linked member. */
export function onRequest(o: Overlay, from: DeviceKey, message: Request, env: OverlayEnv, out: Out): Overlay {
  switch (message.kind) {
    case 'join': {
      if (!o.active.has(from)) {
        for (const peer of others(o, from)) send(out, peer, { kind: 'forward-join', device: from, hops: OVERLAY.walk })
      }
      return admit(o, from, message.few, true, env, out)
    }
    case 'neighbour':
      return admit(o, from, message.few, message.urgent, env, out)
    case 'accept':
      if (o.active.has(from)) return o
      if (o.asked.has(from)) return befriend(makeRoom(o, env, out), from, message.few, out)
      // asked for too long ago
      send(out, from, { kind: 'disconnect' })
      return o
    case 'reject':
      return o.asked.has(from) ? avoid(note(lose(o, from), [from], env), from) : o
    case 'disconnect':
      return o.active.has(from) || o.asked.has(from) || o.guests.has(from) ? avoid(note(lose(o, from), [from], env), from) : o
  }
}

/** From a neighbour, well formed. */
export function onWalk(o: Overlay, from: DeviceKey, message: Walk, env: OverlayEnv, out: Out): Overlay {
  switch (message.kind) {
    case 'forward-join':
      return forwardJoin(o, from, message.device, message.hops, env, out)
    case 'shuffle':
      return onShuffle(o, from, message, env, out)
    case 'shuffled':
      return onShuffled(o, from, message, env, out)
  }
}

// --- shuffles

/** Begins a period: what was counted starts again, and a sample of both views sets out on a walk. */
export function beginPeriod(before: Overlay, env: OverlayEnv, out: Out): Overlay {
  const o = wander({ ...before, tried: new Set(), attempts: 0, spent: new Map(), shuffling: null }, env, out)
  const to = pick([...o.active.keys()], env.random)
  if (to === null || isMesh(o)) return o
  const sample = [...sampleOf(others(o, to), OVERLAY.shuffleActive, env.random), ...sampleOf(o.passive, OVERLAY.shufflePassive, env.random)]
  send(out, to, { kind: 'shuffle', path: [o.me], sample })
  return { ...o, shuffling: sample }
}

type Shuffle = Extract<Walk, { readonly kind: 'shuffle' }>
type Shuffled = Extract<Walk, { readonly kind: 'shuffled' }>

/** Each hop adds itself to the path, so the walk is bounded by what a path may hold. */
function onShuffle(o: Overlay, from: DeviceKey, { path, sample }: Shuffle, env: OverlayEnv, out: Out): Overlay {
  const [origin] = path
  if (origin === undefined || path.at(-1) !== from || path.includes(o.me)) return o
  const next = pick(others(o, ...path), env.random)
  if (path.length < OVERLAY.walk && next !== null) {
    send(out, next, { kind: 'shuffle', path: [...path, o.me], sample })
    return o
  }
  const answer = sampleOf(o.passive, sample.length, env.random)
  send(out, from, { kind: 'shuffled', path, sample: answer })
  return note(o, [origin, ...sample], env, answer)
}

/** Passed back until it is where the walk began. What nobody asked for is nothing. */
function onShuffled(o: Overlay, from: DeviceKey, { path, sample }: Shuffled, env: OverlayEnv, out: Out): Overlay {
  if (path.at(-1) !== o.me || path.includes(from)) return o
  const back = path.at(-2)
  if (back !== undefined) {
    if (o.active.has(back)) send(out, back, { kind: 'shuffled', path: path.slice(0, -1), sample })
    return o
  }
  return o.shuffling === null ? o : note({ ...o, shuffling: null }, sample, env, o.shuffling)
}
