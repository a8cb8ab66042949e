/**
 * A broker that swaps both certificates. It holds the sealing keys here (else it could not even try): the
 * pages' descriptions are replaced on their way in, so that each talks DTLS to a real peer connection in
 * the middle, which passes the bytes on. The handshake must notice each time, and an honest link must form.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ChromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { connect, pairOf } from './support/pair.ts'
import { until } from './support/person.ts'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'

/** In real DTLS. A page calls about once a second here, so this takes minutes. */
const SWAPS = 100
const TOLD = /sat in the middle of the connection/

let site: Site
let browser: Browser
let middle: Page
let ada: ChromiumPerson
let bo: ChromiumPerson

/** Runs in both pages: hands every remote description to the test, which may answer with another. */
function installSwap(): void {
  const state = { on: false }
  Object.assign(globalThis, { __swap: state })
  const ask = (call: string, sdp: string, type: string) =>
    (globalThis as unknown as { __middle: (call: string, sdp: string, type: string) => Promise<string> }).__middle(call, sdp, type)
  // both ends know a call by the offer's user fragment: calls may cross
  const callOf = (sdp: string | undefined) => /a=ice-ufrag:(\S+)/.exec(sdp ?? '')?.[1] ?? ''
  const native = RTCPeerConnection.prototype.setRemoteDescription
  const swapping = async function (this: RTCPeerConnection, description: RTCSessionDescriptionInit): Promise<void> {
    if (!state.on) return Reflect.apply(native, this, [description])
    const call = callOf(description.type === 'offer' ? description.sdp : this.localDescription?.sdp)
    const sdp = await ask(call, description.sdp ?? '', description.type)
    return Reflect.apply(native, this, [{ type: description.type, sdp }])
  }
  RTCPeerConnection.prototype.setRemoteDescription = swapping as typeof native
  const nativeCandidate = RTCPeerConnection.prototype.addIceCandidate
  RTCPeerConnection.prototype.addIceCandidate = async function (this: RTCPeerConnection, ...args: unknown[]) {
    // the middle's description carries its candidates; the true ones would lead around it
    if (!state.on) return nativeCandidate.apply(this, args as never)
  } as typeof nativeCandidate
}

/** Messages that the middle has passed on in one call, both ways together, for each of the channels 0, 1, 2. */
type Passed = readonly [control: number, bulk: number, live: number]

interface Middle {
  offer(call: string, sdp: string): Promise<string>
  answer(call: string, sdp: string): Promise<string>
  passed(): readonly Passed[]
}

/** Runs in the middle's page: a pair of peer connections for each call, channels bridged by id. */
function installMiddle(): void {
  const gathered = async (pc: RTCPeerConnection) => {
    if (pc.iceGatheringState !== 'complete')
      await new Promise<void>((resolve) =>
        pc.addEventListener('icegatheringstatechange', () => pc.iceGatheringState === 'complete' && resolve()),
      )
    return pc.localDescription?.sdp ?? ''
  }
  interface Call {
    readonly toOfferer: RTCPeerConnection
    readonly toAnswerer: RTCPeerConnection
    readonly passed: [number, number, number]
  }
  const calls = new Map<string, Call>()
  const bridge = ({ toOfferer: from, toAnswerer: to, passed }: Call) => {
    // the product's channels are negotiated: ids 0, 1, 2 in both directions
    for (const id of [0, 1, 2] as const) {
      const options = { negotiated: true, id, ordered: true }
      const one = from.createDataChannel(`m${id}`, options)
      const other = to.createDataChannel(`m${id}`, options)
      one.binaryType = other.binaryType = 'arraybuffer'
      const queue: [RTCDataChannel, ArrayBuffer][] = []
      const pass = (target: RTCDataChannel, data: ArrayBuffer) =>
        target.readyState === 'open' ? target.send(data) : queue.push([target, data])
      const take = (target: RTCDataChannel, data: ArrayBuffer) => {
        passed[id] += 1
        pass(target, data)
      }
      one.onmessage = (event) => take(other, event.data)
      other.onmessage = (event) => take(one, event.data)
      one.onopen = other.onopen = () => {
        for (const [target, data] of queue.splice(0)) pass(target, data)
      }
    }
  }
  Object.assign(globalThis, {
    /** An offer of the caller: the middle's own offer for the callee. */
    offer: async (call: string, sdp: string) => {
      const toOfferer = new RTCPeerConnection()
      const toAnswerer = new RTCPeerConnection()
      const made: Call = { toOfferer, toAnswerer, passed: [0, 0, 0] }
      calls.set(call, made)
      bridge(made)
      await toOfferer.setRemoteDescription({ type: 'offer', sdp })
      await toAnswerer.setLocalDescription(await toAnswerer.createOffer())
      return gathered(toAnswerer)
    },
    /** The callee's answer: the middle's own answer for the caller. */
    answer: async (call: string, sdp: string) => {
      const found = calls.get(call)
      if (found === undefined) throw new Error('an answer to an offer that never passed')
      await found.toAnswerer.setRemoteDescription({ type: 'answer', sdp })
      await found.toOfferer.setLocalDescription(await found.toOfferer.createAnswer())
      return gathered(found.toOfferer)
    },
    passed: () => [...calls.values()].map(({ passed }) => passed),
  })
}

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  browser = await launchChromium()
  middle = await (await browser.newContext()).newPage()
  await middle.goto('about:blank')
  await middle.evaluate(installMiddle)
  const prepare = async (context: BrowserContext) => {
    await context.addInitScript(installSwap)
    await context.exposeFunction('__middle', (call: string, sdp: string, type: 'offer' | 'answer') =>
      middle.evaluate(({ name, text, kind }) => (globalThis as unknown as Middle)[kind](name, text), {
        name: call,
        text: sdp,
        kind: type,
      }),
    )
  }
  ;({ ada, bo } = await pairOf(browser, { prepare }))
  await connect(ada, bo, site.url)
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

const swap = async (on: boolean) => {
  for (const person of [ada, bo])
    await person.page.evaluate((next) => Object.assign((globalThis as unknown as { __swap: object }).__swap, { on: next }), on)
}
const passed = () => middle.evaluate(() => (globalThis as unknown as Middle).passed())
const told = async (person: ChromiumPerson) => (await person.page.getByText(TOLD).count()) > 0
/** Says that the network is back, so that the product calls again now: a call that was swapped may still be on its way. */
const wake = async () => {
  for (const person of [ada, bo]) await person.page.evaluate(() => globalThis.dispatchEvent(new Event('online')))
}

test(`${SWAPS} swaps: no link proven, nothing sent over them, the person is told, and an honest link forms at once`, async () => {
  // both load anew with the swap on from the first description
  for (const person of [ada, bo])
    await person.context.addInitScript(() => Object.assign((globalThis as unknown as { __swap: object }).__swap, { on: true }))
  // both away first: a page that is not swapped yet would still make an honest link with one that is
  await Promise.all([ada.page.goto('about:blank'), bo.page.goto('about:blank')])
  await Promise.all([ada.goto(site.url), bo.goto(site.url)])
  await Promise.all([ada.openChat('Bo'), bo.openChat('Ada')])
  await ada.send('swallowed-by-nobody')
  const statuses = async () => (await Promise.all([ada, bo].map((person) => person.page.getByRole('status').allInnerTexts()))).flat()
  // Both hellos and a proof: the middle did connect the two ends, and let them come to the check.
  const cameToTheCheck = ([control]: Passed) => control >= 3
  const calls = await until(
    `${SWAPS} swaps`,
    async () => {
      expect((await statuses()).filter((text) => text.includes('Connected'))).toEqual([])
      return (await passed()).filter(cameToTheCheck)
    },
    ({ length }) => length >= SWAPS,
    900_000,
  )
  // A hello and a proof from each end, and nothing else.
  expect(calls.filter(([control, bulk, live]) => control > 4 || bulk + live > 0)).toEqual([])
  expect([await told(ada), await told(bo)]).toEqual([true, true])
  expect((await bo.messages()).some(({ text }) => text.includes('swallowed'))).toBe(false)
  expect((await ada.messages()).find(({ text }) => text.includes('swallowed'))?.tick).toBe('Written')

  await swap(false)
  await wake()
  await Promise.all([ada.untilStatus('Connected', 10_000), bo.untilStatus('Connected', 10_000)])
  await until(
    'the message over the honest link',
    () => bo.messages(),
    (shown) => shown.some(({ text }) => text.includes('swallowed')),
  )
  expect([await told(ada), await told(bo)]).toEqual([false, false])
}, 1_000_000)

testNothingReported()
