/**
 * Relays from the broker, in two real pages with a real coturn between them: fetched from the broker's own host, used, and,
 * with "relay only", used alone: nothing that leaves a page names an address of it. Skipped where coturn is not
 * installed (apt-get install coturn).
 */
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SessionId } from '#contracts/ids.ts'
import type { SignalBody } from '#contracts/wire/signal.ts'
import { type BrokerServer, createBrokerServer } from '../../signaling/server.ts'
import { freshId } from '../contract/broker-suite.ts'
import { clientIn, type PageBroker } from '../contract/network/page-broker.ts'
import { type PagePair, startPagePair } from '../contract/network/page-rtc.ts'
import { connected, freshSession } from '../contract/rtc-suite.ts'
import { type Coturn, coturnIsThere, startCoturn } from '../support/coturn.ts'

const SECRET = 'a secret of the test, long enough'

/** The types of all candidates in a signal: those of its description, or its own. */
function candidateTypes(body: SignalBody): readonly string[] {
  const text = body.kind === 'description' ? body.sdp : body.kind === 'candidate' ? body.candidate : ''
  return [...text.matchAll(/candidate:[^\r\n]* typ (\w+)/g)].map((match) => match[1] ?? '')
}

const ownAddresses = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .map(({ address }) => address)
  .filter((address) => address !== '127.0.0.1' && address !== '::1')

describe.skipIf(!coturnIsThere())('two pages, a broker with relays, coturn (skipped without coturn: apt-get install coturn)', () => {
  let coturn: Coturn
  let pair: PagePair
  let broker: BrokerServer
  let clients: readonly PageBroker[] = []
  const seen = new Map<SessionId, SignalBody[]>()

  /** A session whose signals are kept. */
  const recorded = (): SessionId => {
    // the number that `connected` will take
    const session = freshSession()
    const next = (BigInt(`0x${session}`) + 1n).toString(16).padStart(32, '0') as SessionId
    const kept: SignalBody[] = []
    seen.set(next, kept)
    pair.hook(next, (_, body) => {
      kept.push(body)
      return [body]
    })
    return next
  }

  beforeAll(async () => {
    coturn = await startCoturn(SECRET)
    pair = await startPagePair()
    broker = createBrokerServer({ origins: [pair.site.url], turn: { secret: SECRET, urls: [coturn.url] } })
    const port = await broker.listen(0, '127.0.0.1')
    clients = await Promise.all(
      [pair.pages.a, pair.pages.b].map((page) => clientIn(page, { host: 'localhost', port, path: '/signal', secure: false })),
    )
  })
  afterAll(async () => {
    await pair?.end()
    await broker?.close()
    coturn?.close()
  })

  test('relay only without a relay makes no connection and says why', async () => {
    await pair.pages.a.page.evaluate(() => network.relayOnly())
    const session = freshSession()
    await pair.a.open(session, true)
    expect(await pair.a.next({ kind: 'closed', session })).toMatchObject({ reason: 'no-relay' })
    expect(await pair.pages.a.connections()).toBe(0)
  })

  test('who is registered has relays, fetched from the broker and nobody else', async () => {
    for (const [nth, page] of [pair.pages.a, pair.pages.b].entries()) {
      expect(await page.page.evaluate(() => network.hasRelay())).toBe(false)
      const id = freshId()
      await clients[nth]?.listen(id, 'token')
      await clients[nth]?.next({ kind: 'listening', id })
      // known before the registration is told
      expect(await page.page.evaluate(() => network.hasRelay())).toBe(true)
      const hosts = new Set(page.contacted.map((url) => new URL(url).hostname))
      expect([...hosts]).toEqual(['localhost'])
    }
    expect(broker.broker.metrics.get('turnGranted')).toBe(2)
    // a second id asks for no second credential
    const id = freshId()
    await clients[0]?.listen(id, 'token')
    await clients[0]?.next({ kind: 'listening', id })
    expect(broker.broker.metrics.get('turnGranted')).toBe(2)
  })

  test('without the switch a page tells its own addresses too: what follows can fail', async () => {
    const session = recorded()
    expect(await connected(pair)).toBe(session)
    expect(new Set(seen.get(session)?.flatMap(candidateTypes))).toContain('host')
    await pair.a.close(session)
  })

  test('relay only: what is sent has relayed candidates alone, no address of the page, and the way is relayed', async () => {
    for (const page of Object.values(pair.pages)) await page.page.evaluate(() => network.relayOnly())
    const session = recorded()
    expect(await connected(pair)).toBe(session)
    expect((await pair.a.stats(session))?.path).toBe('relayed')
    expect((await pair.b.stats(session))?.path).toBe('relayed')
    await pair.settle()
    const signals = seen.get(session) ?? []
    expect(new Set(signals.flatMap(candidateTypes))).toEqual(new Set(['relay']))
    const told = JSON.stringify(signals)
    for (const address of ownAddresses) expect(told).not.toContain(address)
    expect(told).not.toContain('.local')

    // and after an ICE restart, with the relays of then
    const before = signals.length
    await pair.a.restartIce(session)
    await expect.poll(() => signals.slice(before).flatMap(candidateTypes).length, { timeout: 30_000 }).toBeGreaterThan(0)
    expect(new Set(signals.flatMap(candidateTypes))).toEqual(new Set(['relay']))
    await pair.a.close(session)
  })
})
