/** Who a device is: made, sealed, reopened, certified, shown in words and digits. */
import { entropyToMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { expect, test } from 'vitest'
import { codeOf } from '#contracts/errors.ts'
import { type DeviceKey, fromHex, idOf, toHex, type UserId } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { certificateTbsCodec } from '#contracts/wire/certificate.ts'
import { encode } from '#contracts/wire/codec.ts'
import { deviceRecordTbsCodec } from '#contracts/wire/device-record.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { entropyOf, phraseOf } from '../../remotes/cryptography/core/phrase.ts'
import { safetyNumber } from '../../remotes/cryptography/core/safety-number.ts'
import { createCryptographyForTests, memoryKeystoreForTests } from '../support/cryptography.ts'

const NOW = Date.UTC(2026, 10, 21)
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (thrown: unknown) => codeOf(thrown),
  )
const device = async (deviceName = 'laptop') => {
  const keystore = memoryKeystoreForTests()
  const cryptography = createCryptographyForTests({ keystore })
  return { keystore, cryptography, ...(await cryptography.createIdentity({ deviceName, nowMs: NOW })) }
}

test('a new identity certifies its device and signs its record', async () => {
  const { cryptography, identity } = await device()
  await cryptography.checkChain(identity.chain, { user: identity.user, device: identity.device, nowMs: NOW })
  const { tbs, signature } = identity.record
  expect(
    await cryptography.verify([{ label: 'record', key: identity.device, bytes: encode(deviceRecordTbsCodec, tbs), signature }]),
  ).toEqual([true])
  expect(tbs).toMatchObject({ device: identity.device, rendezvous: identity.rendezvous, signalling: identity.signalling })
  expect(new Set([identity.user, identity.device, identity.rendezvous, identity.signalling]).size).toBe(4)
})

test('a reload opens the same identity, and only where its vault key is', async () => {
  const first = await device()
  const again = createCryptographyForTests({ keystore: first.keystore })
  expect(await again.hasVaultKey()).toBe(true)
  expect(await again.openIdentity(first.sealed)).toEqual(first.identity)
  const signature = await again.sign('entry', Uint8Array.of(1))
  expect(await again.verify([{ label: 'entry', key: first.identity.device, bytes: Uint8Array.of(1), signature }])).toEqual([true])

  const elsewhere = createCryptographyForTests()
  expect(await elsewhere.hasVaultKey()).toBe(false)
  expect(await refusal(elsewhere.openIdentity(first.sealed))).toBe('identity-missing')
  const other = await device()
  expect(await refusal(other.cryptography.openIdentity(first.sealed))).toBe('malformed')
})

test('24 words bring the same person back, on a new device; other words make nothing', async () => {
  const first = await device()
  const words = await first.cryptography.revealPhrase()
  const keystore = memoryKeystoreForTests()
  const elsewhere = createCryptographyForTests({ keystore })
  const restore = (given: readonly string[]) => elsewhere.restoreIdentity({ deviceName: 'new', nowMs: NOW, words: given })
  const swapped = [words[1] ?? '', words[0] ?? '', ...words.slice(2)]
  for (const wrong of [[], words.slice(1), [...words, 'abandon'], swapped, words.with(5, 'nonsense'), words.with(5, '')]) {
    // two neighbours may be the same word
    if (wrong.join() !== words.join()) expect(await refusal(restore(wrong)), wrong.join(' ')).toBe('malformed')
  }
  expect(await keystore.load()).toBeNull()

  const { identity, sealed } = await restore(words)
  expect(identity.user).toBe(first.identity.user)
  for (const key of ['device', 'rendezvous', 'signalling'] as const) expect(identity[key]).not.toBe(first.identity[key])
  await first.cryptography.checkChain(identity.chain, { user: first.identity.user, device: identity.device, nowMs: NOW })
  expect(await elsewhere.revealPhrase()).toEqual(words)
  const stranger = (await device()).identity.user
  expect(await elsewhere.safetyNumber(stranger)).toBe(await first.cryptography.safetyNumber(stranger))
  expect(await refusal(restore(words))).toBe('identity-exists')
  const again = createCryptographyForTests({ keystore })
  expect(await again.openIdentity(sealed)).toEqual(identity)
})

test('every phrase of the standard’s library is read', async () => {
  for (let i = 0; i < 20; i++) {
    const entropy = webcrypto.random(32)
    expect(await entropyOf(entropyToMnemonic(entropy, wordlist).split(' '), wordlist, webcrypto)).toEqual(entropy)
  }
  expect(await refusal(entropyOf([], [], webcrypto))).toBe('internal')
})

test('an identity is made once', async () => {
  const { cryptography } = await device()
  expect(await refusal(cryptography.createIdentity({ deviceName: 'second', nowMs: NOW }))).toBe('identity-exists')
  const fresh = createCryptographyForTests()
  const both = await Promise.all([1, 2].map(() => refusal(fresh.createIdentity({ deviceName: 'twice', nowMs: NOW }))))
  expect(both.sort()).toEqual(['identity-exists', 'resolved'])
})

test('without an identity nothing is signed', async () => {
  expect(await refusal(createCryptographyForTests().sign('entry', Uint8Array.of(1)))).toBe('identity-missing')
})

test('destroy forgets the vault key', async () => {
  const { cryptography, sealed } = await device()
  await cryptography.destroy()
  expect(await cryptography.hasVaultKey()).toBe(false)
  expect(await refusal(cryptography.openIdentity(sealed))).toBe('identity-missing')
})

test('every altered byte of a sealed identity is refused', async () => {
  const { cryptography, sealed } = await device()
  for (let at = 0; at < sealed.length; at += 17) {
    const altered = sealed.slice()
    altered[at] = (altered[at] ?? 0) ^ 1
    expect(await refusal(cryptography.openIdentity(altered)), `byte ${at}`).toBe('malformed')
  }
})

test('a chain is refused for another user, another device, an altered field, another date', async () => {
  const { cryptography, identity } = await device()
  const stranger = (await device()).identity
  const { user, chain } = identity
  const check = (over: Partial<Parameters<typeof cryptography.checkChain>[1]>, given = chain) =>
    refusal(cryptography.checkChain(given, { user, device: identity.device, nowMs: NOW, ...over }))
  expect(await check({})).toBe('resolved')
  expect(await check({ user: stranger.user })).toBe('bad-certificate')
  expect(await check({ device: stranger.device })).toBe('bad-certificate')
  const [certificate] = chain
  if (certificate === undefined) throw new Error('no certificate')
  expect(await check({}, [])).toBe('bad-certificate')
  expect(await check({}, [certificate, certificate])).toBe('bad-certificate')
  const renamed = { ...certificate, tbs: { ...certificate.tbs, deviceName: 'phone' } }
  expect(await check({}, [renamed])).toBe('bad-certificate')
  const claimed = { ...certificate, tbs: { ...certificate.tbs, user: stranger.user } }
  expect(await check({ user: stranger.user }, [claimed])).toBe('bad-certificate')

  expect(await check({ nowMs: NOW - LIMITS.signalWindowMs })).toBe('resolved')
  expect(await check({ nowMs: NOW - LIMITS.signalWindowMs - 1 })).toBe('expired-certificate')
  expect(await check({ nowMs: NOW + LIMITS.certificateLifeMs + LIMITS.signalWindowMs - 1 })).toBe('resolved')
  expect(await check({ nowMs: NOW + LIMITS.certificateLifeMs + LIMITS.signalWindowMs })).toBe('expired-certificate')
})

test('a signature is worth nothing under another label', async () => {
  const { cryptography, identity } = await device()
  const bytes = encode(certificateTbsCodec, {
    v: 1,
    user: identity.user,
    device: identity.device,
    deviceName: '',
    createdMs: 1,
    expiresMs: 2,
    serial: 1,
  })
  const signature = await cryptography.sign('content', bytes)
  const item = { key: identity.device, bytes, signature }
  expect(
    await cryptography.verify([
      { label: 'content', ...item },
      { label: 'certificate', ...item },
      { label: 'entry', ...item },
    ]),
  ).toEqual([true, false, false])
  // The engine can't have other things signed, whatever it claims.
  const sign = cryptography.sign as (label: string, bytes: Uint8Array) => Promise<Uint8Array>
  for (const label of ['certificate', 'record', 'signal', 'handshake', 'inviteHandshake'])
    expect(await refusal(sign(label, bytes))).toBe('unexpected')
})

test('verification is strict: small-order keys, keys off the canon and short input are refused', async () => {
  const { cryptography } = await device()
  // With a key of order one, R = S = 0-ish signatures hold for every message unless the key is refused.
  const weak = [
    '0100000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000080',
    '0000000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ]
  const forged = fromHex('01'.padEnd(64, '0') + '00'.repeat(32))
  const honest = (await device()).identity.device
  const items = [...weak, honest].map((key) => ({
    label: 'entry' as const,
    key: key as DeviceKey,
    bytes: Uint8Array.of(1),
    signature: forged,
  }))
  expect(await cryptography.verify(items)).toEqual(items.map(() => false))
  // What WebCrypto alone would say, here, about the first: it is why the check exists.
  const key = await crypto.subtle.importKey('raw', fromHex(weak[0] ?? ''), 'Ed25519', false, ['verify'])
  expect(await crypto.subtle.verify('Ed25519', key, forged, Uint8Array.of(1))).toBe(true)
  const short = { label: 'entry' as const, key: honest.slice(2) as DeviceKey, bytes: Uint8Array.of(1), signature: forged.slice(1) }
  expect(await cryptography.verify([short, { ...short, key: 'no hex' as DeviceKey }])).toEqual([false, false])
})

test('records open under their own name only, and not as another purpose', async () => {
  const { cryptography, sealed, identity } = await device()
  const items = [
    { name: 'messages/1', bytes: Uint8Array.of(1, 2, 3) },
    { name: 'messages/2', bytes: new Uint8Array(70_000).fill(7) },
  ]
  const [one, two] = await cryptography.seal(items)
  if (one === undefined || two === undefined) throw new Error('nothing sealed')
  expect(
    await cryptography.open([
      { name: 'messages/1', bytes: one },
      { name: 'messages/2', bytes: two },
    ]),
  ).toEqual(items.map(({ bytes }) => bytes))
  expect(await refusal(cryptography.open([{ name: 'messages/2', bytes: one }]))).toBe('malformed')
  expect(await refusal(cryptography.open([{ name: 'identity', bytes: sealed }]))).toBe('malformed')
  const invite = await cryptography.createInvite()
  expect(await refusal(cryptography.open([{ name: invite.key, bytes: invite.sealed }]))).toBe('malformed')
  expect(toHex(one)).not.toContain(toHex(Uint8Array.of(1, 2, 3)))
  expect(identity.user).toHaveLength(64)
})

test('the words are BIP-39 of the entropy, and there are 24', async () => {
  const { cryptography } = await device()
  const words = await cryptography.revealPhrase()
  expect(words).toHaveLength(24)
  expect(words.every((word) => wordlist.includes(word))).toBe(true)
  expect(await cryptography.revealPhrase()).toEqual(words)
  for (const fill of [0, 0x7f, 0x80, 0xff, 0x5a]) {
    const entropy = new Uint8Array(32).fill(fill).map((byte, i) => byte ^ (fill === 0x5a ? i * 37 : 0))
    expect((await phraseOf(entropy, wordlist, webcrypto)).join(' ')).toBe(entropyToMnemonic(entropy, wordlist))
  }
})

test('the safety number is the same on both sides, 60 digits, and has not changed since it was published', async () => {
  const [ann, bob, eve] = [await device(), await device(), await device()]
  const number = await ann.cryptography.safetyNumber(bob.identity.user)
  expect(number).toMatch(/^\d{60}$/)
  expect(await bob.cryptography.safetyNumber(ann.identity.user)).toBe(number)
  expect(await ann.cryptography.safetyNumber(eve.identity.user)).not.toBe(number)
  // Computed apart from this code, with Python's hashlib, from docs/protocol.md.
  const user = (fill: number) => idOf<UserId>(new Uint8Array(32).fill(fill))
  expect(await safetyNumber(user(1), user(2), webcrypto)).toBe('297789560685129772083185967771385194027083418468554981898239')
})
