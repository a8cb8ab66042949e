/** All that must hold, fresh for one run. One small file each. */
import type { Invariant } from '../world.ts'
import { chainIsAllowed } from './chain-is-allowed.ts'
import { copyFallsSilent } from './copy-falls-silent.ts'
import { everythingIsRead } from './everything-is-read.ts'
import { fewCommits } from './few-commits.ts'
import { generationUsedOnce } from './generation-used-once.ts'
import { nothingServedToTheRemoved } from './nothing-served-to-the-removed.ts'
import { nothingToTheRemoved } from './nothing-to-the-removed.ts'
import { oneHead } from './one-head.ts'
import { prunedIsGone } from './pruned-is-gone.ts'
import { rootBelowEveryHead } from './root-below-every-head.ts'
import { rosterIsMembers } from './roster-is-members.ts'
import { sameEntriesSameHead } from './same-entries-same-head.ts'
import { sameEpochSameSecrets } from './same-epoch-same-secrets.ts'
import { seqUsedOnce } from './seq-used-once.ts'
import { seniorStays } from './senior-stays.ts'
import { shownOnce } from './shown-once.ts'

export const allInvariants = (): readonly Invariant[] =>
  [
    sameEntriesSameHead,
    chainIsAllowed,
    sameEpochSameSecrets,
    shownOnce,
    generationUsedOnce,
    nothingToTheRemoved,
    nothingServedToTheRemoved,
    prunedIsGone,
    seqUsedOnce,
    copyFallsSilent,
    seniorStays,
    rootBelowEveryHead,
    oneHead,
    rosterIsMembers,
    everythingIsRead,
    fewCommits,
  ].map((make) => make())
