/** Who has which of our messages, as their acks say; and what our own next ack should say. */
import type { DeviceKey, EntryId, EpochId } from '#contracts/ids.ts'
import type { EntryBody, Mark } from './entry-view.ts'
import type { LogNode } from './log.ts'

type Ack = Extract<EntryBody, { kind: 'ack' }>

interface Said {
  delivered: number
  readonly cant: Set<EntryId>
  holds: { readonly epoch: EpochId; readonly yes: boolean } | null
}

/** What others acknowledged of this device's entries. */
export class Receipts {
  private readonly me: DeviceKey
  private readonly said = new Map<DeviceKey, Said>()

  constructor(me: DeviceKey) {
    this.me = me
  }

  /** `reach`: the last of our entries that the ack's author can have known. What it claims beyond that is not believed. */
  note(node: LogNode, ack: Ack, reach: number): void {
    const said = this.said.get(node.entry.author) ?? { delivered: -1, cant: new Set(), holds: null }
    this.said.set(node.entry.author, said)
    for (const mark of ack.delivered) if (mark.author === this.me) said.delivered = Math.max(said.delivered, Math.min(mark.seq, reach))
    for (const id of ack.cant) said.cant.add(id)
    said.holds = { epoch: node.entry.vote, yes: ack.holds }
  }

  /** True if the device opened this entry of ours. */
  has(device: DeviceKey, entry: LogNode): boolean {
    const said = this.said.get(device)
    return said !== undefined && said.delivered >= entry.entry.seq && !said.cant.has(entry.entry.id)
  }

  /** True if the device said that it can't open this entry of ours. */
  cant(device: DeviceKey, entry: LogNode): boolean {
    return this.said.get(device)?.cant.has(entry.entry.id) ?? false
  }

  /** Whether the device holds the epoch, by its newest ack; null if that spoke of another. */
  holds(device: DeviceKey, epoch: EpochId): boolean | null {
    const holds = this.said.get(device)?.holds ?? null
    return holds?.epoch === epoch ? holds.yes : null
  }
}

/** How far this device is through each author's messages: opened, or given up and said so. */
export class Progress {
  private readonly apps = new Map<DeviceKey, LogNode[]>()
  private readonly next = new Map<DeviceKey, number>()
  private readonly told = new Map<DeviceKey, number>()

  note(node: LogNode): void {
    const list = this.apps.get(node.entry.author)
    if (list === undefined) this.apps.set(node.entry.author, [node])
    else list.push(node)
  }

  /** Marks that moved since the last ack; `done` tells whether an entry is dealt with. */
  news(done: (node: LogNode) => boolean): readonly Mark[] {
    const out: Mark[] = []
    for (const [author, list] of this.apps) {
      let next = this.next.get(author) ?? 0
      for (let node = list[next]; node !== undefined && done(node); node = list[next]) next++
      this.next.set(author, next)
      const seq = list[next - 1]?.entry.seq ?? -1
      if (seq > (this.told.get(author) ?? -1)) out.push({ author, seq })
    }
    return out
  }

  /** An own ack with these marks is in the log. */
  acked(marks: readonly Mark[]): void {
    for (const { author, seq } of marks) this.told.set(author, Math.max(this.told.get(author) ?? -1, seq))
  }
}
