/** The first screen's JavaScript, all remotes and the Worker counted, stays within its budget. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { buildOnce, copyBuild, launchChromium, startSite } from './support/site.ts'
import { shippedFiles } from './support/tamper.ts'

const BUDGET_BYTES = 220 * 1000
/** Of that: the cryptography remote with its Worker, all suites in it. */
const CRYPTOGRAPHY_BYTES = 90 * 1000

test('the first screen loads at most 220 kB of gzip JavaScript, 90 of them cryptography', async () => {
  await buildOnce()
  const dist = await copyBuild()
  const site = await startSite({ dist })
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    const loaded = new Set<string>()
    page.on('request', (request) => loaded.add(new URL(request.url()).pathname.slice(1)))
    await page.goto(site.url)
    await page.getByRole('button', { name: 'Start' }).waitFor()
    // what is asked for while the person still reads counts too; the rest of the release is then fetched for the cache
    await page.waitForLoadState('networkidle')

    const scripts = shippedFiles(dist).filter((path) => path.endsWith('.js') && path !== 'service-worker.js')
    const sizes = scripts
      .filter((path) => loaded.has(path))
      .map((path) => [path, gzipSync(readFileSync(join(dist, path)), { level: 9 }).length] as const)
    const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0)
    console.log([...sizes.map(([path, bytes]) => `${bytes} ${path}`), `${total} of ${BUDGET_BYTES}`].join('\n'))

    // else the count means nothing
    for (const part of [/^boot\./, /^remotes\/cryptography\//, /^remotes\/cryptography-worker\//, /^remotes\/p2p\//, /^remotes\/ui\//]) {
      expect(sizes.some(([path]) => part.test(path))).toBe(true)
    }
    expect(total).toBeLessThanOrEqual(BUDGET_BYTES)
    const cryptography = sizes
      .filter(([path]) => /^remotes\/cryptography(-worker)?\//.test(path))
      .reduce((sum, [, bytes]) => sum + bytes, 0)
    expect(cryptography).toBeLessThanOrEqual(CRYPTOGRAPHY_BYTES)
  } finally {
    await browser.close()
    await site.close()
    rmSync(dist, { recursive: true, force: true })
  }
}, 240_000)
