/** Which relays a page uses: what a broker's answer must be, when it is asked, and how long it is believed. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BrokerId } from '#contracts/ids.ts'
import { parseGrant, Relays } from '../../remotes/p2p/adapters/relays.ts'
import { turnGrant } from '../../signaling/turn.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const SENT_MS = Date.UTC(2026, 10, 27)
const URLS = ['turn:turn.example.org:3478?transport=udp', 'turns:turn.example.org:5349?transport=tcp']
const GRANT = turnGrant({ secret: 'secret', urls: URLS }, 'id', SENT_MS)
const ID = `sk1-${'a'.repeat(32)}` as BrokerId

describe('a grant', () => {
  test('of our broker is taken, for the time that is left by its own clock', () => {
    const taken = parseGrant(JSON.stringify(GRANT), SENT_MS)
    expect(taken?.server).toEqual({ urls: URLS, username: GRANT.username, credential: GRANT.credential })
    expect(taken?.lifeMs).toBe(HOUR_MS)
    expect(parseGrant(JSON.stringify(GRANT), SENT_MS + 50 * MINUTE_MS)?.lifeMs).toBe(10 * MINUTE_MS)
    expect(parseGrant(JSON.stringify({ ...GRANT, expiresMs: SENT_MS + 1e12 }), SENT_MS)?.lifeMs).toBe(HOUR_MS)
  })

  test.each([
    ['no JSON', 'turn'],
    ['null', 'null'],
    ['too long an answer', JSON.stringify({ ...GRANT, more: 'x'.repeat(9000) })],
    ['no URL', JSON.stringify({ ...GRANT, urls: [] })],
    ['nine URLs', JSON.stringify({ ...GRANT, urls: Array(9).fill(URLS[0]) })],
    ['a STUN server', JSON.stringify({ ...GRANT, urls: ['stun:stun.example.org'] })],
    ['a URL of another kind among them', JSON.stringify({ ...GRANT, urls: [...URLS, 'https://a.example'] })],
    ['a URL that is none', JSON.stringify({ ...GRANT, urls: [7] })],
    ['no credential', JSON.stringify({ ...GRANT, credential: '' })],
    ['a user name that is no text', JSON.stringify({ ...GRANT, username: 7 })],
    ['an end that is none', JSON.stringify({ ...GRANT, expiresMs: 'never' })],
    ['an end that has passed', JSON.stringify({ ...GRANT, expiresMs: SENT_MS })],
  ])('%s is none', (_, text) => {
    expect(parseGrant(text, SENT_MS)).toBeNull()
  })
})

describe('relays', () => {
  let asked: { readonly url: string; readonly authorization: string }[] = []
  let answer: () => Response | Promise<Response> = () => new Response(null, { status: 404 })
  let relays: Relays
  const granted = (): Response => {
    const grant = turnGrant({ secret: 'secret', urls: URLS }, 'id', Date.now())
    return new Response(JSON.stringify(grant), { headers: { date: new Date().toUTCString() } })
  }

  beforeEach(() => {
    vi.useFakeTimers()
    asked = []
    answer = granted
    relays = new Relays({
      server: { host: 'chat.example.org', port: 443, path: '/signal', secure: true },
      iceServers: [],
      fetch: async (url, options) => {
        asked.push({ url: String(url), authorization: new Headers(options?.headers).get('authorization') ?? '' })
        return answer()
      },
      now: () => performance.now(),
    })
  })
  afterEach(() => {
    relays.close()
    vi.useRealTimers()
  })

  test('are asked for at the broker alone, with id and token, once for all ids', async () => {
    await Promise.all([relays.renew(ID, 'token'), relays.renew(ID, 'token')])
    await relays.renew(ID, 'token')
    expect(asked).toEqual([{ url: 'https://chat.example.org:443/signal/turn', authorization: `Basic ${btoa(`${ID}:token`)}` }])
    expect(relays.configuration()?.iceServers).toHaveLength(1)
  })

  test('are renewed before they end, and are not used after their end when they can’t be', async () => {
    await relays.renew(ID, 'token')
    await vi.advanceTimersByTimeAsync(49 * MINUTE_MS)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2 * MINUTE_MS)
    expect(asked).toHaveLength(2)
    answer = () => Promise.reject(new Error('gone'))
    await vi.advanceTimersByTimeAsync(55 * MINUTE_MS)
    expect(relays.available).toBe(true)
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS)
    expect(relays.available).toBe(false)
    answer = granted
    await vi.advanceTimersByTimeAsync(11 * MINUTE_MS)
    expect(relays.available).toBe(true)
  })

  test('that are refused are not asked for more often than an id may', async () => {
    answer = () => new Response('too many requests', { status: 429 })
    await relays.renew(ID, 'token')
    await vi.advanceTimersByTimeAsync(HOUR_MS)
    expect(asked.length).toBeLessThanOrEqual(7)
    expect(asked.length).toBeGreaterThan(4)
    expect(relays.available).toBe(false)
  })

  test('alone: with them, nothing else; without them, no connection at all', async () => {
    relays.only = true
    expect(relays.configuration()).toBeNull()
    await relays.renew(ID, 'token')
    expect(relays.configuration()).toMatchObject({ iceTransportPolicy: 'relay', iceServers: [{ username: expect.any(String) }] })
    relays.only = false
    expect(relays.configuration()).not.toHaveProperty('iceTransportPolicy')
  })
})
