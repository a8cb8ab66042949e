/**
 * Starts the cryptography Worker. Neither import maps nor Integrity-Policy reach a Worker, so its one file is
 * fetched once, hashed, and started from a blob of those same bytes (docs/decisions/0007-verified-boot.md).
 */
import type { Release } from '../release-format.ts'
import { fetchChecked } from './release.ts'
import { mintWorkerUrl } from './trusted-types.ts'

/** The way to start it, now and after each restart, from bytes that are checked already. Rejects with Refused or Missing. */
export async function prepareWorker(release: Release): Promise<() => Promise<Worker>> {
  const path = release.remotes.cryptography.worker ?? ''
  const bytes = await fetchChecked(path, release.files[path] ?? '')
  return async () => {
    const { url, release: forget } = mintWorkerUrl(bytes)
    const worker = new Worker(url, { name: 'sotto-cryptography' })
    // until its first message the browser may still be reading the blob
    worker.addEventListener('message', forget, { once: true })
    return worker
  }
}
