/** The BIP-39 word list, 2,048 English words: fetched when the recovery phrase is asked for, not before. */
export async function englishWords(): Promise<readonly string[]> {
  const { wordlist } = await import('@scure/bip39/wordlists/english.js')
  return wordlist
}
