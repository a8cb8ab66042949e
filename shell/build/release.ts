/** Makes a release out of built files. Pure: bytes in, bytes out; the webpack plugin and the tests both use it. */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { Integrity, Path, Release, RemoteName, RemoteRelease, Seal } from '../release-format.ts'
import { canonicalJson, REMOTES, SEALED, sealedBytes } from '../release-format.ts'
import { metaPolicy, securityHeaders } from './headers.ts'

type Files = ReadonlyMap<Path, Buffer>

export const integrityOf = (bytes: Uint8Array | string): Integrity => `sha384-${createHash('sha384').update(bytes).digest('base64')}`

const json = (value: unknown): Buffer => Buffer.from(canonicalJson(value))

const only = (files: Files, pattern: RegExp): Path => {
  const found = [...files.keys()].filter((path) => pattern.test(path))
  const [path] = found
  if (path === undefined || found.length > 1) throw new Error(`expected one file like ${pattern.source}, found ${found.length}`)
  return path
}

/** What imports can reach: everything but the Workers and the service worker. */
const isModule = (path: Path): boolean =>
  path.endsWith('.js') && !/^remotes\/cryptography-(?:worker|vault)\//.test(path) && path !== 'service-worker.js'

function remoteRelease(name: RemoteName, files: Files, contract: number): RemoteRelease {
  return {
    contract,
    entry: only(files, new RegExp(`^remotes/${name}/entry\\.\\w+\\.js$`)),
    styles: [...files.keys()].filter((path) => path.startsWith(`remotes/${name}/`) && path.endsWith('.css')).sort(),
    worker: name === 'cryptography' ? only(files, /^remotes\/cryptography-worker\/worker\.\w+\.js$/) : null,
    vaultWorker: name === 'cryptography' ? only(files, /^remotes\/cryptography-vault\/worker\.\w+\.js$/) : null,
  }
}

export interface ReleaseInput {
  readonly version: string
  readonly contract: number
  /** Everything that is shipped but index.html, release.json, service-worker.js and seal.json. */
  readonly files: Files
  /** shell/index.html */
  readonly template: string
  /** Ed25519 private key, PKCS #8 PEM; null leaves the release unsigned. */
  readonly signingKeyPem: string | null
}

/** The raw public half, base64. */
function publicKeyOf(pem: string): string {
  const { x } = createPublicKey(createPrivateKey(pem)).export({ format: 'jwk' })
  if (x === undefined) throw new Error('the signing key is not an Ed25519 key')
  return Buffer.from(x, 'base64url').toString('base64')
}

/** release.json */
export function makeRelease({ version, contract, files, signingKeyPem }: ReleaseInput): Release {
  const paths = [...files.keys()].sort()
  return {
    version,
    contract,
    remotes: Object.fromEntries(REMOTES.map((name) => [name, remoteRelease(name, files, contract)])) as Record<RemoteName, RemoteRelease>,
    files: Object.fromEntries(paths.map((path) => [path, integrityOf(files.get(path) ?? '')])),
    signedBy: signingKeyPem === null ? null : publicKeyOf(signingKeyPem),
  }
}

const INLINE_SCRIPT = /<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g

/** The hashes of the scripts written inside a page, for its Content-Security-Policy. */
export const inlineScriptHashes = (html: string): string[] => [...html.matchAll(INLINE_SCRIPT)].map(([, text]) => integrityOf(text ?? ''))

const EMPTY_MAP = '<script type="importmap">{}</script>'

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`index.html asks for an unknown value: ${name}`)
    return value
  })
}

/** index.html: the template with the import map, the paths, the hashes and the policy filled in. */
export function makePage(template: string, release: Release, releaseBytes: Buffer): string {
  const integrity = (path: Path): string => release.files[path] ?? ''
  const modules = Object.keys(release.files).filter(isModule)
  const importMap = JSON.stringify({
    imports: Object.fromEntries(REMOTES.map((name) => [`sotto/${name}`, `./${release.remotes[name].entry}`])),
    integrity: Object.fromEntries(modules.map((path) => [`./${path}`, integrity(path)])),
  })
  const script = modules.find((path) => /^boot\.\w+\.js$/.test(path)) ?? ''
  const style = Object.keys(release.files).find((path) => /^shell\.\w+\.css$/.test(path)) ?? ''
  const first = modules.filter((path) => /^remotes\/\w+\/(?:entry|index)\./.test(path))
  const { worker } = release.remotes.cryptography
  const preloads = [
    ...first.map((path) => `<link rel="modulepreload" href="./${path}" integrity="${integrity(path)}">`),
    ...REMOTES.flatMap((name) => release.remotes[name].styles).map(
      (path) => `<link rel="preload" as="style" href="./${path}" integrity="${integrity(path)}" crossorigin>`,
    ),
    `<link rel="preload" as="fetch" href="./${worker}" crossorigin>`,
  ]
  if (!template.includes(EMPTY_MAP)) throw new Error('index.html has no place for the import map')
  const withMap = template.replace(EMPTY_MAP, `<script type="importmap">${importMap}</script>`)
  const values = {
    script,
    scriptIntegrity: integrity(script),
    style,
    styleIntegrity: integrity(style),
    preloads: preloads.join('\n    '),
    releaseIntegrity: integrityOf(releaseBytes),
  }
  const hashes = inlineScriptHashes(fill(withMap, { ...values, policy: '' }))
  return fill(withMap, { ...values, policy: metaPolicy(hashes) })
}

/** The page and release.json, and what the service worker must hold. */
export function makePageAndRelease(input: ReleaseInput): {
  readonly page: Buffer
  readonly release: Buffer
  readonly precache: readonly Precached[]
} {
  const content = makeRelease(input)
  const release = json(content)
  const page = Buffer.from(makePage(input.template, content, release))
  const entries = [
    ...Object.entries(content.files),
    ['release.json', integrityOf(release)] as const,
    ['index.html', integrityOf(page)] as const,
  ]
  return { page, release, precache: entries.map(([url, integrity]) => ({ url: `./${url}`, revision: null, integrity })) }
}

export interface Precached {
  readonly url: string
  /** One cache holds one release, so no file needs a revision of its own. */
  readonly revision: null
  readonly integrity: Integrity
}

/** seal.json */
export function makeSeal(version: string, files: Readonly<Record<(typeof SEALED)[number], Buffer>>, signingKeyPem: string | null): Buffer {
  const sealed = { version, files: Object.fromEntries(SEALED.map((path) => [path, integrityOf(files[path])])) as Seal['files'] }
  const signature = signingKeyPem === null ? null : sign(null, sealedBytes(sealed), createPrivateKey(signingKeyPem)).toString('base64')
  return json({ ...sealed, signature } satisfies Seal)
}

/** dist/headers.json: for the server, not for the page. */
export const makeHeaders = (page: Buffer): Buffer => json(securityHeaders(inlineScriptHashes(page.toString())))
