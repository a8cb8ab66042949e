/**
 * What the broker allows, apart from any I/O: every bound with its reason, and pure functions over them.
 * Time is an argument. Sizes in bytes, times in milliseconds.
 */
import { LIMITS } from '#contracts/limits.ts'
import { BROKER_ID_PATTERN } from '#contracts/wire/broker-id.ts'

const SECOND = 1000

/** A token bucket's rule: `burst` at once, then `aSecond`. */
export interface Rate {
  readonly burst: number
  readonly aSecond: number
}

export interface Policy {
  readonly messageBytes: number
  readonly socketsAnAddress: number
  readonly sockets: number
  readonly connects: Rate
  readonly messagesAnId: Rate
  readonly messagesAnAddress: Rate
  readonly queueMessages: number
  readonly queueBytes: number
  readonly queueBytesAnAddress: number
  readonly queueBytesTotal: number
  readonly queueMs: number
  readonly idleMs: number
  readonly bufferedBytes: number
  readonly fragments: number
  readonly rememberedBuckets: number
  readonly claimMs: number
  readonly claimMessages: number
  readonly goodbyeMs: number
  readonly drainMs: number
}

export const POLICY: Policy = {
  /** The largest sealed blob in base64 with its JSON. up: a bigger flood; down: some descriptions do not fit. */
  messageBytes: LIMITS.brokerMessageBytes,
  /** One household or office behind one address: 64 pages with a device id and a few invites each. up: one host holds more memory. */
  socketsAnAddress: 512,
  /** An idle socket costs about 20 kB. up: memory; down: fewer people online on one process. */
  sockets: 20_000,
  /** New sockets (and ids asked for by GET) of one address: a whole office comes back after a restart. */
  connects: { burst: 512, aSecond: 32 },
  /** One id: calls to twenty members at once are about 240 messages. Beyond it, the socket is cut. */
  messagesAnId: { burst: 256, aSecond: 32 },
  /** All ids of one address. Beyond it messages are dropped, not sockets cut: a neighbour must not cost a person the line. */
  messagesAnAddress: { burst: 4096, aSecond: 512 },
  /** An absent id's queue bridges a reload, not an absence: an offer, an answer and a few candidates. */
  queueMessages: 8,
  queueBytes: 64 * 1024,
  /** What one address may have waiting in all queues. up: one host displaces the others' queues. */
  queueBytesAnAddress: 1024 * 1024,
  /** All queues together: the most memory that absent ids can take. */
  queueBytesTotal: 16 * 1024 * 1024,
  queueMs: 5 * SECOND,
  /** Clients beat every 5 s; a hidden tab's timers may run once a minute. down: hidden tabs fall off. */
  idleMs: 90 * SECOND,
  /** Unsent bytes of one reader. Above it the reader is cut: sixteen of the largest messages. */
  bufferedBytes: 256 * 1024,
  /** Frames a message may come in. Browsers send one. */
  fragments: 16,
  /** Buckets remembered a kind; a bucket that is full again is forgotten first. up: memory. */
  rememberedBuckets: 65_536,
  /** From a challenge to its answer: a page asks its Worker, which may be starting. up: sockets that prove nothing stay longer. */
  claimMs: 10 * SECOND,
  /** What a client may say before its answer: heartbeats, and echoes of a page that does not know yet that it is asked. */
  claimMessages: 16,
  /** How long a socket that was told goodbye may take for its own. */
  goodbyeMs: 2 * SECOND,
  /** Over how long a draining broker sends its clients away. up: a slower stop; down: all come to the next broker at once. */
  drainMs: 20 * SECOND,
}

/** How full a bucket was, and when. */
export interface Bucket {
  readonly tokens: number
  readonly atMs: number
}

/** Takes one token. A time that runs backwards refills nothing. `bucket: undefined` is a full one. */
export function take(bucket: Bucket | undefined, rate: Rate, nowMs: number): { readonly bucket: Bucket; readonly allowed: boolean } {
  const tokens = level(bucket, rate, nowMs)
  const atMs = Math.max(nowMs, bucket?.atMs ?? nowMs)
  return tokens >= 1 ? { bucket: { tokens: tokens - 1, atMs }, allowed: true } : { bucket: { tokens, atMs }, allowed: false }
}

/** Whether forgetting this bucket gives nothing away. */
export function isFull(bucket: Bucket, rate: Rate, nowMs: number): boolean {
  return level(bucket, rate, nowMs) >= rate.burst
}

function level(bucket: Bucket | undefined, rate: Rate, nowMs: number): number {
  if (bucket === undefined) return rate.burst
  const elapsedMs = Math.max(0, nowMs - bucket.atMs)
  return Math.min(rate.burst, bucket.tokens + (elapsedMs / SECOND) * rate.aSecond)
}

/** The prefix of ids that are a key's hash. No other id may start so, in any case of letters. */
const KEY_ID_PREFIX = /^sk\d/i
/** What the stock client's `validateId` accepts. */
const STOCK_ID_PATTERN = /^[A-Za-z0-9]+(?:[ _-][A-Za-z0-9]+)*$/
const STOCK_ID_CHARS = 64

/** 'key' for the hash of a key, 'stock' for an id of an ordinary PeerJS client, null for neither. */
export function idKind(id: string): 'key' | 'stock' | null {
  if (BROKER_ID_PATTERN.test(id)) return 'key'
  if (id.length > STOCK_ID_CHARS || KEY_ID_PREFIX.test(id) || !STOCK_ID_PATTERN.test(id)) return null
  return 'stock'
}

/** A client's own secret: what shows that a second socket belongs to the holder of the first. */
export function isToken(token: string): boolean {
  return /^[\w.~-]{1,128}$/.test(token)
}

/** 'same' = the page must come from the host it asks; else the list of origins that may ask, '*' for any. */
export type OriginRule = 'same' | readonly string[]

/**
 * Whether a page of this origin may use the broker. A browser always says the origin of a WebSocket; a
 * program may write what it likes, so a missing origin is no more than an honest program.
 */
export function originAllowed(rule: OriginRule, origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true
  if (rule !== 'same') return rule.includes('*') || rule.includes(origin)
  try {
    return host !== undefined && new URL(origin).host === new URL(`http://${host}`).host
  } catch {
    return false
  }
}

/**
 * What counts as one address: an IPv4 address, or the /64 that one IPv6 customer owns. An IPv4 address
 * written as IPv6 is that IPv4 address.
 */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1] !== undefined) return mapped[1]
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
