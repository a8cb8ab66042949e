/** Every number of the overlay, with what happens if it is raised (up) or lowered (down). Times in milliseconds. */

export const OVERLAY = {
  /** Rooms of so many devices are a full mesh if the pool of links allows it. up: many links a room; down: small rooms need more than one hop. */
  meshDevices: 12,
  /** Neighbours a device of this kind has in one room at most. up: more links and announcements; down: a crash cuts off more. */
  active: { phone: 4, other: 5, desktop: 8 },
  /** Known members to turn to when a neighbour fails. up: staler; down: used up by one big failure. */
  passive: 30,
  /** Hops of a FORWARD_JOIN and of a SHUFFLE (ARWL). up: better mixed, more messages; down: newcomers stay near their contact. */
  walk: 6,
  /** Hops still to go when a newcomer is noted for later (PRWL). */
  passiveWalk: 3,
  /** Devices told in a shuffle, beside oneself. up: bigger frames, faster mixing. */
  shuffleActive: 3,
  shufflePassive: 4,
  /** Between two shuffles: the period after which everything counted below starts again. up: stale views; down: traffic when idle. */
  shuffleMs: 30_000,
  shuffleJitterMs: 5_000,
  /** Step of everything that waits for a neighbour. */
  repairMs: 2_000,
  /** Repair steps that a device asked to be a neighbour may take, its connecting included. */
  askedSteps: 15,
  /** Repair steps that a link nobody here asked for is kept, so that its maker may say what it wants. */
  guestSteps: 3,
  /** Devices asked at once. up: faster repair, links made for nothing; down: slow when many are gone. */
  asking: 2,
  /** Devices asked in a period by one without neighbours, with few, and with half of them. up: knocking at closed doors; down: slow repair. */
  attempts: { alone: 24, few: 8, half: 2 },
  /** Who may have no more neighbours than this changes them now and then. up: links made for nothing; down: lonely groups. */
  fewNeighbours: 2,
  /** Periods until it does, for each neighbour; and if it knows of no need. */
  wanderPeriods: 2,
  wanderPeriodsRarely: 20,
  /** What one neighbour may make us pass on in a period, in hops of walks. A request that may cost another its place counts as several. */
  budget: 48,
  requestCost: 6,
  /** Lazy announcements wait so long to travel together. up: slower repair; down: more frames. */
  announceMs: 100,
  /** Steps in which announced entries that did not come are counted, and how many of them each source is given. */
  graftStepMs: 100,
  graftSteps: 5,
  /** Entry ids in one IHAVE or GRAFT, and waiting to be announced to one neighbour: more than that is for sync. */
  idsAMessage: 64,
  /** Announced entries awaited from one device. up: memory a peer can claim; down: bursts are left to sync. */
  awaitedAPeer: 256,
  /** Announcements to a neighbour that it may still graft. down: late grafts go unanswered. */
  graftable: 256,
  /** Entries that sync brought and that may still be pushed. down: a sync under way cuts links out of the tree. */
  overtook: 64,
} as const

/** Links of a device over all rooms. `spare` of them are for links being made and for those that others made. */
export const POOL = {
  desktop: { links: 24, spare: 3 },
  phone: { links: 10, spare: 2 },
} as const
