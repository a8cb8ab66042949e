/** What every encoding must hold to, and the golden bytes of every released version. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { SottoError } from '#contracts/errors.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { Prng } from '../support/prng.ts'
import type { Sample } from './samples.ts'

const MAX_BYTES = 1024 * 1024
const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex')

/** Decodes, and gives the code of a refusal. Anything but a SottoError fails the test. */
function refusal(sample: Sample, bytes: Uint8Array): string | null {
  try {
    decode(sample.codec, bytes, MAX_BYTES)
    return null
  } catch (thrown) {
    if (thrown instanceof SottoError) return thrown.code
    throw thrown
  }
}

/**
 * Holds samples against the golden file of a version. A released file never changes; SOTTO_WRITE_GOLDEN=1
 * writes one that does not exist yet.
 */
export function goldenSuite(title: string, file: string, samples: Readonly<Record<string, Sample>>): void {
  const path = fileURLToPath(new URL(`./golden/${file}`, import.meta.url))
  if (process.env.SOTTO_WRITE_GOLDEN === '1') {
    const fresh = Object.fromEntries(Object.entries(samples).map(([name, { codec, value }]) => [name, hex(encode(codec, value))]))
    writeFileSync(path, `${JSON.stringify(fresh, null, 2)}\n`, { flag: 'wx' })
  }
  const golden = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>

  describe(title, () => {
    test('every message has its golden bytes, and every golden message is still known', () => {
      expect(Object.keys(golden).sort()).toEqual(Object.keys(samples).sort())
    })

    for (const [name, sample] of Object.entries(samples)) {
      test(`${name}: golden bytes, and back`, () => {
        const bytes = encode(sample.codec, sample.value)
        expect(hex(bytes)).toBe(golden[name])
        expect(decode(sample.codec, Buffer.from(golden[name] ?? '', 'hex'), MAX_BYTES)).toEqual(sample.value)
      })
    }

    test('no other bytes are any of them: cut short, continued, or over the bound', () => {
      for (const [name, sample] of Object.entries(samples)) {
        const bytes = encode(sample.codec, sample.value)
        for (let length = 0; length < bytes.length; length++)
          expect(refusal(sample, bytes.subarray(0, length)), `${name} cut to ${length}`).not.toBeNull()
        expect(refusal(sample, new Uint8Array([...bytes, 0])), name).toBe('malformed')
        expect(() => decode(sample.codec, bytes, bytes.length - 1), name).toThrow('too-large')
      }
    })

    test('20,000 mutations: refused with a code, or the one encoding of what they say', () => {
      const random = new Prng(20_261_121)
      const all = Object.values(samples).map((sample) => ({ sample, bytes: encode(sample.codec, sample.value) }))
      for (let i = 0; i < 20_000; i++) {
        const { sample, bytes } = all[i % all.length] ?? { sample: { codec: null as never, value: null }, bytes: new Uint8Array() }
        const mutant = Uint8Array.from(bytes)
        const edits = 1 + random.below(3)
        for (let edit = 0; edit < edits; edit++) mutant[random.below(mutant.length)] = random.below(256)
        if (refusal(sample, mutant) !== null) continue
        expect(hex(encode(sample.codec, decode(sample.codec, mutant, MAX_BYTES)))).toBe(hex(mutant))
      }
    })
  })
}
