/**
 * What an operator says by environment variables. What is said in half, wrongly, or under a name that does not
 * exist is refused: a setting that silently does nothing is worse than a broker that does not start.
 */
import { readFileSync } from 'node:fs'
import type { TurnConfig } from './turn.ts'

const SECRET_FILE = 'SOTTO_TURN_SECRET_FILE'
const URLS = 'SOTTO_TURN_URLS'
const PREFIX = 'SOTTO_TURN_'
/** down: a secret that can be guessed from one credential. 32 hexadecimal digits are 128 bits. */
const SECRET_CHARS_MIN = 32
/** RFC 7065. */
const TURN_URL = /^turns?:[A-Za-z0-9.[\]:-]+(?:\?transport=(?:udp|tcp))?$/

/**
 * The TURN servers of this broker, or undefined where none are named.
 * Throws an Error with one line for the person; it never holds the secret.
 */
export function turnFromEnvironment(env: Readonly<Record<string, string | undefined>>): TurnConfig | undefined {
  const unknown = Object.keys(env).find((name) => name.startsWith(PREFIX) && name !== SECRET_FILE && name !== URLS)
  if (unknown !== undefined) throw new Error(`there is no setting ${unknown} (there are ${SECRET_FILE} and ${URLS})`)
  const path = env[SECRET_FILE]
  const urlsText = env[URLS]
  if (path === undefined && urlsText === undefined) return undefined
  if (path === undefined || urlsText === undefined) throw new Error(`${SECRET_FILE} and ${URLS} go together`)
  const urls = urlsText.split(',').map((url) => url.trim())
  const wrong = urls.find((url) => !TURN_URL.test(url))
  if (wrong !== undefined) throw new Error(`${URLS}: '${wrong}' is not a URL such as turn:turn.example.org:3478?transport=udp`)
  return { secret: secretIn(path), urls }
}

function secretIn(path: string): string {
  let secret: string
  try {
    secret = readFileSync(path, 'utf8').trim()
  } catch {
    throw new Error(`${SECRET_FILE}: can't read ${path}`)
  }
  if (secret.length < SECRET_CHARS_MIN) throw new Error(`${SECRET_FILE}: the secret has fewer than ${SECRET_CHARS_MIN} characters`)
  return secret
}
