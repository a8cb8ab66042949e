/**
 * L1: the log of a room, a DAG of signed entries that only grows. A CRDT: the union of two logs is a log,
 * and nothing here depends on the order in which entries came.
 *
 * Ancestry is answered in constant time by one clock an entry: for each branch, how far the entry's past
 * reaches on it. A branch is a run of one author's chain; an author that forks its chain starts a second
 * branch, so the clocks stay exact for equivocators too (a clock by author would not).
 */
import type { DeviceKey, EntryId, EpochId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import type { LogEntry } from './entry-view.ts'

export interface LogNode {
  readonly entry: LogEntry
  /** Branch number: local to this log, says nothing. */
  readonly branch: number
  /** The longest way down to the first entry. */
  readonly depth: number
  /** By branch: one more than the highest seq in the past of this entry, itself included; 0 for none. */
  readonly clock: Int32Array
}

/** An author's vote from `seq` on, until its next change. */
export interface VoteChange {
  readonly seq: number
  readonly vote: EpochId
}

/** A set of entries that holds the past of each of its own: an entry with its past, or the whole log. */
export type Past = Pick<LogNode, 'clock'>

interface Author {
  readonly nodes: LogNode[]
  /** The entries of each branch, by branch number. */
  readonly branches: Map<number, LogNode[]>
  readonly votes: VoteChange[]
}

export interface Tip {
  readonly author: DeviceKey
  readonly seq: number
  readonly id: EntryId
}

export type AddResult =
  | { readonly kind: 'added'; readonly node: LogNode }
  | { readonly kind: 'known' }
  /** Ancestors that are not here yet. */
  | { readonly kind: 'missing'; readonly ids: readonly EntryId[] }
  /** It fits no log: a chain with a hole, somebody else's `prev`, a second first entry. */
  | { readonly kind: 'invalid' }

/** True if `descendant`'s past holds `ancestor`, or they are the same. */
export const includes = (descendant: Past, ancestor: LogNode): boolean => (descendant.clock[ancestor.branch] ?? 0) > ancestor.entry.seq

/** True if neither knew the other. */
export const concurrent = (a: LogNode, b: LogNode): boolean => !includes(a, b) && !includes(b, a)

/** The order in which ops are read: causes first, then the lowest id. It never changes as the log grows. */
export const byDepth = (a: LogNode, b: LogNode): number =>
  a.depth - b.depth || (a.entry.id < b.entry.id ? -1 : a.entry.id > b.entry.id ? 1 : 0)

/** The one of the highest seq, lowest id first. */
function newest(nodes: readonly (LogNode | undefined)[]): LogNode | null {
  let best: LogNode | null = null
  for (const node of nodes) {
    if (node === undefined) continue
    if (best === null || node.entry.seq > best.entry.seq || (node.entry.seq === best.entry.seq && node.entry.id < best.entry.id))
      best = node
  }
  return best
}

export class RoomLog {
  private readonly nodes = new Map<EntryId, LogNode>()
  private readonly authors = new Map<DeviceKey, Author>()
  private readonly headNodes = new Map<EntryId, LogNode>()
  private readonly opNodes: LogNode[] = []
  private branches = 0
  private firstNode: LogNode | null = null
  private forkedAuthors = 0
  private tipsMemo: { readonly size: number; readonly tips: readonly Tip[] } | null = null

  get size(): number {
    return this.nodes.size
  }

  /** The room's first entry. */
  get first(): LogNode | null {
    return this.firstNode
  }

  /** How many authors have forked their chain. */
  get equivocators(): number {
    return this.forkedAuthors
  }

  get(id: EntryId): LogNode | undefined {
    return this.nodes.get(id)
  }

  /** Takes an entry whose signature and form have been checked. Its ancestors must be here. */
  add(entry: LogEntry): AddResult {
    if (this.nodes.has(entry.id)) return { kind: 'known' }
    const isFirst = entry.body.kind === 'op' && entry.body.op.kind === 'create'
    if (isFirst !== (this.firstNode === null && this.nodes.size === 0)) {
      return isFirst || this.firstNode !== null ? { kind: 'invalid' } : { kind: 'missing', ids: parentsOf(entry) }
    }
    if (entry.deps.length > LIMITS.deps || (entry.prev === null) !== (entry.seq === 0)) return { kind: 'invalid' }
    if (isFirst !== (entry.prev === null && entry.deps.length === 0)) return { kind: 'invalid' }
    const parents = parentsOf(entry)
    const missing = parents.filter((id) => !this.nodes.has(id))
    if (missing.length > 0) return { kind: 'missing', ids: missing }
    const prev = entry.prev === null ? null : (this.nodes.get(entry.prev) ?? null)
    if (prev !== null && (prev.entry.author !== entry.author || prev.entry.seq + 1 !== entry.seq)) return { kind: 'invalid' }
    return { kind: 'added', node: this.insert(entry, prev) }
  }

  private insert(entry: LogEntry, prev: LogNode | null): LogNode {
    const author = this.authorOf(entry.author)
    const continues = prev !== null && author.branches.get(prev.branch)?.at(-1) === prev
    const branch = continues ? prev.branch : this.branches++
    const parents = parentsOf(entry).map((id) => this.nodes.get(id) as LogNode)
    const clock = new Int32Array(Math.max(branch + 1, ...parents.map((parent) => parent.clock.length)))
    let depth = 0
    for (const parent of parents) {
      depth = Math.max(depth, parent.depth + 1)
      for (let i = 0; i < parent.clock.length; i++) if ((parent.clock[i] ?? 0) > (clock[i] ?? 0)) clock[i] = parent.clock[i] ?? 0
      this.headNodes.delete(parent.entry.id)
    }
    clock[branch] = entry.seq + 1
    const node: LogNode = { entry, branch, depth, clock }
    this.nodes.set(entry.id, node)
    this.headNodes.set(entry.id, node)
    if (this.firstNode === null) this.firstNode = node
    if (!continues && author.branches.size === 1) this.forkedAuthors++
    if (continues) author.branches.get(branch)?.push(node)
    else author.branches.set(branch, [node])
    author.nodes.push(node)
    if (author.votes.at(-1)?.vote !== entry.vote) author.votes.push({ seq: entry.seq, vote: entry.vote })
    if (entry.body.kind === 'op') this.opNodes.push(node)
    return node
  }

  private authorOf(key: DeviceKey): Author {
    const known = this.authors.get(key)
    if (known !== undefined) return known
    const fresh: Author = { nodes: [], branches: new Map(), votes: [] }
    this.authors.set(key, fresh)
    return fresh
  }

  /** Whoever signed two entries with one seq. Its votes count for nothing from then on. */
  equivocates(author: DeviceKey): boolean {
    return (this.authors.get(author)?.branches.size ?? 0) > 1
  }

  /** Two entries of one seq, as a proof for others; null if the author has one chain. */
  equivocationProof(author: DeviceKey): readonly [LogNode, LogNode] | null {
    const bySeq = new Map<number, LogNode>()
    const nodes = this.equivocates(author) ? (this.authors.get(author)?.nodes ?? []) : []
    for (const node of [...nodes].sort(byDepth)) {
      const other = bySeq.get(node.entry.seq)
      if (other !== undefined) return [other, node]
      bySeq.set(node.entry.seq, node)
    }
    return null
  }

  /** The author's newest entry. For an equivocator the newest of any branch, lowest id first. */
  latest(author: DeviceKey): LogNode | null {
    return newest([...(this.authors.get(author)?.branches.values() ?? [])].map((nodes) => nodes.at(-1)))
  }

  /** The same among the entries of `past`; `forked` if they show that the author signed two with one seq. */
  latestIn(past: Past, author: DeviceKey): { readonly node: LogNode | null; readonly forked: boolean } {
    const ends: LogNode[] = []
    const firsts: LogNode[] = []
    for (const [branch, nodes] of this.authors.get(author)?.branches ?? []) {
      const [first] = nodes
      const end = first === undefined ? undefined : nodes[(past.clock[branch] ?? 0) - first.entry.seq - 1]
      if (first === undefined || end === undefined) continue
      ends.push(end)
      firsts.push(first)
    }
    if (ends.length < 2) return { node: ends[0] ?? null, forked: false }
    // Where a branch starts at the end of another, the two are one chain as far as this past goes.
    const open = ends.filter((end) => !firsts.some((first) => first.entry.prev === end.entry.id))
    return { node: newest(open), forked: open.length > 1 }
  }

  /** Everything that is here. */
  whole(): Past {
    const clock = new Int32Array(this.branches)
    for (const { clock: known } of this.headNodes.values())
      for (let i = 0; i < known.length; i++) if ((known[i] ?? 0) > (clock[i] ?? 0)) clock[i] = known[i] ?? 0
    return { clock }
  }

  /** What an entry names directly. */
  parents(node: LogNode): readonly LogNode[] {
    return parentsOf(node.entry).map((id) => this.nodes.get(id) as LogNode)
  }

  /** How an honest author's vote went, oldest first. Means nothing for an equivocator. */
  voteChanges(author: DeviceKey): readonly VoteChange[] {
    return this.authors.get(author)?.votes ?? []
  }

  /** All entries of an author; for an honest one `[seq]` is the entry of that seq. */
  chain(author: DeviceKey): readonly LogNode[] {
    return this.authors.get(author)?.nodes ?? []
  }

  /** Entries that no other entry names. */
  heads(): readonly LogNode[] {
    return [...this.headNodes.values()]
  }

  /** All operations. */
  ops(): readonly LogNode[] {
    return this.opNodes
  }

  all(): IterableIterator<LogNode> {
    return this.nodes.values()
  }

  /**
   * The have-vector: the end of every chain, in an order that depends on nothing but the entries. With `mayShow`,
   * which holds for the causes of all that it holds for: of that part of the log.
   */
  tips(mayShow?: (node: LogNode) => boolean): readonly Tip[] {
    if (mayShow !== undefined) return this.tipsOf(({ nodes }) => endsOf(nodes.filter(mayShow)))
    // Each peer is told the same, over and over while nothing new has come.
    if (this.tipsMemo?.size !== this.size) {
      this.tipsMemo = {
        size: this.size,
        tips: this.tipsOf(({ branches }) => [...branches.values()].flatMap((nodes) => nodes.at(-1) ?? [])),
      }
    }
    return this.tipsMemo.tips
  }

  private tipsOf(endsOfAuthor: (author: Author) => readonly LogNode[]): readonly Tip[] {
    const out: Tip[] = []
    for (const [key, author] of this.authors)
      for (const { entry } of endsOfAuthor(author)) out.push({ author: key, seq: entry.seq, id: entry.id })
    return out.sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Equal for equal logs: what two peers compare before they compare vectors. `hash` is SHA-256 outside of simulations. */
  fingerprint(hash: (text: string) => string, mayShow?: (node: LogNode) => boolean): string {
    return hash(
      this.tips(mayShow)
        .map((tip) => tip.id)
        .join(),
    )
  }
}

/** Of one author's entries those that none of them goes on from. */
function endsOf(nodes: readonly LogNode[]): readonly LogNode[] {
  const before = new Set(nodes.map(({ entry }) => entry.prev))
  return nodes.filter(({ entry }) => !before.has(entry.id))
}

/** Everything an entry names directly. */
export const parentsOf = (entry: LogEntry): readonly EntryId[] => (entry.prev === null ? entry.deps : [entry.prev, ...entry.deps])
