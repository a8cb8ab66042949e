/** Sealed signalling: opens for its target alone, is one of three sizes, and says who sent it. */
import { beforeAll, expect, test } from 'vitest'
import type { Cryptography, Identity, InviteMade } from '#contracts/cryptography.ts'
import { codeOf } from '#contracts/errors.ts'
import { idOf, type InviteKey, toHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { claimBytes } from '#contracts/wire/broker-claim.ts'
import { encode } from '#contracts/wire/codec.ts'
import { labelled } from '#contracts/wire/labels.ts'
import { SIGNAL_BUCKETS, signalTargetCodec } from '#contracts/wire/signal.ts'
import { blinding } from '../../remotes/cryptography/adapters/blinding.ts'
import { nistKey } from '../../remotes/cryptography/adapters/ecdsa.ts'
import { hpke } from '../../remotes/cryptography/adapters/hpke.ts'
import { mls } from '../../remotes/cryptography/adapters/mls.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { createCryptographyCore } from '../../remotes/cryptography/core/cryptography.ts'
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

const message = (body = Uint8Array.of(1, 2, 3)) => ({ replyTo: 'sk1-here', nowMs: NOW, body })
const toDevice = (from: Person, to: Person, body?: Uint8Array<ArrayBuffer>) =>
  from.cryptography.sealSignal({ to: { kind: 'device', device: to.identity.device, signalling: to.identity.signalling }, ...message(body) })
const byInvite = (toInviter: boolean, key: InviteKey = invite.key, secret = invite.secret) => ({
  kind: 'invite' as const,
  invite: key,
  secret,
  toInviter,
})

test('a device opens what is sealed to it, and learns the sender', async () => {
  const { tbs } = await bob.cryptography.openSignal(await toDevice(ann, bob), { kind: 'device' })
  expect(tbs).toMatchObject({ v: 1, sender: ann.identity.device, sentAtMs: NOW, replyTo: 'sk1-here', body: Uint8Array.of(1, 2, 3) })
  expect(tbs.target).toEqual({ kind: 'device', device: bob.identity.device })
})

test('two blobs of the same words differ, nonce included', async () => {
  const blobs = [await toDevice(ann, bob), await toDevice(ann, bob)]
  const [one, two] = await Promise.all(blobs.map((blob) => bob.cryptography.openSignal(blob, { kind: 'device' })))
  expect(blobs[0]).not.toEqual(blobs[1])
  expect(one?.tbs.nonce).not.toEqual(two?.tbs.nonce)
})

test('nobody else opens it, nor does it open as an invite', async () => {
  const blob = await toDevice(ann, bob)
  expect(await refusal(eve.cryptography.openSignal(blob, { kind: 'device' }))).toBe('cannot-decrypt')
  expect(await refusal(bob.cryptography.openSignal(blob, byInvite(true)))).toBe('cannot-decrypt')
})

test('a blob sealed to another device under my signalling key does not open: the target is bound', async () => {
  const blob = await ann.cryptography.sealSignal({
    to: { kind: 'device', device: eve.identity.device, signalling: bob.identity.signalling },
    ...message(),
  })
  expect(await refusal(bob.cryptography.openSignal(blob, { kind: 'device' }))).toBe('cannot-decrypt')
})

test('by an invite both directions work, each with keys of its own', async () => {
  const call = await bob.cryptography.sealSignal({ to: byInvite(true), ...message() })
  expect((await ann.cryptography.openSignal(call, byInvite(true))).tbs.sender).toBe(bob.identity.device)
  const answer = await ann.cryptography.sealSignal({ to: byInvite(false), ...message() })
  expect((await bob.cryptography.openSignal(answer, byInvite(false))).tbs.sender).toBe(ann.identity.device)

  expect(await refusal(bob.cryptography.openSignal(call, byInvite(false)))).toBe('cannot-decrypt')
  expect(await refusal(ann.cryptography.openSignal(answer, byInvite(true)))).toBe('cannot-decrypt')
})

test('without the secret, or under another invite, it does not open', async () => {
  const call = await bob.cryptography.sealSignal({ to: byInvite(true), ...message() })
  const wrong = new Uint8Array(LIMITS.inviteSecretBytes)
  expect(await refusal(ann.cryptography.openSignal(call, byInvite(true, invite.key, wrong)))).toBe('cannot-decrypt')
  expect(await refusal(ann.cryptography.openSignal(call, byInvite(true, idOf<InviteKey>(new Uint8Array(32)))))).toBe('cannot-decrypt')
  expect(await refusal(ann.cryptography.openSignal(call, byInvite(true, invite.key, wrong.subarray(1))))).toBe('invite-malformed')
})

test('own words that come back are refused', async () => {
  const call = await bob.cryptography.sealSignal({ to: byInvite(true), ...message() })
  expect(await refusal(bob.cryptography.openSignal(call, byInvite(true)))).toBe('unexpected')
})

test('a blob is one of three sizes, the same by either way, and fits its limit', async () => {
  const sizes = new Set<number>()
  for (const length of [0, 1, 1500, 1900, 3000, 5000, 9 * 1024]) {
    const body = new Uint8Array(length)
    sizes.add((await toDevice(ann, bob, body)).length)
    sizes.add((await bob.cryptography.sealSignal({ to: byInvite(true), ...message(body) })).length)
  }
  expect([...sizes].sort((a, b) => a - b)).toEqual(SIGNAL_BUCKETS.map((bucket) => bucket + 48))
  expect(Math.max(...sizes)).toBeLessThanOrEqual(LIMITS.signalBlobBytes)
  expect(await refusal(toDevice(ann, bob, new Uint8Array(9 * 1024 + 1)))).toBe('too-large')
})

test('every altered byte is refused, and every other length', async () => {
  for (const [blob, opener, via] of [
    [await toDevice(ann, bob), bob, { kind: 'device' }],
    [await bob.cryptography.sealSignal({ to: byInvite(true), ...message() }), ann, byInvite(true)],
  ] as const) {
    for (let at = 0; at < blob.length; at += at < 64 ? 1 : 97) {
      const altered = blob.slice()
      // The top bit of an X25519 key is not part of it (RFC 7748 section 5), but it is part of HPKE's context.
      altered[at] = (altered[at] ?? 0) ^ 0x80
      expect(await refusal(opener.cryptography.openSignal(altered, via)), `byte ${at}`).toBe('cannot-decrypt')
    }
    expect(await refusal(opener.cryptography.openSignal(blob.subarray(1), via))).toBe('malformed')
    expect(await refusal(opener.cryptography.openSignal(new Uint8Array(), via))).toBe('malformed')
    expect(await refusal(opener.cryptography.openSignal(new Uint8Array(LIMITS.signalBlobBytes + 1), via))).toBe('too-large')
  }
})

test('sealing to what is no key is refused', async () => {
  const to = { kind: 'device' as const, device: bob.identity.device, signalling: idOf<Identity['signalling']>(new Uint8Array(31)) }
  expect(await refusal(ann.cryptography.sealSignal({ to, ...message() }))).toBe('malformed')
  const zero = { ...to, signalling: idOf<Identity['signalling']>(new Uint8Array(32)) }
  expect(await refusal(ann.cryptography.sealSignal({ to: zero, ...message() }))).toBe('malformed')
})

test('a sender who seals what it should not is refused: another target inside, padding of its own', async () => {
  /** Eve's core, whose HPKE seals to bob whatever she composed, changed as she likes. */
  const sending = async (change: (plaintext: Uint8Array) => Uint8Array, device = bob.identity.device) => {
    const info = labelled('sotto signal to device v1', encode(signalTargetCodec, { kind: 'device', device: bob.identity.device }))
    const hostile = { ...hpke, seal: (to: Uint8Array, _info: Uint8Array, plaintext: Uint8Array) => hpke.seal(to, info, change(plaintext)) }
    const core = createCryptographyCore({
      primitives: webcrypto,
      hpke: hostile,
      blinding,
      nistKey,
      mls,
      keystore: memoryKeystoreForTests(),
    })
    await core.createIdentity({ deviceName: 'd', nowMs: NOW })
    const blob = await core.sealSignal({ to: { kind: 'device', device, signalling: bob.identity.signalling }, ...message() })
    return refusal(bob.cryptography.openSignal(blob, { kind: 'device' }))
  }
  expect(await sending((plaintext) => plaintext)).toBe('resolved')
  expect(await sending((plaintext) => plaintext, ann.identity.device)).toBe('unexpected')
  expect(await sending((plaintext) => plaintext.map((byte, at) => (at === plaintext.length - 1 ? 1 : byte)))).toBe('malformed')
  expect(await sending((plaintext) => Uint8Array.from([...plaintext, ...new Uint8Array(2048)]))).toBe('malformed')
  expect(await sending((plaintext) => plaintext.map((byte, at) => (at < 2 ? 0xff : byte)))).toBe('malformed')
})

test('a broker’s challenge is answered with the rendezvous key of the period, or with the invite’s, for the name it was asked under', async () => {
  const nonce = new Uint8Array(32).fill(7)
  const verified = (key: Uint8Array, host: string, signature: Uint8Array) => webcrypto.verify(key, claimBytes(host, nonce), signature)
  const device = await ann.cryptography.claimBrokerId({ host: 'a.example', nonce }, 5, null)
  // Whoever has the public half knows what it is then.
  expect(await bob.cryptography.blindKeys([ann.identity.rendezvous, invite.key], 5)).toEqual([
    toHex(device.key),
    toHex((await ann.cryptography.claimBrokerId({ host: 'a.example', nonce }, 5, invite)).key),
  ])
  expect(await verified(device.key, 'a.example', device.signature)).toBe(true)
  expect(await verified(device.key, 'b.example', device.signature)).toBe(false)
  const invited = await ann.cryptography.claimBrokerId({ host: 'a.example', nonce }, 6, invite)
  expect([toHex(invited.key)]).toEqual(await bob.cryptography.blindKeys([invite.key], 6))
  expect(await verified(invited.key, 'a.example', invited.signature)).toBe(true)
  expect(await bob.cryptography.blindKeys([idOf(new Uint8Array(32)), idOf(new Uint8Array(32).fill(0xff))], 6)).toEqual([null, null])
})

test('no challenge of another form is signed, and no invite that is another’s or that was sealed elsewhere', async () => {
  const nonce = new Uint8Array(32)
  const { claimBrokerId } = ann.cryptography
  expect(await refusal(claimBrokerId({ host: 'a.example', nonce: new Uint8Array(31) }, 5, null))).not.toBe('resolved')
  expect(await refusal(claimBrokerId({ host: 'a'.repeat(256), nonce }, 5, null))).not.toBe('resolved')
  const other = await ann.cryptography.createInvite()
  expect(await refusal(claimBrokerId({ host: 'a.example', nonce }, 5, { key: invite.key, sealed: other.sealed }))).not.toBe('resolved')
  expect(await refusal(bob.cryptography.claimBrokerId({ host: 'a.example', nonce }, 5, invite))).not.toBe('resolved')
})
