/** Ids, labels, padding, broker ids and invite links: what is computed rather than encoded. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { codeOf } from '#contracts/errors.ts'
import type { BlindedKey } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { claimBytes } from '#contracts/wire/broker-claim.ts'
import { BROKER_ID_PATTERN, brokerIdOf } from '#contracts/wire/broker-id.ts'
import { encode } from '#contracts/wire/codec.ts'
import { type Content, contentTbsCodec, midOf } from '#contracts/wire/content.ts'
import { type Entry, entryIdOf, entryTbsCodec, epochIdOf, NO_EPOCH, roomIdOf } from '#contracts/wire/entry.ts'
import { decodeInviteLink, encodeInviteLink, type InviteLink } from '#contracts/wire/invite-link.ts'
import { labelled, SIGN_LABELS } from '#contracts/wire/labels.ts'
import { CHUNK_BYTES, pad, PADDING_BUCKETS, Reassembler, unpad } from '#contracts/wire/padding.ts'
import { Prng } from '../support/prng.ts'
import { bytes, idFrom, IDS, SAMPLES } from './samples.ts'

const sha256 = (input: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(createHash('sha256').update(input).digest())
const hexHash = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}
const random = (length: number): Uint8Array<ArrayBuffer> => bytes(length % 251, length)
const code = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (thrown) {
    return codeOf(thrown)
  }
}

test('ids are hashes of canonical bytes under their labels', () => {
  const entry = SAMPLES['entry app']?.value as Entry
  expect(entryIdOf(entry.tbs, sha256)).toBe(hexHash(encode(entryTbsCodec, entry.tbs)))
  const content = SAMPLES['content text']?.value as Content
  expect(midOf(content.tbs, sha256)).toBe(hexHash(encode(contentTbsCodec, content.tbs)))
  const nonce = bytes(3, 16)
  expect(roomIdOf({ author: IDS.device, nonce, profile: 'hybrid', shape: 'group' }, sha256)).toBe(
    hexHash('sotto room v1\0', Buffer.from(IDS.device, 'hex'), nonce, new Uint8Array([1, 1])).slice(0, 32),
  )
  const tag = bytes(4, 32)
  expect(epochIdOf({ room: IDS.room, parent: NO_EPOCH, entry: IDS.entry, confirmationTag: tag }, sha256)).toBe(
    hexHash('sotto epoch v1\0', Buffer.from(IDS.room, 'hex'), new Uint8Array(32), Buffer.from(IDS.entry, 'hex'), new Uint8Array([32]), tag),
  )
})

test('no signing label begins another: what is signed for one purpose is nothing for any other', () => {
  const starts = Object.values(SIGN_LABELS).map((label) => `${label}\0`)
  for (const a of starts) expect(starts.filter((b) => b.startsWith(a) || a.startsWith(b))).toEqual([a])
  expect(Buffer.from(labelled('ab', bytes(1, 2), bytes(9, 1))).toString('hex')).toBe('616200010209')
})

test('a broker id is sk1- and 160 bits of a hash in base32, whatever the key', () => {
  const key = idFrom<BlindedKey>(1, 32)
  const digest = sha256(Buffer.from(key, 'hex'))
  const bits = [...digest.subarray(0, 20)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const base32 = (bits.match(/.{5}/g) ?? []).map((five) => 'abcdefghijklmnopqrstuvwxyz234567'.charAt(Number.parseInt(five, 2))).join('')
  expect(brokerIdOf(key, sha256)).toBe(`sk1-${base32}`)
  expect(brokerIdOf(key, sha256)).toMatch(BROKER_ID_PATTERN)
})

test('frames are one of four sizes, whatever they carry, and give it back', () => {
  for (const length of [0, 1, 247, 248, 249, 1016, 1017, 4088, 4089, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 100_000]) {
    const message = bytes(7, length)
    const frames = pad(message, random)
    const reassembler = new Reassembler()
    const whole = frames.map((frame) => reassembler.take(frame))
    expect(frames.every((frame) => (PADDING_BUCKETS as readonly number[]).includes(frame.length))).toBe(true)
    expect(whole.slice(0, -1).every((part) => part === null)).toBe(true)
    expect(Buffer.compare(whole.at(-1) ?? new Uint8Array([1]), message)).toBe(0)
  }
})

test('a frame of another size, too large a bucket, or a wrong length is refused', () => {
  const [frame] = pad(bytes(7, 300), random)
  if (frame === undefined) throw new Error('no frame')
  expect(frame).toHaveLength(1024)
  expect(code(() => unpad(frame.subarray(1)))).toBe('malformed')
  const claims = (length: number, more: boolean): Uint8Array => {
    const changed = frame.slice()
    const view = new DataView(changed.buffer)
    view.setUint32(4, ((length + (more ? 0x80000000 : 0)) ^ view.getUint32(0)) >>> 0)
    return changed
  }
  expect(unpad(claims(300, false)).body).toHaveLength(300)
  for (const [length, more] of [
    [1017, false], // beyond the frame
    [248, false], // fits the bucket below
    [300, true], // only full chunks go on
    [0x7fffffff, false],
  ] as const)
    expect(
      code(() => unpad(claims(length, more))),
      `${length} ${more}`,
    ).toBe('malformed')
})

test('what never ends is refused before it fills the memory', () => {
  const [chunk] = pad(bytes(7, CHUNK_BYTES + 1), random)
  if (chunk === undefined) throw new Error('no frame')
  const reassembler = new Reassembler()
  const refused = code(() => {
    for (let i = 0; i < 1000; i++) reassembler.take(chunk)
  })
  expect(refused).toBe('too-large')
  expect(LIMITS.frameMessageBytes / CHUNK_BYTES).toBeLessThan(1000)
})

const link: InviteLink = {
  v: 2,
  for: 'contact',
  key: IDS.invite,
  secret: bytes(5, 16),
  expiresMs: 1_795_824_000_000,
  name: 'Ada Lovelace 👋',
  profile: 'hybrid',
}

test('an invite link has one spelling, and gives back what it carries', () => {
  const text = encodeInviteLink(link, sha256)
  expect(text).toMatch(/^[A-Za-z0-9_-]+$/)
  expect(text.length).toBeLessThan(140)
  expect(decodeInviteLink(text, sha256)).toEqual(link)
  const expires = Buffer.alloc(6)
  expires.writeUIntBE(link.expiresMs, 0, 6)
  const name = Buffer.from(link.name)
  const body = Buffer.concat([
    Buffer.from([2, 0]),
    Buffer.from(link.key, 'hex'),
    link.secret,
    expires,
    Buffer.from([name.length]),
    name,
    Buffer.from([1]),
  ])
  const check = Buffer.from(hexHash('sotto invite link v1\0', body), 'hex').subarray(0, 16)
  expect(text).toBe(Buffer.concat([body, check]).toString('base64url'))
})

test('a link of version 1 says no suite, leads to classic, and is the same text again', () => {
  const old: InviteLink = { ...link, v: 1, profile: 'classic' }
  const text = 'AQBwcXJzdHV2d3h5ent8fX5_gIGCg4SFhoeIiYqLjI2OjwUGBwgJCgsMDQ4PEBESExQBoh9znAARQWRhIExvdmVsYWNlIPCfkYvVnlRF7xuBk6gtB7Z5ZvXO'
  expect(decodeInviteLink(text, sha256)).toEqual(old)
  expect(encodeInviteLink(old, sha256)).toBe(text)
  expect(code(() => encodeInviteLink({ ...old, profile: 'hybrid' }, sha256))).toBe('internal')
})

test('every altered, cut or continued invite link is refused as malformed', () => {
  const text = encodeInviteLink(link, sha256)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const random64 = new Prng(7)
  for (let at = 0; at < text.length; at++) {
    const other = random64.pick([...alphabet].filter((char) => char !== text[at]))
    expect(
      code(() => decodeInviteLink(text.slice(0, at) + other + text.slice(at + 1), sha256)),
      `character ${at}`,
    ).toBe('invite-malformed')
    expect(
      code(() => decodeInviteLink(text.slice(0, at), sha256)),
      `cut at ${at}`,
    ).toBe('invite-malformed')
  }
  for (const bad of [`${text}A`, `${text}=`, ` ${text}`, text.replace('A', '+'), 'A'.repeat(10_000), '\u0000'])
    expect(code(() => decodeInviteLink(bad, sha256))).toBe('invite-malformed')
})

test('what a claim of a broker id signs: label, zero, version, length, host, nonce', () => {
  const nonce = new Uint8Array(32).fill(9)
  const text = new TextDecoder('latin1').decode(claimBytes('a.example', nonce))
  expect(text).toBe(`sotto broker claim v1\0\x01\x09a.example${'\x09'.repeat(32)}`)
  expect(() => claimBytes('a.example', new Uint8Array(16))).toThrow()
  expect(() => claimBytes('a'.repeat(256), nonce)).toThrow()
})
