/**
 * What every Broker must do, whatever stands behind it: the browser's adapter against our broker and
 * against the stock one, and the simulator's fake.
 */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BrokerId, BlindedKey } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { brokerIdOf } from '#contracts/wire/broker-id.ts'
import { type Match, type Pattern, type Seen, seenAs } from './network/recorder.ts'

export interface BrokerClient {
  /** Proves the id with its own key, or with that of `keyOf`. */
  listen(id: BrokerId, token: string, keyOf?: BrokerId): Promise<void>
  unlisten(id: BrokerId): Promise<void>
  send(from: BrokerId, to: BrokerId, kind: 'offer' | 'answer' | 'candidate', blob: Pattern): Promise<boolean | 'too-large'>
  close(): Promise<void>
  /** The next event that matches, each handed out once. */
  next(match: Match): Promise<Seen>
  /** How many events matched so far. */
  count(match: Match): Promise<number>
}

export interface BrokerHarness {
  client(): Promise<BrokerClient>
  /** The server ends, without a word to its clients beyond their closed sockets; and comes back, empty. */
  down(): Promise<void>
  up(): Promise<void>
  end(): Promise<void>
}

const seeds = new Map<BrokerId, string>()
/** A fresh broker id, the hash of a key of its own. */
export function freshId(): BrokerId {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' })
  const hex = (text: string): string => Buffer.from(text, 'base64url').toString('hex')
  const id = brokerIdOf(hex(x) as BlindedKey, (bytes) => createHash('sha256').update(bytes).digest())
  seeds.set(id, hex(d))
  return id
}
/** The seed of the key behind a fresh id, in hex; for any other id that of nobody's key. */
export const seedOf = (id: BrokerId): string => seeds.get(id) ?? '00'.repeat(32)

/** `asksForProof`: whether this broker wants to be shown that an id is one's own. */
export function brokerSuite(name: string, start: () => Promise<BrokerHarness>, asksForProof = false): void {
  describe(`Broker: ${name}`, () => {
    let harness: BrokerHarness
    beforeAll(async () => {
      harness = await start()
    })
    afterAll(() => harness.end())

    /** A client registered under a fresh id. */
    const listening = async (): Promise<{ readonly client: BrokerClient; readonly id: BrokerId }> => {
      const id = freshId()
      const client = await harness.client()
      await client.listen(id, `token-${id}`)
      await client.next({ kind: 'listening', id })
      return { client, id }
    }

    test.concurrent('blobs of every size arrive as they were sent, in order, from whom they are', async () => {
      const [alice, bob] = [await listening(), await listening()]
      const blobs = [0, 1, 2, 3, 2048, LIMITS.signalBlobBytes].map((length, seed) => ({ length, seed }))
      for (const blob of blobs) expect(await alice.client.send(alice.id, bob.id, 'offer', blob)).toBe(true)
      for (const blob of blobs) {
        expect(await bob.client.next({ kind: 'blob' })).toEqual({ kind: 'blob', to: bob.id, from: alice.id, blob: seenAs(blob) })
      }
    })

    test.concurrent('a blob above the bound is refused before it is sent', async () => {
      const [alice, bob] = [await listening(), await listening()]
      expect(await alice.client.send(alice.id, bob.id, 'offer', { length: LIMITS.signalBlobBytes + 1, seed: 1 })).toBe('too-large')
    })

    test.concurrent('the three kinds all carry', async () => {
      const [alice, bob] = [await listening(), await listening()]
      for (const [seed, kind] of (['offer', 'answer', 'candidate'] as const).entries()) {
        await alice.client.send(alice.id, bob.id, kind, { length: 100, seed })
        await bob.client.next({ kind: 'blob', from: alice.id, blob: seenAs({ length: 100, seed }) })
      }
    })

    test.concurrent('one client holds several ids and knows which one a blob came for', async () => {
      const [alice, bob] = [await listening(), await listening()]
      const second = freshId()
      await bob.client.listen(second, 'token-2')
      await bob.client.next({ kind: 'listening', id: second })
      await alice.client.send(alice.id, second, 'offer', { length: 9, seed: 2 })
      await alice.client.send(alice.id, bob.id, 'offer', { length: 9, seed: 1 })
      await bob.client.next({ kind: 'blob', to: second, blob: seenAs({ length: 9, seed: 2 }) })
      await bob.client.next({ kind: 'blob', to: bob.id, blob: seenAs({ length: 9, seed: 1 }) })
    })

    test.concurrent('nothing is sent from an id that is not registered', async () => {
      const [alice, bob] = [await listening(), await listening()]
      expect(await alice.client.send(freshId(), bob.id, 'offer', { length: 9, seed: 1 })).toBe(false)
      expect(await alice.client.send(bob.id, alice.id, 'offer', { length: 9, seed: 1 })).toBe(false)
    })

    test.concurrent('an absent id is said to be absent', async () => {
      const alice = await listening()
      const nobody = freshId()
      expect(await alice.client.send(alice.id, nobody, 'offer', { length: 9, seed: 1 })).toBe(true)
      await alice.client.next({ kind: 'absent', to: nobody })
    })

    test.concurrent('a blob waits a moment for an id that comes', async () => {
      const alice = await listening()
      const late = freshId()
      await alice.client.send(alice.id, late, 'offer', { length: 9, seed: 3 })
      const bob = await harness.client()
      await bob.listen(late, 'token-late')
      await bob.next({ kind: 'blob', to: late, from: alice.id, blob: seenAs({ length: 9, seed: 3 }) })
    })

    test.concurrent('an id that is given up gets nothing any more', async () => {
      const [alice, bob] = [await listening(), await listening()]
      await bob.client.unlisten(bob.id)
      expect(await bob.client.send(bob.id, alice.id, 'offer', { length: 9, seed: 1 })).toBe(false)
      // What was sent while the socket was closing may be lost: the broker is asked until it says so.
      let absent = 0
      while (absent === 0) {
        await alice.client.send(alice.id, bob.id, 'offer', { length: 9, seed: 1 })
        absent = await alice.client.next({ kind: 'absent', to: bob.id }).then(() => 1)
      }
      expect(await bob.client.count({ kind: 'blob' })).toBe(0)
    })

    test.concurrent('an id is its holder’s: another token, without its key, gets it at most when it is free', async () => {
      const bob = await listening()
      const thief = await harness.client()
      await thief.listen(bob.id, 'another-token', freshId())
      const reason = asksForProof ? 'refused' : 'id-taken'
      await thief.next({ kind: 'down', id: bob.id, reason })
      expect(await thief.send(bob.id, bob.id, 'offer', { length: 9, seed: 1 })).toBe(false)
      await bob.client.close()
      if (asksForProof) await thief.next({ kind: 'down', id: bob.id, reason })
      else await thief.next({ kind: 'listening', id: bob.id })
      await thief.close()
    })

    if (asksForProof)
      test.concurrent('the key gets its id whatever the token', async () => {
        const [alice, bob] = [await listening(), await listening()]
        const restored = await harness.client()
        await restored.listen(bob.id, 'a-token-of-another-life')
        await restored.next({ kind: 'listening', id: bob.id })
        await bob.client.close()
        await alice.client.send(alice.id, bob.id, 'offer', { length: 9, seed: 6 })
        await restored.next({ kind: 'blob', to: bob.id, blob: seenAs({ length: 9, seed: 6 }) })
      })

    test.concurrent('the same token takes the id over from a socket that is probably dead', async () => {
      const [alice, bob] = [await listening(), await listening()]
      const reloaded = await harness.client()
      await reloaded.listen(bob.id, `token-${bob.id}`)
      await reloaded.next({ kind: 'listening', id: bob.id })
      expect(await reloaded.count({ kind: 'down' })).toBe(0)
      await bob.client.close()
      await alice.client.send(alice.id, bob.id, 'offer', { length: 9, seed: 4 })
      await reloaded.next({ kind: 'blob', to: bob.id, blob: seenAs({ length: 9, seed: 4 }) })
    })

    test('a broker that goes and comes back is found again', async () => {
      const [alice, bob] = [await listening(), await listening()]
      await harness.down()
      await alice.client.next({ kind: 'down', id: alice.id, reason: 'closed' })
      await bob.client.next({ kind: 'down', id: bob.id, reason: 'closed' })
      expect(await alice.client.send(alice.id, bob.id, 'offer', { length: 9, seed: 1 })).toBe(false)
      await harness.up()
      await alice.client.next({ kind: 'listening', id: alice.id })
      await bob.client.next({ kind: 'listening', id: bob.id })
      await alice.client.send(alice.id, bob.id, 'offer', { length: 9, seed: 5 })
      await bob.client.next({ kind: 'blob', to: bob.id, blob: seenAs({ length: 9, seed: 5 }) })
    })
  })
}
