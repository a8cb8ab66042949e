/**
 * Our broker beside the stock PeerJS server, each in a process of its own, one after the other, in the same run and under
 * the same load. Speed with our bounds lifted, as the stock server has none; attacks with them as they are.
 */
import { type BrokerKind, connectMany, cycles, flood, startBroker, talk } from './broker-load.ts'
import { type Bench, type Figure, figure, percentile } from './report.ts'

const SOCKETS = 5_000
const MESSAGES_EACH = 10
const WINDOW = 2
/** What a sealed blob of the smallest size comes to, in base64. */
const PAYLOAD_CHARS = 2_800
const CYCLES = 10_000
const FLOOD_MESSAGES = 300
const FLOOD_CHARS = 1_000_000

interface Outcome {
  readonly connectsASecond: number
  readonly messagesASecond: number
  readonly kbAClient: number
  readonly perHundredMb: number
  readonly cyclesMb: number
  readonly floodMostMb: number
  readonly bystandersMs: readonly number[]
  readonly cutAfterMs: number | null
}

const perSecond = (count: number, fromMs: number): number => (count * 1000) / (performance.now() - fromMs)

async function measure(kind: BrokerKind, progress: (line: string) => void): Promise<Outcome> {
  const broker = await startBroker(kind, 'open')
  try {
    progress(`${kind}: ${SOCKETS} sockets`)
    const emptyMb = broker.memory().nowMb
    const connectFrom = performance.now()
    const sockets = await connectMany(broker.port, SOCKETS)
    const connectsASecond = perSecond(SOCKETS, connectFrom)
    const clientsMb = broker.memory().nowMb - emptyMb
    progress(`${kind}: ${SOCKETS * MESSAGES_EACH} messages`)
    const talkFrom = performance.now()
    await talk(sockets, MESSAGES_EACH, PAYLOAD_CHARS, WINDOW)
    const messagesASecond = perSecond(SOCKETS * MESSAGES_EACH, talkFrom)
    for (const socket of sockets) socket.terminate()
    const fresh = await startBroker(kind, 'open')
    progress(`${kind}: ${CYCLES} clients that come and go`)
    // the first ones grow the heap to what it works with
    await cycles(fresh.port, CYCLES / 10)
    const beforeMb = fresh.memory().nowMb
    await cycles(fresh.port, CYCLES)
    const cyclesMb = fresh.memory().nowMb - beforeMb
    fresh.close()
    progress(`${kind}: a flood`)
    const attacked = await startBroker(kind, 'standard')
    const flooded = await flood(attacked.port, FLOOD_MESSAGES, FLOOD_CHARS)
    const floodMostMb = attacked.memory().mostMb
    attacked.close()
    return {
      connectsASecond,
      messagesASecond,
      kbAClient: (clientsMb * 1024) / SOCKETS,
      perHundredMb: (100 * SOCKETS) / clientsMb,
      cyclesMb,
      floodMostMb,
      ...flooded,
    }
  } finally {
    broker.close()
  }
}

export const benchBroker: Bench = async (progress) => {
  const stock = await measure('stock', progress)
  const ours = await measure('ours', progress)
  const one = (what: string, unit: Figure['unit'], value: number): Figure => ({ what, unit, samples: 1, p50: value, p95: value })
  const both = (
    what: string,
    unit: Figure['unit'],
    key: 'connectsASecond' | 'messagesASecond' | 'kbAClient' | 'perHundredMb' | 'cyclesMb' | 'floodMostMb',
  ) => [
    one(`ours: ${what}`, unit, ours[key]),
    one(`stock: ${what}`, unit, stock[key]),
    one(`ours over stock: ${what}`, 'times', ours[key] / stock[key]),
  ]
  const bystander = (name: string, samples: readonly number[]): Figure => figure(`${name}: a bystander's message during the flood`, samples)
  return [
    ...both('registrations', 'a second', 'connectsASecond'),
    ...both(`messages among ${SOCKETS} sockets`, 'a second', 'messagesASecond'),
    ...both('memory a client', 'kB', 'kbAClient'),
    ...both('sockets in 100 MB', 'sockets', 'perHundredMb'),
    ...both(`memory after ${CYCLES} cycles`, 'MB', 'cyclesMb'),
    ...both(`most memory in a flood of ${(FLOOD_MESSAGES * FLOOD_CHARS) / 1e6} MB`, 'MB', 'floodMostMb'),
    bystander('ours', ours.bystandersMs),
    bystander('stock', stock.bystandersMs),
    one(
      'ours over stock: a bystander in the flood, p95',
      'times',
      percentile(ours.bystandersMs, 0.95) / percentile(stock.bystandersMs, 0.95),
    ),
    ...(ours.cutAfterMs === null ? [] : [one('ours: the flooder is cut after', 'ms', ours.cutAfterMs)]),
    ...(stock.cutAfterMs === null ? [] : [one('stock: the flooder is cut after', 'ms', stock.cutAfterMs)]),
  ]
}
