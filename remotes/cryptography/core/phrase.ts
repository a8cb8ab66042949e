/** BIP-39: 256 bits of entropy and 8 bits of their SHA-256 as 24 words of 11 bits. */
import { SottoError } from '#contracts/errors.ts'
import { concat } from './bytes.ts'
import type { Primitives } from './primitives.ts'

const WORD_BITS = 11
const LIST_LENGTH = 2 ** WORD_BITS

/** `wordList` is handed in: it is too big to sit in the Worker for a thing asked for once a year. */
export async function phraseOf(entropy: Uint8Array, wordList: readonly string[], primitives: Primitives): Promise<readonly string[]> {
  if (wordList.length !== LIST_LENGTH || new Set(wordList).size !== LIST_LENGTH) throw new SottoError('internal')
  const bits = concat(entropy, (await primitives.sha256(entropy)).slice(0, entropy.length / 32))
  const words: string[] = []
  let held = 0
  let count = 0
  for (const byte of bits) {
    held = (held << 8) | byte
    count += 8
    if (count < WORD_BITS) continue
    count -= WORD_BITS
    words.push(wordList[held >> count] ?? '')
    held &= (1 << count) - 1
  }
  return words
}
