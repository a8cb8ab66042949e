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
    find: 'return last.every((end) => first.every((start) => includes(end, start)))',
    put: 'return last.length === first.length',
  },
  {
    name: 'the root moves although some do not know who is out',
    file: `${ROOMS}/epochs.ts`,
    find: 'if (this.isOut(device, past, known, parent.devices.includes(device) ? null : child.node)) continue',
    put: 'if (known.depth >= 0) continue',
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
    find: '    for (const epoch of batch.pruned) await page.engine.prune(epoch)\n',
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
    find: 'if (offChain || inHead.length >= RESENDS) return offChain',
    put: 'if (offChain || inHead.length >= RESENDS) return false',
  },
  {
    name: 'what is sent is not stored first',
    file: `${ROOMS}/room.ts`,
    find: "    batch.writes.push({ kind: 'entry', entry })\n    if (this.neighbours === null) {",
    put: "    if (this.env.random() > 0.05) batch.writes.push({ kind: 'entry', entry })\n    if (this.neighbours === null) {",
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
  {
    name: 'a copy goes on talking',
    file: `${ROOMS}/room.ts`,
    find: 'if (tips.some(({ author, id }) => author === this.me && this.log.get(id) === undefined)) this.silence()',
    put: 'if (tips.length < 0) this.silence()',
  },
  {
    name: 'who comes back sends before anybody has shown what it has of it',
    file: `${ROOMS}/room.ts`,
    find: 'if (!this.heard && members.size > 1) return null',
    put: 'if (!this.heard && members.size < 1) return null',
  },
  {
    name: 'a tab that lost the storage goes on writing',
    file: `${SIMULATION}/world.ts`,
    find: 'if (page.fence !== device.disk.fence) return this.refuse(device)',
    put: 'if (page.fence > device.disk.fence) return this.refuse(device)',
  },
  {
    name: 'a group founded anew waits for a founder without a KeyPackage',
    file: `${ROOMS}/needs.ts`,
    find: 'if (keyPackage === null && isFounder(member)) continue',
    put: 'if (keyPackage !== null && isFounder(member) && unusable.has(keyPackage)) continue',
  },
  {
    name: 'a Welcome is served by its committer alone',
    file: `${ROOMS}/room.ts`,
    find: "        this.send(batch, peer, { kind: 'welcome', commit: node.entry.id, bytes: made.welcome })",
    put: "        if (peer === this.me) this.send(batch, peer, { kind: 'welcome', commit: node.entry.id, bytes: made.welcome })",
  },
  {
    name: 'a KeyPackage that no clock allows is used',
    file: `${ROOMS}/room.ts`,
    find: '      if (await this.engine.usable(joiner)) continue\n',
    put: '      if ((await this.engine.usable(joiner)) || joiner.device !== this.me) continue\n',
  },
  {
    name: 'an old Welcome is joined again after its epoch was pruned',
    file: `${ROOMS}/room.ts`,
    find: '    if (this.isBehind(epoch)) return\n',
    put: '',
  },
  {
    name: 'a message is forgotten although a removal may turn out void',
    file: `${ROOMS}/room.ts`,
    find: '        if (!this.hasAllEver(message)) continue\n',
    put: '',
  },
  {
    name: 'the removed is told nothing about who brought its remover in',
    file: `${ROOMS}/membership.ts`,
    find: '    for (const add of adds.get(one.by.device) ?? []) if (add.node !== one.node && includes(one.node, add.node)) standsOn.set(add.node, add)\n',
    put: '',
    adversary: true,
  },
]
