/**
 * Consent before candidates: somebody who only knows where a page listens gets nothing from it, however well the blob
 * is made. Among the strangers is one who knows all that a former contact knows: the device's key and what is sealed to it.
 */
import type { Browser, Page } from 'playwright-core'
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cryptography } from '#contracts/cryptography.ts'
import { type DeviceKey, idOf, type InviteKey, type RendezvousKey, type SessionId, type SignallingKey } from '#contracts/ids.ts'
import { PERIOD_MS } from '#contracts/wire/broker-id.ts'
import { encode } from '#contracts/wire/codec.ts'
import { decodeInviteLink } from '#contracts/wire/invite-link.ts'
import { signalBodyCodec } from '#contracts/wire/signal.ts'
import { idAt } from '../support/broker-keys.ts'
import { createCryptographyForTests } from '../support/cryptography.ts'
import { type BrokerProxy, startBrokerProxy } from './support/broker-proxy.ts'
import { type ChromiumPerson, chromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { until } from './support/person.ts'
import { installProbe, readProbe } from './support/probes.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'

const OFFERS = 1_000
/** What comes before the rate limit of unknown sources (receiver.ts), one id's worth. */
const FIRST = 128
/** Bytes of a blob: a bucket and its seal. */
const BLOB_BYTES = [2_096, 4_144, 10_032]

let site: Site
let proxy: BrokerProxy
let browser: Browser
let ada: ChromiumPerson
let link: string
let stranger: Cryptography
/** Blobs that the broker's sockets brought to Ada's page. */
let arrived = 0

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const seals = (text: string): boolean => text.includes('"sealed"')
/** Blobs that pages have sent since the n-th message. */
const sentSince = (from: number) =>
  proxy.recorded
    .slice(from)
    .filter(({ direction, text }) => direction === 'to-broker' && seals(text))
    .map(({ text }) => JSON.parse(text) as { readonly dst: string })
const someId = () => `sk1-${Array.from({ length: 32 }, () => 'abcdefghijklmnopqrstuvwxyz234567'[randomInt(32)]).join('')}`

/** A description that Chromium itself would answer. */
async function realOffer(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const connection = new RTCPeerConnection()
    for (const id of [0, 1, 2]) connection.createDataChannel(`c${id}`, { negotiated: true, id })
    const { sdp = '' } = await connection.createOffer()
    connection.close()
    return sdp
  })
}

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  proxy = await startBrokerProxy({ upstream: site.url })
  browser = await launchChromium()
  const context = await browser.newContext()
  await context.addInitScript(installProbe)
  ada = await chromiumPerson('Ada', context)
  ada.page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      if (seals(String(payload))) arrived += 1
    }),
  )
  await ada.goto(proxy.url)
  await ada.start()
  link = await ada.invite()
  await until(
    'registration of the device and of the invite',
    async () => new Set(proxy.ids()).size,
    (count) => count >= 2,
  )
  stranger = createCryptographyForTests()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await proxy?.close()
  await site?.close()
})

test(`${OFFERS} offers from strangers: no RTCPeerConnection, no candidate, no answer; an honest call is answered`, async () => {
  const { identity: own } = await ada.page.evaluate(readProbe)
  if (own === null) throw new Error('the probe saw no identity')
  const invite = decodeInviteLink(new URL(link).hash.slice('#i='.length), sha256)
  const deviceId = idAt(own.rendezvous as RendezvousKey, Date.now())
  const inviteId = idAt(invite.key, Date.now())
  /** Around the change of a period it is called at two ids. */
  const isOf = (key: RendezvousKey | InviteKey, id: string): boolean =>
    [-PERIOD_MS, 0, PERIOD_MS].some((ms) => idAt(key, Date.now() + ms) === id)
  await until(
    'registration of both at their ids of now',
    async () => new Set(proxy.ids()),
    (ids) => ids.has(deviceId) && ids.has(inviteId),
  )
  expect(proxy.ids().filter((id) => !isOf(own.rendezvous as RendezvousKey, id) && !isOf(invite.key, id))).toEqual([])
  const { identity: other } = await stranger.createIdentity({ deviceName: 'stranger', nowMs: Date.now() })
  const strangerId = idAt(other.rendezvous, Date.now())
  const sdp = await realOffer(await browser.newPage())

  const offer = (to: Parameters<Cryptography['sealSignal']>[0]['to']) =>
    stranger.sealSignal({
      to,
      replyTo: strangerId,
      nowMs: Date.now(),
      body: encode(signalBodyCodec, { kind: 'description', session: idOf<SessionId>(randomBytes(16)), type: 'offer', sdp }),
    })
  const toDevice = () => offer({ kind: 'device', device: own.device as DeviceKey, signalling: own.signalling as SignallingKey })
  const toInvite = () => offer({ kind: 'invite', invite: invite.key as InviteKey, secret: randomBytes(16), toInviter: true })
  const before = await ada.page.evaluate(readProbe)
  expect([before.connections, before.candidates, before.blobs.opened, before.blobs.refused]).toEqual([0, 0, 0, 0])
  const from = proxy.recorded.length

  for (let i = 0; i < OFFERS; i++) {
    const forDevice = i % 2 === 0
    // half of those at either id are as good as a stranger can make them, the other half random bytes of the right size
    const sealed = i % 4 < 2
    const blob = sealed ? await (forDevice ? toDevice() : toInvite()) : randomBytes(BLOB_BYTES[i % 3] ?? 0)
    const dst = forDevice ? deviceId : inviteId
    // one source alone would come to its own limit first
    const src = sealed && forDevice ? strangerId : someId()
    proxy.inject(dst, JSON.stringify({ type: 'OFFER', src, dst, payload: { type: 'sealed', blob: Buffer.from(blob).toString('base64') } }))
  }
  await until(
    'all of them at the page',
    async () => arrived,
    (count) => count === OFFERS,
  )
  const taken = await until(
    'what was let through to be opened, or not',
    () => ada.page.evaluate(readProbe),
    ({ blobs }) => blobs.waiting === 0 && blobs.opened + blobs.refused >= 2 * FIRST,
  )
  // the seal was no obstacle to these: only consent kept them from being answered
  expect(taken.blobs.opened).toBeGreaterThanOrEqual(FIRST / 2)
  expect(taken.blobs.refused).toBeGreaterThanOrEqual(FIRST)
  expect([taken.connections, taken.candidates, sentSince(from).length]).toEqual([0, 0, 0])

  // Taken one at a time and in order, so that all before this call is done with when it is answered. By a new invite:
  // strangers have used up what may come for the other one this second, so that a call there would be made twice.
  const bo = await chromiumPerson('Bo', await browser.newContext())
  const unused = await ada.invite()
  expect(unused).not.toBe(link)
  await bo.accept(unused)
  await ada.openChat('Bo')
  await ada.untilStatus('Connected')
  const after = await ada.page.evaluate(readProbe)
  expect(after.connections).toBe(1)
  // those who called are Ada, by her new invite, and Bo; nobody else was sent anything
  const honest = new Set(proxy.ids().filter((id) => !isOf(invite.key, id)))
  const { key: newKey } = decodeInviteLink(new URL(unused).hash.slice('#i='.length), sha256)
  const keys = [own.rendezvous as RendezvousKey, newKey]
  for (const key of keys) expect(honest.has(idAt(key, Date.now()))).toBe(true)
  const bos = [...honest].filter((id) => !keys.some((key) => isOf(key, id)))
  expect(bos.length === 1 || bos.length === 2).toBe(true)
  expect(sentSince(from).length).toBeGreaterThan(0)
  expect(sentSince(from).filter(({ dst }) => !honest.has(dst))).toEqual([])
  await bo.close()
}, 120_000)

testNothingReported()
