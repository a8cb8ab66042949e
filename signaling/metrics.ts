/** Counters, and nothing else: no ids, no addresses, no times of anybody. */

export const COUNTERS = [
  'opened', // sockets that registered an id
  'closed',
  'displaced', // by the same token
  'idTaken',
  'claimed', // ids proven by their key
  'claimRefused', // no proof in time, or none of that id
  'relayed',
  'queued',
  'expired', // answered by EXPIRE
  'refusedOrigin',
  'refusedSockets', // over a bound of sockets or of new sockets
  'refusedParameters', // id, token or key
  'cutMalformed', // not a known message, or too large
  'cutFlood',
  'cutSlow', // did not read
  'cutIdle',
  'dropped', // over the address's rate
  'turnGranted',
  'turnRefused', // not registered, or over its share
] as const
export type Counter = (typeof COUNTERS)[number]

export class Metrics {
  private readonly counts = new Map<Counter, number>(COUNTERS.map((counter) => [counter, 0]))

  count(counter: Counter): void {
    this.counts.set(counter, this.get(counter) + 1)
  }

  get(counter: Counter): number {
    return this.counts.get(counter) ?? 0
  }

  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts)
  }

  /** In Prometheus' text format (0.0.4), with the number of registered ids as a gauge. No labels: nothing of anybody. */
  prometheus(registered: number): string {
    const counters = COUNTERS.map((counter) => {
      const name = `sotto_broker_${counter.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`
      return `# TYPE ${name} counter\n${name} ${this.get(counter)}\n`
    })
    return `${counters.join('')}# TYPE sotto_broker_registered gauge\nsotto_broker_registered ${registered}\n`
  }
}
