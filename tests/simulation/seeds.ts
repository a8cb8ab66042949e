/**
 * Seeds that once failed, each with its reason. They run with the tests for ever. A change of the scenario
 * changes what a seed does: what keeps the rule itself in place is its entry in mutations.ts.
 */
import { type Fault, FAULTS } from './scenario.ts'

export interface PinnedSeed {
  readonly seed: number
  readonly members: number
  readonly adversary: boolean
  /** Faults that came later than the seed. */
  readonly without: readonly Fault[]
  readonly reason: string
}

export const PINNED: readonly PinnedSeed[] = [
  {
    seed: 3,
    members: 5,
    adversary: false,
    without: FAULTS,
    reason: 'the founder leaves: its epoch has nobody left to ask, and the root fell back to it',
  },
  {
    seed: 14,
    members: 5,
    adversary: false,
    without: FAULTS,
    reason: 'whom a removed member brought in meanwhile was told nothing and stayed outside for ever',
  },
  {
    seed: 82,
    members: 5,
    adversary: false,
    without: FAULTS,
    reason: 'the last owner lost its storage: nobody may remove it, and messages to it stay held',
  },
  {
    seed: 100,
    members: 5,
    adversary: false,
    without: FAULTS,
    reason: 'a newcomer more senior than a remover reopened a removal that was settled',
  },
  {
    seed: 240,
    members: 5,
    adversary: false,
    without: FAULTS,
    reason: 'an owner removes all others at once: those who do not know yet are on another branch',
  },
  {
    seed: 472,
    members: 5,
    adversary: false,
    without: FAULTS,
    reason: 'what a removed device does from an old view made it senior in a world that never was',
  },
  {
    seed: 725,
    members: 5,
    adversary: false,
    without: FAULTS,
    reason: 'two that may not serve each other told each other what they have without end',
  },
  {
    seed: 821,
    members: 5,
    adversary: false,
    without: FAULTS,
    reason: 'a root that moved before all knew of a removal was left by whoever heard the removed device first',
  },
  {
    seed: 499,
    members: 5,
    adversary: false,
    without: [],
    reason: 'a message was forgotten by its author when a removal that turned out void took away the last who lacked it',
  },
  {
    seed: 550,
    members: 5,
    adversary: true,
    without: [],
    reason: 'who was removed by somebody whose adder had been removed, but in vain, was not told of the latter and stayed apart for ever',
  },
]
