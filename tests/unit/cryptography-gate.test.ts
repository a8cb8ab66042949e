/** The gate's parts by themselves: the walker's rules, and the checks that stand behind it in case it errs. */
import { expect, test } from 'vitest'
import { codeOf } from '#contracts/errors.ts'
import { admit, type LibraryCodec } from '../../remotes/cryptography/core/gate/gate.ts'
import { shapesOf } from '../../remotes/cryptography/core/gate/shapes.ts'
import { SUITES } from '../../remotes/cryptography/core/gate/suites.ts'
import {
  exactly,
  inside,
  opaque,
  optional,
  type Rule,
  selected,
  sequence,
  uint,
  vector,
  walk,
  zeros,
} from '../../remotes/cryptography/core/gate/walker.ts'
import { isSmallOrder } from '../../remotes/cryptography/core/gate/x25519.ts'
import { engineForTests, NOW } from '../support/mls.ts'

const outcome = (run: () => unknown): string => {
  try {
    run()
    return 'passed'
  } catch (thrown) {
    return codeOf(thrown)
  }
}
const walked = (rule: Rule, ...bytes: number[]): string => outcome(() => walk(rule, Uint8Array.from(bytes)))

test('numbers take their bytes and no more', () => {
  expect(walked(uint(2), 1, 2)).toBe('passed')
  expect(walked(uint(2), 1)).toBe('malformed')
  expect(walked(uint(2), 1, 2, 3)).toBe('malformed')
  expect(walked(exactly(2, 0x0102), 1, 2)).toBe('passed')
  expect(walked(exactly(2, 0x0102, 'wrong-suite'), 1, 3)).toBe('wrong-suite')
})

test('lengths are minimal, within their bound and within what is there', () => {
  const rule = opaque(1, 100)
  expect(walked(rule, 2, 7, 7)).toBe('passed')
  expect(walked(rule, 0)).toBe('malformed')
  expect(walked(rule)).toBe('malformed')
  expect(walked(rule, 3, 7, 7)).toBe('malformed')
  expect(walked(rule, 0x40, 2, 7, 7)).toBe('malformed')
  expect(walked(rule, 0x80, 0, 0, 2, 7, 7)).toBe('malformed')
  expect(walked(rule, 0xc0, 0, 0, 0, 0, 0, 0, 2, 7, 7)).toBe('malformed')
  const fill = (length: number) => Array.from({ length }, () => 7)
  expect(walked(rule, 0x40, 64, ...fill(64))).toBe('passed')
  expect(walked(rule, 0x40, 101, ...fill(101))).toBe('malformed')
  expect(walked(opaque(0, 20_000), 0x80, 0, 0x40, 0, ...fill(0x4000))).toBe('passed')
  expect(walked(opaque(0, 20_000), 0x7f, 0xff, ...fill(0x3fff))).toBe('passed')
  expect(walked(opaque(0, 20_000), 0x80, 0, 0x3f, 0xff, ...fill(0x3fff))).toBe('malformed')
})

test('vectors are counted, and end where they say', () => {
  const pairs = vector(() => uint(2), 2)
  expect(walked(pairs, 0)).toBe('passed')
  expect(walked(pairs, 4, 1, 2, 3, 4)).toBe('passed')
  expect(walked(pairs, 3, 1, 2, 3)).toBe('malformed')
  expect(walked(pairs, 6, 1, 2, 3, 4, 5, 6)).toBe('malformed')
  const places: number[] = []
  walk(
    vector((index) => {
      places.push(index)
      return uint(1)
    }, 3),
    Uint8Array.of(3, 9, 9, 9),
  )
  expect(places).toEqual([0, 1, 2])
  // An inner length can't reach past the outer one.
  expect(walked(inside(opaque(0, 9)), 2, 5, 7, 7, 7, 7, 7)).toBe('malformed')
})

test('presence is 0 or 1, a choice is one that is known, padding is zeros', () => {
  expect(walked(optional(uint(1)), 0)).toBe('passed')
  expect(walked(optional(uint(1)), 1, 9)).toBe('passed')
  expect(walked(optional(uint(1)), 2, 9)).toBe('malformed')
  const choice = selected(1, (value) => (value === 5 ? uint(1) : exactly(1, 0)))
  expect(walked(choice, 5, 9)).toBe('passed')
  expect(walked(choice, 6, 9)).toBe('malformed')
  expect(walked(sequence(uint(1), zeros), 9, 0, 0)).toBe('passed')
  expect(walked(sequence(uint(1), zeros), 9, 0, 1)).toBe('malformed')
})

test('should the walker and the library ever disagree, the message is refused', async () => {
  const { engine, identity } = await engineForTests()
  const { keyPackage } = await engine.createKeyPackage(identity, NOW)
  const fair: LibraryCodec<Uint8Array> = { decode: (bytes) => [bytes, bytes.length], encode: (value) => value }
  const gate = (codec: LibraryCodec<Uint8Array>) => outcome(() => admit(shapesOf(SUITES.classic).messages.keyPackage, keyPackage, codec))
  expect(gate(fair)).toBe('passed')
  expect(gate({ ...fair, decode: (bytes) => [bytes, bytes.length - 1] })).toBe('malformed')
  expect(gate({ ...fair, decode: () => undefined })).toBe('malformed')
  expect(gate({ ...fair, encode: (value) => value.slice(1) })).toBe('malformed')
  expect(gate({ ...fair, encode: (value) => value.map((byte, at) => (at === 100 ? byte ^ 1 : byte)) })).toBe('malformed')
  for (const broken of ['decode', 'encode'] as const) {
    const throwing = () => {
      throw new TypeError('undefined is not a function')
    }
    expect(gate({ ...fair, [broken]: throwing })).toBe('malformed')
  }
})

test('keys of small order are known, with either top bit, and WebCrypto agrees about each', async () => {
  const p = 2n ** 255n - 19n
  const orderEight = [
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ]
  const little = (value: bigint) => Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))
  const { privateKey } = (await crypto.subtle.generateKey('X25519', false, ['deriveBits'])) as CryptoKeyPair
  const sharesNothing = async (key: Uint8Array<ArrayBuffer>) => {
    const theirs = await crypto.subtle.importKey('raw', key, 'X25519', false, [])
    return crypto.subtle.deriveBits({ name: 'X25519', public: theirs }, privateKey, 256).then(
      (bits) => new Uint8Array(bits).every((byte) => byte === 0),
      () => true,
    )
  }
  for (const u of [0n, 1n, ...orderEight, p - 1n, p, p + 1n]) {
    for (const top of [0n, 2n ** 255n]) {
      expect([isSmallOrder(little(u + top)), await sharesNothing(little(u + top))], `${u}`).toEqual([true, true])
    }
  }
  for (const u of [2n, 9n, p - 2n, p + 2n])
    expect([isSmallOrder(little(u)), await sharesNothing(little(u))], `${u}`).toEqual([false, false])
})

test('a KeyPackage whose init key or leaf key is of small order is refused before anybody encrypts to it', async () => {
  const { engine, identity } = await engineForTests()
  const { keyPackage } = await engine.createKeyPackage(identity, NOW)
  for (const at of [9, 42]) {
    const altered = keyPackage.slice()
    altered.fill(0, at, at + 32)
    await expect(engine.inspectKeyPackage(altered, NOW)).rejects.toMatchObject({ code: 'malformed' })
    altered.fill(7, at, at + 32)
    await expect(engine.inspectKeyPackage(altered, NOW)).rejects.toMatchObject({ code: 'bad-signature' })
  }
})
