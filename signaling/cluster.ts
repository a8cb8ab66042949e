/**
 * Several brokers that share clients: who is registered where is asked of the others, and what is for an id elsewhere
 * goes there. Nothing is agreed on and nothing stored: the node that holds a client's socket is the one that answers for
 * its id. While the bus is away each node serves its own clients. Why: docs/decisions/0063-cluster.md.
 */
import { createHash, randomUUID } from 'node:crypto'
import type { Bus, BusMessage, MakeBus } from './bus.ts'
import type { Client, Hub } from './hub.ts'

const ALL = 'all'
/** A node that has not answered by then is gone, and its client with it. */
const ANSWER_MS = 1000

const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex')

export class Cluster {
  private readonly hub: Hub
  private readonly bus: Bus
  private readonly node = `node:${randomUUID()}`
  private readonly answers = new Map<number, (yes: boolean) => void>()
  private asked = 0

  constructor(makeBus: MakeBus, hub: Hub) {
    this.hub = hub
    this.bus = makeBus((channel, message) => this.onMessage(channel, message))
    this.bus.follow(ALL)
    this.bus.follow(this.node)
    hub.elsewhere = {
      send: async (dst, text) => ((await this.bus.publish(`id:${dst}`, { kind: 'relay', text })) ?? 0) > 0,
      arrived: (id) => {
        this.bus.follow(`id:${id}`)
        void this.bus.publish(ALL, { kind: 'here', id })
      },
      gone: (id) => this.bus.leave(`id:${id}`),
    }
  }

  /** Whether this client may have its id: nobody elsewhere has it, or has let it go. */
  async admit({ id, token, proven }: Client): Promise<boolean> {
    return (await this.ask(id, (ask) => ({ kind: 'came', node: this.node, ask, token: proven ? null : digestOf(token) }))) ?? true
  }

  /** Whether `id` is registered on another node by whoever knows this token. */
  async holds(id: string, token: string): Promise<boolean> {
    return (await this.ask(id, (ask) => ({ kind: 'holds', node: this.node, ask, token: digestOf(token) }))) ?? false
  }

  close(): void {
    this.bus.close()
  }

  /** Asks the other nodes that follow this id. null: there are none, or none that answers. */
  private async ask(id: string, question: (ask: number) => BusMessage): Promise<boolean | null> {
    const ask = ++this.asked
    const answered = new Promise<boolean>((resolve) => this.answers.set(ask, resolve))
    const heard = await this.bus.publish(`id:${id}`, question(ask))
    const others = (heard ?? 0) - (this.hub.has(id) ? 1 : 0)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), ANSWER_MS)
    })
    const answer = others > 0 ? await Promise.race([answered, late]) : null
    clearTimeout(timer)
    this.answers.delete(ask)
    return answer
  }

  private onMessage(channel: string, message: BusMessage): void {
    const id = channel.slice('id:'.length)
    if (message.kind === 'relay') this.hub.receiveFor(id, message.text)
    else if (message.kind === 'here') this.hub.sendWaiting(message.id)
    else if (message.kind === 'answer') this.answers.get(message.ask)?.(message.yes)
    else if (message.node !== this.node) {
      const held = this.hub.clientOf(id)
      if (held === undefined) return
      const yes = message.token === null || message.token === digestOf(held.token)
      if (message.kind === 'came' && yes) this.hub.displace(held)
      void this.bus.publish(message.node, { kind: 'answer', ask: message.ask, yes })
    }
  }
}
