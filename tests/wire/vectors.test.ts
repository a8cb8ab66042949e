/**
 * The golden vectors of our own (docs/protocol.md, "Vectors"): the product makes of them what they say, and refuses what
 * must fail. What is derived is computed a second time here, slowly and by Node's own cryptography, from the paper alone.
 */
import { createDecipheriv, createHash, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, verify } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { codeOf, SottoError } from '#contracts/errors.ts'
import { type DeviceKey, fromHex, idOf, type InviteKey, type RoomId, type SessionId, toHex, type UserId } from '#contracts/ids.ts'
import { certificateTbsCodec, chainCodec } from '#contracts/wire/certificate.ts'
import { decode, encode } from '#contracts/wire/codec.ts'
import { entryCodec, entryIdOf, entryTbsCodec, roomIdOf } from '#contracts/wire/entry.ts'
import { proofCodec } from '#contracts/wire/handshake.ts'
import { decodeInviteLink, encodeInviteLink } from '#contracts/wire/invite-link.ts'
import { pad, unpad } from '#contracts/wire/padding.ts'
import { MemoryStore } from '../../remotes/p2p/adapters/memory.ts'
import { inviteProof, judged } from '../../remotes/p2p/core/groups/entries.ts'
import { Vault } from '../../remotes/p2p/core/storage/vault.ts'
import { Suspects } from '../../remotes/p2p/core/suspects.ts'
import { Moves, type Tools } from '../../remotes/p2p/core/tools.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { Handshakes } from '../../remotes/cryptography/core/handshake.ts'
import type { OpenIdentity } from '../../remotes/cryptography/core/identity.ts'
import { createCryptographyForTests } from '../support/cryptography.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { golden } from '../vectors/golden.ts'

const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(createHash('sha256').update(bytes).digest())
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const join = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts))
const label = (name: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => join(text(name), Uint8Array.of(0), ...parts)
const hkdf = (secret: Uint8Array, salt: Uint8Array, info: Uint8Array) => new Uint8Array(hkdfSync('sha256', secret, salt, info, 32))

const x25519Secret = (raw: Uint8Array) =>
  createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), raw]), format: 'der', type: 'pkcs8' })
const x25519Public = (raw: Uint8Array) =>
  createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), raw]), format: 'der', type: 'spki' })
const ed25519Public = (raw: Uint8Array) =>
  createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]), format: 'der', type: 'spki' })
const isSigned = (key: string, name: string, signed: Uint8Array, signature: Uint8Array): boolean =>
  verify(null, label(name, signed), ed25519Public(fromHex(key)), signature)

const code = async (run: () => unknown): Promise<string> => {
  try {
    await run()
    return 'accepted'
  } catch (thrown) {
    return codeOf(thrown)
  }
}

test('each file of vectors is played', () => {
  const files = readdirSync(fileURLToPath(new URL('../vectors/golden', import.meta.url)))
  expect(files.map((file) => file.replace('-1.json', '')).sort()).toEqual(Object.keys(golden).sort())
})

describe('padding', () => {
  const { pass, fail } = golden.padding()
  test.each(pass)('$name', ({ length, random, frames }) => {
    const body = Uint8Array.from({ length }, (_, i) => (length + i) & 255)
    let drawn = 0
    const made = pad(body, (size) => {
      const pattern = fromHex(random[drawn++] ?? '')
      return Uint8Array.from({ length: size }, (_, i) => pattern[i % 64] ?? 0)
    })
    expect(made.map((frame) => ({ length: frame.length, sha256: toHex(sha256(frame)) }))).toEqual(frames)
    expect(join(...made.map((frame) => unpad(frame).body))).toEqual(body)
    // By the paper: mask, masked length with its top bit for more to come, body.
    for (const [i, frame] of made.entries()) {
      const view = Buffer.from(frame)
      const header = (view.readUInt32BE(0) ^ view.readUInt32BE(4)) >>> 0
      expect(header >>> 31).toBe(i === made.length - 1 ? 0 : 1)
      const part = body.subarray(i * 16_376, (i + 1) * 16_376)
      expect(header & 0x7fffffff).toBe(part.length)
      expect(view.subarray(8, 8 + part.length)).toEqual(Buffer.from(part))
    }
  })
  test.each(fail)('$name: refused', async (one) => expect(await code(() => unpad(fromHex(one.frame)))).toBe(one.code))
})

describe('invites', () => {
  const { pass, fail, proof } = golden.invite()
  test.each(pass)('$name', ({ text: link, link: { secret, key, ...rest } }) => {
    const value = { ...rest, v: rest.v as 1 | 2, key: key as InviteKey, secret: fromHex(secret) }
    expect(decodeInviteLink(link, sha256)).toEqual(value)
    expect(encodeInviteLink(value, sha256)).toBe(link)
    const bytes = Buffer.from(link, 'base64url')
    expect(bytes.subarray(-16)).toEqual(Buffer.from(sha256(label('sotto invite link v1', bytes.subarray(0, -16)))).subarray(0, 16))
  })
  test.each(fail)('$name: refused', async (one) => expect(await code(() => decodeInviteLink(one.text, sha256))).toBe(one.code))
  test('the proof that a joiner knew the secret', () => {
    const made = inviteProof(fromHex(proof.secret), proof.room as RoomId, proof.joiner as DeviceKey, sha256)
    expect(toHex(made)).toBe(proof.proof)
    expect(toHex(sha256(label('sotto invite proof v1', fromHex(proof.secret), fromHex(proof.room), fromHex(proof.joiner))))).toBe(
      proof.proof,
    )
  })
})

describe('certificates', () => {
  const vectors = golden.certificates()
  const { cryptography } = { cryptography: createCryptographyForTests() }
  const check = (one: { readonly chain: string; readonly user: string; readonly device: string; readonly nowMs: number }) =>
    code(async () => {
      const chain = decode(chainCodec, fromHex(one.chain), 4096)
      await cryptography.checkChain(chain, { user: one.user as UserId, device: one.device as DeviceKey, nowMs: one.nowMs })
    })
  test('a chain, and the master key of its words', async () => {
    expect(await check(vectors)).toBe('accepted')
    const seed = hkdf(fromHex(vectors.entropy), new Uint8Array(), text('sotto master key v1'))
    expect(toHex((await webcrypto.signingKey(seed)).publicKey)).toBe(vectors.user)
    const [certificate] = decode(chainCodec, fromHex(vectors.chain), 4096)
    if (certificate === undefined) throw new Error('a certificate')
    const { user, device, certificate: facts } = vectors
    expect(certificate.tbs).toEqual({ v: 1, user, device, ...facts })
    const signed = encode(certificateTbsCodec, certificate.tbs)
    expect(isSigned(user, 'sotto certificate v1', signed, certificate.signature)).toBe(true)
    expect(vectors.words.split(' ')).toHaveLength(24)
  })
  test.each(vectors.fail)('$name: refused', async (one) => expect(await check(one)).toBe(one.code))
})

describe('entries', () => {
  const vectors = golden.entry()
  const env = new FakeClock('vectors').env('all')
  const cryptography = createCryptographyForTests()
  const tools: Tools = {
    cryptography,
    env: { ...env, sha256 },
    vault: new Vault(new MemoryStore(), cryptography),
    moves: new Moves(),
    suspects: new Suspects(env.sha256),
  }
  const { genesis } = vectors
  const judge = { room: vectors.room as RoomId, profile: genesis.profile, two: null, knows: () => false, inviteSecret: () => null }
  const taken = (entry: string): Promise<string> =>
    code(async () => {
      if ((await judged(tools, judge, [fromHex(entry)])).length === 0) throw new SottoError('not-found')
    })
  test('the room’s id', () => {
    const made = { ...genesis, author: genesis.author as DeviceKey, nonce: fromHex(genesis.nonce) }
    expect(roomIdOf(made, sha256)).toBe(vectors.room)
    // hybrid is 1, group is 1
    const bytes = label('sotto room v1', fromHex(genesis.author), fromHex(genesis.nonce), Uint8Array.of(1, 1))
    expect(toHex(sha256(bytes).slice(0, 16))).toBe(vectors.room)
  })
  test.each(vectors.pass)('$name', async ({ entry, id }) => {
    expect(await taken(entry)).toBe('accepted')
    const { tbs, signature } = decode(entryCodec, fromHex(entry), 4096)
    expect(entryIdOf(tbs, sha256)).toBe(id)
    // By the paper: the signature is the last 64 bytes, the id a hash over the rest.
    const signed = fromHex(entry).subarray(0, -64)
    expect(encode(entryTbsCodec, tbs)).toEqual(signed)
    expect(toHex(sha256(signed))).toBe(id)
    expect(isSigned(genesis.author, 'sotto entry v1', signed, signature)).toBe(true)
  })
  test.each(vectors.fail)('$name: refused', async (one) =>
    expect(await taken(one.entry)).toBe(one.code === 'void' ? 'not-found' : one.code),
  )
})

describe('the handshake', () => {
  const { own, invite, fingerprints, peer, derived, fail } = golden.handshake()
  const session = idOf<SessionId>(new Uint8Array(16))

  /** The product's handshake, in the place of the joiner, with the hello of the vector. */
  async function play(hello: string, proof: string) {
    const privateKey = x25519Secret(fromHex(own.ephemeralSecret))
    const publicKey = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32))
    const agree = async (theirs: Uint8Array) => new Uint8Array(diffieHellman({ privateKey, publicKey: x25519Public(theirs) }))
    const primitives = { ...webcrypto, newAgreementKey: async () => ({ publicKey, agree }), random: () => fromHex(own.nonce) }
    const handshakes = new Handshakes({ primitives } as unknown as ConstructorParameters<typeof Handshakes>[0])
    const device = await webcrypto.signingKey(fromHex(own.deviceSeed))
    const chain = decode(chainCodec, fromHex(own.chain), 4096)
    const identity = { facts: { device: idOf<DeviceKey>(device.publicKey), chain }, device } as unknown as OpenIdentity
    expect(toHex(await handshakes.hello(session))).toBe(own.hello)
    await handshakes.proof(session, identity, {
      role: 'offerer',
      peerHello: fromHex(hello),
      fingerprints: { offerer: fromHex(fingerprints.offerer), answerer: fromHex(fingerprints.answerer) },
      expected: { kind: 'inviter', invite: invite.key as InviteKey },
      invite: { secret: fromHex(invite.secret), key: null },
    })
    return handshakes.verify(session, identity, fromHex(proof), peer.nowMs)
  }

  test('the product takes the inviter’s proof', async () => {
    expect(await play(peer.hello, peer.proof)).toMatchObject({ device: peer.device, user: peer.user, wireVersion: 1 })
  })

  test('every key and both signatures, by the paper', () => {
    // the octet that names the message is not part of what is hashed
    const [ownHello, theirHello] = [fromHex(own.hello).subarray(1), fromHex(peer.hello).subarray(1)]
    const prints = [fromHex(fingerprints.offerer), fromHex(fingerprints.answerer)]
    const th = sha256(label('sotto handshake v1', Uint8Array.of(1), ...prints, ownHello, theirHello))
    expect(toHex(th)).toBe(derived.th)
    const dh = new Uint8Array(
      diffieHellman({ privateKey: x25519Secret(fromHex(own.ephemeralSecret)), publicKey: x25519Public(theirHello.subarray(1, 33)) }),
    )
    expect(toHex(dh)).toBe(derived.dh)
    const psk = hkdf(fromHex(invite.secret), th, label('sotto handshake psk v1'))
    expect(toHex(psk)).toBe(derived.psk)
    const keyOf = (role: number) => hkdf(dh, th, label('sotto handshake key v1', Uint8Array.of(role), psk))
    expect([toHex(keyOf(0)), toHex(keyOf(1))]).toEqual([derived.keyOfferer, derived.keyAnswerer])
    expect(toHex(hkdf(dh, th, label('sotto link key v1', psk)))).toBe(derived.linkKey)

    const open = (proof: string, role: number): Uint8Array => {
      // kind 2, and a length in two bytes
      const sealed = fromHex(proof).subarray(3)
      const opening = createDecipheriv('aes-256-gcm', keyOf(role), sealed.subarray(0, 12))
      opening.setAuthTag(sealed.subarray(-16))
      return join(opening.update(sealed.subarray(12, -16)), opening.final())
    }
    expect(toHex(open(peer.proof, 1))).toBe(derived.peerPlaintext)
    const theirs = decode(proofCodec, open(peer.proof, 1), 8192)
    const mine = decode(proofCodec, open(own.proof, 0), 8192)
    const inviteKey = fromHex(invite.key)
    // role | th | whom I expect: 3 a joiner by the invite, 2 the inviter
    expect(isSigned(theirs.device, 'sotto handshake v1', join(Uint8Array.of(1), th, Uint8Array.of(3), inviteKey), theirs.signature)).toBe(
      true,
    )
    expect(isSigned(mine.device, 'sotto handshake v1', join(Uint8Array.of(0), th, Uint8Array.of(2), inviteKey), mine.signature)).toBe(true)
    const byInvite = join(Uint8Array.of(1), th, fromHex(theirs.device))
    expect(isSigned(invite.key, 'sotto invite handshake v1', byInvite, theirs.inviteSignature ?? new Uint8Array())).toBe(true)
    expect(mine.inviteSignature).toBeNull()
  })

  test.each(fail)('$name: refused', async (one) => expect(await code(() => play(one.hello, one.proof))).toBe(one.code))
})
