/** Loads the remotes. The browser checks each file by the page's import map; here the contract version is checked. */
import type { CryptographyRemote } from '../contracts/cryptography.ts'
import type { P2pRemote } from '../contracts/p2p.ts'
import type { UiRemote } from '../contracts/ui.ts'
import type { Path, Release, RemoteName } from '../release-format.ts'
import { diagnose, Refused, urlOf } from './release.ts'

export interface Remotes {
  readonly cryptography: CryptographyRemote
  readonly p2p: P2pRemote
  readonly ui: UiRemote
}

/** Resolves to whether the style sheet was applied. */
function applyStyle(path: Path, integrity: string): Promise<boolean> {
  return new Promise((resolve) => {
    const link = document.createElement('link')
    link.rel = 'stylesheet'
    link.integrity = integrity
    link.crossOrigin = 'anonymous'
    link.href = urlOf(path)
    link.onload = () => resolve(true)
    link.onerror = () => resolve(false)
    document.head.append(link)
  })
}

async function load<Remote extends { readonly CONTRACT_VERSION: number }>(
  release: Release,
  name: RemoteName,
  get: () => Promise<Remote>,
): Promise<Remote> {
  const { contract, styles } = release.remotes[name]
  const [remote, ...applied] = await Promise.all([
    get().catch(() => null),
    ...styles.map((path) => applyStyle(path, release.files[path] ?? '')),
  ])
  if (remote === null || applied.includes(false)) {
    const own = Object.keys(release.files).filter((path) => path.startsWith(`remotes/${name}/`))
    throw await diagnose(release, own)
  }
  for (const version of [contract, remote.CONTRACT_VERSION]) {
    if (version !== release.contract)
      throw new Refused(`remotes/${name}`, `contract version ${release.contract}`, `contract version ${version}`)
  }
  return remote
}

/** All three, or Refused or Missing for the first that fails. */
export async function loadRemotes(release: Release): Promise<Remotes> {
  const [cryptography, p2p, ui] = await Promise.all([
    load<CryptographyRemote>(release, 'cryptography', () => import('cryptography/index')),
    load<P2pRemote>(release, 'p2p', () => import('p2p/index')),
    load<UiRemote>(release, 'ui', () => import('ui/index')),
  ])
  return { cryptography, p2p, ui }
}
