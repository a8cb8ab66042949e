/** The three pure layers against the slow reference, on random logs, in several orders of arrival. */
import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../../remotes/p2p/core/rooms/entry-view.ts'
import { VOTE_MOVES } from '../../remotes/p2p/core/rooms/epochs.ts'
import { randomRoom, type RandomRoomOptions, shuffled, toyRules, View } from '../support/random-rooms.ts'
import { Prng } from '../support/prng.ts'
import { ReferenceRoom } from '../support/reference-rooms.ts'

const SHAPES: Readonly<Record<string, RandomRoomOptions & { readonly cases: number }>> = {
  'close together': { devices: 4, steps: 40, meet: 0.9, fork: 0, nonsense: 0.05, cases: 300 },
  'drifting apart': { devices: 5, steps: 50, meet: 0.35, fork: 0, nonsense: 0.1, cases: 300 },
  'with equivocators': { devices: 5, steps: 50, meet: 0.5, fork: 0.08, nonsense: 0.2, cases: 300 },
  'mostly nonsense': { devices: 6, steps: 40, meet: 0.4, fork: 0.15, nonsense: 0.6, cases: 300 },
}

const told = (entries: readonly LogEntry[]) => {
  const view = new View()
  for (const entry of entries) expect(view.add(entry)).toBe(true)
  const { members, removals, invites } = view.memberships.current()
  return {
    members: [...members.values()].map(({ device, role, addDepth }) => `${device} ${role} ${addDepth}`).sort(),
    removals: removals.map(({ node, target }) => `${node.entry.id} ${target}`).sort(),
    invites: [...invites].map(([invite, uses]) => `${invite} ${uses}`).sort(),
    voids: [...view.epochs.all()].map((epoch) => `${epoch.id} ${view.epochs.isVoid(epoch)}`).sort(),
    root: view.epochs.root()?.id,
    head: view.epochs.head()?.id,
    fingerprint: view.log.fingerprint((text) => text),
  }
}

const slowly = (entries: readonly LogEntry[]) => {
  const room = new ReferenceRoom(entries, { ...toyRules, voteMoves: VOTE_MOVES })
  const { members, removals, invites } = room.membership()
  return {
    members: [...members.values()].map(({ device, role, addDepth }) => `${device} ${role} ${addDepth}`).sort(),
    removals: [...removals].map(([id, target]) => `${id} ${target}`).sort(),
    invites: [...invites].map(([invite, uses]) => `${invite} ${uses}`).sort(),
    voids: room
      .epochIds()
      .map((id) => `${id} ${room.isVoid(id)}`)
      .sort(),
    root: room.root(),
    head: room.head(),
  }
}

describe.each(Object.entries(SHAPES))('rooms %s', (_, { cases, ...options }) => {
  it(`agree with the reference in every order of arrival (${cases} seeds)`, { timeout: 120_000 }, () => {
    for (let seed = 1; seed <= cases; seed++) {
      const entries = randomRoom(seed, options)
      const fast = told(entries)
      expect(fast, `seed ${seed}`).toMatchObject(slowly(entries))
      expect(told(shuffled(entries, new Prng(seed))), `seed ${seed} in another order`).toEqual(fast)
    }
  })
})
