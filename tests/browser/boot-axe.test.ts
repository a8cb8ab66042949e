/** axe finds nothing to object to on the shell's own screens either, in both themes. */
import { rmSync } from 'node:fs'
import axe from 'axe-core'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BOOT_SCENES, withBootScene } from './boot-scenes.ts'
import { buildOnce, copyBuild, launchChromium } from './support/site.ts'
import { SIZES, THEMES } from './ui-stage.ts'

let browser: Browser
let dist: string

beforeAll(async () => {
  await buildOnce()
  dist = await copyBuild()
  browser = await launchChromium()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  if (dist) rmSync(dist, { recursive: true, force: true })
})

const SEEN = THEMES.flatMap((theme) => BOOT_SCENES.map((scene) => ({ theme, scene, name: `${scene.name}, ${theme}` })))

test.each(SEEN)('$name', async ({ scene, theme }) => {
  const context = { viewport: SIZES.phone, colorScheme: theme }
  await withBootScene(scene, { browser, dist, context }, async (page) => {
    // whatever else the page holds is out of sight
    expect(await page.getByRole('main').count()).toBe(1)
    expect(await page.getByRole('main').getByRole('heading').allTextContents()).toEqual([scene.heading])
    if (scene.withoutScript === true) return
    await page.evaluate(axe.source)
    const found = await page.evaluate(async () => {
      const { axe: run } = window as unknown as { axe: typeof axe }
      const { violations, passes } = await run.run(document)
      return {
        rules: passes.length,
        violations: violations.flatMap(({ id, nodes }) =>
          nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary ?? ''}`),
        ),
      }
    })
    expect(found.violations).toEqual([])
    expect(found.rules).toBeGreaterThan(10)
    // nothing to scroll sideways to
    if (scene.withoutStyle !== true)
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
  })
})
