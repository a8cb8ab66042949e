/** Proving the peer: who passes, and everybody who does not, each by name. */
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Cryptography, Identity, InviteMade, ProvenPeer } from '#contracts/cryptography.ts'
import { codeOf } from '#contracts/errors.ts'
import { idOf, type RoomId, type SessionId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { type ExpectedPeer, HANDSHAKE_MAX_BYTES, handshakeCodec } from '#contracts/wire/handshake.ts'
import { blinding } from '../../remotes/cryptography/adapters/blinding.ts'
import { nistKey } from '../../remotes/cryptography/adapters/ecdsa.ts'
import { hpke } from '../../remotes/cryptography/adapters/hpke.ts'
import { mls } from '../../remotes/cryptography/adapters/mls.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { Handshakes } from '../../remotes/cryptography/core/handshake.ts'
import { createIdentity, openIdentity } from '../../remotes/cryptography/core/identity.ts'
import { Vault } from '../../remotes/cryptography/core/vault.ts'
import { createCryptographyForTests, memoryKeystoreForTests } from '../support/cryptography.ts'

const NOW = Date.UTC(2026, 10, 21)
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (thrown: unknown) => codeOf(thrown),
  )

interface Person {
  readonly cryptography: Cryptography
  readonly identity: Identity
}
const person = async (): Promise<Person> => {
  const cryptography = createCryptographyForTests()
  return { cryptography, identity: (await cryptography.createIdentity({ deviceName: 'd', nowMs: NOW })).identity }
}

let ann: Person
let bob: Person
let eve: Person
let invite: InviteMade
beforeAll(async () => {
  ;[ann, bob, eve] = await Promise.all([person(), person(), person()])
  invite = await ann.cryptography.createInvite()
})

let session: SessionId
beforeEach(() => {
  session = idOf<SessionId>(crypto.getRandomValues(new Uint8Array(16)))
})

const print = (fill: number) => new Uint8Array(32).fill(fill)
const FINGERPRINTS = { offerer: print(1), answerer: print(2) }
type Side = Omit<Parameters<Cryptography['handshakeProof']>[0], 'session' | 'peerHello'> & { readonly who: Person }

const expecting = (who: Person): ExpectedPeer => ({ kind: 'device', device: who.identity.device })
const offerer = (who: Person, of: Person, over: Partial<Side> = {}): Side => ({
  who,
  role: 'offerer',
  fingerprints: FINGERPRINTS,
  expected: expecting(of),
  invite: null,
  ...over,
})
const answerer = (who: Person, of: Person, over: Partial<Side> = {}): Side => ({ ...offerer(who, of), role: 'answerer', ...over })
const joiner = (who: Person, over: Partial<Side> = {}): Side =>
  offerer(who, ann, { expected: { kind: 'inviter', invite: invite.key }, invite: { secret: invite.secret, inviteKey: null }, ...over })
const inviter = (over: Partial<Side> = {}): Side =>
  answerer(ann, bob, {
    expected: { kind: 'joiner', invite: invite.key },
    invite: { secret: invite.secret, inviteKey: invite.sealed },
    ...over,
  })

/** Both sides up to their proofs. */
async function proofs(one: Side, two: Side) {
  const hellos = await Promise.all([one, two].map(({ who }) => who.cryptography.handshakeHello(session)))
  const prove = ({ who, ...side }: Side, peerHello: Uint8Array | undefined) =>
    who.cryptography.handshakeProof({ session, peerHello: peerHello ?? new Uint8Array(), ...side })
  return Promise.all([prove(one, hellos[1]), prove(two, hellos[0])])
}
const verify = ({ who }: Side, proof: Uint8Array, nowMs = NOW): Promise<ProvenPeer> =>
  who.cryptography.handshakeVerify(session, proof, nowMs)
const shake = async (one: Side, two: Side): Promise<string[]> => {
  const [first, second] = await proofs(one, two)
  return Promise.all([refusal(verify(one, second)), refusal(verify(two, first))])
}

test('two who expect each other prove each other', async () => {
  const [one, two] = [offerer(ann, bob), answerer(bob, ann)]
  const [first, second] = await proofs(one, two)
  expect(await verify(one, second)).toEqual({
    device: bob.identity.device,
    user: bob.identity.user,
    chain: bob.identity.chain,
    wireVersion: 1,
  })
  expect(await verify(two, first)).toMatchObject({ device: ann.identity.device, user: ann.identity.user })
})

test('by an invite, the joiner proves to know it and the inviter to own it', async () => {
  const [one, two] = [joiner(bob), inviter()]
  const [first, second] = await proofs(one, two)
  expect((await verify(one, second)).device).toBe(ann.identity.device)
  expect((await verify(two, first)).device).toBe(bob.identity.device)
})

test('a swapped certificate is noticed by both', async () => {
  const swapped = { ...FINGERPRINTS, answerer: print(9) }
  expect(await shake(offerer(ann, bob), answerer(bob, ann, { fingerprints: swapped }))).toEqual(['wrong-transcript', 'wrong-transcript'])
})

test('a broker in the middle that swaps both certificates, keys and all, proves nothing', async () => {
  // Eve answers ann as the broker would have to, with a hello and a connection of her own.
  const middle = { offerer: print(1), answerer: print(9) }
  const [, second] = await proofs(offerer(ann, bob, { fingerprints: middle }), answerer(eve, ann, { fingerprints: middle }))
  expect(await refusal(verify(offerer(ann, bob), second))).toBe('wrong-peer')
})

test('a proof from one connection is worth nothing on another', async () => {
  const [, relayed] = await proofs(offerer(eve, bob), answerer(bob, eve))
  await bob.cryptography.handshakeEnd(session)
  await eve.cryptography.handshakeEnd(session)
  await proofs(offerer(ann, bob), answerer(eve, ann))
  expect(await refusal(verify(offerer(ann, bob), relayed))).toBe('wrong-transcript')
})

test('who is expected is part of what is signed', async () => {
  // Bob means to speak with eve; eve can't pass him on to ann, although ann expects bob.
  const outcomes = await shake(offerer(ann, bob), answerer(bob, eve))
  expect(outcomes).toEqual(['bad-signature', 'wrong-peer'])
})

test('reflection is refused: own hello, own proof', async () => {
  const hello = await ann.cryptography.handshakeHello(session)
  const { who: _who, ...side } = offerer(ann, bob)
  expect(await refusal(ann.cryptography.handshakeProof({ session, peerHello: hello, ...side }))).toBe('wrong-peer')

  const [own] = await proofs(offerer(ann, bob), answerer(bob, ann))
  expect(await refusal(verify(offerer(ann, bob), own))).toBe('wrong-transcript')
})

test('two offerers do not meet', async () => {
  expect(await shake(offerer(ann, bob), offerer(bob, ann))).toEqual(['wrong-transcript', 'wrong-transcript'])
})

test('somebody who has the invite link can call, but not pose as the inviter', async () => {
  const posing = answerer(eve, bob, {
    expected: { kind: 'inviter', invite: invite.key },
    invite: { secret: invite.secret, inviteKey: null },
  })
  const [, second] = await proofs(joiner(bob), posing)
  expect(await refusal(verify(joiner(bob), second))).not.toBe('resolved')

  // With a private half of her own invite in its place:
  const own = await eve.cryptography.createInvite()
  const forged = eve.cryptography.handshakeProof({
    session: idOf<SessionId>(new Uint8Array(16)),
    role: 'answerer',
    peerHello: await bob.cryptography.handshakeHello(idOf<SessionId>(new Uint8Array(16).fill(1))),
    fingerprints: FINGERPRINTS,
    expected: { kind: 'joiner', invite: invite.key },
    invite: { secret: invite.secret, inviteKey: own.sealed },
  })
  expect(await refusal(forged)).toBe('malformed')
})

test('the inviter is believed for its signature alone, whatever else is right', async () => {
  // Eve's own core: it proves whatever she likes, as the inviter would, but for the invite's private half.
  const keystore = memoryKeystoreForTests()
  const ports = { primitives: webcrypto, hpke, blinding, nistKey, mls, keystore }
  const vault = new Vault(keystore, webcrypto)
  await vault.create()
  const identity = await openIdentity(ports, vault, await createIdentity(ports, vault, { deviceName: 'd', nowMs: NOW }))
  const another = await webcrypto.signingKey(webcrypto.random(32))
  for (const key of [null, another]) {
    session = idOf<SessionId>(crypto.getRandomValues(new Uint8Array(16)))
    const thief = new Handshakes(ports)
    const theirHello = await thief.hello(session)
    const { who: _who, ...side } = joiner(bob)
    const peerHello = await bob.cryptography.handshakeHello(session)
    await bob.cryptography.handshakeProof({ session, peerHello: theirHello, ...side })
    const proof = await thief.proof(session, identity, {
      role: 'answerer',
      peerHello,
      fingerprints: FINGERPRINTS,
      expected: { kind: 'joiner', invite: invite.key },
      invite: { secret: invite.secret, key },
    })
    expect(await refusal(verify(joiner(bob), proof))).toBe('wrong-peer')
  }
})

test('somebody without the secret gets nowhere on an invite', async () => {
  const guessed = joiner(eve, { invite: { secret: new Uint8Array(LIMITS.inviteSecretBytes), inviteKey: null } })
  expect(await shake(guessed, inviter())).toEqual(['wrong-transcript', 'wrong-transcript'])
})

test('an expired certificate is refused, at the time of the handshake', async () => {
  const [one, two] = [offerer(ann, bob), answerer(bob, ann)]
  const [, second] = await proofs(one, two)
  expect(await refusal(verify(one, second, NOW + 2 * LIMITS.certificateLifeMs))).toBe('expired-certificate')
})

test('a hello with a point of small order is refused', async () => {
  await ann.cryptography.handshakeHello(session)
  const { who: _who, ...side } = offerer(ann, bob)
  const peerHello = encode(handshakeCodec, { kind: 'hello', v: 1, ephemeral: new Uint8Array(32), nonce: print(3) })
  expect(await refusal(ann.cryptography.handshakeProof({ session, peerHello, ...side }))).toBe('malformed')
})

test('a shared secret of zeros is refused, should an engine not refuse it itself', async () => {
  const key = await webcrypto.newAgreementKey()
  const theirs = (await webcrypto.newAgreementKey()).publicKey
  expect(await key.agree(theirs)).toHaveLength(32)
  expect(await key.agree(theirs.subarray(1))).toBeNull()
  const spy = vi.spyOn(crypto.subtle, 'deriveBits').mockResolvedValue(new ArrayBuffer(32))
  expect(await key.agree(theirs)).toBeNull()
  spy.mockRestore()
})

test('every altered byte of a proof is refused', async () => {
  const [one, two] = [offerer(ann, bob), answerer(bob, ann)]
  for (let at = 0; at < 280; at += 9) {
    session = idOf<SessionId>(crypto.getRandomValues(new Uint8Array(16)))
    const [, second] = await proofs(one, two)
    expect(at).toBeLessThan(second.length)
    const altered = second.slice()
    altered[at] = (altered[at] ?? 0) ^ 1
    expect(await refusal(verify(one, altered)), `byte ${at}`).not.toBe('resolved')
    await bob.cryptography.handshakeEnd(session)
  }
})

test('a session goes one way, once', async () => {
  const { cryptography } = ann
  const { who: _who, ...side } = offerer(ann, bob)
  const peerHello = await bob.cryptography.handshakeHello(session)
  expect(await refusal(cryptography.handshakeProof({ session, peerHello, ...side }))).toBe('unexpected')
  await cryptography.handshakeHello(session)
  expect(await refusal(cryptography.handshakeHello(session))).toBe('unexpected')
  expect(await refusal(cryptography.handshakeVerify(session, peerHello, NOW))).toBe('unexpected')
  const twice = [1, 2].map(() => refusal(cryptography.handshakeProof({ session, peerHello, ...side })))
  expect((await Promise.all(twice)).sort()).toEqual(['resolved', 'unexpected'])
  // What fails, ends it: an attacker gets one guess.
  expect(await refusal(cryptography.handshakeVerify(session, peerHello, NOW))).toBe('malformed')
  expect(await refusal(cryptography.handshakeVerify(session, peerHello, NOW))).toBe('unexpected')
  expect(await refusal(cryptography.roomTags(session, []))).toBe('unexpected')
})

test('sessions are bounded, and ending one makes room', async () => {
  const fresh = await person()
  const sessions = Array.from({ length: 300 }, (_, i) => idOf<SessionId>(new Uint8Array(16).fill(i % 256).fill(i >> 8, 0, 1)))
  const outcomes: string[] = []
  for (const one of sessions) outcomes.push(await refusal(fresh.cryptography.handshakeHello(one)))
  expect(outcomes.filter((code) => code === 'resolved')).toHaveLength(256)
  const [first, last] = [sessions[0], sessions[299]]
  if (first === undefined || last === undefined) throw new Error('sessions were made')
  await fresh.cryptography.handshakeEnd(first)
  expect(await refusal(fresh.cryptography.handshakeHello(last))).toBe('resolved')
})

test('room tags agree on one link and differ on the next', async () => {
  const rooms = [idOf<RoomId>(new Uint8Array(16).fill(1)), idOf<RoomId>(new Uint8Array(16).fill(2))]
  const tags = async () => {
    const [one, two] = [offerer(ann, bob), answerer(bob, ann)]
    const [first, second] = await proofs(one, two)
    await Promise.all([verify(one, second), verify(two, first)])
    const both = await Promise.all([ann, bob].map(({ cryptography }) => cryptography.roomTags(session, rooms)))
    expect(both[0]).toEqual(both[1])
    return both[0] ?? []
  }
  const here = await tags()
  expect(here.map((tag) => tag.length)).toEqual([32, 32])
  session = idOf<SessionId>(crypto.getRandomValues(new Uint8Array(16)))
  const there = await tags()
  expect(new Set([...here, ...there]).size).toBe(4)
})

test('both messages are the ones of the wire format', async () => {
  const [one, two] = [offerer(ann, bob), answerer(bob, ann)]
  const hello = await eve.cryptography.handshakeHello(session)
  expect(decode(handshakeCodec, hello, HANDSHAKE_MAX_BYTES).kind).toBe('hello')
  const [first] = await proofs(one, two)
  expect(decode(handshakeCodec, first, HANDSHAKE_MAX_BYTES).kind).toBe('proof')
})
