/** The verified boot in the other browser engine: what starts, and what is refused there. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchFirefox } from './support/firefox-person.ts'
import { buildOnce, copyBuild, startSite } from './support/site.ts'
import { flipOneByte, shippedFiles, tamper } from './support/tamper.ts'

let browser: Browser
let dist: string

beforeAll(async () => {
  await buildOnce()
  dist = await copyBuild()
  browser = await launchFirefox()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  if (dist) rmSync(dist, { recursive: true, force: true })
})

/** Opens the page of a site that alters `path` and returns the first heading it comes to. */
async function headingWith(path: string | null): Promise<string> {
  const { instead, intercept } = tamper(dist)
  if (path !== null) instead.set(path, flipOneByte(path, readFileSync(join(dist, path))))
  const site = await startSite({ dist, intercept })
  const page = await browser.newPage()
  try {
    await page.goto(site.url)
    const heading = await page.locator('::-p-aria([role="heading"])').setTimeout(30_000).waitHandle()
    return await heading.evaluate((element) => element.textContent ?? '')
  } finally {
    await page.close()
    await site.close()
  }
}

test('an unaltered release starts', async () => {
  expect(await headingWith(null)).toBe('Talk quietly.')
}, 60_000)

test.each([
  /^boot\..*js$/,
  /^shell\..*css$/,
  /^release\.json$/,
  /^remotes\/p2p\/entry\..*js$/,
  /^remotes\/ui\/index\..*js$/,
  /^remotes\/ui\/index\..*css$/,
  /^remotes\/cryptography-worker\/worker\.\w+\.js$/,
])(
  'one byte in %s: refused',
  async (pattern) => {
    const path = shippedFiles(dist).find((file) => pattern.test(file))
    expect(path).toBeDefined()
    expect(await headingWith(path ?? null)).toBe('This copy of Sotto was refused')
  },
  60_000,
)
