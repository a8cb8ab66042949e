/**
 * Starts the cryptography Workers. Neither import maps nor Integrity-Policy reach a Worker, so its one file is
 * fetched once, hashed, and started from a blob of those same bytes (docs/decisions/0007-verified-boot.md).
 */
import type { Path, Release } from '../release-format.ts'
import { fetchChecked } from './release.ts'
import { mintWorkerUrl } from './trusted-types.ts'

const checked = (release: Release, path: Path | null): Promise<ArrayBuffer> => fetchChecked(path ?? '', release.files[path ?? ''] ?? '')

function started(bytes: ArrayBuffer): Worker {
  const { url, release: forget } = mintWorkerUrl(bytes)
  const worker = new Worker(url, { name: 'sotto-cryptography' })
  // until its first message the browser may still be reading the blob
  worker.addEventListener('message', forget, { once: true })
  return worker
}

/** The way to start it, now and after each restart, from bytes that are checked already. Rejects with Refused or Missing. */
export async function prepareWorker(release: Release): Promise<() => Promise<Worker>> {
  const bytes = await checked(release, release.remotes.cryptography.worker)
  return async () => started(bytes)
}

/** The way to start the vault's own, which few people ever need: fetched when it is asked for. Rejects with Refused or Missing. */
export const vaultWorker =
  (release: Release): (() => Promise<Worker>) =>
  async () =>
    started(await checked(release, release.remotes.cryptography.vaultWorker))
