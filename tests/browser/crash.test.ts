/**
 * A browser process killed (SIGKILL) right before and right after a storage transaction of a send and of a
 * receive. Nothing is lost that was shown as written, nothing is shown twice, and both go on talking.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChromiumPerson, chromiumPerson } from './support/chromium-person.ts'
import { testNothingReported } from './support/nothing-reported.ts'
import { allDelivered, bodiesOf, connect } from './support/pair.ts'
import { type ShownMessage, until } from './support/person.ts'
import { buildOnce, launchChromium, launchChromiumProfile, type Site, startSite } from './support/site.ts'

let site: Site
let browser: Browser
let profile: string
let context: BrowserContext
let ada: ChromiumPerson
let bo: ChromiumPerson

/**
 * Runs in the page: counts the product's write transactions from the moment it is armed, and at the chosen
 * one stops the page dead, before it starts or after it is complete, and asks to be killed.
 */
function installTrap(): void {
  const trap = { armed: false, remaining: 0, when: 'before' as 'before' | 'after', lastWriteMs: 0 }
  Object.assign(globalThis, { __trap: trap })
  const freeze = () => {
    // no unload handler, no promise, no timer runs any more: only the kill ends this
    void (globalThis as unknown as { __killMe: () => void }).__killMe()
    const end = performance.now() + 60_000
    while (performance.now() < end);
  }
  const native = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...args: Parameters<IDBDatabase['transaction']>) {
    const writes = args[1] === 'readwrite'
    if (writes) trap.lastWriteMs = performance.now()
    const mine = trap.armed && writes && trap.remaining-- === 0
    if (mine && trap.when === 'before') freeze()
    const transaction = native.apply(this, args)
    if (mine && trap.when === 'after') transaction.addEventListener('complete', freeze)
    return transaction
  }
}

/** Runs in the page: how long ago the product began its last write. */
const quietMs = (): number => performance.now() - (globalThis as unknown as { __trap: { lastWriteMs: number } }).__trap.lastWriteMs

/** Every process of this browser: the path of its profile stands in their command lines, and in no other. */
function killBrowser(): void {
  for (const pid of readdirSync('/proc').map(Number)) {
    try {
      if (pid > 0 && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(profile)) process.kill(pid, 'SIGKILL')
    } catch {
      // it ended by itself meanwhile
    }
  }
}

async function openProfile(): Promise<void> {
  context = await launchChromiumProfile(profile)
  await context.addInitScript(installTrap)
  await context.exposeFunction('__killMe', killBrowser)
  ada = await chromiumPerson('Ada', context)
}

const numbered = (shown: readonly ShownMessage[]) => bodiesOf(shown, /k-[a-z]+-\d+-end/)

beforeAll(async () => {
  await buildOnce()
  site = await startSite()
  browser = await launchChromium()
  profile = mkdtempSync(join(tmpdir(), 'sotto-crash-'))
  bo = await chromiumPerson('Bo', await browser.newContext())
  await openProfile()
  await connect(ada, bo, site.url)
}, 240_000)

afterAll(async () => {
  await context?.close().catch(() => undefined)
  await browser?.close()
  await site?.close()
  if (profile !== undefined) rmSync(profile, { recursive: true, force: true })
})

const dead = () => new Promise<void>((resolve) => (context.pages().length === 0 ? resolve() : context.once('close', () => resolve())))

describe('a process killed around storage transactions', () => {
  let round = 0
  for (const direction of ['send', 'receive'] as const) {
    for (const transaction of [0, 1, 2]) {
      for (const when of ['before', 'after'] as const) {
        test(`${direction}: ${when} transaction ${transaction}`, async () => {
          round += 1
          const died = dead()
          // acknowledgements of the round before are written first, so that the transactions counted are this round's
          await until(
            'quiet',
            () => ada.page.evaluate(quietMs),
            (ms) => ms > 700,
          )
          await ada.page.evaluate(
            (chosen) => Object.assign((globalThis as unknown as { __trap: object }).__trap, { armed: true, ...chosen }),
            { remaining: transaction, when },
          )
          const body = `k-${direction}-${round}-end`
          if (direction === 'send') {
            // the kill takes the page away under the click
            await ada.send(body).catch(() => undefined)
            // later transactions of a send come with the answer; a second message makes sure there are enough
            if (transaction > 0) await ada.send(`k-more-${round}-end`).catch(() => undefined)
          } else {
            await bo.send(body)
            if (transaction > 0) await bo.send(`k-more-${round}-end`)
          }
          await died
          await openProfile()
          await ada.goto(site.url)
          await ada.openChat('Bo')
          await Promise.all([ada.untilStatus('Connected', 40_000), bo.untilStatus('Connected', 40_000)])
          await ada.send(`k-after-${round}-end`)
          await bo.send(`k-reply-${round}-end`)
          const last = [`k-after-${round}-end`, `k-reply-${round}-end`]
          const atBo = await until(
            'messages after the crash at Bo',
            () => bo.messages(),
            (shown) => last.every((one) => numbered(shown).includes(one)),
            30_000,
          )
          const atAda = await until(
            'messages after the crash at Ada',
            () => ada.messages(),
            (shown) => last.every((one) => numbered(shown).includes(one)),
            30_000,
          )
          expect(new Set(numbered(atAda)).size).toBe(numbered(atAda).length)
          expect(numbered(atBo)).toEqual(numbered(atAda))
          // what Bo wrote was never Ada's to lose; what Ada wrote is lost only if it never was written
          if (direction === 'receive') expect(numbered(atAda)).toContain(body)
          else if (transaction > 0 || when === 'after') expect(numbered(atBo)).toContain(body)
          await until('all Delivered', () => ada.messages(), allDelivered)
        }, 120_000)
      }
    }
  }

  testNothingReported()
})
