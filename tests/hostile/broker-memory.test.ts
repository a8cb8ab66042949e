/** What clients can make the broker remember, in a process of its own: its memory is read from outside. */
import { afterEach, expect, test } from 'vitest'
import { type BrokerProcess, cycles, flood, startBroker } from '../bench/broker-load.ts'

const MOST_MB = 150

let broker: BrokerProcess | null = null
afterEach(() => {
  broker?.close()
  broker = null
})

const health = async (port: number): Promise<{ readonly sockets: number; readonly counters: Readonly<Record<string, number>> }> =>
  (await (await fetch(`http://127.0.0.1:${port}/signal/health`)).json()) as never

test('300 MB of messages for an absent id: the flooder is cut, memory stays under 150 MB, others are served', async () => {
  broker = await startBroker('ours', 'standard')
  const { cutAfterMs, bystandersMs } = await flood(broker.port, 300, 1_000_000)
  expect(cutAfterMs).not.toBeNull()
  expect(bystandersMs.length).toBeGreaterThan(0)
  expect(broker.memory().mostMb).toBeLessThan(MOST_MB)
  expect(broker.ended()).toBe(false)
})

test('2,000 clients that come and go leave nothing behind', async () => {
  broker = await startBroker('ours', 'standard')
  await cycles(broker.port, 2_000)
  const { port } = broker
  await expect.poll(async () => (await health(port)).counters.closed).toBe(2_000)
  const { sockets, counters } = await health(port)
  expect([sockets, counters.opened]).toEqual([0, 2_000])
  expect(broker.memory().mostMb).toBeLessThan(MOST_MB)
})
