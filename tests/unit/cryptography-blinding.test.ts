/** Blinded keys, against the same computed by another library, and what a broker can make of them. */
import { createHash, randomBytes } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '#contracts/ids.ts'
import { blinding } from '../../remotes/cryptography/adapters/blinding.ts'
import { BASE, bytesOf, decodePoint, encodePoint, multiply, ORDER } from '../../remotes/cryptography/adapters/edwards25519.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'

const seedOf = (n: number): Uint8Array => createHash('sha256').update(`seed ${n}`).digest()
const keyOf = (n: number): Uint8Array => ed25519.getPublicKey(seedOf(n))
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`)
const sha512 = (...parts: readonly Uint8Array[]): Uint8Array => createHash('sha512').update(Buffer.concat(parts)).digest()

const period6 = (period: number): Buffer => Buffer.from(period.toString(16).padStart(12, '0'), 'hex')
const factor = (key: Uint8Array, period: number): bigint =>
  numberOf(sha512(Buffer.from('sotto rendezvous v1\0'), key, period6(period))) % ORDER

test('points: as another library multiplies and writes them', () => {
  for (const scalar of [1n, 2n, 8n, ORDER - 1n, ...Array.from({ length: 20 }, (_, i) => numberOf(sha512(Buffer.from([i]))) % ORDER)]) {
    expect(toHex(encodePoint(multiply(BASE, scalar)))).toBe(ed25519.Point.BASE.multiply(scalar).toHex())
  }
  for (let n = 0; n < 20; n++) {
    const point = decodePoint(keyOf(n))
    expect(point === null ? null : toHex(encodePoint(point))).toBe(toHex(keyOf(n)))
  }
})

test('what is no point, no canonical encoding, or of small order, is no key', () => {
  const P = 2n ** 255n - 19n
  const refused = [
    new Uint8Array(31),
    new Uint8Array(32).fill(0xff),
    bytesOf(0n),
    bytesOf(1n),
    bytesOf(P - 1n),
    bytesOf(P),
    bytesOf(P + 3n),
    bytesOf(1n | (1n << 255n)),
    fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
    fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
  ]
  for (const bytes of refused) expect(blinding.blind(bytes, 1)).toBeNull()
  // Half of all y are on no point: as the other library says.
  let off = 0
  for (let i = 2; i < 60; i++) {
    const bytes = bytesOf(BigInt(i))
    let isPoint = true
    try {
      ed25519.Point.fromBytes(bytes)
    } catch {
      isPoint = false
    }
    if (!isPoint) off++
    expect(decodePoint(bytes) !== null, `y = ${i}`).toBe(isPoint)
  }
  expect(off).toBeGreaterThan(10)
})

test('the public half by the public key alone is the one that the private key signs by', async () => {
  for (let n = 0; n < 10; n++) {
    for (const period of [0, 1, 123_456, 2 ** 40]) {
      const message = Buffer.from(`challenge ${n} ${period}`)
      const blinded = blinding.blind(keyOf(n), period)
      const { key, signature } = blinding.sign(seedOf(n), period, message)
      expect(toHex(blinded ?? new Uint8Array())).toBe(toHex(key))
      expect(toHex(key)).toBe(
        ed25519.Point.fromBytes(keyOf(n))
          .multiply(factor(keyOf(n), period))
          .toHex(),
      )
      expect(await webcrypto.verify(key, message, signature)).toBe(true)
      expect(ed25519.verify(signature, message, key)).toBe(true)
      expect(await webcrypto.verify(key, Buffer.from('another'), signature)).toBe(false)
      // Not by the unblinded key, and not in another period.
      expect(await webcrypto.verify(keyOf(n), message, signature)).toBe(false)
      expect(toHex(blinding.blind(keyOf(n), period + 1) ?? new Uint8Array())).not.toBe(toHex(key))
    }
  }
})

test('two messages under one key never share a nonce, and one message is signed the same way again', () => {
  const half = (message: string, period: number): string =>
    toHex(blinding.sign(seedOf(1), period, Buffer.from(message)).signature.subarray(0, 32))
  const halves = [half('a', 1), half('b', 1), half('a', 2), half('b', 2)]
  expect(new Set(halves).size).toBe(4)
  expect(half('a', 1)).toBe(halves[0])
})

/**
 * Over three periods of a thousand people: which of two keys of another period is of the same person? Asked of what a broker could
 * try that has no public half: bits in common. By construction there is nothing to find: each is a hash of the key and the period.
 */
test('keys of one person in two periods are no nearer than those of two', () => {
  const people = 1000
  const keys = Array.from({ length: 3 }, (_, period) =>
    Array.from({ length: people }, (_, n) => blinding.blind(keyOf(n), period) ?? new Uint8Array()),
  )
  const distance = (a: Uint8Array, b: Uint8Array): number => {
    let bits = 0
    for (let i = 0; i < 32; i++) for (let rest = (a[i] ?? 0) ^ (b[i] ?? 0); rest > 0; rest >>= 1) bits += rest & 1
    return bits
  }
  const at = (period: number, n: number): Uint8Array => keys[period]?.[n % people] ?? new Uint8Array()
  expect(new Set(keys.flat().map(toHex)).size).toBe(3 * people)
  for (const [from, to] of [
    [0, 1],
    [1, 2],
    [0, 2],
  ] as const) {
    let nearer = 0
    for (let n = 0; n < people; n++) {
      const [same, other] = [distance(at(from, n), at(to, n)), distance(at(from, n), at(to, n + 1))]
      nearer += same < other ? 1 : same === other ? 0.5 : 0
    }
    // Five standard deviations of a fair coin.
    expect(Math.abs(nearer / people - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / people))
  }
}, 60_000)

test('random keys: the two ways agree', () => {
  for (let i = 0; i < 20; i++) {
    const seed = randomBytes(32)
    const period = randomBytes(4).readUInt32BE()
    expect(toHex(blinding.sign(seed, period, seed).key)).toBe(toHex(blinding.blind(ed25519.getPublicKey(seed), period) ?? seed))
  }
})
