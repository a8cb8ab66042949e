/** The release that this page belongs to, and what to say when a file is not the one it names. */
import type { Integrity, Path, Release } from '../release-format.ts'

const script = document.querySelector('#boot')

/** From the page itself: it is the root that everything else is checked against. */
export const EXPECTED = { release: script?.getAttribute('data-release') ?? '' }

export const urlOf = (path: Path): string => new URL(`./${path}`, document.baseURI).href

export async function integrityOf(bytes: ArrayBuffer): Promise<Integrity> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-384', bytes))
  return `sha384-${btoa(String.fromCharCode(...hash))}`
}

/** A file that is not what the release says: the designed screen shows it. */
export class Refused extends Error {
  readonly file: string
  readonly expected: string
  /** null: a second look found nothing wrong. */
  readonly found: string | null
  constructor(file: string, expected: string, found: string | null) {
    super('refused')
    this.file = file
    this.expected = expected
    this.found = found
  }
}

/** A file that could not be had at all. */
export class Missing extends Error {
  readonly file: string
  constructor(file: string) {
    super('missing')
    this.file = file
  }
}

/** The bytes of a file, checked. One request: what was checked is what is returned. Throws Refused or Missing. */
export async function fetchChecked(path: Path, expected: Integrity): Promise<ArrayBuffer> {
  const answer = await fetch(urlOf(path)).catch(() => null)
  if (answer === null || !answer.ok) throw new Missing(path)
  const bytes = await answer.arrayBuffer()
  const found = await integrityOf(bytes)
  if (found !== expected) throw new Refused(path, expected, found)
  return bytes
}

/** release.json, as this page names it by its hash. */
export async function loadRelease(): Promise<Release> {
  const bytes = await fetchChecked('release.json', EXPECTED.release)
  return JSON.parse(new TextDecoder().decode(bytes)) as Release
}

/**
 * Why the browser refused or missed one of `paths`: it does not tell, so each is fetched a second time.
 * Returns Refused, with `found` null if no file differs any more, or Missing.
 */
export async function diagnose(release: Release, paths: readonly Path[]): Promise<Refused | Missing> {
  let missing: Missing | null = null
  for (const path of paths) {
    const expected = release.files[path] ?? ''
    const answer = await fetch(urlOf(path), { cache: 'no-store' }).catch(() => null)
    if (answer === null || !answer.ok) missing ??= new Missing(path)
    else {
      const found = await integrityOf(await answer.arrayBuffer())
      if (found !== expected) return new Refused(path, expected, found)
    }
  }
  return missing ?? new Refused(paths.join(', '), 'the files of this release', null)
}
