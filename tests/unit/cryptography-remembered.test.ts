/** Signatures that are remembered: exactly what verified is, and nothing else. */
import { expect, test } from 'vitest'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { rememberVerified } from '../../remotes/cryptography/core/remembered.ts'

async function setup() {
  const key = await webcrypto.signingKey(new Uint8Array(32).fill(7))
  let asked = 0
  const verify = rememberVerified((...args) => {
    asked++
    return webcrypto.verify(...args)
  })
  const message = Uint8Array.from({ length: 300 }, (_, i) => i)
  return { key, verify, message, signature: await key.sign(message), asked: () => asked }
}
const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))

test('what verified is not verified again', async () => {
  const { key, verify, message, signature, asked } = await setup()
  for (let i = 0; i < 3; i++) expect(await verify(key.publicKey, message.slice(), signature.slice())).toBe(true)
  expect(asked()).toBe(1)
})

test('one bit off is another question, and a no is asked anew each time', async () => {
  const { key, verify, message, signature, asked } = await setup()
  await verify(key.publicKey, message, signature)
  for (let i = 0; i < 2; i++) {
    expect(await verify(flip(key.publicKey, 3), message, signature)).toBe(false)
    expect(await verify(key.publicKey, flip(message, 299), signature)).toBe(false)
    expect(await verify(key.publicKey, message, flip(signature, 63))).toBe(false)
    expect(await verify(key.publicKey, message.subarray(0, 299), signature)).toBe(false)
  }
  expect(asked()).toBe(9)
})

test('the same bytes, cut elsewhere, are another question', async () => {
  const { key, verify, message, signature } = await setup()
  await verify(key.publicKey, message, signature)
  const all = [...key.publicKey, ...signature, ...message]
  for (const [first, second] of [
    [31, 64],
    [33, 63],
    [32, 65],
    [0, 0],
  ] as const) {
    const cut = [all.slice(0, first), all.slice(first, first + second), all.slice(first + second)].map((part) => Uint8Array.from(part))
    const [publicKey, sign, rest] = cut as [Uint8Array, Uint8Array, Uint8Array]
    expect(await verify(publicKey, rest, sign)).toBe(false)
  }
})

test('long messages are not kept, and what is kept is bounded', async () => {
  const { key, verify, asked } = await setup()
  const long = new Uint8Array(2049)
  const signature = await key.sign(long)
  for (let i = 0; i < 2; i++) expect(await verify(key.publicKey, long, signature)).toBe(true)
  expect(asked()).toBe(2)

  let real = 0
  const bounded = rememberVerified(() => {
    real++
    return Promise.resolve(true)
  })
  const numbered = (n: number) => Uint8Array.of(n >> 8, n & 255)
  for (let n = 0; n < 2049; n++) await bounded(numbered(0), numbered(n), numbered(0))
  expect(real).toBe(2049)
  await bounded(numbered(0), numbered(2048), numbered(0))
  expect(real).toBe(2049)
  // The oldest made room.
  await bounded(numbered(0), numbered(0), numbered(0))
  expect(real).toBe(2050)
})
