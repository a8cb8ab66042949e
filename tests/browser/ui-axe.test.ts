/** axe finds nothing to object to on any screen or state, in both themes, wide and narrow; and the page's policy neither. */
import axe from 'axe-core'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SCENES } from '../support/ui-scenes.ts'
import { launchUiBrowser, startUiSite, type UiSite } from './ui-site.ts'
import { openStage, stage } from './ui-stage.ts'

let site: UiSite
let browser: Browser

beforeAll(async () => {
  site = await startUiSite()
  browser = await launchUiBrowser()
}, 60_000)

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

// A narrow page has other panes, but no other colours.
test.each([
  ['desktop', 'light'],
  ['desktop', 'dark'],
  ['phone', 'light'],
] as const)('%s, %s: every scene', { timeout: 240_000 }, async (size, theme) => {
  const { page, context, troubles } = await openStage(browser, site.url, { size, theme })
  await page.evaluate(axe.source)
  const found: string[] = []
  for (const scene of SCENES) {
    await stage(page, scene)
    const violations = await page.evaluate(async () => {
      const { axe: run } = window as unknown as { axe: typeof axe }
      const results = await run.run(document, { resultTypes: ['violations'] })
      return results.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary ?? ''}`),
      )
    })
    found.push(...violations.map((violation) => `${scene.name}: ${violation}`))
  }
  expect(found).toEqual([])
  expect(troubles()).toEqual([])
  await context.close()
})
