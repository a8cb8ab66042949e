/** The passphrase, as every Cryptography port keeps it: what is sealed is shut until it was typed, and nothing is lost by a wrong one. */
import { expect, test } from 'vitest'
import { LIMITS } from '#contracts/limits.ts'
import { type Devices, refusal } from './cryptography-suite.ts'

const NOW = Date.UTC(2026, 10, 21)
const ITEM = { name: 'n', bytes: new TextEncoder().encode('kept') }
const FIRST = 'correct horse battery'
const SECOND = 'staple, and another one'
/** The real thing takes seconds for each. */
const TIMEOUT = { timeout: 180_000 }

export function testPassphrase(devices: Devices): void {
  const device = async () => {
    const { cryptography, reload } = await devices.create()
    const { identity, sealed } = await cryptography.createIdentity({ deviceName: 'd', nowMs: NOW })
    const [record = new Uint8Array()] = await cryptography.seal([ITEM])
    const opens = async (one: typeof cryptography) => {
      expect(await one.openIdentity(sealed)).toEqual(identity)
      expect(await one.open([{ name: 'n', bytes: record }])).toEqual([ITEM.bytes])
    }
    return { cryptography, reload, sealed, record, opens }
  }

  test('set: after a reload nothing opens until it was typed; a wrong one changes nothing', TIMEOUT, async () => {
    const { cryptography, reload, sealed, record, opens } = await device()
    expect(await cryptography.hasPassphrase()).toBe(false)
    await cryptography.setPassphrase({ current: null, next: FIRST })
    await opens(cryptography)

    const again = await reload()
    expect(await again.hasPassphrase()).toBe(true)
    expect(await again.hasVaultKey()).toBe(true)
    expect(await refusal(again.openIdentity(sealed))).toBe('locked')
    expect(await refusal(again.open([{ name: 'n', bytes: record }]))).toBe('locked')
    expect(await refusal(again.seal([ITEM]))).toBe('locked')
    expect(await refusal(again.createInvite())).toBe('locked')
    // Nobody else is made in its place.
    expect(await refusal(again.createIdentity({ deviceName: 'd', nowMs: NOW }))).toBe('locked')
    for (const wrong of ['', 'x', `${FIRST} `, FIRST.toUpperCase()]) expect(await refusal(again.unlock(wrong))).toBe('wrong-passphrase')
    expect(await refusal(again.openIdentity(sealed))).toBe('locked')
    await again.unlock(FIRST)
    await opens(again)
  })

  test('changed and removed with the current one only', TIMEOUT, async () => {
    const { cryptography, reload, opens } = await device()
    await cryptography.setPassphrase({ current: null, next: FIRST })
    expect(await refusal(cryptography.setPassphrase({ current: SECOND, next: SECOND }))).toBe('wrong-passphrase')
    expect(await refusal(cryptography.setPassphrase({ current: SECOND, next: null }))).toBe('wrong-passphrase')
    expect(await refusal(cryptography.setPassphrase({ current: null, next: SECOND }))).toBe('unexpected')
    await cryptography.setPassphrase({ current: FIRST, next: SECOND })
    let again = await reload()
    expect(await refusal(again.unlock(FIRST))).toBe('wrong-passphrase')
    await again.unlock(SECOND)
    await opens(again)
    await again.setPassphrase({ current: SECOND, next: null })
    again = await reload()
    expect(await again.hasPassphrase()).toBe(false)
    await opens(again)
    expect(await refusal(again.unlock(SECOND))).toBe('unexpected')
  })

  test('one that is too short or too long is refused; the same letters in other code points are the same', TIMEOUT, async () => {
    const { cryptography, reload, opens } = await device()
    expect(await refusal(cryptography.setPassphrase({ current: null, next: 'a'.repeat(LIMITS.passphraseLength - 1) }))).toBe('malformed')
    expect(await refusal(cryptography.setPassphrase({ current: null, next: 'a'.repeat(LIMITS.passphraseBytes + 1) }))).toBe('too-large')
    expect(await cryptography.hasPassphrase()).toBe(false)
    await cryptography.setPassphrase({ current: null, next: 'Grüße am Fluß' })
    const again = await reload()
    await again.unlock('Gru\u0308ße am Fluß')
    await opens(again)
  })

  test('locked, everything can still be destroyed', TIMEOUT, async () => {
    const { cryptography, reload } = await device()
    await cryptography.setPassphrase({ current: null, next: FIRST })
    const again = await reload()
    await again.destroy()
    const fresh = await reload()
    expect(await fresh.hasVaultKey()).toBe(false)
    await fresh.createIdentity({ deviceName: 'd', nowMs: NOW })
  })
}
