/**
 * Deliberate faults in the rules. Each is one replacement in one file; the simulator must find it. A fault
 * that no seed finds means that the rule is not tested, or not needed.
 */
export interface Mutation {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly put: string
  /** Found with a member that does not keep to the rules; the honest have no way to trip over it. */
  readonly adversary?: boolean
}

const ROOMS = 'remotes/p2p/core/rooms'
const SIMULATION = 'tests/simulation'

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the first child seen wins',
    file: `${ROOMS}/epochs.ts`,
    find: 'const best = open.length > 1 ? this.bestOf(head, open) : open[0]',
    put: 'const best = open[0]',
  },
  {
    name: 'the root moves by age',
    file: `${ROOMS}/epochs.ts`,
    find: '    if (parent === null) return true\n',
    put: '    if (parent === null || child.children.some((one) => one.children.length > 0)) return true\n',
  },
  {
    name: 'the root moves as soon as all voted, whoever knows of it',
    file: `${ROOMS}/epochs.ts`,
    find: 'return knowing.every((found) => found.length > 0) && leastCut(knowing)',
    put: 'return knowing.every((found) => found.length > 0)',
  },
  {
    name: 'the root moves although some do not know who is out',
    file: `${ROOMS}/epochs.ts`,
    find: 'found.filter((run) => ignored.every((one) => this.knowsOut(run.to, one)))',
    put: 'found.filter(() => true)',
  },
  {
    name: 'nothing is void by a removal',
    file: `${ROOMS}/epochs.ts`,
    find: 'removal.target === author && !includes(removal.node, epoch.node)',
    put: 'removal.target !== author && removal.target === author',
  },
  {
    name: 'a commit may leave a removal out',
    file: `${ROOMS}/epochs.ts`,
    find: '  return roster.every((device) => device === null || members.has(device))\n',
    put: '  return true\n',
    adversary: true,
  },
  {
    name: 'a commit may add strangers',
    file: `${ROOMS}/epochs.ts`,
    find: '|| commit.adds.some((device) => !members.has(device))',
    put: '',
    adversary: true,
  },
  {
    name: 'equivocators vote',
    file: `${ROOMS}/epochs.ts`,
    find: 'if (!members.has(device) || this.log.equivocates(device)) continue',
    put: 'if (!members.has(device)) continue',
    adversary: true,
  },
  {
    name: 'of two that remove each other both go',
    file: `${ROOMS}/membership.ts`,
    find: 'if (by.length === 0) removals.push(',
    put: 'if (by.length >= 0) removals.push(',
  },
  {
    name: 'secrets are overwritten at merge',
    file: `${SIMULATION}/engines/toy.ts`,
    find: '    if (!(message instanceof Commit) || message.on !== fastHash(state.secret.value)) return null\n',
    put: '    if (!(message instanceof Commit) || message.on !== fastHash(state.secret.value)) return null\n    queueMicrotask(() => (state.secret.value = WIPED))\n',
  },
  {
    name: 'pruned epochs stay in memory',
    file: `${SIMULATION}/world.ts`,
    find: '    for (const epoch of batch.pruned) await running.engine.prune(epoch)\n',
    put: '',
  },
  {
    name: 'encrypting from an old snapshot',
    file: `${SIMULATION}/engines/toy.ts`,
    find: 'return { ...this.move(epoch, { ...state, generation: generation + 1 }), message, generation }',
    put: 'return { ...this.move(epoch, { ...state, generation: generation + (generation % 2) }), message, generation }',
  },
  {
    name: 'a removed device is served',
    file: `${ROOMS}/sync.ts`,
    find: '  if (membership.members.has(peer)) return () => true\n',
    put: '  if (membership.members.has(peer) || membership.removed.has(peer)) return () => true\n',
  },
  {
    name: 'sending before the removal is committed',
    file: `${ROOMS}/room.ts`,
    find: 'head.devices.includes(this.me) && head.devices.every((device) => members.has(device))',
    put: 'head.devices.includes(this.me) && members.has(this.me)',
  },
  {
    name: 'messages on a lost branch are not encrypted again',
    file: `${ROOMS}/room.ts`,
    find: 'return offChain || lacking.some(',
    put: 'return lacking.length < 0 && offChain && lacking.some(',
  },
  {
    name: 'what is sent is not stored first',
    file: `${ROOMS}/room.ts`,
    find: "    batch.writes.push({ kind: 'entry', entry })\n    const { members } = this.memberships.current()",
    put: "    if (this.env.random() > 0.05) batch.writes.push({ kind: 'entry', entry })\n    const { members } = this.memberships.current()",
  },
  {
    name: 'nobody rejoins',
    file: `${ROOMS}/room.ts`,
    find: '    if (!this.recoverDue) return false\n',
    put: '    if (this.recoverDue || !this.recoverDue) return false\n',
  },
  {
    name: 'the joiner is told nothing about who took its adder away',
    file: `${ROOMS}/membership.ts`,
    find: "      if (op.kind === 'add')\n",
    put: "      if (op.kind === 'add' && op.device === one.by.device)\n",
  },
  {
    name: 'a message is shown as often as it comes',
    file: `${ROOMS}/room.ts`,
    find: '    if (this.shown.has(content.mid)) return\n',
    put: '',
  },
]
