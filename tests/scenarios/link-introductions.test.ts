/** With one live link, the members of a room reach each other without a broker. */
import { describe, expect, test } from 'vitest'
import { LIMITS } from '#contracts/limits.ts'
import { areLinked, inRooms, type LinkedPerson, people } from '../support/linked-people.ts'
import { FakeNetwork } from '../support/network.ts'

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]

const know = (person: LinkedPerson, ...others: readonly LinkedPerson[]): void =>
  person.links.setPeers(others.filter((one) => one !== person).map((one) => one.asPeer()))

/** Members of one room in a row: each is linked with its neighbours. Then all come to know each other. */
async function row(
  seed: number,
  names: readonly string[],
  { broker }: { readonly broker: 'up' | 'down' },
): Promise<{ network: FakeNetwork; all: readonly LinkedPerson[] }> {
  const network = new FakeNetwork(seed)
  const all = await people(network, names)
  inRooms(all)
  const neighbours = all.slice(1).map((one, i) => [all[i] as LinkedPerson, one] as const)
  for (const [i, one] of all.entries()) know(one, ...all.slice(Math.max(0, i - 1), i + 2))
  expect(await network.clock.until(() => neighbours.every(([one, other]) => areLinked(one, other)), 5000)).toBe(true)
  if (broker === 'down') network.broker.down()
  await network.clock.run(100)
  return { network, all }
}

async function trio(seed: number, options: { readonly broker: 'up' | 'down' } = { broker: 'down' }) {
  const { network, all } = await row(seed, ['a', 'b', 'c'], options)
  const [a, b, c] = all
  if (a === undefined || b === undefined || c === undefined) throw new Error('three people')
  return { network, a, b, c }
}

/** The network between two who are linked changes: whether what one says then arrives soon, in the same session. */
async function mended(network: FakeNetwork, a: LinkedPerson, c: LinkedPerson): Promise<boolean> {
  await network.clock.run(1000)
  const session = a.sessionWith(c)
  const connection = session === null ? null : a.rtc.page.connections.get(session)?.connection
  if (session === null || connection == null) throw new Error('not linked')
  connection.moved = true
  a.links.send(session, 'control', Uint8Array.of(20, 1))
  a.links.wake()
  return (await network.clock.until(() => c.messages().length === 1, 2500)) && c.sessionWith(a) === session
}

describe('no broker', () => {
  test.each(SEEDS)('two members reach each other by a third, with full proof (seed %i)', async (seed) => {
    const { network, a, b, c } = await trio(seed)
    const sent = network.broker.recorded.length
    know(a, b, c)
    know(c, a, b)
    expect(await network.clock.until(() => areLinked(a, c), 3000)).toBe(true)
    expect(network.broker.recorded).toHaveLength(sent)
    const proven = a.proven().find(({ peer }) => peer.device === c.identity.device)
    expect(proven).toMatchObject({ as: { kind: 'device' }, peer: { user: c.identity.user } })
    expect(a.states(c.identity.device).map(({ state }) => state)).toEqual(['finding', 'connecting', 'proving', 'connected'])
    // the link stands by itself
    b.crash()
    const session = a.sessionWith(c)
    if (session === null) throw new Error('not linked')
    a.links.send(session, 'control', Uint8Array.of(20, 7))
    await network.clock.run(60_000)
    expect(c.messages()).toEqual(['1407'])
    expect(areLinked(a, c)).toBe(true)
  })

  test.each(SEEDS)('when both call at once, one link remains (seed %i)', async (seed) => {
    const { network, a, b, c } = await trio(seed)
    know(a, b, c)
    know(c, a, b)
    expect(await network.clock.until(() => areLinked(a, c), 3000)).toBe(true)
    await network.clock.run(30_000)
    for (const [one, other] of [
      [a, c],
      [c, a],
    ] as const) {
      expect(one.proven().filter(({ peer }) => peer.device === other.identity.device)).toHaveLength(1)
      expect(one.rtc.page.connections.size).toBe(2)
    }
  })

  test('who is called answers the way the call came, even if it knows no introducer itself', async () => {
    const { network, a, b, c } = await trio(1)
    c.rules = { introducers: () => [], mayIntroduce: () => false }
    know(c, a, b)
    know(a, b, c)
    expect(await network.clock.until(() => areLinked(a, c), 3000)).toBe(true)
  })

  test.each([1, 2, 3])(
    'eight in a row become a full mesh (seed %i)',
    async (seed) => {
      const { network, all } = await row(seed, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], { broker: 'down' })
      const sent = network.broker.recorded.length
      for (const one of all) know(one, ...all)
      const pairs = all.flatMap((one, i) => all.slice(i + 1).map((other) => [one, other] as const))
      expect(await network.clock.until(() => pairs.every(([one, other]) => areLinked(one, other)), 60_000)).toBe(true)
      expect(network.broker.recorded).toHaveLength(sent)
    },
    30_000,
  )

  test('a link that forms leads on at once, although calls have been failing for long', async () => {
    const { network, all } = await row(2, ['a', 'b', 'd', 'c'], { broker: 'down' })
    const [a, b, d, c] = all
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four people')
    c.rules = { introducers: () => [], mayIntroduce: () => false } // so that it is a who calls
    know(c, a, d)
    know(a, b, c) // b may introduce, but is not linked with c
    await network.clock.run(300_000)
    expect(areLinked(a, c)).toBe(false)
    know(a, b, c, d)
    know(d, a, b, c)
    expect(await network.clock.until(() => areLinked(a, d), 3000)).toBe(true)
    expect(await network.clock.until(() => areLinked(a, c), 1000)).toBe(true)
  })

  test('a broken way is mended through an introducer: the same session, nothing lost', async () => {
    const { network, a, b, c } = await trio(3)
    know(a, b, c)
    know(c, a, b)
    await network.clock.until(() => areLinked(a, c), 3000)
    expect(await mended(network, a, c)).toBe(true)
  })

  test('an answer that comes too late is refused the way it came: the other end waits for nothing', async () => {
    const { network, a, b, c } = await trio(6)
    c.rules = { introducers: () => [], mayIntroduce: () => false } // so that it is a who calls
    b.onRelay = () => undefined
    know(c, a, b)
    know(a, b, c)
    await network.clock.run(300_000) // from now on a calls about once a minute
    b.onRelay = (session, frame) =>
      void network.clock.after(frame.from === a.identity.device ? 0 : 8500, () => b.links.relayed(session, frame))
    expect(await network.clock.until(() => c.rtc.page.connections.size === 2, 70_000)).toBe(true)
    expect(await network.clock.until(() => c.rtc.page.connections.size === 1, 10_000)).toBe(true)
  })

  test('the person is told: out of reach without an introducer, sought and found with one', async () => {
    const { network, a, b, c } = await trio(1)
    const states = () => a.states(c.identity.device).map(({ state }) => state)
    a.rules = { introducers: () => [], mayIntroduce: () => false }
    know(a, b, c)
    await network.clock.run(60_000)
    expect(states()).toEqual(['offline'])
    inRooms([a, b, c])
    know(c, a, b)
    expect(await network.clock.until(() => areLinked(a, c), 3000)).toBe(true)
    expect(states().slice(1)).toEqual(['connecting', 'proving', 'connected'])
  })

  test('without a word of the rooms nobody is introduced', async () => {
    const { network, a, b, c } = await trio(1)
    for (const one of [a, b, c]) one.rules = { introducers: () => [], mayIntroduce: () => false }
    const { opened } = a.rtc.page
    know(a, b, c)
    know(c, a, b)
    await network.clock.run(60_000)
    expect(areLinked(a, c)).toBe(false)
    expect([...a.relayed, ...b.relayed, ...c.relayed]).toEqual([])
    expect(a.rtc.page.opened).toBe(opened)
  })
})

describe('the introducer goes away', () => {
  /** What b is asked to pass on before it is gone: the call, or a part of it. */
  test.each([0, 1, 2, 3, 5])('after %i signals: the attempt ends, and the next goes by another member', async (passed) => {
    const network = new FakeNetwork(passed)
    const all = await people(network, ['a', 'b', 'c', 'd'])
    const [a, b, c, d] = all
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four people')
    inRooms(all)
    know(a, b)
    know(c, b, d)
    know(b, a, c)
    know(d, c)
    await network.clock.until(() => areLinked(a, b) && areLinked(b, c) && areLinked(c, d), 5000)
    let left = passed
    b.onRelay = (session, frame) => {
      if (left > 0) b.links.relayed(session, frame)
      else b.crash()
      left -= 1
    }
    // d is linked with c already, and a comes to it while the broker is still there
    know(a, b, d)
    know(d, a, c)
    await network.clock.until(() => areLinked(a, d), 5000)
    network.broker.down()
    await network.clock.run(100)
    a.rules = {
      ...a.rules,
      introducers: (target) => (areLinked(a, b) ? [b.identity.device] : [d.identity.device]).filter((one) => one !== target),
    }
    know(c, a, b, d)
    know(a, b, c, d)
    expect(await network.clock.until(() => areLinked(a, c), 60_000)).toBe(true)
  })

  test('for good: the attempt ends, all is as before, and the broker helps when it is back', async () => {
    const { network, a, b, c } = await trio(4)
    b.onRelay = () => b.crash()
    know(a, b, c)
    await network.clock.run(60_000)
    expect(a.rtc.page.connections.size).toBe(0)
    expect(a.states(c.identity.device).at(-1)).toMatchObject({ state: 'offline', problem: null })
    network.broker.up()
    know(c, a, b)
    expect(await network.clock.until(() => areLinked(a, c), 5000)).toBe(true)
  })
})

describe('beside the broker', () => {
  test('who does not listen there is reached all the same', async () => {
    const { network, a, b, c } = await trio(5, { broker: 'up' })
    c.broker.kill()
    c.rules = { introducers: () => [], mayIntroduce: () => false } // so that it is a who calls
    know(a, b, c)
    know(c, a, b)
    expect(await network.clock.until(() => areLinked(a, c), 10_000)).toBe(true)
  })

  test('that the broker calls the other end absent does not end a call that is being introduced', async () => {
    const { network, a, b, c } = await trio(5, { broker: 'up' })
    c.broker.kill()
    c.rules = { introducers: () => [], mayIntroduce: () => false }
    // a slow introducer: the broker's word always comes first
    b.onRelay = (session, frame) =>
      void network.clock.after(frame.from === a.identity.device ? 6000 : 0, () => b.links.relayed(session, frame))
    know(a, b, c)
    know(c, a, b)
    expect(await network.clock.until(() => areLinked(a, c), 30_000)).toBe(true)
  })

  test('a broken way is mended through an introducer too: the other end may have lost the broker', async () => {
    const { network, a, b, c } = await trio(3, { broker: 'up' })
    know(a, b, c)
    know(c, a, b)
    await network.clock.until(() => areLinked(a, c), 3000)
    c.broker.kill()
    expect(await mended(network, a, c)).toBe(true)
  })

  test('a link that was introduced is not told to the broker when it is back', async () => {
    const { network, a, b, c } = await trio(2)
    know(a, b, c)
    know(c, a, b)
    expect(await network.clock.until(() => areLinked(a, c), 3000)).toBe(true)
    const sent = network.broker.recorded.length
    network.broker.up()
    await network.clock.run(30_000)
    expect(network.broker.recorded).toHaveLength(sent)
  })

  test('introducers are spared while the broker does', async () => {
    const { network, a, b, c } = await trio(6, { broker: 'up' })
    know(a, b, c)
    know(c, a, b)
    expect(await network.clock.until(() => areLinked(a, c), 3000)).toBe(true)
    expect(b.relayed).toEqual([])
  })

  test.each(SEEDS)('it comes back in the middle of an introduced call: one link (seed %i)', async (seed) => {
    const { network, a, b, c } = await trio(seed)
    know(a, b, c)
    know(c, a, b)
    await network.clock.run(2 * seed)
    network.broker.up()
    expect(await network.clock.until(() => areLinked(a, c), 3000)).toBe(true)
    await network.clock.run(LIMITS.connectMs)
    for (const one of [a, c]) {
      expect(one.proven()).toHaveLength(2)
      expect(one.rtc.page.connections.size).toBe(2)
    }
  })

  test('an introduced call that came to nothing is given to the broker as soon as it is back', async () => {
    const { network, a, b, c } = await trio(7)
    b.onRelay = () => undefined
    know(a, b, c)
    know(c, a, b)
    await network.clock.run(3000)
    network.broker.up()
    expect(await network.clock.until(() => areLinked(a, c), 2000)).toBe(true)
  })
})
