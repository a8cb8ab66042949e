/** Two people, real keys, a simulated network: links form, break and come back. */
import { describe, expect, test } from 'vitest'
import { LIMITS } from '#contracts/limits.ts'
import { areLinked, couple, type LinkedPerson, people } from '../support/linked-people.ts'
import { FakeNetwork } from '../support/network.ts'

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]
const HOUR_MS = 3_600_000

const meet = (a: LinkedPerson, b: LinkedPerson): void => {
  a.links.setPeers([b.asPeer()])
  b.links.setPeers([a.asPeer()])
}

async function linkedCouple(seed: number): Promise<{ network: FakeNetwork; low: LinkedPerson; high: LinkedPerson }> {
  const network = new FakeNetwork(seed)
  const [low, high] = await couple(network)
  meet(low, high)
  expect(await network.clock.until(() => areLinked(low, high), 5000)).toBe(true)
  return { network, low, high }
}

const sessionOf = (a: LinkedPerson, b: LinkedPerson) => {
  const session = a.sessionWith(b)
  if (session === null) throw new Error('not linked')
  return session
}

const say = (a: LinkedPerson, b: LinkedPerson, byte: number): boolean => a.links.send(sessionOf(a, b), 'control', Uint8Array.of(20, byte))
const closedCount = (person: LinkedPerson): number => person.events.filter((event) => event.kind === 'closed').length

describe('forming', () => {
  test.each(SEEDS)('two peers find and prove each other, and talk both ways (seed %i)', async (seed) => {
    const { network, low, high } = await linkedCouple(seed)
    expect(say(low, high, 1)).toBe(true)
    expect(say(high, low, 2)).toBe(true)
    await network.clock.run(100)
    expect(high.messages()).toEqual(['1401'])
    expect(low.messages()).toEqual(['1402'])
    for (const person of [low, high]) {
      expect(
        person
          .states()
          .map(({ state }) => state)
          .at(-1),
      ).toBe('connected')
      expect(person.events.find((event) => event.kind === 'broker')).toEqual({ kind: 'broker', state: 'connecting' })
    }
    const proven = low.proven()[0]
    expect(proven).toMatchObject({ as: { kind: 'device' }, peer: { device: high.identity.device, user: high.identity.user } })
  })

  test.each(SEEDS)('when both call at the same moment, one link remains, and neither waits (seed %i)', async (seed) => {
    const network = new FakeNetwork(seed)
    network.broker.latencyMs = { min: 20, max: 20 + 40 * seed }
    const [low, high] = await couple(network)
    await network.clock.until(() => network.broker.isRegistered(low.brokerId) && network.broker.isRegistered(high.brokerId), 1000)
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 3000)).toBe(true)
    await network.clock.run(10_000)
    for (const person of [low, high]) {
      expect(person.proven()).toHaveLength(1)
      expect(closedCount(person)).toBe(0)
      expect(person.rtc.page.opened).toBeLessThanOrEqual(2)
      expect(person.rtc.page.connections.size).toBe(1)
    }
  })

  test('the winner of two crossing calls whose own was lost takes the other after a second', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    network.broker.relay = (message) => (message.from === low.brokerId && network.clock.elapsedMs < 900 ? [] : [message])
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 2000)).toBe(true)
    expect(high.rtc.page.opened).toBe(1)
  })

  test.each(['offer', 'answer'] as const)('an %s that is lost costs no more than 8 s', async (kind) => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    let lost = 0
    network.broker.relay = (message) => {
      // only one calls; what comes of its first call is lost
      if (message.kind === 'offer' && message.from === high.brokerId) return []
      if (message.kind !== kind || lost > 0) return [message]
      lost += 1
      return []
    }
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 9000)).toBe(true)
    expect(lost).toBe(1)
  })

  test('candidates that overtake their offer are kept for it', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    network.broker.ordered = false
    network.broker.relay = (message) => {
      // only one calls, and only the candidates of its call arrive
      if (message.from === high.brokerId) return message.kind === 'answer' ? [message] : []
      if (message.kind !== 'offer') return [message]
      network.clock.after(300, () => network.broker.deliver(message))
      return []
    }
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 3000)).toBe(true)
  })

  test('a peer who is away is called again and again, further apart, and linked soon after it comes', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    high.crash()
    low.links.setPeers([high.asPeer()])
    await network.clock.run(600_000)
    expect(low.proven()).toHaveLength(0)
    expect(low.states().map(({ state }) => state)).toEqual(['finding', 'offline'])
    expect(low.rtc.page.opened).toBeGreaterThan(8)
    expect(low.rtc.page.opened).toBeLessThan(25)
    high.reload()
    high.links.setPeers([low.asPeer()])
    expect(await network.clock.until(() => areLinked(low, high), 1000)).toBe(true)
  })

  test('clocks an hour apart do not matter', async () => {
    const network = new FakeNetwork()
    const [a, b] = await people(network, ['a', 'b'], [0, HOUR_MS])
    if (a === undefined || b === undefined) throw new Error('two people')
    meet(a, b)
    expect(await network.clock.until(() => areLinked(a, b), 3000)).toBe(true)
  })

  test('three people: each pair has one link', async () => {
    const network = new FakeNetwork(3)
    const all = await people(network, ['a', 'b', 'c'])
    for (const person of all) person.links.setPeers(all.filter((one) => one !== person).map((one) => one.asPeer()))
    const pairs = all.flatMap((one, i) => all.slice(i + 1).map((other) => [one, other] as const))
    expect(await network.clock.until(() => pairs.every(([one, other]) => areLinked(one, other)), 5000)).toBe(true)
  })
})

describe('coming back', () => {
  test.each(SEEDS)('one side reloads: linked again within 5 s, the old session closed (seed %i)', async (seed) => {
    const { network, low, high } = await linkedCouple(seed)
    await network.clock.run(20_000)
    const [stays, reloads] = seed % 2 === 0 ? [low, high] : [high, low]
    const before = sessionOf(stays, reloads)
    reloads.reload()
    reloads.links.setPeers([stays.asPeer()])
    expect(await network.clock.until(() => areLinked(stays, reloads), 5000)).toBe(true)
    expect(sessionOf(stays, reloads)).not.toBe(before)
    expect(stays.proven()).toHaveLength(1)
    // the old one is closed before the new one is told: whoever keeps one session a device ends with the new
    const kinds = stays.events.flatMap((event) => (event.kind === 'closed' || event.kind === 'proven' ? [event.kind] : []))
    expect(kinds).toEqual(['proven', 'closed', 'proven'])
  })

  test.each(SEEDS)('both reload at once: linked again within 5 s (seed %i)', async (seed) => {
    const { network, low, high } = await linkedCouple(seed)
    low.reload()
    high.reload()
    meet(low, high)
    expect(await network.clock.until(() => areLinked(low, high), 5000)).toBe(true)
    await network.clock.run(30_000)
    expect(low.proven()).toHaveLength(1)
    expect(high.proven()).toHaveLength(1)
  })

  test.each(SEEDS)('one reloads in the middle of a call (seed %i)', async (seed) => {
    const network = new FakeNetwork(seed)
    const [low, high] = await couple(network)
    meet(low, high)
    await network.clock.run(5 + 5 * seed)
    const [stays, reloads] = seed % 2 === 0 ? [low, high] : [high, low]
    reloads.reload()
    reloads.links.setPeers([stays.asPeer()])
    expect(await network.clock.until(() => areLinked(stays, reloads), 5000)).toBe(true)
  })

  test('a dead peer is noticed after 15 s of silence, and linked again when it is back', async () => {
    const { network, low, high } = await linkedCouple(1)
    await network.clock.run(3000)
    const diedMs = network.clock.elapsedMs
    network.rtc.cut(low.name, high.name)
    expect(await network.clock.until(() => closedCount(low) === 1, 30_000)).toBe(true)
    const silentMs = network.clock.elapsedMs - diedMs
    expect(silentMs).toBeGreaterThan(LIMITS.deadMs - LIMITS.heartbeatMs - 1000)
    expect(silentMs).toBeLessThanOrEqual(LIMITS.deadMs + 1000)
    expect(low.states().at(-1)).toMatchObject({ state: 'finding', problem: null })
    network.rtc.heal(low.name, high.name)
    expect(await network.clock.until(() => areLinked(low, high), 25_000)).toBe(true)
  })

  test('while our own data leaves no room for a ping, silence proves nothing; a broken way still does', async () => {
    const { network, low, high } = await linkedCouple(1)
    await network.clock.run(1000)
    const { send } = low.rtc
    low.rtc.send = (session, channel, bytes) => (bytes[0] === 1 || bytes[0] === 2 ? false : send(session, channel, bytes))
    // the other end hears us all the time, so it has no reason to speak
    const talk = (): void => {
      const session = low.sessionWith(high)
      if (session !== null) low.links.send(session, 'control', Uint8Array.of(20))
      network.clock.after(2000, talk)
    }
    talk()
    await network.clock.run(120_000)
    expect(closedCount(low) + closedCount(high)).toBe(0)
    network.rtc.cut(low.name, high.name)
    expect(await network.clock.until(() => closedCount(low) === 1, 28_000)).toBe(true)
  })

  test('a second link that forms does not put off the end of a dead one', async () => {
    const network = new FakeNetwork(5)
    const [a, b, c] = await people(network, ['a', 'b', 'c'])
    if (a === undefined || b === undefined || c === undefined) throw new Error('three people')
    meet(a, b)
    await network.clock.until(() => areLinked(a, b), 5000)
    network.rtc.cut('a', 'b')
    a.links.setPeers([b.asPeer(), c.asPeer()])
    c.links.setPeers([a.asPeer()])
    // comes and goes more often than the heart beats
    const flap = (): void => {
      const session = a.sessionWith(c)
      if (session !== null) c.links.close(session)
      network.clock.after(400, flap)
    }
    flap()
    expect(await network.clock.until(() => a.sessionWith(b) === null, 20_000)).toBe(true)
  })

  test('an idle link lives: heartbeats are answered', async () => {
    const { network, low, high } = await linkedCouple(1)
    await network.clock.run(300_000)
    expect(areLinked(low, high)).toBe(true)
    expect(low.messages()).toEqual([])
    expect(closedCount(low) + closedCount(high)).toBe(0)
    expect(low.links.lastHeardMs(high.identity.device)).toBeGreaterThan(network.clock.env('now').nowMs() - 2 * LIMITS.heartbeatMs)
  })

  test('a network change is mended by an ICE restart: the same session, nothing lost', async () => {
    const { network, low, high } = await linkedCouple(2)
    const session = sessionOf(low, high)
    network.rtc.move(low.name)
    say(low, high, 1)
    // ICE says 'disconnected' after 5 s, the restart follows 2 s later
    expect(await network.clock.until(() => high.messages().length === 1, 8000)).toBe(true)
    expect(sessionOf(high, low)).toBe(session)
    expect(low.rtc.page.opened + high.rtc.page.opened).toBeLessThanOrEqual(4)
  })

  test('told that the network is back, it restarts ICE after 2 s of silence and not after 7', async () => {
    const { network, low, high } = await linkedCouple(2)
    const session = sessionOf(low, high)
    network.rtc.move(low.name)
    low.links.wake()
    say(high, low, 1)
    expect(await network.clock.until(() => low.messages().length === 1, 2500)).toBe(true)
    expect(sessionOf(high, low)).toBe(session)
  })

  test('woken on a live link, nothing is restarted', async () => {
    const { network, low } = await linkedCouple(2)
    await network.clock.run(1000)
    const sent = network.broker.recorded.length
    low.links.wake()
    await network.clock.run(10_000)
    expect(network.broker.recorded).toHaveLength(sent)
  })

  test('woken, it calls those who are away at once', async () => {
    const network = new FakeNetwork()
    const [low, high] = await couple(network)
    high.crash()
    low.links.setPeers([high.asPeer()])
    await network.clock.run(300_000)
    await network.clock.until(() => low.rtc.page.connections.size === 0, 30_000)
    const opened = low.rtc.page.opened
    low.links.wake()
    await network.clock.run(10)
    expect(low.rtc.page.opened).toBe(opened + 1)
  })
})

describe('the broker', () => {
  test('its end touches no link; who comes back after its restart is linked again', async () => {
    const { network, low, high } = await linkedCouple(4)
    network.broker.down()
    await network.clock.run(120_000)
    say(low, high, 1)
    await network.clock.run(100)
    expect(high.messages()).toEqual(['1401'])
    expect(low.events.filter((event) => event.kind === 'broker').map(({ state }) => state)).toEqual(['connecting', 'up', 'down'])
    high.reload()
    high.links.setPeers([low.asPeer()])
    await network.clock.run(60_000)
    expect(low.proven()).toHaveLength(0)
    expect(low.states().at(-1)).toMatchObject({ state: 'offline' })
    network.broker.up()
    expect(await network.clock.until(() => areLinked(low, high), 5000)).toBe(true)
  })

  test('a network change while it is away is mended as soon as it is back', async () => {
    const { network, low, high } = await linkedCouple(5)
    const session = sessionOf(low, high)
    network.broker.down()
    network.rtc.move(high.name)
    say(low, high, 1)
    await network.clock.run(9000)
    expect(high.messages()).toEqual([])
    network.broker.up()
    expect(await network.clock.until(() => high.messages().length === 1, 2000)).toBe(true)
    expect(sessionOf(high, low)).toBe(session)
  })

  test('each id keeps its token over a reload, and two ids have two', async () => {
    const network = new FakeNetwork()
    const [low] = await couple(network)
    await network.clock.run(100)
    expect(network.broker.isRegistered(low.brokerId)).toBe(true)
    low.reload()
    await network.clock.run(100)
    // the fake broker refuses another token for an id that is held
    expect(network.broker.isRegistered(low.brokerId)).toBe(true)
    expect(low.events.filter((event) => event.kind === 'broker').map(({ state }) => state)).toEqual(['connecting', 'up'])
  })
})

describe('commands', () => {
  test('who is no peer any more is cut off, and not answered again', async () => {
    const { network, low, high } = await linkedCouple(6)
    low.links.setPeers([])
    await network.clock.run(60_000)
    expect(low.proven()).toHaveLength(0)
    expect(high.proven()).toHaveLength(0)
    const opened = low.rtc.page.opened
    const answers = network.broker.recorded.filter(({ from }) => from === low.brokerId).length
    high.links.wake()
    await network.clock.run(60_000)
    expect(low.rtc.page.opened).toBe(opened)
    expect(network.broker.recorded.filter(({ from }) => from === low.brokerId)).toHaveLength(answers)
  })

  test('a session that the engine closes is closed at both ends and made anew', async () => {
    const { network, low, high } = await linkedCouple(7)
    const session = sessionOf(low, high)
    low.links.close(session)
    await network.clock.run(100)
    expect(low.events.filter((event) => event.kind === 'closed')).toEqual([{ kind: 'closed', session }])
    expect(await network.clock.until(() => areLinked(low, high), 3000)).toBe(true)
    expect(sessionOf(low, high)).not.toBe(session)
  })

  test('bulk and live wait until the other end has proven us too', async () => {
    const network = new FakeNetwork(8)
    const [low, high] = await couple(network)
    meet(low, high)
    let first: boolean | null = null
    await network.clock.until(() => {
      const session = low.sessionWith(high)
      if (session !== null && first === null) first = low.links.send(session, 'bulk', Uint8Array.of(9))
      return areLinked(low, high)
    }, 3000)
    const held = first === false
    await network.clock.run(100)
    if (held) expect(low.events).toContainEqual({ kind: 'drained', session: sessionOf(low, high), channel: 'bulk' })
    expect(held).toBe(true)
    expect(low.links.send(sessionOf(low, high), 'bulk', Uint8Array.of(9))).toBe(true)
    await network.clock.run(100)
    expect(high.messages()).toEqual(['09'])
  })

  test('above the high-water mark a message is not taken, and drained tells when to go on', async () => {
    const { network, low, high } = await linkedCouple(9)
    const session = sessionOf(low, high)
    const chunk = new Uint8Array(64 * 1024).fill(20)
    let taken = 0
    while (low.links.send(session, 'control', chunk)) taken += 1
    await network.clock.run(1000)
    expect(low.events).toContainEqual({ kind: 'drained', session, channel: 'control' })
    expect(high.messages()).toHaveLength(taken)
  })

  test('facts of a proven link, and none of others', async () => {
    const { low, high } = await linkedCouple(1)
    expect(await low.links.stats(sessionOf(low, high))).toMatchObject({ path: 'direct' })
    low.links.stop()
    expect(await low.links.stats(sessionOf(low, high))).toBe(null)
  })

  test('after stop nothing is called, answered or told', async () => {
    const { network, low, high } = await linkedCouple(2)
    low.links.stop()
    const told = low.events.length
    high.links.wake()
    low.links.wake()
    low.links.setPeers([])
    low.links.setPeers([high.asPeer()])
    await network.clock.run(60_000)
    expect(low.events).toHaveLength(told)
    expect(low.rtc.page.connections.size).toBe(0)
    expect(high.proven()).toHaveLength(0)
  })
})
