/**
 * `npm run screens [-- [--language de|es|ar|zh] name ...]`: a picture of every screen and state, phone and desktop, light and
 * dark, into the ignored folder .screenshots/. For looking, not for comparing. The shell's own screens are those
 * whose names begin with `shell-`; they need a build.
 */
import { rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { LANGUAGES } from '#contracts/ui.ts'
import { SCENES } from '../support/ui-scenes.ts'
import { BOOT_SCENES, withBootScene } from './boot-scenes.ts'
import { buildOnce, copyBuild } from './support/site.ts'
import { launchUiBrowser, startUiSite } from './ui-site.ts'
import { openStage, SIZES, stage, THEMES } from './ui-stage.ts'

const FOLDER = join(import.meta.dirname, '../../.screenshots')
/** For what fades in although motion is reduced to almost nothing, and for codes that load on demand. */
const SETTLE_MS = 120

const { values, positionals: wanted } = parseArgs({ options: { language: { type: 'string', default: 'en' } }, allowPositionals: true })
const language = LANGUAGES.find((one) => one === values.language)
if (language === undefined) throw new Error(`no such language: ${values.language}; there are ${LANGUAGES.join(', ')}`)
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name)
const scenes = SCENES.filter(({ name }) => isWanted(name))
// The shell speaks English only.
const bootScenes = language !== 'en' ? [] : BOOT_SCENES.filter(({ name }) => isWanted(`shell-${name}`))
const LOOKS = (Object.keys(SIZES) as (keyof typeof SIZES)[]).flatMap((size) => THEMES.map((theme) => ({ size, theme })))
let count = 0

async function picture(page: Page, name: string, { size, theme }: (typeof LOOKS)[number]): Promise<void> {
  await page.waitForTimeout(SETTLE_MS)
  await page.screenshot({ path: join(FOLDER, `${name}-${size}-${theme}.png`) })
  count++
}

await mkdir(FOLDER, { recursive: true })
const browser = await launchUiBrowser()
try {
  if (scenes.length > 0) {
    const site = await startUiSite()
    for (const look of LOOKS) {
      for (const scene of scenes) {
        const { page, context } = await openStage(browser, site.url, look)
        await stage(page, scene, language)
        await picture(page, language === 'en' ? scene.name : `${scene.name}-${language}`, look)
        await context.close()
      }
    }
    await site.close()
  }
  if (bootScenes.length > 0) {
    await buildOnce()
    const dist = await copyBuild()
    for (const look of LOOKS) {
      const context = { viewport: SIZES[look.size], colorScheme: look.theme, reducedMotion: 'reduce' } as const
      for (const scene of bootScenes) {
        await withBootScene(scene, { browser, dist, context }, (page) => picture(page, `shell-${scene.name}`, look))
      }
    }
    rmSync(dist, { recursive: true, force: true })
  }
  console.log(`${count} pictures in .screenshots/`)
} finally {
  await browser.close()
}
