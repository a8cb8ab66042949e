/**
 * The MLS working group's vectors with the provider that ships, where they are (`npm run vectors` plays them with both
 * providers); and each part of it against another implementation.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { p256, p384 } from '@noble/curves/nist.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { XWing } from '@noble/post-quantum/hybrid.js'
import { describe, expect, test } from 'vitest'
import { ecdsaP256, ecdsaP384, fromDer } from '../../remotes/cryptography/adapters/ecdsa.ts'
import { dhKemX25519 } from '../../remotes/cryptography/adapters/kem.ts'
import { dhKemP256, dhKemP384 } from '../../remotes/cryptography/adapters/kem-nist.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { xWing } from '../../remotes/cryptography/adapters/xwing.ts'
import { play, type Vector } from '../vectors/passive-client.ts'
import { isPlayed, type PlayedSuite, PROVIDERS } from '../vectors/suites.ts'

const FOLDER = new URL('../../../shared/vectors/mls/', import.meta.url)
const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : []
if (files.length === 0) console.log('no MLS vectors beside the checkout (../shared/vectors/mls): they are not played')

const SUITES: readonly PlayedSuite[] = [1, 2, 3, 7]
const random = (length: number) => webcrypto.random(length)

describe.each(files)('%s', (file) => {
  test('every case of the suites we speak', async () => {
    const vectors: readonly Vector[] = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))
    const played = vectors.filter(({ cipher_suite }) => isPlayed(cipher_suite))
    expect(played.length).toBeGreaterThan(0)
    for (const vector of played) if (isPlayed(vector.cipher_suite)) await play(vector, await PROVIDERS.fast(vector.cipher_suite))
  }, 120_000)
})

test.each(SUITES)('suite %i: the two providers make one key of one seed, and open what the other sealed', async (id) => {
  const [theirs, ours] = await Promise.all([PROVIDERS.default(id), PROVIDERS.fast(id)])
  const seed = random(id === 7 ? 48 : 32)
  const [info, aad, plaintext, context] = [random(20), random(10), random(300), random(9)]
  const pairs = await Promise.all([theirs.hpke.deriveKeyPair(seed), ours.hpke.deriveKeyPair(seed)])
  const raw = await theirs.hpke.exportPublicKey(pairs[0].publicKey)
  expect(await ours.hpke.exportPublicKey(pairs[1].publicKey)).toEqual(raw)
  expect(await ours.hpke.exportPrivateKey(pairs[1].privateKey)).toEqual(await theirs.hpke.exportPrivateKey(pairs[0].privateKey))

  for (const [from, to, own] of [
    [theirs.hpke, ours.hpke, pairs[1].privateKey],
    [ours.hpke, theirs.hpke, pairs[0].privateKey],
  ] as const) {
    const key = await from.importPublicKey(raw)
    const { ct, enc } = await from.seal(key, plaintext, info, aad)
    expect(await to.open(own, enc, ct, info, aad)).toEqual(plaintext)
    await expect(to.open(own, enc, ct, info, random(10))).rejects.toThrow()
    const exported = await from.exportSecret(key, context, 40, info)
    expect(await to.importSecret(own, context, exported.enc, 40, info)).toEqual(exported.secret)
  }
  expect(await ours.hash.digest(plaintext)).toEqual(await theirs.hash.digest(plaintext))
  expect(await ours.hash.digest(plaintext)).toEqual(await theirs.hash.digest(plaintext))
  expect(await ours.hash.mac(seed, plaintext)).toEqual(await theirs.hash.mac(seed, plaintext))
  expect(await ours.kdf.extract(seed, plaintext)).toEqual(await theirs.kdf.extract(seed, plaintext))
  expect(await ours.kdf.expand(seed, info, 70)).toEqual(await theirs.kdf.expand(seed, info, 70))
})

test.each([
  ['P-256', dhKemP256, (raw: Uint8Array) => p256.getPublicKey(raw, false), p256.Point.Fn.ORDER],
  ['P-384', dhKemP384, (raw: Uint8Array) => p384.getPublicKey(raw, false), p384.Point.Fn.ORDER],
] as const)('%s: the public half of any private key', async (_name, kem, publicKey, order) => {
  const raw = (value: bigint) => Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * kem.secretBytes, '0'), 'hex'))
  const chance = Array.from({ length: 20 }, () => BigInt(`0x${Buffer.from(random(kem.secretBytes)).toString('hex')}`) % order)
  for (const secret of [1n, 2n, 3n, order - 2n, ...chance].map(raw)) {
    expect(await kem.secret(secret).publicKey()).toEqual(publicKey(secret))
  }
})

test('X25519: the public half of any private key, and no secret with a key of small order', async () => {
  const secret = random(32)
  expect(await dhKemX25519.secret(secret).publicKey()).toEqual(x25519.getPublicKey(secret))
  await expect(dhKemX25519.encapsulate(new Uint8Array(32), random(32))).rejects.toThrow()
})

test('X-Wing agrees with another implementation, both ways', async () => {
  for (let round = 0; round < 5; round++) {
    const seed = random(32)
    const theirs = XWing.keygen(seed)
    const ours = xWing.secret(seed)
    expect(await ours.publicKey()).toEqual(theirs.publicKey)
    // it overwrites the key that it is given
    const sealed = XWing.encapsulate(theirs.publicKey.slice())
    expect(await xWing.decapsulate(ours, sealed.cipherText)).toEqual(sealed.sharedSecret)
    const { enc, shared } = await xWing.encapsulate(theirs.publicKey, random(64))
    expect(XWing.decapsulate(enc, theirs.secretKey)).toEqual(shared)
    expect([enc.length, theirs.publicKey.length]).toEqual([xWing.encBytes, xWing.publicBytes])
  }
})

test.each([
  ['P-256', ecdsaP256, p256, 32],
  ['P-384', ecdsaP384, p384, 48],
] as const)('%s signatures: made here and checked there, and the other way; one spelling of each', async (_name, ours, theirs, bytes) => {
  const options = { prehash: true, format: 'der', lowS: false } as const
  const secret = theirs.utils.randomSecretKey()
  const key = await ours.signingKey(secret)
  const publicKey = theirs.getPublicKey(secret, false)
  expect(key.publicKey).toEqual(publicKey)
  for (let round = 0; round < 20; round++) {
    const message = random(round)
    const made = await key.sign(message)
    expect(theirs.verify(made, message, publicKey, options)).toBe(true)
    const signature = theirs.sign(message, secret, options)
    expect(await ours.verify(publicKey, message, signature)).toBe(true)
    expect(await ours.verify(publicKey, random(round + 1), signature)).toBe(false)
    for (let at = 0; at < signature.length; at++) {
      const changed = signature.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await ours.verify(publicKey, message, changed)).toBe(false)
    }
    expect(await ours.verify(publicKey, message, Uint8Array.of(...signature, 0))).toBe(false)
    expect(await ours.verify(publicKey, message, signature.subarray(0, -1))).toBe(false)
  }
  expect(await ours.verify(theirs.getPublicKey(secret, true), random(3), theirs.sign(random(3), secret, options))).toBe(false)
  // a length in two bytes, and a number with a zero too many
  expect(fromDer(Uint8Array.of(0x30, 0x81, 6, 2, 1, 1, 2, 1, 1), bytes)).toBe(null)
  expect(fromDer(Uint8Array.of(0x30, 7, 2, 2, 0, 1, 2, 1, 1), bytes)).toBe(null)
  expect(fromDer(Uint8Array.of(0x30, 6, 2, 1, 1, 2, 1, 1), bytes)).not.toBe(null)
  expect(fromDer(new Uint8Array(), bytes)).toBe(null)
})
