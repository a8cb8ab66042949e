/** When a room does things. Milliseconds; each with what happens if it is raised (up) or lowered (down). */
export const TIMING = {
  /** No head change for this long: settled. up: slower sends; down: commits on branches that lose. */
  settleMs: 1_000,
  /** Settled anyhow after this. up: a busy room stands still; down: the same as settleMs. */
  settleLatestMs: 5_000,
  /** Between the ranked committers. up: slow when the first is gone; down: rival commits. */
  commitTurnMs: 4_000,
  /** The same when somebody is to be removed. */
  removeTurnMs: 1_000,
  commitJitterMs: 500,
  ackMs: 400,
  ackJitterMs: 400,
  /** Entries are told to others at once; this is for those they came past. */
  gossipMs: 600,
  syncMs: 60_000,
  syncJitterMs: 5_000,
  recoverMs: 1_500,
  /** Between two encryptions of one message. up: slow repair; down: a peer that lies makes us talk. */
  resendMs: 4_000,
} as const

export const RETENTION = {
  /** Epochs kept below the head. up: longer exposure; down: late rivals can't be followed. */
  below: 16,
  states: 24,
} as const

/** More that can't get in than this are added again by one commit instead of rejoining one by one. */
export const REJOINERS = 3

/** Every so many turns of recovering, a device that can't get in looks whether its request still stands. */
export const REQUEST_TURNS = 16

/**
 * After so many turns of recovering, a linked member that has said nothing of the epoch does not hold up a re-founding.
 * up: who keeps silent makes the others wait; down: a group is founded anew because of a slow link.
 */
export const SILENT_TURNS = 18

/** Encryptions of one message in one epoch because somebody says that it can't read it. up: who lies makes us talk; down: repair gives up early. */
export const RESENDS = 3
