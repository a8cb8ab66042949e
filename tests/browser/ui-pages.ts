/** A page a test, on the stage, watched and closed again. For test files: it registers what goes before and after their tests. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { launchUiBrowser, startUiSite, type UiSite } from './ui-site.ts'
import { openStage } from './ui-stage.ts'

type Options = NonNullable<Parameters<typeof openStage>[2]>

export interface UiPages {
  /** Closes the one before: a test may open several, one after the other. */
  open(options?: Options): Promise<Page>
  site(): UiSite
  /** Troubles like this are brought about by the test. Holds until its end. */
  except(pattern: RegExp): void
}

export function uiPages(): UiPages {
  let site: UiSite
  let browser: Browser
  let opened: Awaited<ReturnType<typeof openStage>> | null = null
  let excepted = /(?!)/

  const close = async (): Promise<void> => {
    const closing = opened
    opened = null
    const troubles = closing?.troubles().filter((trouble) => !excepted.test(trouble)) ?? []
    await closing?.context.close()
    expect(troubles).toEqual([])
  }

  beforeAll(async () => {
    site = await startUiSite()
    browser = await launchUiBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })
  afterEach(async () => {
    await close()
    excepted = /(?!)/
  })

  return {
    open: async (options) => {
      await close()
      opened = await openStage(browser, site.url, options)
      return opened.page
    },
    site: () => site,
    except: (pattern) => {
      excepted = pattern
    },
  }
}
