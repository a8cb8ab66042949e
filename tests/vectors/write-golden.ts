/**
 * `npx tsx tests/vectors/write-golden.ts [NAME...]`: writes the golden vectors that are not there yet. One that exists is
 * never written over: a released format does not change, a new one gets a file of its own.
 */
import { createHash, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import {
  type DeviceKey,
  type EntryId,
  type EpochId,
  idOf,
  type InviteKey,
  type RoomId,
  type SessionId,
  toHex,
  type UserId,
} from '#contracts/ids.ts'
import { chainCodec } from '#contracts/wire/certificate.ts'
import { encode } from '#contracts/wire/codec.ts'
import { entryCodec, entryIdOf, type EntryTbs, entryTbsCodec, NO_EPOCH, roomIdOf } from '#contracts/wire/entry.ts'
import { encodeInviteLink, type InviteLink } from '#contracts/wire/invite-link.ts'
import { labelled, SIGN_LABELS } from '#contracts/wire/labels.ts'
import { CHUNK_BYTES, pad } from '#contracts/wire/padding.ts'
import { webcrypto } from '../../remotes/cryptography/adapters/webcrypto.ts'
import { certify } from '../../remotes/cryptography/core/certificates.ts'
import { Handshakes } from '../../remotes/cryptography/core/handshake.ts'
import type { OpenIdentity } from '../../remotes/cryptography/core/identity.ts'
import { phraseOf } from '../../remotes/cryptography/core/phrase.ts'
import type { AgreementKey, Primitives } from '../../remotes/cryptography/core/primitives.ts'
import { inviteProof } from '../../remotes/p2p/core/groups/entries.ts'
import { goldenPath } from './golden.ts'

const NOW_MS = Date.UTC(2026, 10, 21)
const YEAR_MS = 365 * 24 * 3_600_000
const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(createHash('sha256').update(bytes).digest())
const counting = (start: number, length: number): Uint8Array<ArrayBuffer> => Uint8Array.from({ length }, (_, i) => (start + i) & 255)
const flipped = (bytes: Uint8Array, at: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte))
/** Bytes that look like nothing and can be made again. */
const bytesOf = (name: string, length: number): Uint8Array<ArrayBuffer> => new Uint8Array(hkdfSync('sha256', name, '', '', length))

function padding(): unknown {
  const pass = [0, 1, 248, 249, 1016, 1017, 4088, 4089, CHUNK_BYTES, CHUNK_BYTES + 1].map((length) => {
    const body = counting(length, length)
    const random: string[] = []
    const frames = pad(body, (size) => {
      const bytes = bytesOf(`padding ${length} ${random.length}`, 64)
      random.push(toHex(bytes))
      return Uint8Array.from({ length: size }, (_, i) => bytes[i % 64] ?? 0)
    })
    return {
      name: `${length} bytes`,
      length,
      random,
      frames: frames.map((frame) => ({ length: frame.length, sha256: toHex(sha256(frame)) })),
    }
  })
  const frame = (size: number, header: number): Uint8Array => {
    const bytes = new Uint8Array(size)
    new DataView(bytes.buffer).setUint32(4, header)
    return bytes
  }
  const fail = [
    ['no bucket', frame(255, 1)],
    ['an empty frame', new Uint8Array()],
    ['a length beyond the frame', frame(256, 249)],
    ['a bucket too large for its body', frame(1024, 248)],
    ['more to come, though there was room', frame(4096, 0x80000000 + 4088)],
    ['more to come in a small frame', frame(256, 0x80000001)],
  ] as const
  return { pass, fail: fail.map(([name, bytes]) => ({ name, frame: toHex(bytes), code: 'malformed' })) }
}

function invite(): unknown {
  const link = (over: Partial<InviteLink>): InviteLink => ({
    v: 2,
    for: 'contact',
    key: idOf<InviteKey>(bytesOf('invite key', 32)),
    secret: bytesOf('invite secret', 16),
    expiresMs: NOW_MS,
    name: 'Ada',
    profile: 'hybrid',
    ...over,
  })
  const links = {
    'a chat of two': link({}),
    'a room, in another suite': link({ for: 'room', name: 'Küche 🍲', profile: 'nist' }),
    'version 1, which had no suite': link({ v: 1, profile: 'classic' }),
  }
  const text = encodeInviteLink(link({}), sha256)
  const raw = Buffer.from(text, 'base64url')
  const other = (at: number, to: number): string =>
    Buffer.from(Uint8Array.from(raw, (byte, i) => (i === at ? to : byte))).toString('base64url')
  const checked = (body: Uint8Array): string =>
    Buffer.concat([body, sha256(labelled('sotto invite link v1', body)).subarray(0, 16)]).toString('base64url')
  const body = raw.subarray(0, -16)
  const [secret, room, joiner] = [bytesOf('invite secret', 16), bytesOf('room', 16), bytesOf('joiner', 32)]
  return {
    pass: Object.entries(links).map(([name, one]) => ({
      name,
      text: encodeInviteLink(one, sha256),
      link: { ...one, secret: toHex(one.secret) },
    })),
    fail: [
      { name: 'cut short', text: text.slice(0, -1) },
      { name: 'continued', text: `${text}A` },
      { name: 'another key', text: other(5, (raw[5] ?? 0) ^ 1) },
      { name: 'another suite, the check as it was', text: other(raw.length - 17, 0) },
      { name: 'a suite that is none, well checked', text: checked(Uint8Array.from([...body.subarray(0, -1), 9])) },
      { name: 'version 3, well checked', text: checked(Uint8Array.from([3, ...body.subarray(1)])) },
      { name: 'version 2 without a suite, well checked', text: checked(body.subarray(0, -1)) },
      { name: 'version 1 with a suite, well checked', text: checked(Uint8Array.from([1, ...body.subarray(1)])) },
      { name: 'bits behind the last byte', text: `${text.slice(0, -1)}${text.endsWith('_') ? '-' : '_'}` },
      { name: 'padding of base64', text: `${text}=` },
      { name: 'nothing', text: '' },
    ].map((one) => ({ ...one, code: 'invite-malformed' })),
    proof: {
      secret: toHex(secret),
      room: toHex(room),
      joiner: toHex(joiner),
      proof: toHex(inviteProof(secret, idOf<RoomId>(room), idOf<DeviceKey>(joiner), sha256)),
    },
  }
}

const masterOf = async (entropy: Uint8Array) =>
  webcrypto.signingKey(await webcrypto.hkdf(entropy, new Uint8Array(), new TextEncoder().encode('sotto master key v1'), 32))

async function certificates(): Promise<unknown> {
  const entropy = bytesOf('entropy', 32)
  const [master, another, device, foreign] = await Promise.all([
    masterOf(entropy),
    masterOf(bytesOf('another entropy', 32)),
    webcrypto.signingKey(bytesOf('device', 32)),
    webcrypto.signingKey(bytesOf('another device', 32)),
  ])
  const [user, deviceKey] = [idOf<UserId>(master.publicKey), idOf<DeviceKey>(device.publicKey)]
  const facts = { deviceName: 'Firefox on Linux', createdMs: NOW_MS, expiresMs: NOW_MS + YEAR_MS, serial: 1 }
  const tbs = { v: 1 as const, user, device: deviceKey, ...facts }
  const good = await certify(master, tbs)
  const chain = (...list: (typeof good)[]): string => toHex(encode(chainCodec, list))
  const expected = { user, device: deviceKey, nowMs: NOW_MS }
  const { publicKey } = foreign
  const edges = { ...tbs, expiresMs: tbs.createdMs }
  return {
    entropy: toHex(entropy),
    words: (await phraseOf(entropy, wordlist, webcrypto)).join(' '),
    user,
    device: deviceKey,
    nowMs: NOW_MS,
    certificate: facts,
    chain: chain(good),
    fail: [
      { name: 'signed by another master key', chain: chain(await certify(another, tbs)), ...expected, code: 'bad-certificate' },
      { name: 'of another user', chain: chain(good), ...expected, user: idOf<UserId>(another.publicKey), code: 'bad-certificate' },
      { name: 'of another device', chain: chain(good), ...expected, device: idOf<DeviceKey>(publicKey), code: 'bad-certificate' },
      {
        name: 'one bit of the signature',
        chain: chain({ tbs, signature: flipped(good.signature, 3) }),
        ...expected,
        code: 'bad-certificate',
      },
      { name: 'another serial', chain: chain({ ...good, tbs: { ...tbs, serial: 2 } }), ...expected, code: 'bad-certificate' },
      { name: 'no time to live', chain: chain(await certify(master, edges)), ...expected, code: 'bad-certificate' },
      { name: 'an empty chain', chain: chain(), ...expected, code: 'bad-certificate' },
      { name: 'two certificates', chain: chain(good, good), ...expected, code: 'bad-certificate' },
      { name: 'over', chain: chain(good), ...expected, nowMs: NOW_MS + YEAR_MS + 4 * 3_600_000, code: 'expired-certificate' },
      { name: 'not begun', chain: chain(good), ...expected, nowMs: NOW_MS - 4 * 3_600_000 - 1, code: 'expired-certificate' },
    ],
  }
}

async function entry(): Promise<unknown> {
  const [master, device] = await Promise.all([masterOf(bytesOf('entropy', 32)), webcrypto.signingKey(bytesOf('device', 32))])
  const author = idOf<DeviceKey>(device.publicKey)
  const user = idOf<UserId>(master.publicKey)
  const certificate = await certify(master, {
    v: 1,
    user,
    device: author,
    deviceName: 'd',
    createdMs: NOW_MS,
    expiresMs: NOW_MS + YEAR_MS,
    serial: 1,
  })
  const recordTbs = {
    v: 1 as const,
    device: author,
    rendezvous: idOf<never>((await webcrypto.signingKey(bytesOf('rendezvous', 32))).publicKey),
    signalling: idOf<never>(bytesOf('signalling', 32)),
    capabilities: [],
    wireMin: 1,
    wireMax: 1,
    serial: 1,
  }
  const { deviceRecordTbsCodec } = await import('#contracts/wire/device-record.ts')
  const record = { tbs: recordTbs, signature: await device.sign(labelled(SIGN_LABELS.record, encode(deviceRecordTbsCodec, recordTbs))) }
  const genesis = { author, nonce: bytesOf('nonce', 16), profile: 'hybrid' as const, shape: 'group' as const }
  const room = roomIdOf(genesis, sha256)
  const signed = async (tbs: EntryTbs): Promise<Uint8Array<ArrayBuffer>> =>
    encode(entryCodec, { tbs, signature: await device.sign(labelled(SIGN_LABELS.entry, encode(entryTbsCodec, tbs))) })
  const { nonce, profile, shape } = genesis
  const op = { kind: 'create' as const, nonce, profile, shape, user, chain: [certificate], record, name: 'Ada' }
  const first: EntryTbs = { v: 1, room, author, seq: 0, prev: null, deps: [], vote: NO_EPOCH, body: { kind: 'op', op } }
  const prev = entryIdOf(first, sha256)
  const epoch = idOf<EpochId>(bytesOf('epoch', 32))
  const next = (body: EntryTbs['body'], deps: readonly EntryId[] = []): EntryTbs => ({
    v: 1,
    room,
    author,
    seq: 1,
    prev,
    deps,
    vote: epoch,
    body,
  })
  const app = next({ kind: 'app', epoch, message: bytesOf('message', 300) }, [idOf<EntryId>(bytesOf('dep', 32))])
  const samples: Record<string, EntryTbs> = {
    create: first,
    app,
    settings: next({ kind: 'op', op: { kind: 'settings', name: 'Küche', topic: '', picture: null } }),
    ack: next({ kind: 'ack', holds: 1, delivered: [{ author, seq: 0 }], read: [], cant: [], bad: [], generations: [] }),
  }
  const pass: { readonly name: string; readonly entry: string; readonly id: string }[] = []
  for (const [name, tbs] of Object.entries(samples)) pass.push({ name, entry: toHex(await signed(tbs)), id: entryIdOf(tbs, sha256) })
  const bytes = await signed(app)
  const astray = await signed({ ...first, body: { kind: 'op', op: { ...op, profile: 'classic' } } })
  return {
    room,
    genesis: { ...genesis, nonce: toHex(nonce) },
    pass,
    fail: [
      { name: 'cut short', entry: toHex(bytes.subarray(0, -1)), code: 'malformed' },
      { name: 'continued', entry: toHex(Uint8Array.from([...bytes, 0])), code: 'malformed' },
      { name: 'version 2', entry: toHex(Uint8Array.from([2, ...bytes.subarray(1)])), code: 'malformed' },
      { name: 'one bit of the message', entry: toHex(flipped(bytes, bytes.length - 100)), code: 'void' },
      { name: 'one bit of the signature', entry: toHex(flipped(bytes, bytes.length - 5)), code: 'void' },
      { name: 'a first entry of another suite than the room was come for', entry: toHex(astray), code: 'void' },
    ],
  }
}

/** WebCrypto, but for the two things of a hello, which the vector holds. */
function scripted(ephemeralSecret: Uint8Array, nonce: Uint8Array<ArrayBuffer>): Primitives {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), ephemeralSecret])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const key: AgreementKey = {
    publicKey: new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)),
    agree: async (theirs) => {
      const spki = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), theirs])
      return new Uint8Array(diffieHellman({ privateKey, publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }) }))
    },
  }
  return { ...webcrypto, newAgreementKey: async () => key, random: () => nonce }
}

async function identityOf(name: string): Promise<{ readonly identity: OpenIdentity; readonly deviceSeed: Uint8Array }> {
  const deviceSeed = bytesOf(`${name} device`, 32)
  const [master, device] = await Promise.all([masterOf(bytesOf(`${name} entropy`, 32)), webcrypto.signingKey(deviceSeed)])
  const [user, key] = [idOf<UserId>(master.publicKey), idOf<DeviceKey>(device.publicKey)]
  const certificate = await certify(master, {
    v: 1,
    user,
    device: key,
    deviceName: name,
    createdMs: NOW_MS,
    expiresMs: NOW_MS + YEAR_MS,
    serial: 1,
  })
  return { deviceSeed, identity: { facts: { user, device: key, chain: [certificate] }, device } as unknown as OpenIdentity }
}

async function handshake(): Promise<unknown> {
  const session = idOf<SessionId>(new Uint8Array(16))
  const [bo, ada] = [await identityOf('bo'), await identityOf('ada')]
  const inviteKey = await webcrypto.signingKey(bytesOf('invite seed', 32))
  const key = idOf<InviteKey>(inviteKey.publicKey)
  const secret = bytesOf('invite secret', 16)
  const fingerprints = { offerer: bytesOf('offerer', 32), answerer: bytesOf('answerer', 32) }
  const side = (name: string) => ({ ephemeralSecret: bytesOf(`${name} ephemeral`, 32), nonce: bytesOf(`${name} nonce`, 32) })
  const own = side('bo')
  /** Ada, who answers, as whatever the case makes of her. */
  const peer = async (over: {
    readonly who?: typeof ada
    readonly role?: 'offerer' | 'answerer'
    readonly fingerprints?: typeof fingerprints
    readonly secret?: Uint8Array
    readonly key?: typeof inviteKey | null
    readonly expected?: { readonly kind: 'device'; readonly device: DeviceKey }
  }) => {
    const joiner = new Handshakes({ primitives: scripted(own.ephemeralSecret, own.nonce) } as never)
    const { ephemeralSecret, nonce } = side('ada')
    const inviter = new Handshakes({ primitives: scripted(ephemeralSecret, nonce) } as never)
    const [ownHello, hello] = [await joiner.hello(session), await inviter.hello(session)]
    const by = { secret: over.secret ?? secret, key: over.key === undefined ? inviteKey : over.key }
    const proof = await inviter.proof(session, (over.who ?? ada).identity, {
      role: over.role ?? 'answerer',
      peerHello: ownHello,
      fingerprints: over.fingerprints ?? fingerprints,
      expected: { kind: 'joiner', invite: key },
      invite: by,
    })
    const ownProof = await joiner.proof(session, bo.identity, {
      role: 'offerer',
      peerHello: hello,
      fingerprints,
      expected: { kind: 'inviter', invite: key },
      invite: { secret, key: null },
    })
    return { ownHello, ownProof, hello, proof }
  }
  const good = await peer({})
  const swapped = { ...fingerprints, answerer: bytesOf('swapped', 32) }
  const failing = async (name: string, code: string, over: Parameters<typeof peer>[0]) => {
    const { hello, proof } = await peer(over)
    return { name, hello: toHex(hello), proof: toHex(proof), code }
  }
  const dh = (await scripted(own.ephemeralSecret, own.nonce).newAgreementKey()).agree(good.hello.subarray(2, 34))
  const th = sha256(
    labelled(
      'sotto handshake v1',
      Uint8Array.of(1),
      fingerprints.offerer,
      fingerprints.answerer,
      good.ownHello.subarray(1),
      good.hello.subarray(1),
    ),
  )
  const shared = (await dh) ?? new Uint8Array()
  const derive = (from: Uint8Array, info: Uint8Array): Uint8Array => new Uint8Array(hkdfSync('sha256', from, th, info, 32))
  const psk = derive(secret, labelled('sotto handshake psk v1'))
  const keys = [0, 1].map((role) => derive(shared, labelled('sotto handshake key v1', Uint8Array.of(role), psk)))
  const sealing = await webcrypto.sealingKey(keys[1] ?? new Uint8Array())
  const plaintext = await sealing.open(new Uint8Array(), good.proof.subarray(3))
  const thief = await webcrypto.signingKey(randomBytes(32))
  return {
    own: {
      ephemeralSecret: toHex(own.ephemeralSecret),
      nonce: toHex(own.nonce),
      hello: toHex(good.ownHello),
      deviceSeed: toHex(bo.deviceSeed),
      chain: toHex(encode(chainCodec, bo.identity.facts.chain)),
      proof: toHex(good.ownProof),
    },
    invite: { key, secret: toHex(secret) },
    fingerprints: { offerer: toHex(fingerprints.offerer), answerer: toHex(fingerprints.answerer) },
    peer: {
      hello: toHex(good.hello),
      proof: toHex(good.proof),
      device: ada.identity.facts.device,
      user: ada.identity.facts.user,
      nowMs: NOW_MS,
    },
    derived: {
      dh: toHex(shared),
      th: toHex(th),
      psk: toHex(psk),
      keyOfferer: toHex(keys[0] ?? new Uint8Array()),
      keyAnswerer: toHex(keys[1] ?? new Uint8Array()),
      linkKey: toHex(derive(shared, labelled('sotto link key v1', psk))),
      peerPlaintext: toHex(plaintext ?? new Uint8Array()),
    },
    fail: [
      await failing('the certificate of somebody in between', 'wrong-transcript', { fingerprints: swapped }),
      await failing('another invite secret', 'wrong-transcript', { secret: bytesOf('another secret', 16) }),
      await failing('the same role', 'wrong-transcript', { role: 'offerer' }),
      await failing('a holder of the link, without its private half', 'wrong-peer', { key: null }),
      await failing('a key that is not the invite’s', 'wrong-peer', { key: thief }),
      { name: 'an altered hello', hello: toHex(flipped(good.hello, 40)), proof: toHex(good.proof), code: 'wrong-transcript' },
      { name: 'one bit of the proof', hello: toHex(good.hello), proof: toHex(flipped(good.proof, 60)), code: 'wrong-transcript' },
      { name: 'a proof cut short', hello: toHex(good.hello), proof: toHex(good.proof.subarray(0, -1)), code: 'malformed' },
      { name: 'our own hello', hello: toHex(good.ownHello), proof: toHex(good.proof), code: 'wrong-peer' },
    ],
  }
}

const ALL = { padding, invite, certificates, entry, handshake }
const wanted = process.argv.slice(2)
for (const [name, make] of Object.entries(ALL)) {
  const path = goldenPath(name)
  if (wanted.length > 0 && !wanted.includes(name)) continue
  if (existsSync(path)) process.stdout.write(`${name}: is there, and stays as it is\n`)
  else {
    writeFileSync(path, `${JSON.stringify(await make(), null, 2)}\n`, { flag: 'wx' })
    process.stdout.write(`${name}: written\n`)
  }
}
