/** The strict page: what the headers say, and that the browser holds everybody to it. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildOnce, launchChromium, type Site, startSite } from './support/site.ts'
import { type Watch, watchPage } from './support/watch.ts'

/** A script on the site's own server that its release does not name. */
const EXTRA = 'extra.js'

let browser: Browser
let context: BrowserContext
let site: Site
let page: Page
let watch: Watch

beforeAll(async () => {
  await buildOnce()
  site = await startSite({
    intercept: (req, res) => {
      if (req.url !== `/${EXTRA}`) return false
      res.writeHead(200, { 'Content-Type': 'text/javascript', 'Cross-Origin-Resource-Policy': 'same-origin' }).end('export {}')
      return true
    },
  })
  browser = await launchChromium()
}, 240_000)

afterAll(async () => {
  await browser?.close()
  await site?.close()
})

beforeEach(async () => {
  context = await browser.newContext()
  page = await context.newPage()
  watch = await watchPage(page)
  await page.goto(site.url)
  await page.getByRole('button', { name: 'Start' }).waitFor()
  return () => context.close()
})

describe('the strict page', () => {
  test('starts from the network and from the service worker without a report, an error or a request elsewhere', async () => {
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload()
    await page.getByRole('button', { name: 'Start' }).waitFor()
    expect(await page.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toBe(`${site.url}service-worker.js`)
    expect(watch.problems()).toEqual([])
  })

  test('the watch sees what it should: else the test above says nothing', async () => {
    await page.evaluate(() => {
      const image = new Image()
      image.src = 'https://elsewhere.invalid/pixel.png'
      document.body.append(image)
    })
    await expect.poll(() => watch.problems().join('\n')).toContain('img-src')
  })

  test('says so in its headers, on the page and on every file', async () => {
    for (const path of ['', 'release.json', 'service-worker.js', 'icons/sotto.svg', 'not-there']) {
      const headers = (await page.request.get(`${site.url}${path}`)).headers()
      const policy = headers['content-security-policy'] ?? ''
      for (const directive of [
        "default-src 'none'",
        "style-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "require-trusted-types-for 'script'",
        'trusted-types sotto-worker sotto-service-worker',
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ]) {
        expect(policy.split('; ')).toContain(directive)
      }
      expect(policy).toMatch(/script-src 'self' 'sha384-[^']{64}' 'sha384-[^']{64}';/)
      expect(policy).not.toMatch(/unsafe|\*|https?:/)
      expect(headers).toMatchObject({
        'integrity-policy': 'blocked-destinations=(script)',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
      expect(headers['permissions-policy']).toContain('geolocation=()')
    }
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  })

  test('turns no string into markup or a script, and lets nobody make a policy that would', async () => {
    const outcomes = await page.evaluate(() => {
      const types = (globalThis as unknown as { trustedTypes: { createPolicy(name: string, rules: object): unknown } }).trustedTypes
      const attacks: Record<string, () => unknown> = {
        markup: () => {
          document.body.innerHTML = '<img src=x onerror=alert(1)>'
        },
        worker: () => new Worker(URL.createObjectURL(new Blob(['postMessage(1)']))),
        'service worker': () => navigator.serviceWorker.register('/service-worker.js'),
        'script text': () => {
          document.createElement('script').text = 'alert(1)'
        },
        timer: () => setTimeout('alert(1)' as never, 0),
        'policy of another name': () => types.createPolicy('other', {}),
        'policy of our name': () => types.createPolicy('sotto-worker', { createScriptURL: (url: string) => url }),
        'the other policy of our name': () => types.createPolicy('sotto-service-worker', { createScriptURL: (url: string) => url }),
      }
      return Promise.all(
        Object.entries(attacks).map(async ([name, attack]) => {
          try {
            await attack()
            return `${name}: ran`
          } catch (error) {
            return `${name}: ${error instanceof Error ? error.name : String(error)}`
          }
        }),
      )
    })
    expect(outcomes.filter((outcome) => !outcome.endsWith(': TypeError'))).toEqual([])
  })

  test('runs no script that the release does not name, inline or from its own server', async () => {
    const inline = page.evaluate(() => {
      const script = document.createElement('script')
      script.append(document.createTextNode('document.title = "inline"'))
      document.head.append(script)
    })
    await inline.catch(() => undefined)
    // as text: the test runner would rewrite an import in a function
    expect(await page.evaluate(`import('${site.url}${EXTRA}').then(() => 'ran', () => 'refused')`)).toBe('refused')
    expect(await page.title()).toBe('Sotto')
  })

  test('an invite leaves the address bar before anything else can read it there', async () => {
    await page.goto(`${site.url}#i=notaninvite`)
    await page.reload()
    await page.getByRole('button', { name: 'Start' }).or(page.getByRole('alert')).first().waitFor()
    await expect.poll(() => page.evaluate(() => location.href)).toBe(site.url)
    // and when the fragment comes to a page that runs
    await page.evaluate(() => {
      location.hash = '#i=another'
    })
    await expect.poll(() => page.evaluate(() => location.href)).toBe(site.url)
  })
})
