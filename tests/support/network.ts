/**
 * A simulated network for engines under test: virtual time, a broker, connections. Everything here is fake;
 * the ports are the ones that the browser's adapters implement.
 */
import { FakeBrokerServer } from './fake-broker.ts'
import { FakeClock } from './fake-clock.ts'
import { FakeRtcNetwork } from './fake-rtc.ts'

export class FakeNetwork {
  readonly clock: FakeClock
  readonly broker: FakeBrokerServer
  readonly rtc: FakeRtcNetwork

  constructor(seed: string | number = 1, startMs?: number) {
    this.clock = new FakeClock(seed, startMs)
    this.broker = new FakeBrokerServer(this.clock)
    this.rtc = new FakeRtcNetwork(this.clock)
  }
}
