/**
 * What an operator may set: one table, from which the file, the environment, the refusals and the list in
 * docs/operations.md come (tests/unit/settings.test.ts holds that list against it). Nothing here reads a file.
 *
 * A key stands in the file as nested JSON ("turn.urls" is { "turn": { "urls": ... } }), in the environment as
 * SOTTO_ and the key in capitals ("turn.secretFile" is SOTTO_TURN_SECRET_FILE; lists with commas between).
 */
import { isIP } from 'node:net'
import { POLICY, type Rate } from './policy.ts'

export type SettingsErrorCode = 'unknown' | 'bad-value' | 'incomplete' | 'unreadable'

/** A configuration that is refused. The message is one line for the operator and never holds a secret. */
export class SettingsError extends Error {
  readonly code: SettingsErrorCode
  /** The setting as the operator wrote it: a key of the file or the name of a variable. */
  readonly setting: string

  constructor(code: SettingsErrorCode, setting: string, message: string) {
    super(message)
    this.name = 'SettingsError'
    this.code = code
    this.setting = setting
  }
}

export interface Setting {
  readonly key: string
  readonly kind: 'text' | 'number' | 'boolean' | 'list'
  /** What a value must be, in words: ends "is not ..." in a refusal and stands in the docs. */
  readonly form: string
  readonly accepts: (value: string | number | boolean) => boolean
  /** The value may hold a secret: a refusal does not show it. */
  readonly secret?: true
  readonly what: string
}

const MOST = 1e9
/** RFC 7065. */
const TURN_URL = /^turns?:[A-Za-z0-9.[\]:-]+(?:\?transport=(?:udp|tcp))?$/
const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.trim() === value
const isWhole = (least: number, most: number) => (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value > 0 && value <= MOST
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'

/** An origin as browsers write it (RFC 6454 section 6.1), or '*'. */
export function isOrigin(value: unknown): boolean {
  if (value === '*') return true
  if (!isText(value) || !URL.canParse(value)) return false
  const { origin } = new URL(value)
  return origin !== 'null' && origin === value
}

/** An address, or a range in CIDR form. */
export function isRange(value: unknown): boolean {
  if (!isText(value)) return false
  const [address = '', bits, more] = value.split('/')
  const family = isIP(address)
  if (family === 0 || more !== undefined) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

const isTurnUrl = (value: unknown): boolean => isText(value) && TURN_URL.test(value)
const isName = (value: unknown): boolean => isText(value) && (HOST_NAME.test(value) || isIP(value) !== 0)
const isPath = (value: unknown): boolean => isText(value) && /^\/(?:[\w.~-]+(?:\/[\w.~-]+)*)?$/.test(value)

/** What a limit is for stands beside it in policy.ts; here are only its number and its unit. */
function limits(): readonly Setting[] {
  return Object.entries(POLICY).flatMap(([name, standard]: [string, number | Rate]): Setting[] => {
    const key = `limits.${name}`
    if (typeof standard === 'object') {
      return (['burst', 'aSecond'] as const).map((part) => ({
        key: `${key}.${part}`,
        kind: 'number',
        form: 'a number above 0',
        accepts: isNumber,
        what: `standard ${standard[part]}`,
      }))
    }
    return [{ key, kind: 'number', form: 'a whole number above 0', accepts: isWhole(1, MOST), what: `standard ${standard}` }]
  })
}

export const SETTINGS: readonly Setting[] = [
  {
    key: 'port',
    kind: 'number',
    form: 'a port (0 to 65535)',
    accepts: isWhole(0, 65_535),
    what: 'port to listen on; 0 for a free one. Standard 8080 (`npm start`), 9000 (`npm run broker`)',
  },
  { key: 'host', kind: 'text', form: 'an address or a host name', accepts: isName, what: 'address to listen on. Standard: all' },
  { key: 'path', kind: 'text', form: 'a path such as /signal', accepts: isPath, what: 'where the broker stands. Standard `/signal`' },
  {
    key: 'origins',
    kind: 'list',
    form: 'an origin such as https://example.org',
    accepts: isOrigin,
    what: 'origins of the pages that may use the broker, `*` for any. Standard: the host and port that is asked',
  },
  {
    key: 'names',
    kind: 'list',
    form: 'a host name such as chat.example.org',
    accepts: isName,
    what: 'the host names by which pages know this broker; a proof of an id made for another name is refused. Standard: the name that is asked',
  },
  {
    key: 'proofs',
    kind: 'boolean',
    form: 'true or false',
    accepts: isBoolean,
    what: 'whether an id that is a key’s hash must be proven by the key. Without it whoever comes first has an id. Standard `true`',
  },
  {
    key: 'stockIds',
    kind: 'boolean',
    form: 'true or false',
    accepts: isBoolean,
    what: 'whether ids that are no key’s hash are taken, as stock PeerJS clients have them. Standard `true`',
  },
  {
    key: 'trustedProxies',
    kind: 'list',
    form: 'an address or a range such as 10.0.0.0/8',
    accepts: isRange,
    what: 'proxies whose `X-Forwarded-For` is believed. Standard: none',
  },
  {
    key: 'tls.certFile',
    kind: 'text',
    form: 'a file name',
    accepts: isText,
    what: 'certificate chain (PEM). With it the port speaks TLS only',
  },
  { key: 'tls.keyFile', kind: 'text', form: 'a file name', accepts: isText, what: 'its private key (PEM)' },
  {
    key: 'turn.secretFile',
    kind: 'text',
    form: 'a file name',
    accepts: isText,
    what: 'file with coturn’s `static-auth-secret`, 32 characters or more',
  },
  {
    key: 'turn.urls',
    kind: 'list',
    form: 'a URL such as turn:turn.example.org:3478?transport=udp',
    accepts: isTurnUrl,
    what: 'the TURN server’s URLs, as pages get them',
  },
  {
    key: 'cluster.redisUrl',
    kind: 'text',
    secret: true,
    form: 'a URL such as redis://:password@10.0.0.5:6379',
    accepts: (value) => isText(value) && URL.canParse(value) && new URL(value).protocol === 'redis:' && new URL(value).hostname !== '',
    what: 'a Redis by which several brokers share clients. Standard: none, this broker is alone',
  },
  ...limits(),
]

const BY_KEY: ReadonlyMap<string, Setting> = new Map(SETTINGS.map((setting) => [setting.key, setting]))

export const PREFIX = 'SOTTO_'
/** Read by others: the build's key, the golden files of the tests, and the name of the file itself. */
export const FILE_VARIABLE = `${PREFIX}CONFIG_FILE`
const NOT_OURS = new Set([FILE_VARIABLE, `${PREFIX}SIGNING_KEY`, `${PREFIX}WRITE_GOLDEN`])

/** "turn.secretFile" is SOTTO_TURN_SECRET_FILE. */
export const variableOf = (key: string): string =>
  PREFIX +
  key
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .replaceAll('.', '_')
    .toUpperCase()

export type SettingValue = string | number | boolean | readonly string[]
/** Values by key, each of the form that its setting asks for. */
export type Settings = ReadonlyMap<string, SettingValue>

/** `named`: as the operator wrote it. Throws SettingsError 'bad-value'. */
function checked(setting: Setting, value: unknown, named: string): SettingValue {
  const refuse = (bad: unknown): never => {
    const shown = setting.secret === true ? 'the value' : typeof bad === 'string' ? `'${bad}'` : JSON.stringify(bad)
    throw new SettingsError('bad-value', named, `${named}: ${shown} is not ${setting.form}`)
  }
  if (setting.kind !== 'list') {
    if (typeof value !== setting.kind.replace('text', 'string')) return refuse(value)
    const one = value as string | number | boolean
    return setting.accepts(one) ? one : refuse(one)
  }
  if (!Array.isArray(value) || value.length === 0)
    throw new SettingsError('bad-value', named, `${named}: not a list with at least one entry`)
  for (const one of value) if (typeof one !== 'string' || !setting.accepts(one)) refuse(one)
  return value as readonly string[]
}

/** Reads the parsed JSON of a file. Throws SettingsError 'unknown' or 'bad-value'. */
export function fromFile(json: unknown): Settings {
  const found = new Map<string, SettingValue>()
  const walk = (value: unknown, key: string): void => {
    const setting = BY_KEY.get(key)
    if (setting !== undefined) {
      found.set(key, checked(setting, value, key))
      return
    }
    const isGroup = key === '' || SETTINGS.some((one) => one.key.startsWith(`${key}.`))
    if (!isGroup) throw new SettingsError('unknown', key, `there is no setting '${key}'`)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new SettingsError('bad-value', key, `${key === '' ? 'the file' : key}: not an object`)
    for (const [name, inner] of Object.entries(value)) walk(inner, key === '' ? name : `${key}.${name}`)
  }
  walk(json, '')
  return found
}

/** Text as an environment or a command line has it, as the value it stands for. */
function valueOfText(setting: Setting, text: string): unknown {
  if (setting.kind === 'list') return text.split(',').map((one) => one.trim())
  if (setting.kind === 'number') return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : text
  if (setting.kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}

/** Reads every variable that starts with SOTTO_. Throws SettingsError 'unknown' or 'bad-value'. */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Settings {
  const byVariable = new Map(SETTINGS.map((setting) => [variableOf(setting.key), setting]))
  const found = new Map<string, SettingValue>()
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || NOT_OURS.has(name) || text === undefined) continue
    const setting = byVariable.get(name)
    if (setting === undefined) throw new SettingsError('unknown', name, `there is no setting ${name}`)
    found.set(setting.key, checked(setting, valueOfText(setting, text), name))
  }
  return found
}

/** Reads options of the command line, each by the name of its flag. Throws SettingsError 'bad-value'. */
export function fromFlags(
  flags: readonly { readonly flag: string; readonly key: string; readonly text: string | readonly string[] }[],
): Settings {
  const found = new Map<string, SettingValue>()
  for (const { flag, key, text } of flags) {
    const setting = BY_KEY.get(key)
    if (setting === undefined) throw new SettingsError('unknown', flag, `there is no setting '${key}'`)
    const value = typeof text === 'string' ? valueOfText(setting, text) : text
    found.set(key, checked(setting, value, flag))
  }
  return found
}
