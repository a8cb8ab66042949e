/** The simulator's connections must do what the real ones do, or what it proves is worth nothing. */
import type { SessionId } from '#contracts/ids.ts'
import { codeOf } from '#contracts/errors.ts'
import type { Channel, RtcEvent } from '#contracts/p2p.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type FakeRtc, FakeRtcNetwork } from '../support/fake-rtc.ts'
import { bytesOf, type Pattern, Recorder, type Seen } from './network/recorder.ts'
import { type Hook, type RtcEnd, rtcSuite } from './rtc-suite.ts'

const WITHIN_MS = 30_000
const SETTLE_MS = 100

rtcSuite('the simulator', async () => {
  const clock = new FakeClock()
  const wires = new FakeRtcNetwork(clock)
  const hooks = new Map<SessionId, Hook>()
  const rtcs = new Map<'a' | 'b', FakeRtc>()

  const endOf = (name: 'a' | 'b'): RtcEnd => {
    const recorder = new Recorder()
    const other = name === 'a' ? 'b' : 'a'
    let pour = (): boolean => false
    const rtc = wires.connect(name, (event: RtcEvent) => {
      recorder.push(event)
      if (event.kind === 'drained') pour()
      if (event.kind !== 'signal') return
      for (const body of hooks.get(event.session)?.(name, event.body) ?? [event.body]) rtcs.get(other)?.signal(event.session, body)
    })
    rtcs.set(name, rtc)
    const send = (session: SessionId, channel: Channel, message: Pattern): boolean | 'too-large' => {
      try {
        return rtc.send(session, channel, bytesOf(message))
      } catch (thrown) {
        if (codeOf(thrown) === 'too-large') return 'too-large'
        throw thrown
      }
    }
    return {
      open: async (session, initiator) => rtc.open(session, initiator),
      signal: async (session, body) => rtc.signal(session, body),
      send: async (session, channel, message) => send(session, channel, message),
      flood: async (session, channel, length, count) => {
        let seed = 0
        pour = () => {
          while (seed < count) {
            if (send(session, channel, { length, seed }) !== true) return true
            seed += 1
          }
          return false
        }
        return pour()
      },
      restartIce: async (session) => rtc.restartIce(session),
      stats: (session) => rtc.stats(session),
      close: async (session) => rtc.close(session),
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
  }

  return {
    a: endOf('a'),
    b: endOf('b'),
    hook: (session, hook) => hooks.set(session, hook),
    settle: () => clock.run(SETTLE_MS),
    end: async () => undefined,
  }
})
