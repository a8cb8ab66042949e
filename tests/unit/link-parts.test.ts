/** The link manager's small decisions, each on its own. */
import { describe, expect, test } from 'vitest'
import { SottoError } from '#contracts/errors.ts'
import {
  type BrokerId,
  type DeviceKey,
  idOf,
  type InviteKey,
  type RendezvousKey,
  type SessionId,
  type SignallingKey,
  type UserId,
} from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { encode } from '#contracts/wire/codec.ts'
import { frameCodec } from '#contracts/wire/frame.ts'
import { handshakeCodec } from '#contracts/wire/handshake.ts'
import type { SignalBody, SignalTbs } from '#contracts/wire/signal.ts'
import { Alarms } from '../../remotes/p2p/core/link/alarms.ts'
import { chanceOf, retryDelayMs } from '../../remotes/p2p/core/link/backoff.ts'
import { type ConsentFacts, judge, refusalOf } from '../../remotes/p2p/core/link/consent.ts'
import { EarlySignals } from '../../remotes/p2p/core/link/early.ts'
import { crossing } from '../../remotes/p2p/core/link/glare.ts'
import { beginHandshake, type HandshakeFacts, type HandshakePort, takeHandshake } from '../../remotes/p2p/core/link/handshake.ts'
import { answerBeat, pingFrame, tick } from '../../remotes/p2p/core/link/heartbeat.ts'
import { createQueue } from '../../remotes/p2p/core/link/queue.ts'
import { Rate } from '../../remotes/p2p/core/link/rate.ts'
import { ReplayMemory } from '../../remotes/p2p/core/link/replay.ts'
import { deviceTarget, inviterTarget, show } from '../../remotes/p2p/core/link/target.ts'
import { FakeClock } from '../support/fake-clock.ts'

const bytesOf = (n: number, length: number): Uint8Array<ArrayBuffer> => {
  const out = new Uint8Array(length)
  new DataView(out.buffer).setUint32(length - 4, n)
  return out
}
const device = (n: number): DeviceKey => idOf<DeviceKey>(bytesOf(n, 32))
const invite = (n: number): InviteKey => idOf<InviteKey>(bytesOf(n, 32))
const session = (n: number): SessionId => idOf<SessionId>(bytesOf(n, 16))
const nonce = (n: number): Uint8Array => bytesOf(n, 16)

describe('back-off', () => {
  test('the first retry is nearly at once, later ones double up to the bound, jitter takes half at most', () => {
    expect([0, 0.999].map((chance) => retryDelayMs(0, chance))).toEqual([0, 249])
    expect([1, 2, 3].map((failures) => retryDelayMs(failures, 0))).toEqual([250, 500, 1000])
    for (const failures of [1, 5, 8, 50, 5000]) {
      const fullMs = Math.min(LIMITS.backoffMaxMs, LIMITS.backoffMinMs * 2 ** (failures - 1))
      expect(retryDelayMs(failures, 0)).toBe(fullMs / 2)
      expect(retryDelayMs(failures, 0.9999)).toBeLessThanOrEqual(fullMs)
    }
  })

  test('chance is in [0, 1)', () => {
    expect(chanceOf(Uint8Array.of(0, 0, 0, 0))).toBe(0)
    expect(chanceOf(Uint8Array.of(255, 255, 255, 255))).toBeLessThan(1)
  })
})

describe('rate', () => {
  test('a burst passes, then only what time adds; another name has its own bucket', () => {
    const rate = new Rate({ burst: 3, perSecond: 2 })
    expect([1, 2, 3, 4].map(() => rate.take('a', 1000))).toEqual([true, true, true, false])
    expect(rate.take('b', 1000)).toBe(true)
    expect(rate.take('a', 1400)).toBe(false)
    expect(rate.take('a', 1600)).toBe(true)
  })

  test('a clock that jumps back gives nothing, and takes nothing away', () => {
    const rate = new Rate({ burst: 1, perSecond: 1 })
    expect(rate.take('a', 10_000)).toBe(true)
    expect(rate.take('a', 5000)).toBe(false)
    expect(rate.take('a', 6100)).toBe(true)
  })

  test('it remembers a bounded number of names', () => {
    const rate = new Rate({ burst: 1, perSecond: 1 }, 8)
    for (let i = 0; i < 1000; i++) rate.take(`n${i}`, 0)
    expect(rate.size).toBe(8)
  })
})

describe('replay', () => {
  const limits = { windowMs: 1000, perOwner: 8, total: 20 }

  test('a blob is taken once, inside the window only, for each owner', () => {
    const memory = new ReplayMemory(limits)
    expect(memory.take('a', nonce(1), 5000, 5000)).toBe(true)
    expect(memory.take('a', nonce(1), 5000, 5000)).toBe(false)
    expect(memory.take('a', nonce(1), 5001, 5000)).toBe(false)
    expect(memory.take('b', nonce(1), 5000, 5000)).toBe(true)
    expect(memory.take('a', nonce(2), 3999, 5000)).toBe(false)
    expect(memory.take('a', nonce(3), 6001, 5000)).toBe(false)
    expect(memory.take('a', nonce(4), 4000, 5000)).toBe(true)
    expect(memory.take('a', nonce(5), 6000, 5000)).toBe(true)
  })

  test('when memory is full, what was forgotten is refused and never taken twice', () => {
    const memory = new ReplayMemory(limits)
    const taken = new Map<number, number>()
    for (let i = 0; i < 500; i++) {
      const sentAtMs = 5000 + ((i * 37) % 900)
      if (!memory.take('a', nonce(i), sentAtMs, 5000)) continue
      taken.set(i, sentAtMs)
      for (const [seen, atMs] of taken) expect(memory.take('a', nonce(seen), atMs, 5000)).toBe(false)
    }
    expect(taken.size).toBeGreaterThan(8)
    expect(memory.size).toBeLessThanOrEqual(limits.perOwner)
  })

  test('all owners together stay within the bound, and one cannot push out the nonces of another', () => {
    const memory = new ReplayMemory(limits)
    expect(memory.take('honest', nonce(0), 5000, 5000)).toBe(true)
    for (let i = 1; i < 300; i++) memory.take(`owner${i % 5}`, nonce(i), 5000 + i, 5000)
    expect(memory.size).toBeLessThanOrEqual(limits.total)
    expect(memory.take('honest', nonce(0), 5000, 5000)).toBe(false)
    expect(memory.take('honest', nonce(1000), 5000, 5000)).toBe(true)
  })
})

describe('heartbeat', () => {
  test('pings after 5 and 10 ticks of silence, dead after 15', () => {
    const beats: string[] = []
    for (let silence = 0; silence < 15; ) {
      const next = tick(silence)
      silence = next.silence
      if (next.beat !== 'quiet') beats.push(`${silence} ${next.beat}`)
    }
    expect(beats).toEqual(['5 ping', '10 ping', '15 dead'])
  })

  test('a ping is answered with its nonce, a pong is heard, other frames are not its business', () => {
    expect(answerBeat(pingFrame(7))).toEqual(encode(frameCodec, { kind: 'pong', nonce: 7 }))
    expect(answerBeat(encode(frameCodec, { kind: 'pong', nonce: 7 }))).toBe('heard')
    expect(answerBeat(Uint8Array.of(20, 1, 2))).toBe(null)
    expect(answerBeat(new Uint8Array(0))).toBe(null)
  })

  test.each([[[1]], [[1, 0, 0, 0, 0, 0]], [[2, 0, 0]]])('a beat that is not canonical is an error: %j', (bytes) => {
    expect(() => answerBeat(Uint8Array.from(bytes))).toThrow(SottoError)
  })
})

describe('the order of the handshake', () => {
  const hello = encode(handshakeCodec, { kind: 'hello', v: 1, ephemeral: new Uint8Array(32), nonce: new Uint8Array(32) })
  const proof = encode(handshakeCodec, { kind: 'proof', sealed: new Uint8Array(8) })
  const facts: HandshakeFacts = {
    session: session(1),
    role: 'offerer',
    fingerprints: { offerer: new Uint8Array(32), answerer: new Uint8Array(32) },
    expected: { kind: 'device', device: device(2) },
    invite: null,
  }
  const asked: string[] = []
  const port: HandshakePort = {
    handshakeHello: async () => hello,
    handshakeProof: async () => {
      asked.push('proof')
      return proof
    },
    handshakeVerify: async () => {
      asked.push('verify')
      return { device: device(2), user: idOf<UserId>(bytesOf(2, 32)), chain: [], wireVersion: 1 }
    },
  }

  test('hello, then proof, each once; anything else does not even reach the Worker', async () => {
    const begun = await beginHandshake(port, facts)
    await expect(takeHandshake(port, begun.state, proof, 0)).rejects.toThrow('unexpected')
    await expect(takeHandshake(port, begun.state, new Uint8Array(13 * 1024), 0)).rejects.toThrow('too-large')
    await expect(takeHandshake(port, begun.state, Uint8Array.of(20), 0)).rejects.toThrow('malformed')
    expect(asked).toEqual([])
    const said = await takeHandshake(port, begun.state, hello, 0)
    if (said.kind !== 'send') throw new Error('no proof')
    await expect(takeHandshake(port, said.state, hello, 0)).rejects.toThrow('unexpected')
    expect(asked).toEqual(['proof'])
    expect(await takeHandshake(port, said.state, proof, 0)).toMatchObject({ kind: 'proven' })
  })
})

describe('glare', () => {
  const low = device(1)
  const high = device(2)
  const fresh = { initiator: true, answered: false }

  test('both ends name the same winner without talking', () => {
    expect(crossing(low, high, fresh)).toBe('hold')
    expect(crossing(high, low, fresh)).toBe('take')
  })

  test('a call from somebody who knew of ours means that theirs has forgotten it', () => {
    expect(crossing(low, high, { initiator: true, answered: true })).toBe('take')
  })

  test('a second call of the same caller takes the place of the first', () => {
    expect(crossing(low, high, { initiator: false, answered: true })).toBe('take')
  })
})

describe('consent', () => {
  const me = device(1)
  const friend = device(2)
  const stranger = device(3)
  const open = invite(10)
  const other = invite(11)
  const facts: ConsentFacts = {
    me,
    isPeer: (one) => one === friend || one === me,
    isOwnInvite: (key) => key === open,
  }
  const tbs = (sender: DeviceKey, target: SignalTbs['target']): SignalTbs => ({
    v: 1,
    target,
    sender,
    nonce: nonce(1),
    sentAtMs: 1000,
    replyTo: '',
    body: new Uint8Array(),
  })
  const toMe = { kind: 'device', device: me } as const
  const toInvite = (key: InviteKey) => ({ kind: 'invite', invite: key }) as const
  const at = (key: InviteKey) => ({ kind: 'own-invite', invite: key }) as const

  test('a peer is heard, a stranger is not', () => {
    expect(judge(tbs(friend, toMe), { kind: 'device' }, facts)).toEqual({ kind: 'hear', owner: friend })
    expect(judge(tbs(stranger, toMe), { kind: 'device' }, facts)).toEqual({ kind: 'ignore' })
  })

  test('our own words are not', () => {
    expect(judge(tbs(me, toMe), { kind: 'device' }, facts)).toEqual({ kind: 'ignore' })
  })

  test('a blob for another target is not, whatever it was opened with', () => {
    expect(judge(tbs(friend, { kind: 'device', device: friend }), { kind: 'device' }, facts)).toEqual({ kind: 'ignore' })
    expect(judge(tbs(friend, toInvite(open)), { kind: 'device' }, facts)).toEqual({ kind: 'ignore' })
    expect(judge(tbs(stranger, toInvite(other)), at(open), facts)).toEqual({ kind: 'ignore' })
    expect(judge(tbs(stranger, toMe), at(open), facts)).toEqual({ kind: 'ignore' })
  })

  test('whoever holds an own invite is heard, whoever names an unknown one is not', () => {
    expect(judge(tbs(stranger, toInvite(open)), at(open), facts)).toEqual({ kind: 'hear', owner: open })
    expect(judge(tbs(stranger, toInvite(other)), at(other), facts)).toEqual({ kind: 'ignore' })
  })

  test('a spent or expired invite is refused in words', () => {
    expect(refusalOf({ expiresMs: 2000, refuse: null }, 1000)).toBe(null)
    expect(refusalOf({ expiresMs: 2000, refuse: 'invite-used' }, 1000)).toBe('invite-used')
    expect(refusalOf({ expiresMs: 2000, refuse: null }, 2000)).toBe('invite-expired')
  })
})

describe('early signals', () => {
  const candidate = (n: number): SignalBody => ({ kind: 'candidate', session: session(n), candidate: '', mid: '', mLineIndex: 0 })

  test('are kept for their session and sender, and handed over once', () => {
    const early = new EarlySignals()
    early.hold(session(1), device(1), candidate(1))
    early.hold(session(1), device(2), candidate(1))
    expect(early.take(session(1), device(1))).toHaveLength(1)
    expect(early.take(session(1), device(1))).toHaveLength(0)
    early.hold(session(2), device(1), candidate(2))
    expect(early.take(session(2), device(2))).toHaveLength(0)
  })

  test('of a session that is over are dropped', () => {
    const early = new EarlySignals()
    early.hold(session(1), device(1), candidate(1))
    early.end(session(1))
    early.hold(session(1), device(1), candidate(1))
    expect(early.isGone(session(1))).toBe(true)
    expect(early.take(session(1), device(1))).toHaveLength(0)
  })

  test('are bounded by session and by number of sessions', () => {
    const early = new EarlySignals()
    for (let i = 0; i < 1000; i++) early.hold(session(0), device(1), candidate(0))
    expect(early.take(session(0), device(1))).toHaveLength(32)
    for (let i = 0; i < 1000; i++) early.hold(session(i), device(1), candidate(i))
    const left = Array.from({ length: 1000 }, (_, i) => early.take(session(i), device(1)).length)
    expect(left.reduce((a, b) => a + b)).toBe(16)
  })
})

describe('what is shown', () => {
  const record = {
    tbs: {
      v: 1,
      device: device(1),
      rendezvous: idOf<RendezvousKey>(bytesOf(1, 32)),
      signalling: idOf<SignallingKey>(bytesOf(1, 32)),
      capabilities: [],
      wireMin: 1,
      wireMax: 1,
      serial: 1,
    },
    signature: new Uint8Array(64),
  } as const
  const newDevice = () => deviceTarget({ device: device(1), record }, 'id' as BrokerId)

  test('a state is told once', () => {
    const target = newDevice()
    expect(show(target, 'finding')).toMatchObject({ state: 'finding', problem: null })
    expect(show(target, 'finding')).toBe(null)
    expect(show(target, 'connecting')).toMatchObject({ state: 'connecting' })
  })

  test('calls in the background to a device that is away are not shown; to an inviter they are', () => {
    const target = newDevice()
    show(target, 'offline')
    target.failures = 3
    expect(show(target, 'finding')).toBe(null)
    const inviter = inviterTarget({ key: invite(1), secret: new Uint8Array(16), expiresMs: 0 }, 'id' as BrokerId)
    inviter.failures = 3
    expect(show(inviter, 'finding')).toMatchObject({ state: 'finding' })
  })

  test('a problem stays until a link is proven', () => {
    const target = newDevice()
    show(target, 'proving')
    expect(show(target, 'offline', 'wrong-transcript')).toMatchObject({ state: 'offline', problem: 'wrong-transcript' })
    expect(show(target, 'finding')).toBe(null)
    expect(show(target, 'proving')).toBe(null)
    expect(show(target, 'connected')).toMatchObject({ state: 'connected', problem: null })
  })
})

describe('queue and alarms', () => {
  test('one handler ends before the next begins, also when one fails', async () => {
    const log: string[] = []
    const queue = createQueue(() => log.push('failed'))
    const done = new Promise<void>((resolve) => {
      queue.push(async () => {
        log.push('a')
        await new Promise((next) => setImmediate(next))
        log.push('a end')
      })
      queue.push(() => {
        throw new Error('b')
      })
      queue.push(() => {
        log.push('c')
        resolve()
      })
    })
    expect(log).toEqual([])
    await done
    expect(log).toEqual(['a', 'a end', 'failed', 'c'])
  })

  test('an alarm that is cleared or set anew while its firing waits in the queue does not ring', async () => {
    const clock = new FakeClock()
    const log: string[] = []
    const queue = createQueue(() => log.push('failed'))
    const alarms = new Alarms(clock.timers(), queue)
    alarms.set('cleared', 10, () => void log.push('cleared'))
    alarms.set('anew', 10, () => void log.push('old'))
    alarms.set('kept', 10, () => void log.push('kept'))
    let release: () => void = () => undefined
    queue.push(() => new Promise<void>((resolve) => (release = resolve)))
    await clock.run(20)
    alarms.clear('cleared')
    alarms.set('anew', 5, () => void log.push('new'))
    release()
    await clock.run(100)
    expect(log).toEqual(['kept', 'new'])
  })
})
