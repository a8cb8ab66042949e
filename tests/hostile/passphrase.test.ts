/** The stored vault key, altered: a code, no key, no stretching by what was altered, and what was there still opens. */
import { expect, test } from 'vitest'
import { codeOf } from '#contracts/errors.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { keeper } from '../../remotes/cryptography/core/keeper.ts'
import { createCryptographyForTests, memoryKeystoreForTests, quickStretch } from '../support/cryptography.ts'

const NOW = Date.UTC(2026, 10, 21)
const PASSPHRASE = 'correct horse battery'

const refusal = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'resolved', codeOf)

async function stored(passphrase: string | null) {
  const keystore = memoryKeystoreForTests()
  const cryptography = createCryptographyForTests({ keystore })
  const { sealed } = await cryptography.createIdentity({ deviceName: 'd', nowMs: NOW })
  if (passphrase !== null) await cryptography.setPassphrase({ current: null, next: passphrase })
  const { held } = keystore
  if (held === null || held.record === null) throw new Error('nothing is stored')
  let stretched = 0
  const asked = keeper({
    primitives: webcrypto,
    keystore,
    stretch: (...args) => {
      stretched++
      return quickStretch(...args)
    },
  })
  return { keystore, held, record: held.record, sealed, asked, stretches: () => stretched }
}

for (const passphrase of [null, PASSPHRASE]) {
  test(`each bit and each length of the record, ${passphrase === null ? 'without' : 'with'} a passphrase`, async () => {
    const { keystore, held, record, sealed, asked, stretches } = await stored(passphrase)
    const altered: Uint8Array<ArrayBuffer>[] = []
    for (let at = 0; at < record.length; at++) {
      for (let bit = 0; bit < 8; bit++) altered.push(record.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)))
      altered.push(record.slice(0, at))
    }
    altered.push(new Uint8Array([...record, 0]))
    for (const one of altered) {
      keystore.held = { ...held, record: one }
      const code = await refusal(createCryptographyForTests({ keystore }).openIdentity(sealed))
      expect(['malformed', 'too-large', 'storage-newer']).toContain(code)
      if ((one[0] ?? 0) > 1) expect(code).toBe('storage-newer')
      expect(await refusal(asked.unlock(PASSPHRASE))).toBe(code)
      expect(await refusal(asked.setPassphrase({ current: passphrase, next: 'something else' }))).toBe(code)
      expect(keystore.held.record).toBe(one)
    }
    expect(stretches()).toBe(0)
    keystore.held = held
    const whole = createCryptographyForTests({ keystore })
    if (passphrase !== null) await whole.unlock(passphrase)
    await whole.openIdentity(sealed)
  })
}

test('another device key opens nothing, and is not taken for a wrong passphrase', async () => {
  const { keystore, held, asked } = await stored(PASSPHRASE)
  keystore.held = { ...held, key: await webcrypto.newVaultKey() }
  expect(await refusal(asked.unlock(PASSPHRASE))).toBe('malformed')
})

test('the record of before is no way back in: each wrapping has a device key and a salt of its own', async () => {
  const { keystore, held, sealed } = await stored(PASSPHRASE)
  const cryptography = createCryptographyForTests({ keystore })
  await cryptography.setPassphrase({ current: PASSPHRASE, next: PASSPHRASE })
  const after = keystore.held
  if (after === null) throw new Error('nothing is stored')
  expect(after.record?.slice(2, 18)).not.toEqual(held.record?.slice(2, 18))
  keystore.held = { key: after.key, record: held.record }
  const mixed = createCryptographyForTests({ keystore })
  expect(await refusal(mixed.unlock(PASSPHRASE))).toBe('malformed')
  expect(await refusal(mixed.openIdentity(sealed))).toBe('malformed')
})

test('who sets one over a vault that changed meanwhile replaces nothing', async () => {
  const { keystore, asked } = await stored(PASSPHRASE)
  const other = keeper({ primitives: webcrypto, keystore, stretch: quickStretch })
  const { load } = keystore
  let first = true
  keystore.load = async () => {
    const found = await load()
    if (first) {
      first = false
      await other.setPassphrase({ current: PASSPHRASE, next: 'the other was faster' })
    }
    return found
  }
  expect(await refusal(asked.setPassphrase({ current: PASSPHRASE, next: 'too late, this one' }))).toBe('unexpected')
  await other.unlock('the other was faster')
})
