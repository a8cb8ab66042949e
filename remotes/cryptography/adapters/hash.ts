/**
 * SHA-2, HMAC and HKDF for the MLS key schedule, and SHA-3 for X-Wing: many small calls in a row, where a synchronous
 * function beats WebCrypto's promises. The one importer of @noble/hashes in this remote.
 */
import { argon2id } from '@noble/hashes/argon2.js'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha384, sha512 as digest512 } from '@noble/hashes/sha2.js'
import { sha3_256, shake256 as shake } from '@noble/hashes/sha3.js'
import { equal } from '../core/bytes.ts'
import type { Bytes } from '../core/primitives.ts'

export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512'
const HASHES = { 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': digest512 } as const

/**
 * A big tree takes thousands of hashes, and promises that are settled already never let the event loop turn:
 * the watchdog would take honest work for a runaway decoder. So every so many calls wait for WebCrypto once.
 */
const TURN_EVERY = 128
const NOTHING = new Uint8Array()
let calls = 0

function paced<T>(compute: () => T): Promise<T> {
  if (++calls % TURN_EVERY !== 0) return Promise.resolve(compute())
  return crypto.subtle.digest('SHA-256', NOTHING).then(compute)
}

/**
 * Digests are of public things (trees, transcripts, references), and one tree is hashed for each of its leaves: what
 * was hashed lately is looked up, byte for byte. up: memory, 8 MiB at most; down: joining a large room takes longer.
 */
const REMEMBERED = 4096
/** The nodes of a hybrid tree are shorter; longer inputs are hashed once. */
const LONGEST_BYTES = 2048

function remembering(digest: (data: Uint8Array) => Uint8Array): (data: Uint8Array) => Uint8Array {
  /** The newest half and the one before, so that forgetting costs nothing. */
  let recent = new Map<string, Uint8Array>()
  let before = new Map<string, Uint8Array>()
  return (data) => {
    if (data.length > LONGEST_BYTES) return digest(data)
    const name = String.fromCharCode(...data)
    const found = recent.get(name) ?? before.get(name)
    const value = found ?? digest(data)
    if (found === undefined || !recent.has(name)) {
      if (recent.size >= REMEMBERED / 2) {
        before = recent
        recent = new Map()
      }
      recent.set(name, value)
    }
    // a copy: whoever gets it may overwrite it
    return value.slice()
  }
}

/** HKDF (RFC 5869) at once. */
export interface Hkdf {
  extract(salt: Uint8Array, secret: Uint8Array): Uint8Array
  expand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array
  /** Bytes of the hash. */
  readonly size: number
}

export const hkdfOf = (name: HashName): Hkdf => {
  const hash = HASHES[name]
  return {
    extract: (salt, secret) => extract(hash, secret, salt),
    expand: (key, info, length) => expand(hash, key, info, length),
    size: hash.outputLen,
  }
}

/** In the shapes that ts-mls asks of its hash and its KDF: HKDF in its two halves. */
export function mlsHashes(name: HashName) {
  const hash = HASHES[name]
  const digest = remembering(hash)
  const hkdf = hkdfOf(name)
  return {
    hash: {
      digest: (data: Uint8Array): Promise<Uint8Array> => paced(() => digest(data)),
      mac: (key: Uint8Array, data: Uint8Array): Promise<Uint8Array> => paced(() => hmac(hash, key, data)),
      verifyMac: (key: Uint8Array, mac: Uint8Array, data: Uint8Array): Promise<boolean> => paced(() => equal(hmac(hash, key, data), mac)),
    },
    kdf: {
      extract: (salt: Uint8Array, secret: Uint8Array): Promise<Uint8Array> => paced(() => hkdf.extract(salt, secret)),
      expand: (key: Uint8Array, info: Uint8Array, length: number): Promise<Uint8Array> => paced(() => hkdf.expand(key, info, length)),
      size: hkdf.size,
    },
  }
}

export const sha512 = (data: Uint8Array): Bytes => new Uint8Array(digest512(data))
export const sha3 = (data: Uint8Array): Bytes => new Uint8Array(sha3_256(data))
export const shake256 = (data: Uint8Array, length: number): Bytes => new Uint8Array(shake(data, { dkLen: length }))

/** How a passphrase is stretched (docs/decisions/0080-passphrase.md): 64 MiB, 3 passes, 1 lane. Holds up its thread for seconds. */
const STRETCH = { m: 64 * 1024, t: 3, p: 1, dkLen: 32 } as const

/** Argon2id (RFC 9106) of a passphrase. */
export const stretch = async (passphrase: Uint8Array, salt: Uint8Array): Promise<Bytes> =>
  new Uint8Array(argon2id(passphrase, salt, STRETCH))
