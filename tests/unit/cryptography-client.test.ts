/** The page's end of the Worker: calls and answers, and the watchdog. Time is an argument here. */
import { expect, test } from 'vitest'
import { codeOf } from '#contracts/errors.ts'
import { LIMITS } from '#contracts/limits.ts'
import { Client, type WorkerEnd } from '../../remotes/cryptography/core/client.ts'
import { CALLS, type FromWorker, ownBytes, type ToWorker } from '../../remotes/cryptography/core/protocol.ts'

/** A Worker that does nothing but what the test says, and a clock that the test turns. */
function setup() {
  const workers: {
    readonly heard: ToWorker[]
    readonly say: (message: FromWorker) => void
    readonly breakDown: () => void
    ended: boolean
  }[] = []
  const timers = new Set<{ readonly atMs: number; readonly fire: () => void }>()
  let nowMs = 0
  let restarts = 0
  const client = new Client(
    {
      start(say, breakDown) {
        const worker = { heard: [] as ToWorker[], say, breakDown, ended: false }
        workers.push(worker)
        const end: WorkerEnd = {
          post: (message) => worker.heard.push(structuredClone(message)),
          end: () => {
            worker.ended = true
          },
        }
        return Promise.resolve(end)
      },
      after(delayMs, fire) {
        const timer = { atMs: nowMs + delayMs, fire }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    },
    () => restarts++,
  )
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }
  const pass = async (ms: number) => {
    nowMs += ms
    for (const timer of [...timers]) {
      if (timer.atMs > nowMs) continue
      timers.delete(timer)
      timer.fire()
    }
    await settle()
  }
  const worker = (index = workers.length - 1) => {
    const found = workers[index]
    if (found === undefined) throw new Error('no such Worker')
    return found
  }
  const last = (kind: ToWorker['kind']) => {
    const found = worker().heard.findLast((message) => message.kind === kind)
    if (found === undefined) throw new Error(`no ${kind}`)
    return found
  }
  const outcome = (promise: Promise<unknown>) => {
    const seen: { code: string | null } = { code: null }
    promise.then(
      () => {
        seen.code = 'resolved'
      },
      (thrown: unknown) => {
        seen.code = codeOf(thrown)
      },
    )
    return seen
  }
  return { client, worker, workers, settle, pass, last, outcome, restarts: () => restarts, timers }
}

const started = async () => {
  const all = setup()
  await all.client.start()
  await all.settle()
  all.worker().say({ kind: 'ready' })
  return all
}

test('answers go to the call they belong to, in any order', async () => {
  const { client, worker, settle } = await started()
  const first = client.call('hasVaultKey', [])
  const second = client.call('sign', ['entry', Uint8Array.of(1)])
  await settle()
  const [one, two] = worker().heard.filter((message) => message.kind === 'call')
  if (one === undefined || two === undefined) throw new Error('two calls were made')
  worker().say({ kind: 'error', id: two.id, code: 'identity-missing' })
  worker().say({ kind: 'value', id: one.id, value: true })
  expect(await first).toBe(true)
  await expect(second).rejects.toMatchObject({ code: 'identity-missing' })
})

test('a Worker that does not answer its probe loses to a spare: it is ended, all calls reject', async () => {
  const { client, worker, workers, settle, pass, outcome, restarts } = await started()
  const hung = outcome(client.call('decrypt', []))
  const bystander = outcome(client.call('seal', []))
  await settle()
  await pass(LIMITS.gateMs - 1)
  expect(workers.length).toBe(1)
  await pass(1)
  expect([hung.code, bystander.code, restarts(), workers.length]).toEqual([null, null, 0, 2])
  worker(1).say({ kind: 'ready' })
  await settle()
  expect([hung.code, bystander.code, restarts(), workers.length]).toEqual(['worker-ended', 'worker-ended', 1, 2])
  expect([worker(0).ended, worker(1).ended]).toEqual([true, false])

  // The ended one's words are heard no more; the fresh one takes calls.
  const next = client.call('hasVaultKey', [])
  await settle()
  const id = worker(1).heard.find((message) => message.kind === 'call')?.id ?? -1
  worker(0).say({ kind: 'value', id, value: 'from the grave' })
  worker(1).say({ kind: 'value', id, value: false })
  expect(await next).toBe(false)
})

test('a Worker that is slow, and answers while the spare still starts, stays', async () => {
  const { client, worker, workers, settle, pass, outcome, restarts } = await started()
  const call = outcome(client.call('join', []))
  await settle()
  const probe = worker(0).heard.findLast((message) => message.kind === 'probe')
  await pass(10 * LIMITS.gateMs)
  expect([call.code, workers.length]).toEqual([null, 2])
  worker(0).say({ kind: 'alive', id: probe?.id ?? -1 })
  await settle()
  expect([worker(0).ended, worker(1).ended, restarts()]).toEqual([false, true, 0])
  // The spare that lost is heard no more.
  worker(1).say({ kind: 'ready' })
  const id = worker(0).heard.find((message) => message.kind === 'call')?.id ?? -1
  worker(0).say({ kind: 'value', id, value: 1 })
  await settle()
  expect([call.code, restarts()]).toEqual(['resolved', 0])
  // However often that happens, it is still watched: the next time it hangs, it goes.
  for (let i = 0; i < 5; i++) {
    const slow = client.call('join', [])
    await settle()
    await pass(LIMITS.gateMs)
    await pass(LIMITS.gateMs)
    for (const { id, kind } of worker(0).heard) if (kind === 'probe') worker(0).say({ kind: 'alive', id })
    worker(0).say({ kind: 'value', id: worker(0).heard.findLast(({ kind }) => kind === 'call')?.id ?? -1, value: i })
    expect(await slow).toBe(i)
  }
  const next = outcome(client.call('join', []))
  await settle()
  await pass(LIMITS.gateMs)
  await pass(LIMITS.gateMs)
  worker().say({ kind: 'ready' })
  await settle()
  expect([next.code, restarts()]).toEqual(['worker-ended', 1])
})

test('a spare that breaks is tried again, but not for ever, and costs nobody their call', async () => {
  const { client, worker, workers, settle, pass, outcome, restarts } = await started()
  const call = outcome(client.call('join', []))
  await settle()
  await pass(LIMITS.gateMs)
  for (let i = 1; i < 10; i++) {
    workers[i]?.breakDown()
    await settle()
  }
  expect(workers.length).toBeLessThan(6)
  const id = worker(0).heard.find((message) => message.kind === 'call')?.id ?? -1
  worker(0).say({ kind: 'value', id, value: 1 })
  await settle()
  expect([call.code, restarts()]).toEqual(['resolved', 0])
})

test('a long call is left alone as long as the Worker answers probes', async () => {
  const { client, worker, settle, pass, last, outcome, restarts } = await started()
  const long = outcome(client.call('processCommit', []))
  await settle()
  const probes = new Set<number>()
  for (let i = 0; i < 20; i++) {
    const { id } = last('probe')
    probes.add(id)
    worker().say({ kind: 'alive', id })
    await pass(LIMITS.gateMs / 2)
  }
  expect([long.code, restarts()]).toEqual([null, 0])
  expect(probes.size).toBeGreaterThan(10)
  worker().say({ kind: 'alive', id: last('probe').id })
  worker().say({ kind: 'value', id: last('call').id, value: 1 })
  await pass(10 * LIMITS.gateMs)
  expect([long.code, restarts()]).toEqual(['resolved', 0])
})

test('calls that feed nothing of a peer are not watched', async () => {
  const { client, settle, pass, outcome, restarts, timers } = await started()
  const own = outcome(client.call('createIdentity', []))
  await settle()
  await pass(100 * LIMITS.gateMs)
  expect([own.code, restarts(), timers.size]).toEqual([null, 0, 0])
})

test('a Worker that is still starting can not be late; once it speaks, it can', async () => {
  const { client, worker, settle, pass, outcome, restarts } = setup()
  await client.start()
  const call = outcome(client.call('join', []))
  await settle()
  await pass(10 * LIMITS.gateMs)
  expect([call.code, restarts()]).toEqual([null, 0])
  worker().say({ kind: 'ready' })
  await settle()
  await pass(LIMITS.gateMs)
  worker(1).say({ kind: 'ready' })
  await settle()
  expect([call.code, restarts()]).toEqual(['worker-ended', 1])
})

test('a Worker that breaks is replaced, but not for ever if it never speaks', async () => {
  const { client, worker, workers, settle, outcome } = await started()
  const call = outcome(client.call('seal', []))
  await settle()
  worker().breakDown()
  await settle()
  expect([call.code, workers.length]).toEqual(['worker-ended', 2])
  for (let i = 0; i < 10; i++) {
    worker().breakDown()
    await settle()
  }
  expect(workers.length).toBeLessThan(6)
  const after = outcome(client.call('seal', []))
  await settle()
  expect(after.code).toBe('worker-ended')
})

test('after closing, nothing is answered and nothing is started', async () => {
  const { client, worker, workers, settle, outcome } = await started()
  const call = outcome(client.call('join', []))
  await settle()
  await client.close()
  worker().breakDown()
  const late = outcome(client.call('hasVaultKey', []))
  await settle()
  expect([call.code, late.code, workers.length, worker().ended]).toEqual(['worker-ended', 'worker-ended', 1, true])
})

test('an argument that can not be copied is our own fault, and leaves nothing behind', async () => {
  const { client, settle, outcome } = await started()
  const call = outcome(client.call('verify', [() => 1]))
  await settle()
  expect(call.code).toBe('internal')
})

test('no view leaves the Worker: what is posted owns all of its buffer', () => {
  const secrets = new Uint8Array(1000).fill(0x5e)
  const tag = secrets.subarray(10, 12)
  const posted = ownBytes({ info: { tag, roster: [{ key: tag }] }, whole: Uint8Array.of(1), none: null, count: 3, word: 'w', yes: true })
  expect(posted).toEqual({ info: { tag, roster: [{ key: tag }] }, whole: Uint8Array.of(1), none: null, count: 3, word: 'w', yes: true })
  const sizes: number[] = []
  JSON.stringify(posted, (_key, value: unknown) => {
    if (value instanceof Uint8Array) sizes.push(value.buffer.byteLength - value.byteLength)
    return value
  })
  expect(sizes).toEqual([0, 0, 0])
})

test("every call that takes a peer's bytes is watched", () => {
  const watched = Object.entries(CALLS).flatMap(([name, whose]) => (whose === 'peer' ? [name] : []))
  expect(watched.sort()).toEqual(
    [
      'blindKeys',
      'checkChain',
      'createCommit',
      'decrypt',
      'externalCommit',
      'handshakeProof',
      'handshakeVerify',
      'inspectCommit',
      'inspectKeyPackage',
      'join',
      'openSignal',
      'processCommit',
      'refound',
      'verify',
    ].sort(),
  )
})
