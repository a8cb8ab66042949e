/** Links whose code is fetched late: nothing that they were told is lost, and nothing is told twice. */
import { expect, test } from 'vitest'
import type { DeviceKey, SessionId } from '#contracts/ids.ts'
import type { Links } from '../../remotes/p2p/core/link/api.ts'
import { lateLinks } from '../../remotes/p2p/core/link/late.ts'

const SESSION = 'aa'.repeat(16) as SessionId

function recording(): { readonly links: Links; readonly told: string[] } {
  const told: string[] = []
  const links = new Proxy({} as Links, {
    // No `then`: it is handed on by promises.
    get: (_target, name) =>
      name === 'then'
        ? undefined
        : (...args: readonly unknown[]): unknown => {
            told.push(`${String(name)} ${JSON.stringify(args)}`)
            return name === 'send'
          },
  })
  return { links, told }
}

/** Fetches that are answered by hand, and timers that fire by hand. */
function fetching() {
  const asked: { readonly come: (links: Links) => void; readonly fail: () => void }[] = []
  const timers: (() => void)[] = []
  const make = (): Promise<Links> =>
    new Promise((resolve, reject) => {
      asked.push({ come: resolve, fail: () => reject(new Error('no network')) })
    })
  return { asked, timers, late: lateLinks(make, (_delayMs, fire) => void timers.push(fire)) }
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('what they are told before they are there is told to them in order, once; then at once', async () => {
  const { asked, late } = fetching()
  const { links, told } = recording()
  late.setPeers([])
  late.setRelayOnly(true)
  late.acceptInvite(null)
  late.close(SESSION)
  expect(late.send(SESSION, 'control', new Uint8Array(1))).toBe(false)
  expect(late.lastHeardMs('bb' as DeviceKey)).toBeNull()
  expect(await late.stats(SESSION)).toBeNull()
  asked[0]?.come(links)
  await settled()
  expect(told.map((one) => one.split(' ')[0])).toEqual(['setPeers', 'setRelayOnly', 'acceptInvite', 'close'])
  late.wake()
  expect(late.send(SESSION, 'control', new Uint8Array(1))).toBe(true)
  expect(told.map((one) => one.split(' ')[0])).toEqual(['setPeers', 'setRelayOnly', 'acceptInvite', 'close', 'wake', 'send'])
  expect(asked).toHaveLength(1)
})

test('a fetch that failed is made again, and nothing of what was told is lost', async () => {
  const { asked, timers, late } = fetching()
  const { links, told } = recording()
  late.setInvites([])
  asked[0]?.fail()
  await settled()
  expect(timers).toHaveLength(1)
  timers[0]?.()
  late.wake()
  asked[1]?.come(links)
  await settled()
  expect(told.map((one) => one.split(' ')[0])).toEqual(['setInvites', 'wake'])
})

test('stopped before they are there: they are stopped as soon as they come, and told nothing else', async () => {
  const { asked, timers, late } = fetching()
  const { links, told } = recording()
  late.setPeers([])
  late.stop()
  asked[0]?.come(links)
  await settled()
  expect(told).toEqual(['stop []'])
  const other = fetching()
  other.late.stop()
  other.asked[0]?.fail()
  await settled()
  for (const fire of other.timers) fire()
  expect(other.asked).toHaveLength(1)
  expect(timers).toEqual([])
})
