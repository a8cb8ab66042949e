/** The simulator's broker must do what the real ones do, or what it proves is worth nothing. */
import type { BrokerEvent } from '#contracts/p2p.ts'
import { codeOf } from '#contracts/errors.ts'
import { FakeBrokerServer } from '../support/fake-broker.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { brokerSuite } from './broker-suite.ts'
import { bytesOf, Recorder, type Seen } from './network/recorder.ts'

const WITHIN_MS = 30_000

brokerSuite('the simulator', async () => {
  const clock = new FakeClock()
  const server = new FakeBrokerServer(clock)
  return {
    client: async () => {
      const recorder = new Recorder()
      const client = server.connect((event: BrokerEvent) => recorder.push(event))
      return {
        listen: async (id, token) => client.listen(id, token, () => Promise.reject(new Error('asks for no proof'))),
        unlisten: async (id) => client.unlisten(id),
        send: async (from, to, kind, blob) => {
          try {
            return client.send(from, to, kind, bytesOf(blob))
          } catch (thrown) {
            if (codeOf(thrown) === 'too-large') return 'too-large'
            throw thrown
          }
        },
        close: async () => client.close(),
        next: async (match) => {
          let found: Seen | null = null
          await clock.until(() => {
            found = recorder.take(match)
            return found !== null
          }, WITHIN_MS)
          return found ?? recorder.next(match, 0)
        },
        count: async (match) => recorder.count(match),
      }
    },
    down: async () => server.down(),
    up: async () => server.up(),
    end: async () => undefined,
  }
})
