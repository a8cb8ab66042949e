/** Every decoder of our own, and the MLS library behind its gate, as targets of the fuzzer. */
import { decode, encode } from '#contracts/wire/codec.ts'
import { decodeInviteLink, encodeInviteLink } from '#contracts/wire/invite-link.ts'
import { pad, Reassembler, unpad } from '#contracts/wire/padding.ts'
import { sha256 } from '../../remotes/p2p/adapters/hash.ts'
import { parseMessage, relayText } from '../../signaling/message.ts'
import { generator } from '../support/mutator.ts'
import { IDS, PARTS, SAMPLES, type Sample, bytes as counting } from '../wire/samples.ts'
import { STORAGE_SAMPLES } from '../wire/storage-samples.ts'
import { gateTargets } from './gate.ts'
import type { Fed, Target } from './run.ts'

/** The largest thing that any of these codecs is asked to read. */
const MAX_BYTES = 1024 * 1024
const text = new TextEncoder()

/** Samples of one codec are one target. */
function codecTargets(prefix: string, all: Readonly<Record<string, Sample>>): Target[] {
  const byCodec = new Map<Sample['codec'], { readonly names: string[]; readonly samples: Uint8Array[] }>()
  for (const [name, { codec, value }] of Object.entries(all)) {
    const group = byCodec.get(codec) ?? { names: [], samples: [] }
    byCodec.set(codec, group)
    group.names.push(name)
    group.samples.push(encode(codec, value))
  }
  return [...byCodec].map(([codec, { names, samples }]) => ({
    name: `${prefix}-${names[0] ?? ''}`.replaceAll(' ', '-'),
    samples,
    feed: (bytes) => ({ kind: 'read', again: encode(codec, decode(codec, bytes, MAX_BYTES)) }),
  }))
}

const link = {
  v: 2,
  for: 'contact',
  key: IDS.invite,
  secret: counting(8, 16),
  expiresMs: PARTS.nowMs,
  name: 'Ada',
  profile: 'hybrid',
} as const
const old = { ...link, v: 1, profile: 'classic' } as const

const latin = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
const fromLatin = (value: string): Uint8Array => Uint8Array.from(value, (char) => char.charCodeAt(0))

const inviteLink: Target = {
  name: 'wire-invite-link',
  samples: [fromLatin(encodeInviteLink(link, sha256)), fromLatin(encodeInviteLink({ ...old, for: 'room', name: 'Küche' }, sha256))],
  feed: (bytes) => ({ kind: 'read', again: fromLatin(encodeInviteLink(decodeInviteLink(latin(bytes), sha256), sha256)) }),
}

const below = generator(11)
const chance = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256))
const padded = (length: number): Uint8Array[] => pad(chance(length), chance)

/** A frame that is read has the one length that its body asks for; mask and padding may be anything. */
const padding: Target = {
  name: 'wire-padding',
  samples: [0, 1, 248, 249, 1000, 4088].flatMap(padded),
  feed(bytes) {
    const { body, more } = unpad(bytes)
    // the same body behind the same mask and padding: a body of another bucket does not fit
    const [again] = pad(body, () => bytes)
    return more || again === undefined ? { kind: 'forged' } : { kind: 'read', again }
  },
}

/** Frames one after the other on one channel, cut where the bytes say. What comes out was in the frames, in order. */
const reassembly: Target = {
  name: 'wire-reassembly',
  samples: [[40, 300, 2], [16_400]].map((lengths) => Buffer.concat(lengths.flatMap(padded))),
  feed(bytes): Fed {
    const channel = new Reassembler()
    const out: Uint8Array[] = []
    const inside: Uint8Array[] = []
    for (let at = 0; at < bytes.length; ) {
      const size = [16_384, 4096, 1024, 256].find((bucket) => bucket <= bytes.length - at) ?? bytes.length - at
      const frame = bytes.subarray(at, at + size)
      inside.push(unpad(frame).body)
      const whole = channel.take(frame)
      if (whole !== null) out.push(whole)
      at += size
    }
    const all = Buffer.concat(out)
    const same = Buffer.compare(all, Buffer.concat(inside).subarray(0, all.length)) === 0
    return same ? { kind: 'read', again: bytes } : { kind: 'forged' }
  },
}

/** The broker's own parser answers with null, never with an exception; what it passes on is JSON. */
const broker: Target = {
  name: 'broker-message',
  samples: [
    { type: 'OFFER', dst: 'sk1-abc', payload: { blob: 'AAECAw' } },
    { type: 'HEARTBEAT' },
    { type: 'LEAVE', src: 'x' },
    { type: 'CANDIDATE', src: 'someone-else', dst: 'b', payload: [1, [2, [3]], null, 'é'] },
  ].map((said) => text.encode(JSON.stringify(said))),
  feed(bytes) {
    const said = parseMessage(new TextDecoder().decode(bytes))
    if (said === null) return { kind: 'refused', code: 'not a message' }
    if (said.kind === 'relay') {
      const passed = relayText(said.type, 'me', said.dst, said.payload)
      if (passed !== null && JSON.parse(passed).src !== 'me') return { kind: 'forged' }
    }
    return { kind: 'read', again: bytes }
  },
}

/** Decoders of our own: of the wire, of what is stored, and of the broker. */
export const ownTargets = (): readonly Target[] => [
  ...codecTargets('wire', SAMPLES),
  inviteLink,
  padding,
  reassembly,
  ...codecTargets('storage', STORAGE_SAMPLES),
  broker,
]

export const targets = async (): Promise<readonly Target[]> => [...ownTargets(), ...(await gateTargets())]
