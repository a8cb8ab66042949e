/** BIP-39: 256 bits of entropy and 8 bits of their SHA-256 as 24 words of 11 bits. */
import { SottoError } from '#contracts/errors.ts'
import { concat, equal, wipe } from './bytes.ts'
import type { Bytes, Primitives } from './primitives.ts'

const WORD_BITS = 11
const LIST_LENGTH = 2 ** WORD_BITS
const PHRASE_WORDS = 24
const ENTROPY_BYTES = 32

function checkList(wordList: readonly string[]): void {
  if (wordList.length !== LIST_LENGTH || new Set(wordList).size !== LIST_LENGTH) throw new SottoError('internal')
}

const checksumOf = async (entropy: Uint8Array, primitives: Primitives): Promise<Bytes> =>
  (await primitives.sha256(entropy)).slice(0, entropy.length / 32)

/** `wordList` is handed in: it is too big to sit in the Worker for a thing asked for once a year. */
export async function phraseOf(entropy: Uint8Array, wordList: readonly string[], primitives: Primitives): Promise<readonly string[]> {
  checkList(wordList)
  const bits = concat(entropy, await checksumOf(entropy, primitives))
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

/** The entropy that 24 words write down. Rejects 'malformed' for another number of words, one that is none, or a wrong checksum. */
export async function entropyOf(words: readonly string[], wordList: readonly string[], primitives: Primitives): Promise<Bytes> {
  checkList(wordList)
  if (words.length !== PHRASE_WORDS) throw new SottoError('malformed')
  const bits = new Uint8Array(ENTROPY_BYTES + 1)
  let held = 0
  let count = 0
  let at = 0
  for (const word of words) {
    const index = wordList.indexOf(word)
    if (index < 0) throw new SottoError('malformed')
    held = (held << WORD_BITS) | index
    count += WORD_BITS
    while (count >= 8) {
      count -= 8
      bits[at++] = held >> count
      held &= (1 << count) - 1
    }
  }
  const entropy = bits.slice(0, ENTROPY_BYTES)
  const isRight = equal(bits.subarray(ENTROPY_BYTES), await checksumOf(entropy, primitives))
  wipe(bits)
  if (!isRight) throw new SottoError('malformed')
  return entropy
}
