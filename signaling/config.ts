/**
 * From the settings to what a broker is started with: the command line over the environment over the file. What is
 * said in half, wrongly, or under a name that does not exist is refused: a setting that silently does nothing is
 * worse than a broker that does not start.
 */
import { readFileSync } from 'node:fs'
import { POLICY, type Policy } from './policy.ts'
import { redisBus } from './redis.ts'
import type { BrokerOptions } from './server.ts'
import { FILE_VARIABLE, fromEnvironment, fromFile, fromFlags, SettingsError, type Settings } from './settings.ts'
import type { TlsFiles } from './tls.ts'

/** down: a secret that can be guessed from one credential. 32 hexadecimal digits are 128 bits. */
const SECRET_CHARS_MIN = 32

export interface Config {
  readonly port: number | undefined
  readonly host: string | undefined
  readonly tls: TlsFiles | undefined
  readonly broker: BrokerOptions
}

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** From the command line; the variable SOTTO_CONFIG_FILE otherwise. */
  readonly file?: string | undefined
  readonly flags?: Parameters<typeof fromFlags>[0]
}

/** Reads the file, the secret's file, and nothing else. Throws SettingsError. */
export function readConfig({ env, file = env[FILE_VARIABLE], flags = [] }: ConfigSources): Config {
  const ofFile = file === undefined ? new Map() : fromFile(parsed(file))
  const settings: Settings = new Map([...ofFile, ...fromEnvironment(env), ...fromFlags(flags)])
  const text = (key: string): string | undefined => settings.get(key) as string | undefined
  const list = (key: string): readonly string[] | undefined => settings.get(key) as readonly string[] | undefined
  const pair = <A, B>(a: string, left: A | undefined, b: string, right: B | undefined): readonly [A, B] | undefined => {
    if (left === undefined && right === undefined) return undefined
    if (left === undefined || right === undefined)
      throw new SettingsError('incomplete', left === undefined ? a : b, `${a} and ${b} go together`)
    return [left, right]
  }
  const tls = pair('tls.certFile', text('tls.certFile'), 'tls.keyFile', text('tls.keyFile'))
  const turn = pair('turn.secretFile', text('turn.secretFile'), 'turn.urls', list('turn.urls'))
  const origins = list('origins')
  const names = list('names')
  const path = text('path')
  const redis = text('cluster.redisUrl')
  return {
    port: settings.get('port') as number | undefined,
    host: text('host'),
    tls: tls === undefined ? undefined : { certFile: tls[0], keyFile: tls[1] },
    broker: {
      ...(path === undefined ? {} : { path }),
      ...(origins === undefined ? {} : { origins }),
      ...(names === undefined ? {} : { names }),
      proofs: settings.get('proofs') !== false,
      stockIds: settings.get('stockIds') !== false,
      trustedProxies: list('trustedProxies') ?? [],
      ...(turn === undefined ? {} : { turn: { secret: secretIn(turn[0]), urls: turn[1] } }),
      ...(redis === undefined ? {} : { bus: redisBus(redis) }),
      policy: policyIn(settings),
    },
  }
}

function parsed(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new SettingsError('unreadable', file, `can't read ${file}`)
  }
  try {
    return JSON.parse(text)
  } catch {
    // the parser's own words may quote the file
    throw new SettingsError('bad-value', file, `${file} is not JSON`)
  }
}

function secretIn(file: string): string {
  let secret: string
  try {
    secret = readFileSync(file, 'utf8').trim()
  } catch {
    throw new SettingsError('unreadable', 'turn.secretFile', `turn.secretFile: can't read ${file}`)
  }
  if (secret.length < SECRET_CHARS_MIN)
    throw new SettingsError('bad-value', 'turn.secretFile', `turn.secretFile: the secret has fewer than ${SECRET_CHARS_MIN} characters`)
  return secret
}

/** The limits that were set, over the standard ones: a rate may be set in one of its halves. */
function policyIn(settings: Settings): Policy {
  const limit = (key: string, standard: number): number => (settings.get(`limits.${key}`) as number | undefined) ?? standard
  const entries = Object.entries(POLICY).map(([name, standard]) => [
    name,
    typeof standard === 'number'
      ? limit(name, standard)
      : { burst: limit(`${name}.burst`, standard.burst), aSecond: limit(`${name}.aSecond`, standard.aSecond) },
  ])
  return Object.fromEntries(entries) as Policy
}
