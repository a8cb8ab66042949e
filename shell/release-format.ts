/**
 * What a release says of itself. Written by the build, read by the page and by the service worker.
 *
 * Who vouches for whom (docs/decisions/0007-verified-boot.md):
 *   index.html  holds the sha384 of release.json, of the shell's script and style, and of every module (import map)
 *   release.json  holds the sha384 of every file but the three below
 *   service-worker.js  holds the sha384 of all of those, of index.html and of release.json
 *   seal.json  holds the sha384 of index.html, release.json and service-worker.js; a builder may sign it
 */

/** `sha384-` and base64, as in an `integrity` attribute. */
export type Integrity = string

/** Paths are relative to the page, without a leading slash. */
export type Path = string

export const REMOTES = ['cryptography', 'p2p', 'ui'] as const
export type RemoteName = (typeof REMOTES)[number]

export interface RemoteRelease {
  /** The CONTRACT_VERSION that the remote must export. */
  readonly contract: number
  /** Its container. */
  readonly entry: Path
  /** Its style sheets; the shell loads them before it starts the remote. */
  readonly styles: readonly Path[]
  /** The one file of its Worker. */
  readonly worker: Path | null
  /** The one file of the Worker that is started when a passphrase is asked for. */
  readonly vaultWorker: Path | null
}

export interface Release {
  readonly version: string
  /** The contract version that the shell itself was built against. */
  readonly contract: number
  readonly remotes: Readonly<Record<RemoteName, RemoteRelease>>
  readonly files: Readonly<Record<Path, Integrity>>
  /** The Ed25519 public key (raw, base64) that seals of this release and of its updates must be signed with; null if unsigned. */
  readonly signedBy: string | null
}

export const SEALED = ['index.html', 'release.json', 'service-worker.js'] as const

export interface Seal {
  readonly version: string
  readonly files: Readonly<Record<(typeof SEALED)[number], Integrity>>
  /** Ed25519 over `sealedBytes`, base64; null if unsigned. */
  readonly signature: string | null
}

/** As the build writes JSON: the same value always gives the same bytes. */
export const canonicalJson = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

/** The seal in a seal.json. Throws if a single byte is not as the build writes it. */
export function parseSeal(text: string): Seal {
  const seal = JSON.parse(text) as Seal
  if (canonicalJson(seal) !== text) throw new Error('seal.json is not as the build writes it')
  return seal
}

/** What a seal's signature covers. */
export function sealedBytes(seal: Pick<Seal, 'version' | 'files'>): Uint8Array<ArrayBuffer> {
  const lines = ['sotto release v1', seal.version, ...SEALED.map((path) => `${path} ${seal.files[path]}`)]
  return new TextEncoder().encode(lines.join('\n'))
}

/** Negative if `a` is older than `b`, by the three numbers of a version; what follows a hyphen does not count. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => (version.split('-')[0] ?? '').split('.').map(Number)
  const [left, right] = [numbers(a), numbers(b)]
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
