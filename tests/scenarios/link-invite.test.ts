/** Invites on the level of links: a holder calls, is proven or refused in words, and becomes a peer. */
import { describe, expect, test } from 'vitest'
import type { Refusal } from '#contracts/errors.ts'
import type { InviteKey } from '#contracts/ids.ts'
import { areLinked, type LinkedPerson, makeInvite, people } from '../support/linked-people.ts'
import { FakeNetwork } from '../support/network.ts'

const DAY_MS = 86_400_000
const SEEDS = [1, 2, 3, 4]

async function guests(network: FakeNetwork, count: number): Promise<LinkedPerson[]> {
  return people(network, ['host', 'guest1', 'guest2', 'guest3'].slice(0, count + 1))
}

const at = <T>(list: readonly T[], i: number): T => {
  const found = list[i]
  if (found === undefined) throw new Error(`nothing at ${i}`)
  return found
}

const refusals = (person: LinkedPerson) => person.events.filter((event) => event.kind === 'refused')
const statesOf = (person: LinkedPerson, invite: InviteKey) => person.states(invite).map(({ state }) => state)

async function invited(seed: number, count = 1) {
  const network = new FakeNetwork(seed)
  const all = await guests(network, count)
  const host = at(all, 0)
  const invite = await makeInvite(network, host, 7 * DAY_MS)
  host.links.setInvites([invite.own])
  return { network, host, guest: at(all, 1), others: all.slice(2), invite }
}

describe('accepting', () => {
  test.each(SEEDS)('the joiner finds the inviter, each proves what the other expects, and they become peers (seed %i)', async (seed) => {
    const { network, host, guest, invite } = await invited(seed)
    const { key } = invite.own
    guest.links.acceptInvite(invite.accepted)
    expect(await network.clock.until(() => areLinked(host, guest), 3000)).toBe(true)
    expect(at(guest.proven(), 0)).toMatchObject({ as: { kind: 'inviter', invite: key }, peer: { device: host.identity.device } })
    expect(at(host.proven(), 0)).toMatchObject({ as: { kind: 'joiner', invite: key }, peer: { device: guest.identity.device } })
    expect(statesOf(guest, key)).toEqual(['finding', 'connecting', 'proving', 'connected'])

    const { session } = at(guest.proven(), 0)
    guest.links.promote(session, host.asPeer())
    const opened = host.rtc.page.opened
    host.links.setPeers([guest.asPeer()]) // the host's engine may list the peer before it promotes the link
    await network.clock.run(100)
    expect(host.rtc.page.opened).toBe(opened)
    host.links.promote(session, guest.asPeer())
    await network.clock.run(60_000)
    expect(at(host.proven(), 0).session).toBe(session)
    expect(guest.proven()).toHaveLength(1)
    expect(guest.states(host.identity.device).at(-1)).toMatchObject({ state: 'connected' })

    guest.reload()
    guest.links.setPeers([host.asPeer()])
    expect(await network.clock.until(() => areLinked(host, guest), 5000)).toBe(true)
    expect(at(guest.proven(), 0).as).toEqual({ kind: 'device' })
  })

  test('a promoted link restarts ICE over the ids of the devices', async () => {
    const { network, host, guest, invite } = await invited(1)
    guest.links.acceptInvite(invite.accepted)
    await network.clock.until(() => areLinked(host, guest), 3000)
    const { session } = at(guest.proven(), 0)
    guest.links.promote(session, host.asPeer())
    host.links.promote(session, guest.asPeer())
    await network.clock.run(1000)
    host.links.setInvites([])
    network.rtc.move(guest.name)
    guest.links.send(session, 'control', Uint8Array.of(20))
    expect(await network.clock.until(() => host.messages().length === 1, 8000)).toBe(true)
    expect(at(host.proven(), 0).session).toBe(session)
  })

  test('clocks three hours apart do not matter', async () => {
    const network = new FakeNetwork()
    const all = await people(network, ['host', 'guest'], [0, -3 * 3_600_000])
    const [host, guest] = [at(all, 0), at(all, 1)]
    const invite = await makeInvite(network, host, DAY_MS)
    host.links.setInvites([invite.own])
    guest.links.acceptInvite(invite.accepted)
    expect(await network.clock.until(() => areLinked(host, guest), 3000)).toBe(true)
  })

  test('an inviter who is away is told of once, called on in the background, and found when it comes', async () => {
    const { network, host, guest, invite } = await invited(2)
    host.crash()
    guest.links.acceptInvite(invite.accepted)
    expect(await network.clock.until(() => refusals(guest).length > 0, 30_000)).toBe(true)
    expect(refusals(guest)).toEqual([{ kind: 'refused', invite: invite.own.key, code: 'invite-unreachable' }])
    await network.clock.run(300_000)
    expect(refusals(guest)).toHaveLength(1)
    host.reload()
    host.links.setInvites([invite.own])
    expect(await network.clock.until(() => areLinked(host, guest), 61_000)).toBe(true)
    expect(statesOf(guest, invite.own.key).slice(-3)).toEqual(['connecting', 'proving', 'connected'])
  })

  test('giving up ends the calls', async () => {
    const { network, host, guest, invite } = await invited(3)
    host.crash()
    guest.links.acceptInvite(invite.accepted)
    await network.clock.run(1000)
    guest.links.acceptInvite(null)
    await network.clock.run(1000)
    const opened = guest.rtc.page.opened
    await network.clock.run(120_000)
    expect(guest.rtc.page.opened).toBe(opened)
    expect(guest.rtc.page.connections.size).toBe(0)
  })

  test('when the inviter reloads before the first contact is done, the joiner calls again', async () => {
    const { network, host, guest, invite } = await invited(4)
    guest.links.acceptInvite(invite.accepted)
    await network.clock.until(() => areLinked(host, guest), 3000)
    host.reload()
    host.links.setInvites([invite.own])
    expect(await network.clock.until(() => areLinked(host, guest), 40_000)).toBe(true)
  })
})

describe('refusing', () => {
  test.each<[Refusal]>([['invite-used'], ['invite-revoked'], ['invite-expired']])(
    '%s: told in words, and no connection is made',
    async (refuse) => {
      const { network, host, guest, invite } = await invited(1)
      host.links.setInvites([{ ...invite.own, refuse }])
      guest.links.acceptInvite(invite.accepted)
      expect(await network.clock.until(() => refusals(guest).length > 0, 3000)).toBe(true)
      expect(refusals(guest)).toEqual([{ kind: 'refused', invite: invite.own.key, code: refuse }])
      await network.clock.run(60_000)
      expect(host.rtc.page.opened).toBe(0)
      expect(guest.rtc.page.opened).toBe(1)
      expect(guest.rtc.page.connections.size).toBe(0)
    },
  )

  test('an invite that expires by the clock of the inviter is refused', async () => {
    const network = new FakeNetwork()
    const all = await people(network, ['host', 'guest'], [3_600_000])
    const [host, guest] = [at(all, 0), at(all, 1)]
    const invite = await makeInvite(network, host, 1_800_000)
    host.links.setInvites([invite.own])
    guest.links.acceptInvite(invite.accepted)
    await network.clock.until(() => refusals(guest).length > 0, 3000)
    expect(refusals(guest)).toMatchObject([{ code: 'invite-expired' }])
    expect(host.rtc.page.opened).toBe(0)
  })

  test('an invite that has expired here is refused without a call, and without a broker', async () => {
    const { network, guest, invite } = await invited(1)
    network.broker.down()
    guest.links.acceptInvite({ ...invite.accepted, expiresMs: network.clock.env('now').nowMs() })
    await network.clock.run(1000)
    expect(refusals(guest)).toMatchObject([{ code: 'invite-expired' }])
    expect(guest.rtc.page.opened).toBe(0)
  })

  test('a revoked invite cuts off whoever is in the middle of it', async () => {
    const { network, host, guest, invite } = await invited(2)
    guest.links.acceptInvite(invite.accepted)
    await network.clock.until(() => areLinked(host, guest), 3000)
    host.links.setInvites([])
    await network.clock.run(1000)
    expect(host.proven()).toHaveLength(0)
  })

  test('refusals are bounded, however often the link is called', async () => {
    const { network, host, guest, invite } = await invited(3)
    host.links.setInvites([{ ...invite.own, refuse: 'invite-used' }])
    for (let i = 0; i < 100; i++) {
      guest.links.acceptInvite(invite.accepted)
      await network.clock.run(50)
      guest.links.acceptInvite(null)
      await network.clock.run(10)
    }
    const refused = network.broker.recorded.filter(({ from, to }) => from !== guest.brokerId && to === guest.brokerId)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(20)
  })
})

describe('two who hold the same link', () => {
  test.each(SEEDS)('the others wait and learn at once that it is used (seed %i)', async (seed) => {
    const { network, host, guest, others, invite } = await invited(seed, 3)
    const all = [guest, ...others]
    for (const person of all) person.links.acceptInvite(invite.accepted)
    await network.clock.until(() => host.proven().length > 0, 3000)
    const first = at(host.proven(), 0)
    await network.clock.run(2000)
    expect(host.proven()).toHaveLength(1)
    const winner = all.find((person) => person.identity.device === first.peer.device) ?? guest
    const losers = all.filter((person) => person !== winner)
    host.links.promote(first.session, winner.asPeer())
    host.links.setInvites([{ ...invite.own, refuse: 'invite-used' }])
    expect(await network.clock.until(() => losers.every((loser) => refusals(loser).length > 0), 500)).toBe(true)
    for (const loser of losers) expect(refusals(loser)).toMatchObject([{ code: 'invite-used' }])
    expect(host.proven()).toHaveLength(1)
    expect(host.rtc.page.opened).toBe(1)
  })

  test('a joiner that hangs before the proof lets the next one through', async () => {
    const { network, host, guest, others, invite } = await invited(1, 2)
    network.rtc.cut(host.name, guest.name)
    guest.links.acceptInvite(invite.accepted)
    await network.clock.run(2000)
    const second = at(others, 0)
    second.links.acceptInvite(invite.accepted)
    expect(await network.clock.until(() => areLinked(host, second), 60_000)).toBe(true)
  })

  test('a joiner that is proven and then silent is let go after 30 s', async () => {
    const { network, host, guest, others, invite } = await invited(2, 2)
    guest.links.acceptInvite(invite.accepted)
    await network.clock.until(() => areLinked(host, guest), 3000)
    const second = at(others, 0)
    second.links.acceptInvite(invite.accepted)
    expect(await network.clock.until(() => areLinked(host, second), 60_000)).toBe(true)
  })

  test('callers that wait are bounded', async () => {
    const { network, host, guest, others, invite } = await invited(3, 3)
    for (const person of [guest, ...others]) person.links.acceptInvite(invite.accepted)
    await network.clock.run(3000)
    expect(host.rtc.page.opened).toBe(1)
    expect(host.proven()).toHaveLength(1)
  })
})
