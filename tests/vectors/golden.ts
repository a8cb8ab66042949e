/**
 * Golden vectors of our own: what another implementation must make of these bytes, and what it must refuse. Written once
 * by `npx tsx tests/vectors/write-golden.ts`; tests/wire/vectors.test.ts holds the product and a slow reference against them.
 * Bytes are in hex, times in milliseconds. The files are described in docs/protocol.md, "Vectors".
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface PaddingVectors {
  /**
   * The body is the bytes length, length + 1, ... modulo 256. `random`: 64 bytes that, repeated, fill each frame before
   * header and body are put in.
   */
  readonly pass: readonly {
    readonly name: string
    readonly length: number
    readonly random: readonly string[]
    readonly frames: readonly { readonly length: number; readonly sha256: string }[]
  }[]
  readonly fail: readonly { readonly name: string; readonly frame: string; readonly code: string }[]
}

export interface InviteVectors {
  readonly pass: readonly {
    readonly name: string
    readonly text: string
    readonly link: {
      readonly v: number
      readonly for: 'contact' | 'room'
      readonly key: string
      readonly secret: string
      readonly expiresMs: number
      readonly name: string
      readonly profile: 'classic' | 'hybrid' | 'nist'
    }
  }[]
  readonly fail: readonly { readonly name: string; readonly text: string; readonly code: string }[]
  /** SHA-256("sotto invite proof v1" | 0 | secret | room | joiner), in an `add`. */
  readonly proof: { readonly secret: string; readonly room: string; readonly joiner: string; readonly proof: string }
}

export interface CertificateVectors {
  readonly entropy: string
  readonly words: string
  readonly user: string
  readonly device: string
  readonly nowMs: number
  readonly certificate: {
    readonly deviceName: string
    readonly createdMs: number
    readonly expiresMs: number
    readonly serial: number
  }
  readonly chain: string
  readonly fail: readonly {
    readonly name: string
    readonly chain: string
    readonly user: string
    readonly device: string
    readonly nowMs: number
    readonly code: string
  }[]
}

export interface EntryVectors {
  readonly room: string
  /** What the room's id is made of. */
  readonly genesis: {
    readonly author: string
    readonly nonce: string
    readonly profile: 'classic' | 'hybrid' | 'nist'
    readonly shape: 'direct' | 'group'
  }
  readonly pass: readonly { readonly name: string; readonly entry: string; readonly id: string }[]
  /** `code`: how decoding fails; 'void': it decodes, and is not taken. */
  readonly fail: readonly { readonly name: string; readonly entry: string; readonly code: string }[]
}

export interface HandshakeVectors {
  /** Of the side that the vector is played for: the joiner, who offers. */
  readonly own: {
    readonly ephemeralSecret: string
    readonly nonce: string
    readonly hello: string
    readonly deviceSeed: string
    readonly chain: string
    readonly proof: string
  }
  readonly invite: { readonly key: string; readonly secret: string }
  readonly fingerprints: { readonly offerer: string; readonly answerer: string }
  readonly peer: { readonly hello: string; readonly proof: string; readonly device: string; readonly user: string; readonly nowMs: number }
  readonly derived: {
    readonly dh: string
    readonly th: string
    readonly psk: string
    readonly keyOfferer: string
    readonly keyAnswerer: string
    readonly linkKey: string
    readonly peerPlaintext: string
  }
  readonly fail: readonly { readonly name: string; readonly hello: string; readonly proof: string; readonly code: string }[]
}

const pathOf = (name: string): string => fileURLToPath(new URL(`./golden/${name}-1.json`, import.meta.url))
const read = <T>(name: string): T => JSON.parse(readFileSync(pathOf(name), 'utf8')) as T

export const goldenPath = pathOf
export const golden = {
  padding: (): PaddingVectors => read('padding'),
  invite: (): InviteVectors => read('invite'),
  certificates: (): CertificateVectors => read('certificates'),
  entry: (): EntryVectors => read('entry'),
  handshake: (): HandshakeVectors => read('handshake'),
}
