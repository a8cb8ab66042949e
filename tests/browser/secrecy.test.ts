/** What the broker, the wire and the disk get to see: markers are planted and searched for. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeInviteLink } from '#contracts/wire/invite-link.ts'
import { fromHex } from '#contracts/ids.ts'
import { createHash } from 'node:crypto'
import { type BrokerProxy, startBrokerProxy } from './support/broker-proxy.ts'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { connect, pairOf } from './support/pair.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { until } from './support/person.ts'
import { dumpStorage, installProbe, type ProbeReading, readProbe } from './support/probes.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'

const ADA = 'Adelheid Quivering-Marker'
const BO = 'Bonifatius Plainly-Marked'
const MARKERS = Array.from({ length: 50 }, (_, i) => `planted${createHash('sha256').update(`marker ${i}`).digest('hex').slice(0, 12)}`)

let site: Site
let proxy: BrokerProxy
let browser: Browser
let ada: ChromiumPerson
let bo: ChromiumPerson
let inviteText: string
const readings: ProbeReading[] = []

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  proxy = await startBrokerProxy({ upstream: site.url })
  browser = await launchChromium()
  ;({ ada, bo } = await pairOf(browser, { names: [ADA, BO], prepare: (context) => context.addInitScript(installProbe) }))
  inviteText = new URL(await connect(ada, bo, proxy.url)).hash.slice('#i='.length)
  for (const [i, marker] of MARKERS.entries()) await (i % 2 === 0 ? ada : bo).send(marker)
  await until(
    'all markers at Bo',
    () => bo.messages(),
    (shown) => MARKERS.every((marker) => shown.some(({ text }) => text.includes(marker))),
    30_000,
  )
  await until(
    'all markers at Ada',
    () => ada.messages(),
    (shown) => MARKERS.every((marker) => shown.some(({ text }) => text.includes(marker))),
    30_000,
  )
  readings.push(await ada.page.evaluate(readProbe), await bo.page.evaluate(readProbe))
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await proxy?.close()
  await site?.close()
})

/** A text in every spelling it could be found under. */
const spellings = (text: string): Buffer[] => {
  const bytes = Buffer.from(text)
  return [
    bytes,
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('base64').replace(/=+$/, '').slice(0, -1)),
    Buffer.from(text, 'utf16le'),
  ]
}
const keySpellings = (hex: string): Buffer[] => {
  const bytes = Buffer.from(fromHex(hex))
  return [
    bytes,
    Buffer.from(hex),
    Buffer.from(hex.toUpperCase()),
    Buffer.from(bytes.toString('base64').slice(0, 42)),
    Buffer.from(bytes.toString('base64url').slice(0, 42)),
  ]
}
const hits = (haystack: Buffer, needles: readonly Buffer[]) =>
  needles.filter((needle) => haystack.includes(needle)).map((needle) => needle.toString('latin1'))

/** All that crossed the broker: as text, and every string in it decoded as base64 too. */
const crossed = (): Buffer => {
  const parts: Buffer[] = []
  const strings = (value: unknown): void => {
    if (typeof value === 'string') parts.push(Buffer.from(value), Buffer.from(value, 'base64'), Buffer.from('\n'))
    else if (value !== null && typeof value === 'object') for (const one of Object.values(value)) strings(one)
  }
  for (const { text } of proxy.recorded) {
    parts.push(Buffer.from(text), Buffer.from('\n'))
    strings(JSON.parse(text))
  }
  return Buffer.concat(parts)
}

describe('what is seen', () => {
  test('the probes did see: keys, fingerprints, frames and broker messages', () => {
    for (const reading of readings) {
      expect(reading.keys.length).toBeGreaterThan(3)
      expect(reading.fingerprints.length).toBeGreaterThan(1)
      expect(reading.frames.length).toBeGreaterThan(20)
    }
    expect(proxy.recorded.filter(({ text }) => text.includes('"OFFER"') || text.includes('"ANSWER"')).length).toBeGreaterThan(1)
  })

  test('by the broker: no SDP, candidate, fingerprint, name, key or marker', () => {
    const all = crossed()
    expect(
      hits(
        all,
        [
          'v=0\r\n',
          'a=ice',
          'a=candidate',
          'a=setup',
          'candidate:',
          'ice-ufrag',
          'ufrag',
          'fingerprint',
          'IP4 ',
          '.local',
          '127.0.0.1',
          'typ host',
        ].map((text) => Buffer.from(text)),
      ),
    ).toEqual([])
    for (const text of [...MARKERS, ADA, BO, 'Adelheid', 'Bonifatius']) expect(hits(all, spellings(text))).toEqual([])
    const invite = decodeInviteLink(inviteText, (bytes) => createHash('sha256').update(bytes).digest())
    const keys = new Set([...readings.flatMap(({ keys, fingerprints }) => [...keys, ...fingerprints]), invite.key])
    for (const key of keys) expect(hits(all, keySpellings(key))).toEqual([])
    expect(hits(all, keySpellings(Buffer.from(invite.secret).toString('hex')))).toEqual([])
  })

  test('on the data channels: no marker; padded sizes only', () => {
    for (const reading of readings) {
      const frames = Buffer.concat(reading.frames.map((frame) => Buffer.from(frame, 'hex')))
      for (const marker of MARKERS) expect(hits(frames, spellings(marker))).toEqual([])
      for (const frame of reading.frames) expect([256, 1024, 4096, 16_384]).toContain(frame.length / 2)
    }
  })

  test('in storage: no marker, no name, no key of a person', async () => {
    for (const person of [ada, bo]) {
      const dump = Buffer.from(await person.page.evaluate(dumpStorage), 'latin1')
      expect(dump.length).toBeGreaterThan(10_000)
      for (const text of [...MARKERS, ADA, BO, 'Adelheid', 'Bonifatius']) expect(hits(dump, spellings(text))).toEqual([])
      for (const key of new Set(readings.flatMap(({ keys }) => keys))) expect(hits(dump, keySpellings(key))).toEqual([])
    }
  })

  testNothingReported()
})
