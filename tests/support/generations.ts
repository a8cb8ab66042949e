/** Watches that no MLS generation that left a device ever encrypted two plaintexts. */
import type { Cryptography } from '#contracts/cryptography.ts'
import { toHex } from '#contracts/ids.ts'
import { LIMITS } from '#contracts/limits.ts'
import { decode } from '#contracts/wire/codec.ts'
import { entryCodec } from '#contracts/wire/entry.ts'
import { frameCodec } from '#contracts/wire/frame.ts'
import type { FakeNetwork } from './network.ts'

export class Generations {
  /** By ciphertext: the generation that it claims. */
  private readonly made = new Map<string, string>()

  /** To be put around a device's cryptography, in each of its lives. */
  wrap =
    (device: string) =>
    (cryptography: Cryptography): Cryptography => ({
      ...cryptography,
      encrypt: async (room, epoch, plaintext) => {
        const made = await cryptography.encrypt(room, epoch, plaintext)
        this.made.set(toHex(made.message), `${device} ${epoch} ${made.generation}`)
        return made
      },
    })

  /** Generations under which two different ciphertexts crossed the network; how many crossed it at all. */
  reused(network: FakeNetwork): { readonly reused: readonly string[]; readonly seen: number } {
    const left = new Map<string, Set<string>>()
    for (const { bytes, channel } of network.rtc.recorded) {
      if (channel !== 'control') continue
      for (const ciphertext of ciphertextsIn(bytes)) {
        const generation = this.made.get(ciphertext)
        if (generation !== undefined) left.set(generation, (left.get(generation) ?? new Set()).add(ciphertext))
      }
    }
    return { reused: [...left].filter(([, ciphertexts]) => ciphertexts.size > 1).map(([generation]) => generation), seen: left.size }
  }
}

function ciphertextsIn(bytes: Uint8Array): readonly string[] {
  try {
    const frame = decode(frameCodec, bytes, LIMITS.frameMessageBytes)
    if (frame.kind !== 'entries') return []
    return frame.entries.flatMap((entry) => {
      const { body } = decode(entryCodec, entry, LIMITS.entryBytes).tbs
      return body.kind === 'app' ? [toHex(body.message)] : []
    })
  } catch {
    return [] // a handshake's message
  }
}
